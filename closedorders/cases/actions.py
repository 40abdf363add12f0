from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow
from closedorders.closures.models import Incident
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from . import moves
from .models import Case, Cleanup, Contact, Decision, Slot, Transition
from .moves import Move, find_move, may_decide, may_make
from .reads import facts_of, has_reviewer, sentences

MOST_SLOTS = 20

# What AliExpress's answer says about the account itself.
ACCOUNT_AFTER = {
    moves.REJECTED: BuyerAccount.State.BLOCKED,
    moves.UNBLOCKED: BuyerAccount.State.OK,
}
ASKED_FOR_FIRST = [kind for kind in Slot.Kind if kind != Slot.Kind.OTHER]


def _refuse_unless(condition: bool, sentence: str) -> None:
    if not condition:
        raise Refused(sentence)


def _set_account(account: BuyerAccount, state: str) -> dict[str, str]:
    """Put the account in this state; what the audit line says of it, empty when it was so already."""
    changed = BuyerAccount.objects.filter(pk=account.pk).exclude(state=state).update(state=state)
    account.state = state
    return {"account_state": state} if changed else {}


@transaction.atomic
def open_case(*, incident: Incident, by: Membership) -> Case:
    """The incident's verification case: made once, with its slots, clean-up places and running clock.

    Called again it gives the case there is. Refused for an incident that has ended without one.
    """
    allow(by, EVERYONE, team_id=incident.team_id)
    _refuse_unless(by.is_merchant, _("A merchant opens the verification case."))
    # The lock lets a double click's second half wait for the first, and then find its case.
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    existing = Case.objects.filter(incident=incident).first()
    if existing is not None:
        return existing
    _refuse_unless(
        incident.ended_at is None, _("This incident has ended: there is nothing left to verify for it.")
    )
    case = Case.objects.create(
        team=incident.team, incident=incident, buyer_account=incident.buyer_account, opened_by=by
    )
    Slot.objects.bulk_create([Slot(case=case, kind=kind) for kind in ASKED_FOR_FIRST])
    Cleanup.objects.bulk_create([Cleanup(case=case, place=place) for place in Cleanup.Place])
    Transition.objects.create(case=case, before="", after=case.state, at=case.opened_at, by=by)
    account = _set_account(case.buyer_account, BuyerAccount.State.UNDER_REVIEW)
    record(by=by, verb="case_opened", thing=case, after={"incident": incident.number, **account})
    return case


@transaction.atomic
def move_case(*, case: Case, move: str, by: Membership, note: str = "") -> Transition:
    """Make the move of this name in the table `moves.MOVES`, from the state and round that the person saw in `case`.

    The guards judge what is true now. Refused when the case is elsewhere by now (another tab, another person), when
    the role may not, when a note is due, or when something is missing.
    """
    allow(by, EVERYONE, team_id=case.team_id)
    note = note.strip()
    made = find_move(move, case.state)
    if made is None:
        raise Refused(
            _("The case is now “%(state)s”: this step does not fit. Nothing was changed.")
            % {"state": case.get_state_display()}
        )
    # `has_reviewer` is read in the same transaction as the write.
    _refuse_unless(may_make(made, by.role, has_reviewer=has_reviewer(case.team)), _role_refusal(made))
    if made.note_label and not note:
        raise Refused(_("Please write it down: %(what)s.") % {"what": _(made.note_label)})
    round_after = case.round + 1 if made.starts_round else case.round
    changes: dict[str, object] = {"state": made.after, "round": round_after}
    if made.role == moves.REVIEWER:
        changes["reviewer"] = by
    moved = Case.objects.filter(pk=case.pk, state=case.state, round=case.round).update(**changes)
    if not moved:
        case.refresh_from_db()
        raise Refused(
            _(
                "Somebody moved this case on meanwhile: it is now “%(state)s”. Nothing was changed; look again."
            )
            % {"state": case.get_state_display()}
        )
    # Judged after the UPDATE, which holds the row: nobody can untick a slot between the look and the move.
    if lacks := made.guard(facts_of(case)):
        raise Refused(" ".join(sentences(lacks)))
    transition = Transition.objects.create(
        case=case, before=made.before, after=made.after, round=round_after, by=by, note=note
    )
    case.state, case.round = made.after, round_after
    account = {}
    if made.after in ACCOUNT_AFTER:
        account = _set_account(case.buyer_account, ACCOUNT_AFTER[made.after])
    elif made.before == moves.REJECTED:
        account = _set_account(case.buyer_account, BuyerAccount.State.UNDER_REVIEW)
    if made.after == moves.UNBLOCKED:
        # There is nothing left to ask again for.
        Contact.objects.filter(case=case).to_follow_up().order_by().update(followed_up_at=transition.at)
    record(
        by=by,
        verb="case_moved",
        thing=case,
        before={"state": made.before},
        after={"state": made.after, "round": round_after, **account},
    )
    return transition


def _role_refusal(move: Move) -> str:
    if move.role == moves.REVIEWER:
        return _("The team's reviewer decides this.")
    return _("A merchant of the team does this.")


def _locked(case_id: int) -> Case:
    """The case as it is now, held until the transaction ends, so that its state and its slots change together."""
    return Case.objects.select_for_update(of=("self",)).select_related("team").get(pk=case_id)


def _collecting(case_id: int) -> Case:
    case = _locked(case_id)
    _refuse_unless(
        case.state == Case.State.COLLECTING,
        _("The case is now “%(state)s”: documents change only while they are being collected.")
        % {"state": case.get_state_display()},
    )
    return case


BY_HAND = (Slot.State.MISSING, Slot.State.READY, Slot.State.NOT_NEEDED)


@transaction.atomic
def set_slot(*, slot: Slot, state: str, by: Membership) -> None:
    """Tick a document by hand: missing, ready, or not asked for."""
    allow(by, EVERYONE, team_id=slot.case.team_id)
    _refuse_unless(by.is_merchant, _("A merchant of the team ticks the documents."))
    _refuse_unless(state in BY_HAND, _("Choose missing, ready or not asked for."))
    _collecting(slot.case_id)
    slot.refresh_from_db()
    if slot.state == state:
        return
    before, slot.state = slot.state, state
    slot.changed_at, slot.changed_by = timezone.now(), by
    slot.save(update_fields=["state", "changed_at", "changed_by"])
    record(by=by, verb="slot_set", thing=slot, before={"state": before}, after={"state": state})


@transaction.atomic
def add_slot(*, case: Case, label: str, by: Membership) -> Slot:
    """One more document that AliExpress asks for, by its name: "Bank statement of the card"."""
    allow(by, EVERYONE, team_id=case.team_id)
    _refuse_unless(by.is_merchant, _("A merchant of the team adds documents."))
    label = " ".join(label.split())
    _refuse_unless(bool(label), _("Name the document that AliExpress asks for."))
    case = _collecting(case.pk)
    others = list(case.slots.all())
    _refuse_unless(
        len(others) < MOST_SLOTS, _("A case has at most %(most)s documents.") % {"most": MOST_SLOTS}
    )
    if any(str(other).casefold() == label.casefold() for other in others):
        raise Refused(_("“%(label)s” is on the list already.") % {"label": label})
    slot = Slot.objects.create(case=case, kind=Slot.Kind.OTHER, label=label)
    record(by=by, verb="slot_added", thing=slot)
    return slot


@transaction.atomic
def decide(
    *, slot: Slot, verdict: str, by: Membership, reason: str = "", note: str = "", seen: str | None = None
) -> Decision:
    """The reviewer's word on one document. `seen`: the state the reviewer saw; None means as loaded in `slot`.

    Refused when somebody else decided meanwhile (and says who), outside review, or for asking again without a reason.
    """
    allow(by, EVERYONE, team_id=slot.case.team_id)
    seen = slot.state if seen is None else seen
    case = _locked(slot.case_id)
    _refuse_unless(
        may_decide(by.role, has_reviewer=has_reviewer(case.team)), _("The team's reviewer decides this.")
    )
    _refuse_unless(
        case.state == Case.State.IN_REVIEW,
        _("The case is now “%(state)s”: nothing is in review.") % {"state": case.get_state_display()},
    )
    _refuse_unless(verdict in Decision.Verdict.values, _("Choose approve or ask again."))
    asks_again = verdict == Decision.Verdict.ASKED_AGAIN
    reason = reason if asks_again else ""
    note = note.strip()
    if asks_again:
        _refuse_unless(reason in Decision.Reason.values, _("Choose why you ask again."))
        _refuse_unless(
            reason != Decision.Reason.OTHER or bool(note), _("Write what is wrong with the document.")
        )
    # A verdict is worded as the state it puts the slot in.
    decidable = {Slot.State.READY, Slot.State.APPROVED, Slot.State.ASKED_AGAIN}
    now = timezone.now()
    changed = (
        Slot.objects.filter(pk=slot.pk, state=seen, state__in=decidable).update(state=verdict)
        if seen in decidable
        else 0
    )
    if not changed:
        raise Refused(_already_decided(slot))
    decision = Decision.objects.create(
        slot=slot, round=case.round, verdict=verdict, reason=reason, note=note, by=by, at=now
    )
    slot.state = verdict
    record(
        by=by,
        verb="slot_decided",
        thing=slot,
        before={"state": seen},
        after={"state": verdict, "reason": reason},
    )
    return decision


def _already_decided(slot: Slot) -> str:
    last = slot.decisions.select_related("by__user").first()
    slot.refresh_from_db(fields=["state"])
    if last is not None and slot.state == last.verdict:
        return _("Already decided by %(person)s: %(verdict)s. Nothing was changed.") % {
            "person": last.by.user,
            "verdict": last.get_verdict_display(),
        }
    return _("This document is not up for a decision: it is “%(state)s” now.") % {
        "state": slot.get_state_display()
    }


@transaction.atomic
def log_contact(
    *,
    case: Case,
    by: Membership,
    summary: str,
    channel: str = Contact.Channel.CHAT,
    purpose: str = Contact.Purpose.ASK,
    agent: str = "",
    promise: str = "",
    follow_up_at: datetime | None = None,
) -> Contact:
    """A talk with AliExpress. It settles every earlier "ask again" that is due: this talk was that asking."""
    allow(by, EVERYONE, team_id=case.team_id)
    _refuse_unless(not by.is_reviewer, _("A merchant or an assistant logs the talks with AliExpress."))
    case = _locked(case.pk)
    _refuse_unless(case.state != Case.State.CLOSED, _("The case is closed."))
    now = timezone.now()
    Contact.objects.filter(case=case).due(now).order_by().update(followed_up_at=now)
    contact = Contact.objects.create(
        case=case,
        by=by,
        channel=channel,
        purpose=purpose,
        agent=agent,
        summary=summary,
        promise=promise,
        follow_up_at=follow_up_at,
        at=now,
    )
    record(
        by=by,
        verb="contact_logged",
        thing=contact,
        team=case.team,
        after={"channel": channel, "purpose": purpose},
    )
    return contact


def _to_follow_up(contact: Contact, by: Membership) -> Contact:
    _refuse_unless(not by.is_reviewer, _("A merchant or an assistant follows up the talks with AliExpress."))
    current = Contact.objects.to_follow_up().select_for_update().filter(pk=contact.pk).first()
    if current is None:
        raise Refused(_("This has been followed up already."))
    return current


@transaction.atomic
def mark_followed_up(*, contact: Contact, by: Membership) -> None:
    allow(by, EVERYONE, team_id=contact.case.team_id)
    contact = _to_follow_up(contact, by)
    contact.followed_up_at = timezone.now()
    contact.save(update_fields=["followed_up_at"])
    record(by=by, verb="contact_followed_up", thing=contact, team=by.team)


@transaction.atomic
def snooze_follow_up(*, contact: Contact, until: datetime, by: Membership) -> None:
    """Come back to it at `until`, which lies ahead."""
    allow(by, EVERYONE, team_id=contact.case.team_id)
    _refuse_unless(until > timezone.now(), _("Choose a time that is still to come."))
    contact = _to_follow_up(contact, by)
    before, contact.follow_up_at = contact.follow_up_at, until
    contact.save(update_fields=["follow_up_at"])
    record(
        by=by,
        verb="contact_snoozed",
        thing=contact,
        team=by.team,
        before={"follow_up_at": before},
        after={"follow_up_at": until},
    )


@transaction.atomic
def tick_cleanup(*, cleanup: Cleanup, by: Membership, done: bool = True) -> None:
    """The originals are deleted in this place; or, with `done` False, a copy turned up there again."""
    allow(by, EVERYONE, team_id=cleanup.case.team_id)
    _refuse_unless(by.is_merchant, _("A merchant of the team ticks the clean-up list."))
    case = _locked(cleanup.case_id)
    _refuse_unless(case.state != Case.State.CLOSED, _("The case is closed."))
    cleanup.refresh_from_db()
    if done == (cleanup.done_at is not None):
        return
    before = cleanup.done_at
    cleanup.done_at, cleanup.done_by = (timezone.now(), by) if done else (None, None)
    cleanup.save(update_fields=["done_at", "done_by"])
    record(
        by=by,
        verb="cleanup_ticked" if done else "cleanup_unticked",
        thing=cleanup,
        team=case.team,
        before={"done_at": before},
        after={"done_at": cleanup.done_at},
    )


@transaction.atomic
def record_alipay_verification(*, case: Case, verified_on: date, by: Membership) -> None:
    """AliExpress verified the account with Alipay on this day, which is not in the future."""
    allow(by, EVERYONE, team_id=case.team_id)
    _refuse_unless(by.is_merchant, _("A merchant of the team records the Alipay verification."))
    _refuse_unless(
        verified_on <= timezone.localdate(), _("The day of the verification cannot be in the future.")
    )
    account = BuyerAccount.objects.select_for_update().get(pk=case.buyer_account_id)
    if account.alipay_verified_on == verified_on:
        return
    before, account.alipay_verified_on = account.alipay_verified_on, verified_on
    account.save(update_fields=["alipay_verified_on"])
    record(
        by=by,
        verb="alipay_verified",
        thing=account,
        before={"alipay_verified_on": before},
        after={"alipay_verified_on": verified_on},
    )
