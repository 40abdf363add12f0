"""A draft: its start, its offer, its words, and who is in it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Incident
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of, refuse_if_changed
from closedorders.orders.models import Customer, Store
from closedorders.senders.actions import check_if_stale

from ..approving.outbox import write_rows
from ..audience import Exclusion, LeftOut
from ..locking import lock
from ..models import Campaign, Kind, TextVersion
from ..plans.plan import Plan
from ..texts.claims import doubted_words
from ..texts.placeholders import single_line
from .templates import keep_version

OFFER_FIELDS = (
    "code_percent",
    "code_expires_on",
    "refund_percent",
    "refund_base",
    "gift",
    "gift_cost",
    "store_credit",
    "shipping_upgrade",
    "upgrade_cost",
    "new_date",
)


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
    check_if_stale(store)
    return campaign


@transaction.atomic
def change_offer(*, campaign: Campaign, by: Membership, **offer: Any) -> Campaign:
    """Change what a draft offers (any of `OFFER_FIELDS`). Codes and refunds follow when they are prepared again."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
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
def change_texts(
    *, campaign: Campaign, language: str, subject: str, body: str, reason: str, by: Membership, seen: str = ""
) -> Campaign:
    """The draft's own words in one language. A blank `body` goes back to the store's or built-in words.

    `seen` is the `Words.mark` of what the person saw; refused when it is no longer that.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    if seen:
        refuse_if_changed(seen, Plan(fresh).words(language).mark)
    texts = dict(fresh.texts)
    if body.strip():
        texts[language] = {
            "subject": single_line(subject),
            "body": body,
            "reason": single_line(reason),
        }
    else:
        texts.pop(language, None)
    if texts != fresh.texts:
        fresh.texts = texts
        fresh.save(update_fields=["texts"])
        version = TextVersion(
            store=fresh.store,
            campaign=fresh,
            kind=fresh.kind,
            language=language,
            saved_by=by,
            **{name: texts.get(language, {}).get(name, "") for name in ("subject", "body", "reason")},
        )
        keep_version(version, TextVersion.objects.of_campaign(fresh, language))
        record(by=by, verb="campaign_text_changed", thing=fresh, after={"language": language})
    return fresh


@transaction.atomic
def confirm_words(*, campaign: Campaign, language: str, words: Collection[str], by: Membership) -> None:
    """Note that the merchant says these doubted words of the draft's text are true. A changed text is asked anew.

    Refused when the text now has other doubted words than those the person saw.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    plan = Plan(fresh)
    found = doubted_words(plan.doubts(plan.words(language)))
    if not found or set(found) != {word.casefold() for word in words}:
        raise Refused(_("The text has changed since you opened the page. Read the marked words again."))
    own = fresh.texts.get(language, {})
    confirmed = sorted({*own.get("confirmed", ()), *found})
    fresh.texts = {**fresh.texts, language: {**own, "confirmed": confirmed}}
    fresh.save(update_fields=["texts"])
    record(
        by=by,
        verb="campaign_words_confirmed",
        thing=fresh,
        after={"language": language, "confirmed_words": ", ".join(found)},
    )


@transaction.atomic
def confirm_advertising(*, campaign: Campaign, language: str, seen: str, by: Membership) -> None:
    """Note that the merchant means the draft's text as advertising. A changed text is asked anew.

    `seen` is the `Words.mark` of the text that the person saw; refused when it is another one now.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    words = Plan(fresh).words(language)
    if words.mark != seen:
        raise Refused(_("The text has changed since you opened the page. Read it again."))
    own = fresh.texts.get(language, {})
    fresh.texts = {**fresh.texts, language: {**own, "advertising": mark_of(words.subject, words.body)}}
    fresh.save(update_fields=["texts"])
    record(by=by, verb="campaign_advertising_confirmed", thing=fresh, after={"language": language})


@transaction.atomic
def leave_out(*, campaign: Campaign, customer: Customer, by: Membership) -> None:
    """Send this customer nothing in this campaign, whatever the reason."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    person = next((p for p in Plan(fresh).people if p.customer.pk == customer.pk), None)
    if person is None:
        return
    write_rows(fresh, [LeftOut(person=person, why=Exclusion.LEFT_OUT)])
    record(by=by, verb="customer_left_out", thing=fresh, after={"customer": customer.pk})


@transaction.atomic
def include_again(*, campaign: Campaign, customer: Customer, by: Membership) -> None:
    """Undo `leave_out`."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    if fresh.messages.filter(customer=customer, skip_reason=Exclusion.LEFT_OUT).update(skip_reason=""):
        record(by=by, verb="customer_taken_in", thing=fresh, after={"customer": customer.pk})
