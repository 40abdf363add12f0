from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Incident
from closedorders.core.delivery import Delivery
from closedorders.core.queue import ring
from closedorders.core.refusals import Refused
from closedorders.orders.models import Customer, Store

from . import codes, rendering, sending, wording
from .address_checks import is_wire_safe, why_blocked
from .audience import Exclusion, Person
from .models import Campaign, DiscountCode, Kind, Message, Refund, Suppression, Template
from .plans import Letter, Plan
from .tasks import send_campaign
from .transports import open_transport

ROWS_AT_ONCE = 200
TEST_PATIENCE = 10.0
OFFER_FIELDS = (
    "code_percent",
    "code_expires_on",
    "refund_percent",
    "refund_base",
    "gift",
    "new_date",
)


# -- The campaign ------------------------------------------------------------------------------------------------------


def _lock(campaign: Campaign, *states: Campaign.State) -> Campaign:
    """The campaign as it stands now, held until the transaction ends. Refused when it is in none of `states`.

    The incident is locked first: the messages of all its campaigns share one constraint.
    """
    Incident.objects.select_for_update().get(pk=campaign.incident_id)
    fresh: Campaign = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("team", "store", "incident")
        .get(pk=campaign.pk)
    )
    if states and fresh.state not in states:
        raise Refused(_REFUSALS[Campaign.State(fresh.state)]())
    return fresh


_REFUSALS = {
    Campaign.State.DRAFT: lambda: _("This has not been sent yet."),
    Campaign.State.SENDING: lambda: _(
        "This is being sent already, perhaps from another window. Nothing was sent twice."
    ),
    Campaign.State.PAUSED: lambda: _("This is paused: resume or cancel it first."),
    Campaign.State.FINISHED: lambda: _("This is finished: everyone in it has been dealt with."),
    Campaign.State.CANCELLED: lambda: _("This was cancelled. Start it anew from the incident."),
}


@transaction.atomic
def create_campaign(*, incident: Incident, kind: Kind, store: Store, by: Membership) -> Campaign:
    """A draft for the customers of `store` hit by `incident`; the one that is still open, if there is one."""
    allow(by, MERCHANT, team_id=incident.team_id)
    allow(by, MERCHANT, team_id=store.team_id)
    Incident.objects.select_for_update().get(pk=incident.pk)
    found: Campaign | None = (
        Campaign.objects.for_team(incident.team)
        .open()
        .filter(incident=incident, kind=kind, store=store)
        .order_by("-pk")
        .first()
    )
    if found is not None:
        return found
    offer = {"code_percent": 0, "refund_percent": 0} if kind == Kind.HOLDING else {}
    campaign = Campaign.objects.create(
        team=incident.team, incident=incident, kind=kind, store=store, created_by=by, **offer
    )
    record(by=by, verb="campaign_created", thing=campaign, after={"kind": kind, "store": store.name})
    return campaign


@transaction.atomic
def change_offer(*, campaign: Campaign, by: Membership, **offer: Any) -> Campaign:
    """Change what a draft offers (any of `OFFER_FIELDS`). Codes and refunds follow when they are prepared again."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.DRAFT)
    if fresh.kind == Kind.HOLDING:
        offer = {"new_date": offer.get("new_date")}
    before = {
        name: getattr(fresh, name)
        for name in OFFER_FIELDS
        if name in offer and getattr(fresh, name) != offer[name]
    }
    if before:
        for name in before:
            setattr(fresh, name, offer[name])
        fresh.save(update_fields=list(before))
        after = {name: offer[name] for name in before}
        record(by=by, verb="offer_changed", thing=fresh, before=before, after=after)
    return fresh


@transaction.atomic
def prepare(*, campaign: Campaign, by: Membership) -> Plan:
    """Make the codes and refunds the offer needs for everyone in the audience; again for whoever was added since.

    What fits stays. A code of another worth that was never mailed gives way to a new one; a refund of another amount
    that is not paid is proposed anew. Orders without an amount get none: `Plan.without_amount` lists them.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.DRAFT)
    plan = Plan(fresh)
    made = _prepare_codes(plan)
    refunds = _prepare_refunds(plan)
    if made or refunds:
        record(by=by, verb="campaign_prepared", thing=fresh, after={"codes": made, "refunds": refunds})
    return Plan(fresh)


def _prepare_codes(plan: Plan) -> int:
    campaign, people = plan.campaign, plan.without_code
    if not plan.offers_code:
        return 0
    moved = [plan.codes[p.customer.pk].pk for p in plan.people if plan.code_of(p) is not None]
    DiscountCode.objects.filter(pk__in=moved).exclude(campaign=campaign).update(campaign=campaign)
    outdated = [plan.codes[p.customer.pk].pk for p in people if p.customer.pk in plan.codes]
    DiscountCode.objects.filter(pk__in=outdated).delete()
    for start in range(0, len(people), ROWS_AT_ONCE):
        _make_codes(campaign, people[start : start + ROWS_AT_ONCE])
    return len(people)


def _make_codes(campaign: Campaign, people: list[Person]) -> None:
    """Codes for these people that no other code of the store equals. Whole sets are drawn until none is taken."""
    taken: set[str] = set()
    while True:
        drawn: dict[int, str] = {}
        for person in people:
            used = taken.union(drawn.values())
            drawn[person.customer.pk] = codes.make_code(
                person.customer.name, campaign.code_percent, used.__contains__
            )
        clashes = set(
            DiscountCode.objects.filter(store=campaign.store, code__in=drawn.values()).values_list(
                "code", flat=True
            )
        )
        if not clashes:
            break
        taken |= clashes
    DiscountCode.objects.bulk_create(
        DiscountCode(
            store=campaign.store,
            campaign=campaign,
            incident=campaign.incident,
            customer=person.customer,
            code=drawn[person.customer.pk],
            percent=campaign.code_percent,
            expires_on=campaign.code_expires_on,
        )
        for person in people
    )


def _prepare_refunds(plan: Plan) -> int:
    campaign = plan.campaign
    if not plan.offers_refund:
        open_states = [Refund.State.PROPOSED, Refund.State.APPROVED]
        theirs = [order.pk for person in plan.people for order in person.orders]
        return Refund.objects.filter(
            incident=campaign.incident, store_order__in=theirs, state__in=open_states
        ).update(state=Refund.State.DROPPED)
    new, changed, moved = [], [], []
    for item in plan.order_refunds:
        refund = item.refund
        if refund is not None and refund.campaign_id != campaign.pk:
            moved.append(refund.pk)
        if item.is_prepared or item.amount is None:
            continue
        if refund is None:
            new.append(
                Refund(
                    team=campaign.team,
                    campaign=campaign,
                    incident=campaign.incident,
                    store_order=item.order,
                    amount=item.amount,
                    currency=item.currency,
                    percent=campaign.refund_percent,
                )
            )
        else:
            refund.amount, refund.currency = item.amount, item.currency
            refund.percent, refund.state = campaign.refund_percent, Refund.State.PROPOSED
            refund.approved_at = refund.approved_by = None
            changed.append(refund)
    Refund.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
    Refund.objects.bulk_update(
        changed,
        ["amount", "currency", "percent", "state", "approved_at", "approved_by"],
        batch_size=ROWS_AT_ONCE,
    )
    Refund.objects.filter(pk__in=moved).update(campaign=campaign)
    return len(new) + len(changed)


@transaction.atomic
def change_texts(
    *, campaign: Campaign, language: str, subject: str, body: str, reason: str, by: Membership
) -> Campaign:
    """The draft's own words in one language. A blank `body` goes back to the store's or built-in words."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.DRAFT)
    texts = dict(fresh.texts)
    if body.strip():
        texts[language] = {
            "subject": rendering.single_line(subject),
            "body": body,
            "reason": rendering.single_line(reason),
        }
    else:
        texts.pop(language, None)
    if texts != fresh.texts:
        fresh.texts = texts
        fresh.save(update_fields=["texts"])
        record(by=by, verb="campaign_text_changed", thing=fresh, after={"language": language})
    return fresh


@transaction.atomic
def leave_out(*, campaign: Campaign, customer: Customer, by: Membership) -> None:
    """Send this customer nothing in this campaign, whatever the reason."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.DRAFT)
    person = next((p for p in Plan(fresh).people if p.customer.pk == customer.pk), None)
    if person is None:
        return
    _freeze(fresh, [], [(person, Exclusion.LEFT_OUT)])
    record(by=by, verb="customer_left_out", thing=fresh, after={"customer": customer.pk})


@transaction.atomic
def take_in(*, campaign: Campaign, customer: Customer, by: Membership) -> None:
    """Undo `leave_out`."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.DRAFT)
    if fresh.messages.filter(customer=customer, skip_reason=Exclusion.LEFT_OUT).update(skip_reason=""):
        record(by=by, verb="customer_taken_in", thing=fresh, after={"customer": customer.pk})


@transaction.atomic
def approve_campaign(*, campaign: Campaign, typed_count: int, by: Membership) -> Campaign:
    """The gate. Freezes one message per person and starts the time in which the send may be taken back.

    Refused with the first thing that is missing, or when `typed_count` is not how many people would be written to.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.DRAFT)
    plan = Plan(fresh)
    for check in plan.checks:
        if not check.ok:
            raise Refused(check.words)
    if typed_count != len(plan.people):
        raise Refused(
            _("You typed %(typed)s, but %(count)s people would be written to. Look at the list again.")
            % {"typed": typed_count, "count": len(plan.people)}
        )
    now = timezone.now()
    fresh.starts_at = now + timedelta(seconds=settings.SEND_UNDO_SECONDS)
    fresh.state, fresh.approved_at, fresh.approved_by = Campaign.State.SENDING, now, by
    fresh.pause_cause = fresh.pause_reason = ""
    fresh.save(
        update_fields=["state", "starts_at", "approved_at", "approved_by", "pause_cause", "pause_reason"]
    )
    letters = [plan.letter(person) for person in plan.people]
    _freeze(fresh, letters, [(left.person, left.why) for left in plan.audience.excluded])
    record(
        by=by,
        verb="campaign_approved",
        thing=fresh,
        after={"people": len(letters), "left_out": len(plan.audience.excluded)},
    )
    ring(send_campaign, fresh.pk)
    return fresh


_FROZEN = (
    "campaign",
    "state",
    "skip_reason",
    "recipient",
    "language",
    "subject",
    "body",
    "not_before",
    "claimed_until",
    "submitting_at",
    "settled_at",
    "reason",
    "reply_code",
    "reply_words",
)
# Rows that say something about a mail of another campaign are not touched by being left out of this one.
_KEPT = frozenset({Exclusion.TOLD, Exclusion.WAITING, Exclusion.UNCERTAIN, Exclusion.FAILED})


def _freeze(
    campaign: Campaign, letters: Iterable[Letter], left_out: Iterable[tuple[Person, Exclusion]]
) -> None:
    """Write the rows of the outbox. A customer's row of this incident and kind is used again where there is one."""
    rows: list[tuple[Message, Person]] = []
    for letter in letters:
        row = _row(campaign, letter.person)
        row.state, row.skip_reason = Message.State.QUEUED, ""
        row.subject, row.body = letter.subject, letter.body
        rows.append((row, letter.person))
    for person, why in left_out:
        if why in _KEPT:
            continue
        row = _row(campaign, person)
        row.state, row.skip_reason = Message.State.SKIPPED, why
        row.subject = row.body = ""
        rows.append((row, person))
    new = [row for row, _person in rows if row.pk is None]
    used_again = [row for row, _person in rows if row.pk is not None]
    Message.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
    Message.objects.bulk_update(used_again, _FROZEN, batch_size=ROWS_AT_ONCE)
    links = Message.closures.through.objects
    links.filter(message__in=used_again).delete()
    links.bulk_create(
        [
            Message.closures.through(message_id=row.pk, closure_id=closure_id)
            for row, person in rows
            for closure_id in person.closure_ids
        ],
        batch_size=ROWS_AT_ONCE,
    )


def _row(campaign: Campaign, person: Person) -> Message:
    now = timezone.now()
    row = person.message or Message(
        team=campaign.team,
        incident=campaign.incident,
        kind=campaign.kind,
        customer=person.customer,
        created_at=now,
        message_id=rendering.message_id(
            f"{campaign.incident_id}-{campaign.kind}-{person.customer.pk}",
            domain=settings.MESSAGE_ID_DOMAIN,
            seed=now.isoformat(),
        ),
    )
    row.campaign = campaign
    row.recipient, row.language = person.email, person.language
    row.not_before = campaign.starts_at or now
    row.claimed_until = row.submitting_at = row.settled_at = row.reply_code = None
    row.reason = row.reply_words = ""
    return row


@transaction.atomic
def take_back(*, campaign: Campaign, by: Membership) -> Campaign:
    """Stop a send before its first mail: the campaign is a draft again. Refused once the undo time is over."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.SENDING)
    if fresh.starts_at is None or fresh.starts_at <= timezone.now():
        raise Refused(_("The first mails are on their way: pause or cancel the rest instead."))
    fresh.state, fresh.starts_at = Campaign.State.DRAFT, None
    fresh.approved_at = fresh.approved_by = None
    fresh.save(update_fields=["state", "starts_at", "approved_at", "approved_by"])
    fresh.messages.filter(state=Message.State.QUEUED).update(state=Message.State.CANCELLED)
    record(by=by, verb="campaign_taken_back", thing=fresh)
    return fresh


@transaction.atomic
def pause(*, campaign: Campaign, by: Membership) -> None:
    """No further mail leaves. One that a worker is in the middle of stops before its final dot."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.SENDING)
    fresh.state, fresh.pause_cause, fresh.pause_reason = (
        Campaign.State.PAUSED,
        Campaign.PauseCause.BY_HAND,
        "",
    )
    fresh.save(update_fields=["state", "pause_cause", "pause_reason"])
    record(by=by, verb="campaign_paused", thing=fresh)


@transaction.atomic
def resume(*, campaign: Campaign, by: Membership) -> None:
    """Go on with the next one that has not been sent. Messages that wait to be tried again are tried now."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.PAUSED)
    now = timezone.now()
    fresh.state, fresh.starts_at = Campaign.State.SENDING, now
    fresh.pause_cause = fresh.pause_reason = ""
    fresh.save(update_fields=["state", "starts_at", "pause_cause", "pause_reason"])
    fresh.messages.filter(state__in=[Message.State.QUEUED, Message.State.DEFERRED]).update(not_before=now)
    record(by=by, verb="campaign_resumed", thing=fresh)
    ring(send_campaign, fresh.pk)


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, by: Membership) -> int:
    """Send nothing more; returns how many were still to be written to. A later campaign may write to them."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.DRAFT, Campaign.State.SENDING, Campaign.State.PAUSED)
    fresh.state = Campaign.State.CANCELLED
    fresh.save(update_fields=["state"])
    cancelled = fresh.messages.filter(state__in=[Message.State.QUEUED, Message.State.DEFERRED]).update(
        state=Message.State.CANCELLED
    )
    record(by=by, verb="campaign_cancelled", thing=fresh, after={"not_sent": cancelled})
    return cancelled


@transaction.atomic
def retry_failed(*, campaign: Campaign, by: Membership) -> int:
    """Queue again what failed or waits to be tried again, with the customers' addresses as they are now.

    Addresses that are blocked or on the suppression list stay as they are. Returns how many were queued.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = _lock(campaign, Campaign.State.SENDING, Campaign.State.PAUSED, Campaign.State.FINISHED)
    now = timezone.now()
    suppressed = set(Suppression.objects.live().filter(team=fresh.team).values_list("email", flat=True))
    again = []
    # Locked: a worker may be reaching for the ones that wait to be tried again.
    for message in (
        fresh.messages.filter(state__in=[Message.State.FAILED, Message.State.DEFERRED])
        .select_related("customer")
        .select_for_update(of=("self",))
    ):
        address = message.customer.email.strip()
        if why_blocked(address) is not None or address.lower() in suppressed:
            continue
        message.recipient, message.state, message.not_before = address, Message.State.QUEUED, now
        again.append(message)
    if not again:
        raise Refused(
            _(
                "There is nobody to try again: the addresses that failed are refused by their servers. Mend them first."
            )
        )
    Message.objects.bulk_update(again, ["recipient", "state", "not_before"], batch_size=ROWS_AT_ONCE)
    if fresh.state == Campaign.State.FINISHED:
        fresh.state, fresh.starts_at, fresh.finished_at = Campaign.State.SENDING, now, None
        fresh.save(update_fields=["state", "starts_at", "finished_at"])
    record(by=by, verb="messages_retried", thing=fresh, after={"count": len(again)})
    ring(send_campaign, fresh.pk)
    return len(again)


# -- What only a person can know ---------------------------------------------------------------------------------------


def _decide_uncertain(message: Message, *, state: str, **changes: Any) -> None:
    """Fenced by the state: a late answer of the mail server, or another person's decision, comes first."""
    decided = Message.objects.filter(pk=message.pk, state=Message.State.UNCERTAIN).update(
        state=state, settled_at=timezone.now(), claimed_until=None, **changes
    )
    if not decided:
        raise Refused(_("This one is no longer uncertain: look at it again."))


@transaction.atomic
def mark_uncertain_as_sent(*, message: Message, by: Membership) -> None:
    """A person found that the mail arrived."""
    allow(by, MERCHANT, team_id=message.team_id)
    _decide_uncertain(message, state=Message.State.SENT, reason=wording.BY_HAND)
    record(by=by, verb="message_confirmed", thing=message, team=message.team)
    sending.finish(message.campaign_id)


@transaction.atomic
def send_again(*, message: Message, by: Membership) -> None:
    """A person decides that the mail did not arrive, at the risk of a second one. None leaves a cancelled campaign."""
    allow(by, MERCHANT, team_id=message.team_id)
    campaign = _lock(message.campaign)
    gone = campaign.state == Campaign.State.CANCELLED
    state = Message.State.CANCELLED if gone else Message.State.QUEUED
    _decide_uncertain(message, state=state, not_before=timezone.now(), submitting_at=None, reason="")
    record(by=by, verb="message_sent_again", thing=message, team=message.team)
    ring(send_campaign, message.campaign_id)


def send_test(*, campaign: Campaign, person: Person, address: str, by: Membership) -> Delivery:
    """Send one person's mail to an address of the merchant's own, marked TEST. It counts nowhere.

    Returns what the mail server said. Waits for it a few seconds only: somebody is looking at the page.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    if why_blocked(address) is not None:
        raise Refused(_("This address cannot be used in a mail."))
    store = campaign.store
    if not is_wire_safe(store.sender_email):
        raise Refused(_("%(store)s has no sender e-mail: set one on the store's page.") % {"store": store})
    letter = Plan(campaign).letter(person)
    test = uuid.uuid4().hex
    content = rendering.build_mail(
        sender_name=store.sender_name,
        sender_address=store.sender_email,
        recipient_name="",
        recipient_address=address,
        subject=f"TEST: {letter.subject}",
        text=letter.body,
        message_id=rendering.message_id(f"test-{test}", domain=settings.MESSAGE_ID_DOMAIN),
        message_key=f"test-{test}",
        team_key=str(campaign.team_id),
        sent_at=timezone.now(),
        reply_to=store.reply_to,
    )
    transport = open_transport(patience=TEST_PATIENCE)
    try:
        delivery = transport.deliver(
            sender=store.sender_email, recipient=address, content=content, before_final_dot=lambda: True
        )
    finally:
        transport.close()
    record(by=by, verb="test_mail_sent", thing=campaign, after={"outcome": delivery.outcome.value})
    return delivery


# -- Codes -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def export_codes(*, codes: QuerySet[DiscountCode], by: Membership) -> list[DiscountCode]:
    """The codes for a file that a shop loads, noted as handed out now."""
    allow(by, MERCHANT, team_id=by.team_id)
    found = list(
        codes.select_related("customer", "store", "campaign__team", "campaign__incident").order_by("pk")
    )
    DiscountCode.objects.filter(pk__in=[code.pk for code in found]).update(exported_at=timezone.now())
    for campaign, count in _per_campaign(found).items():
        record(by=by, verb="codes_exported", thing=campaign, after={"count": count})
    return found


@transaction.atomic
def mark_codes_loaded(*, codes: QuerySet[DiscountCode], by: Membership) -> int:
    """A person has put these codes into the shop; returns how many that is news of."""
    allow(by, MERCHANT, team_id=by.team_id)
    found = list(codes.filter(loaded_at=None).select_related("campaign__team", "campaign__incident"))
    DiscountCode.objects.filter(pk__in=[code.pk for code in found], loaded_at=None).update(
        loaded_at=timezone.now(), loaded_by=by
    )
    for campaign, count in _per_campaign(found).items():
        record(by=by, verb="codes_loaded", thing=campaign, after={"count": count})
    return len(found)


def _per_campaign(rows: Iterable[DiscountCode | Refund]) -> Mapping[Campaign, int]:
    counts: dict[Campaign, int] = {}
    for row in rows:
        counts[row.campaign] = counts.get(row.campaign, 0) + 1
    return counts


# -- Refunds -----------------------------------------------------------------------------------------------------------


def _move_refunds(
    refunds: QuerySet[Refund], *, within: list[Refund.State], by: Membership, verb: str, **changes: Any
) -> int:
    allow(by, MERCHANT, team_id=by.team_id)
    found = list(
        refunds.filter(state__in=within)
        .select_related("campaign__team", "campaign__incident")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    Refund.objects.filter(pk__in=[refund.pk for refund in found]).update(**changes)
    for campaign, count in _per_campaign(found).items():
        record(by=by, verb=verb, thing=campaign, after={"count": count})
    return len(found)


@transaction.atomic
def approve_refunds(*, refunds: QuerySet[Refund], by: Membership) -> int:
    """Put proposed (or dropped) refunds on the worklist: from here on a mail may promise them. Returns how many."""
    return _move_refunds(
        refunds,
        within=[Refund.State.PROPOSED, Refund.State.DROPPED],
        by=by,
        verb="refunds_approved",
        state=Refund.State.APPROVED,
        approved_at=timezone.now(),
        approved_by=by,
    )


@transaction.atomic
def issue_refunds(*, refunds: QuerySet[Refund], by: Membership) -> int:
    """The money has been given back in the shop. Returns how many were on the worklist."""
    return _move_refunds(
        refunds,
        within=[Refund.State.APPROVED],
        by=by,
        verb="refunds_issued",
        state=Refund.State.ISSUED,
        issued_at=timezone.now(),
        issued_by=by,
    )


@transaction.atomic
def reopen_refunds(*, refunds: QuerySet[Refund], by: Membership) -> int:
    """Undo a mistaken tick: back on the worklist."""
    return _move_refunds(
        refunds,
        within=[Refund.State.ISSUED],
        by=by,
        verb="refunds_reopened",
        state=Refund.State.APPROVED,
        issued_at=None,
        issued_by=None,
    )


@transaction.atomic
def drop_refunds(*, refunds: QuerySet[Refund], by: Membership) -> int:
    """Give nothing back after all. Refused for what a mail has promised, or may have."""
    allow(by, MERCHANT, team_id=by.team_id)
    # The lock that sending takes, so that no mail promises a refund while it is being dropped.
    list(Incident.objects.select_for_update().filter(pk__in=refunds.values("incident")).order_by("pk"))
    promised = Message.objects.binding().filter(
        kind=Kind.RESOLUTION, closures__supplier_order__store_order__refunds__in=refunds
    )
    count = (
        refunds.filter(
            store_order__supplier_orders__closures__messages__in=promised, state=Refund.State.APPROVED
        )
        .distinct()
        .count()
    )
    if count:
        raise Refused(
            ngettext(
                "%(count)s of these was promised in a mail: pay it instead.",
                "%(count)s of these were promised in mails: pay them instead.",
                count,
            )
            % {"count": count}
        )
    return _move_refunds(
        refunds,
        within=[Refund.State.PROPOSED, Refund.State.APPROVED],
        by=by,
        verb="refunds_dropped",
        state=Refund.State.DROPPED,
        approved_at=None,
        approved_by=None,
    )


# -- Addresses and templates -------------------------------------------------------------------------------------------


@transaction.atomic
def add_suppression(
    *, team: Team, email: str, cause: Suppression.Cause, detail: str, by: Membership
) -> Suppression:
    """Never write to this address until it is released. Messages that wait for it are left out at their turn."""
    allow(by, MERCHANT, team_id=team.pk)
    suppression, created = Suppression.objects.get_or_create(
        team=team,
        email=email.strip().lower(),
        released_at=None,
        defaults={"cause": cause, "detail": detail, "created_by": by},
    )
    if created:
        record(by=by, verb="address_suppressed", thing=suppression, after={"cause": cause})
    return suppression


@transaction.atomic
def release_suppression(*, suppression: Suppression, by: Membership) -> None:
    allow(by, MERCHANT, team_id=suppression.team_id)
    released = Suppression.objects.filter(pk=suppression.pk, released_at=None).update(
        released_at=timezone.now(), released_by=by
    )
    if released:
        record(by=by, verb="address_released", thing=suppression)


@transaction.atomic
def save_template(
    *, store: Store, kind: Kind, language: str, subject: str, body: str, by: Membership
) -> Template:
    """The store's own words for this kind of message. Campaigns with words of their own keep theirs."""
    allow(by, MERCHANT, team_id=store.team_id)
    template, _created = Template.objects.update_or_create(
        store=store,
        kind=kind,
        language=language,
        defaults={"subject": rendering.single_line(subject), "body": body},
    )
    record(by=by, verb="template_saved", thing=template, team=store.team, after={"store": store.name})
    return template


@transaction.atomic
def reset_template(*, store: Store, kind: Kind, language: str, by: Membership) -> None:
    """Back to the built-in words."""
    allow(by, MERCHANT, team_id=store.team_id)
    for template in Template.objects.filter(store=store, kind=kind, language=language):
        record(by=by, verb="template_reset", thing=template, team=store.team, after={"store": store.name})
        template.delete()
