from __future__ import annotations

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.closures import actions
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.models import SupplierOrder
from tests.cast import Cast
from tests.closures.logs import NUMBERS, log
from tests.factories import make_store, make_store_order, make_supplier_order


def test_a_reopened_closure_stays_as_history_and_the_order_can_be_closed_again(cast: Cast) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged
    actions.reopen_closure(closure=closure, by=cast.assistant)
    actions.reopen_closure(closure=closure, by=cast.assistant)
    assert Closure.objects.reopened().get() == closure
    assert AuditEvent.objects.filter(verb="closure_reopened").count() == 1
    with pytest.raises(Refused, match="took this closure back"):
        actions.set_outcome(closure=closure, outcome="refunded", by=cast.merchant)
    log(cast, NUMBERS[:1])
    assert Closure.objects.not_reopened().count() == 1
    assert Closure.objects.count() == 2


def test_a_replacement_is_linked_to_the_closed_order_and_its_store_order(cast: Cast) -> None:
    store_order = make_store_order(make_store(cast.team))
    make_supplier_order(cast.team, store_order, number=NUMBERS[0])
    (closure,) = log(cast, NUMBERS[:1]).logged
    actions.set_outcome(closure=closure, outcome="replaced", by=cast.assistant, replacement=NUMBERS[1])
    new = SupplierOrder.objects.get(number=NUMBERS[1])
    assert new.replaces == closure.supplier_order
    assert new.store_order == store_order
    # A mistyped number is put right.
    actions.set_outcome(closure=closure, outcome="replaced", by=cast.assistant, replacement=NUMBERS[2])
    assert not SupplierOrder.objects.get(number=NUMBERS[1]).replaces
    assert closure.supplier_order.replacements.get().number == NUMBERS[2]
    actions.set_outcome(closure=closure, outcome="open", by=cast.assistant)
    assert not closure.supplier_order.replacements.exists()
    closure.refresh_from_db()
    assert closure.outcome_at is None


def test_how_the_new_order_was_paid_stays_with_it_and_can_be_put_right(cast: Cast) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged

    def say(number: str, method: str | None = None) -> SupplierOrder:
        actions.set_outcome(
            closure=closure, outcome="replaced", by=cast.assistant, replacement=number, payment_method=method
        )
        return SupplierOrder.objects.get(number=number)

    def trail() -> list[tuple[dict[str, str], dict[str, str]]]:
        events = AuditEvent.objects.filter(verb="closure_outcome_set").order_by("pk")
        return list(events.values_list("before", "after"))

    assert say(NUMBERS[1], "pocket").payment_method == "pocket"
    closure.refresh_from_db()
    made_good_at = closure.outcome_at
    assert trail()[-1] == (
        {"outcome": "open", "replacement": "", "payment_method": ""},
        {"outcome": "replaced", "replacement": NUMBERS[1], "payment_method": "pocket"},
    )
    # Imports leave what a person said alone.
    assert "payment_method" in say(NUMBERS[1]).edited_fields
    # Twice is once, and who says nothing of it takes nothing away.
    assert say(NUMBERS[1], "pocket").payment_method == "pocket"
    assert len(trail()) == 1
    # Put right by itself, it was no less made good when it was.
    assert say(NUMBERS[1], "paypal").payment_method == "paypal"
    closure.refresh_from_db()
    assert closure.outcome_at == made_good_at
    assert trail()[-1] == (
        {"outcome": "replaced", "payment_method": "pocket"},
        {"outcome": "replaced", "payment_method": "paypal"},
    )
    # Of a mistyped number it was never true.
    assert say(NUMBERS[2], "card").payment_method == "card"
    mistyped = SupplierOrder.objects.get(number=NUMBERS[1])
    assert (mistyped.payment_method, mistyped.edited_fields) == ("", [])
    taken_back = say(NUMBERS[2], "")
    assert (taken_back.payment_method, taken_back.edited_fields) == ("", [])


def test_how_a_file_says_an_order_was_paid_is_not_taken_back_by_who_says_nothing(cast: Cast) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged
    new = make_supplier_order(cast.team, number=NUMBERS[1], payment_method="Visa")
    for outcome in ("replaced", "open"):
        actions.set_outcome(
            closure=closure, outcome=outcome, by=cast.assistant, replacement=new.number, payment_method=""
        )
        new.refresh_from_db()
        assert new.payment_method == "Visa"


def test_a_replacement_must_be_another_order_that_replaces_nothing_else(cast: Cast) -> None:
    first, second = log(cast, NUMBERS[:2]).logged
    with pytest.raises(Refused, match="own number"):
        actions.set_outcome(closure=first, outcome="replaced", by=cast.assistant, replacement=NUMBERS[0])
    with pytest.raises(Refused, match="8 to 20 digits"):
        actions.set_outcome(closure=first, outcome="replaced", by=cast.assistant, replacement="12")
    actions.set_outcome(closure=first, outcome="replaced", by=cast.assistant, replacement=NUMBERS[1])
    with pytest.raises(Refused, match="came before"):
        actions.set_outcome(closure=second, outcome="replaced", by=cast.assistant, replacement=NUMBERS[0])
    actions.set_outcome(closure=second, outcome="replaced", by=cast.assistant, replacement=NUMBERS[2])
    (third,) = log(cast, NUMBERS[3:4]).logged
    with pytest.raises(Refused, match="already stands in"):
        actions.set_outcome(closure=third, outcome="replaced", by=cast.assistant, replacement=NUMBERS[2])


@pytest.mark.parametrize("outcome", ["refunded", "written_off"])
def test_an_assistant_cannot_settle_money(cast: Cast, outcome: str) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged
    with pytest.raises(Refused, match="merchant"):
        actions.set_outcome(closure=closure, outcome=outcome, by=cast.assistant)
    actions.set_outcome(closure=closure, outcome=outcome, by=cast.merchant)
    with pytest.raises(Refused, match="merchant"):
        actions.set_outcome(closure=closure, outcome="open", by=cast.assistant)
