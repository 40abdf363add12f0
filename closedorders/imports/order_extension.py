"""What imports add to orders: where an order came from, what later files changed, how fresh the lists are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from closedorders.accounts.audit.words import changes
from closedorders.accounts.models import AuditEvent, Team
from closedorders.orders.changed_values import as_seen, name_others, names_of
from closedorders.orders.extensions import OrderExtension, OrderView
from closedorders.orders.masking import Sight
from closedorders.orders.models import StoreOrder, SupplierOrder
from closedorders.orders.timeline_events import Collector, Rank, rank_key

from .changes import THINGS
from .models import Import, ImportChange
from .querysets import FRESH_AT


class Ranks(IntEnum):
    IMPORTED = 80


class ImportsOfOrders(OrderExtension):
    related = ("came_with__uploaded_by__user", "came_with__saved_by__user")
    ranks = Ranks

    def without_own_events(
        self, events: QuerySet[AuditEvent], things: Collection[Model]
    ) -> QuerySet[AuditEvent]:
        """The changes that an import itself stored say more than its line in the trail."""
        stored = ImportChange.objects.filter(
            _about(things),
            Q(source__finished_at=None) | Q(source__finished_at__gte=OuterRef("at")),
            source__created_at__lte=OuterRef("at"),
        )
        return events.exclude(Exists(stored), verb="order_changed_by_import")

    def add_events(self, found: Collector, view: OrderView) -> None:
        order = view.store_order
        for each in (view.order, *(bought for bought in view.bought if bought is not view.order)):
            _add_came_in(found, each, view)
        changed: list[Model] = [order, order.customer, *view.bought] if order else [view.order]
        _add_changed(found, changed, view)

    def facts(self, view: OrderView) -> Iterable[dict[str, Any]]:
        """The row of the file it came from, linked to its import; nothing for what was typed."""
        if (source := view.order.came_with) is None:
            return
        link = format_html(
            '<a href="{}">{}</a>',
            reverse("imports:import", args=[view.order.team.slug, source.pk]),
            _place(source, view.order.came_on_line, view.sight),
        )
        yield {"label": _("Imported from"), "value": link}

    def last_updates(self, team: Team) -> Mapping[str, datetime]:
        imports = Import.objects.for_team(team).up_to_date_by()
        of_aliexpress = Q(format__contains="aliexpress")
        # A list of which belongs to which brings no orders.
        sides = {
            "shop": imports.exclude(of_aliexpress | Q(format__contains="links")),
            "aliexpress": imports.filter(of_aliexpress),
        }
        last = {name: rows.aggregate(last=Max(FRESH_AT))["last"] for name, rows in sides.items()}
        return {name: at for name, at in last.items() if at is not None}


def _about(things: Iterable[Model]) -> Q:
    """The changes of these rows; of none where an import changes no such rows."""
    keys: dict[str, list[int]] = defaultdict(list)
    for thing in things:
        for model, name in THINGS.items():
            if isinstance(thing, model):
                keys[name.value].append(thing.pk)
    about = Q(pk__in=[])
    for value, pks in keys.items():
        about |= Q(thing=value, thing_id__in=pks)
    return about


def _place(source: Import, line: int | None, sight: Sight) -> str:
    """`orders.csv, line 12`."""
    name = sight.words(source.file_name)
    return _("%(file)s, line %(line)s") % {"file": name, "line": line} if line else name


def _add_came_in(found: Collector, order: StoreOrder | SupplierOrder, view: OrderView) -> None:
    if (source := order.came_with) is None:
        return
    number = "" if order is view.order else order.number
    found.add(
        order.created_at,
        Rank.CAME_IN,
        rank_key(order),
        _("Came in with an import"),
        text="\n".join(filter(None, [number, _place(source, order.came_on_line, view.sight)])),
        who=str(source.responsible.user),
        url=reverse("imports:import", args=[view.order.team.slug, source.pk]),
    )


def _add_changed(found: Collector, things: Sequence[Model], view: OrderView) -> None:
    """What later imports changed."""
    numbers = {
        (ImportChange.Thing.SUPPLIER_ORDER, thing.pk): thing.number
        for thing in things
        if isinstance(thing, SupplierOrder) and thing != view.order
    }
    models = {name: model for model, name in THINGS.items()}
    rows = ImportChange.objects.filter(_about(things)).select_related(
        "source__team", "source__uploaded_by__user", "source__saved_by__user", "source__undone_by__user"
    )
    rows = rows.annotate(at=Coalesce("source__finished_at", "source__started_at", "source__created_at"))
    page = found.page_of(rows, Ranks.IMPORTED, "at")
    names = names_of(things)
    name_others(names, page)
    for row in page:
        source, thing = row.source, ImportChange.Thing(row.thing)
        # Worded by the same table as the trail.
        words = changes(
            AuditEvent(
                thing=models[thing]._meta.label_lower,
                before=as_seen(row.before, view.sight, names),
                after=as_seen(row.after, view.sight, names),
            )
        )
        lines = [numbers.get((thing, row.thing_id), ""), *words, _place(source, row.line, view.sight)]
        text = view.sight.words("\n".join(filter(None, lines)))
        if source.undone_at and source.undone_by:
            day = date_format(timezone.localtime(source.undone_at), "DATETIME_FORMAT")
            text += "\n" + _("Taken back by %(person)s on %(day)s") % {
                "person": source.undone_by.user,
                "day": day,
            }
        found.add(
            # As it is ordered above.
            source.finished_at or source.started_at or source.created_at,
            Ranks.IMPORTED,
            row.pk,
            _("Changed by an import"),
            text=text,
            who=str(source.responsible.user),
            url=reverse("imports:import", args=[source.team.slug, source.pk]),
        )
