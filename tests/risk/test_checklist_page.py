from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from closedorders.accounts.models import Membership
from closedorders.risk.actions import confirm_check
from closedorders.risk.models import Confirmation
from closedorders.risk.rules import State
from tests.cast import Cast
from tests.risk.test_checklist import find, url, words

SignIn = Callable[[Membership | None], Client]


def tick(**changes: str) -> dict[str, str]:
    day = timezone.localdate() + timedelta(days=5)
    return {"answer": "fine", "note": "", "valid_until": day.isoformat()} | changes


def test_a_merchant_ticks_and_takes_back_on_the_page(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    page = client.post(url(cast, "confirmation", "travel"), tick(note="Ana stays home"), follow=True)
    text = words(page)
    assert "Answer noted." in text
    assert "Ana stays home" in text
    assert "Fine, said" in text
    assert len(page.context["items"]) == 7
    answer = Confirmation.objects.get()
    page = client.post(url(cast, "withdrawal", answer.pk), follow=True)
    assert "taken back" in words(page)
    assert find(cast, "travel").state == State.UNKNOWN


@pytest.mark.parametrize(("language", "marks"), [("en", "“”"), ("es", "«»")])
def test_what_a_person_confirms_is_quoted_as_the_language_does(
    cast: Cast, client_of: SignIn, language: str, marks: str
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    page = words(client_of(cast.merchant).get(url(cast, "checklist")))
    with translation.override(language):
        question = translation.gettext("Nobody orders while travelling, and nobody is about to.")
    assert f"{marks[0]}{question}{marks[1]}" in page


def test_the_worst_stands_first(cast: Cast, client_of: SignIn) -> None:
    confirm_check(team=cast.team, check_code="travel", answer="problem", by=cast.merchant)
    confirm_check(team=cast.team, check_code="account_change", answer="fine", by=cast.merchant)
    page = client_of(cast.merchant).get(url(cast, "checklist"))
    codes = [item["finding"].code for item in page.context["items"]]
    assert codes[0] == "travel"
    assert codes[-1] == "account_change"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"answer": ""}, "Choose “Fine”"),
        ({"valid_until": "2999-01-01"}, "14 days ahead at most"),
        ({"valid_until": ""}, "required"),
    ],
)
def test_a_tick_with_a_mistake_comes_back_with_the_reason(
    cast: Cast, client_of: SignIn, change: dict[str, str], sentence: str
) -> None:
    page = client_of(cast.merchant).post(url(cast, "confirmation", "travel"), tick(**change))
    assert page.status_code == 200
    assert sentence in words(page)
    assert not Confirmation.objects.exists()


def test_an_assistant_reads_the_checklist_and_cannot_tick(cast: Cast, client_of: SignIn) -> None:
    answer = confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    client = client_of(cast.assistant)
    page = client.get(url(cast, "checklist"))
    assert page.status_code == 200
    assert "Save answer" not in words(page)
    assert client.post(url(cast, "confirmation", "travel"), tick()).status_code == 403
    assert client.post(url(cast, "withdrawal", answer.pk)).status_code == 403
    assert client_of(cast.reviewer).get(url(cast, "checklist")).status_code == 403


def test_strangers_and_other_teams_find_nothing(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    answer = confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    for stranger in (other_cast.merchant, None):
        client = client_of(stranger)
        assert client.get(url(cast, "checklist")).status_code == 404
        assert client.post(url(cast, "confirmation", "travel"), tick()).status_code == 404
    assert client_of(other_cast.merchant).post(url(other_cast, "withdrawal", answer.pk)).status_code == 404
    assert client_of(cast.merchant).post(url(cast, "confirmation", "fraud_review"), tick()).status_code == 404
    answer.refresh_from_db()
    assert answer.withdrawn_at is None


def test_the_page_costs_the_same_with_a_long_history(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    client.get(url(cast, "checklist"))
    confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    with CaptureQueriesContext(connection) as few:
        client.get(url(cast, "checklist"))
    for _ in range(30):
        confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    with CaptureQueriesContext(connection) as many:
        client.get(url(cast, "checklist"))
    assert len(few) == len(many)
