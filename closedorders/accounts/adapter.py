from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Nobody signs up by themselves: the first-run page makes the first merchant, invitations everyone else."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
