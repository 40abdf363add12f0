"""What customers get back: an assistant sees where a refund stands and whether there is a code, and no more."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Role
from closedorders.imports.models import Import, ImportChange, ImportIssue
from closedorders.incidents.limbo.actions import set_supplier_refund
from closedorders.orders.listing.cells import COLUMNS
from closedorders.orders.masking import HIDDEN, Sight
from closedorders.orders.order_lines import OrderLine
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, DiscountCode, Message, Refund
from tests.access.test_masking import pages_of, text_of
from tests.cast import Cast
from tests.outreach.scenes import Scene, approve, draft, make_scene, start

SignIn = Callable[[Membership | None], Client]

CODE_PERCENT, REFUND_PERCENT = 37, 23
#: 23 % of 45.00, and what the shop says it refunded: of the order, before and after an import, of bad rows.
AMOUNTS = ["10.35", "8471.37", "6131.67", "7193.71", "9371.17"]
BAD_ROWS_CODE = "SHOPCODE-77"


@dataclass(frozen=True)
class Promised:
    scene: Scene
    campaign: Campaign
    code: DiscountCode
    refund: Refund
    urls: list[str]


@pytest.fixture
def promised(cast: Cast) -> Promised:
    """A customer who was promised a code and a refund, in a shop that has refunded a part of the order itself."""
    scene = make_scene(cast.merchant, 1, refunded=Decimal("8471.37"), lines=[OrderLine("Mug", sku="MUG-1")])
    campaign = actions.change_offer(
        campaign=draft(scene),
        by=cast.merchant,
        code_percent=CODE_PERCENT,
        refund_percent=REFUND_PERCENT,
        refund_base=Campaign.RefundBase.TOTAL,
    )
    actions.prepare(campaign=campaign, by=cast.merchant)
    actions.mark_codes_loaded(codes=campaign.codes.all(), by=cast.merchant)
    actions.approve_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    start(approve(campaign, cast.merchant, 1))
    order = scene.customers[0].orders.get()
    source = Import.objects.create(
        team=cast.team,
        store=scene.store,
        uploaded_by=cast.merchant,
        file_name="orders.csv",
        size=1,
        sha256="2" * 64,
        state="previewed",
        orders_changed=1,
        header=["Name", "Money back", "Discount Code", "Total"],
        answers={"mapping": {"kind": "store_orders", "fields": {"refunded": "Money back"}}},
        samples={
            "changed": [
                {
                    "number": order.number,
                    "currency": "EUR",
                    "amount": "45.00",
                    "changes": [{"field": "refunded", "old": "6131.67", "new": "7193.71"}],
                }
            ],
            "kept_by_user": [
                {
                    "number": order.number,
                    "line": 2,
                    "field": "refunded",
                    "old": "6131.67",
                    "new": "7193.71",
                    "currency": "EUR",
                }
            ],
            "kept_by_user_counts": {"refunded": 1},
        },
    )
    cells = ["#1", "9371.17", BAD_ROWS_CODE, "45.00"]
    for column, value in (("Money back", "9371.17"), ("Discount Code", BAD_ROWS_CODE)):
        ImportIssue.objects.create(
            source=source, line=2, column=column, value=value, code="invalid_amount", cells=cells
        )
    ImportChange.objects.create(
        source=source,
        thing=ImportChange.Thing.STORE_ORDER,
        thing_id=order.pk,
        line=2,
        before={"refunded": "6131.6700"},
        after={"refunded": "7193.7100"},
    )
    record(
        by=cast.merchant,
        verb="order_changed_by_import",
        thing=order,
        before={"refunded": "6131.67"},
        after={"refunded": "7193.71"},
    )
    return Promised(
        scene, campaign, campaign.codes.get(), campaign.refunds.get(), _urls(cast, source, campaign)
    )


def _urls(cast: Cast, source: Import, campaign: Campaign) -> list[str]:
    slug = cast.team.slug
    orders = f"/t/{slug}/orders/"
    return [
        *(
            reverse(f"imports:{name}", args=[slug, source.pk])
            for name in ("import", "bad_rows", "import_columns")
        ),
        reverse("imports:import_undo", args=[slug, source.pk]),
        *(reverse(f"outreach:{name}", args=[slug, campaign.pk]) for name in ("campaign", "progress")),
        reverse("outreach:message", args=[slug, campaign.messages.all()[0].pk]),
        *(f"{orders}?view={view}" for view in ("closed", "not_told", "replaced", "late", "unmatched")),
        *(f"{orders}?money={state}" for state in ("refund_approved", "back_", "partly_refunded")),
    ]


def given_away(text: str, promised: Promised) -> list[str]:
    """What of a page says how much a customer gets back, and by which code."""
    # In the reader's own way of writing: 8,471.37 and 8.471,37.
    plain = re.sub(r"(?<=\d)[.,](?=\d{3}\b)", "", re.sub(r"<[^>]+>|\s+", " ", text))
    found = [amount for amount in AMOUNTS if amount in plain or amount.replace(".", ",") in plain]
    found += [code for code in (promised.code.code, BAD_ROWS_CODE) if code in text]
    return found + re.findall(
        rf"\b(?:{CODE_PERCENT}|{REFUND_PERCENT})(?:\.0+)?\s*(?:%|per ?cent|por ciento)", plain
    )


def test_an_assistant_reads_no_amount_percent_or_code_on_any_page(
    promised: Promised, cast: Cast, client_of: SignIn
) -> None:
    person = client_of(cast.assistant)
    urls = [*promised.urls, _page(cast, "order", promised), _page(cast, "supplier_order", promised)]
    urls += pages_of(promised.scene, cast, Role.ASSISTANT)
    for language in ("en", "es"):
        shown = {
            url: given_away(text_of(person.get(url, HTTP_ACCEPT_LANGUAGE=language)), promised) for url in urls
        }
        assert {url: found for url, found in shown.items() if found} == {}


def test_a_merchant_reads_all_of_it(promised: Promised, cast: Cast, client_of: SignIn) -> None:
    person = client_of(cast.merchant)
    order = given_away(text_of(person.get(_page(cast, "order", promised))), promised)
    assert {"10.35", "8471.37", "6131.67", "7193.71", promised.code.code, "23 %", "37 %"} <= set(order)
    preview, bad_rows = (text_of(person.get(url)) for url in promised.urls[:2])
    assert "6131.67" in given_away(preview, promised)
    assert "9371.17" in bad_rows
    assert BAD_ROWS_CODE in bad_rows


@pytest.mark.parametrize("state", [Refund.State.PROPOSED, Refund.State.APPROVED, Refund.State.ISSUED])
def test_an_assistant_sees_that_there_is_a_code_and_where_the_refund_stands(
    promised: Promised, cast: Cast, client_of: SignIn, state: Refund.State
) -> None:
    Refund.objects.update(state=state)
    page = text_of(client_of(cast.assistant).get(_page(cast, "order", promised)))
    facts = page.partition('<dl class="facts">')[2]
    assert f"<dt>Refund</dt><dd>{state.label}</dd>" in facts
    assert "<dt>Discount code</dt><dd>Has a code<small>in the shop</small></dd>" in facts
    assert "Made a discount code" in page
    assert "Not shown to assistants" in page
    assert "45.00" in page, "what the customer paid is shown"


def test_an_assistant_exports_and_finds_no_amount_percent_or_code(
    promised: Promised, cast: Cast, client_of: SignIn
) -> None:
    person, orders = client_of(cast.assistant), f"/t/{cast.team.slug}/orders/"
    person.post(f"{orders}columns/", {"column": list(COLUMNS)})
    csv = text_of(person.post(f"{orders}export.csv", {"format": "csv"}))
    assert given_away(csv, promised) == []
    assert "To refund" in csv
    workbook: Any = person.post(f"{orders}export.csv", {"format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(b"".join(workbook.streaming_content))) as parts:
        assert [name for name in parts.namelist() if given_away(parts.read(name).decode(), promised)] == []
    number = promised.scene.customers[0].orders.get().number
    for words in (promised.code.code, "10.35", "8471.37", BAD_ROWS_CODE):
        found = text_of(person.get(orders, {"q": words})).partition("<tbody")[2]
        assert number not in found, words


def test_an_assistant_reads_no_letter(promised: Promised, cast: Cast, client_of: SignIn) -> None:
    Message.objects.update(subject="Canary subject", body="Canary body with 10.35")
    person = client_of(cast.assistant)
    urls = [*promised.urls, _page(cast, "order", promised)]
    assert [url for url in urls if "Canary" in text_of(person.get(url))] == []


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("Refunded Amount", "5.00", HIDDEN),
        ("Importe reembolsado", "5,00 €", HIDDEN),
        ("Money back", "5.00", HIDDEN),
        ("Refunded Amount", "0.00", "0.00"),
        ("Refunded Amount", "", ""),
        ("Discount Code", "MARIA-10-7K2", HIDDEN),
        ("Código de descuento", "MARIA-10-7K2", HIDDEN),
        ("Coupon(s)", "x", HIDDEN),
        ("Total", "5.00", "5.00"),
        ("Country Code", "ES", "ES"),
    ],
)
def test_cells_of_refunds_and_codes_are_hidden_from_an_assistant(column: str, value: str, shown: str) -> None:
    assert Sight(whole=False).cell(column=column, code="", value=value, refunds="Money back") == shown
    assert Sight(whole=True).cell(column=column, code="", value=value) == value


def _page(cast: Cast, name: str, promised: Promised) -> str:
    order = promised.scene.customers[0].orders.get()
    pk = order.pk if name == "order" else order.supplier_orders.get().pk
    return reverse(f"orders:{name}", args=[cast.team.slug, pk])


def test_an_assistant_sees_where_a_supplier_refund_is_and_no_amount_of_it(
    promised: Promised, cast: Cast, client_of: SignIn
) -> None:
    closure = promised.scene.incident.closures.get()
    set_supplier_refund(
        closure=closure,
        by=cast.merchant,
        expected=Decimal("7731.13"),
        currency="USD",
        received=Decimal("6612.19"),
    )
    slug, number = cast.team.slug, promised.scene.incident.number
    refunds = reverse("incidents:supplier_refunds", args=[slug]) + "?view=received"
    urls = [
        refunds,
        reverse("incidents:incident", args=[slug, number]),
        reverse("incidents:digest", args=[slug]),
        reverse("incidents:now", args=[slug]),
        reverse("closures:closure", args=[slug, closure.pk]),
        reverse("dashboard:today", args=[slug]),
        _page(cast, "order", promised),
        _page(cast, "supplier_order", promised),
    ]
    amounts = ("7,731.13", "7731.13", "7731,13", "6,612.19", "6612.19", "6612,19")
    assistant, merchant = client_of(cast.assistant), client_of(cast.merchant)
    shown = {url: text_of(assistant.get(url)) for url in urls}
    assert {url: amount for url, text in shown.items() for amount in amounts if amount in text} == {}
    assert "Came short" in shown[refunds]
    assert "refund came" in shown[urls[-2]]
    for url in (refunds, *urls[-2:]):
        assert {"7,731.13", "6,612.19"} <= {each for each in amounts if each in text_of(merchant.get(url))}
