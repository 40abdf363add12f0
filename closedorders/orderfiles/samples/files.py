"""The files that programs would write of the sample orders."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from .orders import SampleOrder, sample_orders

_ORDER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status"
)
_ADDRESS = "Name,Street,Address1,Address2,Company,City,Zip,Province,Country,Phone"
_SHOP = "Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor"
_DESK = "Outstanding Balance,Employee,Location,Device ID"
_TAXES = "Id,Tags,Risk Level,Source,Lineitem discount," + ",".join(
    f"Tax {n} Name,Tax {n} Value" for n in range(1, 6)
)
_LAST = "Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name"


def _titles(text: str, mark: str = ",") -> list[str]:
    return text.split(mark)


_EXTENSION_HEADER = _titles(
    "Order Date,Order ID,Title,Qty,Price,Store,Product ID,SKU ID,Attributes,Price Info,Currency,Status,"
    "Product Url,Product Image Url,Store Url,Tags"
)
#: Of the columns a shop may choose among, those the plugin starts with that say something of an order.
_ADVANCED_HEADER = _titles(
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),"
    "City (Billing),Postcode (Billing),Country Code (Billing),Email (Billing),Phone (Billing),"
    "Country Code (Shipping),Item #,SKU,Name,Quantity,Item Cost,Order Line Total,Currency,"
    "Payment Method Title,Order Subtotal Amount,Order Shipping Amount,Order Refund Amount,"
    "Order Total Amount"
)
_DSERS_HEADER = _titles(
    "Order_number|Date|Country(Short Name of Country)|Product_id|Sku|Product_count|Order_memo|"
    "Contact_person|Mobile_no|Email(Optional)|Address|Address2|Province|City|ZIP|RUT(Chile; Optional)|"
    "Personal Clearance ID(Korea, Oman; Optional)|"
    "Passport/Alien registration Card Number(Korea, Oman; Optional)|CPF(Brazil; Optional)|"
    "Turkish ID Number(Turkey; Optional)|Passport Number(Turkey; Optional)|RUC(Peru; Optional)|"
    "RFC/CURP(Mexico; Optional)",
    "|",
)
_SUPPLIERS = (
    ("Shenzhen Bright Audio Store", "1101234567"),
    ("YIWU Home & Pet Store", "1102345678"),
    ("Desk Factory Official Store", "1103456789"),
    ("Good Night Lamp Store", "1104567890"),
)


def shopify_header(columns: int = 79) -> tuple[str, ...]:
    """The header of Shopify's order export as it was from 2019 (71, 73), 2021 (75) and since 2022 (79 columns)."""
    billing = ",".join(f"Billing {each}" for each in _ADDRESS.split(","))
    shipping = ",".join(f"Shipping {each}" for each in _ADDRESS.split(","))
    parts = [_ORDER, billing, shipping, _SHOP]
    if columns in (75, 79):
        parts.append(_DESK)
    parts += [_TAXES, _LAST]
    if columns == 79:
        parts.append("Payment ID,Payment Terms Name,Next Payment Due At,Payment References")
    elif columns == 73:
        parts.append("Payment Terms Name,Next Payment Due At")
    elif columns not in (71, 75):
        raise ValueError(f"Shopify never exported {columns} columns")
    return tuple(",".join(parts).split(","))


def shopify_csv(
    *,
    orders: int = 60,
    columns: int = 79,
    seed: int = 1,
    start: date,
    days: int = 21,
    prefix: str = "#",
    currency: str = "EUR",
) -> bytes:
    """A Shopify order export: UTF-8 without BOM, commas, LF, newest order first as the admin lists them.

    Further products of an order are on rows that repeat Name, Email, Phone and Created at only. Every twelfth order
    has a note of two lines, every ninth an AliExpress number in its note attributes. No decimals where the currency
    has none.
    """
    header = shopify_header(columns)
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(header)
    made = list(sample_orders(orders=orders, seed=seed, start=start, days=days, prefix=prefix))
    for order in reversed(made):
        for cells in _shopify_rows(order, currency):
            writer.writerow([cells.get(title, "") for title in header])
    return output.getvalue().encode()


def _shopify_rows(order: SampleOrder, currency: str) -> Iterator[dict[str, str]]:
    def money(amount: Decimal) -> str:
        return f"{amount * 100:.0f}" if currency in ("CLP", "JPY", "KRW") else f"{amount:.2f}"

    index = order.index
    subtotal = sum((line.price * line.quantity for line in order.lines), Decimal(0))
    discount = (subtotal / 10).quantize(Decimal("0.01")) if index % 8 == 3 else Decimal(0)
    subtotal -= discount
    shipping = Decimal("0.00") if subtotal > 40 else Decimal("4.95")
    total = subtotal + shipping
    created = f"{order.placed_at:%Y-%m-%d %H:%M:%S %z}"
    paid = f"{order.placed_at + timedelta(seconds=2):%Y-%m-%d %H:%M:%S %z}"
    refunded = {23: total, 37: Decimal("5.00")}.get(index % 60, Decimal(0))
    status = {23: "refunded", 37: "partially_refunded", 47: "pending"}.get(index % 60, "paid")
    line_status = "pending"
    address = {
        "Name": order.name,
        "Street": f"Calle Mayor {index % 90 + 1}",
        "Address1": f"Calle Mayor {index % 90 + 1}",
        "City": order.place.city,
        "Zip": order.place.zip,
        "Province": order.place.province,
        "Country": order.place.country,
        "Phone": order.phone,
    }
    first = {
        "Financial Status": status,
        "Paid at": "" if status == "pending" else paid,
        "Fulfillment Status": "unfulfilled",
        "Accepts Marketing": "yes" if index % 3 == 0 else "no",
        "Currency": currency,
        "Subtotal": money(subtotal),
        "Shipping": money(shipping),
        "Taxes": money((total * 21 / 121).quantize(Decimal("0.01"))),
        "Total": money(total),
        "Discount Code": "AUTOMATIC DISCOUNTS" if discount else "",
        "Discount Amount": money(discount),
        "Shipping Method": "Standard",
        "Notes": "Please leave it with the neighbour,\nsecond floor" if index % 12 == 5 else "",
        "Note Attributes": f"AliExpress order: {order.aliexpress_numbers[0]}" if index % 9 == 4 else "",
        "Cancelled at": f"{order.placed_at + timedelta(hours=5):%Y-%m-%d %H:%M:%S %z}"
        if status == "refunded"
        else "",
        "Payment Method": "Shopify Payments + Gift Card" if index % 20 == 9 else "Shopify Payments",
        "Payment Reference": f"c{order.external_id}.1",
        "Refunded Amount": money(refunded),
        "Outstanding Balance": money(total if status == "pending" else Decimal(0)),
        "Id": order.external_id,
        "Tags": "wholesale, repeat" if index % 13 == 6 else "",
        "Risk Level": "Low",
        "Source": "web",
        "Tax 1 Name": "IVA 21%",
        "Tax 1 Value": money((total * 21 / 121).quantize(Decimal("0.01"))),
        "Payment ID": f"r{order.external_id}",
        "Payment References": f"r{order.external_id}",
    }
    first |= {f"Billing {key}": value for key, value in address.items()}
    first |= {f"Shipping {key}": value for key, value in address.items()}
    for at, line in enumerate(order.lines):
        cells = {
            "Name": order.number,
            "Email": order.email,
            "Created at": created,
            "Lineitem quantity": str(line.quantity),
            "Lineitem name": line.name,
            "Lineitem price": money(line.price),
            "Lineitem sku": line.sku,
            "Lineitem requires shipping": "true",
            "Lineitem taxable": "true",
            "Lineitem fulfillment status": line_status,
            "Lineitem discount": money(Decimal(0)),
            "Vendor": line.vendor,
            "Phone": order.phone,
        }
        yield first | cells if at == 0 else cells


def woocommerce_csv(
    *,
    orders: int = 60,
    seed: int = 1,
    start: date,
    days: int = 21,
    prefix: str = "",
    currency: str = "EUR",
) -> bytes:
    """What the plugin "Advanced Order Export" saves for WooCommerce: a row a product, the order's values on each."""
    rows: list[list[str]] = []
    made = list(sample_orders(orders=orders, seed=seed, start=start, days=days, prefix=prefix))
    for order in reversed(made):
        index = order.index % 60
        given, _, family = order.name.partition(" ")
        subtotal = sum((line.price * line.quantity for line in order.lines), Decimal(0))
        shipping = Decimal("0.00") if subtotal > 40 else Decimal("4.95")
        refunded = {5: subtotal + shipping, 37: Decimal("5.00")}.get(index, Decimal("0.00"))
        cells = {
            "Order Number": order.number,
            "Order Status": {5: "Refunded", 8: "On hold"}.get(index, "Processing"),
            "Order Date": f"{order.placed_at:%Y-%m-%d %H:%M}",
            "Customer Note": f"AliExpress order: {order.aliexpress_numbers[0]}" if index % 9 == 4 else "",
            "First Name (Billing)": given,
            "Last Name (Billing)": family,
            "City (Billing)": order.place.city,
            "Postcode (Billing)": order.place.zip.lstrip("'"),
            "Country Code (Billing)": order.place.country,
            "Email (Billing)": order.email,
            "Phone (Billing)": order.phone.lstrip("'"),
            "Country Code (Shipping)": order.place.country,
            "Currency": currency,
            "Payment Method Title": "Card",
            "Order Subtotal Amount": f"{subtotal:.2f}",
            "Order Shipping Amount": f"{shipping:.2f}",
            "Order Refund Amount": f"{refunded:.2f}",
            "Order Total Amount": f"{subtotal + shipping:.2f}",
        }
        for at, line in enumerate(order.lines, start=1):
            product = {
                "Item #": str(at),
                "SKU": line.sku,
                "Name": line.name,
                "Quantity": str(line.quantity),
                "Item Cost": f"{line.price:.2f}",
                "Order Line Total": f"{line.price * line.quantity:.2f}",
            }
            rows.append([(cells | product).get(title, "") for title in _ADVANCED_HEADER])
    return _csv(_ADVANCED_HEADER, rows)


def dsers_csv(*, orders: int = 60, seed: int = 1, start: date, days: int = 21, prefix: str = "#") -> bytes:
    """DSers's template for uploading orders, its columns of identity numbers left blank."""
    rows: list[list[str]] = []
    for order in sample_orders(orders=orders, seed=seed, start=start, days=days, prefix=prefix):
        for at, line in enumerate(order.lines, start=1):
            cells = {
                "Order_number": order.number,
                "Date": f"{order.placed_at:%Y-%m-%d}",
                "Country(Short Name of Country)": order.place.country,
                "Product_id": f"77{order.index:08d}{at:03d}",
                "Sku": line.sku,
                "Product_count": str(line.quantity),
                "Order_memo": f"AliExpress order: {order.aliexpress_numbers[0]}"
                if order.index % 9 == 4
                else "",
                "Contact_person": order.name,
                "Mobile_no": order.phone.lstrip("'"),
                "Email(Optional)": order.email,
                "Address": f"Calle Mayor {order.index % 90 + 1}",
                "Province": order.place.province,
                "City": order.place.city,
                "ZIP": order.place.zip.lstrip("'"),
            }
            rows.append([cells.get(title, "") for title in _DSERS_HEADER])
    return _csv(_DSERS_HEADER, rows)


def aliexpress_extension_csv(
    *, orders: int = 60, seed: int = 1, start: date, days: int = 21, closed: int = 12, currency: str = "USD"
) -> bytes:
    """What the "Aliexpress Shopper Inventory" extension saves for the same orders; the newest `closed` are Closed."""
    rows: list[list[str]] = []
    made = list(sample_orders(orders=orders, seed=seed, start=start, days=days))
    for order in reversed(made):
        age = len(made) - order.index
        status = (
            "Closed" if age <= closed else "Awaiting shipment" if age <= closed + 6 else "Awaiting delivery"
        )
        for at, line in enumerate(order.lines):
            number = order.aliexpress_numbers[at % len(order.aliexpress_numbers)]
            supplier, supplier_id = _SUPPLIERS[
                (order.index + at % len(order.aliexpress_numbers)) % len(_SUPPLIERS)
            ]
            price = (line.price * Decimal("0.42")).quantize(Decimal("0.01"))
            whole, _, part = str(price).partition(".")
            product = f"10050{order.index:04d}{at:02d}33"
            worded = f"US ${price}" if currency == "USD" else f"{price} {currency}"
            rows.append(
                [
                    f"{order.placed_at:%b} {order.placed_at.day}, {order.placed_at.year}",
                    number,
                    line.name,
                    str(line.quantity),
                    worded,
                    supplier,
                    product,
                    f"1200003{order.index:04d}{at:02d}",
                    "",
                    f"{worded}|{whole}|{part}",
                    currency,
                    status,
                    f"https://www.aliexpress.com/item/{product}.html",
                    "",
                    f"https://www.aliexpress.com/store/{supplier_id}",
                    "",
                ]
            )
    # The extension lists the products of one order together.
    rows.sort(key=lambda row: row[1], reverse=True)
    return _csv(_EXTENSION_HEADER, rows)


def growing_purchases_csv(*, start: date, costs: Sequence[Decimal]) -> bytes:
    """As `aliexpress_extension_csv`: one purchase for stock a day from `start` on, of these costs in US dollars."""
    supplier, supplier_id = _SUPPLIERS[0]
    rows = []
    for place, cost in enumerate(costs):
        day = start + timedelta(days=place)
        product, worded = f"100509{place:04d}0033", f"US ${cost}"
        whole, _, part = str(cost).partition(".")
        rows.append(
            [
                f"{day:%b} {day.day}, {day.year}",
                f"{8_203_000_000_000_000 + place}",
                "Wooden desk lamp, box of 50",
                "1",
                worded,
                supplier,
                product,
                f"120000390{place:04d}",
                "",
                f"{worded}|{whole}|{part}",
                "USD",
                "Awaiting delivery",
                f"https://www.aliexpress.com/item/{product}.html",
                "",
                f"https://www.aliexpress.com/store/{supplier_id}",
                "",
            ]
        )
    return _csv(_EXTENSION_HEADER, rows)


def link_csv(*, orders: int = 60, seed: int = 1, start: date, days: int = 21, prefix: str = "#") -> bytes:
    """Two columns, as an assistant keeps them: store order, AliExpress order numbers (several in one cell)."""
    made = sample_orders(orders=orders, seed=seed, start=start, days=days, prefix=prefix)
    return _csv(
        ["Store order", "AliExpress order number"],
        ([order.number, ", ".join(order.aliexpress_numbers)] for order in made),
    )


def _csv(header: list[str], rows: Iterable[list[str]]) -> bytes:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return output.getvalue().encode()
