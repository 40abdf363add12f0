"""Amounts of the checklist in words."""

from __future__ import annotations

from decimal import Decimal

from closedorders.core.money import format_whole_money

from ..facts.rates import USD


def usd(amount: Decimal | int) -> str:
    """Whole dollars: rules speak of thousands."""
    return format_whole_money(Decimal(amount), USD)
