"""Orders that are passed over because a file says nothing new of them are those a close look finds unchanged."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from closedorders.accounts.models import Membership
from closedorders.orders.merging.stored import SameOrders
from closedorders.orders.models import Import, Store
from tests.factories import make_member, make_store, make_team
from tests.orders.files import csv_file, import_file, preview, shopify_row

NUMBER = "8201447122035519"
#: What cells may say: blank, the same in another spelling, less exact, too long to store whole, or something else.
CELLS = {
    "Email": ("", "maria@example.com", "MARIA@example.com ", "bo@example.com"),
    "Phone": ("", "+34 600 123 456", "000"),
    "Billing Name": ("", "María García", "m" * 250),
    "Shipping Country": ("", "ES", "PT"),
    "Financial Status": ("", "paid", "refunded"),
    "Currency": ("", "EUR", "USD"),
    "Subtotal": ("", "20.00", "20.0", "21.00"),
    "Total": ("", "25.00", "25", "26.00"),
    "Created at": ("", "2026-10-07 09:50:26 +0200", "2026-10-07 09:50:00 +0200", "2026-10-07", "2026-10-08"),
    "Notes": ("", "ring twice", f"Ali {NUMBER}"),
    "Lineitem name": ("Lamp", "Mat", "L" * 300),
    "Lineitem quantity": ("1", "2"),
    "Lineitem price": ("", "20.00", "20.5"),
    "Lineitem sku": ("", "L-1", "s" * 120),
    "Vendor": ("", "Acme"),
}


@st.composite
def rows(draw: st.DrawFn) -> dict[str, str]:
    """An ordinary order, with at most three of its cells of another kind: most of them are to be saved."""
    names = draw(st.sets(st.sampled_from(sorted(CELLS)), max_size=3))
    row = {"Lineitem sku": "L-1", "Vendor": "Acme"}
    return shopify_row(**row) | {name: draw(st.sampled_from(CELLS[name])) for name in sorted(names)}


@st.composite
def changed(draw: st.DrawFn, before: dict[str, str]) -> dict[str, str]:
    """The row again with at most one of its cells changed, and without at most one of its columns."""
    row = dict(before)
    for name in draw(st.sets(st.sampled_from(sorted(CELLS)), max_size=1)):
        row[name] = draw(st.sampled_from(CELLS[name]))
    away = sorted(set(CELLS) - {"Lineitem name", "Lineitem quantity", "Currency", "Total"})
    for name in draw(st.sets(st.sampled_from(away), max_size=1)):
        del row[name]
    return row


def _found(source: Import) -> tuple[object, ...]:
    """What a preview says of a file's orders."""
    counts = (source.orders_new, source.orders_changed, source.orders_unchanged, source.rows_rejected)
    return source.state, counts, source.samples


class SaysNothingNew(TestCase):
    by: Membership
    store: Store

    def setUp(self) -> None:
        self.by = make_member(make_team())
        self.store = make_store(self.by.team)

    # Without shrinking: each example saves a file, and a failure would take minutes to be told.
    @settings(
        max_examples=100,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def test_a_file_that_comes_again_says_the_same_whether_or_not_its_orders_are_passed_over(
        self, data: st.DataObject
    ) -> None:
        first = [data.draw(rows()), data.draw(rows()) | {"Name": "#1002"}]
        saved = preview(csv_file(first), store=self.store, by=self.by)
        if saved.state != Import.State.PREVIEWED or not saved.orders_new:
            return
        import_file(csv_file(first), store=self.store, by=self.by)
        again = data.draw(changed(first[0]))
        content = csv_file([again, {name: first[1].get(name, "") for name in again}])
        quick = _found(preview(content, store=self.store, by=self.by))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SameOrders, "says", lambda same, order: False)
            careful = _found(preview(content, store=self.store, by=self.by))
        assert quick == careful
