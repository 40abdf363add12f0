from __future__ import annotations

from .orders import (
    BulkEdit,
    BulkEditRow,
    OrderComment,
    OrderFile,
    StoreOrder,
    SupplierOrder,
)
from .stores import BuyerAccount, Customer, Platform, Store, Supplier

__all__ = [
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
