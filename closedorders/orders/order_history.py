"""What happened to an order, newest first, for `orders/_timeline.html`: a page at a time.

Each source of events is read from the place where the last page ended, one row more than a page; the sources are
merged. So page 20 costs what page 1 costs, and no page holds more than a page of each source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from closedorders.accounts.audit.words import TeamWords, changes
from closedorders.accounts.models import AuditEvent, Membership, Team
from closedorders.accounts.templatetags.audit import audit_verb

from .actions_notes import may_withdraw
from .masking import Sight
from .models import (
    BuyerAccount,
    Customer,
    Import,
    ImportChange,
    OrderComment,
    OrderFile,
    StoreOrder,
    Supplier,
    SupplierOrder,
)
from .order_lines import OrderLine
from .order_links import Links

PAGE = 50

Event = dict[str, Any]
M = TypeVar("M", bound=Model)


class _Source(IntEnum):
    """Where an event is from; of two of the same moment the one from the higher source comes first."""

    STORE = 1
    PAID = 2
    CANCELLED = 3
    BOUGHT = 4
    CLOSED = 5
    REOPENED = 6
    CAME_IN = 7
    IMPORTED = 8
    CODE_MADE = 9
    CODE_LOADED = 10
    DONE = 11
    MAIL = 12
    FILE = 13
    COMMENT = 14


class Place(NamedTuple):
    """An event's place in the whole timeline. As text, for URLs: `<moment in ISO 8601>_<source>_<pk>`."""

    at: datetime
    source: int
    pk: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """None for anything that is no place: the timeline then begins at its newest event."""
        moment, _sep, rest = text.partition("_")
        source, _sep, pk = rest.partition("_")
        if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (source, pk)):
            return None
        try:
            at = datetime.fromisoformat(moment)
            return cls(at.astimezone(UTC), int(source), int(pk)) if at.tzinfo else None
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat()}_{self.source}_{self.pk}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of events, and the place that the next older page begins after (blank where there is none)."""

    events: list[Event]
    older: str = ""


@dataclass(slots=True)
class _Collector:
    before: Place | None
    events: list[Event] = field(default_factory=list)

    def add(self, at: datetime | None, source: _Source, pk: int, title: str, **rest: Any) -> None:
        """`title` and what else `orders/_timeline.html` takes. Nothing is added of what a newer page showed."""
        if at is None:
            return
        place = Place(at, source, pk)
        if self.before is None or place < self.before:
            self.events.append({"at": at, "place": place, "title": title, **rest})

    def page_of(self, rows: QuerySet[M], source: _Source, by: str) -> list[M]:
        """The newest rows that may stand on this page, one more than it has room for."""
        if self.before is not None:
            at, last, pk = self.before
            within = Q(**{f"{by}__lt": at})
            if source < last:
                within |= Q(**{by: at})
            elif source == last:
                within |= Q(**{by: at, "pk__lt": pk})
            rows = rows.filter(within)
        return list(rows.order_by(f"-{by}", "-pk")[: PAGE + 1])

    def done(self) -> Timeline:
        self.events.sort(key=lambda event: event["place"], reverse=True)
        page = self.events[:PAGE]
        more = len(self.events) > PAGE
        return Timeline(page, str(page[-1]["place"]) if more else "")


def order_history(
    order: StoreOrder,
    bought: Sequence[SupplierOrder],
    links: Links,
    by: Membership,
    before: Place | None = None,
) -> Timeline:
    """What happened to an order, as this member may read it; `bought` comes with its closures and imports."""
    sight = Sight.of(by)
    found = _Collector(before)
    closures = [closure for each in bought for closure in each.closures.all()]
    things = [order, order.customer, *bought, *closures, *links.refunds, *links.mails]
    _add_done(found, order.team, things, order, sight)
    _add_imported(found, [order, order.customer, *bought], order, sight)
    _add_came_in(found, order, order.came_with, order.came_on_line, sight)
    found.add(order.placed_at, _Source.STORE, order.pk, _("Placed in the store"))
    found.add(order.paid_at, _Source.PAID, order.pk, _("Paid in the store"))
    found.add(order.cancelled_at, _Source.CANCELLED, order.pk, _("Cancelled in the store"), tone="red")
    for each in bought:
        _add_bought(found, each, sight, came_in=True)
    _add_codes(found, order, links, by)
    for mail in links.mails:
        found.add(
            mail.settled_at or mail.created_at,
            _Source.MAIL,
            mail.pk,
            _("Mail to the customer"),
            text=f"{mail.get_kind_display()} · {mail.get_state_display()}",
            url=reverse("outreach:campaign", args=[order.team.slug, mail.campaign_id]),
        )
    _add_comments(found, order, by, sight)
    _add_files(found, order, by, sight)
    return found.done()


def supplier_order_history(order: SupplierOrder, by: Membership, before: Place | None = None) -> Timeline:
    sight = Sight.of(by)
    found = _Collector(before)
    _add_done(found, order.team, [order, *order.closures.all()], order, sight)
    _add_imported(found, [order], order, sight)
    _add_came_in(found, order, order.came_with, order.came_on_line, sight)
    _add_bought(found, order, sight, came_in=False)
    return found.done()


def _add_bought(found: _Collector, order: SupplierOrder, sight: Sight, *, came_in: bool) -> None:
    found.add(order.placed_at, _Source.BOUGHT, order.pk, _("Ordered at AliExpress"), text=order.number)
    if came_in:
        _add_came_in(found, order, order.came_with, order.came_on_line, sight, text=order.number)
    for closure in order.closures.all():
        reason = closure.reason.name if closure.reason else _("Reason not sure yet")
        who = str(closure.logged_by.user)
        words = [f"{order.number} · {reason}"]
        # Nobody did anything here on the day AliExpress closed it: the log came later.
        if (logged_on := timezone.localdate(closure.logged_at)) != timezone.localdate(closure.closed_at):
            words.append(
                _("Logged by %(person)s on %(day)s") % {"person": who, "day": date_format(logged_on)}
            )
            who = ""
        found.add(
            closure.closed_at,
            _Source.CLOSED,
            closure.pk,
            _("Closed by AliExpress"),
            text="\n".join(words),
            who=who,
            tone="red",
        )
        found.add(
            closure.reopened_at,
            _Source.REOPENED,
            closure.pk,
            _("Reopened by AliExpress"),
            text=order.number,
            # Only `closures.actions.reopen_closure` reopens one, and nothing changes its outcome after that.
            who=str(closure.outcome_by.user) if closure.outcome_by else "",
            tone="green",
        )


def _add_codes(found: _Collector, order: StoreOrder, links: Links, by: Membership) -> None:
    """The customer's codes: when each was made, and when somebody confirmed that the shop has it."""
    url = reverse("outreach:codes", args=[order.team.slug]) if by.is_merchant else ""
    for code in links.codes:
        text = f"{code.code} · {code.percent} %" if by.is_merchant else ""
        found.add(code.created_at, _Source.CODE_MADE, code.pk, _("Made a discount code"), text=text, url=url)
        found.add(
            code.loaded_at,
            _Source.CODE_LOADED,
            code.pk,
            _("The discount code is in the shop"),
            text=text,
            who=str(code.loaded_by.user) if code.loaded_by else "",
            url=url,
        )


def _add_came_in(
    found: _Collector,
    order: StoreOrder | SupplierOrder,
    source: Import | None,
    line: int | None,
    sight: Sight,
    text: str = "",
) -> None:
    # Store orders and AliExpress orders share one source here: an even key is the one, an odd key the other.
    key = order.pk * 2 + isinstance(order, SupplierOrder)
    if source is None:
        found.add(order.created_at, _Source.CAME_IN, key, _("First known here"), text=text)
        return
    found.add(
        order.created_at,
        _Source.CAME_IN,
        key,
        _("Came in with an import"),
        text="\n".join(filter(None, [text, import_place(source, line, sight)])),
        who=str(source.responsible.user),
        url=reverse("orders:import", args=[order.team.slug, source.pk]),
    )


def import_place(source: Import, line: int | None, sight: Sight) -> str:
    """`orders.csv, line 12`."""
    name = sight.words(source.file_name)
    return _("%(file)s, line %(line)s") % {"file": name, "line": line} if line else name


# --- What people and imports changed ---

#: Told by an event of its own, with more words.
_TOLD_OTHERWISE = ("order_comment_added", "order_file_added", "closure_logged", "closure_reopened")
#: What an import kept for taking itself back, and what is no news for people.
_UNSAID = frozenset(
    {
        "came_on_line", "came_with", "came_with_id", "created_at", "customer", "edited_fields", "key",
        "lacks_reason", "money_state", "status_code", "supplier_state", "told_state", "updated_at",
        "verifying_payment",
    }
)  # fmt: skip
_THINGS: dict[type[Model], str] = {
    StoreOrder: ImportChange.Thing.STORE_ORDER,
    SupplierOrder: ImportChange.Thing.SUPPLIER_ORDER,
    Customer: ImportChange.Thing.CUSTOMER,
}


def _things(things: Iterable[Model]) -> dict[type[Model], list[int]]:
    grouped: dict[type[Model], list[int]] = defaultdict(list)
    for thing in things:
        grouped[type(thing)].append(thing.pk)
    return grouped


def _add_done(found: _Collector, team: Team, things: Iterable[Model], subject: Model, sight: Sight) -> None:
    """The lines of the audit trail about these things."""
    about = Q()
    changed = Q()
    for model, pks in _things(things).items():
        about |= Q(thing=model._meta.label_lower, thing_id__in=pks)
        if model in _THINGS:
            changed |= Q(thing=_THINGS[model], thing_id__in=pks)
    # The changes that an import itself kept say more than its line in the trail.
    kept = ImportChange.objects.filter(
        changed,
        Q(source__finished_at=None) | Q(source__finished_at__gte=OuterRef("at")),
        source__created_at__lte=OuterRef("at"),
    )
    events = AuditEvent.objects.filter(about, team=team).exclude(verb__in=_TOLD_OTHERWISE)
    events = events.exclude(Exists(kept), verb="order_changed_by_import")
    events = events.select_related("actor")
    own = TeamWords(team)
    for event in found.page_of(events, _Source.DONE, "at"):
        # Another event with the masked values: a stored one is never changed.
        seen = AuditEvent(
            thing=event.thing, before=_as_seen(event.before, sight), after=_as_seen(event.after, sight)
        )
        words = changes(seen, own)
        if event.thing in _NUMBERED and event.label != str(subject):
            words.insert(0, sight.words(event.label))
        found.add(
            event.at,
            _Source.DONE,
            event.pk,
            audit_verb(event),
            text=sight.words("\n".join(words)),
            who=str(event.actor) if event.actor else "",
        )


#: Their label in the trail is the number of an AliExpress order.
_NUMBERED = frozenset({"orders.supplierorder", "closures.closure"})


def _add_imported(found: _Collector, things: Sequence[Model], subject: Model, sight: Sight) -> None:
    """What later imports changed."""
    about = Q()
    numbers: dict[tuple[str, int], str] = {}
    names = _names_of(things)
    for thing in things:
        about |= Q(thing=_THINGS[type(thing)], thing_id=thing.pk)
        if isinstance(thing, SupplierOrder) and thing != subject:
            numbers[ImportChange.Thing.SUPPLIER_ORDER, thing.pk] = thing.number
    rows = ImportChange.objects.filter(about).select_related(
        "source__team", "source__uploaded_by__user", "source__saved_by__user", "source__undone_by__user"
    )
    rows = rows.annotate(at=Coalesce("source__finished_at", "source__started_at", "source__created_at"))
    page = found.page_of(rows, _Source.IMPORTED, "at")
    _name_others(names, page)
    for row in page:
        source = row.source
        # Worded by the same table as the trail.
        told = changes(
            AuditEvent(
                thing={value: model for model, value in _THINGS.items()}[row.thing]._meta.label_lower,
                before=_as_seen(row.before, sight, names),
                after=_as_seen(row.after, sight, names),
            )
        )
        words = [numbers.get((row.thing, row.thing_id), ""), *told, import_place(source, row.line, sight)]
        text = sight.words("\n".join(filter(None, words)))
        if source.undone_at and source.undone_by:
            day = date_format(timezone.localtime(source.undone_at), "DATETIME_FORMAT")
            text += "\n" + _("Taken back by %(person)s on %(day)s") % {
                "person": source.undone_by.user,
                "day": day,
            }
        found.add(
            # As it is ordered above.
            source.finished_at or source.started_at or source.created_at,
            _Source.IMPORTED,
            row.pk,
            _("Changed by an import"),
            text=text,
            who=str(source.responsible.user),
            url=reverse("orders:import", args=[source.team.slug, source.pk]),
        )


#: Columns that hold the key of another row, and what says which row that is.
_KEYS: dict[str, tuple[type[Model], str]] = {
    "store_order_id": (StoreOrder, "number"),
    "supplier_id": (Supplier, "name"),
    "buyer_account_id": (BuyerAccount, "label"),
    "customer_id": (Customer, "email"),
}
_AMOUNTS = frozenset({"subtotal", "shipping", "total", "refunded", "cost"})
_Names = dict[tuple[str, int], str]


def _names_of(things: Iterable[Model]) -> _Names:
    """What the rows behind `_KEYS` are called, as far as the page has them."""
    names: _Names = {}
    for thing in things:
        for key, (model, name) in _KEYS.items():
            if isinstance(thing, model):
                names[key, thing.pk] = getattr(thing, name)
            elif (found := thing._state.fields_cache.get(key.removesuffix("_id"))) is not None:
                names[key, found.pk] = getattr(found, name)
    return names


def _name_others(names: _Names, rows: Iterable[ImportChange]) -> None:
    """Look up what the other rows are called that these changes name: a query for each of `_KEYS` at most."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for key in _KEYS:
            wanted[key] |= {
                pk
                for values in (row.before, row.after)
                if (pk := values.get(key)) is not None and (key, pk) not in names
            }
    for key, pks in wanted.items():
        model, name = _KEYS[key]
        if pks:
            found = model._default_manager.filter(pk__in=pks).values_list("pk", name)
            names.update({(key, pk): called for pk, called in found})


def _as_seen(values: dict[str, Any], sight: Sight, names: _Names | None = None) -> dict[str, Any]:
    """Values in words, without those that are no news.

    Masked before anything is cut short: half an address must not pass as no address.
    """
    seen = {}
    for name, value in values.items():
        if name in _UNSAID:
            continue
        if name in _KEYS:
            named = (names or {}).get((name, value)) if value is not None else ""
            # A customer is another one where the e-mail is.
            told, shown = (
                ("customer_email", sight.email)
                if name == "customer_id"
                else (name.removesuffix("_id"), sight.words)
            )
            seen[told] = _("one that is gone") if named is None else shown(named) or None
        elif name in _AMOUNTS and value is not None:
            seen[name] = sight.refund(_amount(value)) if name == "refunded" else _amount(value)
        elif name == "lines" and isinstance(value, list):
            seen[name] = sight.words(", ".join(_line(line) for line in value[:20]))
        else:
            seen[name] = sight.words(value) if isinstance(value, str) else value
    return seen


def _amount(value: Any) -> str:
    """Written the reader's way, with the decimals that say something: stored amounts have four."""
    try:
        amount = Decimal(str(value))
        cents = amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return str(value)
    return number_format(cents if cents == amount else amount.normalize(), force_grouping=True)


def _line(line: Any) -> str:
    """`3 × Lamp`, of an `OrderLine` as a change has it."""
    if not isinstance(line, list | tuple) or len(line) != len(OrderLine._fields):
        return str(line)
    told = OrderLine(*line)
    return f"{told.quantity} × {told.name or told.sku}"


# --- What people wrote and kept ---


def _add_comments(found: _Collector, order: StoreOrder, by: Membership, sight: Sight) -> None:
    comments: QuerySet[OrderComment] = order.comments.select_related("by__user")
    for comment in found.page_of(comments, _Source.COMMENT, "created_at"):
        gone = comment.withdrawn_at is not None
        found.add(
            comment.created_at,
            _Source.COMMENT,
            comment.pk,
            _("Comment"),
            text=_("Withdrawn.") if gone else sight.words(comment.text),
            who=str(comment.by.user),
            tone="blue",
            said=not gone,
            withdrawal_url=""
            if gone or not may_withdraw(comment, by)
            else reverse("orders:order_comment_withdrawal", args=[order.team.slug, order.pk, comment.pk]),
        )


def _add_files(found: _Collector, order: StoreOrder, by: Membership, sight: Sight) -> None:
    for file in found.page_of(files_for(order, by), _Source.FILE, "created_at"):
        gone, name = file.withdrawn_at is not None, sight.words(file.name)
        found.add(
            file.created_at,
            _Source.FILE,
            file.pk,
            _("Added a file"),
            text="\n".join([name, _("Withdrawn.")]) if gone else name,
            who=str(file.by.user),
            tone="blue",
            url="" if gone else reverse("orders:order_file", args=[order.team.slug, order.pk, file.pk]),
        )


def files_for(order: StoreOrder, by: Membership) -> QuerySet[OrderFile]:
    """The files of an order that this member may see, withdrawn ones too."""
    files: QuerySet[OrderFile] = order.files.select_related("by__user")
    return files.filter(for_assistants=True) if by.is_assistant else files
