"""One outcome for many closures: who gets it, who is left out, and how it is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.closures import actions
from closedorders.closures.bulk.outcomes import set_outcomes, undo_outcomes
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.models import BulkEdit, StoreOrder
from tests.cast import Cast
from tests.closures.pages import SignIn, url, words
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order

NEW = "8201447122039999"


def _closures(cast: Cast, count: int = 3) -> list[Closure]:
    store = make_store(cast.team)
    orders = [make_supplier_order(cast.team, make_store_order(store)) for _ in range(count)]
    return list(make_incident(cast.team, cast.merchant, orders).closures.order_by("pk"))


def _set(cast: Cast, closures: list[Closure], outcome: str, key: str = "k", **options: object) -> BulkEdit:
    by = options.pop("by", cast.merchant)
    ids = [closure.pk for closure in closures]
    return set_outcomes(team=cast.team, closure_ids=ids, outcome=outcome, by=by, key=key, **options)  # type: ignore[arg-type]  # named by the caller


def _outcomes(closures: list[Closure]) -> list[str]:
    found = Closure.objects.filter(pk__in=[closure.pk for closure in closures])
    return list(found.order_by("pk").values_list("outcome", flat=True))


def test_all_ticked_closures_get_the_outcome_and_undo_brings_back_what_was(cast: Cast) -> None:
    closures = _closures(cast)
    edit = _set(cast, closures, "refunded")
    assert (edit.changed, edit.excepted) == (3, 0)
    assert _outcomes(closures) == ["refunded"] * 3
    assert set(StoreOrder.objects.values_list("supplier_state", flat=True)) == {"refunded"}
    assert AuditEvent.objects.filter(verb="closure_outcome_set").count() == 3
    assert undo_outcomes(edit=edit, by=cast.merchant).restored == 3
    assert _outcomes(closures) == ["open"] * 3
    assert set(StoreOrder.objects.values_list("supplier_state", flat=True)) == {"closed_open"}
    assert not Closure.objects.exclude(outcome_at=None, outcome_by=None).exists()
    with pytest.raises(Refused, match="undone already"):
        undo_outcomes(edit=edit, by=cast.merchant)


def test_the_same_form_sent_twice_is_done_once(cast: Cast) -> None:
    closures = _closures(cast)
    assert _set(cast, closures, "refunded", key="same") == _set(cast, closures, "refunded", key="same")
    assert BulkEdit.objects.count() == 1


def test_who_cannot_get_the_outcome_is_left_out_and_named_with_why(cast: Cast) -> None:
    reopened, placed, refunded, written_off, still_open = closures = _closures(cast, 5)
    actions.reopen_closure(closure=reopened, by=cast.merchant)
    actions.set_outcome(closure=placed, outcome="replaced", by=cast.merchant, replacement=NEW)
    actions.set_outcome(closure=refunded, outcome="refunded", by=cast.merchant)
    actions.set_outcome(closure=written_off, outcome="written_off", by=cast.merchant)
    edit = _set(cast, closures, "refunded")
    assert [(each["closure"], each["code"]) for each in edit.exceptions] == [
        (reopened.pk, "closure_reopened"),
        (placed.pk, "has_new_order"),
        (refunded.pk, "has_outcome"),
        (written_off.pk, "made_good"),
    ]
    assert (edit.changed, edit.params["why"]["made_good"]) == (1, 1)
    assert _outcomes([still_open]) == ["refunded"]
    # Asked for, another outcome gives way.
    assert _set(cast, [written_off], "refunded", key="over", over=True).changed == 1
    # What a merchant said of money does not, for an outcome that is not about money.
    edit = _set(cast, [refunded], "replaced", key="third", over=True)
    assert [each["code"] for each in edit.exceptions] == ["money_outcome"]


def test_refunds_and_losses_are_a_merchants_only(cast: Cast) -> None:
    closures = _closures(cast)
    for outcome in ("refunded", "written_off"):
        with pytest.raises(Refused, match="merchant"):
            _set(cast, closures, outcome, by=cast.assistant)
    assert _outcomes(closures) == ["open"] * 3
    assert _set(cast, closures, "replaced", by=cast.assistant).changed == 3


def test_closures_of_another_team_are_ignored(cast: Cast, other_cast: Cast) -> None:
    theirs = _closures(other_cast)
    edit = _set(cast, theirs, "refunded")
    assert (edit.matched, edit.changed) == (0, 0)
    assert _outcomes(theirs) == ["open"] * 3


def test_undo_leaves_what_was_changed_or_closed_again_since(cast: Cast) -> None:
    changed, closed_again, same = closures = _closures(cast)
    edit = _set(cast, closures, "reopened")
    assert Closure.objects.reopened().count() == 3
    Closure.objects.create(
        team=cast.team,
        supplier_order=closed_again.supplier_order,
        incident=closed_again.incident,
        logged_by=cast.merchant,
    )
    Closure.objects.filter(pk=changed.pk).update(reopened_at=timezone.now() - timedelta(days=1))
    undone = undo_outcomes(edit=edit, by=cast.merchant)
    assert undone.restored == 1
    assert set(undone.left) == {changed.supplier_order.number, closed_again.supplier_order.number}
    assert set(Closure.objects.open()) >= {same}


def test_undo_is_for_ten_minutes_and_for_who_did_it_or_a_merchant(cast: Cast) -> None:
    closures = _closures(cast)
    edit = _set(cast, closures, "refunded")
    with pytest.raises(Refused, match="Only who did this"):
        undo_outcomes(edit=edit, by=cast.assistant)
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(Refused, match="ten minutes"):
        undo_outcomes(edit=edit, by=cast.merchant)


def test_a_merchant_ticks_sees_what_is_left_out_and_confirms(cast: Cast, client_of: SignIn) -> None:
    first, second, third = _closures(cast)
    actions.set_outcome(closure=third, outcome="written_off", by=cast.merchant)
    client = client_of(cast.merchant)
    chosen = {"outcome": "refunded", "closure": [first.pk, second.pk, third.pk], "view": "open"}
    page = client.post(url(cast, "bulk_outcomes"), chosen)
    assert "Set 2 closures" in words(page)
    assert third.supplier_order.number in words(page).replace(" ", "")
    assert _outcomes([first, second]) == ["open", "open"]
    carried = {"outcome": "refunded", "apply": "1", "key": "one", "chosen": page.context["chosen"]}
    page = client.post(url(cast, "bulk_outcomes"), carried, follow=True)
    assert "2 closures have this outcome now" in words(page)
    assert "has another outcome already" in words(page)
    page = client.post(url(cast, "outcomes_undo", page.context["edit"].pk), follow=True)
    assert "2 closures are as they were before" in words(page)
    assert _outcomes([first, second, third]) == ["open", "open", "written_off"]


def test_all_that_match_get_the_outcome_and_the_list_offers_undo(cast: Cast, client_of: SignIn) -> None:
    closures = _closures(cast)
    client = client_of(cast.merchant)
    chosen = {"outcome": "written_off", "scope": "matching", "newest": closures[1].pk, "view": "open"}
    page = client.post(url(cast, "bulk_outcomes"), chosen)
    carried = {"outcome": "written_off", "apply": "1", "key": "one", "chosen": page.context["chosen"]}
    page = client.post(url(cast, "bulk_outcomes"), carried, follow=True)
    # What was logged after the page was shown is not changed unseen.
    assert _outcomes(closures) == ["written_off", "written_off", "open"]
    assert "Undo" in words(page)
    page = client.get(url(cast, "closures"))
    assert page.context["outcomes_undo"]["edit"].changed == 2
    assert "outcomes_undo" not in client_of(cast.assistant).get(url(cast, "closures")).context


def test_an_assistant_is_not_offered_what_is_about_money(cast: Cast, client_of: SignIn) -> None:
    closures = _closures(cast)
    client = client_of(cast.assistant)
    assert {value for value, _label in client.get(url(cast, "closures")).context["outcomes"]} == {
        "replaced",
        "reopened",
    }
    page = client.post(
        url(cast, "bulk_outcomes"), {"outcome": "refunded", "closure": closures[0].pk}, follow=True
    )
    assert "Nothing was changed" in words(page)
    for nothing in ({"outcome": "replaced"}, {"outcome": "replaced", "apply": "1", "chosen": "x"}):
        assert client.post(url(cast, "bulk_outcomes"), nothing, follow=True).status_code == 200
    assert _outcomes(closures) == ["open"] * 3
