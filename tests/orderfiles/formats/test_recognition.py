"""Every known header is of one format, whatever order, case, accents or columns it comes in."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from closedorders.orderfiles.columns import Columns
from closedorders.orderfiles.formats.recognition import FORMATS, recognise
from closedorders.orderfiles.tables.csv_table import FileRefused
from tests.orderfiles.kind_files import HEADERS, header_of

#: File of `headers/` -> the one format it is of, "" for files of another kind.
KNOWN = {
    "shopify/71col_2021_BE.csv": "shopify_orders",
    "shopify/73col_2019-2022_US.csv": "shopify_orders",
    "shopify/75col_2021_ZA.csv": "shopify_orders",
    "shopify/79col_2022-2026.csv": "shopify_orders",
    "shopify/docs_published_header.csv": "shopify_orders",
    "woocommerce/analytics_orders_report.csv": "woo_analytics",
    "woocommerce/analytics_orders_report_attribution.csv": "woo_analytics",
    "woocommerce/webtoffee_import_export.csv": "woo_webtoffee",
    "woocommerce/advanced_order_export_algolplus.csv": "woo_advanced_export",
    "dsers/order_upload_template_2026-09.csv": "dsers_upload",
    "dsers/product_upload_template.csv": "",
    "aliexpress/shopper_inventory_extension.csv": "aliexpress_inventory",
    "aliexpress/shopper_inventory_json.csv": "aliexpress_inventory_json",
    "aliexpress/bulk_order_exporter_userscript.tsv": "aliexpress_bulk_exporter",
    "aliexpress/bulk_order_exporter_products_json.csv": "aliexpress_bulk_exporter_json",
    "aliexpress/bulk_order_exporter_orders_json.csv": "aliexpress_bulk_exporter_json",
    "aliexpress/mcp_export_orders.csv": "aliexpress_order_list",
    "aliexpress/mcp_export_refunds.csv": "",
    "aliexpress/personal_data_backup.csv": "aliexpress_backup",
}
READ = {name: key for name, key in KNOWN.items() if key}
WITH_LINKS = sorted({*READ.values(), "order_links"})


def accented(text: str) -> str:
    return text.translate(str.maketrans("aeiounAEIOUN", "áéíóúñÁÉÍÓÚÑ"))


def test_every_header_that_is_kept_is_tested_and_every_format_has_one() -> None:
    files = [path for path in HEADERS.rglob("*") if path.is_file()]
    assert {path.relative_to(HEADERS).as_posix() for path in files} == {*KNOWN, "README.md"}
    assert {each.key for each in FORMATS} == set(WITH_LINKS)


@pytest.mark.parametrize(
    "title",
    ["Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status", "Lineitem discount"],
)
def test_a_column_of_products_that_is_not_read_tells_shopifys_file_too(title: str) -> None:
    found, _columns = recognise(["Name", "Email", title, "Total"])
    assert found.key == "shopify_orders"


def test_a_list_of_orders_with_their_status_or_parcel_is_more_than_a_list_of_links() -> None:
    assert recognise(["Order", "AliExpress order", "Remarks"])[0].key == "order_links"
    for title in ("Status", "Tracking number", "Estado"):
        with pytest.raises(FileRefused) as caught:
            recognise(["Order", "AliExpress order", title])
        assert caught.value.code == "unknown_format"


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    "variant", ["as it is", "upper case", "accents", "byte order mark", "spaces", "reversed"]
)
def test_a_header_is_of_one_format_however_it_is_written(name: str, variant: str) -> None:
    header = header_of(name)
    if variant == "upper case":
        header = [title.upper() for title in header]
    elif variant == "accents":
        header = [accented(title) for title in header]
    elif variant == "byte order mark":
        header[0] = "\ufeff" + header[0]
    elif variant == "spaces":
        header = [f"  {title.replace(' ', '  ')}\u00a0" for title in header]
    elif variant == "reversed":
        header.reverse()
    found, columns = recognise(header)
    assert found.key == READ[name]
    scores = sorted((each.score(Columns(each.table, header)) for each in FORMATS), reverse=True)
    assert scores[0] > 2 * scores[1], "no other format comes near"
    assert columns.fields >= set(found.required)


@pytest.mark.parametrize("name", [name for name, key in KNOWN.items() if not key])
def test_a_file_of_another_kind_is_not_taken_for_orders(name: str) -> None:
    with pytest.raises(FileRefused) as caught:
        recognise(header_of(name))
    assert (
        caught.value.code
        == {"aliexpress": "list_of_refunds", "dsers": "list_of_products"}[name.split("/")[0]]
    )


@pytest.mark.parametrize("name", READ)
@settings(deadline=None)
@example(seed=1489, size=16)
@given(seed=st.integers(0, 10_000), size=st.integers(5, 34))
def test_a_cut_down_file_is_of_its_format_or_refused(name: str, seed: int, size: int) -> None:
    header = header_of(name)
    kind = next(each for each in FORMATS if each.key == READ[name])
    columns = Columns(kind.table, header)
    chance = random.Random(seed)
    kept = {columns.first(kind.required[0]), *chance.sample(range(len(header)), min(size, len(header)))}
    cut = [header[at] for at in chance.sample(sorted(kept), len(kept))]
    code, found = "", ""
    try:
        found = recognise(cut)[0].key
    except FileRefused as refused:
        code = refused.code
    if code:
        # What is left says too little; never that it is something else.
        assert code in ("unknown_format", "missing_column")
        assert len(Columns(kind.table, cut).fields & kind.telling) < max(2, kind.telling_needed)
    else:
        assert found == READ[name], cut
