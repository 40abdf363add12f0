"""Orders at AliExpress in the shapes that programs save: JSON lists, a plain list of orders, and the data backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from closedorders.orderfiles.cells import CURRENCY_DECIMALS, BadValue

from ..cell_columns import CellColumns
from ..records import ParsedLine, ParsedSupplierOrder
from .aliexpress import AliExpressOrders, supplier_status_code

#: How AliExpress's own programs word a status -> ours. FINISH is missing: it means received and closed alike.
PROGRAM_STATUSES: Mapping[str, str] = {
    "PLACE_ORDER_SUCCESS": "awaiting_payment",
    "PAYMENT_PROCESSING": "verifying_payment",
    "WAIT_SELLER_EXAMINE_MONEY": "verifying_payment",
    "RISK_CONTROL": "verifying_payment",
    "RISK_CONTROL_HOLD": "verifying_payment",
    "WAIT_SELLER_SEND_GOODS": "awaiting_shipment",
    "SELLER_PART_SEND_GOODS": "shipped",
    "WAIT_BUYER_ACCEPT_GOODS": "shipped",
    "IN_FROZEN": "frozen",
}
#: Why an order ended, as the buyer's pages and the sellers' interface word it.
END_REASONS: Mapping[str, str] = {
    reason: code
    for code, reasons in {
        "completed": (
            "buyer_accept_goods", "buyer_accept_goods_timeout", "buyer_confirm_goods",
            "buyer_confirm_goods_timeout",
        ),
        "expired": ("buyer_pay_timeout", "pay_timeout"),
        "cancelled": (
            "buyer_cancel_order", "buyer_cancel_notpay_order", "buyer_cancel_order_in_risk",
        ),
        "closed": (
            "risk_reject_closed", "risk_closed", "suspicious_trade", "security_close",
            "cancel_order_close_trade", "trade_close", "seller_send_goods_timeout", "send_goods_timeout",
            "seller_accept_issue_no_goods_return", "seller_response_issue_timeout",
        ),
    }.items()
    for reason in reasons
}  # fmt: skip


class AliExpressInventoryJson(AliExpressOrders):
    """The JSON list of the browser extension "Aliexpress Shopper Inventory"."""

    key = "aliexpress_inventory_json"
    title = "AliExpress orders (Shopper Inventory extension, JSON)"
    table = {
        "number": (("orderid",),),
        "placed_at": (("orderdateiso",), ("orderdate",)),
        "line_name": (("title",),),
        "line_quantity": (("quantity",),),
        "price_info": (("priceinfo",),),
        "price": (("price",),),
        "supplier_name": (("storename",),),
        "supplier_url": (("storepageurl",),),
        "line_sku": (("skuid",),),
        "currency": (("currency",),),
        "status": (("status",),),
        "product_url": (("producturl",),),
        "product_id": (("productid",),),
        "attributes": (("attributes",),),
        "line_id": (("orderlineid",),),
    }
    required = ("number",)
    telling = frozenset({"placed_at", "price_info", "supplier_url", "line_sku", "product_url", "line_id"})
    telling_needed = 2


class AliExpressUserscriptJson(AliExpressOrders):
    """The lists inside the userscript "AliExpress Bulk Order Exporter", saved as JSON: its products, or its orders.

    A product has its order inside it (`order.orderId`). Like the script's text: no currency, dates month first.
    """

    key = "aliexpress_bulk_exporter_json"
    title = "AliExpress orders (Bulk Order Exporter script, JSON)"
    table = {
        "number": (("order orderid", "orderid"),),
        "placed_at": (("order datestring", "datestring"),),
        "cost": (("order total", "total"),),
        "supplier_name": (("order storename", "storename"),),
        "status": (("order orderstatus", "orderstatus"),),
        "tracking": (("trackingnumber", "order trackingnumber"),),
        "tracking_status": (("trackingstatus", "order trackingstatus"),),
        "line_name": (("producttitle",),),
        "option": (("productoption",),),
        "price": (("productprice",),),
        "line_quantity": (("productquantity",),),
        "product_url": (("producturl",),),
        "shipping": (("order shippingandtax", "shippingandtax"),),
    }
    required = ("number",)
    # Not the status and the tracking number: any program's list of orders has those.
    telling = frozenset({"placed_at", "supplier_name", "option", "shipping", "tracking_status"})
    telling_needed = 2
    date_order = "mdy"


class AliExpressOrderList(AliExpressOrders):
    """A plain list of orders, one row each, without products: `orderId, date, status, store, total, currency, …`."""

    key = "aliexpress_order_list"
    title = "AliExpress orders (list without products)"
    table = {
        "number": (("orderid",),),
        "placed_at": (("date",),),
        "status": (("status",),),
        "supplier_name": (("store",),),
        "cost": (("total",),),
        "currency": (("currency",),),
        "item_count": (("itemcount",),),
        "paid_at": (("paidat",),),
        "finished_at": (("finishedat",),),
        "fee": (("installmentfee",),),
        "payment_method": (("paymentmethod",),),
    }
    required = ("number",)
    telling = frozenset({"item_count", "finished_at", "fee"})
    telling_needed = 2


class AliExpressBackup(AliExpressOrders):
    """The sheet "Order Information" of the workbook AliExpress sends who asks for their own data.

    A row is a product: `order_id` is the product's number and `parent_orderid` the order's. Amounts are in cents and
    name no currency; quantities are not told. `end_reason` tells closed orders from received ones.
    """

    key = "aliexpress_backup"
    title = "AliExpress orders (personal data backup)"
    table = {
        "number": (("parent orderid", "parent order id"),),
        "line_id": (("order id",),),
        "placed_at": (("gmt create order time",),),
        "status": (("order status",),),
        "end_reason": (("end reason",),),
        "frozen": (("frozen status",),),
        "line_name": (("item name",),),
        "line_price": (("unit price",),),
        "cost": (("payable amt",),),
        "paid_at": (("gmt pay order time",),),
        "ended_at": (("gmt trade end time",),),
        "paid": (("is success pay",),),
    }
    required = ("number",)
    telling = frozenset(
        {"line_id", "placed_at", "end_reason", "frozen", "cost", "paid_at", "ended_at", "paid"}
    )
    telling_needed = 2
    cost_is_whole = False

    def joined(self, order: ParsedSupplierOrder, further: ParsedSupplierOrder) -> ParsedSupplierOrder:
        cost = None if order.cost is None or further.cost is None else order.cost + further.cost
        return replace(super().joined(order, further), cost=cost)

    def statuses(self, cells: CellColumns) -> list[tuple[str | None, str]]:
        rows = zip(*map(cells.read, ("status", "end_reason", "frozen")), strict=True)
        return [_status(*row) for row in rows]

    def costs(self, cells: CellColumns, codes: Sequence[str]) -> Sequence[Decimal | None]:
        return cells.parse("cost", from_cents, codes)

    def lines(self, cells: CellColumns, codes: Sequence[str]) -> list[ParsedLine | None]:
        rows = zip(cells.read("line_name"), cells.parse("line_price", from_cents, codes), strict=True)
        return [ParsedLine(name, None, None, 1, price) if name else None for name, price in rows]


def _status(status: str | None, reason: str | None, frozen: str | None) -> tuple[str | None, str]:
    code = END_REASONS.get((reason or "").lower(), "")
    if not code and frozen == "IN_FROZEN":
        code = "frozen"
    if not code and status:
        code = PROGRAM_STATUSES.get(status.upper(), "") or supplier_status_code(status)
    return f"{status} ({reason})" if status and reason else status or reason, code


def from_cents(text: str, currency: str) -> Decimal | None:
    """15115 is 151.15. None in a currency without cents: nobody knows what the file means then."""
    if not (text.isascii() and text.isdigit() and len(text) < 14):
        raise BadValue("invalid_amount")
    return Decimal(text).scaleb(-2) if CURRENCY_DECIMALS.get(currency, 2) == 2 else None
