"""Writes about the check of a document: more boxes, a second person's confirmation, the self-test."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Role
from closedorders.accounts.rights import EVERYONE, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .. import LONGEST_SIDE, tasks
from ..actions import MOST_BOXES, Box, check_boxes, erase
from ..models import Document, PageImage, SelfTest
from ..pictures import Drawn, OpenPicture
from ..sealed_pages import Unreadable, open_page, store_page

CONFIRMERS = (*MERCHANT, Role.REVIEWER)
LEFT_AFTER = timedelta(days=1)
SELF_TEST_COUNTS_FOR = timedelta(minutes=10)
_SELF_TEST_TAKES = timedelta(minutes=5)
_AT_ONCE = 100


def cover_more(*, document: Document, boxes: Sequence[Box], by: Membership) -> None:
    """Burn more boxes into a document that may not be used yet, and have it checked again.

    What was stored before is deleted.
    """
    allow(by, MERCHANT, team_id=document.team_id)
    check_boxes(boxes)
    if not boxes:
        raise Refused(_("Draw a box over what was found first."))
    if len(document.boxes) + len(boxes) > MOST_BOXES:
        raise Refused(_("A document has at most %(most)s boxes. Draw larger ones.") % {"most": MOST_BOXES})
    before = list(document.pages.all())
    drawn = {
        page.number: _redrawn(page, boxes) for page in before if any(box.page == page.number for box in boxes)
    }
    if {box.page for box in boxes} - drawn.keys():
        raise Refused(_("A box lies on a page that the document does not have."))
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        lock_team(document.team_id)
        fresh = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
        pages = list(fresh.pages.all())
        if [page.sha256 for page in pages] != [page.sha256 for page in before]:
            raise Refused(_("Somebody else covered more of it meanwhile. Look at it again."))
        if fresh.deleted_at or fresh.state not in (Document.State.LEAK, Document.State.UNCHECKED):
            raise Refused(
                _("The document is now “%(state)s”: nothing was changed.")
                % {"state": fresh.get_state_display()}
            )
        for page in pages:
            if page.number in drawn:
                transaction.on_commit(partial(page.file.storage.delete, str(page.file.name)))
                store_page(page, drawn[page.number], stack)
        fresh.boxes = [*fresh.boxes, *(list(box) for box in boxes)]
        fresh.state, fresh.check_result = Document.State.WAITING, {}
        fresh.progress_done = fresh.attempts = 0
        fresh.finished_at, fresh.covered_by = None, by
        fresh.save(
            update_fields=[
                "boxes",
                "state",
                "check_result",
                "progress_done",
                "attempts",
                "finished_at",
                "covered_by",
            ]
        )
        record(by=by, verb="document_covered", thing=fresh, after={"boxes": len(fresh.boxes)})
        enqueue_on_commit(tasks.check_document, fresh.pk)


def _redrawn(page: PageImage, boxes: Sequence[Box]) -> Drawn:
    try:
        jpeg = open_page(page)
    except Unreadable as error:
        raise Refused(
            _("The picture cannot be read any more. Delete the document and add it again.")
        ) from error
    with OpenPicture(io.BytesIO(jpeg)) as picture:
        here = [box[1:5] for box in boxes if box.page == page.number]
        return picture.draw(1, boxes=here, turn=0, longest=LONGEST_SIDE)


def may_confirm(document: Document, user_id: int) -> bool:
    """Whether somebody neither added the document nor covered it last."""
    covered_by = document.covered_by
    return user_id not in (document.created_by.user_id, covered_by.user_id if covered_by else None)


@transaction.atomic
def confirm_document(*, document: Document, seen: Sequence[str], by: Membership) -> None:
    """Let a document be used that no machine could check: said by somebody other than who covered it.

    `seen`: the SHA-256 of each page that was looked at, in order; refused where others are stored by now.
    """
    allow(by, CONFIRMERS, team_id=document.team_id)
    lock_team(document.team_id)
    fresh = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if not may_confirm(fresh, by.user_id):
        raise Refused(
            _("Somebody else has to confirm it: who covered a document overlooks what was left out.")
        )
    same = list(seen) == [page.sha256 for page in fresh.pages.all()]
    if fresh.deleted_at or fresh.state != Document.State.UNCHECKED or not same:
        raise Refused(_("There is nothing to confirm: the document has changed meanwhile. Look at it again."))
    fresh.state, fresh.confirmed_at, fresh.confirmed_by = Document.State.CONFIRMED, timezone.now(), by
    fresh.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    record(by=by, verb="document_confirmed", thing=fresh)


def erase_left_leaks() -> int:
    """Delete documents that showed too much and that nobody covered for a day; how many, `_AT_ONCE` at most."""
    left = Q(state=Document.State.LEAK, finished_at__lt=timezone.now() - LEFT_AFTER)
    documents = list(Document.objects.kept().filter(left).select_related("team").order_by("pk")[:_AT_ONCE])
    # Asked again with each: somebody may cover more of one meanwhile.
    return sum(erase(each, why=Document.Deletion.LEFT, by=None, only=left) for each in documents)


@transaction.atomic
def ask_for_self_test(*, by: Membership) -> bool:
    """Have a worker run the self-test; False where one runs, or was run within the last ten minutes: that counts."""
    allow(by, EVERYONE, team_id=by.team_id)
    now = timezone.now()
    test, _created = SelfTest.objects.select_for_update().get_or_create(pk=SelfTest.ONLY)
    runs = test.state in SelfTest.UNFINISHED
    if runs and test.started_at is not None and test.started_at > now - _SELF_TEST_TAKES:
        return False
    if test.finished_at is not None and test.finished_at > now - SELF_TEST_COUNTS_FOR:
        return False
    test.state, test.started_at, test.finished_at, test.claimed_until = (
        SelfTest.State.WAITING,
        now,
        None,
        None,
    )
    test.save(update_fields=["state", "started_at", "finished_at", "claimed_until"])
    record(by=by, verb="vault_tested", thing=test, team=by.team)
    enqueue_on_commit(tasks.run_self_test, test.pk)
    return True
