from __future__ import annotations

import hashlib
import json
import unicodedata
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.masks import mask_addresses
from closedorders.core.queue import ring
from closedorders.core.refusals import Refused
from closedorders.core.stored_files import file_with_its_row
from closedorders.core.templatetags.look import file_size

from . import tasks
from .import_runs import PROFILE_ANSWERS
from .merging import REFUSALS, store_order_numbers
from .models import BuyerAccount, Customer, Import, ImportIssue, Store, StoreOrder, SupplierOrder
from .order_cells import COLUMNS
from .own_views import MOST_OWN_VIEWS, PREFERENCE, OwnView, own_views
from .standing import refresh_standing

# --- Stores and buyer accounts ---


@transaction.atomic
def add_store(*, team: Team, by: Membership, **fields: Any) -> Store:
    """A new shop of the team. Refused when one of this name is there already."""
    allow(by, DESK if not team.stores.exists() else MERCHANT, team_id=team.pk)
    try:
        with transaction.atomic():
            store = Store.objects.create(team=team, **fields)
    except IntegrityError:
        raise Refused(_("There is a store of this name already.")) from None
    record(by=by, verb="store_added", thing=store, after=fields)
    return store


@transaction.atomic
def change_store(*, store: Store, by: Membership, **fields: Any) -> None:
    """Save whichever of the fields differ from what is stored."""
    allow(by, MERCHANT, team_id=store.team_id)
    _change(Store.objects.select_for_update().get(pk=store.pk), "store_changed", by, fields)


@transaction.atomic
def add_buyer_account(*, team: Team, by: Membership, **fields: Any) -> BuyerAccount:
    """A new AliExpress account of the team. Refused when one of this label is there already."""
    allow(by, DESK if not team.buyer_accounts.exists() else MERCHANT, team_id=team.pk)
    try:
        with transaction.atomic():
            account = BuyerAccount.objects.create(team=team, **fields)
    except IntegrityError:
        raise Refused(_("There is a buyer account of this name already.")) from None
    record(by=by, verb="buyer_account_added", thing=account, after=fields)
    return account


@transaction.atomic
def change_buyer_account(*, account: BuyerAccount, by: Membership, **fields: Any) -> None:
    """Save whichever of the fields differ from what is stored."""
    allow(by, MERCHANT, team_id=account.team_id)
    account = BuyerAccount.objects.select_for_update().get(pk=account.pk)
    _change(account, "buyer_account_changed", by, fields)


def _change(row: Store | BuyerAccount, verb: str, by: Membership, fields: dict[str, Any]) -> None:
    before = {name: getattr(row, name) for name, value in fields.items() if getattr(row, name) != value}
    if not before:
        return
    for name in before:
        setattr(row, name, fields[name])
    try:
        with transaction.atomic():
            row.save(update_fields=list(before))
    except IntegrityError:
        raise Refused(_("This name is taken by another one.")) from None
    record(by=by, verb=verb, thing=row, before=before, after={name: fields[name] for name in before})


# --- Imports ---

_NOTHING_YET = {"orders_new": 0, "orders_changed": 0, "orders_unchanged": 0}


def shown_file_name(name: str) -> str:
    """A file name as it may stand on a page: no folders, no control or direction characters, no whole address."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(each for each in name if unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    # The ending by itself: a file ends with it, and no address does.
    stem, dot, ending = name.strip().rpartition(".")
    return mask_addresses(f"{mask_addresses(stem)}{dot}{ending}")[:200] or "orders.csv"


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
    )
    told = {name: mask_addresses(value) for name, value in given.items()}
    after = {"store": store, "sha256": source.sha256} | told
    with file_with_its_row(source.file):
        source.save()
        record(by=by, verb="import_uploaded", thing=source, after=after)
        ring(tasks.read_import, source.pk)
    return source


#: An import in one of these is looked at again when a person says more about its file.
READABLE_AGAIN = (Import.State.PREVIEWED, Import.State.UNMAPPED, Import.State.REFUSED)


def read_again(source: Import, *, answers: dict[str, Any], **fields: Any) -> bool:
    """Hand the file to a worker once more, with all that is known of it. Whether it was waiting for that.

    Not once it saved something: what it saved is counted there, and taken back by that. Nor once its file is deleted.
    """
    unsaved = Q(state__in=READABLE_AGAIN) & (~Q(state=Import.State.REFUSED) | Q(**_NOTHING_YET))
    moved = (
        Import.objects.filter(unsaved, pk=source.pk)
        .exclude(file="")
        .update(
            state=Import.State.UPLOADED,
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
        ring(tasks.read_import, source.pk)
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
    """`seen` is the `reading_mark` of what the person had before their eyes, or "" where that does not matter."""
    if seen and source.state in READABLE_AGAIN and seen != reading_mark(source):
        raise Refused(
            _(
                "The file was read in another way since you opened the page, so nothing was changed. Look at it again."
            )
        )


@transaction.atomic
def save_import(*, source: Import, by: Membership, take_file: Collection[str] = (), seen: str = "") -> None:
    """Ask a worker to save what the preview showed.

    `seen` is the `preview_mark` of what the person had before their eyes; refused when the preview is another one now.
    `take_file` names fields where what a person typed gives way to the file's value; the preview told both.
    What a person answered about the file is answered for the next one with these columns too.
    """
    allow(by, DESK, team_id=source.team_id)
    source = Import.objects.select_for_update(of=("self",)).select_related("profile").get(pk=source.pk)
    if seen and source.state == Import.State.PREVIEWED and seen != preview_mark(source):
        raise Refused(
            _(
                "The file was read in another way since you opened the page, so nothing was saved. Look at the preview "
                "again."
            )
        )
    taken = sorted(set(take_file) & set(source.samples.get("kept_counts", {})))
    if not all(may_take_file(name, by) for name in taken):
        allow(by, MERCHANT, team_id=source.team_id)
    counts: dict[str, Any] = {"new": source.orders_new, "changed": source.orders_changed}
    if taken:
        counts["taken_from_file"] = ", ".join(taken)
    answers: dict[str, Any] = {**source.answers, "take_file": taken}
    if taken and source.started_at is not None:
        # When the file was read for the preview: what was typed since, nobody saw in it.
        answers["take_seen_at"] = source.started_at.isoformat()
    refused: int = source.samples.get("refused_rows", 0)
    moved = Import.objects.filter(pk=source.pk, state=Import.State.PREVIEWED).update(
        state=Import.State.COMMITTING,
        saved_by=by,
        answers=answers,
        attempts=0,
        claimed_until=None,
        progress_done=0,
        progress_total=F("orders_new") + F("orders_changed") + F("orders_unchanged") + refused,
        # From here on they count what is saved,
        **_NOTHING_YET,
        # and these what is refused: rows that the database refused in the preview are held against it once more.
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
    ring(tasks.commit_import, source.pk)


def may_take_file(field: str, by: Membership) -> bool:
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
        "state": Import.State.CANCELLED,
        "claimed_until": None,
        "finished_at": timezone.now(),
    }
    mine = Import.objects.filter(pk=source.pk)
    before_saving = [
        Import.State.UPLOADED,
        Import.State.READING,
        Import.State.PREVIEWED,
        Import.State.UNMAPPED,
    ]
    moved = mine.filter(state=Import.State.COMMITTING).update(**end) or mine.filter(
        state__in=before_saving
    ).update(**end, **_NOTHING_YET)
    if not moved:
        raise Refused(_("This import is finished and can no longer be cancelled."))
    record(by=by, verb="import_cancelled", thing=source)


#: States in which no worker has an import, and in which it may be that nothing of it is saved.
REMOVABLE = (
    Import.State.UPLOADED,
    Import.State.PREVIEWED,
    Import.State.UNMAPPED,
    Import.State.REFUSED,
    Import.State.CANCELLED,
)


@transaction.atomic
def remove_import(*, source: Import, by: Membership) -> None:
    """Take away an import that saved nothing, its bad rows and its file: it was only tried. The trail keeps it."""
    allow(by, DESK, team_id=source.team_id)
    unsaved = Q(state=Import.State.PREVIEWED) | Q(**_NOTHING_YET)
    tried = Import.objects.select_for_update().filter(unsaved, pk=source.pk, state__in=REMOVABLE).first()
    if tried is None:
        raise Refused(_("This import is being worked on, or saved orders already."))
    record(by=by, verb="import_removed", thing=tried)
    file = tried.file
    tried.delete()
    transaction.on_commit(lambda: file.delete(save=False))


# --- Orders ---


def mark_of(*values: object) -> str:
    """A short word for these values: a form sends it back, so that an old tab is noticed."""
    return hashlib.sha256("\0".join(map(str, values)).encode()).hexdigest()[:12]


def _refuse_if_changed(seen: str, *values: object) -> None:
    if seen and seen != mark_of(*values):
        raise Refused(
            _(
                "Somebody changed this since you opened the page, so nothing was saved. Save again to replace it."
            )
        )


@transaction.atomic
def choose_order_columns(*, by: Membership, columns: Sequence[str]) -> None:
    """Keep which columns of the orders list this person sees; none means the usual ones."""
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    chosen = [name for name in COLUMNS if name in columns]
    before = fresh.preferences.get("order_columns")
    if before == (chosen or None):
        return
    fresh.preferences = {**fresh.preferences, "order_columns": chosen or None}
    fresh.save(update_fields=["preferences"])
    by.preferences = fresh.preferences
    record(
        by=by, verb="order_columns_chosen", thing=fresh, before={"columns": before}, after={"columns": chosen}
    )


@transaction.atomic
def keep_order_view(*, by: Membership, name: str, query: dict[str, str]) -> None:
    """Keep a list of orders as a tab of this person's own. `query` is `Listing.lasting`.

    Refused where it would list what a tab lists already, for a name that another one has, and past the limit.
    """
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    views = own_views(fresh)
    if not set(query) - {"view"}:
        raise Refused(_("Choose a filter first: without one, this list is a tab already."))
    for view in views:
        if view.query == query:
            raise Refused(_("This list is a tab of yours already: “%(name)s”.") % {"name": view.name})
        if view.name.casefold() == name.casefold():
            raise Refused(
                _("You have a tab of this name already. Choose another name, or remove that one first.")
            )
    if len(views) >= MOST_OWN_VIEWS:
        raise Refused(
            _("You have %(most)s tabs of your own, and there is room for no more. Remove one first.")
            % {"most": MOST_OWN_VIEWS}
        )
    _keep_views(fresh, by, [*views, OwnView(name, query)])
    record(by=by, verb="order_view_kept", thing=fresh, after={"name": name, **query})


@transaction.atomic
def drop_order_view(*, by: Membership, view: OwnView) -> None:
    """Take a tab of one's own away; nothing happens where it is gone already, or is another list by now."""
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    views = own_views(fresh)
    if view not in views:
        return
    _keep_views(fresh, by, [each for each in views if each != view])
    record(by=by, verb="order_view_dropped", thing=fresh, before={"name": view.name, **view.query})


def _keep_views(fresh: Membership, by: Membership, views: Sequence[OwnView]) -> None:
    fresh.preferences = {**fresh.preferences, PREFERENCE: [asdict(view) for view in views]}
    fresh.save(update_fields=["preferences"])
    by.preferences = fresh.preferences


def note_order_export(*, by: Membership, asked: Mapping[str, str]) -> None:
    """Customers leave the house in a file: who took which."""
    allow(by, DESK, team_id=by.team_id)
    # What was searched for may be an address: assistants read the trail.
    after = {name: value for name, value in asked.items() if name != "q"}
    record(by=by, verb="orders_exported", thing=by.team, after=after)


@transaction.atomic
def change_customer(*, customer: Customer, name: str, email: str, by: Membership, seen: str = "") -> None:
    """Save what a person typed about a customer. Imports leave these fields alone from now on.

    `seen` is the `mark_of` what the person had before their eyes; refused when it is no longer that.
    """
    allow(by, MERCHANT, team_id=customer.store.team_id)
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    _refuse_if_changed(seen, customer.name, customer.email)
    typed = {"name": name, "email": email.lower()}
    changed = [each for each, value in typed.items() if getattr(customer, each) != value]
    if not changed:
        return
    before = {"name": customer.name} if "name" in changed else {}
    for each in changed:
        setattr(customer, each, typed[each])
    customer.edited_fields = sorted({*customer.edited_fields, *changed})
    customer.save(update_fields=[*changed, "edited_fields"])
    # Assistants read the trail: that the address changed, not what it is.
    after = {"name": name} if "name" in changed else {}
    if "email" in changed:
        after["email"] = "•••"
        # A mail may have gone to the new address already: then this customer has been told.
        refresh_standing(customer.orders.values_list("pk", flat=True))
    record(by=by, verb="customer_changed", thing=customer, team=by.team, before=before, after=after)


BEFORE_THE_ORDER = gettext_lazy("This day is before the order was placed.")


@transaction.atomic
def promise_order_by(*, order: StoreOrder, day: date | None, by: Membership, seen: str = "") -> None:
    """The day the customer was told to have it by. `seen` as in `change_customer`."""
    allow(by, DESK, team_id=order.team_id)
    order = StoreOrder.objects.select_for_update(of=("self",)).select_related("team").get(pk=order.pk)
    _refuse_if_changed(seen, order.promised_by)
    if order.promised_by == day:
        return
    if day is not None and order.is_younger_than(day):
        raise Refused(str(BEFORE_THE_ORDER))
    before, order.promised_by = order.promised_by, day
    order.save(update_fields=["promised_by", "updated_at"])
    record(
        by=by, verb="order_promised", thing=order, before={"promised_by": before}, after={"promised_by": day}
    )


def may_move(supplier_order: SupplierOrder) -> bool:
    """Whether an AliExpress order may be joined to another store order than before."""
    built_on = Q(closures__isnull=False) | Q(replaces__isnull=False) | Q(replacements__isnull=False)
    return not SupplierOrder.objects.filter(built_on, pk=supplier_order.pk).exists()


@transaction.atomic
def match_supplier_order(
    *, supplier_order: SupplierOrder, store: Store, number: str, by: Membership, seen: str = ""
) -> StoreOrder:
    """Join an AliExpress order to the store order of this number by hand. Imports leave it there.

    One that is joined to another order moves, where that is the order the person saw it at (`seen` is the `mark_of` of
    its key), and nothing is built on it: what a customer was told of a closure stays theirs.
    """
    allow(by, DESK, team_id=supplier_order.team_id)
    allow(by, DESK, team_id=store.team_id)
    order = (
        StoreOrder.objects.filter(store=store, number__in=store_order_numbers(number.strip()))
        .order_by("pk")
        .first()
    )
    if order is None:
        raise Refused(
            _("%(store)s has no order %(number)s. Import its orders first, or check the number.")
            % {"store": store, "number": number}
        )
    # As imports and closures do: whoever comes second sees the other's rows when the standing is stored anew.
    lock_team(supplier_order.team_id)
    supplier_order = SupplierOrder.objects.select_for_update().get(pk=supplier_order.pk)
    before = supplier_order.store_order
    if before is not None and before != order:
        if seen != mark_of(before.pk):
            raise Refused(_("Somebody joined it to order %(order)s meanwhile.") % {"order": before})
        if not may_move(supplier_order):
            raise Refused(_("It was closed or bought again, so it stays with its order."))
    supplier_order.store_order = order
    supplier_order.edited_fields = sorted({*supplier_order.edited_fields, "store_order"})
    supplier_order.save(update_fields=["store_order", "edited_fields", "updated_at"])
    refresh_standing([order.pk, before.pk if before else None])
    record(
        by=by,
        verb="supplier_order_matched",
        thing=supplier_order,
        before={"store_order": before},
        after={"store_order": order},
    )
    return order
