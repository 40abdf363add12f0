"""The files that can be imported, as the Imports page lists them, each with a sample to try."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.downloads import as_download
from closedorders.orderfiles.samples import (
    aliexpress_extension_csv,
    dsers_csv,
    link_csv,
    shopify_csv,
    woocommerce_csv,
)


@dataclass(frozen=True, slots=True)
class KindOfFile:
    """A program whose files can be imported: which of them, and the name of a sample ("" without one)."""

    program: str | Promise
    files: str | Promise
    sample: str = ""


KINDS_OF_FILES = (
    KindOfFile(
        "Shopify",
        _("The order export as the shop sends it, with fewer columns, or saved again by a spreadsheet."),
        "shopify",
    ),
    KindOfFile(
        "WooCommerce",
        _(
            "The exports of the plugins “Advanced Order Export” and “WebToffee”, and the orders report of Analytics, "
            "which has no e-mail addresses."
        ),
        "woocommerce",
    ),
    KindOfFile(
        "DSers",
        _("The template for uploading orders. Its identity numbers are not read."),
        "dsers",
    ),
    KindOfFile(
        "AliExpress",
        _(
            "The “Shopper Inventory” extension (CSV or JSON), the “Bulk Order Exporter” script (text or JSON), a plain "
            "list of orders, or the workbook of your personal data that AliExpress sends (XLSX)."
        ),
        "aliexpress",
    ),
    KindOfFile(
        _("Your own list"),
        _(
            "Two columns: store order, and its AliExpress order numbers. With status or tracking number beside them, "
            "you say once which column is what."
        ),
        "order-numbers",
    ),
    KindOfFile(
        _("Anything else"),
        _("Any other table with a header row, as CSV or XLSX: you say once which column is what."),
    ),
)

# Apart from every number a store gives out: trying a sample must not change an order that is there.
SAMPLE_PREFIX = "#SAMPLE-"
_SAMPLE_ORDERS, _SAMPLE_DAYS = 12, 8


@team_page(MERCHANT, ASSISTANT)
def sample_file(request: TeamRequest, name: str) -> HttpResponse:
    """A small file of made-up orders of the last days, to try an import with."""
    start = timezone.localdate() - timedelta(days=10)
    if name not in _SAMPLES:
        raise Http404
    response = HttpResponse(_SAMPLES[name](start), content_type="text/csv; charset=utf-8")
    return as_download(response, f"sample-{name}.csv")


def _sample_shopify(start: date) -> bytes:
    return shopify_csv(orders=_SAMPLE_ORDERS, start=start, days=_SAMPLE_DAYS, prefix=SAMPLE_PREFIX)


def _sample_woocommerce(start: date) -> bytes:
    # Another shop: its orders are not those of the other samples.
    return woocommerce_csv(
        orders=_SAMPLE_ORDERS, seed=2, start=start, days=_SAMPLE_DAYS, prefix=f"{SAMPLE_PREFIX}W"
    )


def _sample_dsers(start: date) -> bytes:
    return dsers_csv(
        orders=_SAMPLE_ORDERS, seed=3, start=start, days=_SAMPLE_DAYS, prefix=f"{SAMPLE_PREFIX}D"
    )


def _sample_aliexpress(start: date) -> bytes:
    return aliexpress_extension_csv(orders=_SAMPLE_ORDERS, start=start, days=_SAMPLE_DAYS, closed=4)


def _sample_links(start: date) -> bytes:
    return link_csv(orders=_SAMPLE_ORDERS, start=start, days=_SAMPLE_DAYS, prefix=SAMPLE_PREFIX)


_SAMPLES: Mapping[str, Callable[[date], bytes]] = {
    "shopify": _sample_shopify,
    "woocommerce": _sample_woocommerce,
    "dsers": _sample_dsers,
    "aliexpress": _sample_aliexpress,
    "order-numbers": _sample_links,
}
