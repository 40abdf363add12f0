"""The page of one mail, as its customer sees it: their own orders of it, and nothing of anybody else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.closures.models import Closure, Incident
from closedorders.core.money import format_money
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import is_settled_in_shop
from closedorders.outreach.message_states import NEVER_SENT
from closedorders.outreach.models import DiscountCode, Message, Refund
from closedorders.outreach.texts.public_links import PageKey, read_page_token

from . import wording
from .models import PageClosing, Reply
from .standing import STILL_TO_COME, Standing, standing_of

#: Orders and answers that a page shows at most.
MOST_ORDERS, MOST_REPLIES = 50, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShown:
    """One order: its number in the shop, where it stands, and what of its price goes back for the wait."""

    number: str
    standing: Standing
    new_date: date | None
    date_is_over: bool
    refund: str

    @property
    def title(self) -> str:
        return str(wording.STANDING_TITLES[self.standing])

    @property
    def words(self) -> str:
        return str(wording.STANDING_WORDS[self.standing])

    @property
    def tone(self) -> str:
        return wording.STANDING_TONES[self.standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeShown:
    code: str
    percent: int
    expires_on: date | None
    is_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """What is shown. `answer_to` is the shop's address for replies, `open_until` the last moment of the page."""

    message: Message
    store: str
    sender: str
    answer_to: str
    orders: list[OrderShown]
    code: CodeShown | None
    replies: list[Reply]
    open_until: datetime


def find_message(token: str) -> Message | None:
    """The mail of an address's token, while its page is open; None otherwise, whatever the cause. One query."""
    key = read_page_token(token)
    if key is None:
        return None
    message = (
        Message.objects.filter(~_is_closed(), customer=key.customer, kind=key.kind, closures=key.closure)
        .exclude(state__in=NEVER_SENT)
        .exclude(body="")
        .select_related("team", "campaign__store", "customer")
        .order_by("-pk")
        .first()
    )
    return None if message is None or timezone.now() >= open_until(message) else message


def _is_closed() -> Exists:
    """Of messages: whether a merchant closed the page of this one, or those of its campaign."""
    own, whole = Q(message=OuterRef("pk")), Q(campaign=OuterRef("campaign"), message=None)
    return Exists(PageClosing.objects.standing().filter(own | whole))


def open_until(message: Message) -> datetime:
    return (message.settled_at or message.created_at) + timedelta(days=settings.CUSTOMER_PAGE_DAYS)


def key_of(message: Message) -> PageKey | None:
    """What the link of this mail names; None for a mail about no closure. One query."""
    closure = message.closures.order_by("pk").values_list("pk", flat=True).first()
    return None if closure is None else PageKey(message.customer_id, closure, message.kind)


def customer_page(message: Message) -> CustomerPage:
    """Read in a fixed number of queries. The active language is to be the mail's, the time zone the team's."""
    store = message.campaign.store
    code = _code(message)
    return CustomerPage(
        message=message,
        store=store.name,
        sender=store.sender_name or store.name,
        answer_to=store.reply_to or store.sender_email,
        orders=_orders(message),
        code=code,
        replies=list(message.replies.order_by("-pk")[:MOST_REPLIES]),
        open_until=open_until(message),
    )


def _orders(message: Message) -> list[OrderShown]:
    closures = list(
        message.closures.filter(supplier_order__store_order__customer=message.customer_id)
        .select_related("supplier_order__store_order")
        .defer("supplier_order__store_order__lines")
        .annotate(solved=Exists(Incident.objects.over_block().filter(pk=OuterRef("incident"))))
        .order_by("closed_at", "pk")[: MOST_ORDERS * 2]
    )
    orders: dict[int, StoreOrder] = {}
    of_order: dict[int, list[Any]] = defaultdict(list)
    for closure in closures:
        order = closure.supplier_order.store_order
        if order is not None:
            orders.setdefault(order.pk, order)
            of_order[order.pk].append(closure)
    refunds = _refunds(message, orders) if message.kind == "resolution" else {}
    return [
        _order(message, order, of_order[pk], refunds.get(pk, ""))
        for pk, order in list(orders.items())[:MOST_ORDERS]
    ]


def _order(message: Message, order: StoreOrder, closures: list[Any], refund: str) -> OrderShown:
    here = [closure for closure in closures if closure.reopened_at is None]
    standing = standing_of(
        outcomes={closure.outcome for closure in here},
        is_solved=all(closure.solved for closure in here),
        supplier_state=order.supplier_state,
        money_state=order.money_state,
        is_cancelled=is_settled_in_shop(order.financial_status, order.cancelled_at),
    )
    new_date = message.campaign.new_date if standing in STILL_TO_COME else None
    return OrderShown(
        number=order.number,
        standing=standing,
        new_date=new_date,
        date_is_over=new_date is not None and new_date < timezone.localdate(),
        refund="" if standing is Standing.REFUNDED else refund,
    )


def _refunds(message: Message, orders: dict[int, StoreOrder]) -> dict[int, str]:
    """Store order -> what a part of its price that goes back is, in a sentence that is true now."""
    incidents = Closure.objects.filter(messages=message).values("incident")
    found = Refund.objects.filter(store_order__in=orders, incident__in=incidents).order_by("pk")
    words = {}
    for refund in found:
        amount = format_money(refund.amount, refund.currency, message.language)
        if refund.state == Refund.State.APPROVED:
            words[refund.store_order_id] = _(
                "%(amount)s is approved to go back to you, and not paid yet."
            ) % {"amount": amount}
        elif refund.state == Refund.State.ISSUED:
            words[refund.store_order_id] = _(
                "%(amount)s has gone back to you. Banks can take some working days to show it."
            ) % {"amount": amount}
    return words


def _code(message: Message) -> CodeShown | None:
    """The customer's code, where it is in the shop and this mail named it."""
    codes = DiscountCode.objects.filter(
        customer=message.customer_id, incident=message.incident_id, loaded_at__isnull=False
    )
    code = next((each for each in codes.order_by("-pk")[:5] if each.code in message.body), None)
    if code is None:
        return None
    over = code.expires_on is not None and code.expires_on < timezone.localdate()
    return CodeShown(code=code.code, percent=code.percent, expires_on=code.expires_on, is_expired=over)
