from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.actions import create_drill_team
from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.closures.actions import log_closures
from closedorders.closures.models import ClosureReason, Incident
from closedorders.core.database.deletion import delete_with_everything
from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.refusals import Refused
from closedorders.orderfiles.samples import sample_orders
from closedorders.orders.actions.stores import add_buyer_account, add_store
from closedorders.orders.models import Customer, Platform, Store, StoreOrder, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from .reads import drill_progress

ORDERS = 12
LASTS = timedelta(days=1)
"""After so long a drill that nobody ended is deleted."""
# Reserved for names that lead nowhere (RFC 2606): even by mistake no mail server finds these customers.
DOMAIN = "drill.invalid"


@transaction.atomic
def start_drill(*, team: Team, by: Membership) -> Incident:
    """A bad day that never was: a team of its own with made-up orders, and an incident of them. Returns the incident.

    It is a team of its own so that nothing of it counts in the real one's figures, statistics or checklist.
    """
    allow(by, MERCHANT, team_id=team.pk)
    name = _("DRILL · %(team)s") % {"team": team.name}
    member = create_drill_team(team=team, name=name, by=by)
    drill = member.team
    language = drill.language or by.user.language or "en"
    store = add_store(
        team=drill,
        by=member,
        name=str(_("Drill shop")),
        platform=Platform.OTHER,
        currency=drill.currency,
        language=language,
        sender_name=str(_("Drill shop")),
        sender_email=f"shop@{DOMAIN}",
        reply_to="",
    )
    account = add_buyer_account(
        team=drill, by=member, label=str(_("Drill account")), tier="", card_country="", ordering_place=""
    )
    numbers = _made_up_orders(store, language)
    SupplierOrder.objects.filter(team=drill).update(buyer_account=account)
    now = timezone.now()
    closed = log_closures(
        team=drill,
        numbers=numbers,
        reason=ClosureReason.objects.get(team=None, code="fraud_review"),
        buyer_account=account,
        closed_at=now,
        words=str(_("DRILL: your order has been closed because your account needs to be verified.")),
        by=member,
    )
    if closed.incident is None:
        raise Refused(_("The drill's orders could not be logged. Nothing was saved."))
    return closed.incident


def _made_up_orders(store: Store, language: str) -> list[str]:
    """Sales with their AliExpress orders; the numbers of these."""
    today = timezone.localdate(timezone=store.team.zone)
    made = list(sample_orders(orders=ORDERS, seed=store.pk, start=today - timedelta(days=3), days=3))
    customers = Customer.objects.bulk_create(
        Customer(
            store=store,
            key=f"email:customer{order.index}@{DOMAIN}",
            name=order.name,
            email=f"customer{order.index}@{DOMAIN}",
            language=language,
        )
        for order in made
    )
    orders = StoreOrder.objects.bulk_create(
        StoreOrder(
            store=store,
            team=store.team,
            number=f"DRILL-{order.index + 1}",
            customer=customer,
            currency=store.currency,
            subtotal=Decimal(25 + order.index),
            shipping=Decimal(5),
            total=Decimal(30 + order.index),
            placed_at=order.placed_at,
            financial_status="paid",
        )
        for order, customer in zip(made, customers, strict=True)
    )
    bought = SupplierOrder.objects.bulk_create(
        SupplierOrder(
            team=store.team,
            number=order.aliexpress_numbers[0],
            store_order=sale,
            currency="USD",
            cost=Decimal(12 + order.index),
            placed_at=order.placed_at,
        )
        for order, sale in zip(made, orders, strict=True)
    )
    refresh_status(order.pk for order in orders)
    return [order.number for order in bought]


class DrillResult(NamedTuple):
    """How long it took (None: not all steps were done), and how many steps were."""

    took: timedelta | None
    steps: int
    of: int


@transaction.atomic
def end_drill(*, drill: Team, by: Membership | None) -> DrillResult:
    """Delete the drill and everything in it, its mails too. The real team's audit trail says how long it took.

    `by` is a merchant of the drill or of the real team; None where nobody ended it in time.
    """
    if by is not None:
        allow(by, MERCHANT, team_id=drill.pk if by.team_id == drill.pk else drill.drill_of_id or 0)
    # Whoever waited here finds it gone.
    if not Team.objects.select_for_update().filter(pk=drill.pk, drill_of__isnull=False).exists():
        raise Refused(_("There is no fire drill to end: somebody ended it before you."))
    real = drill.drill_of
    if real is None:
        raise Refused(_("Only a fire drill can be deleted like this."))
    lock_team(real.pk)
    progress = drill_progress(drill)
    done = sum(step.at is not None for step in progress.steps)
    result = DrillResult(progress.took, done, len(progress.steps))
    record(
        by=by.user if by else None,
        verb="drill_ended",
        thing=real,
        team=real,
        after={
            "steps": f"{done}/{len(progress.steps)}",
            "minutes": int(result.took.total_seconds() // 60) if result.took is not None else None,
        },
    )
    key = str(drill.pk)
    delete_with_everything(drill)
    transaction.on_commit(lambda: _forget_mails(key))
    return result


def _forget_mails(team_key: str) -> None:
    LocalMailbox(settings.LOCAL_MAILBOX).remove_all(team_header=team_key)


def remove_old_drills() -> int:
    """Delete the drills that nobody ended within a day; how many."""
    old = Team.objects.filter(drill_of__isnull=False, created_at__lt=timezone.now() - LASTS)
    removed = 0
    for drill in old.select_related("drill_of").order_by("pk")[:100]:
        end_drill(drill=drill, by=None)
        removed += 1
    return removed
