from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.actions import open_case
from closedorders.core.refusals import Refused
from closedorders.incidents.models import Reminder
from closedorders.incidents.reminders import actions
from closedorders.incidents.reminders.forms import snoozed_until
from closedorders.orders.models import StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.incidents.scenes import bad_day

SignIn = Callable[[Membership | None], Client]


def things(cast: Cast) -> dict[str, Any]:
    incident = bad_day(cast, 1)
    return {
        "incident": incident,
        "case": open_case(incident=incident, by=cast.merchant),
        "order": StoreOrder.objects.get(team=cast.team),
        "bought": SupplierOrder.objects.get(team=cast.team),
    }


def remind(cast: Cast, subject: Any, *, due: bool = False, **changes: Any) -> Reminder:
    values = {
        "subject": subject,
        "due_at": timezone.now() + timedelta(hours=2),
        "note": "Ask the supplier again",
        "person": cast.merchant,
        "by": cast.merchant,
    }
    reminder = actions.add_reminder(**(values | changes))
    if due:
        Reminder.objects.filter(pk=reminder.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    return reminder


def page(person: Client, cast: Cast, name: str = "dashboard:today", *arguments: object) -> str:
    answer = person.get(reverse(name, args=[cast.team.slug, *arguments]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_reminder_is_added_on_the_page_of_its_thing_and_shown_there(cast: Cast, client_of: SignIn) -> None:
    cast.team.time_zone = "America/New_York"
    cast.team.save(update_fields=["time_zone"])
    person = client_of(cast.merchant)
    local = timezone.localtime(timezone.now() + timedelta(days=2), cast.team.zone).replace(
        second=0, microsecond=0
    )
    for kind, thing in things(cast).items():
        Reminder.objects.all().delete()
        address = reverse("incidents:reminder_creation", args=[cast.team.slug]) + f"?{kind}={thing.pk}"
        form = {"note": "Look again", "due_at": local.strftime("%Y-%m-%dT%H:%M"), "person": cast.assistant.pk}
        answer = person.post(address, form)
        assert answer.status_code == 302
        reminder = Reminder.objects.get()
        # As the clock on the wall of the team says, not the server's.
        assert reminder.due_at == local
        assert reminder.person == cast.assistant
        assert reminder.subject == thing
        shown = person.get(answer["Location"]).content.decode()
        assert "Look again" in shown
        assert address.replace("&", "&amp;") in shown


def test_a_time_that_is_over_is_refused_and_what_was_typed_stays(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 1)
    address = reverse("incidents:reminder_creation", args=[cast.team.slug]) + f"?incident={incident.pk}"
    form = {"note": "Too late", "due_at": "2020-01-01T10:00", "person": cast.merchant.pk}
    shown = client_of(cast.merchant).post(address, form).content.decode()
    assert "Choose a time that is still to come." in shown
    assert "Too late" in shown
    assert not Reminder.objects.exists()


def test_due_ones_come_on_today_and_go_when_they_are_done_moved_or_cancelled(
    cast: Cast, client_of: SignIn
) -> None:
    incident, person = bad_day(cast, 1), client_of(cast.merchant)
    later = remind(cast, incident, note="Not yet")
    due = [remind(cast, incident, note=note, due=True) for note in ("First", "Second", "Third")]
    shown = page(person, cast)
    assert all(note in shown for note in ("First", "Second", "Third"))
    assert "Not yet" not in shown
    slug = cast.team.slug
    person.post(reverse("incidents:reminder_done", args=[slug, due[0].pk]))
    person.post(reverse("incidents:reminder_snooze", args=[slug, due[1].pk]), {"until": "week"})
    person.post(reverse("incidents:reminder_cancellation", args=[slug, due[2].pk]))
    shown = page(person, cast)
    assert not [note for note in ("First", "Second", "Third") if note in shown.partition("<main")[2]]
    done, moved, cancelled = Reminder.objects.filter(pk__in=[each.pk for each in due]).order_by("pk")
    assert (done.done_by, cancelled.cancelled_by) == (cast.merchant, cast.merchant)
    assert moved.is_open
    assert moved.due_at > later.due_at
    verbs = set(AuditEvent.objects.filter(thing="incidents.reminder").values_list("verb", flat=True))
    assert verbs == {"reminder_added", "reminder_done", "reminder_snoozed", "reminder_cancelled"}
    person.post(reverse("incidents:reminder_reopening", args=[slug, done.pk]))
    assert "First" in page(person, cast)


def test_tomorrow_at_nine_is_nine_in_the_teams_zone_across_a_change_of_the_clocks() -> None:
    with timezone.override("Europe/Madrid"):
        before = datetime(2026, 10, 24, 20, tzinfo=UTC)  # Clocks go back that night.
        assert snoozed_until("tomorrow", before) == datetime(2026, 10, 25, 8, tzinfo=UTC)
        assert snoozed_until("hours", before) == before + timedelta(hours=3)
        assert snoozed_until("week", before) == datetime(2026, 10, 31, 8, tzinfo=UTC)


def test_one_that_is_done_can_be_neither_moved_nor_done_again(cast: Cast) -> None:
    reminder = remind(cast, bad_day(cast, 1))
    actions.finish_reminder(reminder=reminder, by=cast.assistant)
    tomorrow = timezone.now() + timedelta(days=1)
    calls: list[Callable[[], None]] = [
        lambda: actions.finish_reminder(reminder=reminder, by=cast.merchant),
        lambda: actions.cancel_reminder(reminder=reminder, by=cast.merchant),
        lambda: actions.snooze_reminder(reminder=reminder, until=tomorrow, by=cast.merchant),
    ]
    for again in calls:
        with pytest.raises(Refused):
            again()
    assert Reminder.objects.get().done_by == cast.assistant


def test_a_reviewer_has_reminders_of_cases_and_none_of_orders(cast: Cast, client_of: SignIn) -> None:
    found = things(cast)
    of_order = remind(cast, found["order"], note="About an order", due=True)
    of_case = remind(cast, found["case"], note="About the case", person=cast.reviewer, due=True)
    reviewer, slug = client_of(cast.reviewer), cast.team.slug
    for name in ("dashboard:today", "incidents:reminders"):
        shown = page(reviewer, cast, name)
        assert "About the case" in shown
        assert "About an order" not in shown
    assert reviewer.post(reverse("incidents:reminder_done", args=[slug, of_order.pk])).status_code == 404
    assert reviewer.post(reverse("incidents:reminder_done", args=[slug, of_case.pk])).status_code == 302
    for kind in ("order", "bought"):
        address = reverse("incidents:reminder_creation", args=[slug]) + f"?{kind}={found[kind].pk}"
        assert reviewer.get(address).status_code == 404
    with pytest.raises(Refused):
        remind(cast, found["order"], person=cast.reviewer)
    with pytest.raises(Refused):
        actions.snooze_reminder(reminder=of_order, until=timezone.now() + timedelta(days=1), by=cast.reviewer)


def test_an_assistant_reads_a_note_without_its_address(cast: Cast, client_of: SignIn) -> None:
    found = things(cast)
    for thing in found.values():
        remind(cast, thing, note="Write to maria@example.com", due=True)
    assistant = client_of(cast.assistant)
    for name, *arguments in (
        ("dashboard:today",),
        ("incidents:reminders",),
        ("incidents:incident", found["incident"].number),
        ("orders:order", found["order"].pk),
        ("orders:supplier_order", found["bought"].pk),
        ("cases:case", found["case"].pk),
    ):
        shown = page(assistant, cast, name, *arguments)
        assert "Write to" in shown, name
        assert "maria@example.com" not in shown, name
    assert "maria@example.com" in page(client_of(cast.merchant), cast, "incidents:reminders")


def test_nobody_is_reminded_of_another_teams_things(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    theirs = things(other_cast)
    for kind, thing in theirs.items():
        address = reverse("incidents:reminder_creation", args=[cast.team.slug]) + f"?{kind}={thing.pk}"
        assert client_of(cast.merchant).get(address).status_code == 404
        with pytest.raises(Refused):
            remind(cast, thing)
    with pytest.raises(Refused):
        remind(cast, bad_day(cast, 1), person=other_cast.merchant)


def test_a_reminder_is_of_exactly_one_thing(cast: Cast) -> None:
    found = things(cast)
    plain = {
        "team": cast.team,
        "due_at": timezone.now(),
        "note": "x",
        "person": cast.merchant,
        "created_by": cast.merchant,
    }
    for subjects in ({}, {"incident": found["incident"], "case": found["case"]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.create(**plain, **subjects)


def test_the_list_has_pages_and_costs_the_same_queries_however_many(cast: Cast, client_of: SignIn) -> None:
    found, person = things(cast), client_of(cast.merchant)

    def cost() -> int:
        page(person, cast, "incidents:reminders")
        with CaptureQueriesContext(connection) as queries:
            page(person, cast, "incidents:reminders")
        return len(queries)

    for thing in found.values():
        remind(cast, thing, due=True)
    few = cost()
    for _ in range(14):
        for thing in found.values():
            remind(cast, thing, due=True)
    assert cost() == few
    assert 'rel="next"' in page(person, cast, "incidents:reminders")


def test_the_button_leads_back_to_where_it_was_pressed_and_to_no_other_site(
    cast: Cast, client_of: SignIn
) -> None:
    incident, person = bad_day(cast, 1), client_of(cast.merchant)
    address = reverse("incidents:reminder_done", args=[cast.team.slug, remind(cast, incident).pk])
    assert person.post(address, {"next": "/t/x/"})["Location"] == "/t/x/"
    for elsewhere in ("https://evil.example/", "//evil.example/", ""):
        assert "evil" not in person.post(address, {"next": elsewhere})["Location"]
