"""What people do with imports: upload, answer, save, cancel, take back."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.file_names import shown_file_name
from closedorders.core.files.stored_files import file_with_its_row
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of, refuse_if_changed
from closedorders.core.task_queue.enqueue import enqueue_on_commit
from closedorders.core.text.formatting import file_size
from closedorders.core.text.masks import mask_addresses
from closedorders.orders.models import BuyerAccount, Store

from . import states, tasks
from .merge import REFUSALS
from .models import Import, ImportIssue
from .runs.claims import PROFILE_ANSWERS
from .states import Action
from .undo.plan import plan

_NOTHING_YET = {"orders_new": 0, "orders_changed": 0, "orders_unchanged": 0}


def upload_import(
    *,
    team: Team,
    upload: UploadedFile[Any],
    store: Store,
    buyer_account: BuyerAccount | None,
    by: Membership,
    answers: Mapping[str, str] | None = None,
) -> Import:
    """Keep an uploaded file, privately, and ask a worker to read it. Nothing of it is saved as orders yet.

    `answers` are what is known of how to read it, as `answer_import` takes them.
    """
    for place in (team.pk, store.team_id, buyer_account.team_id if buyer_account else team.pk):
        allow(by, DESK, team_id=place)
    size = upload.size or 0
    if size > settings.IMPORT_MAX_BYTES:
        raise Refused(
            _(
                "The file has %(size)s, and we read up to %(limit)s. Export a shorter period, in several files."
            )
            % {"size": file_size(size), "limit": file_size(settings.IMPORT_MAX_BYTES)}
        )
    given = {name: value for name, value in (answers or {}).items() if value}
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    file_name = shown_file_name(upload.name or "")
    # The person's file name never reaches the disk.
    upload.name = f"{uuid.uuid4().hex}.csv"
    source = Import(
        team=team,
        store=store,
        buyer_account=buyer_account,
        uploaded_by=by,
        file=upload,
        file_name=file_name,
        size=size,
        sha256=digest.hexdigest(),
        answers=given,
        state=states.after(Action.UPLOAD),
    )
    told = {name: mask_addresses(value) for name, value in given.items()}
    after = {"store": store, "sha256": source.sha256} | told
    with file_with_its_row(source.file):
        source.save()
        record(by=by, verb="import_uploaded", thing=source, after=after)
        enqueue_on_commit(tasks.read_import, source.pk)
    return source


def read_again(source: Import, *, answers: dict[str, Any], **fields: Any) -> bool:
    """Hand the file to a worker once more, with all that is known of it. Whether it was waiting for that.

    Not once it saved something: what it saved is counted there, and taken back by that. Nor once its file is deleted.
    """
    unsaved = Q(state__in=states.before(Action.ANSWER)) & (~Q(state=Import.State.REFUSED) | Q(**_NOTHING_YET))
    moved = (
        Import.objects.filter(unsaved, pk=source.pk)
        .exclude(file="")
        .update(
            state=states.after(Action.ANSWER),
            answers=answers,
            attempts=0,
            claimed_until=None,
            progress_done=0,
            refusal={},
            questions=[],
            finished_at=None,
            **fields,
            **_NOTHING_YET,
        )
    )
    if moved:
        enqueue_on_commit(tasks.read_import, source.pk)
    return bool(moved)


@transaction.atomic
def answer_import(*, source: Import, answers: dict[str, str], by: Membership, seen: str = "") -> None:
    """Have the file read again with what a person answered. A blank answer is taken back: the file tells again.

    Answers: date_order, decimal_sign, default_currency, time_zone, encoding, delimiter, sheet. `seen` as in
    `refuse_if_read_anew`.
    """
    allow(by, DESK, team_id=source.team_id)
    source = Import.objects.select_for_update().get(pk=source.pk)
    refuse_if_read_anew(source, seen)
    before = source.answers
    given = {**before, **answers}
    if given.get("sheet", "") != before.get("sheet", ""):
        # The columns of another sheet are others. Where they are the same, the store's profile knows them.
        given.pop("mapping", None)
    if not read_again(source, answers={name: value for name, value in given.items() if value}):
        raise Refused(_("This file is no longer waiting for an answer."))
    record(
        by=by,
        verb="import_answered",
        thing=source,
        before={
            name: mask_addresses(before.get(name, ""))
            for name in answers
            if before.get(name, "") != answers[name]
        },
        after={
            name: mask_addresses(value) for name, value in answers.items() if before.get(name, "") != value
        },
    )


@transaction.atomic
def choose_store(*, source: Import, store: Store, by: Membership) -> None:
    """Say which store the orders of a refused file belong to, and have it read again as that store's.

    Where it is the same one, the file is not stopped again for having other orders under its numbers.
    """
    for place in (source.team_id, store.team_id):
        allow(by, DESK, team_id=place)
    source = Import.objects.select_for_update(of=("self",)).select_related("store").get(pk=source.pk)
    before = source.store
    answers = {name: value for name, value in source.answers.items() if name != "store_is_right"}
    if store == before:
        answers["store_is_right"] = "yes"
    elif answers.get("mapping", {}).get("by_itself"):
        del answers["mapping"]  # The other store has names of its own for such columns, or none.
    asked = source.refusal.get("code") == "other_store"
    if not asked or not read_again(source, answers=answers, store=store, profile=None):
        raise Refused(_("This file is no longer waiting for an answer."))
    record(by=by, verb="import_answered", thing=source, before={"store": before}, after={"store": store})


def preview_mark(source: Import) -> str:
    """The `mark_of` what a preview shows, and of how the file was read for it."""
    return mark_of(
        reading_mark(source),
        source.orders_new,
        source.orders_changed,
        source.orders_unchanged,
        source.rows_rejected,
        json.dumps(source.samples, sort_keys=True),
    )


def reading_mark(source: Import) -> str:
    """The `mark_of` how a file was read, and of the columns that were found in it by that."""
    return mark_of(json.dumps(source.answers, sort_keys=True), *source.header)


def refuse_if_read_anew(source: Import, seen: str) -> None:
    """Raise Refused where `seen` is not the `reading_mark` of the file any more; "" is not checked."""
    if source.state in states.before(Action.ANSWER):
        refuse_if_changed(
            seen,
            reading_mark(source),
            _(
                "The file was read in another way since you opened the page, so nothing was changed. Look at it again."
            ),
        )


@transaction.atomic
def save_import(
    *, source: Import, by: Membership, override_fields: Collection[str] = (), seen: str = ""
) -> None:
    """Ask a worker to save what the preview showed.

    `seen` is the `preview_mark` of what the person had before their eyes; refused when the preview is another one now.
    `override_fields` names fields where what a person typed gives way to the file's value; the preview showed both.
    What a person answered about the file is answered for the next one with these columns too.
    """
    allow(by, DESK, team_id=source.team_id)
    source = Import.objects.select_for_update(of=("self",)).select_related("profile").get(pk=source.pk)
    if source.state in states.before(Action.SAVE):
        refuse_if_changed(
            seen,
            preview_mark(source),
            _(
                "The file was read in another way since you opened the page, so nothing was saved. Look at the preview "
                "again."
            ),
        )
    taken = sorted(set(override_fields) & set(source.samples.get("kept_by_user_counts", {})))
    if not all(may_override_field(name, by) for name in taken):
        allow(by, MERCHANT, team_id=source.team_id)
    counts: dict[str, Any] = {"new": source.orders_new, "changed": source.orders_changed}
    if taken:
        counts["taken_from_file"] = ", ".join(taken)
    answers: dict[str, Any] = {**source.answers, "override_fields": taken}
    if taken and source.started_at is not None:
        # When the file was read for the preview: what was typed since, nobody saw in it.
        answers["overrides_seen_at"] = source.started_at.isoformat()
    refused: int = source.samples.get("refused_rows", 0)
    moved = Import.objects.filter(pk=source.pk, state__in=states.before(Action.SAVE)).update(
        state=states.after(Action.SAVE),
        saved_by=by,
        answers=answers,
        attempts=0,
        claimed_until=None,
        progress_done=0,
        progress_total=F("orders_new") + F("orders_changed") + F("orders_unchanged") + refused,
        # From here on they count what is saved,
        **_NOTHING_YET,
        # and these what is refused: rows that the database refused in the preview are compared with it once more.
        rows_accepted=F("rows_accepted") + refused,
        rows_rejected=F("rows_rejected") - refused,
        issues_found=F("issues_found") - refused,
    )
    if not moved:
        raise Refused(
            _("This import is already being saved, was cancelled, or is being read in another way.")
        )
    ImportIssue.objects.filter(source=source, code__in=REFUSALS).delete()
    if source.profile is not None:
        source.profile.answers = {
            name: source.answers[name] for name in PROFILE_ANSWERS if source.answers.get(name)
        }
        source.profile.save(update_fields=["answers", "updated_at"])
    record(by=by, verb="import_saved", thing=source, after=counts)
    enqueue_on_commit(tasks.commit_import, source.pk)


def may_override_field(field: str, by: Membership) -> bool:
    """Who may type over a customer's words may also let a file do it, and nobody else."""
    return by.is_merchant or not field.startswith("customer_")


def may_take_back(source: Import, by: Membership) -> bool:
    """Whoever uploaded a file or had it saved may stop its saving and take it back, and any merchant."""
    return by.is_merchant or by.pk in (source.uploaded_by_id, source.saved_by_id)


@transaction.atomic
def cancel_import(*, source: Import, by: Membership) -> None:
    """Stop an import wherever it is. Batches already saved stay saved. A saving stops who may take it back."""
    allow(by, DESK, team_id=source.team_id)
    source = Import.objects.select_for_update().get(pk=source.pk)
    if source.state == Import.State.COMMITTING and not may_take_back(source, by):
        allow(by, MERCHANT, team_id=source.team_id)
    end: dict[str, Any] = {
        "state": states.after(Action.CANCEL),
        "claimed_until": None,
        "finished_at": timezone.now(),
    }
    mine = Import.objects.filter(pk=source.pk)
    before_saving = [state for state in states.before(Action.CANCEL) if state != Import.State.COMMITTING]
    moved = mine.filter(state=Import.State.COMMITTING).update(**end) or mine.filter(
        state__in=before_saving
    ).update(**end, **_NOTHING_YET)
    if not moved:
        raise Refused(_("This import is finished and can no longer be cancelled."))
    record(by=by, verb="import_cancelled", thing=source)


@transaction.atomic
def remove_import(*, source: Import, by: Membership) -> None:
    """Take away an import that saved nothing, its bad rows and its file: it was only tried. The trail keeps it."""
    allow(by, DESK, team_id=source.team_id)
    unsaved = Q(state=Import.State.PREVIEWED) | Q(**_NOTHING_YET)
    removable = Q(pk=source.pk, state__in=states.before(Action.REMOVE))
    tried = Import.objects.select_for_update().filter(unsaved, removable).first()
    if tried is None:
        raise Refused(_("This import is being worked on, or saved orders already."))
    record(by=by, verb="import_removed", thing=tried)
    file = tried.file
    tried.delete()
    transaction.on_commit(lambda: file.delete(save=False))


@transaction.atomic
def undo_import(*, source: Import, by: Membership) -> None:
    """Ask a worker to take an import back. Refused, with nothing touched, where something is built on it."""
    allow(by, DESK if may_take_back(source, by) else MERCHANT, team_id=source.team_id)
    # No import of the team writes meanwhile: what is found here stays true until the run has it.
    lock_team(source.team_id)
    source = Import.objects.select_for_update().get(pk=source.pk)
    if source.state in (Import.State.UNDOING, Import.State.UNDONE):
        raise Refused(_("This import is already being taken back, or was."))
    if source.state not in states.before(Action.UNDO):
        raise Refused(_("This import is not saved yet. Cancel it instead."))
    found = plan(source)
    if not found.steps and not found.begun:
        raise Refused(_("This import left nothing that could be taken back."))
    if found.blocked:
        raise Refused(_("Something is built on this import by now, so it stays. Nothing was changed."))
    Import.objects.filter(pk=source.pk).update(
        state=states.after(Action.UNDO),
        undo_was=source.state,
        attempts=0,
        claimed_until=None,
        progress_done=0,
        progress_total=found.steps,
        undone_by=by,
    )
    record(
        by=by,
        verb="import_undo_asked",
        thing=source,
        after={
            "orders": found.orders,
            "supplier_orders": found.supplier_orders,
            "changed_back": found.changed,
        },
    )
    enqueue_on_commit(tasks.undo_import, source.pk)
