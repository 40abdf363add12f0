from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions
from closedorders.cases.models import Case, Cleanup
from closedorders.core.refusals import Refused
from tests.cast import Cast
from tests.documents.scenes import make_document

from .conftest import walk_to


def test_a_place_is_ticked_with_time_and_person_and_can_be_unticked(case: Case, cast: Cast) -> None:
    cleanup = Cleanup.objects.get(case=case, place="phone")
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
    cleanup.refresh_from_db()
    assert cleanup.done_at is not None
    assert cleanup.done_by == cast.merchant
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
    assert AuditEvent.objects.filter(verb="cleanup_ticked").count() == 1
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant, done=False)
    cleanup.refresh_from_db()
    assert cleanup.done_at is None


def test_a_closed_case_takes_no_more_talks_or_ticks(case: Case, cast: Cast) -> None:
    walk_to(case, "closed", cast)
    with pytest.raises(Refused, match="closed"):
        actions.log_contact(case=case, by=cast.merchant, summary="Hello")
    with pytest.raises(Refused, match="closed"):
        actions.tick_cleanup(cleanup=case.cleanups.all()[0], by=cast.merchant, done=False)


def test_every_write_leaves_one_line_of_the_person_and_the_team(case: Case, cast: Cast) -> None:
    walk_to(case, "closed", cast)
    lines = AuditEvent.objects.filter(team=cast.team)
    assert lines.count() == AuditEvent.objects.count()
    assert set(lines.values_list("actor", flat=True)) == {cast.merchant.user_id, cast.reviewer.user_id}
    counts = {verb: lines.filter(verb=verb).count() for verb in lines.values_list("verb", flat=True)}
    assert counts == {
        "case_opened": 1,
        "slot_set": 7,
        "slot_decided": 7,
        "case_moved": 5,
        "cleanup_ticked": 7,
        "contact_logged": 1,
    }


def test_all_places_are_ticked_at_once_and_only_those_are_taken_back(
    case: Case, cast: Cast, client_of: Callable[[Membership | None], Client]
) -> None:
    walk_to(case, "unblocked", cast)
    actions.tick_cleanup(cleanup=case.cleanups.get(place="chat"), by=cast.merchant)
    assert case.cleanups.count() == 7
    client = client_of(cast.merchant)
    address = reverse("cases:cleanups", args=[cast.team.slug, case.pk])
    page = unescape(client.post(address, follow=True).content.decode())
    undo = re.search(rf'"({address}\?undo=[a-z.]+)"', page)
    assert undo is not None
    assert "Deleted everywhere" not in page
    assert set(case.cleanups.values_list("done_by", flat=True)) == {cast.merchant.pk}
    assert not case.cleanups.filter(done_at=None).exists()
    client.post(undo[1])
    assert list(case.cleanups.filter(done_at__isnull=False).values_list("place", flat=True)) == ["chat"]
    assert client_of(cast.reviewer).post(address).status_code == 403


def test_the_list_names_the_originals_that_were_erased_here(
    case: Case, cast: Cast, client_of: Callable[[Membership | None], Client]
) -> None:
    document = make_document(cast.merchant)
    slot = case.slots.get(kind="identity")
    actions.choose_document(slot=slot, document=document, by=cast.merchant)
    client = client_of(cast.merchant)
    part = unescape(client.get(case.get_absolute_url()).content.decode()).partition('id="cleanup"')[2]
    assert "original erased on" in part
    assert "30 days after the case is closed" in part
    document.deleted_at = timezone.now()
    document.save()
    part = unescape(client.get(case.get_absolute_url()).content.decode()).partition('id="cleanup"')[2]
    assert "covered copy erased on" in part
