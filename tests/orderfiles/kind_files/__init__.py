"""One realistic file of each kind that can be imported, made on the headers of real ones (`headers/`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.orderfiles.kind_files.aliexpress import (
    BACKUP_ROW,
    EXTENSION_ROW,
    backup_file,
    backup_rows,
    extension_file,
    extension_json,
    order_list_file,
    userscript_file,
    userscript_orders_json,
    userscript_products_json,
)
from tests.orderfiles.kind_files.dsers import IDENTITY_NUMBERS, dsers_file
from tests.orderfiles.kind_files.links import links_file
from tests.orderfiles.kind_files.shopify import SHOPIFY_FURTHER_ROW, SHOPIFY_ROW, shopify_file
from tests.orderfiles.kind_files.tables import HEADERS, SHUFFLES, header_of, table
from tests.orderfiles.kind_files.woocommerce import (
    ADVANCED_PRODUCT,
    ADVANCED_ROW,
    advanced_file,
    analytics_file,
    webtoffee_file,
)

__all__ = [
    "ADVANCED_PRODUCT",
    "ADVANCED_ROW",
    "BACKUP_ROW",
    "EXTENSION_ROW",
    "HEADERS",
    "IDENTITY_NUMBERS",
    "KINDS",
    "SHOPIFY_FURTHER_ROW",
    "SHOPIFY_ROW",
    "SHUFFLES",
    "advanced_file",
    "analytics_file",
    "backup_file",
    "backup_rows",
    "dsers_file",
    "extension_file",
    "extension_json",
    "header_of",
    "links_file",
    "order_list_file",
    "shopify_file",
    "table",
    "userscript_file",
    "userscript_orders_json",
    "userscript_products_json",
    "webtoffee_file",
]

#: File -> the kind it is of, and how it is made. `shuffled` puts its columns in another order.
KINDS: Mapping[str, tuple[str, Callable[..., bytes]]] = {
    "Shopify": ("shopify_orders", shopify_file),
    "Analytics": ("woo_analytics", analytics_file),
    "WebToffee": ("woo_webtoffee", webtoffee_file),
    "Advanced Order Export": ("woo_advanced_export", advanced_file),
    "DSers": ("dsers_upload", dsers_file),
    "extension": ("aliexpress_inventory", extension_file),
    "extension, JSON": ("aliexpress_inventory_json", extension_json),
    "userscript": ("aliexpress_bulk_exporter", userscript_file),
    "userscript, products as JSON": ("aliexpress_bulk_exporter_json", userscript_products_json),
    "userscript, orders as JSON": ("aliexpress_bulk_exporter_json", userscript_orders_json),
    "list of orders": ("aliexpress_order_list", order_list_file),
    "data backup": ("aliexpress_backup", backup_file),
    "links": ("order_links", links_file),
}
