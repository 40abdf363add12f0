"""What mails, refunds and discount codes add to orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.closures.models import Closure
from closedorders.closures.order_extension import closures_of
from closedorders.core.money import format_money
from closedorders.orders.extensions import Condition, Link, OrderExtension, OrderView, StatusFacts
from closedorders.orders.models import StoreOrder
from closedorders.orders.timeline_events import Collector

from .codes import percent_back
from .message_states import TOLD, order_word
from .models import DirectContact, DiscountCode, Kind, Message, Refund
from .untold import NOT_TOLD, UNREACHABLE, untold_closures

#: A mail, a code and a refund come once an incident; nobody has an order closed more often than this.
MOST = 50


class Ranks(IntEnum):
    CODE_MADE = 90
    CODE_LOADED = 100
    MAIL = 120


class OutreachOfOrders(OrderExtension):
    ranks = Ranks
    undo_reasons = {
        "told": gettext_lazy("its customer was mailed or told"),
        "refunds": gettext_lazy("a refund is to be made"),
    }

    def add_status_facts(self, facts: Mapping[int, StatusFacts]) -> None:
        _add_refunds(facts)
        _add_messages(facts)
        for row in untold_closures(Closure.objects.filter(supplier_order__store_order__in=list(facts))):
            known = facts[row.order]
            known.untold.add(row.pk)
            if row.word == UNREACHABLE:
                known.unreachable = True
            elif row.word != NOT_TOLD:
                known.messages.add(row.word)
        _add_other_ways_of_telling(facts)

    def things(self, view: OrderView) -> Iterable[Model]:
        if (order := view.store_order) is None:
            return ()
        return [*_refunds(view, order), *_mails(view, order), *_contacts(view, order)]

    def add_events(self, found: Collector, view: OrderView) -> None:
        if (order := view.store_order) is None:
            return
        slug = order.team.slug
        codes_url = reverse("outreach:codes", args=[slug]) if view.by.is_merchant else ""
        for code in _codes(view, order):
            text = f"{code.code} · {code.percent} %" if view.by.is_merchant else ""
            found.add(
                code.created_at, Ranks.CODE_MADE, code.pk, _("Made a discount code"), text=text, url=codes_url
            )
            found.add(
                code.loaded_at,
                Ranks.CODE_LOADED,
                code.pk,
                _("The discount code is in the shop"),
                text=text,
                who=str(code.loaded_by.user) if code.loaded_by else "",
                url=codes_url,
            )
        for mail in _mails(view, order):
            found.add(
                mail.settled_at or mail.created_at,
                Ranks.MAIL,
                mail.pk,
                _("Mail to the customer"),
                text=f"{mail.get_kind_display()} · {mail.get_state_display()}",
                url=reverse("outreach:message", args=[slug, mail.pk]),
            )

    def links(self, view: OrderView) -> Iterable[Link]:
        if (order := view.store_order) is None:
            return
        slug, merchant = order.team.slug, view.by.is_merchant
        for mail in _mails(view, order):
            yield Link(
                _("Mail to the customer"),
                mail.get_kind_display(),
                reverse("outreach:message", args=[slug, mail.pk]),
                mail.get_state_display(),
                mail.settled_at or mail.created_at,
            )
        for contact in _contacts(view, order):
            url = reverse(
                "outreach:customer_contact", args=[slug, contact.incident.number, contact.customer_id]
            )
            words = _("Taken back") if contact.undone_at else ""
            yield Link(
                _("Told without a mail"),
                contact.get_how_display(),
                url if merchant else "",
                words,
                contact.created_at,
            )
        for refund in _refunds(view, order):
            if merchant:
                yield Link(
                    _("Refund"),
                    format_money(refund.amount, refund.currency),
                    reverse("outreach:refunds", args=[slug]),
                    f"{refund.percent} % · {refund.get_state_display()}",
                )
            else:
                yield Link(_("Refund"), refund.get_state_display())
        for code in _codes(view, order):
            loaded = _("in the shop") if code.loaded_at else _("not in the shop yet")
            if merchant:
                yield Link(
                    _("Discount code"),
                    code.code,
                    reverse("outreach:codes", args=[slug]),
                    f"{code.percent} % · {loaded}",
                    is_code=True,
                )
            else:
                yield Link(_("Discount code"), _("Has a code"), detail=loaded)

    def store_order_blockers(self) -> Mapping[str, Condition]:
        mails = Message.objects.filter(closures__supplier_order__store_order=OuterRef("pk"))
        contacts = DirectContact.objects.filter(closures__supplier_order__store_order=OuterRef("pk"))
        return {
            "told": Exists(mails) | Exists(contacts),
            "refunds": Exists(Refund.objects.filter(store_order=OuterRef("pk"))),
        }

    def supplier_order_blockers(self, since: datetime | None = None) -> Mapping[str, Condition]:
        mails = Message.objects.filter(closures__supplier_order=OuterRef("pk"))
        contacts = DirectContact.objects.filter(closures__supplier_order=OuterRef("pk"))
        return {"told": Exists(mails) | Exists(contacts)}

    def closed_blockers(self) -> Mapping[str, Condition]:
        named = {"closures__supplier_order": OuterRef("pk"), "closures__reopened_at": None}
        refunds = Refund.objects.filter(
            store_order=OuterRef("store_order"), incident__closures__supplier_order=OuterRef("pk")
        ).exclude(state=Refund.State.DROPPED)
        return {
            "told": Exists(Message.objects.filter(**named))
            | Exists(DirectContact.objects.live().filter(**named)),
            "refunds": Exists(refunds),
        }

    def keeps_customers(self) -> Condition:
        """What a customer was mailed or promised stays theirs."""
        return (
            Exists(Message.objects.filter(customer=OuterRef("pk")))
            | Exists(DiscountCode.objects.filter(customer=OuterRef("pk")))
            | Exists(DirectContact.objects.filter(customer=OuterRef("pk")))
        )


# --- Of one order; asked for once a page ---


def _mails(view: OrderView, order: StoreOrder) -> list[Message]:
    def read() -> list[Message]:
        mails = order.customer.messages.filter(closures__supplier_order__store_order=order).distinct()
        # The text of a mail is long and not shown here.
        return list(mails.defer("subject", "body", "reply_words").order_by("-pk")[:MOST])

    return view.once("outreach.mails", read)


def _contacts(view: OrderView, order: StoreOrder) -> list[DirectContact]:
    def read() -> list[DirectContact]:
        contacts = order.customer.direct_contacts.filter(
            closures__supplier_order__store_order=order
        ).distinct()
        return list(contacts.select_related("incident").order_by("-pk")[:MOST])

    return view.once("outreach.contacts", read)


def _refunds(view: OrderView, order: StoreOrder) -> list[Refund]:
    return view.once("outreach.refunds", lambda: list(order.refunds.order_by("-pk")[:MOST]))


def _codes(view: OrderView, order: StoreOrder) -> list[DiscountCode]:
    """The customer's codes of the incidents that hit this order."""

    def read() -> list[DiscountCode]:
        incidents = {closure.incident_id for each in view.bought for closure in closures_of(each)}
        codes: QuerySet[DiscountCode] = order.customer.codes.filter(incident__in=incidents)
        return list(codes.select_related("loaded_by__user").order_by("-pk")[:MOST])

    return view.once("outreach.codes", read)


# --- The status ---


def _add_refunds(facts: Mapping[int, StatusFacts]) -> None:
    paid: dict[int, Decimal] = defaultdict(Decimal)
    totals: dict[int, Decimal | None] = {}
    refunds = Refund.objects.filter(store_order__in=list(facts)).order_by()
    for order, state, amount, currency, total, in_currency in refunds.values_list(
        "store_order", "state", "amount", "currency", "store_order__total", "store_order__currency"
    ):
        facts[order].refunds.add(state)
        if state == Refund.State.ISSUED:
            paid[order] += amount
            # Amounts in two currencies are no part of each other.
            totals[order] = total if currency == (in_currency or currency) else None
    for order, amount in paid.items():
        facts[order].percent_back = percent_back(amount, totals[order])


def _add_messages(facts: Mapping[int, StatusFacts]) -> None:
    about = Closure.objects.filter(supplier_order__store_order__in=list(facts), messages__isnull=False)
    messages = list(
        about.order_by().values_list(
            "supplier_order__store_order", "pk", "reopened_at", "messages__kind", "messages__state"
        )
    )
    told = {
        closure
        for _order, closure, _reopened, kind, state in messages
        if kind == Kind.RESOLUTION and order_word(state) == "told"
    }
    for order, closure, reopened_at, kind, state in messages:
        known = facts[order]
        # What was said of a closure that AliExpress took back says nothing of one that stands.
        if reopened_at is not None and known.closed:
            continue
        word = order_word(state)
        # A note to wait tells nobody what became of it, and one that failed is made good by what does.
        if kind != Kind.RESOLUTION and (word == "told" or closure in told):
            continue
        known.messages.add(word)


def _add_other_ways_of_telling(facts: Mapping[int, StatusFacts]) -> None:
    """Told by a person, or by a mail to another customer of the same address: no second mail goes there.

    Addresses of customers and of messages are compared as they are stored: folded.
    """
    customer = "supplier_order__store_order__customer"
    to_others = Message.objects.filter(
        kind=Kind.RESOLUTION,
        state__in=TOLD,
        incident=OuterRef("incident"),
        recipient=OuterRef(f"{customer}__email"),
    ).exclude(Q(recipient="") | Q(customer=OuterRef(customer)))
    in_person = DirectContact.objects.live().filter(closures=OuterRef("pk"))
    told = Closure.objects.filter(
        Exists(to_others) | Exists(in_person),
        supplier_order__store_order__in=list(facts),
        reopened_at=None,
    )
    for order in told.order_by().values_list("supplier_order__store_order", flat=True):
        facts[order].messages.add("told")
