"""The verification of a buyer account with Alipay: a task with an outcome and a day; what was noted before stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.orders.actions.stores import note_alipay_verification
from tests.cast import Cast
from tests.factories import make_buyer_account, make_supplier_order

SignIn = Callable[[Membership | None], Client]


def test_the_newest_outcome_counts_and_all_stay(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    for outcome, day in (("asked", 3), ("verified", 5), ("refused", 9)):
        note_alipay_verification(
            account=account, outcome=outcome, day=date(2026, 3, day), by=cast.merchant, note=outcome
        )
        account.refresh_from_db()
        assert account.alipay_verified_on == (date(2026, 3, 5) if outcome == "verified" else None)
    assert [each.outcome for each in account.alipay_verifications.all()] == ["refused", "verified", "asked"]
    assert AuditEvent.objects.filter(verb="alipay_verified").count() == 3


def test_a_day_to_come_an_unknown_outcome_and_other_people_are_refused(cast: Cast, other_cast: Cast) -> None:
    account, today = make_buyer_account(cast.team), timezone.localdate(timezone=cast.team.zone)
    with pytest.raises(Refused, match="future"):
        note_alipay_verification(
            account=account, outcome="asked", day=today + timedelta(days=1), by=cast.merchant
        )
    with pytest.raises(Refused, match="Choose"):
        note_alipay_verification(account=account, outcome="perhaps", day=today, by=cast.merchant)
    for by in (cast.assistant, cast.reviewer, other_cast.merchant):
        with pytest.raises(Refused):
            note_alipay_verification(account=account, outcome="asked", day=today, by=by)
    assert not account.alipay_verifications.exists()


def test_the_pages_show_what_is_to_do_and_what_was_noted(cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(cast.team, "Main")
    client, url = client_of(cast.merchant), f"/t/{cast.team.slug}/buyer-accounts/"
    assert "To do" in client.get(url).content.decode()
    fields = {"outcome": "not_offered", "day": "2026-03-05", "note": "Not in this country"}
    client.post(f"{url}{account.pk}/alipay/", fields)
    assert "Not offered" in client.get(url).content.decode()
    page = client.get(f"{url}{account.pk}/").content.decode()
    assert "Not in this country" in page
    wrong = client.post(f"{url}{account.pk}/alipay/", fields | {"day": "2999-01-01"}).content.decode()
    assert "cannot be in the future" in wrong
    assert "Not in this country" in wrong


def test_the_list_costs_the_same_for_2_and_50_accounts(cast: Cast, client_of: SignIn) -> None:
    client, url = client_of(cast.merchant), f"/t/{cast.team.slug}/buyer-accounts/"

    def add(number: int) -> None:
        for _ in range(number):
            account = make_buyer_account(cast.team)
            for outcome in ("asked", "verified"):
                note_alipay_verification(
                    account=account, outcome=outcome, day=date(2026, 3, 5), by=cast.merchant
                )

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    add(2)
    queries()
    few = queries()
    add(48)
    queries()
    assert queries() == few


def test_a_cards_number_in_the_note_keeps_its_last_four_digits_and_an_orders_stays(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    order = make_supplier_order(cast.team, number="4012888888881881")
    made = note_alipay_verification(
        account=account,
        outcome="asked",
        day=date(2026, 3, 5),
        by=cast.merchant,
        note=f"With 4242 4242 4242 4242 for {order.number}",
    )
    assert made.note == "With •••• 4242 for 4012888888881881"
