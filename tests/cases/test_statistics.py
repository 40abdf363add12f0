from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from closedorders.accounts.models import Membership
from closedorders.cases.clock.statistics import read_statistics
from closedorders.cases.models import Case, Transition
from tests.cast import Cast
from tests.factories import make_incident, reason

SignIn = Callable[[Membership | None], Client]


def unblocked(cast: Cast, code: str, at: datetime, *, ours: float, theirs: float) -> Case:
    """A case that was unblocked `at`, after so many hours on each side."""
    incident = make_incident(cast.team, cast.merchant, reason=reason(code) if code else None)
    case = Case.objects.create(
        team=cast.team,
        incident=incident,
        buyer_account=incident.buyer_account,
        opened_by=cast.merchant,
        state="unblocked",
        clock_from=at - timedelta(hours=ours + theirs),
    )
    opened = at - timedelta(hours=theirs + ours / 2)
    for state, moment in (
        ("collecting", opened),
        ("submitted", at - timedelta(hours=theirs)),
        ("unblocked", at),
    ):
        Transition.objects.create(case=case, after=state, at=moment, by=cast.merchant)
    return case


def test_medians_by_month_and_by_reason_ours_and_theirs(cast: Cast, other_cast: Cast) -> None:
    march = datetime(2026, 3, 10, tzinfo=UTC)
    unblocked(cast, "fraud_review", march, ours=2, theirs=10)
    unblocked(cast, "fraud_review", march, ours=4, theirs=20)
    unblocked(cast, "card_check", march + timedelta(days=40), ours=30, theirs=6)
    unblocked(other_cast, "card_check", march, ours=500, theirs=500)
    found = read_statistics(cast.team)
    assert found.all_cases is not None
    hour = timedelta(hours=1)
    assert (found.all_cases.cases, found.all_cases.ours, found.all_cases.theirs) == (3, 4 * hour, 10 * hour)
    assert [(row.month and row.month.month, row.cases, row.total) for row in found.months] == [
        (4, 1, 36 * hour),
        (3, 2, 18 * hour),
    ]
    assert [(row.cases, row.ours, row.theirs) for row in found.reasons] == [
        (2, 3 * hour, 15 * hour),
        (1, 30 * hour, 6 * hour),
    ]


def test_a_month_is_that_of_the_teams_own_days(cast: Cast) -> None:
    cast.team.time_zone = "America/Los_Angeles"
    unblocked(cast, "", datetime(2026, 5, 1, 3, tzinfo=UTC), ours=1, theirs=1)
    [row] = read_statistics(cast.team).months
    assert row.month is not None
    assert row.month.month == 4
    assert read_statistics(cast.team).reasons[0].label == "Not sure yet"


def test_the_page_costs_the_same_for_2_and_50_cases(cast: Cast, client_of: SignIn) -> None:
    client, url = client_of(cast.merchant), f"/t/{cast.team.slug}/cases/statistics/"
    assert "No account has been unblocked yet" in client.get(url).content.decode()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    def add(number: int) -> None:
        for _ in range(number):
            unblocked(cast, "fraud_review", datetime(2026, 3, 10, tzinfo=UTC), ours=2, theirs=10)

    add(2)
    few = queries()
    add(48)
    assert queries() == few <= 15
    page = client.get(url).content.decode()
    assert "March 2026" in page
    assert "12\N{NO-BREAK SPACE}h" in page
