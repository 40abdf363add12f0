"""Values of changed rows as a member may read them: in words, masked by role, keys as what they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.db.models import Model
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .masking import Sight
from .models import BuyerAccount, Customer, StoreOrder, Supplier
from .order_lines import OrderLine


class Changed(Protocol):
    """A row that says what another row was before and after, column by column."""

    before: dict[str, Any]
    after: dict[str, Any]


#: Columns that are no news for people.
_UNSAID = frozenset(
    {
        "came_on_line", "came_with", "came_with_id", "created_at", "customer", "edited_fields", "key",
        "lacks_reason", "money_state", "status_code", "supplier_state", "told_state", "untold", "updated_at",
    }
)  # fmt: skip
#: Columns that hold the key of another row, and what says which row that is.
_KEYS: dict[str, tuple[type[Model], str]] = {
    "store_order_id": (StoreOrder, "number"),
    "supplier_id": (Supplier, "name"),
    "buyer_account_id": (BuyerAccount, "label"),
    "customer_id": (Customer, "email"),
}
_AMOUNTS = frozenset({"subtotal", "shipping", "total", "refunded", "cost"})
Names = dict[tuple[str, int], str]


def names_of(things: Iterable[Model]) -> Names:
    """What the rows behind `_KEYS` are called, as far as the page has them."""
    names: Names = {}
    for thing in things:
        for key, (model, name) in _KEYS.items():
            if isinstance(thing, model):
                names[key, thing.pk] = getattr(thing, name)
            elif (found := thing._state.fields_cache.get(key.removesuffix("_id"))) is not None:
                names[key, found.pk] = getattr(found, name)
    return names


def name_others(names: Names, rows: Iterable[Changed]) -> None:
    """Look up what the other rows are called that these changes name: a query for each of `_KEYS` at most."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for key in _KEYS:
            wanted[key] |= {
                pk
                for values in (row.before, row.after)
                if (pk := values.get(key)) is not None and (key, pk) not in names
            }
    for key, pks in wanted.items():
        model, name = _KEYS[key]
        if pks:
            found = model._default_manager.filter(pk__in=pks).values_list("pk", name)
            names.update({(key, pk): called for pk, called in found})


def as_seen(values: dict[str, Any], sight: Sight, names: Names | None = None) -> dict[str, Any]:
    """Values in words, without those that are no news.

    Masked before anything is cut short: half an address must not pass as no address.
    """
    seen = {}
    for name, value in values.items():
        if name in _UNSAID:
            continue
        if name in _KEYS:
            named = (names or {}).get((name, value)) if value is not None else ""
            # A customer is another one where the e-mail is.
            told, shown = (
                ("customer_email", sight.email)
                if name == "customer_id"
                else (name.removesuffix("_id"), sight.words)
            )
            seen[told] = _("one that is gone") if named is None else shown(named) or None
        elif name in _AMOUNTS and value is not None:
            seen[name] = sight.refund(_amount(value)) if name == "refunded" else _amount(value)
        elif name == "lines" and isinstance(value, list):
            seen[name] = sight.words(", ".join(_line(line) for line in value[:20]))
        else:
            seen[name] = sight.words(value) if isinstance(value, str) else value
    return seen


def _amount(value: Any) -> str:
    """Written the reader's way, with the decimals that say something: stored amounts have four."""
    try:
        amount = Decimal(str(value))
        cents = amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return str(value)
    return number_format(cents if cents == amount else amount.normalize(), force_grouping=True)


def _line(line: Any) -> str:
    """`3 × Lamp`, of an `OrderLine` as a change has it."""
    if not isinstance(line, list | tuple) or len(line) != len(OrderLine._fields):
        return str(line)
    told = OrderLine(*line)
    return f"{told.quantity} × {told.name or told.sku}"
