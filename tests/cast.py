"""The standing cast: one team of three people, another team of three, and a client for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from closedorders.accounts.models import Membership, Role, Team
from tests.factories import make_member, make_team, make_user


@dataclass(frozen=True)
class Cast:
    team: Team
    merchant: Membership
    assistant: Membership
    reviewer: Membership


def _cast(name: str) -> Cast:
    team = make_team(name)
    return Cast(
        team,
        *(make_member(team, role) for role in (Role.MERCHANT, Role.ASSISTANT, Role.REVIEWER)),
    )


@pytest.fixture
def cast(db: None) -> Cast:
    return _cast("Casa Luna")


@pytest.fixture
def other_cast(db: None) -> Cast:
    return _cast("Other shop")


@pytest.fixture
def client_of() -> Callable[[Membership | None], Client]:
    """A signed-in browser of a member; of somebody in no team for None."""

    def sign_in(membership: Membership | None) -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(membership.user if membership else make_user())
        return client

    return sign_in
