"""The pages around the checklist: what has changed, thresholds tried on the past, messages before large orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone, translation

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount, SupplierOrder
from closedorders.risk import tasks
from closedorders.risk.actions import confirm_check, dismiss_cause, note_notice
from closedorders.risk.checklist import checklist, score_of
from closedorders.risk.checklist.history import due_teams, take_snapshot
from closedorders.risk.checklist.page import Fix, RunwayShown, runways
from closedorders.risk.models import DailyTotal, Notice, RiskSnapshot
from closedorders.risk.rules import Facts, State, Thresholds
from closedorders.risk.rules.base import COURSE_DAYS, AccountFacts
from tests.cast import Cast
from tests.factories import make_buyer_account, make_incident, make_supplier_order, reason
from tests.risk.test_checklist import ago, find, imported, url, words

SignIn = Callable[[Membership | None], Client]


# Score, fix first, history


def test_the_page_says_what_to_fix_first_and_what_it_gains(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    page = client_of(cast.merchant).get(url(cast, "checklist"))
    first = page.context["fixes"][0]
    assert (first.points, first.url) == (25, url(cast, "notices", account.pk))
    assert [fix.points for fix in page.context["fixes"]] == sorted(
        (fix.points for fix in page.context["fixes"]), reverse=True
    )
    assert page.context["score"] == 100 - sum(fix.points for fix in page.context["fixes"])
    assert "Runway of “Main”" in words(page)


def test_writing_to_aliexpress_raises_the_score(cast: Cast, account: BuyerAccount, client_of: SignIn) -> None:
    client = client_of(cast.assistant)
    before = client.get(url(cast, "checklist")).context["score"]
    sent = client.post(
        url(cast, "notices", account.pk),
        {"kind": "aliexpress", "sent_on": timezone.localdate().isoformat()},
        follow=True,
    )
    assert "Noted." in words(sent)
    after = client.get(url(cast, "checklist"))
    assert after.context["score"] == before + 12
    assert "AliExpress was written to" in words(after)


def test_a_day_is_compared_with_the_one_before(cast: Cast, client_of: SignIn) -> None:
    confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    take_snapshot(cast.team, now=ago(1))
    was = score_of(checklist(cast.team))
    take_snapshot(cast.team)
    confirm_check(team=cast.team, check_code="travel", answer="problem", by=cast.merchant)
    page = client_of(cast.merchant).get(url(cast, "checklist"))
    history = page.context["history"]
    assert history.scores == [was, was - 10]
    assert [(change.was, change.finding.code) for change in history.changes] == [("OK", "travel")]
    assert "10 points less" in words(page)
    assert "Ordering while travelling : OK → Act" in words(page)


def test_without_an_earlier_day_nothing_is_said_to_have_changed(cast: Cast, client_of: SignIn) -> None:
    page = client_of(cast.merchant).get(url(cast, "checklist"))
    assert "From tomorrow on" in words(page)


def test_of_a_day_the_last_snapshot_stays_and_old_ones_are_due(cast: Cast) -> None:
    now = timezone.now()
    assert cast.team not in due_teams(now)
    imported(cast, now)
    assert cast.team in due_teams(now)
    tasks.take_snapshot(cast.team.pk)
    assert cast.team not in due_teams(timezone.now())
    assert cast.team in due_teams(now + timedelta(hours=2))
    confirm_check(team=cast.team, check_code="travel", answer="problem", by=cast.merchant)
    tasks.take_snapshot(cast.team.pk)
    assert RiskSnapshot.objects.get().states["travel"] == "act"


# Dismissing


def test_what_is_dismissed_costs_no_points_and_comes_back_when_it_gets_worse(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    SupplierOrder.objects.update(cost=Decimal(7_500))
    client = client_of(cast.merchant)
    before = score_of(checklist(cast.team))
    day = timezone.localdate() + timedelta(days=10)
    form = {"reason": "AliExpress said so in a call.", "until": day.isoformat()}
    page = client.post(url(cast, "dismissal", "fraud_review"), form, follow=True)
    assert "AliExpress said so in a call." in words(page)
    assert page.context["score"] == before + 13
    assert "fraud_review" not in [fix.url.strip("#") for fix in page.context["fixes"]]
    assert page.context["items"][-1]["finding"].code == "fraud_review"
    assert "Fraud review" not in words(client.get(f"/t/{cast.team.slug}/"))
    assert find(cast, "fraud_review", timezone.now() + timedelta(days=12)).dismissal is None
    SupplierOrder.objects.update(cost=Decimal(9_500))
    assert find(cast, "fraud_review").dismissal is None
    SupplierOrder.objects.update(cost=Decimal(7_500))
    kept = find(cast, "fraud_review").dismissal
    assert kept is not None
    for _ in range(2):
        client.post(url(cast, "dismissal_withdrawal", kept.pk))
    assert score_of(checklist(cast.team)) == before
    verbs = AuditEvent.objects.filter(verb__startswith="check_dismiss").order_by("pk")
    assert [event.verb for event in verbs] == ["check_dismissed", "check_dismissal_withdrawn"]


def test_a_dismissal_needs_a_reason_an_end_and_something_to_dismiss(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    client, today = client_of(cast.merchant), timezone.localdate()
    for reason_given, days in (("", 5), ("No problem", -1), ("No problem", 91)):
        form = {"reason": reason_given, "until": (today + timedelta(days=days)).isoformat()}
        page = client.post(url(cast, "dismissal", "fraud_review"), form)
        assert page.status_code == 200
        assert page.context["items"][0]["dismissal_open"]
        assert "is-invalid" in page.context["items"][0]["dismissal_form"]
    confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    with pytest.raises(Refused, match="fine"):
        dismiss_cause(team=cast.team, check_code="travel", reason="x", until=today, by=cast.merchant)
    with pytest.raises(Refused):
        dismiss_cause(team=cast.team, check_code="complaints", reason="x", until=today, by=cast.assistant)
    assert client.post(url(cast, "dismissal", "nonsense")).status_code == 404


def test_a_dismissed_cause_is_counted_as_dismissed_and_not_as_to_act_on(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    client, today = client_of(cast.merchant), timezone.localdate()
    before = client.get(url(cast, "checklist"))
    assert before.context["counts"]["act"] == 1
    for finding in checklist(cast.team):
        if finding.state is not State.OK:
            dismiss_cause(team=cast.team, check_code=finding.code, reason="x", until=today, by=cast.merchant)
    page = client.get(url(cast, "checklist"))
    counts = page.context["counts"]
    assert (counts["act"], counts["watch"], counts["unknown"]) == (0, 0, 0)
    assert counts["dismissed"] + counts["ok"] == 7
    text = words(page)
    assert f"{counts['dismissed']} dismissed" in text
    assert "to act on" not in text
    assert "what is not fine is dismissed" in text
    assert "all seven" not in text


def test_a_refusal_is_shown_though_the_cause_became_fine_meanwhile(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    SupplierOrder.objects.update(cost=Decimal(10))
    form = {"reason": "No problem", "until": timezone.localdate().isoformat()}
    page = client_of(cast.merchant).post(url(cast, "dismissal", "fraud_review"), form)
    assert "This cause is fine: there is nothing to dismiss." in words(page)


def test_what_is_confirmed_by_hand_already_is_not_asked_for_again(cast: Cast, client_of: SignIn) -> None:
    confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    make_incident(
        cast.team, cast.merchant, [make_supplier_order(cast.team)], reason=reason("travel"), closed_at=ago(1)
    )
    client = client_of(cast.merchant)

    def fix() -> Fix:
        fixes: list[Fix] = client.get(url(cast, "checklist")).context["fixes"]
        return next(each for each in fixes if each.url == "#travel")

    assert fix().label == "See the figures"
    assert "closed for this reason" in fix().text
    confirm_check(team=cast.team, check_code="travel", answer="problem", by=cast.merchant)
    assert fix().label == "Confirm by hand"


# Runways


def shown(spent: list[int], *, told: bool = False, import_age_days: int | None = 0) -> RunwayShown:
    today = timezone.localdate()
    until = {"aliexpress": today} if told else {}
    days = (*[Decimal(0)] * (COURSE_DAYS + 1 - len(spent)), *map(Decimal, spent))
    account = AccountFacts(None, "Main", days, (0,) * len(days), until)
    facts = Facts(today=today, import_age_days=import_age_days, accounts=(account,))
    return runways(facts, Thresholds())[0]


def test_a_runway_says_the_same_as_its_cause() -> None:
    climbing = [7_000 + 200 * day for day in range(14)] + [0]
    assert (shown(climbing).tone, shown(climbing).word) == ("red", "Act")
    assert (shown(climbing, told=True).tone, shown(climbing, told=True).word) == ("green", "OK")
    assert shown([500] * 15).tone == "green"
    few = shown([500, 0])
    assert (few.tone, few.word) == ("grey", "Unknown")
    stale = shown(climbing, import_age_days=40)
    assert (stale.tone, stale.text) == ("grey", "The last import is 40 days old. Import again to know.")


def test_a_runway_above_the_limit_says_so_whatever_its_pace() -> None:
    falling = [12_000 - 50 * day for day in range(14)] + [0]
    assert shown(falling).text == "About $11,300 a day: $10,000 a day is reached already."


# Thresholds


def test_messages_have_the_accounts_figures_in_both_languages(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    page = client_of(cast.merchant).get(url(cast, "notices", account.pk))
    english, spanish = page.context["kinds"][0]["texts"]
    assert (english.language, spanish.language) == ("en", "es")
    assert "$9,500" in english.body
    with translation.override("es"):
        assert spanish.body.startswith(translation.gettext("Hello, and thank you for your time."))
    assert 'data-copy="Hello, and thank you' in page.content.decode()


def test_a_notice_is_taken_back_and_the_one_before_counts_again(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    note_notice(account=account, kind="bank", sent_on=ago(80).date(), by=cast.merchant)
    newer = note_notice(account=account, kind="bank", sent_on=timezone.localdate(), by=cast.assistant)
    assert "until" in find(cast, "card_check").text
    client = client_of(cast.merchant)
    for _ in range(2):
        page = client.post(url(cast, "notice_withdrawal", newer.pk), follow=True)
        assert "The one before it counts again." in words(page)
    assert AuditEvent.objects.filter(verb="notice_withdrawn").count() == 1
    kept = Notice.objects.get(withdrawn_at=None)
    assert kept.sent_on == ago(80).date()
    assert "The bank knows" in find(cast, "card_check").text
    last = words(client.post(url(cast, "notice_withdrawal", kept.pk), follow=True))
    assert "Taken back." in last
    assert "The one before it" not in last


@pytest.mark.parametrize(("kind", "days"), [("aliexpress", -1), ("aliexpress", 31), ("bank", 91)])
def test_a_day_to_come_or_long_past_is_refused(
    cast: Cast, account: BuyerAccount, client_of: SignIn, kind: str, days: int
) -> None:
    client = client_of(cast.merchant)
    page = client.post(
        url(cast, "notices", account.pk), {"kind": kind, "sent_on": ago(days).date().isoformat()}
    )
    assert page.status_code == 200
    assert not Notice.objects.exists()
    client.post(
        url(cast, "notices", account.pk), {"kind": kind, "sent_on": ago(abs(days) - 1).date().isoformat()}
    )
    assert Notice.objects.filter(kind=kind).count() == 1


def test_another_teams_account_has_no_messages_here(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(other_cast.team)
    notice = note_notice(account=account, kind="bank", sent_on=timezone.localdate(), by=other_cast.merchant)
    client = client_of(cast.merchant)
    assert client.get(url(cast, "notices", account.pk)).status_code == 404
    assert client.post(url(cast, "notice_withdrawal", notice.pk)).status_code == 404
    with pytest.raises(Refused):
        note_notice(account=account, kind="bank", sent_on=timezone.localdate(), by=cast.merchant)


def test_the_checklist_counts_from_stored_totals_what_it_counts_from_orders(
    cast: Cast, account: BuyerAccount
) -> None:
    before = find(cast, "fraud_review")
    tasks.settle_totals(cast.team.pk)
    assert find(cast, "fraud_review") == before
    assert before.state == State.ACT
    assert SupplierOrder.objects.count() == DailyTotal.objects.count() == 1


# Looking back


@pytest.mark.parametrize(
    ("states", "said"),
    [
        # Of the days before, the newest first.
        (("act", "act", "watch"), "warned 3 days before, on"),
        (("act", "watch", "ok", "act"), "warned 2 days before, on"),
        (("act",), "warned 1 day before, on"),
        (("watch", "act", "act"), "the checklist did not call for an act before it"),
        ((), "the checklist did not call for an act before it"),
    ],
)
def test_the_page_says_since_when_the_newest_incident_was_warned_of(
    cast: Cast, account: BuyerAccount, client_of: SignIn, states: tuple[str, ...], said: str
) -> None:
    incident = make_incident(
        cast.team,
        cast.merchant,
        [make_supplier_order(cast.team, buyer_account=account)],
        buyer_account=account,
        reason=reason("fraud_review"),
    )
    today = timezone.localdate()
    for place, state in enumerate(states):
        RiskSnapshot.objects.create(
            team=cast.team, day=today - timedelta(days=place + 1), score=50, states={"fraud_review": state}
        )
    page = words(client_of(cast.merchant).get(url(cast, "checklist")))
    assert f"Incident {incident.number} of" in page
    assert said in page
    if said.startswith("warned"):
        assert "Fraud review near $10,000 a day" in page.split(said)[1][:60]
