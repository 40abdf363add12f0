"""A team on its bad day, to try the product with: made by the product's own importer, actions and worker.

Each step looks whether it has been taken, so that a demo that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts import actions as accounts
from closedorders.accounts.models import Membership, Role, Team, User
from closedorders.cases import actions as cases
from closedorders.cases.models import Case, Slot
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.core.refusals import Refused
from closedorders.documents.models import Document
from closedorders.imports import actions as import_actions
from closedorders.imports.models import Import
from closedorders.incidents.actions import end_incident, set_cause
from closedorders.orderfiles import samples
from closedorders.orders.actions import stores as store_actions
from closedorders.orders.models import BuyerAccount, Platform, Store, SupplierOrder
from closedorders.risk import actions as risk
from closedorders.risk.checklist.history import take_snapshot
from closedorders.risk.models import Confirmation, RiskSnapshot

from .demo_dates import happened_at

EMAILS = {
    Role.MERCHANT: "merchant@demo.test",
    Role.ASSISTANT: "assistant@demo.test",
    Role.REVIEWER: "reviewer@demo.test",
}
DAYS = 21
ORDERS = 60
SEED = 7
# Of the sixty orders, oldest first: some were closed in the weeks before, most of the newest on the bad day.
EARLIER = (2, 5, 6, 9, 12, 14, 15, 19, 21)
# One cause that needs no verification: what is said of them must fit that they were refunded and are over.
EARLIER_REASON = "payment_timeout"
BAD_DAY_FROM = 26
# Purchases for stock of the last weeks, in dollars a day, the last one yesterday: they climb towards the $10,000 at
# which AliExpress looks, so that the checklist has warned three days before the bad day.
CLIMB_DAYS, CLIMB_TO, CLIMB_BY, CLIMB_FROM = 28, 9_100, 550, 400
WARNED_DAYS = 10
WORKER_SECONDS = 90.0


class NoWorker(Exception):
    """No worker took the demo's files in time."""


def make_demo(password: str) -> bool:
    """Make or finish the demo team; False when the installation is already somebody's own.

    Needs a running worker. Raises `NoWorker`.
    """
    people = _people(password)
    if people is None:
        return False
    merchant, assistant, _reviewer = people
    store, account = _desk(merchant)
    # The story has people log the closures: the import must not find a storm and log them by itself.
    teams, usual = Team.objects.filter(pk=store.team_id), store.team.storm_closures
    teams.update(storm_closures=10_000)
    try:
        _import_files(store, account, assistant)
    finally:
        teams.update(storm_closures=usual)
    _earlier_incident(account, merchant, assistant)
    _warnings(merchant.team)
    _bad_day(account, merchant, assistant)
    return True


def _people(password: str) -> tuple[Membership, Membership, Membership] | None:
    found = {
        member.role: member
        for member in Membership.objects.live()
        .filter(user__email__in=EMAILS.values())
        .select_related("team", "user")
        .order_by("pk")
    }
    if Role.MERCHANT not in found:
        if User.objects.exists():
            return None
        found[Role.MERCHANT] = accounts.create_first_merchant(
            email=EMAILS[Role.MERCHANT],
            password=password,
            team_name="Casa Luna",
            name=str(_("Demo merchant")),
            time_zone="Europe/Madrid",
        )
        accounts.change_team(team=found[Role.MERCHANT].team, by=found[Role.MERCHANT], currency="EUR")
    merchant = found[Role.MERCHANT]
    names = {Role.ASSISTANT: _("Demo assistant"), Role.REVIEWER: _("Demo reviewer")}
    for role, name in names.items():
        if role not in found:
            invitation = accounts.invite(
                team=merchant.team, email=EMAILS[role], role=role, by=merchant
            ).invitation
            found[role] = accounts.accept_invitation(
                invitation=invitation, user=None, name=str(name), password=password
            )
    return merchant, found[Role.ASSISTANT], found[Role.REVIEWER]


def _desk(merchant: Membership) -> tuple[Store, BuyerAccount]:
    team = merchant.team
    store = Store.objects.filter(team=team).first() or store_actions.add_store(
        team=team,
        by=merchant,
        name="Casa Luna",
        platform=Platform.SHOPIFY,
        currency="EUR",
        language="es",
        sender_name="Casa Luna",
        sender_email="hola@casaluna.example",
        reply_to="",
    )
    account = BuyerAccount.objects.filter(team=team).first() or store_actions.add_buyer_account(
        team=team, by=merchant, label=str(_("Main")), tier="", card_country="ES", ordering_place="Madrid"
    )
    return store, account


def _import_files(store: Store, account: BuyerAccount, assistant: Membership) -> None:
    """The store's orders, then AliExpress's, then the file that joins them: read and saved by the worker."""
    # A day earlier than needed: the newest orders are older than what happened to them, at whatever hour this runs.
    start = timezone.localdate(timezone=store.team.zone) - timedelta(days=DAYS + 1)
    bad_day = len(list(_numbers(start_index=BAD_DAY_FROM)))
    files: list[tuple[str, Callable[[], bytes]]] = [
        (
            "orders_export_1.csv",
            lambda: samples.shopify_csv(orders=ORDERS, seed=SEED, start=start, days=DAYS),
        ),
        (
            "aliexpress_orders.csv",
            lambda: samples.aliexpress_extension_csv(
                orders=ORDERS, seed=SEED, start=start, days=DAYS, closed=bad_day
            ),
        ),
        (
            "order_links.csv",
            lambda: samples.link_csv(orders=ORDERS, seed=SEED, start=start, days=DAYS),
        ),
        ("aliexpress_stock.csv", lambda: _stock_csv(store.team)),
    ]
    for name, content in files:
        source = Import.objects.filter(team=store.team, file_name=name).exclude(state="cancelled").first()
        if source is None:
            source = import_actions.upload_import(
                team=store.team,
                upload=SimpleUploadedFile(name, content(), "text/csv"),
                store=store,
                buyer_account=account,
                by=assistant,
            )
        _wait(source, Import.State.PREVIEWED, Import.State.COMMITTING, Import.State.COMMITTED)
        if source.state == Import.State.PREVIEWED:
            import_actions.save_import(source=source, by=assistant)
        _wait(source, Import.State.COMMITTED)


def _stock_csv(team: Team) -> bytes:
    costs = [
        Decimal(max(CLIMB_TO - CLIMB_BY * days, CLIMB_FROM)).quantize(Decimal("0.01"))
        for days in reversed(range(CLIMB_DAYS))
    ]
    first = timezone.localdate(timezone=team.zone) - timedelta(days=CLIMB_DAYS)
    return samples.growing_purchases_csv(start=first, costs=costs)


def _wait(source: Import, *states: str) -> None:
    deadline = time.monotonic() + WORKER_SECONDS
    while True:
        source.refresh_from_db()
        if source.state in states:
            return
        if source.state == Import.State.REFUSED:
            raise Refused(_("The demo's file was refused."))
        if time.monotonic() > deadline:
            raise NoWorker
        time.sleep(0.05)


def _numbers(*, start_index: int) -> list[str]:
    """AliExpress numbers of the sample orders from this one on, oldest first."""
    made = samples.sample_orders(orders=ORDERS, seed=SEED, start=timezone.localdate(), days=DAYS)
    return [number for order in made if order.index >= start_index for number in order.aliexpress_numbers]


def _reason(code: str) -> ClosureReason:
    return ClosureReason.objects.get(team=None, code=code)


@transaction.atomic
def _earlier_incident(account: BuyerAccount, merchant: Membership, assistant: Membership) -> None:
    """A few closures of the weeks before, made good and over: what the charts compare the bad day with.

    Their payments were declined or came too late: logged within two hours, refunded the next day, and ended.
    """
    team = merchant.team
    if Incident.objects.filter(team=team).exists():
        return
    incident, over = None, timezone.now() - timedelta(days=3)
    for place, index in enumerate(EARLIER):
        number = _numbers(start_index=index)[0]
        bought = SupplierOrder.objects.get(team=team, number=number)
        closed_at = min((bought.placed_at or over) + timedelta(hours=20 + place), over - timedelta(days=2))
        with happened_at(team, closed_at + timedelta(hours=2)):
            result = closures.log_closures(
                team=team,
                numbers=[number],
                reason=_reason(EARLIER_REASON),
                buyer_account=account,
                closed_at=closed_at,
                by=assistant,
            )
        incident = result.incident or incident
        with happened_at(team, closed_at + timedelta(days=1)):
            for closure in result.logged:
                closures.set_outcome(closure=closure, outcome=Closure.Outcome.REFUNDED, by=merchant)
    if incident is not None:
        with happened_at(team, over):
            end_incident(incident=incident, by=merchant)


def _warnings(team: Team) -> None:
    """How the checklist stood on the evenings before the bad day, judged by what was known by then."""
    if RiskSnapshot.objects.filter(team=team).exists():
        return
    evening = timezone.localtime(timezone=team.zone).replace(hour=20, minute=0)
    for days in range(WARNED_DAYS, 0, -1):
        take_snapshot(team, now=evening - timedelta(days=days))


@transaction.atomic
def _bad_day(account: BuyerAccount, merchant: Membership, assistant: Membership) -> None:
    """Since yesterday: most of the newest orders are closed, and the account is to be verified.

    Five orders closed 21 hours ago are logged an hour later. After the many of five hours ago the case is opened,
    AliExpress is asked, and all documents but one are ready. Four more were closed meanwhile; nobody knows yet why.
    """
    team = merchant.team
    if Case.objects.filter(team=team).exists():
        return
    numbers = _numbers(start_index=BAD_DAY_FROM)
    now = timezone.now()

    def ago(hours: float) -> datetime:
        return now - timedelta(hours=hours)

    verified = str(_("Your order has been closed because your account needs to be verified."))
    incident = _log(numbers[:5], account, assistant, closed_at=ago(21), logged_at=ago(20), words=verified)
    incident = _log(numbers[5:-4], account, assistant, closed_at=ago(5), logged_at=ago(4.5), words=verified)
    with happened_at(team, ago(4)):
        set_cause(incident=incident, cause=_reason("fraud_review"), by=merchant)
        case = cases.open_case(incident=incident, by=merchant)
        cases.set_verification(case=case, verification=Case.Verification.ACCOUNT, by=merchant)
    with happened_at(team, ago(3.5)):
        cases.log_contact(
            case=case,
            by=assistant,
            summary=str(
                _("They ask for six documents and say the account is checked within a day of getting them.")
            ),
            promise=str(_("An answer within 24 hours of the documents")),
        )
    for hours, slot in zip(
        (3, 2.5, 2, 1.5, 1), case.slots.exclude(kind=Document.Kind.CARD_FRONT), strict=True
    ):
        with happened_at(team, ago(hours)):
            cases.set_slot(slot=slot, state=Slot.State.READY, by=merchant)
    _log(numbers[-4:], account, assistant, closed_at=ago(2), logged_at=ago(1.5))
    if not Confirmation.objects.filter(team=team).exists():
        with happened_at(team, ago(0.5)):
            for check_code in ("travel", "account_change"):
                risk.confirm_check(
                    team=team, check_code=check_code, answer=Confirmation.Answer.FINE, by=merchant
                )


def _log(
    numbers: list[str],
    account: BuyerAccount,
    by: Membership,
    *,
    closed_at: datetime,
    logged_at: datetime,
    words: str = "",
) -> Incident:
    """Log them as orders of the account that is to be verified; without AliExpress's words nobody is sure why."""
    with happened_at(by.team, logged_at):
        result = closures.log_closures(
            team=by.team,
            numbers=numbers,
            reason=_reason("fraud_review") if words else None,
            buyer_account=account,
            closed_at=closed_at,
            words=words,
            by=by,
        )
    assert result.incident is not None  # noqa: S101 - these orders have no closure yet
    return result.incident


def set_passwords(team: Team, password: str) -> None:
    """Give the demo's people this password, where it is not theirs already."""
    for user in User.objects.filter(email__in=EMAILS.values(), memberships__team=team):
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
