from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Contact, Decision, Slot
from tests.cast import Cast
from tests.documents.scenes import make_document
from tests.factories import make_incident

from .conftest import approve_all, open_a_case, tick_all, walk_to

ClientOf = Callable[[Membership | None], Client]


def url(case: Case, name: str = "case", *args: object) -> str:
    return reverse(f"cases:{name}", args=[case.team.slug, case.pk, *args])


def words(response: HttpResponseBase) -> str:
    assert isinstance(response, HttpResponse)
    return unescape(response.content.decode())


def every_url(case: Case) -> dict[str, tuple[str, set[str]]]:
    """URL name → address and the roles that may POST there."""
    slot, cleanup = case.slots.all()[0], case.cleanups.all()[0]
    contact = Contact.objects.create(case=case, by=case.opened_by, summary="a", follow_up_at=timezone.now())
    addresses = {
        "documents": (url(case, "documents"), {"merchant"}),
        "document": (url(case, "document", slot.pk), {"merchant"}),
        "decision": (url(case, "decision", slot.pk), {"merchant", "reviewer"}),
        "contacts": (url(case, "contacts"), {"merchant", "assistant"}),
        "follow_up": (url(case, "follow_up", contact.pk), {"merchant", "assistant"}),
        "snooze": (url(case, "snooze", contact.pk), {"merchant", "assistant"}),
        "cleanup": (url(case, "cleanup", cleanup.place), {"merchant"}),
        "verification": (url(case, "verification"), {"merchant"}),
        "answer_due": (url(case, "answer_due"), {"merchant"}),
        "chat": (url(case, "chat"), {"merchant", "assistant"}),
        "outcome": (url(case, "outcome", contact.pk), {"merchant"}),
        "step_back": (url(case, "step_back"), {"merchant", "reviewer"}),
        "cleanups": (url(case, "cleanups"), {"merchant"}),
        "slot_entry": (url(case, "slot_entry", slot.pk), {"merchant"}),
        "review_start": (url(case, "review_start", slot.pk), {"merchant", "reviewer"}),
        "opening": (reverse("cases:case_opening", args=[case.team.slug, case.incident.number]), {"merchant"}),
    }
    for name in {move.name for move in moves.MOVES}:
        roles = {"merchant", "reviewer"} if name in {moves.RETURN, moves.APPROVAL} else {"merchant"}
        addresses[name] = (url(case, name.replace("-", "_")), roles)
    return addresses


NAMES = [
    "documents", "document", "decision", "contacts", "follow_up", "snooze", "cleanup", "opening",
    "verification", "answer_due", "chat", "outcome", "step_back",
    "cleanups", "slot_entry", "review_start",
    *sorted({move.name for move in moves.MOVES}),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_write_lets_in_its_roles_and_no_others(
    name: str, case: Case, cast: Cast, other_cast: Cast, client_of: ClientOf
) -> None:
    address, roles = every_url(case)[name]
    for person in (cast.merchant, cast.assistant, cast.reviewer):
        client = client_of(person)
        assert (client.post(address).status_code != 403) == (person.role in roles)
        assert client.get(address).status_code in ({405} if person.role in roles else {403})
    for stranger in (other_cast.merchant, other_cast.assistant, other_cast.reviewer, None):
        assert client_of(stranger).post(address).status_code == 404


def test_another_teams_case_cannot_be_reached_through_ones_own_team(
    case: Case, other_cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(other_cast.merchant)
    own = open_a_case(other_cast)
    slug = other_cast.team.slug
    for address, _roles in every_url(case).values():
        assert client.post(address.replace(f"/t/{case.team.slug}/", f"/t/{slug}/")).status_code == 404
    assert client.get(reverse("cases:case", args=[slug, case.pk])).status_code == 404
    foreign_slot = case.slots.all()[0]
    assert client.post(url(own, "document", foreign_slot.pk), {"state": "ready"}).status_code == 404
    assert client.get(reverse("cases:case", args=[slug, own.pk])).status_code == 200


@pytest.mark.parametrize("state", list(moves.TURNS))
@pytest.mark.parametrize("role", ["merchant", "assistant", "reviewer"])
def test_the_page_opens_in_every_state_for_every_role(
    role: str, state: str, case: Case, cast: Cast, client_of: ClientOf
) -> None:
    walk_to(case, state, cast)
    page = words(client_of(getattr(cast, role)).get(url(case)))
    assert case.get_state_display() in page
    assert page.count('class="btn btn-primary"') <= 1
    # Every button leads to a write that this role may make.
    allowed = {address for address, roles in every_url(case).values() if role in roles}
    actions_on_page = {
        part.split('"')[0].split("?")[0].split("#")[0] for part in page.split('method="post" action="')[1:]
    }
    own_pages = {address for address in actions_on_page if f"/cases/{case.pk}/" in address}
    slots = {url(case, name, slot.pk) for name in ("document", "decision") for slot in case.slots.all()}
    places = {url(case, "cleanup", each.place) for each in case.cleanups.all()}
    if role == "merchant":
        allowed |= slots | places
    if role == "reviewer":
        allowed |= {address for address in slots if "decision" in address}
    assert own_pages <= allowed


def test_an_assistant_sees_no_documents_decisions_or_notes(
    case: Case, cast: Cast, client_of: ClientOf
) -> None:
    walk_to(case, "in_review", cast)
    for slot in case.slots.all():
        actions.decide(
            slot=slot, verdict="asked_again", reason="expired", note="Ran out in May", by=cast.reviewer
        )
    actions.move_case(case=case, move=moves.RETURN, by=cast.reviewer, note="Look closer")
    client = client_of(cast.assistant)
    for page in (
        words(client.get(url(case))),
        words(client.get(reverse("cases:cases", args=[cast.team.slug]))),
    ):
        for secret in (
            "Passport",
            "Credit card",
            "tag-red",
            "statement",
            "Expired",
            "Ran out in May",
            "Look closer",
        ):
            assert secret not in page
    assert "Contact log" in words(client.get(url(case)))


def test_an_assistant_logs_a_chat(case: Case, cast: Cast, client_of: ClientOf) -> None:
    response = client_of(cast.assistant).post(
        url(case, "contacts"),
        {
            "purpose": "insist",
            "channel": "chat",
            "agent": "Lina",
            "summary": "Wait two hours",
            "promise": "Soon",
        },
        follow=True,
    )
    contact = Contact.objects.get()
    assert (contact.purpose, contact.agent, contact.by) == ("insist", "Lina", cast.assistant)
    assert "Wait two hours" in words(response)


def test_the_reminder_is_read_in_the_teams_time_zone(case: Case, cast: Cast, client_of: ClientOf) -> None:
    cast.team.time_zone = "America/Bogota"
    cast.team.save()
    local = timezone.localtime(timezone.now() + timedelta(days=2), cast.team.zone).replace(
        second=0, microsecond=0
    )
    client_of(cast.merchant).post(
        url(case, "contacts"),
        {
            "purpose": "ask",
            "channel": "chat",
            "summary": "Wait",
            "follow_up_at": local.strftime("%Y-%m-%dT%H:%M"),
        },
    )
    assert Contact.objects.get().follow_up_at == local


def test_a_form_with_a_mistake_keeps_what_was_typed(case: Case, cast: Cast, client_of: ClientOf) -> None:
    past = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    response = client_of(cast.merchant).post(
        url(case, "contacts"),
        {"purpose": "ask", "channel": "chat", "summary": "A long talk", "follow_up_at": past},
    )
    assert "still to come" in words(response)
    assert "A long talk" in words(response)
    assert not Contact.objects.exists()


def test_one_click_opens_the_case_and_another_finds_it(cast: Cast, client_of: ClientOf) -> None:
    incident = make_incident(cast.team, cast.merchant)
    client = client_of(cast.merchant)
    address = reverse("cases:case_opening", args=[cast.team.slug, incident.number])
    first, second = client.post(address), client.post(address)
    case = Case.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == url(case)


def test_the_whole_way_by_buttons(case: Case, cast: Cast, client_of: ClientOf) -> None:
    merchant, reviewer = client_of(cast.merchant), client_of(cast.reviewer)
    for slot in case.slots.all():
        merchant.post(url(case, "document", slot.pk), {"state": "ready"})
    merchant.post(url(case, "review") + "?seen=collecting.1")
    for slot in case.slots.all():
        reviewer.post(url(case, "decision", slot.pk), {"seen": "ready", "verdict": "approved", "reason": ""})
    reviewer.post(url(case, "approval") + "?seen=in_review.1")
    merchant.post(url(case, "submission") + "?seen=ready.1")
    merchant.post(url(case, "unblocking") + "?seen=submitted.1")
    for cleanup in case.cleanups.all():
        merchant.post(url(case, "cleanup", cleanup.place), {"done": "1"})
    merchant.post(url(case, "contacts"), {"purpose": "thanks", "channel": "chat", "summary": "Thanked"})
    page = words(merchant.post(url(case, "closing") + "?seen=unblocked.1", follow=True))
    case.refresh_from_db()
    assert case.state == "closed"
    assert "The case is closed." in page


def test_an_old_tabs_button_changes_nothing_and_says_so(case: Case, cast: Cast, client_of: ClientOf) -> None:
    walk_to(case, "submitted", cast)
    client = client_of(cast.merchant)
    client.post(url(case, "unblocking") + "?seen=submitted.1")
    again = client.post(url(case, "unblocking") + "?seen=submitted.1", follow=True)
    assert "moved on since you opened the page" in words(again)
    note = {"note": "They said the scan is blurred, send page two as well"}
    stale = client.post(url(case, "further_request") + "?seen=submitted.1", note)
    assert stale.status_code == 409
    assert Case.objects.get(pk=case.pk).state == "unblocked"


def test_a_note_typed_in_an_old_tab_is_not_lost(case: Case, cast: Cast, client_of: ClientOf) -> None:
    walk_to(case, "submitted", cast)
    client = client_of(cast.merchant)
    client.post(url(case, "rejection") + "?seen=submitted.1", {"note": "No"})
    page = words(
        client.post(url(case, "further_request") + "?seen=submitted.1", {"note": "They want page two"})
    )
    assert "They want page two" in page


def test_a_missing_note_is_asked_for(case: Case, cast: Cast, client_of: ClientOf) -> None:
    walk_to(case, "submitted", cast)
    page = words(client_of(cast.merchant).post(url(case, "rejection") + "?seen=submitted.1", {"note": ""}))
    assert "This field is required" in page
    assert Case.objects.get(pk=case.pk).state == "submitted"


def test_a_second_reviewer_in_another_tab_sees_who_decided(
    case: Case, cast: Cast, client_of: ClientOf
) -> None:
    walk_to(case, "in_review", cast)
    slot = case.slots.all()[0]
    client = client_of(cast.reviewer)
    client.post(url(case, "decision", slot.pk), {"seen": "ready", "verdict": "approved"})
    page = words(
        client.post(
            url(case, "decision", slot.pk),
            {"seen": "ready", "verdict": "asked_again", "reason": "expired"},
            follow=True,
        )
    )
    assert f"Already decided by {cast.reviewer.user} at " in page
    assert Decision.objects.count() == 1


def test_a_reviewer_cannot_mark_unblocked(case: Case, cast: Cast, client_of: ClientOf) -> None:
    walk_to(case, "submitted", cast)
    assert client_of(cast.reviewer).post(url(case, "unblocking")).status_code == 403
    assert Case.objects.get(pk=case.pk).state == "submitted"


def test_a_team_without_a_reviewer_is_told_that_the_merchant_decides(
    case: Case, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.merchant)
    assert "has no reviewer" not in words(client.get(url(case)))
    cast.reviewer.ended_at = timezone.now()
    cast.reviewer.save()
    assert "has no reviewer" in words(client.get(url(case)))
    walk_to(case, "in_review", cast)
    slot = case.slots.all()[0]
    client.post(url(case, "decision", slot.pk), {"seen": "ready", "verdict": "approved"})
    slot.refresh_from_db()
    assert slot.state == "approved"


def test_a_slot_takes_a_document_of_the_vault_that_the_reviewer_then_looks_at(
    case: Case, cast: Cast, client_of: ClientOf
) -> None:
    document = make_document(cast.merchant)
    slot = case.slots.get(kind="identity")
    merchant = client_of(cast.merchant)
    assert f'value="{document.pk}"' in words(merchant.get(url(case)))
    merchant.post(url(case, "slot_file", slot.pk), {"document": document.pk})
    slot.refresh_from_db()
    assert (slot.document, slot.state) == (document, "ready")
    picture = f"{url(case)}documents/{slot.pk}/pages/1/"
    reviewer = client_of(cast.reviewer)
    assert f'src="{picture}"' in words(reviewer.get(url(case)))
    assert reviewer.get(picture).content.startswith(b"\xff\xd8")
    assert client_of(cast.assistant).get(picture).status_code == 403
    assert document.name not in words(client_of(cast.assistant).get(url(case)))
    merchant.post(url(case, "slot_file", slot.pk), {"document": "none"})
    merchant.post(url(case, "document", slot.pk), {"state": "missing"})
    slot.refresh_from_db()
    assert slot.document is None
    assert reviewer.get(picture).status_code == 404


def test_the_chat_scripts_are_there_to_copy_in_both_languages(
    case: Case, cast: Cast, client_of: ClientOf
) -> None:
    page = words(client_of(cast.assistant).get(url(case)))
    assert page.count("data-copy=") == 8
    assert 'lang="es"' in page
    assert "Chat now" in page
    assert "data-copy=" not in words(client_of(cast.reviewer).get(url(case)))


# The list ---------------------------------------------------------------------------------------------------------


def queries(client: Client, address: str) -> int:
    client.get(address)  # the first page of a session notes where the person works
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("view", ["", "closed"])
def test_the_list_costs_the_same_for_2_and_50_cases(view: str, cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.merchant)
    address = reverse("cases:cases", args=[cast.team.slug]) + (f"?view={view}" if view else "")

    def add(number: int) -> None:
        for _ in range(number):
            open_a_case(cast)
        if view:
            Case.objects.update(state="closed")

    add(2)
    few = queries(client, address)
    add(48)
    assert queries(client, address) == few <= 20


def test_a_case_costs_the_same_for_2_and_50_talks_and_documents(
    case: Case, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.merchant)
    tick_all(case, cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    slot = case.slots.all()[0]

    def add(number: int) -> None:
        for _ in range(number):
            Contact.objects.create(case=case, by=cast.assistant, summary="a", follow_up_at=timezone.now())
            Decision.objects.create(slot=slot, round=1, verdict="approved", by=cast.reviewer)

    add(2)
    few = queries(client, url(case))
    add(48)
    for number in range(15):
        Slot.objects.create(case=case, kind="other", label=f"Paper {number}", state="ready")
    approve_all(case, cast.reviewer)
    assert queries(client, url(case)) == few <= 30
