"""What a member of a role may read: of customers' addresses, of refunds and of codes, in fields, notes, cells, history.

An assistant sees whether a refund is due, approved or paid and whether there is a code: no amount, percent or code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from closedorders.accounts.models import Membership
from closedorders.core.text.masks import mask_addresses, mask_email

from .models import SupplierOrder

_EMAIL_CODES = frozenset(
    {"invalid_email", "email_hidden_character", "email_has_newline", "email_two_addresses"}
)
_EMAIL_WORDS = ("mail", "correo")
#: Parts of what files call a column of refunds' amounts, and one of discount codes.
_REFUND_WORDS = ("refund", "reembols", "erstatt", "rembours", "rimbors")
_CODE_WORDS = (
    "discount code", "discount_code", "coupon", "cupon", "cupón", "voucher", "código de descuento", "gutschein",
)  # fmt: skip
#: Instead of what is no part of an address.
HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Sight:
    """How much a person sees. Only merchants see all: addresses whole, amounts of refunds, codes."""

    whole: bool

    @classmethod
    def of(cls, membership: Membership) -> Sight:
        return cls(whole=membership.is_merchant)

    def email(self, email: str) -> str:
        return email if self.whole else mask_email(email)

    def words(self, text: str) -> str:
        """Free text: people write addresses into names, notes and tags too."""
        return text if self.whole else mask_addresses(text)

    def refund(self, amount: str) -> str:
        """A refund's amount: that nothing was refunded is no secret, nor a word such as "refunded"."""
        return amount if self.whole or not re.search("[1-9]", amount) else HIDDEN

    def params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """What of a file stands within a sentence of ours, whose own examples need no mask."""
        return {
            name: self.words(value) if isinstance(value, str) else value for name, value in params.items()
        }

    def cell(self, *, column: str, code: str, value: str, refunds: str = "") -> str:
        """A cell of a file, which may hold an address too broken to be found as one.

        `refunds` is the column that a person said has the amounts of refunds.
        """
        if self.whole or not value:
            return value
        name = column.casefold()
        if any(word in name for word in _CODE_WORDS):
            return HIDDEN
        if column == refunds or any(word in name for word in _REFUND_WORDS):
            return self.refund(value)
        if code in _EMAIL_CODES or any(word in name for word in _EMAIL_WORDS):
            return f"{value.strip()[:1]}•••"
        return self.words(value)


@dataclass(frozen=True, slots=True)
class SeenSupplierOrder:
    """An AliExpress order with what files say of it in words, as a member may read them.

    The order itself stays as it is stored: a masked word in it would be stored by the next save.
    """

    order: SupplierOrder
    status: str
    title: str
    tracking_number: str
    supplier: str
    paid_with: str

    @classmethod
    def of(cls, order: SupplierOrder, sight: Sight) -> SeenSupplierOrder:
        # Only where it was read along with the order.
        supplier = order._state.fields_cache.get("supplier")
        return cls(
            order,
            status=sight.words(order.status),
            title=sight.words(order.title),
            tracking_number=sight.words(order.tracking_number),
            supplier=sight.words(str(supplier or "")),
            paid_with=sight.words(order.paid_with),
        )
