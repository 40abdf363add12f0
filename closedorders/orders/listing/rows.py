"""Orders as pages show them: the words for where an order stands, and the rows of the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple, Protocol, cast

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..masking import Sight
from ..models import Customer, StoreOrder, SupplierOrder
from ..models.orders import name_of_buyer
from ..querysets import DONE_STATES, GIVEN_UP, StoreOrderQuerySet
from ..status import OUTCOME_STATES, PART_BACK


class Badge(NamedTuple):
    """A state's tone (as `components/data/_tag.html` takes it) and its word."""

    tone: str
    label: str | Promise

    @property
    def needs_someone(self) -> bool:
        """Whether a person has to do something about it; lists leave all other states as quiet words."""
        return self.tone in {"red", "amber"}


#: The stored words of `status` on each axis -> how a person reads them, what needs somebody most first.
SUPPLIER_BADGES = {
    "closed_open": Badge("red", _("Closed")),
    "closed": Badge("amber", _("Closed, not logged")),
    "cancelled": Badge("amber", _("Cancelled, not logged")),
    "expired": Badge("amber", _("Expired, not logged")),
    "frozen": Badge("amber", _("Frozen")),
    "awaiting_payment": Badge("amber", _("Not paid")),
    "verifying_payment": Badge("amber", _("Payment being checked")),
    "replaced": Badge("blue", _("Reordered")),
    "refunded": Badge("grey", _("Closed, refunded")),
    "written_off": Badge("grey", _("Closed, written off")),
    "awaiting_shipment": Badge("blue", _("Not shipped yet")),
    "shipped": Badge("green", _("Shipped")),
    "completed": Badge("green", _("Received")),
    "ordered": Badge("grey", _("Ordered")),
    "not_ordered": Badge("grey", _("Not ordered yet")),
}
MONEY_BADGES = {
    "at_risk": Badge("amber", _("At risk")),
    "refund_approved": Badge("amber", _("To refund")),
    "refund_proposed": Badge("amber", _("Refund proposed")),
    "refunded": Badge("green", _("Refunded")),
    PART_BACK: Badge("grey", _("Partly paid back")),
    "partly_refunded": Badge("grey", _("Partly refunded in the shop")),
    "": Badge("grey", _("Nothing due")),
}
TOLD_BADGES = {
    "not_told": Badge("red", _("Not told")),
    "unreachable": Badge("red", _("Not told, cannot be mailed")),
    "failed": Badge("red", _("Mail not delivered")),
    "uncertain": Badge("amber", _("Uncertain, check")),
    "on_its_way": Badge("blue", _("Mail on its way")),
    "told": Badge("green", _("Told")),
    "": Badge("grey", _("Nothing to tell")),
}

#: How a shop words the payment and shipping of an order, in the reader's words.
SHOP_STATES: dict[str, str | Promise] = {
    "authorized": _("Authorised"),
    "expired": _("Expired"),
    "fulfilled": _("Shipped"),
    "paid": _("Paid"),
    "partial": _("Partly shipped"),
    "partially_paid": _("Partly paid"),
    "partially_refunded": _("Partly refunded"),
    "pending": _("Waiting"),
    "refunded": _("Refunded"),
    "restocked": _("Back in stock"),
    "unfulfilled": _("Not shipped yet"),
    "voided": _("Cancelled"),
}


class HasStatus(Protocol):
    """What of an order says where it stands: a `StoreOrder`, or a line of the list."""

    supplier_state: str
    money_state: str
    told_state: str
    promised_by: date | None
    cancelled_at: datetime | None
    financial_status: str


def money_badge(order: HasStatus, sight: Sight) -> Badge:
    """A part that was paid back settles nothing: of an order that is closed and open it still needs somebody."""
    state = order.money_state
    percent = state.removeprefix(PART_BACK) if state.startswith(PART_BACK) else ""
    badge = MONEY_BADGES.get(PART_BACK if state.startswith(PART_BACK) else state, MONEY_BADGES[""])
    if percent and sight.whole:
        badge = badge._replace(label=_("%(percent)s %% back") % {"percent": percent})
    if state.startswith((PART_BACK, "partly")) and order.supplier_state == OUTCOME_STATES["open"]:
        badge = badge._replace(tone="amber")
    return badge


def badges(order: HasStatus, sight: Sight) -> tuple[Badge, Badge, Badge]:
    """Supplier, money, customer told, for one person's eyes."""
    return (
        SUPPLIER_BADGES.get(order.supplier_state, SUPPLIER_BADGES["ordered"]),
        money_badge(order, sight),
        TOLD_BADGES.get(order.told_state, TOLD_BADGES[""]),
    )


def days_left(order: HasStatus, today: date) -> int | None:
    """Days until the promised day, below zero for a late order; None where no promise is open: `STILL_DUE`."""
    done = order.supplier_state in DONE_STATES or order.money_state == "refunded"
    given_up = order.cancelled_at is not None or order.financial_status.lower() in GIVEN_UP
    if order.promised_by is None or given_up or done:
        return None
    return (order.promised_by - today).days


def days_late(order: HasStatus, today: date) -> int:
    """Days since the promised day, 0 for an order that is not late."""
    return max(0, -(days_left(order, today) or 0))


_READ = (
    "number", "buyer_name", "placed_at", "created_at", "promised_by", "cancelled_at", "supplier_state", "money_state",
    "told_state", "financial_status", "total", "currency", "ship_country", "tags",
)  # fmt: skip
_READ_OF_CUSTOMER = ("name", "email", "edited_fields")
_JOINED_CUSTOMER = ("customer__name", "customer__email", "customer__edited_fields")
_READ_OF_BOUGHT = ("number", "status", "status_code", "tracking_number")


class ListedOrder(HasStatus, Protocol):
    """An order as `for_rows` reads it: a named tuple, for instances of the model take twice as long to read.

    Beside these it has what the list is sorted by, and only where they were asked for `store__name` and, as
    `_JOINED_CUSTOMER` has them, the words of its customer.
    """

    pk: int
    number: str
    buyer_name: str
    customer: int
    placed_at: datetime | None
    created_at: datetime
    total: Decimal | None
    currency: str
    ship_country: str
    tags: str
    store__name: str


class Bought(NamedTuple):
    """An AliExpress order of a row. `account` is the buyer account's label, blank where its column is not shown."""

    number: str
    status: str
    status_code: str
    tracking_number: str
    account: str | None = ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line of the orders list, for one person's eyes."""

    order: ListedOrder
    name: str
    email: str
    tags: str
    bought: list[Bought]
    supplier: Badge
    money: Badge
    told: Badge
    late: int


def for_rows(
    orders: StoreOrderQuerySet, columns: Collection[str], *, by: str = "", found_sorted: bool = True
) -> QuerySet[StoreOrder, ListedOrder]:
    """Of each order just what `order_rows` and these columns of `order_cells` read, and `by`, what it is sorted by.

    Customers are joined to orders that an index has in their order. Where all of them have to be sorted first, the
    customers of the few that are shown are read by themselves.
    """
    read = ["pk", *_READ, "customer"]
    if "store" in columns:
        read.append("store__name")
    if found_sorted:
        read += _JOINED_CUSTOMER
    if by and by not in read:
        read.append(by)
    return cast("QuerySet[StoreOrder, ListedOrder]", orders.values_list(*read, named=True))


def order_rows(
    orders: Sequence[ListedOrder], sight: Sight, *, today: date, columns: Collection[str]
) -> list[OrderRow]:
    """Rows of orders read by `for_rows`; two queries at most, however many there are."""
    bought: dict[int, list[Bought]] = defaultdict(list)
    theirs = SupplierOrder.objects.filter(store_order__in=[order.pk for order in orders]).order_by("pk")
    account = ["buyer_account__label"] if "account" in columns else []
    for order, number, status, code, tracking, *labels in theirs.values_list(
        "store_order", *_READ_OF_BOUGHT, *account
    ):
        bought[order].append(Bought(number, sight.words(status), code, sight.words(tracking), *labels))
    customers = _customers(orders)
    rows = []
    for listed in orders:
        supplier, money, told = badges(listed, sight)
        name, email, edited_fields = customers[listed.customer]
        rows.append(
            OrderRow(
                order=listed,
                name=sight.words(name_of_buyer(listed.buyer_name, name, edited_fields)),
                email=sight.email(email),
                tags=sight.words(listed.tags),
                bought=bought[listed.pk],
                supplier=supplier,
                money=money,
                told=told,
                late=days_late(listed, today),
            )
        )
    return rows


def _customers(orders: Sequence[ListedOrder]) -> dict[int, tuple[str, str, list[str]]]:
    """Name, e-mail and typed fields of each order's customer, by the customer's key."""
    if not orders or hasattr(orders[0], _JOINED_CUSTOMER[0]):
        words = attrgetter(*_JOINED_CUSTOMER)
        return {order.customer: words(order) for order in orders}
    found = Customer.objects.filter(pk__in={order.customer for order in orders})
    return {
        pk: (name, email, typed) for pk, name, email, typed in found.values_list("pk", *_READ_OF_CUSTOMER)
    }
