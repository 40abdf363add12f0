"""E-mail addresses on the pages of orders: whole for a merchant, masked for an assistant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from closedorders.accounts.models import Membership
from closedorders.orders.listing.cells import COLUMNS
from closedorders.orders.masking import Sight
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_store_order,
    make_supplier_order,
)
from tests.imports.files import text
from tests.orders.scenes import url

ClientOf = Callable[[Membership | None], Client]


def test_a_merchant_sees_the_address_and_an_assistant_a_mask(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    customer = make_customer(store, name="zoe@example.org", email="maria@example.com")
    order = make_store_order(store, customer, note="Write to lea@example.org", tags="vip, bo@example.net")
    pages = [url(cast, "order", order.pk), url(cast, "orders"), url(cast, "orders") + "?q=maria@example.com"]
    browser = client_of(cast.assistant)
    for page in pages:
        # What she typed into the search box herself comes back to her around the table, not inside it.
        shown = (
            text(browser.get(page)).replace("q=maria@example.com", "").replace("q=maria%40example.com", "")
        )
        shown = shown.replace('value="maria@example.com"', "").replace(">maria@example.com <svg", "><svg")
        for part in ("maria@", "zoe@", "lea@", "bo@"):
            assert part not in shown, (page, part)
        assert "m•••@e•••.com" in shown
    assert "maria@example.com" in text(client_of(cast.merchant).get(pages[0]))


def test_an_address_in_what_aliexpress_says_of_an_order_is_masked_for_an_assistant(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    said: dict[str, Any] = {
        "status": "Ask zoe@example.org",
        "tracking_number": "lea@example.org",
        "title": "Mug for bo@example.net",
        "payment_method": "eva@example.net",
    }
    bought = make_supplier_order(cast.team, make_store_order(store), **said)
    loose = make_supplier_order(cast.team, **said)
    for who in (cast.merchant, cast.assistant):
        who.preferences["order_columns"] = list(COLUMNS)
        who.save()
    pages = [
        url(cast, "orders"),
        url(cast, "orders") + "?view=unmatched",
        url(cast, "order", bought.store_order_id),
        url(cast, "supplier_order", loose.pk),
    ]
    for page in pages:
        assert "zoe@example.org" in text(client_of(cast.merchant).get(page))
        shown = text(client_of(cast.assistant).get(page))
        assert "z•••@e•••.org" in shown
        for part in ("zoe@", "lea@", "bo@", "eva@"):
            assert part not in shown, (page, part)
    asked = {"view": "all"}
    export = client_of(cast.assistant).post(url(cast, "orders_export"), asked)
    assert "lea@" not in b"".join(export.streaming_content).decode()  # type: ignore[attr-defined]  # the test client's answers have no public type


def test_masks_reach_addresses_in_free_text() -> None:
    sight = Sight(whole=False)
    assert (
        sight.words("call <maria@example.com>, or zoe＠example.org")
        == "call <m•••@e•••.com>, or z•••@e•••.org"
    )
    assert sight.cell(column="Correo", code="", value="no at sign") == "n•••"
    assert sight.cell(column="Total", code="invalid_amount", value="x1") == "x1"
    assert Sight(whole=True).words("maria@example.com") == "maria@example.com"
