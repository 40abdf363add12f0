from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Nobody signs up by themselves: the first-run page makes the first merchant, invitations everyone else."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The person who signs in. A switched-off account is refused in the words of a wrong password.

        allauth would lead to a page of its own for it, which this site does not have and which would confirm the
        password.
        """
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail: to the site's own address, whatever Host (or port) the request came with."""
        asked = urlsplit(super().get_reset_password_from_key_url(key))
        return f"{settings.SITE_URL}{asked.path}"
