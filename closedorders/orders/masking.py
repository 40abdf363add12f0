"""What a member of a role may read of customers' addresses, wherever they stand: fields, notes, file cells, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from closedorders.accounts.models import Membership
from closedorders.core.masks import mask_addresses, mask_email

from .models import SupplierOrder

_EMAIL_CODES = frozenset(
    {"invalid_email", "email_hidden_character", "email_has_newline", "email_two_addresses"}
)
_EMAIL_WORDS = ("mail", "correo")


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of an address a person sees. Only merchants see it whole."""

    whole: bool

    @classmethod
    def of(cls, membership: Membership) -> Sight:
        return cls(whole=membership.is_merchant)

    def email(self, email: str) -> str:
        return email if self.whole else mask_email(email)

    def words(self, text: str) -> str:
        """Free text: people write addresses into names, notes and tags too."""
        return text if self.whole else mask_addresses(text)

    def params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """What of a file stands within a sentence of ours, whose own examples need no mask."""
        return {
            name: self.words(value) if isinstance(value, str) else value for name, value in params.items()
        }

    def cell(self, *, column: str, code: str, value: str) -> str:
        """A cell of a file, which may hold an address too broken to be found as one."""
        if self.whole or not value:
            return value
        name = column.casefold()
        if code in _EMAIL_CODES or any(word in name for word in _EMAIL_WORDS):
            return f"{value.strip()[:1]}•••"
        return self.words(value)


def mask_words(bought: Iterable[SupplierOrder], sight: Sight) -> None:
    """Mask what AliExpress, or whoever wrote the file, says in words of these orders, which are shown and not saved."""
    for each in bought:
        for name in ("status", "title", "tracking_number", "payment_method"):
            setattr(each, name, sight.words(getattr(each, name)))
        # Only where it was read along with them.
        if (supplier := each._state.fields_cache.get("supplier")) is not None:
            supplier.name = sight.words(supplier.name)
