from __future__ import annotations

from .orders import (
    BulkEdit,
    BulkEditRow,
    OrderComment,
    OrderFile,
    StoreOrder,
    SupplierOrder,
)
from .stores import AlipayVerification, BuyerAccount, Customer, Platform, Store, Supplier

__all__ = [
    "AlipayVerification",
    "BulkEdit",
    "BulkEditRow",
    "BuyerAccount",
    "Customer",
    "OrderComment",
    "OrderFile",
    "Platform",
    "Store",
    "StoreOrder",
    "Supplier",
    "SupplierOrder",
]
