from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.closures import tasks
from closedorders.closures.actions import log_closures, start_log
from closedorders.closures.logs import running
from closedorders.closures.models import Closure, ClosureLog, Incident
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount
from tests.cast import Cast
from tests.closures.pages import SignIn, paste, url, words
from tests.factories import make_buyer_account, make_supplier_order, reason

NUMBERS = [f"{8_201_447_122_030_000 + n}" for n in range(1_203)]


def start(cast: Cast, account: BuyerAccount, numbers: list[str] = NUMBERS) -> ClosureLog:
    rows = [(number, None, reason("travel")) for number in numbers]
    return start_log(team=cast.team, rows=rows, buyer_account=account, by=cast.assistant)


def test_more_numbers_than_fit_at_once_are_logged_by_a_worker_with_progress(
    cast: Cast, client_of: SignIn
) -> None:
    account = make_buyer_account(cast.team, "Main")
    client = client_of(cast.assistant)
    page = client.post(
        url(cast, "quick_log"), paste(account=str(account.pk), numbers="\n".join(NUMBERS)), follow=True
    )
    text = words(page)
    assert "0 of 1,203" in text
    assert "You may leave this page" in text
    assert not Closure.objects.exists()
    log = ClosureLog.objects.get()
    assert client.get(url(cast, "log_progress", log.pk)).status_code == 200
    tasks.run_log(log.pk)
    assert Closure.objects.filter(reason=reason(), logged_by=cast.assistant).count() == 1_203
    assert Incident.objects.get().buyer_account == account
    text = words(client.get(log.get_absolute_url()))
    assert "1,203 closures logged" in text
    assert "1,203 are known by their numbers alone" in text
    assert client.get(url(cast, "log_progress", log.pk)).headers["HX-Refresh"] == "true"
    assert "Closures are being logged" not in words(client.get(cast.team.get_absolute_url()))


def test_a_log_goes_on_where_a_killed_worker_stopped_and_logs_nothing_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = start(cast, make_buyer_account(cast.team))
    calls: list[object] = []
    monkeypatch.setattr(running, "BATCH", 500)

    def killed(**fields: object) -> object:
        if len(calls) == 1:
            raise KeyboardInterrupt
        calls.append(fields)
        return log_closures(**fields)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(running, "log_closures", killed)
    with pytest.raises(KeyboardInterrupt):
        running.run_log(log.pk)
    monkeypatch.setattr(running, "log_closures", log_closures)
    log.refresh_from_db()
    assert (log.progress_done, log.logged, Closure.objects.count()) == (500, 500, 500)
    running.run_log(log.pk)
    assert Closure.objects.count() == 500  # The killed worker's lease is not over.
    ClosureLog.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    running.run_log(log.pk)
    log.refresh_from_db()
    assert (log.state, log.progress_done, log.logged, log.already) == ("done", 1_203, 1_203, 0)
    assert Closure.objects.count() == 1_203
    assert log.rows == []
    assert AuditEvent.objects.filter(verb="closure_logged").count() == 1_203


def test_a_worker_that_lost_its_claim_leaves_nothing_of_its_batch(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = start(cast, make_buyer_account(cast.team), NUMBERS[:10])

    def slow(**fields: object) -> object:
        ClosureLog.objects.update(claimed_until=timezone.now() + timedelta(hours=1))
        return log_closures(**fields)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(running, "log_closures", slow)
    running.run_log(log.pk)
    assert not Closure.objects.exists()
    log.refresh_from_db()
    assert log.state == ClosureLog.State.RUNNING


def test_a_log_of_a_person_who_left_meanwhile_stops_and_says_what_is_left(
    cast: Cast, client_of: SignIn
) -> None:
    log = start(cast, make_buyer_account(cast.team))
    cast.assistant.ended_at = timezone.now()
    cast.assistant.save()
    running.run_log(log.pk)
    assert not Closure.objects.exists()
    text = words(client_of(cast.merchant).get(log.get_absolute_url()))
    assert "1,203 numbers are left" in text


def test_the_sweep_finds_what_no_worker_has(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = start(cast, make_buyer_account(cast.team), NUMBERS[:2])
    over = start(cast, waiting.buyer_account or make_buyer_account(cast.team), NUMBERS[2:4])
    running.run_log(over.pk)
    enqueued: list[int] = []
    monkeypatch.setattr(tasks, "enqueue_on_commit", lambda _task, pk: enqueued.append(pk))
    tasks.sweep()
    assert enqueued == [waiting.pk]


def test_more_than_ten_thousand_numbers_or_rows_without_an_account_are_refused(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    with pytest.raises(Refused, match="at most 10000"):
        start(cast, account, [f"{8_201_447_122_000_000 + n}" for n in range(10_001)])
    with pytest.raises(Refused, match="account"):
        start_log(team=cast.team, rows=[(NUMBERS[0], None, None)], buyer_account=None, by=cast.merchant)
    assert not ClosureLog.objects.exists()


def test_a_log_of_another_team_is_not_found(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    log = start(cast, make_buyer_account(cast.team), NUMBERS[:2])
    client = client_of(other_cast.merchant)
    assert client.get(url(other_cast, "log", log.pk)).status_code == 404
    assert client.get(url(other_cast, "log_progress", log.pk)).status_code == 404


def test_what_closed_an_order_is_guessed_from_words_and_else_from_how_its_import_words_the_end(
    cast: Cast,
) -> None:
    make_supplier_order(cast.team, number=NUMBERS[0], status="FINISH (risk_reject_closed)")
    make_supplier_order(cast.team, number=NUMBERS[1], status="FINISH (buyer_pay_timeout)")
    account = make_buyer_account(cast.team)
    fields = {"team": cast.team, "reason": None, "buyer_account": account, "by": cast.assistant}
    log_closures(numbers=NUMBERS[:3], **fields)  # type: ignore[arg-type]  # named above
    log_closures(numbers=[NUMBERS[3]], words="The seller failed to ship", **fields)  # type: ignore[arg-type]
    log_closures(numbers=[NUMBERS[4]], words="Order expired", origin="dispute", **fields)  # type: ignore[arg-type]
    origins = dict(Closure.objects.values_list("supplier_order__number", "origin"))
    assert [origins[number] for number in NUMBERS[:5]] == ["risk", "unpaid", "", "seller", "dispute"]
