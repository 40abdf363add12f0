"""Lines of "old number, new number": read, judged, joined, taken back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from closedorders.accounts.models import AuditEvent
from closedorders.closures import actions
from closedorders.closures.bulk.outcomes import undo_outcomes
from closedorders.closures.bulk.replacements import Pair, join_replacements, judge_pairs, read_pairs
from closedorders.closures.models import Closure
from closedorders.orders.models import BulkEdit, SupplierOrder
from tests.cast import Cast
from tests.closures.pages import SignIn, url, words
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
)

OLD = [f"{8_201_447_122_030_000 + n}" for n in range(8)]
NEW = [f"{8_301_447_122_030_000 + n}" for n in range(8)]


def _close(cast: Cast, *numbers: str) -> list[Closure]:
    store = make_store(cast.team)
    account = make_buyer_account(cast.team)
    orders = [
        make_supplier_order(cast.team, make_store_order(store), number=number, buyer_account=account)
        for number in numbers
    ]
    incident = make_incident(cast.team, cast.merchant, orders, buyer_account=account)
    return list(incident.closures.order_by("pk"))


def _join(cast: Cast, *pairs: Pair, key: str = "k", **options: str) -> BulkEdit:
    return join_replacements(team=cast.team, pairs=pairs, by=cast.assistant, key=key, **options)


def _codes(cast: Cast, *pairs: Pair) -> list[str]:
    return [each.code for each in judge_pairs(cast.team, pairs)]


@pytest.mark.parametrize(
    "line",
    [
        f"{OLD[0]},{NEW[0]}",
        f"{OLD[0]}\t{NEW[0]}",
        f"{OLD[0]} {NEW[0]}",
        f'"{OLD[0]}";"{NEW[0]}"',
        f"{OLD[0][:4]} {OLD[0][4:8]} {OLD[0][8:12]} {OLD[0][12:]} → {NEW[0]}",
    ],
)
def test_a_line_has_the_old_number_and_the_new_one_however_it_is_written(cast: Cast, line: str) -> None:
    read = read_pairs(cast.team, f"closed,new\n\n{line}\n{line}\n")
    assert read.pairs == (Pair(OLD[0], NEW[0]),)
    assert read.unreadable == ()


def test_lines_without_two_numbers_are_named_by_their_place(cast: Cast) -> None:
    read = read_pairs(
        cast.team, f"{OLD[0]}\n{OLD[1]},{NEW[1]}\n{OLD[2]},8.20E+15\n{OLD[3]},{NEW[3]},{NEW[4]}"
    )
    assert read.pairs == (Pair(OLD[1], NEW[1]),)
    assert [line for line, _text in read.unreadable] == [1, 3, 4]


def test_pairs_are_joined_in_one_action_and_undone(cast: Cast) -> None:
    closures = _close(cast, *OLD[:3])
    known = make_supplier_order(cast.team, number=NEW[0], payment_method="Visa", cost="9.00")
    edit = _join(cast, *(Pair(OLD[n], NEW[n]) for n in range(3)), payment_method="pocket")
    assert edit.changed == 3
    for n, closure in enumerate(closures):
        new = closure.supplier_order.replacements.get()
        assert (new.number, new.payment_method) == (NEW[n], "pocket")
        assert new.store_order == closure.supplier_order.store_order
        assert new.buyer_account == closure.supplier_order.buyer_account
    assert set(Closure.objects.values_list("outcome", flat=True)) == {"replaced"}
    assert AuditEvent.objects.filter(verb="closure_outcome_set", after__replacement=NEW[1]).count() == 1
    assert undo_outcomes(edit=edit, by=cast.assistant).restored == 3
    assert Closure.objects.open().count() == 3
    assert not SupplierOrder.objects.exclude(replaces=None).exists()
    known.refresh_from_db()
    assert (known.store_order, known.payment_method, known.edited_fields) == (None, "Visa", [])


def test_what_cannot_be_joined_is_refused_with_why_and_the_rest_is_joined(cast: Cast) -> None:
    reopened, refunded, placed, _fine, _too = _close(cast, *OLD[:5])
    actions.reopen_closure(closure=reopened, by=cast.merchant)
    actions.set_outcome(closure=refunded, outcome="refunded", by=cast.merchant)
    actions.set_outcome(closure=placed, outcome="replaced", by=cast.merchant, replacement=NEW[7])
    make_supplier_order(cast.team, number=OLD[6])
    sale = make_store_order(make_store(cast.team))
    make_supplier_order(cast.team, sale, number=NEW[6])
    pairs = {
        Pair(OLD[0], NEW[0]): "closure_reopened",
        Pair(OLD[1], NEW[1]): "money_outcome",
        Pair(OLD[2], NEW[2]): "has_other",
        Pair(OLD[2], NEW[7]): "two_new",
        Pair(OLD[3], OLD[3]): "same",
        Pair(OLD[3], NEW[3]): "",
        Pair(OLD[4], NEW[3]): "two_old",
        Pair(OLD[4], NEW[6]): "two_new",
        Pair(OLD[6], NEW[5]): "not_closed",
        Pair(OLD[7], NEW[5]): "unknown",
    }
    assert _codes(cast, *pairs) == list(pairs.values())
    assert _codes(cast, Pair(OLD[4], NEW[6])) == ["other_sale"]
    assert _codes(cast, Pair(OLD[4], NEW[7])) == ["used"]
    assert judge_pairs(cast.team, [Pair(OLD[2], NEW[7])])[0].joined
    edit = _join(cast, *pairs)
    assert (edit.changed, edit.excepted) == (1, 9)


def test_two_orders_never_stand_for_each_other(cast: Cast) -> None:
    _close(cast, OLD[0], OLD[1])
    for order in SupplierOrder.objects.all():
        order.store_order = None
        order.save()
    assert _codes(cast, Pair(OLD[0], OLD[1]), Pair(OLD[1], OLD[0])) == ["", "earlier"]
    _join(cast, Pair(OLD[0], OLD[1]))
    assert _codes(cast, Pair(OLD[1], OLD[0])) == ["earlier"]


def test_closures_of_another_team_are_unknown(cast: Cast, other_cast: Cast) -> None:
    _close(other_cast, OLD[0])
    assert _codes(cast, Pair(OLD[0], NEW[0])) == ["unknown"]


def test_the_queries_of_joining_do_not_grow_with_the_lines(cast: Cast) -> None:
    _close(cast, *OLD[:6])
    with CaptureQueriesContext(connection) as few:
        _join(cast, Pair(OLD[0], NEW[0]), key="few")
    with CaptureQueriesContext(connection) as many:
        _join(cast, *(Pair(OLD[n], NEW[n]) for n in range(1, 6)), key="many")
    assert len(many) <= len(few)


def test_an_assistant_pastes_sees_what_would_be_joined_and_joins(cast: Cast, client_of: SignIn) -> None:
    _close(cast, OLD[0])
    client = client_of(cast.assistant)
    lines = f"{OLD[0]} {NEW[0]}\n{OLD[1]} {NEW[1]}\n{OLD[2]}\n"
    page = client.post(url(cast, "replacements"), {"lines": lines})
    said = words(page)
    assert "1 order is recognised" in said
    assert "1 is unknown" in said
    assert "Line 3" in said
    assert Closure.objects.open().count() == 1
    sent = {"lines": page.context["lines"], "key": "k", "apply": "1"}
    page = client.post(url(cast, "replacements"), sent, follow=True)
    assert Closure.objects.replaced().count() == 1
    assert "Undo" in words(page)
    client.post(url(cast, "outcomes_undo", page.context["edit"].pk))
    assert Closure.objects.open().count() == 1


def test_a_file_is_read_like_a_paste_and_a_workbook_is_refused(cast: Cast, client_of: SignIn) -> None:
    _close(cast, OLD[0])
    client = client_of(cast.merchant)

    def send(content: bytes) -> str:
        return words(client.post(url(cast, "replacements"), {"file": SimpleUploadedFile("new.csv", content)}))

    assert "1 order is recognised" in send(f"\ufeffold;new\r\n{OLD[0]};{NEW[0]}\r\n".encode())
    assert "1 order is recognised" in send(f"old\tnew\n{OLD[0]}\t{NEW[0]}\n".encode("utf-16"))
    assert "This is a workbook" in send(b"PK\x03\x04rest")
    assert "No line here has two" in send(b"one,two\n")
    assert "Paste the numbers" in words(client.post(url(cast, "replacements"), {"lines": " "}))
    rounded = "\n".join(f"8201447122{n:03}000,8301447122{n:03}000" for n in range(5))
    assert "has rounded them" in send(rounded.encode())
