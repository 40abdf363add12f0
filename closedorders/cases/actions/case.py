from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from .. import moves
from ..clock import answer_due_after
from ..models import Case, Cleanup, Contact, Slot, Transition
from ..moves import Move, find_move, may_make
from ..notices.sending import notify
from ..reads import facts_of, has_reviewer, sentences
from ..review.entries import slots_without_entry
from ..verification import asked_for as kinds_asked_for
from .guards import refuse_unless
from .notes import without_cards
from .rounds import begin_round
from .taking_back import ACCOUNT_AFTER


def _set_account(account: BuyerAccount, state: str) -> dict[str, str]:
    """Put the account in this state. Returns its part of the audit line, empty where nothing changed."""
    changed = BuyerAccount.objects.filter(pk=account.pk).exclude(state=state).update(state=state)
    account.state = state
    return {"account_state": state} if changed else {}


@transaction.atomic
def open_case(*, incident: Incident, by: Membership, again: bool = False) -> Case:
    """The incident's verification case: made once, with its slots, clean-up places and running clock.

    Called again it gives the case there is; with `again` a new one where the last one is over its block. Refused for
    an incident that has ended without one.
    """
    allow(by, EVERYONE, team_id=incident.team_id)
    refuse_unless(by.is_merchant, _("A merchant opens the verification case."))
    # The lock lets a double click's second half wait for the first, and then find its case.
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    existing = Case.objects.filter(incident=incident).order_by("-pk").first()
    if existing is not None and not (again and existing.state in moves.OVER_BLOCK):
        return existing
    refuse_unless(
        incident.ended_at is None, _("This incident has ended: there is nothing left to verify for it.")
    )
    now = timezone.now()
    clock_from = _first_closure(incident, earlier=existing, now=now)
    case = Case.objects.create(
        team=incident.team,
        incident=incident,
        buyer_account=incident.buyer_account,
        opened_at=now,
        opened_by=by,
        clock_from=clock_from,
        answer_due=answer_due_after(timezone.localdate(clock_from, timezone=incident.team.zone)),
    )
    Slot.objects.bulk_create([Slot(case=case, kind=kind) for kind in kinds_asked_for(case.verification)])
    Cleanup.objects.bulk_create([Cleanup(case=case, place=place) for place in Cleanup.Place])
    Transition.objects.create(case=case, before="", after=case.state, at=case.opened_at, by=by)
    account = _set_account(case.buyer_account, BuyerAccount.State.UNDER_REVIEW)
    record(by=by, verb="case_opened", thing=case, after={"incident": incident.number, **account})
    return case


def _first_closure(incident: Incident, *, earlier: Case | None, now: datetime) -> datetime:
    """When the first order was closed that this case is about: of a second case, after the block before was lifted."""
    closures = Closure.objects.filter(incident=incident)
    if earlier is not None:
        lifted = earlier.transitions.standing().filter(after=moves.UNBLOCKED).last()
        closures = closures.filter(closed_at__gt=lifted.at if lifted else earlier.opened_at)
    first: datetime | None = closures.aggregate(first=Min("closed_at"))["first"]
    return now if first is None else min(first, now)


@transaction.atomic
def move_case(
    *,
    case: Case,
    move: str,
    by: Membership,
    note: str = "",
    asked_for: Collection[str] = (),
    contact: Contact | None = None,
) -> Transition:
    """Make the move of this name in the table `moves.MOVES`, from the state and round that the person saw in `case`.

    `asked_for`: kinds of documents that AliExpress asks for anew, where the move starts a round. `contact`: the logged
    one in which AliExpress said so.

    The guards judge what is true now. Refused when the case is elsewhere by now (another tab, another person), when
    the role may not, when a note is due, or when something is missing.
    """
    allow(by, EVERYONE, team_id=case.team_id)
    note = without_cards(case.team, note.strip())
    refuse_unless(contact is None or contact.case_id == case.pk, _("This contact is of another case."))
    made = find_move(move, case.state)
    if made is None:
        raise Refused(
            _("The case is now “%(state)s”: this step does not fit. Nothing was changed.")
            % {"state": case.get_state_display()}
        )
    # `has_reviewer` is read in the same transaction as the write.
    refuse_unless(may_make(made, by.role, has_reviewer=has_reviewer(case.team)), _role_refusal(made))
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
    if made.name == moves.REVIEW and (names := slots_without_entry(case)):
        raise Refused(_("Type what stands on: %(names)s.") % {"names": ", ".join(names)})
    # Read from its row: `case` was loaded before the UPDATE.
    account_before = BuyerAccount.objects.values_list("state", flat=True).get(pk=case.buyer_account_id)
    case.state, case.round = made.after, round_after
    transition = Transition.objects.create(
        case=case,
        before=made.before,
        after=made.after,
        round=round_after,
        round_before=begin_round(case, asked_for=asked_for, changed_by=by) if made.starts_round else {},
        by=by,
        note=note,
        contact=contact,
    )
    account = {}
    if made.after in ACCOUNT_AFTER:
        account = _set_account(case.buyer_account, ACCOUNT_AFTER[made.after])
    elif made.before == moves.REJECTED:
        account = _set_account(case.buyer_account, BuyerAccount.State.UNDER_REVIEW)
    if account:
        transition.account_before = account_before
        transition.save(update_fields=["account_before"])
    if made.after == moves.UNBLOCKED:
        # There is nothing left to ask again for.
        Contact.objects.filter(case=case).to_follow_up().order_by().update(followed_up_at=transition.at)
    notify(transition)
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
