"""The file of bad rows, corrected and imported again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from closedorders.core.files.spreadsheet_cells import FORMULA_STARTS, guarded, neutral, unguarded
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.imports.bad_rows.tables import Table, as_file, issues
from tests.imports.browsing import ClientOf
from tests.imports.files import ali_row, csv_file, import_file, preview, save, shopify_row, text


def mend(table: Table, line: int, column: str, value: str) -> None:
    """Type `value` into the row that was on `line` of the uploaded file."""
    row = next(row for row in table[1:] if row[table[0].index("Line")] == str(line))
    row[table[0].index(column)] = value


def numbers(store: Store) -> set[str]:
    return set(StoreOrder.objects.filter(store=store).values_list("number", flat=True))


def test_the_mended_rows_are_taken_and_no_others(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    rows = [
        shopify_row(),
        shopify_row(Name="#2", Email="maria@"),
        shopify_row(Name="#3", Total="NaN", Notes="=1+1", Billing_Name="'=Ana"),
        shopify_row(Name="#4", Created_at="2026-02-31"),
    ]
    first = import_file(csv_file(rows), store=store, by=cast.merchant)
    assert (numbers(store), first.rows_rejected) == ({"#1001"}, 3)
    table = download(first, cast.merchant)
    mend(table, 3, "Email", "maria@example.org")
    mend(table, 4, "Total", "7.00")
    again = import_file(as_file(table), store=store, by=cast.merchant)
    assert (again.orders_new, again.orders_changed, again.orders_unchanged) == (2, 0, 0)
    assert issues(again) == [(4, "Created at", "no_such_day")]
    assert numbers(store) == {"#1001", "#2", "#3"}
    mended = StoreOrder.objects.select_related("customer").get(number="#3")
    assert (mended.note, mended.customer.name) == ("=1+1", "'=Ana"), "to the letter, apostrophes too"
    # And once more, with what was still bad.
    table = download(again, cast.merchant)
    assert table[0] == [*rows[0], "Line", "What is wrong"]
    mend(table, 4, "Created at", "2026-02-28")
    import_file(as_file(table, delimiter=";"), store=store, by=cast.merchant)
    assert numbers(store) == {"#1001", "#2", "#3", "#4"}


def test_nothing_mended_is_nothing_taken(cast: Cast, store: Store, download: Callable[..., Table]) -> None:
    whole = csv_file([shopify_row(), shopify_row(Name="#2", Notes='a"b')]).decode().split("\n")
    short, long = whole[2].rsplit(",", 2)[0], whole[2].replace("#2", "#3") + ",more,and more"
    broken = whole[2].replace("#2", "#4").replace('a""b', 'a"b')
    lines = [*whole[:2], short, long, broken, whole[1].replace("25.00", "26.00")]
    source = import_file("\n".join(lines).encode(), store=store, by=cast.merchant)
    codes = ["ragged_row", "ragged_row", "broken_quotes", "order_repeated"]
    assert [code for _, _, code in issues(source)] == codes
    again = preview(as_file(download(source, cast.merchant)), store=store, by=cast.merchant)
    assert (again.rows_read, again.rows_rejected, again.rows_accepted) == (4, 4, 0)
    assert [code for _, _, code in issues(again)] == [
        "missing_cell",
        "ragged_row",
        "order_without_first_row",
        "still_undecided",
    ]


def test_missing_and_surplus_cells_are_put_right_where_they_stand(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    header, good = csv_file([shopify_row(Name="#2", Phone="600")]).decode().strip().split("\n")
    short, long = good.rsplit(",", 1)[0], good.replace("#2,m", "#3,M.") + ",more"
    source = preview("\n".join([header, short, long]).encode(), store=store, by=cast.merchant)
    table = download(source, cast.merchant)
    assert table[1][table[0].index("Phone")] == "(missing)"
    mend(table, 2, "Phone", "600 111 222")
    assert table[2][-1] == "more", "after our columns, where it cannot be overlooked"
    table[2][-1] = ""
    assert import_file(as_file(table), store=store, by=cast.merchant).orders_new == 2
    assert StoreOrder.objects.get(number="#2").customer.phone == "600 111 222"


def test_an_order_of_which_one_row_is_bad_comes_back_whole(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    further = {"Financial Status": "", "Currency": "", "Total": "", "Billing Name": "", "Subtotal": ""}
    rows = [
        shopify_row(),
        shopify_row(Lineitem_name="Bulb", Lineitem_price="1_0") | further,
        shopify_row(Lineitem_name="Cord") | further,
        shopify_row(Name="#2"),
    ]
    source = import_file(csv_file(rows), store=store, by=cast.merchant)
    assert [line.name for line in StoreOrder.objects.get(number="#1001").lines] == ["Lamp", "Cord"]
    table = download(source, cast.merchant)
    assert [row[-2] for row in table[1:]] == ["2", "3", "4"]
    assert "Keep them together." in table[1][-1]
    mend(table, 3, "Lineitem price", "1.00")
    again = import_file(as_file(table), store=store, by=cast.merchant)
    assert (again.orders_changed, again.rows_rejected) == (1, 0)
    lines = StoreOrder.objects.get(number="#1001").lines
    assert [line.name for line in lines] == ["Lamp", "Bulb", "Cord"]


def test_the_cost_of_an_aliexpress_order_is_whole_again_once_its_bad_row_is_mended(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    rows = [ali_row(Title="Bulb", Qty="0"), ali_row()]
    source = import_file(csv_file(rows), store=store, by=cast.merchant)
    assert SupplierOrder.objects.get().cost is None
    table = download(source, cast.merchant)
    mend(table, 2, "Qty", "2")
    import_file(as_file(table), store=store, by=cast.merchant)
    assert SupplierOrder.objects.get().cost == Decimal("28.50")


def test_a_bad_first_row_brings_its_products_along(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    further = {"Financial Status": "", "Currency": "", "Total": "", "Billing Name": "", "Subtotal": ""}
    rows = [shopify_row(Total="x"), shopify_row(Lineitem_name="Bulb") | further]
    table = download(import_file(csv_file(rows), store=store, by=cast.merchant), cast.merchant)
    mend(table, 2, "Total", "25.00")
    import_file(as_file(table), store=store, by=cast.merchant)
    assert len(StoreOrder.objects.get().lines) == 2


def test_a_repeated_order_is_taken_only_once_somebody_decided(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    rows = [shopify_row(), shopify_row(Name="#2"), shopify_row(Total="30.00")]
    source = import_file(csv_file(rows), store=store, by=cast.merchant)
    table = download(source, cast.merchant)
    assert table[1][-1].startswith("? Line 2 has the same order number but other values.")
    assert preview(as_file(table), store=store, by=cast.merchant).rows_accepted == 0
    mend(table, 4, "What is wrong", "")
    import_file(as_file(table), store=store, by=cast.merchant)
    assert StoreOrder.objects.get(number="#1001").total == Decimal("30.00")


def test_a_product_apart_from_its_order_takes_no_others_place(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    rows = [ali_row(), ali_row(Order_ID="8201447122035527"), ali_row(Title="Mat")]
    source = import_file(csv_file(rows), store=store, by=cast.merchant)
    table = download(source, cast.merchant)
    assert table[1][-1].startswith("? The rows of this order are not together: it begins on line 2.")
    assert preview(as_file(table), store=store, by=cast.merchant).rows_accepted == 0


def test_links_to_orders_that_were_not_there_yet_are_taken_later(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    links = csv_file(
        [{"Mood": "calm", "Store order": "#1001", "AliExpress order number": "8201447122035519"}]
    )
    source = import_file(links, store=store, by=cast.assistant)
    table = download(source, cast.assistant)
    assert table[1][:4] == ["calm", "#1001", "'8201447122035519", "2"]
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_file(as_file(table), store=store, by=cast.assistant)
    assert SupplierOrder.objects.get().store_order == StoreOrder.objects.get()


@pytest.mark.parametrize("column", ["Email", "Notes"])
def test_a_masked_address_is_refused_and_never_stored(
    cast: Cast, store: Store, download: Callable[..., Table], column: str
) -> None:
    row = shopify_row(Name="#2", Total="NaN", Email="") | {column: "zoe@example.org"}
    source = preview(csv_file([row]), store=store, by=cast.assistant)
    table = download(source, cast.assistant)
    mend(table, 2, "Total", "25.00")
    again = preview(as_file(table), store=store, by=cast.assistant)
    assert issues(again) == [(2, column, "masked_address")]
    assert again.rows_accepted == 0
    mend(table, 2, column, "zoe@example.org")
    save(preview(as_file(table), store=store, by=cast.assistant), by=cast.assistant)
    order = StoreOrder.objects.select_related("customer").get()
    assert "zoe@example.org" in (order.customer.email, order.note)


@pytest.mark.parametrize("column", ["Refunded Amount", "Discount Code"])
def test_a_cell_that_an_assistant_does_not_see_is_refused_until_it_is_typed(
    cast: Cast, store: Store, download: Callable[..., Table], column: str
) -> None:
    row = shopify_row(Name="#2", Total="NaN", Email="") | {column: "5.00"}
    table = download(preview(csv_file([row]), store=store, by=cast.assistant), cast.assistant)
    assert table[1][table[0].index(column)] == "•••"
    mend(table, 2, "Total", "25.00")
    again = preview(as_file(table), store=store, by=cast.assistant)
    assert issues(again) == [(2, column, "hidden_cell")]
    mend(table, 2, column, "5.00")
    save(preview(as_file(table), store=store, by=cast.assistant), by=cast.assistant)
    assert StoreOrder.objects.get().number == "#2"


def test_an_address_that_was_masked_elsewhere_is_refused_too(cast: Cast, store: Store) -> None:
    source = preview(csv_file([shopify_row(Email="m•••@h•••.com")]), store=store, by=cast.assistant)
    assert issues(source) == [(2, "Email", "masked_address")]


def test_rows_without_the_line_column_are_still_known_as_ours(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    row = shopify_row(Name="#2", Total="NaN", Notes="+1")
    table = download(preview(csv_file([row]), store=store, by=cast.merchant), cast.merchant)
    mend(table, 2, "Total", "25.00")
    at = table[0].index("Line")
    import_file(as_file([row[:at] + row[at + 1 :] for row in table]), store=store, by=cast.merchant)
    assert StoreOrder.objects.get().note == "+1"


def test_a_merchants_own_column_named_line_is_no_sign_of_ours(cast: Cast, store: Store) -> None:
    row = shopify_row(Notes="'=1+1") | {"Line": "7"}
    import_file(csv_file([row]), store=store, by=cast.merchant)
    assert StoreOrder.objects.get().note == "'=1+1"


def test_a_row_that_waits_for_a_decision_says_how_to_take_it(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    rows = [shopify_row(), shopify_row(Total="26.00")]
    table = download(import_file(csv_file(rows), store=store, by=cast.merchant), cast.merchant)
    cells = dict(zip(table[0], table[-1], strict=True))
    assert cells["What is wrong"].startswith("? ")
    assert cells["What is wrong"].endswith("When you have decided, empty this cell.")


def test_the_file_has_the_separator_of_the_merchants_own(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    rows = as_file([list(shopify_row()), list(shopify_row(Total="NaN").values())], ";")
    source = import_file(rows, store=store, by=cast.merchant)
    url = reverse("imports:bad_rows", args=[cast.team.slug, source.pk])
    file = text(client_of(cast.merchant).get(url))
    assert file.startswith("\ufeffName;Email;")
    mended = preview(file.replace("NaN", "25.00").encode(), store=store, by=cast.merchant)
    assert (mended.orders_new, mended.rows_rejected) == (1, 0)


def test_a_spreadsheet_that_saves_the_file_takes_no_digits_away(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    row = ali_row(Order_ID="8201447122035519", Qty="none", Title="0042")
    table = download(import_file(csv_file([row]), store=store, by=cast.merchant), cast.merchant)
    cells = dict(zip(*table, strict=True))
    assert (cells["Order ID"], cells["Title"]) == ("'8201447122035519", "'0042"), (
        "text, also to a spreadsheet"
    )
    mend(table, 2, "Qty", "2")
    import_file(as_file(table), store=store, by=cast.merchant)
    order = SupplierOrder.objects.get()
    assert (order.number, order.title) == ("8201447122035519", "0042")


@given(
    st.text(alphabet=[*FORMULA_STARTS, *"'\";|", "a", " ", "1"], max_size=8)
    | st.from_regex(r"'{0,2}(0?\d{1,4}|\d{15,18})'?", fullmatch=True, alphabet="'0123456789")
)
def test_what_is_guarded_is_harmless_and_comes_back_as_it_was(cell: str) -> None:
    assert neutral(guarded(cell)) == guarded(cell)
    assert unguarded(guarded(cell)) == cell


def test_our_own_example_of_an_address_is_not_masked_for_an_assistant(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    source = import_file(
        csv_file([shopify_row(Email="maria.secret at hotmail.com")]), store=store, by=cast.merchant
    )
    table = download(source, cast.assistant)
    wrong = dict(zip(table[0], table[-1], strict=True))["What is wrong"]
    assert "ana@example.com" in wrong
    assert "secret" not in str(table)
