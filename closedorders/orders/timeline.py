"""What happened to an order, newest first, for `orders/order/_timeline.html`: a page at a time.

Each source of events is read from the place where the last page ended, one row more than a page; the sources are
merged. So page 20 costs what page 1 costs, and no page holds more than a page of each source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.audit.words import TeamWords, changes
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.accounts.templatetags.audit import audit_verb

from .actions.notes import may_withdraw
from .changed_values import as_seen
from .extensions import OrderView, extensions
from .models import OrderComment, OrderFile, StoreOrder, SupplierOrder
from .timeline_events import Collector, Place, Rank, Timeline, rank_key


def timeline_of(view: OrderView, before: Place | None = None) -> Timeline:
    """What happened to an order, as this member may read it."""
    found = Collector(before)
    order = view.order
    things: list[Model] = [order, *view.bought]
    if isinstance(order, StoreOrder):
        things.append(order.customer)
        found.add(order.placed_at, Rank.STORE, order.pk, _("Placed in the store"))
        found.add(order.paid_at, Rank.PAID, order.pk, _("Paid in the store"))
        found.add(order.cancelled_at, Rank.CANCELLED, order.pk, _("Cancelled in the store"), tone="red")
        _add_comments(found, order, view)
        _add_files(found, order, view)
    for bought in view.bought:
        found.add(bought.placed_at, Rank.BOUGHT, bought.pk, _("Ordered at AliExpress"), text=bought.number)
    shown: list[StoreOrder | SupplierOrder] = [order, *(each for each in view.bought if each is not order)]
    for each in shown:
        # What came with an import is told by the app that imports.
        if each.came_with_id is None:
            text = each.number if each is not order else ""
            found.add(each.created_at, Rank.CAME_IN, rank_key(each), _("First known here"), text=text)
    for extension in extensions():
        things += extension.things(view)
    _add_done(found, things, view)
    for extension in extensions():
        extension.add_events(found, view)
    return found.done()


# --- What people changed ---

#: Told by an event of its own, with more words.
_OWN_VERBS = ("order_comment_added", "order_file_added")
#: Its label in the trail is the number of an AliExpress order.
_NUMBERED = "orders.supplierorder"


def _add_done(found: Collector, things: Sequence[Model], view: OrderView) -> None:
    """The lines of the audit trail about these things."""
    about = Q()
    grouped: dict[type[Model], list[int]] = defaultdict(list)
    for thing in things:
        grouped[type(thing)].append(thing.pk)
    for model, pks in grouped.items():
        about |= Q(thing=model._meta.label_lower, thing_id__in=pks)
    verbs, numbered = [*_OWN_VERBS], {_NUMBERED}
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(about, team=view.order.team)
    for extension in extensions():
        events = extension.without_own_events(events, things)
        verbs += extension.own_verbs
        numbered.update(extension.numbered)
    events = events.exclude(verb__in=verbs).select_related("actor")
    own = TeamWords(view.order.team)
    for event in found.page_of(events, Rank.DONE, "at"):
        # Another event with the masked values: a stored one is never changed.
        seen = AuditEvent(
            thing=event.thing,
            before=as_seen(event.before, view.sight),
            after=as_seen(event.after, view.sight),
        )
        words = changes(seen, own)
        if event.thing in numbered and event.label != str(view.order):
            words.insert(0, view.sight.words(event.label))
        found.add(
            event.at,
            Rank.DONE,
            event.pk,
            audit_verb(event),
            text=view.sight.words("\n".join(words)),
            who=str(event.actor) if event.actor else "",
        )


# --- What people wrote and kept ---


def _add_comments(found: Collector, order: StoreOrder, view: OrderView) -> None:
    by, sight = view.by, view.sight
    comments: QuerySet[OrderComment] = order.comments.select_related("by__user")
    for comment in found.page_of(comments, Rank.COMMENT, "created_at"):
        gone = comment.withdrawn_at is not None
        found.add(
            comment.created_at,
            Rank.COMMENT,
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


def _add_files(found: Collector, order: StoreOrder, view: OrderView) -> None:
    by, sight = view.by, view.sight
    for file in found.page_of(files_for(order, by), Rank.FILE, "created_at"):
        gone, name = file.withdrawn_at is not None, sight.words(file.name)
        found.add(
            file.created_at,
            Rank.FILE,
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
