"""One incident that hit as many customers as wanted, each with one closed order; and a campaign that tells them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from closedorders.accounts.models import Membership, Role, Team, User
from closedorders.cases.actions import open_case
from closedorders.cases.models import Case
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.orders.models import BuyerAccount, Customer, Platform, Store, StoreOrder, SupplierOrder
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, DiscountCode, Kind

from ..words import COUNTRIES, FIRST_NAMES, LAST_NAMES


@dataclass(frozen=True, slots=True)
class Hit:
    """A drafted campaign to `people` customers, and the merchant who sends it."""

    campaign: Campaign
    merchant: Membership
    people: int


def hit_customers(people: int, *, kind: Kind = Kind.RESOLUTION) -> Hit:
    """Make them in the present database; of an apology, the codes are in the shop already."""
    team = Team.objects.create(slug="bench", name="Bench", language="en", time_zone="Europe/Madrid")
    user = User.objects.create_user("merchant@bench.example", None, name="Merchant")
    merchant = Membership.objects.create(team=team, user=user, role=Role.MERCHANT)
    store = Store.objects.create(
        team=team, name="Bench shop", currency="EUR", platform=Platform.SHOPIFY,
        sender_name="Bench shop", sender_email="hello@bench.example",
    )  # fmt: skip
    account = BuyerAccount.objects.create(team=team, label="Main")
    reason = ClosureReason.objects.get(team=None, code="fraud_review")
    now = timezone.now()
    incident = Incident.objects.create(
        team=team, number=1, buyer_account=account, cause=reason, opened_at=now, owner=merchant
    )
    customers = Customer.objects.bulk_create(
        [
            Customer(
                store=store,
                name=f"{FIRST_NAMES[n % len(FIRST_NAMES)]} {LAST_NAMES[n // 30 % len(LAST_NAMES)]}",
                email=f"customer{n}@example.com",
                key=f"email:customer{n}@example.com",
                country=COUNTRIES[n % len(COUNTRIES)],
            )
            for n in range(people)
        ],
        batch_size=2_000,
    )
    money = {"subtotal": Decimal(40), "shipping": Decimal(5), "total": Decimal(45), "currency": "EUR"}
    orders = StoreOrder.objects.bulk_create(
        [
            StoreOrder(
                team=team, store=store, customer=customer, number=f"#{10_000 + n}", placed_at=now,
                supplier_state="closed_open", money_state="at_risk", told_state="not_told", untold=True, **money,
            )
            for n, customer in enumerate(customers)
        ],
        batch_size=2_000,
    )  # fmt: skip
    bought = SupplierOrder.objects.bulk_create(
        [
            SupplierOrder(
                team=team, store_order=order, number=str(8_200_000_000_000_000 + n), buyer_account=account,
                currency="USD", cost=Decimal("12.90"), placed_at=now, closure_logged=True,
            )
            for n, order in enumerate(orders)
        ],
        batch_size=2_000,
    )  # fmt: skip
    Closure.objects.bulk_create(
        [
            Closure(
                team=team, supplier_order=each, incident=incident, reason=reason, closed_at=now,
                logged_by=merchant,
            )
            for each in bought
        ],
        batch_size=2_000,
    )  # fmt: skip
    campaign = actions.create_campaign(incident=incident, kind=kind, store=store, by=merchant)
    if kind == Kind.RESOLUTION:
        _offer_codes(campaign, customers, merchant)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Hit(campaign, merchant, people)


def _offer_codes(campaign: Campaign, customers: list[Customer], merchant: Membership) -> None:
    """Ten percent each, loaded; no refund. The account is over its block."""
    case = open_case(incident=campaign.incident, by=merchant)
    Case.objects.filter(pk=case.pk).update(state="unblocked")
    actions.change_offer(
        campaign=campaign, by=merchant, code_percent=10, code_expires_on=None, refund_percent=0, gift="",
        new_date=None, refund_base="total",
    )  # fmt: skip
    now = timezone.now()
    DiscountCode.objects.bulk_create(
        [
            DiscountCode(
                store=campaign.store, campaign=campaign, incident=campaign.incident, customer=customer,
                code=f"bench10-{n:06d}x", percent=10, exported_at=now, loaded_at=now, loaded_by=merchant,
            )
            for n, customer in enumerate(customers)
        ],
        batch_size=2_000,
    )  # fmt: skip
