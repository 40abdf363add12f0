from __future__ import annotations

from ..compensations.models import Compensation
from .approvals import Approval, ApprovalRule
from .campaigns import Campaign, Kind, Template, TextVersion
from .contacts import DirectContact, Suppression
from .messages import Message
from .offers import DiscountCode, Refund

__all__ = [
    "Approval",
    "ApprovalRule",
    "Campaign",
    "Compensation",
    "DirectContact",
    "DiscountCode",
    "Kind",
    "Message",
    "Refund",
    "Suppression",
    "Template",
    "TextVersion",
]
