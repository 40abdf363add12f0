"""New AliExpress orders joined to the closed ones they were placed for: lines of "old number, new number"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orders.actions.stubs import ensure_supplier_orders
from closedorders.orders.bulk.actions import forget_old_rows
from closedorders.orders.bulk.plan import change_of
from closedorders.orders.models import BulkEdit, BulkEditRow, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..actions.outcomes import MONEY_OUTCOMES
from ..models import Closure
from ..pasting import read_numbers
from .outcomes import REPLACEMENTS_VERB, edit_of_key, outcome_values

MOST_PAIRS = 500
# A chain of orders that were placed again and closed again is followed this far.
_LONGEST_CHAIN = 20

#: Why a pair is not joined; the sentence goes on from its numbers.
REFUSED: dict[str, Promise] = {
    "unknown": gettext_lazy("the old number is no AliExpress order of your team"),
    "not_closed": gettext_lazy("the old number is not logged as closed"),
    "closure_reopened": gettext_lazy("AliExpress took the closure back: there is nothing to place again"),
    "same": gettext_lazy("both numbers are the same"),
    "two_new": gettext_lazy("the old number stands here with two new numbers"),
    "two_old": gettext_lazy("the new number stands here for two old ones"),
    "money_outcome": gettext_lazy("refunded or written off by a merchant: change it on the closure's page"),
    "has_other": gettext_lazy("another new order is entered for it: change it on the closure's page"),
    "used": gettext_lazy("the new order was placed for another closed order"),
    "other_sale": gettext_lazy("the new order was bought for another order of your store"),
    "earlier": gettext_lazy("the new order came before the old one"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """What a text has: the pairs, each once, and lines with a number that are no pair (`[(line, text)]`)."""

    pairs: tuple[Pair, ...]
    unreadable: tuple[tuple[int, str], ...]
    rounded: bool


def read_pairs(team: Team, text: str) -> Pairs:
    """The pairs in lines of text, the closed order's number first. A line without any digits is ignored.

    Numbers of unusual length count where the team has such orders, or `read_numbers` would not know them. One query
    at most.
    """
    lines = text.splitlines()
    read = [read_numbers(line) for line in lines]
    unusual = {number for each in read for number in each.unusual}
    if unusual:
        known = frozenset(
            SupplierOrder.objects.for_team(team)
            .filter(number__any_of=unusual)
            .values_list("number", flat=True)
        )
        read = [read_numbers(line, known=known) for line in lines]
    pairs: dict[Pair, None] = {}
    unreadable = []
    for place, (line, found) in enumerate(zip(lines, read, strict=True), 1):
        if len(found.numbers) == 2 and not found.shortened:
            pairs[Pair(*found.numbers)] = None
        elif len(found.numbers) == 1 and found.repeated == 1 and not found.unreadable:
            pairs[Pair(found.numbers[0], found.numbers[0])] = None
        elif re.search(r"\d", line):
            unreadable.append((place, line.strip()[:80]))
    return Pairs(tuple(pairs), tuple(unreadable), read_numbers(text).rounded)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a pair: its closure, and the code of why it is not joined. `joined`: it is so already."""

    pair: Pair
    closure: Closure | None = None
    code: str = ""
    joined: bool = False

    @property
    def words(self) -> str:
        return str(REFUSED.get(self.code, ""))


def judge_pairs(team: Team, pairs: Sequence[Pair]) -> list[Verdict]:
    """For each pair whether `join_replacements` would join it. A fixed number of queries, and one a step of chains."""
    closures: dict[str, Closure] = {}
    of_team = Closure.objects.for_team(team).filter(supplier_order__number__in={pair.old for pair in pairs})
    for closure in of_team.with_order().order_by("pk"):
        # The one in force, else the last that was taken back.
        if closure.reopened_at is None or closures.get(closure.supplier_order.number) is None:
            closures[closure.supplier_order.number] = closure
    orders = {
        order.number: order
        for order in SupplierOrder.objects.for_team(team)
        .filter(number__in={number for pair in pairs for number in (pair.old, pair.new)})
        .select_related("replaces")
    }
    replaced_by: dict[int | None, list[str]] = {}
    for closed, number in SupplierOrder.objects.filter(
        replaces__in=[closure.supplier_order_id for closure in closures.values()]
    ).values_list("replaces_id", "number"):
        replaced_by.setdefault(closed, []).append(number)
    placed_for = _chains(orders.values())
    seen_old: dict[str, str] = {}
    seen_new: dict[str, str] = {}
    verdicts = []
    for pair in pairs:
        found = closures.get(pair.old)
        code, joined = "", False
        if found is None:
            code = "not_closed" if pair.old in orders else "unknown"
        elif pair.old == pair.new:
            code = "same"
        elif seen_old.setdefault(pair.old, pair.new) != pair.new:
            code = "two_new"
        elif seen_new.setdefault(pair.new, pair.old) != pair.old:
            code = "two_old"
        elif found.reopened_at is not None:
            code = "closure_reopened"
        else:
            earlier = replaced_by.get(found.supplier_order_id, [])
            joined = earlier == [pair.new] and found.outcome == Closure.Outcome.REPLACED
            code = "" if joined else _refusal(pair, found, orders.get(pair.new), earlier, placed_for)
        if found is not None and not code and not joined:
            placed_for[pair.new] = pair.old
        verdicts.append(Verdict(pair, found, code, joined))
    return verdicts


def _refusal(
    pair: Pair,
    closure: Closure,
    new: SupplierOrder | None,
    earlier: Sequence[str],
    placed_for: dict[str, str],
) -> str:
    if closure.outcome in MONEY_OUTCOMES:
        return "money_outcome"
    if earlier and earlier != [pair.new]:
        return "has_other"
    if new is not None and new.replaces_id not in (None, closure.supplier_order_id):
        return "used"
    store_order = closure.supplier_order.store_order_id
    if new is not None and new.store_order_id is not None and store_order not in (None, new.store_order_id):
        return "other_sale"
    number: str | None = pair.old
    for _step in range(_LONGEST_CHAIN):
        number = placed_for.get(number or "")
        if number is None:
            return ""
        if number == pair.new:
            return "earlier"
    return "earlier"


def _chains(orders: Iterable[SupplierOrder]) -> dict[str, str]:
    """New number -> the number it was placed for, of these orders and all before them."""
    placed_for: dict[str, str] = {}
    step = list(orders)
    for _step in range(_LONGEST_CHAIN):
        earlier = []
        for order in step:
            if order.replaces is not None:
                placed_for[order.number] = order.replaces.number
                earlier.append(order.replaces)
        unknown = [order.pk for order in earlier if order.replaces_id and order.number not in placed_for]
        if not unknown:
            break
        step = list(SupplierOrder.objects.filter(pk__in=unknown).select_related("replaces"))
    return placed_for


@transaction.atomic
def join_replacements(
    *, team: Team, pairs: Sequence[Pair], by: Membership, key: str, payment_method: str = ""
) -> BulkEdit:
    """Mark the closures as reordered and join their new orders, in one edit; pairs that are refused are named in it.

    Unknown new numbers become orders that the next import completes. `payment_method`, of `SupplierOrder.PaidWith`, is
    how all of them were paid; blank leaves that alone. `key` is the form's own: sent twice, it is done once.
    """
    allow(by, DESK, team_id=team.pk)
    if len(pairs) > MOST_PAIRS:
        raise Refused(_("Join at most %(most)s orders at a time.") % {"most": MOST_PAIRS})
    lock_team(team.pk)
    if (earlier := edit_of_key(by, REPLACEMENTS_VERB, key)) is not None:
        return earlier
    forget_old_rows(team)
    now = timezone.now()
    verdicts = judge_pairs(team, pairs)
    accepted = {
        each.closure: each.pair for each in verdicts if each.closure and not each.code and not each.joined
    }
    new_orders = _new_orders(team, accepted, by)
    edit = BulkEdit.objects.create(
        team=team, by=by, verb=REPLACEMENTS_VERB, params={"outcome": Closure.Outcome.REPLACED, "key": key}
    )
    after = outcome_values(Closure.Outcome.REPLACED, by, now)
    rows, lines = [], []
    for closure, pair in accepted.items():
        new = new_orders[pair.new]
        change = change_of(closure, **after)
        before: dict[str, Any] = {
            **change.before,
            "new_order": {
                "store_order": new.store_order_id,
                "payment_method": new.payment_method,
                "edited_fields": new.edited_fields,
            },
        }
        rows.append(
            BulkEditRow(
                edit=edit, thing_id=closure.pk, before=before, after={**change.after, "new_order": new.pk}
            )
        )
        new.replaces = closure.supplier_order
        new.store_order_id = new.store_order_id or closure.supplier_order.store_order_id
        new.updated_at = now
        was = {"outcome": closure.outcome, "replacement": ""}
        became = {"outcome": Closure.Outcome.REPLACED.value, "replacement": pair.new}
        if payment_method:
            was["payment_method"], became["payment_method"] = new.payment_method, payment_method
            new.payment_method = SupplierOrder.PaidWith(payment_method).value
            new.edited_fields = sorted({*new.edited_fields, "payment_method"})
        lines.append((closure, was, became))
    BulkEditRow.objects.bulk_create(rows, batch_size=500)
    SupplierOrder.objects.bulk_update(
        list(new_orders.values()),
        ["replaces", "store_order", "payment_method", "edited_fields", "updated_at"],
        batch_size=100,
    )
    Closure.objects.filter(pk__in=[closure.pk for closure in accepted]).update(
        outcome=Closure.Outcome.REPLACED, outcome_at=now, outcome_by=by
    )
    refresh_status(
        [
            *(closure.supplier_order.store_order_id for closure in accepted),
            *(new.store_order_id for new in new_orders.values()),
        ]
    )
    record_each(by=by, verb="closure_outcome_set", changes=lines)
    left_out = [each for each in verdicts if each.code or each.joined]
    edit.matched, edit.changed, edit.excepted = len(verdicts), len(accepted), len(left_out)
    edit.exceptions = [
        {
            "closure": each.closure.pk if each.closure else None,
            "number": each.pair.old,
            "new": each.pair.new,
            "code": each.code or "has_outcome",
        }
        for each in left_out
    ]
    edit.created_at = timezone.now()
    edit.save()
    record(by=by, verb="closure_replacements_joined", thing=team, after={"orders": edit.changed})
    return edit


def _new_orders(team: Team, accepted: dict[Closure, Pair], by: Membership) -> dict[str, SupplierOrder]:
    """The new orders by number, made where nobody knew them, each with the closed order's buyer account."""
    by_account: dict[Any, list[str]] = {}
    for closure, pair in accepted.items():
        by_account.setdefault(closure.supplier_order.buyer_account_id, []).append(pair.new)
    accounts = {
        account.pk: account for account in team.buyer_accounts.filter(pk__in=filter(None, by_account))
    }
    found: dict[str, SupplierOrder] = {}
    for account, numbers in by_account.items():
        found |= ensure_supplier_orders(
            team=team, numbers=numbers, buyer_account=accounts.get(account), by=by
        )
    return found
