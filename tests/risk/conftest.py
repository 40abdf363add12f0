from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from closedorders.orders.models import BuyerAccount
from tests.cast import Cast
from tests.factories import make_buyer_account, make_supplier_order
from tests.risk.test_checklist import imported


@pytest.fixture
def account(cast: Cast) -> BuyerAccount:
    """An account that spends 9,500 dollars today, in a team whose orders are up to date."""
    imported(cast, timezone.now())
    account = make_buyer_account(cast.team, "Main", card_country="ES", ordering_place="Madrid")
    make_supplier_order(cast.team, buyer_account=account, cost=Decimal(9_500))
    return account
