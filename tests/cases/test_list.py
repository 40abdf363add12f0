from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases.models import Case, Transition
from tests.cast import Cast

from .conftest import open_a_case, walk_to

ClientOf = Callable[[Membership | None], Client]


def words(response: HttpResponseBase) -> str:
    assert isinstance(response, HttpResponse)
    return unescape(response.content.decode())


def queries(client: Client, address: str) -> int:
    client.get(address)  # the first page of a session notes where the person works
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def order_on_page(client: Client, cast: Cast, view: str = "") -> list[str]:
    page = words(client.get(reverse("cases:cases", args=[cast.team.slug]), {"view": view} if view else {}))
    places = {label: page.find(f">{label}<") for label in ("Ours", "Theirs", "Review", "Done")}
    return sorted((label for label, place in places.items() if place >= 0), key=lambda label: places[label])


def test_each_role_reads_its_own_turn_first(cast: Cast, client_of: ClientOf) -> None:
    walk_to(open_a_case(cast, "Theirs"), "submitted", cast)
    walk_to(open_a_case(cast, "Review"), "in_review", cast)
    open_a_case(cast, "Ours")
    walk_to(open_a_case(cast, "Done"), "closed", cast)
    assert order_on_page(client_of(cast.reviewer), cast) == ["Review", "Ours", "Theirs"]
    merchant = client_of(cast.merchant)
    assert order_on_page(merchant, cast) == ["Ours", "Review", "Theirs"]
    assert order_on_page(merchant, cast, "aliexpress") == ["Theirs"]
    assert order_on_page(merchant, cast, "closed") == ["Done"]
    assert order_on_page(merchant, cast, "nonsense") == ["Ours", "Review", "Theirs"]


def test_the_longest_waiting_comes_first_within_a_turn(cast: Cast, client_of: ClientOf) -> None:
    walk_to(open_a_case(cast, "Ours"), "collecting", cast)
    older = walk_to(open_a_case(cast, "Done"), "unblocked", cast)
    Transition.objects.filter(case=older).update(at=timezone.now() - timedelta(days=3))
    assert order_on_page(client_of(cast.merchant), cast) == ["Done", "Ours"]


def test_a_list_shows_no_other_teams_cases(case: Case, other_cast: Cast, client_of: ClientOf) -> None:
    page = words(client_of(other_cast.merchant).get(reverse("cases:cases", args=[other_cast.team.slug])))
    assert "Main account" not in page
    assert "No account is being verified" in page
