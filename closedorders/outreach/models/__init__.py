from __future__ import annotations

from .approvals import Approval
from .campaigns import Campaign, Kind, Template, TextVersion
from .contacts import DirectContact, Suppression
from .messages import Message
from .offers import DiscountCode, Refund

__all__ = [
    "Approval",
    "Campaign",
    "DirectContact",
    "DiscountCode",
    "Kind",
    "Message",
    "Refund",
    "Suppression",
    "Template",
    "TextVersion",
]
