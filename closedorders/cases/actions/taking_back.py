"""Taking back the newest move of a case: within a minute without a word, later with the reason."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow
from closedorders.core.notices import UNDO_FOR
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from .. import moves
from ..models import Case, Contact, Transition
from ..moves import may_make
from ..reads import has_reviewer
from ..undo import built_on, built_outside
from .guards import locked_case, refuse_unless
from .notes import without_cards
from .rounds import end_round

# What AliExpress's answer says about the account itself.
ACCOUNT_AFTER = {
    moves.REJECTED: BuyerAccount.State.BLOCKED,
    moves.UNBLOCKED: BuyerAccount.State.OK,
}


@transaction.atomic
def undo_move(*, transition: Transition, by: Membership) -> None:
    """Take back the newest move of a case, within a minute: as if it had not been made. The audit trail has both.

    Refused when something was built on it meanwhile: a decision, a contact, a tick, or what `register_built_on` knows.
    """
    allow(by, EVERYONE, team_id=transition.case.team_id)
    case = _case_before(transition, by)
    refuse_unless(
        timezone.now() - transition.at <= UNDO_FOR,
        _("The minute in which this could be taken back is over. Nothing was changed."),
    )
    if reason := built_on(transition):
        raise Refused(reason)
    _restore(case, transition, by=by)
    transition.delete()


@transaction.atomic
def step_back(*, transition: Transition, why: str, by: Membership) -> None:
    """Take the case back to where it was before its newest move, which stays in the history with the reason.

    What was decided, ticked and logged since stays too. Refused where a later app has built on the move.
    """
    allow(by, EVERYONE, team_id=transition.case.team_id)
    why = " ".join(why.split())[:300]
    refuse_unless(bool(why), _("Write why the step is taken back: it stays in the history of the case."))
    case = _case_before(transition, by)
    if reason := built_outside(transition):
        raise Refused(reason)
    other = Case.objects.filter(incident=case.incident_id).exclude(pk=case.pk).blocked()
    refuse_unless(
        transition.before in moves.OVER_BLOCK or not other.exists(),
        _("The incident has another case that is not unblocked yet. Nothing was changed."),
    )
    _restore(case, transition, by=by, why=why)
    transition.taken_back_at, transition.taken_back_by = timezone.now(), by
    transition.taken_back_why = without_cards(case.team, why)
    transition.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_why"])


def _case_before(transition: Transition, by: Membership) -> Case:
    """The case, locked, where `by` may take back the move and it is the newest one. Refuses otherwise."""
    case = locked_case(transition.case_id)
    made = next(
        (m for m in moves.MOVES if (m.before, m.after) == (transition.before, transition.after)), None
    )
    refuse_unless(
        made is not None and may_make(made, by.role, has_reviewer=has_reviewer(case.team)),
        _("Only who may make this step can take it back."),
    )
    newest = case.transitions.standing().order_by("pk").last()
    refuse_unless(
        newest is not None and newest.pk == transition.pk and case.state == transition.after,
        _("Somebody moved this case on meanwhile: it is now “%(state)s”. Nothing was changed; look again.")
        % {"state": case.get_state_display()},
    )
    return case


def _restore(case: Case, transition: Transition, *, by: Membership, why: str = "") -> None:
    starts_round = any(
        m.starts_round for m in moves.MOVES if (m.before, m.after) == (transition.before, transition.after)
    )
    case.state = transition.before
    case.round = transition.round - 1 if starts_round else transition.round
    case.save(update_fields=["state", "round"])
    end_round(case, transition.round_before)
    account = _restore_account(transition)
    if transition.after == moves.UNBLOCKED:
        asked = Contact.objects.filter(case=case, followed_up_at=transition.at)
        asked.order_by().update(followed_up_at=None)
    record(
        by=by,
        verb="case_move_undone",
        thing=case,
        before={"state": transition.after},
        after={
            "state": transition.before,
            "round": case.round,
            **account,
            **({"why": without_cards(case.team, why)} if why else {}),
        },
    )


def _restore_account(transition: Transition) -> dict[str, str]:
    """Give the account the state it had, unless somebody changed it since. Returns its part of the audit line."""
    if not transition.account_before:
        return {}
    set_to = ACCOUNT_AFTER.get(transition.after, BuyerAccount.State.UNDER_REVIEW)
    changed = BuyerAccount.objects.filter(pk=transition.case.buyer_account_id, state=set_to).update(
        state=transition.account_before
    )
    return {"account_state": transition.account_before} if changed else {}
