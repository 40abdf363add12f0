"""Free text about a case, as it may be stored: whoever sees a card's number in a chat may paste it into a note."""

from __future__ import annotations

from closedorders.accounts.models import Team
from closedorders.orderfiles.cells.cards_in_notes import numbers_like_cards, with_masked_cards
from closedorders.orders.models import SupplierOrder


def without_cards(team: Team, text: str) -> str:
    """The text with card numbers masked to their last four digits. Numbers of the team's AliExpress orders stay."""
    numbers = numbers_like_cards(text)
    if not numbers:
        return text
    orders = SupplierOrder.objects.filter(team=team, number__in=numbers)
    return with_masked_cards(text, orders=set(orders.values_list("number", flat=True)))
