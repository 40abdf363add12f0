from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orderfiles.cells import is_aliexpress_number
from closedorders.orders.actions_bulk import forget_old_rows
from closedorders.orders.bulk import UNDO_FOR
from closedorders.orders.models import BulkEdit, BulkEditRow, BuyerAccount, SupplierOrder
from closedorders.orders.standing import refresh_standing
from closedorders.orders.stubs import ensure_buyer_account, ensure_supplier_orders

from .builtin_reasons import BUILTIN
from .models import Closure, ClosureReason, Incident, Playbook

MOST_NUMBERS = 500
"""How many orders are logged at once: more than anybody pastes, few enough for one quick transaction."""
REASONS_VERB = "closure_reasons"
"""What a `BulkEdit` of `set_reason` is called; its rows are closures."""
# A person's clock may run ahead of the server's.
CLOCK_SKEW = timedelta(minutes=5)
MONEY_OUTCOMES = {Closure.Outcome.REFUNDED, Closure.Outcome.WRITTEN_OFF}
"""Outcomes that are about money: a merchant's to say, not an assistant's."""
PLAYBOOK_WORDS = ("what_happened", "do_now", "who_to_tell", "payment_route", "prevention")


@dataclass(frozen=True, slots=True)
class LogResult:
    """What became of the numbers.

    `incident`: where the logged closures went; None when nothing was logged. `already`: closures that stood before.
    `stubs`: numbers of orders known by nothing else yet. `invalid`: no AliExpress numbers. `elsewhere`: orders that
    an import knows from another buyer account than the one chosen; they were logged all the same.
    """

    incident: Incident | None
    logged: list[Closure] = field(default_factory=list)
    already: list[Closure] = field(default_factory=list)
    stubs: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    elsewhere: list[SupplierOrder] = field(default_factory=list)


@transaction.atomic
def log_closures(
    *,
    team: Team,
    numbers: Sequence[str],
    reason: ClosureReason | None,
    buyer_account: BuyerAccount | str,
    by: Membership,
    closed_at: datetime | None = None,
    words: str = "",
    source: str = Closure.Source.PASTED,
) -> LogResult:
    """Note that AliExpress closed these orders, in the open incident of `buyer_account` or a new one.

    A `buyer_account` given as text is its label: the account of that name is made if there is none, unless the log is
    refused or has no number to log.
    Unknown numbers become stubs; orders whose closure stands are not logged twice, also when two people log them at
    the same moment. `reason` None means "not sure yet", `closed_at` None means now. `words` are AliExpress's own.
    About a dozen queries, however many numbers.
    """
    allow(by, DESK, team_id=team.pk)
    now = timezone.now()
    closed_at = closed_at or now
    numbers = list(dict.fromkeys(numbers))
    if len(numbers) > MOST_NUMBERS:
        raise Refused(
            _("%(count)s numbers at once are too many: log at most %(most)s at a time.")
            % {"count": len(numbers), "most": MOST_NUMBERS}
        )
    if closed_at > now + CLOCK_SKEW:
        raise Refused(_("The orders cannot have been closed in the future. Mend the time and save again."))
    check_reason(reason, team)
    if not isinstance(buyer_account, str) and buyer_account.team_id != team.pk:
        raise Refused(_("This buyer account belongs to another team."))
    valid = [number for number in numbers if is_aliexpress_number(number)]
    invalid = [number for number in numbers if not is_aliexpress_number(number)]
    if not valid:
        return LogResult(incident=None, invalid=invalid)
    # One log of a team at a time: whoever waits here sees what the other one logged, and incidents count up.
    lock_team(team.pk)
    if isinstance(buyer_account, str):
        buyer_account = ensure_buyer_account(team=team, label=buyer_account, by=by)
    orders = ensure_supplier_orders(team=team, numbers=valid, buyer_account=buyer_account, by=by)
    already = list(
        Closure.objects.for_team(team)
        .standing()
        .filter(supplier_order__in=[order.pk for order in orders.values()])
        .with_order()
        .order_by("pk")
    )
    closed = {closure.supplier_order_id for closure in already}
    fresh = [order for order in orders.values() if order.pk not in closed]
    if not fresh:
        return LogResult(incident=None, already=already, invalid=invalid)
    incident = _incident_for(team=team, buyer_account=buyer_account, reason=reason, by=by, now=now)
    logged = Closure.objects.bulk_create(
        [
            Closure(
                team=team,
                supplier_order=order,
                incident=incident,
                reason=reason,
                closed_at=closed_at,
                logged_at=now,
                logged_by=by,
                source=source,
                words=words,
            )
            for order in fresh
        ],
        batch_size=500,
    )
    SupplierOrder.objects.filter(pk__in=[order.pk for order in fresh]).update(closure_logged=True)
    refresh_standing(order.store_order_id for order in fresh)
    record_each(
        by=by,
        verb="closure_logged",
        changes=[
            (closure, {}, {"reason": code_of(reason), "incident": incident.number}) for closure in logged
        ],
    )
    record(
        by=by,
        verb="closures_logged",
        thing=incident,
        after={"orders": len(logged), "reason": code_of(reason), "closed_at": closed_at},
    )
    return LogResult(
        incident=incident,
        logged=logged,
        already=already,
        stubs=[order.number for order in fresh if order.is_stub],
        invalid=invalid,
        elsewhere=[order for order in fresh if order.buyer_account_id != buyer_account.pk],
    )


def _incident_for(
    *, team: Team, buyer_account: BuyerAccount, reason: ClosureReason | None, by: Membership, now: datetime
) -> Incident:
    """The account's open incident, or a new one. The team's row is locked by the caller."""
    incident = Incident.objects.open().filter(buyer_account=buyer_account).select_for_update().first()
    if incident is None:
        last = Incident.objects.filter(team=team).aggregate(last=Max("number"))["last"] or 0
        incident = Incident.objects.create(
            team=team,
            number=last + 1,
            buyer_account=buyer_account,
            cause=reason,
            owner=by if by.is_merchant else None,
            opened_at=now,
            opened_by=by,
        )
        record(by=by, verb="incident_opened", thing=incident, after={"cause": code_of(reason)})
    elif incident.cause_id is None and reason is not None:
        incident.cause = reason
        incident.save(update_fields=["cause"])
        record(by=by, verb="incident_cause_set", thing=incident, after={"cause": reason.code})
    return incident


def code_of(reason: ClosureReason | None) -> str:
    """The reason's code for the audit trail; blank for "not sure yet"."""
    return reason.code if reason else ""


def check_reason(reason: ClosureReason | None, team: Team) -> None:
    """Refuse a reason of another team, or one that is no longer in use."""
    if reason is None:
        return
    if reason.team_id not in (None, team.pk):
        raise Refused(_("This reason belongs to another team."))
    if reason.retired_at is not None:
        raise Refused(_("This reason is no longer in use. Choose another one."))


@dataclass(frozen=True, slots=True)
class ReasonChange:
    """How many closures got another reason, and the edit that `undo_reason` takes back (None: no change)."""

    changed: int
    edit: BulkEdit | None


@transaction.atomic
def set_reason(*, closures: Iterable[Closure], reason: ClosureReason | None, by: Membership) -> ReasonChange:
    """Give these closures of `by`'s team one reason (None: not sure yet), changing only those that have another."""
    allow(by, DESK, team_id=by.team_id)
    team = by.team
    check_reason(reason, team)
    lock_team(team.pk)
    chosen = sorted({closure.pk for closure in closures})
    changed: list[Closure] = []
    wanted = reason.pk if reason else None
    for start in range(0, len(chosen), 500):
        part = (
            Closure.objects.for_team(team)
            .filter(pk__in=chosen[start : start + 500])
            .select_related("supplier_order", "reason")
            .order_by("pk")
        )
        changed += [c for c in part.select_for_update(of=("self",)) if c.reason_id != wanted]
    if not changed:
        return ReasonChange(0, None)
    _write_reasons([closure.pk for closure in changed], wanted)
    refresh_standing(closure.supplier_order.store_order_id for closure in changed)
    record_each(
        by=by,
        verb="closure_reason_set",
        changes=[(c, {"reason": code_of(c.reason)}, {"reason": code_of(reason)}) for c in changed],
    )
    forget_old_rows(team)
    edit = BulkEdit.objects.create(
        team=team,
        by=by,
        verb=REASONS_VERB,
        params={"reason": wanted, "code": code_of(reason)},
        matched=len(chosen),
        changed=len(changed),
    )
    BulkEditRow.objects.bulk_create(
        [
            BulkEditRow(
                edit=edit,
                thing_id=closure.pk,
                before={"reason": closure.reason_id},
                after={"reason": wanted},
            )
            for closure in changed
        ],
        batch_size=500,
    )
    record(
        by=by,
        verb="closure_reasons_set",
        thing=team,
        after={"code": code_of(reason), "orders": len(changed)},
    )
    return ReasonChange(len(changed), edit)


def _write_reasons(closures: Sequence[int], reason: int | None) -> None:
    for start in range(0, len(closures), 500):
        Closure.objects.filter(pk__in=closures[start : start + 500]).update(reason=reason)


@transaction.atomic
def undo_reason(*, edit: BulkEdit, by: Membership) -> int:
    """Put back the reasons that `set_reason` replaced, for ten minutes and once; how many came back.

    Closures that somebody has changed since keep what they have now.
    """
    allow(by, DESK, team_id=by.team_id)
    # Locked, so that a double click undoes once.
    lock_team(by.team_id)
    found = BulkEdit.objects.filter(team=by.team, verb=REASONS_VERB, pk=edit.pk).first()
    if found is None:
        raise Refused(_("There is nothing to undo here."))
    if found.undone_at is not None:
        raise Refused(_("This change has been undone already."))
    if timezone.now() - found.created_at > UNDO_FOR:
        raise Refused(_("This change is more than ten minutes old. Change the reasons in the list instead."))
    before: dict[int, int | None] = {
        pk: old["reason"] for pk, old in found.rows.values_list("thing_id", "before")
    }
    reasons = {reason.pk: reason for reason in ClosureReason.objects.with_retired(by.team)}
    current = [
        closure
        for start in range(0, len(before), 500)
        for closure in Closure.objects.for_team(by.team)
        .filter(pk__in=list(before)[start : start + 500], reason=found.params["reason"])
        .select_related("supplier_order")
        .select_for_update(of=("self",))
    ]
    for old in set(before.values()):
        _write_reasons([closure.pk for closure in current if before[closure.pk] == old], old)
    refresh_standing(closure.supplier_order.store_order_id for closure in current)
    record_each(
        by=by,
        verb="closure_reason_set",
        changes=[
            (c, {"reason": found.params["code"]}, {"reason": code_of(reasons.get(before[c.pk] or 0))})
            for c in current
        ],
    )
    found.undone_at, found.undone_by = timezone.now(), by
    found.save(update_fields=["undone_at", "undone_by"])
    record(by=by, verb="closure_reasons_undone", thing=by.team, after={"orders": len(current)})
    return len(current)


@transaction.atomic
def set_words(*, closure: Closure, words: str, by: Membership) -> None:
    """Keep AliExpress's exact words."""
    allow(by, DESK, team_id=closure.team_id)
    words = words.strip()
    before = Closure.objects.select_for_update().get(pk=closure.pk).words
    if words == before:
        return
    closure.words = words
    closure.save(update_fields=["words"])
    record(by=by, verb="closure_words_set", thing=closure, before={"words": before}, after={"words": words})


@transaction.atomic
def reopen_closure(*, closure: Closure, by: Membership) -> None:
    """AliExpress took the closure back: the order lives again, and the closure stays as history."""
    allow(by, DESK, team_id=closure.team_id)
    lock_team(closure.team_id)
    now = timezone.now()
    before = (
        Closure.objects.select_for_update(of=("self",)).select_related("supplier_order").get(pk=closure.pk)
    )
    if before.reopened_at is not None:
        return
    closure.reopened_at = closure.outcome_at = now
    closure.outcome, closure.outcome_by = Closure.Outcome.REOPENED, by
    closure.save(update_fields=["reopened_at", "outcome", "outcome_at", "outcome_by"])
    refresh_standing([before.supplier_order.store_order_id])
    record(
        by=by,
        verb="closure_reopened",
        thing=closure,
        before={"outcome": before.outcome},
        after={"outcome": closure.outcome},
    )


@transaction.atomic
def set_outcome(
    *,
    closure: Closure,
    outcome: str,
    by: Membership,
    replacement: str = "",
    payment_method: str | None = None,
) -> None:
    """How the closure was made good: open, re-placed, refunded or written off.

    `replacement` is the AliExpress number of the order that was placed instead; it is linked to the closed one and
    to the same store order. An outcome that changes takes the link of a mistyped replacement away again.
    `payment_method`, of `SupplierOrder.PaidWith`, is how that order was paid: blank takes back what a person said of
    it, None leaves it alone.
    """
    allow(by, DESK, team_id=closure.team_id)
    team = closure.team
    outcome = Closure.Outcome(outcome)
    if outcome == Closure.Outcome.REOPENED:
        raise Refused(_("Say that AliExpress took the closure back with the button for it."))
    if outcome in MONEY_OUTCOMES and by.is_assistant:
        raise Refused(_("Refunds and losses are for a merchant of your team to enter."))
    lock_team(team.pk)
    now = timezone.now()
    before = (
        Closure.objects.select_for_update(of=("self",)).select_related("supplier_order").get(pk=closure.pk)
    )
    if before.reopened_at is not None:
        raise Refused(_("AliExpress took this closure back: there is nothing left to make good."))
    if before.outcome in MONEY_OUTCOMES and by.is_assistant:
        raise Refused(_("A merchant has settled this order. Ask them to change it."))
    old_order = before.supplier_order
    old_numbers = list(old_order.replacements.values_list("number", flat=True))
    new_numbers = [replacement] if replacement else []
    if outcome != Closure.Outcome.REPLACED:
        new_numbers = []
    elif not replacement:
        new_numbers = old_numbers
    was: dict[str, Any] = {"outcome": before.outcome}
    became: dict[str, Any] = {"outcome": outcome.value}
    if new_numbers != old_numbers:
        was["replacement"], became["replacement"] = ", ".join(old_numbers), ", ".join(new_numbers)
        for order in old_order.replacements.all():
            _unlink_replacement(order)
        if new_numbers:
            _link_replacement(closed=old_order, number=replacement, team=team, by=by)
    if was != became:
        closure.outcome = outcome
        closure.outcome_at = None if outcome == Closure.Outcome.OPEN else now
        closure.outcome_by = None if outcome == Closure.Outcome.OPEN else by
        closure.save(update_fields=["outcome", "outcome_at", "outcome_by"])
        refresh_standing([old_order.store_order_id])
    new = old_order.replacements.order_by("pk").first()
    if new and payment_method is not None:
        paid = _note_payment(new, payment_method)
        if paid != new.payment_method:
            was["payment_method"], became["payment_method"] = paid, new.payment_method
    if was != became:
        record(by=by, verb="closure_outcome_set", thing=closure, before=was, after=became)


def _unlink_replacement(order: SupplierOrder) -> None:
    """It stands in for nothing: how it was paid was said of another order too, unless a file said it."""
    order.replaces = None
    _note_payment(order, "")
    order.save(update_fields=["replaces", "updated_at"])


def _note_payment(order: SupplierOrder, method: str) -> str:
    """Keep how a person says it was paid; imports leave that alone. Returns what stood there before."""
    before = order.payment_method
    typed = "payment_method" in order.edited_fields
    if method == before or not (method or typed):
        return before
    order.payment_method = SupplierOrder.PaidWith(method).value if method else ""
    others = {each for each in order.edited_fields if each != "payment_method"}
    order.edited_fields = sorted(others | {"payment_method"} if method else others)
    order.save(update_fields=["payment_method", "edited_fields", "updated_at"])
    return before


def _link_replacement(*, closed: SupplierOrder, number: str, team: Team, by: Membership) -> None:
    if not is_aliexpress_number(number):
        raise Refused(_("An AliExpress order number has 8 to 20 digits and nothing else."))
    if number == closed.number:
        raise Refused(_("This is the closed order's own number. Enter the number of the new order."))
    new = ensure_supplier_orders(team=team, numbers=[number], buyer_account=closed.buyer_account, by=by)[
        number
    ]
    if new.replaces_id not in (None, closed.pk):
        raise Refused(_("Order %(number)s already stands in for another closed order.") % {"number": number})
    # Following the chain from the closed order back to the first one must not meet the new one.
    seen, earlier = {closed.pk}, closed.replaces
    while earlier is not None and earlier.pk not in seen:
        if earlier.pk == new.pk:
            raise Refused(
                _("Order %(number)s came before this one: it cannot stand in for it.") % {"number": number}
            )
        seen.add(earlier.pk)
        earlier = earlier.replaces
    if new.store_order_id is not None and closed.store_order_id not in (None, new.store_order_id):
        raise Refused(
            _("Order %(number)s was bought for another order of your store. Check the number.")
            % {"number": number}
        )
    new.replaces = closed
    if new.store_order_id is None:
        new.store_order = closed.store_order
    new.save(update_fields=["replaces", "store_order", "updated_at"])


@transaction.atomic
def add_reason(*, team: Team, name: str, by: Membership) -> ClosureReason:
    """A reason of the team's own. A retired one of the same name comes back with its history."""
    allow(by, MERCHANT, team_id=team.pk)
    name = " ".join(name.split())
    lock_team(team.pk)
    own = list(ClosureReason.objects.filter(team=team))
    same = next((reason for reason in own if reason.own_name.casefold() == name.casefold()), None)
    if same and same.retired_at is None:
        raise Refused(_("Your team has this reason already."))
    if same:
        same.retired_at = None
        same.save(update_fields=["retired_at"])
        record(by=by, verb="reason_brought_back", thing=same)
        return same
    taken = {reason.code for reason in own} | set(BUILTIN) | RESERVED_CODES
    base = slugify(name)[:30] or "own"
    code, number = base, 2
    while code in taken:
        code, number = f"{base}-{number}", number + 1
    reason = ClosureReason.objects.create(team=team, code=code, own_name=name)
    record(by=by, verb="reason_added", thing=reason)
    return reason


# Words that stand in the URL where a reason's code would, or that forms use for "none".
RESERVED_CODES = {"new", "not_sure", "none"}


@transaction.atomic
def retire_reason(*, reason: ClosureReason, by: Membership) -> None:
    """Offer the team's own reason no longer. Closures that have it keep it."""
    allow(by, MERCHANT, team_id=by.team_id)
    if reason.team_id != by.team_id:
        raise Refused(_("Only reasons that your team added can be retired."))
    retired = ClosureReason.objects.filter(pk=reason.pk, retired_at=None).update(retired_at=timezone.now())
    if retired:
        record(by=by, verb="reason_retired", thing=reason)


@transaction.atomic
def edit_playbook(
    *, team: Team, reason: ClosureReason, by: Membership, verified_on: date | None, **words: str
) -> Playbook:
    """Keep the team's own words for a reason.

    `words` has a text for each of `PLAYBOOK_WORDS`. A text that is the seeded one in the reader's language is kept as
    blank, so that readers of the other language go on seeing theirs.
    """
    allow(by, MERCHANT, team_id=team.pk)
    if reason.team_id not in (None, team.pk):
        raise Refused(_("This reason belongs to another team."))
    seeded = BUILTIN.get(reason.code) if reason.team_id is None else None
    playbook, _created = Playbook.objects.select_for_update().get_or_create(team=team, reason=reason)
    new: dict[str, Any] = {"verified_on": verified_on}
    for name in PLAYBOOK_WORDS:
        text = "\n".join(words.get(name, "").strip().splitlines())
        new[name] = "" if seeded and text == str(getattr(seeded, name)) else text
    before = {name: getattr(playbook, name) for name in new if getattr(playbook, name) != new[name]}
    if before:
        for name in before:
            setattr(playbook, name, new[name])
        playbook.save(update_fields=list(before))
        record(
            by=by,
            verb="playbook_edited",
            thing=reason,
            team=team,
            before=before,
            after={name: new[name] for name in before},
        )
    return playbook
