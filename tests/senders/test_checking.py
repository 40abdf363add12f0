"""What a worker finds out about a store's sender, with a real mail server and a real name server of this machine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.orders.models import Store
from closedorders.senders import actions, checking, tasks
from closedorders.senders.findings import Part, State
from closedorders.senders.models import SenderCheck
from closedorders.senders.preflight import preflight_of, refused_by_server, with_one_line_a_sentence
from tests.cast import Cast
from tests.dns_stub import SERVFAIL, DnsStub
from tests.factories import make_store, make_team
from tests.smtp_sink import DROP, Act, SmtpSink


def checked(store: Store, cast: Cast, selector: str = "mine") -> dict[str, tuple[State, str]]:
    """What the page says of each part after a worker has run."""
    actions.set_dkim_selector(store=store, selector=selector, by=cast.merchant)
    actions.ask_for_check(store=store, by=cast.merchant)
    tasks.check_sender(SenderCheck.objects.get(store=store).pk)
    return {line.code: (line.state, line.words) for line in preflight_of(store).lines}


def states(found: dict[str, tuple[State, str]]) -> dict[str, State]:
    return {code: state for code, (state, _words) in found.items() if code != "replies"}


def test_a_sender_with_all_in_order_is_green_and_no_mail_was_sent(
    cast: Cast, sink: SmtpSink, dns: DnsStub
) -> None:
    found = checked(make_store(cast.team), cast)
    assert states(found) == dict.fromkeys(["server", "spf", "dkim", "dmarc", "alignment"], State.GOOD)
    assert sink.received == []
    assert [line.split(" ")[0].upper() for line in sink.commands] == ["EHLO", "MAIL", "RSET", "QUIT"]


def test_without_an_answer_of_the_dns_nothing_is_green_but_the_server(
    cast: Cast, sink: SmtpSink, dns: DnsStub
) -> None:
    dns.mood = SERVFAIL
    found = checked(make_store(cast.team), cast)
    assert states(found) == {
        "server": State.GOOD,
        "spf": State.NOT_CHECKED,
        "dkim": State.NOT_CHECKED,
        "dmarc": State.NOT_CHECKED,
        "alignment": State.NOT_CHECKED,
    }


def test_before_the_first_check_and_while_it_runs_nothing_is_green(cast: Cast, sink: SmtpSink) -> None:
    store = make_store(cast.team)
    assert {line.state for line in preflight_of(store).lines} == {State.NOT_CHECKED}
    actions.ask_for_check(store=store, by=cast.merchant)
    assert preflight_of(store).is_running
    assert {line.state for line in preflight_of(store).lines} == {State.NOT_CHECKED}
    assert sink.connections == 0


@pytest.mark.parametrize(
    ("act", "state", "words"),
    [
        (Act("mail", "553 5.7.1 not owned by user shop"), State.BAD, "not owned by user shop"),
        (Act("connect", DROP, times=None), State.BAD, "does not answer"),
        (Act("mail", "451 4.3.0 come later"), State.NOT_CHECKED, "come back later"),
    ],
)
def test_each_answer_of_the_mail_server_has_its_line(
    cast: Cast, sink: SmtpSink, dns: DnsStub, act: Act, state: State, words: str
) -> None:
    sink.play(Act(act.at, act.does, times=act.times))
    store = make_store(cast.team)
    found = checked(store, cast)["server"]
    assert found[0] is state
    assert words in found[1]
    # Only a sender that is refused stops an approval.
    assert bool(refused_by_server(store)) is (act.at == "mail" and state is State.BAD)


@pytest.mark.parametrize("change", ["sender", "server"])
def test_what_was_found_of_another_sender_or_server_says_nothing_any_more(
    cast: Cast, sink: SmtpSink, dns: DnsStub, settings: pytest.FixtureRequest, change: str
) -> None:
    sink.play(Act("mail", "553 5.7.1 not owned by user shop"))
    store = make_store(cast.team)
    checked(store, cast)
    assert refused_by_server(store)
    if change == "sender":
        store.sender_email = "other@casaluna.example"
        store.save()
    else:
        settings.EMAIL_PORT += 1  # type: ignore[attr-defined]
    assert refused_by_server(store) == ""
    assert {line.state for line in preflight_of(store).lines} == {State.NOT_CHECKED}


def test_a_new_selector_or_server_is_checked_anew_and_an_old_answer_is_not_written(
    cast: Cast, sink: SmtpSink, dns: DnsStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(cast.team)
    check = actions.ask_for_check(store=store, by=cast.merchant)
    real = checking.find

    def find_slowly(*args: object, **options: object) -> object:
        found = real(*args, **options)  # type: ignore[arg-type]
        actions.set_dkim_selector(store=store, selector="gone", by=cast.merchant)
        return found

    monkeypatch.setattr(checking, "find", find_slowly)
    tasks.check_sender(check.pk)
    check.refresh_from_db()
    assert (check.state, check.findings) == (SenderCheck.State.WAITING, [])
    monkeypatch.setattr(checking, "find", real)
    tasks.check_sender(check.pk)
    line = next(line for line in preflight_of(store).lines if line.code == "dkim")
    assert (line.state, "gone" in line.words) == (State.BAD, True)


def test_a_check_whose_worker_died_is_taken_up_again_and_ends_after_three_tries(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = actions.ask_for_check(store=make_store(cast.team), by=cast.merchant)

    def dies(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(checking, "find", dies)
    for _try in range(3):
        with pytest.raises(RuntimeError):
            tasks.check_sender(check.pk)
        assert not SenderCheck.objects.due().exists()
        past = timezone.now() - timedelta(seconds=1)
        SenderCheck.objects.update(claimed_until=past)
        assert SenderCheck.objects.due().exists()
    tasks.check_sender(check.pk)
    check.refresh_from_db()
    assert (check.state, check.findings) == (SenderCheck.State.DONE, [])
    assert {line.state for line in preflight_of(check.store).lines} == {State.NOT_CHECKED}


def test_where_no_mail_leaves_nobody_is_asked(cast: Cast, no_server: None, dns: DnsStub) -> None:
    found = checked(make_store(cast.team), cast)
    assert set(states(found).values()) == {State.NOT_CHECKED}
    assert dns.asked == []


def test_a_fire_drill_asks_nobody(cast: Cast, sink: SmtpSink, dns: DnsStub) -> None:
    cast.team.drill_of = make_team()
    cast.team.save()
    found = checked(make_store(cast.team), cast)
    assert set(states(found).values()) == {State.NOT_CHECKED}
    assert (sink.connections, dns.asked) == (0, [])


def test_a_check_under_way_is_not_asked_for_twice(cast: Cast) -> None:
    store = make_store(cast.team)
    for _time in range(2):
        actions.ask_for_check(store=store, by=cast.merchant)
    assert AuditEvent.objects.filter(verb="sender_check_asked").count() == 1


def test_every_part_has_a_line_for_every_store(cast: Cast) -> None:
    codes = [line.code for line in preflight_of(make_store(cast.team, sender_email="")).lines]
    assert codes == [*(part.value for part in Part), "replies"]


def test_without_a_mail_server_one_line_says_so_for_all_that_was_not_checked(
    cast: Cast, no_server: None
) -> None:
    lines = with_one_line_a_sentence(preflight_of(make_store(cast.team)).lines)
    assert [line.name for line in lines] == ["Mail server, SPF, DKIM, DMARC, Same domain", "Replies"]
    assert {line.state for line in lines} == {State.NOT_CHECKED}
