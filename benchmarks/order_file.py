"""Shopify's order file of any size, the same for the same seed."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .words import COUNTRIES, FIRST_NAMES, LAST_NAMES, PRODUCTS, SEED

HEADER_FILE = (
    Path(__file__).parent.parent / "tests" / "orderfiles" / "headers" / "shopify" / "79col_2022-2026.csv"
)


def shopify_header() -> list[str]:
    with HEADER_FILE.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def shopify_rows(rows: int, *, seed: int = SEED) -> Iterator[list[str]]:
    """Rows of 79 cells: of ten orders, three have a second row with one more product."""
    header = shopify_header()
    place = {name: number for number, name in enumerate(header)}
    chance = random.Random(seed)
    newest = datetime(2026, 10, 1, 12, tzinfo=UTC)
    written = order = 0
    while written < rows:
        order += 1
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        price, quantity = chance.randrange(500, 9000) / 100, chance.randrange(1, 4)
        number, country = f"#{1000 + order}", chance.choice(COUNTRIES)
        when = (newest - timedelta(seconds=97 * order)).strftime("%Y-%m-%d %H:%M:%S +0000")
        street, town, code = f"Calle Mayor {order % 90}", "Madrid", f"{10000 + order % 80000}"
        cells = {
            "Name": number,
            "Email": f"buyer{order}@example.com",
            "Financial Status": "paid",
            "Paid at": when,
            "Fulfillment Status": chance.choice(["fulfilled", "unfulfilled"]),
            "Accepts Marketing": "no",
            "Currency": "EUR",
            "Subtotal": f"{price * quantity:.2f}",
            "Shipping": "4.95",
            "Taxes": "0.00",
            "Total": f"{price * quantity + 4.95:.2f}",
            "Shipping Method": "Standard",
            "Created at": when,
            "Lineitem quantity": str(quantity),
            "Lineitem name": chance.choice(PRODUCTS),
            "Lineitem price": f"{price:.2f}",
            "Lineitem sku": f"SKU-{order % 500}",
            "Lineitem requires shipping": "true",
            "Lineitem taxable": "true",
            "Lineitem fulfillment status": "fulfilled",
            "Payment Method": "Shopify Payments",
            "Vendor": "Casa Luna",
            "Id": str(5_000_000_000_000 + order),
            "Risk Level": "Low",
            "Source": "web",
            "Phone": "",
        }
        for side in ("Billing", "Shipping"):
            cells |= {
                f"{side} Name": f"{first} {last}",
                f"{side} Street": street,
                f"{side} Address1": street,
                f"{side} City": town,
                f"{side} Zip": code,
                f"{side} Country": country,
                f"{side} Phone": f"+34600{order % 1_000_000:06d}",
            }
        row = [""] * len(header)
        for name, value in cells.items():
            row[place[name]] = value
        yield row
        written += 1
        if order % 10 < 3 and written < rows:
            more = [""] * len(header)
            for name in ("Name", "Email", "Vendor", "Lineitem requires shipping", "Lineitem taxable"):
                more[place[name]] = cells[name]
            more[place["Created at"]] = when
            more[place["Lineitem quantity"]] = "1"
            more[place["Lineitem name"]] = chance.choice(PRODUCTS)
            more[place["Lineitem price"]] = "9.99"
            more[place["Lineitem fulfillment status"]] = "fulfilled"
            yield more
            written += 1


def write_shopify_file(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(shopify_header())
        writer.writerows(shopify_rows(rows))
    return path
