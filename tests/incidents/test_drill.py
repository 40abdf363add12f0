from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership, Team, User
from closedorders.beat import schedule
from closedorders.cases.actions import open_case
from closedorders.closures.models import Closure, Incident
from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.refusals import Refused
from closedorders.incidents.drill.actions import end_drill, remove_old_drills, start_drill
from closedorders.incidents.drill.reads import drill_progress
from closedorders.incidents.drill.steps import STEPS, drill_steps, total_time
from closedorders.incidents.tasks import remove_old_drills as remove_old_drills_task
from closedorders.orders.actions.notes import add_file
from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions as outreach
from closedorders.outreach import sending
from closedorders.outreach.models import Campaign, Kind, Message
from closedorders.risk.checklist import checklist
from tests.cast import Cast
from tests.closures.pages import SignIn, words
from tests.incidents.scenes import bad_day
from tests.outreach.scenes import approve, start

BEGIN = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def mailbox(tmp_path: Path, settings: Any) -> LocalMailbox:
    settings.LOCAL_MAILBOX = tmp_path / "mailbox"
    return LocalMailbox(tmp_path / "mailbox")


def address(team: Team, name: str) -> str:
    return reverse(f"incidents:{name}", args=[team.slug])


def begin(cast: Cast) -> tuple[Incident, Membership]:
    """The drill's incident, and the merchant's place in its team."""
    incident = start_drill(team=cast.team, by=cast.merchant)
    return incident, Membership.objects.get(team=incident.team, user=cast.merchant.user)


def told(incident: Incident, merchant: Membership) -> Campaign:
    """A holding note to everybody of the drill, handed over by a worker."""
    store = incident.team.stores.get()
    campaign = outreach.create_campaign(incident=incident, kind=Kind.HOLDING, store=store, by=merchant)
    people = 12
    approve(campaign, merchant, people)
    start(campaign)
    sending.send_due(campaign.pk)
    return campaign


def rows() -> dict[str, int]:
    return {m._meta.label: m._base_manager.count() for m in apps.get_models(include_auto_created=True)}


@pytest.mark.parametrize(
    ("reached", "took", "now"),
    [
        ({}, [None] * 8, "logged"),
        ({"logged": 0}, [0, *[None] * 7], "case"),
        ({"logged": 0, "case": 5, "submitted": 20}, [0, 5, 15, *[None] * 5], "unblocked"),
        ({"logged": 0, "told": 9}, [0, None, None, None, None, 9, None, None], "case"),
        ({"logged": 0, "case": 9, "submitted": 4}, [0, 9, 0, *[None] * 5], "unblocked"),
        (dict(zip(STEPS, range(0, 80, 10), strict=True)), [0, *[10] * 7], ""),
    ],
)
def test_each_step_of_a_drill_has_its_time(reached: dict[str, int], took: list[int | None], now: str) -> None:
    moments = {name: BEGIN + timedelta(minutes=minutes) for name, minutes in reached.items()}
    steps = drill_steps(dict(moments), started=BEGIN)
    assert [
        (step.took and step.took.total_seconds() // 60) or (0 if step.at else None) for step in steps
    ] == took
    assert next((step.name for step in steps if step.is_now), "") == now
    assert total_time(steps) == (timedelta(minutes=70) if not now else None)


def test_a_drill_is_a_marked_team_of_the_same_people(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    answer = client.post(address(cast.team, "drill_start"), follow=True)
    page = words(answer)
    incident = Incident.objects.get()
    drill = incident.team
    assert drill.is_drill
    assert "DRILL · Casa Luna" in page
    assert "Nothing here is real" in page
    assert incident.closures.count() == 12
    roles = {m.user_id: m.role for m in Membership.objects.filter(team=drill)}
    assert roles == {m.user_id: m.role for m in Membership.objects.filter(team=cast.team)}
    assert "DRILL · Casa Luna" in words(client_of(cast.assistant).get(reverse("home")))
    for name in (
        "dashboard:today",
        "orders:orders",
        "incidents:incidents",
        "outreach:campaigns",
        "team:settings",
    ):
        shown = client.get(reverse(name, args=[drill.slug]))
        assert "Nothing here is real" in words(shown), name
        assert "<title>DRILL ·" in shown.content.decode(), name
        assert "Nothing here is real" not in words(client.get(reverse(name, args=[cast.team.slug]))), name


def test_no_mail_of_a_drill_leaves_the_house(cast: Cast, mailbox: LocalMailbox) -> None:
    """The settings of tests send mail through another transport than the local mailbox."""
    incident, merchant = begin(cast)
    campaign = told(incident, merchant)
    assert Message.objects.filter(campaign=campaign, state="local").count() == 12
    assert mail.outbox == []
    mails = mailbox.messages(team_header=str(incident.team_id))
    assert len(mails) == 12
    assert all(each.subject.startswith("DRILL: ") for each in mails)
    assert all(each.recipient.endswith("@drill.invalid>") for each in mails)


def test_a_transport_that_is_given_is_not_used_for_a_drill(cast: Cast) -> None:
    class Never:
        def deliver(self, **_parts: object) -> None:
            raise AssertionError("A mail of a drill has left the house.")

        def close(self) -> None:
            pass

    incident, merchant = begin(cast)
    store = incident.team.stores.get()
    campaign = outreach.create_campaign(incident=incident, kind=Kind.HOLDING, store=store, by=merchant)
    approve(campaign, merchant, 12)
    start(campaign)
    sending.send_due(campaign.pk, transport=Never())  # type: ignore[arg-type]  # must not be asked
    assert Message.objects.filter(state="local").count() == 12


def test_a_test_mail_of_a_drill_goes_to_the_local_mailbox(
    cast: Cast, client_of: SignIn, mailbox: LocalMailbox
) -> None:
    incident, merchant = begin(cast)
    store = incident.team.stores.get()
    campaign = outreach.create_campaign(incident=incident, kind=Kind.HOLDING, store=store, by=merchant)
    client = client_of(cast.merchant)
    test_address = reverse("outreach:test_mail", args=[incident.team.slug, campaign.pk])
    client.post(test_address, {"address": "me@real.example", "person": "1"})
    assert mail.outbox == []
    assert [m.subject[:13] for m in mailbox.messages(team_header=str(incident.team_id))] == ["TEST: DRILL: "]
    shown = client.get(reverse("team:mailbox", args=[incident.team.slug]))
    assert "TEST: DRILL: " in words(shown)
    today = reverse("dashboard:today", args=[incident.team.slug])
    assert reverse("team:mailbox", args=[incident.team.slug]) in client.get(today).content.decode()


def test_nothing_of_a_drill_counts_in_the_real_team(cast: Cast, client_of: SignIn) -> None:
    bad_day(cast, 2)
    Closure.objects.update(closed_at=timezone.now() - timedelta(hours=3, minutes=5))
    client = client_of(cast.merchant)
    addresses = [
        reverse(name, args=[cast.team.slug])
        for name in ("incidents:incidents", "orders:orders", "closures:closures")
    ]

    def seen() -> list[object]:
        pages = [client.get(each).context["page"].rows for each in addresses[:1]]
        figures = client.get(reverse("dashboard:today", args=[cast.team.slug])).context
        risks = [(f.code, f.state, f.text) for f in checklist(cast.team)]
        lists = [words(client.get(each)) for each in addresses[1:]]
        return [len(pages[0]), str(figures.get("figures")), risks, [text.count("820") for text in lists]]

    before = seen()
    begin(cast)
    assert seen() == before


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_drill_leaves_nothing_but_a_line_in_the_trail(
    cast: Cast,
    mailbox: LocalMailbox,
    settings: Any,
    django_capture_on_commit_callbacks: Callable[..., Any],
    *,
    by_hand: bool,
) -> None:
    bad_day(cast, 2)
    before, kept = rows(), set(User.objects.values_list("pk", flat=True))
    incident, merchant = begin(cast)
    drill = incident.team
    told(incident, merchant)
    open_case(incident=incident, by=merchant)
    order = StoreOrder.objects.filter(team=drill)[0]
    file = add_file(order=order, upload=SimpleUploadedFile("talk.txt", b"Hello"), by=merchant)
    stored = Path(file.file.path)
    assert stored.exists()
    with django_capture_on_commit_callbacks(execute=True):
        if by_hand:
            end_drill(drill=drill, by=merchant)
        else:
            Team.objects.filter(pk=drill.pk).update(created_at=timezone.now() - timedelta(hours=25))
            assert remove_old_drills() == 1
    events = AuditEvent.objects.filter(team=cast.team).order_by("pk")
    assert [event.verb for event in events][-2:] == ["drill_started", "drill_ended"]
    before["accounts.AuditEvent"] += 2
    assert rows() == before
    assert set(User.objects.values_list("pk", flat=True)) == kept
    assert mailbox.messages(team_header=str(drill.pk)) == []
    assert not stored.exists()
    connection.check_constraints()


def test_mails_of_the_real_team_outlive_the_drill(
    cast: Cast, mailbox: LocalMailbox, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    incident, merchant = begin(cast)
    told(incident, merchant)
    content = f"X-Closed-Orders-Team: {cast.team.pk}\r\nSubject: Real\r\n\r\nHi".encode()
    mailbox.deliver(
        sender="a@b.example", recipient="c@d.example", content=content, before_final_dot=lambda: True
    )
    with django_capture_on_commit_callbacks(execute=True):
        end_drill(drill=incident.team, by=merchant)
    assert [m.subject for m in mailbox.messages()] == ["Real"]


def test_a_drill_of_today_is_left_running(cast: Cast) -> None:
    begin(cast)
    remove_old_drills_task()
    assert Team.objects.filter(drill_of=cast.team).exists()


def test_there_is_one_drill_at_a_time_and_none_inside_another(cast: Cast) -> None:
    incident, merchant = begin(cast)
    with pytest.raises(Refused, match="under way already"):
        start_drill(team=cast.team, by=cast.merchant)
    with pytest.raises(Refused, match="a fire drill already"):
        start_drill(team=incident.team, by=merchant)
    end_drill(drill=incident.team, by=cast.merchant)
    with pytest.raises(Refused, match="ended it before you"):
        end_drill(drill=incident.team, by=cast.merchant)
    assert start_drill(team=cast.team, by=cast.merchant)


def test_a_real_team_cannot_be_deleted_as_a_drill(cast: Cast, other_cast: Cast) -> None:
    incident, _merchant = begin(cast)
    with pytest.raises(Refused):
        end_drill(drill=cast.team, by=cast.merchant)
    with pytest.raises(Refused):
        end_drill(drill=incident.team, by=other_cast.merchant)
    with pytest.raises(Refused):
        end_drill(drill=incident.team, by=cast.assistant)
    assert Team.objects.filter(pk__in=[cast.team.pk, incident.team_id]).count() == 2


def test_the_times_are_seen_by_all_and_the_end_is_the_merchants(cast: Cast, client_of: SignIn) -> None:
    incident, merchant = begin(cast)
    drill = incident.team
    open_case(incident=incident, by=merchant)
    progress = drill_progress(drill)
    assert [step.name for step in progress.steps if step.at] == ["logged", "case"]
    for team in (cast.team, drill):
        page = words(client_of(cast.assistant).get(address(team, "drill")))
        assert "Verification case opened" in page
        assert "End the drill" not in page
    client = client_of(cast.merchant)
    assert client.post(address(drill, "drill_end"), follow=True).redirect_chain[-1][0] == address(
        cast.team, "drill"
    )
    assert not Team.objects.filter(pk=drill.pk).exists()
    assert "2 of 8 steps" not in words(client.get(address(cast.team, "drill")))
    assert "No fire drill is under way" in words(client.post(address(cast.team, "drill_end"), follow=True))
    event = AuditEvent.objects.get(verb="drill_ended")
    assert (event.after["steps"], event.after["minutes"]) == ("2/8", None)


def test_every_step_can_be_reached(cast: Cast) -> None:
    incident, merchant = begin(cast)
    case = open_case(incident=incident, by=merchant)
    for before, after in (("collecting", "submitted"), ("submitted", "unblocked")):
        case.transitions.create(before=before, after=after, by=merchant)
    case.state = "unblocked"
    case.save()
    store = incident.team.stores.get()
    campaign = outreach.create_campaign(incident=incident, kind=Kind.RESOLUTION, store=store, by=merchant)
    outreach.change_offer(campaign=campaign, code_percent=0, refund_percent=0, by=merchant)
    approve(campaign, merchant, 12)
    start(campaign)
    sending.send_due(campaign.pk)
    Closure.objects.update(outcome="replaced", outcome_at=timezone.now())
    Incident.objects.update(ended_at=timezone.now())
    progress = drill_progress(incident.team)
    assert [step.name for step in progress.steps if step.at] == list(STEPS)
    assert progress.took is not None


def test_the_task_of_beat_exists() -> None:
    assert schedule(sweep_seconds=1)["remove-old-drills"]["task"] == remove_old_drills_task.name
