"""What other parts of the product have about a store order: mails, refunds, codes, cases.

The later apps are reached through the relations they add to orders: this app does not import them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .models import StoreOrder, SupplierOrder

#: A mail, a code and a refund come once an incident; nobody has an order closed more often than this.
MOST = 50


@dataclass(frozen=True, slots=True)
class Links:
    """Rows of later apps, newest first. Codes are those of the incidents that hit this order."""

    mails: list[Any]
    refunds: list[Any]
    codes: list[Any]
    cases: list[Any]


def links_of(order: StoreOrder, bought: Sequence[SupplierOrder]) -> Links:
    """Three queries. `bought` comes with its closures, their incidents and the cases of these."""
    incidents = {closure.incident_id: closure.incident for each in bought for closure in each.closures.all()}
    mails = order.customer.messages.filter(closures__supplier_order__store_order=order).distinct()
    # The text of a mail is long and not shown here.
    mails = mails.defer("subject", "body", "reply_words")
    return Links(
        mails=list(mails.order_by("-pk")[:MOST]),
        refunds=list(order.refunds.order_by("-pk")[:MOST]),
        codes=list(
            order.customer.codes.filter(incident__in=list(incidents))
            .select_related("loaded_by__user")
            .order_by("-pk")[:MOST]
        ),
        cases=[
            incidents[pk].case for pk in sorted(incidents, reverse=True) if hasattr(incidents[pk], "case")
        ],
    )
