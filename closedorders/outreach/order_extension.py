"""What mails, refunds and discount codes add to orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import IntEnum

from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.closures.models import Closure
from closedorders.closures.order_extension import closures_of
from closedorders.core.money import format_money
from closedorders.orders.extensions import Condition, Link, OrderExtension, OrderView, StatusFacts
from closedorders.orders.models import StoreOrder
from closedorders.orders.timeline_events import Collector

from .message_states import BINDING, order_word
from .models import DiscountCode, Kind, Message, Refund

#: A mail, a code and a refund come once an incident; nobody has an order closed more often than this.
MOST = 50


class Ranks(IntEnum):
    CODE_MADE = 90
    CODE_LOADED = 100
    MAIL = 120


class OutreachOfOrders(OrderExtension):
    ranks = Ranks
    undo_reasons = {
        "told": gettext_lazy("its customer was mailed"),
        "refunds": gettext_lazy("a refund is to be made"),
    }

    def add_status_facts(self, facts: Mapping[int, StatusFacts]) -> None:
        refunds = Refund.objects.filter(store_order__in=list(facts)).order_by()
        for order, state in refunds.values_list("store_order", "state"):
            facts[order].refunds.add(state)
        _add_messages(facts)
        if any(known.untold for known in facts.values()):
            _add_mails_to_the_same_address(facts)

    def things(self, view: OrderView) -> Iterable[Model]:
        if (order := view.store_order) is None:
            return ()
        return [*_refunds(view, order), *_mails(view, order)]

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
                url=reverse("outreach:campaign", args=[slug, mail.campaign_id]),
            )

    def links(self, view: OrderView) -> Iterable[Link]:
        if (order := view.store_order) is None:
            return
        slug, merchant = order.team.slug, view.by.is_merchant
        for mail in _mails(view, order):
            yield Link(
                _("Mail to the customer"),
                mail.get_kind_display(),
                reverse("outreach:campaign", args=[slug, mail.campaign_id]),
                mail.get_state_display(),
                mail.settled_at or mail.created_at,
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
        return {
            "told": Exists(mails),
            "refunds": Exists(Refund.objects.filter(store_order=OuterRef("pk"))),
        }

    def supplier_order_blockers(self, since: datetime | None = None) -> Mapping[str, Condition]:
        return {"told": Exists(Message.objects.filter(closures__supplier_order=OuterRef("pk")))}

    def keeps_customers(self) -> Condition:
        """What a customer was mailed or promised stays theirs."""
        return Exists(Message.objects.filter(customer=OuterRef("pk"))) | Exists(
            DiscountCode.objects.filter(customer=OuterRef("pk"))
        )


# --- Of one order; asked for once a page ---


def _mails(view: OrderView, order: StoreOrder) -> list[Message]:
    def read() -> list[Message]:
        mails = order.customer.messages.filter(closures__supplier_order__store_order=order).distinct()
        # The text of a mail is long and not shown here.
        return list(mails.defer("subject", "body", "reply_words").order_by("-pk")[:MOST])

    return view.once("outreach.mails", read)


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
        if word == "told":
            known.untold.discard(closure)


def _add_mails_to_the_same_address(facts: Mapping[int, StatusFacts]) -> None:
    """What was sent to another customer with the same address tells of every closure of the same incident.

    No second mail goes there. Addresses of customers and of messages are compared as they are stored: folded.
    """
    customer = "supplier_order__store_order__customer"
    to_others = Closure.objects.filter(
        supplier_order__store_order__in=list(facts),
        reopened_at=None,
        incident__messages__kind=Kind.RESOLUTION,
        incident__messages__state__in=BINDING,
        incident__messages__recipient=F(f"{customer}__email"),
        **{f"{customer}__email__gt": ""},
    ).order_by()
    for order, closure, mine, named, state in to_others.values_list(
        "supplier_order__store_order",
        "pk",
        customer,
        "incident__messages__customer",
        "incident__messages__state",
    ):
        known = facts[order]
        if mine == named or closure not in known.untold:
            continue
        known.messages.add(order_word(state))
        if order_word(state) == "told":
            known.untold.discard(closure)
