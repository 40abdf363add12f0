from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow
from closedorders.closures.models import Incident
from closedorders.core.notices import UNDO_FOR
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from .. import moves
from ..models import Case, Cleanup, Contact, Slot, Transition
from ..moves import Move, find_move, may_make
from ..reads import facts_of, has_reviewer, sentences
from ..review.entries import slots_without_entry
from ..undo import built_on
from .guards import locked_case, refuse_unless

# What AliExpress's answer says about the account itself.
ACCOUNT_AFTER = {
    moves.REJECTED: BuyerAccount.State.BLOCKED,
    moves.UNBLOCKED: BuyerAccount.State.OK,
}
ASKED_FOR_FIRST = [kind for kind in Slot.Kind if kind != Slot.Kind.OTHER]


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
    transition = Transition.objects.create(
        case=case, before=made.before, after=made.after, round=round_after, by=by, note=note
    )
    case.state, case.round = made.after, round_after
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
    record(
        by=by,
        verb="case_moved",
        thing=case,
        before={"state": made.before},
        after={"state": made.after, "round": round_after, **account},
    )
    return transition


@transaction.atomic
def undo_move(*, transition: Transition, by: Membership) -> None:
    """Take back the newest move of a case, within a minute: as if it had not been made. The audit trail has both.

    Refused when something was built on it meanwhile: a decision, a contact, a tick, or what `register_built_on` knows.
    """
    allow(by, EVERYONE, team_id=transition.case.team_id)
    case = locked_case(transition.case_id)
    made = next(
        (m for m in moves.MOVES if (m.before, m.after) == (transition.before, transition.after)), None
    )
    refuse_unless(
        made is not None and may_make(made, by.role, has_reviewer=has_reviewer(case.team)),
        _("Only who may make this step can take it back."),
    )
    refuse_unless(
        timezone.now() - transition.at <= UNDO_FOR,
        _("The minute in which this could be taken back is over. Nothing was changed."),
    )
    newest = case.transitions.order_by("pk").last()
    refuse_unless(
        newest is not None and newest.pk == transition.pk and case.state == transition.after,
        _("Somebody moved this case on meanwhile: it is now “%(state)s”. Nothing was changed; look again.")
        % {"state": case.get_state_display()},
    )
    if reason := built_on(transition):
        raise Refused(reason)
    starts_round = made is not None and made.starts_round
    case.state = transition.before
    case.round = transition.round - 1 if starts_round else transition.round
    case.save(update_fields=["state", "round"])
    account = _restore_account(transition)
    if transition.after == moves.UNBLOCKED:
        asked = Contact.objects.filter(case=case, followed_up_at=transition.at)
        asked.order_by().update(followed_up_at=None)
    record(
        by=by,
        verb="case_move_undone",
        thing=case,
        before={"state": transition.after},
        after={"state": transition.before, "round": case.round, **account},
    )
    transition.delete()


def _restore_account(transition: Transition) -> dict[str, str]:
    """Give the account the state it had, unless somebody changed it since. Returns its part of the audit line."""
    if not transition.account_before:
        return {}
    set_to = ACCOUNT_AFTER.get(transition.after, BuyerAccount.State.UNDER_REVIEW)
    changed = BuyerAccount.objects.filter(pk=transition.case.buyer_account_id, state=set_to).update(
        state=transition.account_before
    )
    return {"account_state": transition.account_before} if changed else {}


def _role_refusal(move: Move) -> str:
    if move.role == moves.REVIEWER:
        return _("The team's reviewer decides this.")
    return _("A merchant of the team does this.")
