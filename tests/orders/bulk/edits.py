"""Changes of many orders at once, as tests ask for them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from closedorders.accounts.models import Membership
from closedorders.orders.bulk.actions import apply_bulk_edit
from closedorders.orders.bulk.plan import VERBS
from closedorders.orders.models import BulkEdit, StoreOrder
from tests.cast import Cast
from tests.imports.files import text
from tests.orders.scenes import url

DAY: dict[str, Any] = {"promised_by": "2026-12-03"}


def apply(
    cast: Cast, verb: str, *orders: StoreOrder, by: Membership | None = None, **wanted: Any
) -> BulkEdit:
    return apply_bulk_edit(
        team=cast.team,
        verb=VERBS[verb],
        order_ids=[order.pk for order in orders],
        params=wanted,
        key=f"key {BulkEdit.objects.count()}",
        by=by or cast.merchant,
    )


def lacks_reason(order: StoreOrder) -> bool:
    return StoreOrder.objects.get(pk=order.pk).lacks_reason


def codes(edit: BulkEdit) -> dict[str, str]:
    return {each["number"]: each["code"] for each in edit.exceptions}


def carried(page: str) -> dict[str, str]:
    """The hidden fields of the page that asks."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def ask(browser: Client, cast: Cast, verb: str, **chosen: Any) -> str:
    return text(browser.get(url(cast, "bulk"), {"verb": verb, **chosen}, follow=True))
