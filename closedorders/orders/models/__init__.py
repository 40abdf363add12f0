from __future__ import annotations

from .imports import Import, ImportChange, ImportIssue, ImportProfile
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
    "Import",
    "ImportChange",
    "ImportIssue",
    "ImportProfile",
    "OrderComment",
    "OrderFile",
    "Platform",
    "Store",
    "StoreOrder",
    "Supplier",
    "SupplierOrder",
]
