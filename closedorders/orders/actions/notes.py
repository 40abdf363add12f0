"""What people keep with a store order: comments and files."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, allow
from closedorders.core.file_names import shown_file_name
from closedorders.core.files.stored_files import file_with_its_row
from closedorders.core.files.uploads import content_type_of, ending_of
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import file_size
from closedorders.orderfiles.cells.people import visible

from ..models import OrderComment, OrderFile, StoreOrder

MOST_CHARACTERS = 2_000
MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 50
#: The same words or file again within this time are the same click.
SAME_CLICK = timedelta(minutes=1)


def _locked(order: StoreOrder) -> StoreOrder:
    # Locked, so that the second half of a double click finds what the first one wrote.
    return StoreOrder.objects.select_for_update(no_key=True).get(pk=order.pk)


@transaction.atomic
def add_comment(*, order: StoreOrder, text: str, by: Membership) -> OrderComment:
    """Keep what somebody wrote about an order, at most `MOST_CHARACTERS`. Sent twice, it is there once."""
    allow(by, DESK, team_id=order.team_id)
    # No marks of direction: with them one line can read as another.
    text = "\n".join(map(visible, text.replace("\t", " ").splitlines())).strip()
    if not text:
        raise Refused(_("Write something first."))
    if len(text) > MOST_CHARACTERS:
        raise Refused(_("A comment has at most %(most)s characters.") % {"most": MOST_CHARACTERS})
    order = _locked(order)
    since = timezone.now() - SAME_CLICK
    same = order.comments.filter(by=by, text=text, created_at__gt=since, withdrawn_at=None).first()
    if same is not None:
        return same
    comment = OrderComment.objects.create(order=order, by=by, text=text)
    # The words stay out of the trail: a withdrawn comment is gone.
    record(by=by, verb="order_comment_added", thing=order)
    return comment


@transaction.atomic
def withdraw_comment(*, comment: OrderComment, by: Membership) -> None:
    """Take back one's own comment; a merchant any. Its words are erased, that there was one stays. Twice is once."""
    allow(by, DESK, team_id=comment.order.team_id)
    comment = OrderComment.objects.select_for_update(of=("self",)).select_related("order").get(pk=comment.pk)
    if not may_withdraw(comment, by):
        raise Refused(_("Only who wrote this, or a merchant of your team, can withdraw it."))
    if comment.withdrawn_at is not None:
        return
    comment.withdrawn_at, comment.text = timezone.now(), ""
    comment.save(update_fields=["withdrawn_at", "text"])
    record(by=by, verb="order_comment_withdrawn", thing=comment.order)


def may_withdraw(thing: OrderComment | OrderFile, by: Membership) -> bool:
    return thing.by_id == by.pk or by.is_merchant


def add_file(
    *, order: StoreOrder, upload: UploadedFile[Any], by: Membership, for_assistants: bool = False
) -> OrderFile:
    """Keep a file with an order, privately. What an assistant uploads, assistants see.

    Refused when it is larger than `MOST_BYTES`, not one of the kinds that are kept, or the order has too many.
    """
    allow(by, DESK, team_id=order.team_id)
    size = upload.size or 0
    if size > MOST_BYTES:
        raise Refused(
            _("The file has %(size)s, and at most %(limit)s are kept. Make it smaller first.")
            % {"size": file_size(size), "limit": file_size(MOST_BYTES)}
        )
    content = upload.read(MOST_BYTES + 1)
    content_type = content_type_of(content, upload.name or "")
    name = _name(upload.name or "")
    kept = OrderFile(
        order=order,
        by=by,
        name=name,
        size=len(content),
        content_type=content_type,
        for_assistants=for_assistants or by.is_assistant,
    )
    with file_with_its_row(stored := kept.file):
        live = list(_locked(order).files.filter(withdrawn_at=None)[:MOST_FILES])
        for each in live:
            if (
                each.by_id == by.pk
                and (each.name, each.size) == (name, len(content))
                and each.created_at > timezone.now() - SAME_CLICK
                and _holds(each, content)
            ):
                return each
        if len(live) >= MOST_FILES:
            raise Refused(
                _("This order has %(most)s files, which is the most. Withdraw one first.")
                % {"most": MOST_FILES}
            )
        record(by=by, verb="order_file_added", thing=order)
        # The person's file name never reaches the disk.
        stored.save(f"{uuid.uuid4().hex}.{ending_of(name)}", ContentFile(content), save=False)
        kept.save()
    return kept


def _holds(kept: OrderFile, content: bytes) -> bool:
    """Whether these are its bytes: a corrected file often has the name and the length of the first one."""
    try:
        with kept.file.open("rb") as stored:
            return bool(stored.read() == content)
    except FileNotFoundError:
        return False


def _name(name: str) -> str:
    """As it may stand on a page; however long, its ending stays."""
    ending = f".{ending_of(name)}"
    stem = name[: -len(ending)]
    stem = shown_file_name(stem) if stem.strip() else "file"
    return f"{stem[: 200 - len(ending)]}{ending}"


@transaction.atomic
def withdraw_file(*, file: OrderFile, by: Membership) -> None:
    """Take back one's own file; a merchant any. It is deleted from the disk, its name stays. Twice is once."""
    allow(by, DESK, team_id=file.order.team_id)
    file = OrderFile.objects.select_for_update(of=("self",)).select_related("order").get(pk=file.pk)
    if not may_withdraw(file, by):
        raise Refused(_("Only who uploaded this, or a merchant of your team, can withdraw it."))
    if file.withdrawn_at is not None:
        return
    file.withdrawn_at = timezone.now()
    file.save(update_fields=["withdrawn_at"])
    record(by=by, verb="order_file_withdrawn", thing=file.order)
    stored = file.file
    transaction.on_commit(lambda: stored.delete(save=False))
