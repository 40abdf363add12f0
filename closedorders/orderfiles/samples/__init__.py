"""Order files as stores and browser extensions write them, made from a seed: for the demo team and for tests.

The files of one seed speak of the same orders: `shopify_csv`, `woocommerce_csv` and `dsers_csv` have them as a store
exports them, `aliexpress_extension_csv` what was bought for them, and `link_csv` which belongs to which. The same
arguments give the same bytes. Addresses are at reserved example domains; given and family names are common ones put
together at random.
"""

from .files import (
    aliexpress_extension_csv,
    dsers_csv,
    growing_purchases_csv,
    link_csv,
    shopify_csv,
    shopify_header,
    woocommerce_csv,
)
from .orders import SampleOrder, sample_orders

__all__ = [
    "SampleOrder", "aliexpress_extension_csv", "dsers_csv", "growing_purchases_csv", "link_csv", "sample_orders",
    "shopify_csv", "shopify_header", "woocommerce_csv",
]  # fmt: skip
