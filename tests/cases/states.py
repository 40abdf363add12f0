from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from closedorders.cases import moves
from closedorders.cases.models import Case, Contact
from closedorders.orders.models import BuyerAccount
from tests.cast import Cast

STATES = list(moves.TURNS)


def due(cast: Cast, now: datetime | None = None) -> QuerySet[Contact]:
    return Contact.objects.for_team(cast.team).due(now or timezone.now())


def account_state(case: Case) -> str:
    return BuyerAccount.objects.get(pk=case.buyer_account_id).state
