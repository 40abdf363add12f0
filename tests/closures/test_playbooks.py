from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from closedorders.accounts.models import AuditEvent
from closedorders.closures import actions
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.models import IncidentStep, Playbook
from closedorders.closures.playbooks import advice_for, incident_steps, is_check_overdue, split_steps
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import end_incident, set_cause
from tests.cast import Cast
from tests.closures.logs import log
from tests.closures.pages import NUMBERS, SignIn, closed_order, url, words
from tests.factories import make_buyer_account, reason


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("Wait a week.", ["Wait a week."]),
        (
            "Stop. Open the case, e.g. today. ¿Sigue? Ask.",
            ["Stop.", "Open the case, e.g. today.", "¿Sigue?", "Ask."],
        ),
        ("- Stop now. Wait.\r\n\r\n2) Ask\n• Tell", ["Stop now. Wait.", "Ask", "Tell"]),
        ("", []),
        ("\n  \n", []),
        ("Pay 10.50 today. 3 tries.", ["Pay 10.50 today. 3 tries."]),
    ],
)
def test_what_to_do_now_falls_into_steps_by_line_or_by_sentence(text: str, steps: list[str]) -> None:
    assert split_steps(text) == steps


def test_a_thousand_lines_are_no_list_of_things_to_do() -> None:
    assert len(split_steps("\n".join(["step"] * 1000))) == 20


def test_a_check_older_than_six_months_is_flagged(cast: Cast, client_of: SignIn) -> None:
    today = timezone.localdate()
    assert not is_check_overdue(today - timedelta(days=180))
    assert is_check_overdue(today - timedelta(days=190))
    assert is_check_overdue(None)
    Playbook.objects.create(team=cast.team, reason=reason("travel"), verified_on=date(2020, 1, 1))
    client = client_of(cast.merchant)
    assert "Check again" in words(client.get(url(cast, "reason", "travel")))
    assert "to be checked again" in words(client.get(url(cast, "reasons")))
    client.post(url(cast, "playbook_check", "travel"))
    assert Playbook.objects.get().verified_on == today
    assert "Check again" not in words(client.get(url(cast, "reason", "travel")))
    assert "to be checked again" not in words(client.get(url(cast, "reasons")))


def test_the_original_stays_beside_the_teams_words_and_comes_back_by_a_click(
    cast: Cast, client_of: SignIn
) -> None:
    original, client = str(BUILTIN["travel"].do_now), client_of(cast.merchant)
    page = client.get(url(cast, "playbook", "travel"))
    typed = {**page.context["form"].initial, "verified_on": ""}
    client.post(url(cast, "playbook", "travel"), {**typed, "do_now": "Call Ana."})
    for address in (url(cast, "reason", "travel"), url(cast, "playbook", "travel")):
        shown = words(client.get(address))
        assert "Call Ana." in shown
        assert original in shown
    page = client.get(url(cast, "playbook", "travel"))
    typed = {**page.context["form"].initial, "verified_on": "", "prevention": "Stay at home."}
    back = client.post(url(cast, "playbook", "travel"), {**typed, "original": "do_now"})
    form = back.context["form"]
    assert (form["do_now"].value(), form["prevention"].value()) == (original, "Stay at home.")
    assert Playbook.objects.get().do_now == "Call Ana."
    client.post(url(cast, "playbook", "travel"), {name: form[name].value() or "" for name in form.fields})
    assert Playbook.objects.get().do_now == ""
    assert Playbook.objects.get().prevention == "Stay at home."


def test_two_tabs_lose_no_text(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    opened = client.get(url(cast, "playbook", "travel")).context["form"].initial | {"verified_on": ""}
    client.post(url(cast, "playbook", "travel"), {**opened, "do_now": "From the first tab."})
    answer = client.post(url(cast, "playbook", "travel"), {**opened, "do_now": "From the second tab."})
    assert answer.status_code == 422
    assert Playbook.objects.get().do_now == "From the first tab."
    page = words(answer)
    assert "From the first tab." in page
    assert "From the second tab." in page
    form = answer.context["form"]
    again = {name: form[name].value() or "" for name in form.fields}
    assert client.post(url(cast, "playbook", "travel"), again).status_code == 302
    assert Playbook.objects.get().do_now == "From the second tab."
    assert AuditEvent.objects.filter(verb="playbook_edited").last().before["do_now"] == "From the first tab."  # type: ignore[union-attr]  # saved twice


def test_a_source_of_the_teams_own_is_named(cast: Cast) -> None:
    actions.edit_playbook(
        team=cast.team, reason=reason("travel"), by=cast.merchant, verified_on=None, source="The chat, 3 May"
    )
    advice = advice_for(team=cast.team, reason=reason("travel"))
    assert (advice.source, advice.edited) == ("The chat, 3 May", True)


def test_the_steps_come_with_the_cause_and_show_who_ticked_them(cast: Cast, client_of: SignIn) -> None:
    incident = closed_order(cast).incident
    set_cause(incident=incident, cause=None, by=cast.merchant)
    set_cause(incident=incident, cause=reason("fraud_review"), by=cast.merchant)
    steps = list(IncidentStep.objects.filter(incident=incident))
    with translation.override("en"):
        assert [str(step) for step in steps] == split_steps(str(BUILTIN["fraud_review"].do_now))
    client = client_of(cast.assistant)
    client.post(url(cast, "incident_step", steps[0].pk), {"done": "1"})
    steps[0].refresh_from_db()
    assert steps[0].done_by == cast.assistant
    page = words(client.get(incident.get_absolute_url()))
    assert f"1 of {len(steps)} done" in page
    assert str(cast.assistant.user) in page
    assert "Somebody ticked this step before you" in words(
        client.post(url(cast, "incident_step", steps[0].pk), {"done": "1"}, follow=True)
    )
    client.post(url(cast, "incident_step", steps[0].pk), {"done": "0"})
    steps[0].refresh_from_db()
    assert steps[0].done_at is None


def test_the_steps_come_with_the_reason_of_a_log_once(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    for numbers in (NUMBERS[:2], NUMBERS[2:4]):
        incident = log(cast, numbers, reason=reason("travel"), buyer_account=account).incident
    assert incident is not None
    assert [str(step) for step in incident.steps.all()] == split_steps(str(BUILTIN["travel"].do_now))
    log(cast, NUMBERS[4:5], reason=None, buyer_account=account)
    log(cast, NUMBERS[5:6], reason=reason("card_check"), buyer_account=account)
    assert {step.reason.code for step in incident.steps.all()} == {"travel", "card_check"}


def test_a_step_nobody_needs_is_removed_but_not_one_that_is_done(cast: Cast, client_of: SignIn) -> None:
    incident = closed_order(cast).incident
    actions.apply_playbook(incident=incident, reason=reason("fraud_review"), by=cast.merchant)
    first, second = IncidentStep.objects.filter(incident=incident)
    client = client_of(cast.assistant)
    client.post(url(cast, "incident_step", first.pk), {"done": "1"})
    for step in (first, second):
        client.post(url(cast, "incident_step", step.pk), {"done": "not_needed"})
    assert list(IncidentStep.objects.filter(incident=incident)) == [first]
    assert AuditEvent.objects.get(verb="step_removed").after["step"] == str(second)


def test_a_playbook_is_put_on_an_incident_once(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    incident = closed_order(cast).incident
    client = client_of(cast.assistant)
    assert "Use it on an incident" in words(client.get(url(cast, "reason", "travel")))
    for _time in range(2):
        client.post(url(cast, "playbook_steps", "travel"), {"incident": incident.number})
    count = IncidentStep.objects.filter(incident=incident).count()
    assert count == len(split_steps(str(BUILTIN["travel"].do_now)))
    actions.edit_playbook(
        team=cast.team, reason=reason("travel"), by=cast.merchant, verified_on=None, do_now="One\nTwo"
    )
    assert actions.apply_playbook(incident=incident, reason=reason("travel"), by=cast.merchant) == 2
    assert [str(s) for s in IncidentStep.objects.filter(incident=incident)][-2:] == ["One", "Two"]
    other = client_of(other_cast.merchant)
    for number in (str(incident.number), "x", "", "9" * 30):
        wrong = other.post(url(other_cast, "playbook_steps", "travel"), {"incident": number})
        assert wrong.status_code == 404
    end_incident(incident=incident, by=cast.merchant)
    with pytest.raises(Refused, match="over"):
        actions.apply_playbook(incident=incident, reason=reason("card_check"), by=cast.merchant)


def test_reasons_of_the_closures_are_offered_until_their_steps_are_there(cast: Cast) -> None:
    incident = closed_order(cast).incident
    assert incident_steps(incident)["step_reasons"] == [reason()]
    actions.apply_playbook(incident=incident, reason=reason(), by=cast.merchant)
    assert incident_steps(incident)["step_reasons"] == []


def test_every_seeded_playbook_has_steps_in_the_readers_language() -> None:
    for code, builtin in BUILTIN.items():
        assert split_steps(str(builtin.do_now)), code
