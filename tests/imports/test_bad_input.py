"""Each bad file goes the whole way of a real one: uploaded, read, shown, saved, and handed out again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from functools import singledispatch
from operator import attrgetter
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from closedorders.core import refusals
from closedorders.core.files.csv_export import csv_lines
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.imports.wording.issues import ISSUE_TEXTS, issue_text
from closedorders.imports.wording.reading import assumption_text, question_text
from closedorders.imports.wording.refusals import refusal_texts
from closedorders.orderfiles.cells import ISSUES
from closedorders.orderfiles.tables import csv_layout, csv_table
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.files import csv_file, import_file, preview, save, shopify_row, text, upload
from tests.orderfiles.bad_input.cases import CASES, numbered
from tests.orderfiles.bad_input.outcomes import Asked, BadRow, Case, Counted, Kept, Refused, Taken, TypedStays


class Desk:
    """Who imports what where, and the switches a case needs."""

    def __init__(
        self, cast: Cast, store: Store, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.cast, self.store, self.settings, self.monkeypatch = cast, store, settings, monkeypatch
        self.by = cast.assistant

    def preview(self, content: bytes) -> Import:
        source = preview(content, store=self.store, by=self.by)
        assert source.rows_accepted + source.rows_rejected + source.rows_duplicate == source.rows_read
        return source

    def save(self, source: Import) -> Import:
        shown = source.orders_new, source.orders_changed, source.orders_unchanged
        saved = save(source, by=self.by)
        assert saved.state == Import.State.COMMITTED
        assert (saved.orders_new, saved.orders_changed, saved.orders_unchanged) == shown
        return saved


@pytest.fixture
def desk(cast: Cast, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(cast, make_store(cast.team), settings, monkeypatch)


def in_both_languages(words: Callable[[], str]) -> tuple[str, str]:
    """The sentence in English and in Spanish, which must not be the same."""
    with translation.override("en"):
        english = words()
    with translation.override("es"):
        spanish = words()
    assert english
    assert spanish
    assert spanish != english
    return english, spanish


def test_the_list_of_bad_input_is_complete() -> None:
    assert numbered(CASES) == set(range(1, 78))
    assert len({case.number for case in CASES}) == len(CASES)


def test_every_sentence_on_a_bad_row_says_what_to_do_wherever_it_stands() -> None:
    """In a preview, in a saved import, in the file of bad rows and in a shell: so it points at none of them."""
    assert set(ISSUES) <= set(ISSUE_TEXTS)
    with translation.override("en"):
        sentences = {code: issue_text(code, {}) for code in ISSUE_TEXTS}
    assert not [code for code, words in sentences.items() if "preview" in words or "question" in words]
    # What is wrong, then what to do.
    assert not [code for code, words in sentences.items() if not re.search(r"[.;:] .+", words)]


@pytest.mark.parametrize(
    ("code", "params", "words"),
    [
        ("too_many_rows", {"limit": 1_500_000}, "more than 1,500,000 rows"),
        ("too_many_columns", {"columns": 1_400, "limit": 400}, "has 1,400 columns, and we read up to 400."),
        (
            "field_too_long",
            {"line": 1_234_567, "limit": 65_536},
            "line 1234567 is longer than 65,536 characters",
        ),
        ("line_too_long", {"limit": 3 << 20}, "no new row within 3\xa0MB"),
        ("file_too_large", {"size": 3 << 30, "limit": 512 << 20}, "has 3\xa0GB, and we read up to 512\xa0MB"),
        (
            "workbook_too_large",
            {"limit": 128 << 20, "cell_limit": 1_000_000},
            "1,000,000 cells in a sheet, and 128\xa0MB",
        ),
        ("unknown_format", {"columns": "Order, Name"}, "Its columns begin: Order, Name"),
    ],
)
def test_a_refusal_tells_its_limit_as_a_person_reads_numbers(
    code: str, params: dict[str, Any], words: str
) -> None:
    with translation.override("en"):
        assert words in refusal_texts(code, params)[0]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bad_input(case: Case, desk: Desk) -> None:
    check(case.outcome, case.content, desk)


@singledispatch
def check(outcome: Any, content: bytes, desk: Desk) -> None:
    raise NotImplementedError(outcome)


@check.register
def _refused(outcome: Refused, content: bytes, desk: Desk) -> None:
    if outcome.at_upload:
        desk.settings.IMPORT_MAX_BYTES = outcome.at_upload
        with pytest.raises(refusals.Refused) as refused:
            upload(content, store=desk.store, by=desk.by)
        assert outcome.shows in str(refused.value)
        assert not Import.objects.exists()
        return
    for name, limit in outcome.limits.items():
        for module in (csv_layout, csv_table):
            if hasattr(module, name):
                desk.monkeypatch.setattr(module, name, limit)
    source = desk.preview(content)
    assert (source.state, source.refusal["code"]) == (outcome.state, outcome.code)
    params = source.refusal["params"]
    english, _ = in_both_languages(lambda: refusal_texts(outcome.code, params)[0])
    in_both_languages(lambda: refusal_texts(outcome.code, params)[1])
    assert outcome.shows in english
    with pytest.raises(refusals.Refused):
        import_actions.save_import(source=source, by=desk.by)
    assert not StoreOrder.objects.exists()


@check.register
def _taken(outcome: Taken, content: bytes, desk: Desk) -> None:
    shown = desk.preview(content)
    assert shown.state == Import.State.PREVIEWED, shown.refusal
    assert list(shown.issues.all()) == []
    for code, params in outcome.assumed.items():
        assert params.items() <= shown.assumptions[code].items()
        in_both_languages(lambda code=code: assumption_text(code, shown.assumptions[code]))  # type: ignore[misc]  # mypy knows no default of a lambda
    desk.save(shown)
    for number, values in outcome.values.items():
        order = StoreOrder.objects.select_related("customer").get(store=desk.store, number=number)
        assert {name: attrgetter(name)(order) for name in values} == values


@check.register
def _bad_row(outcome: BadRow, content: bytes, desk: Desk) -> None:
    shown = desk.preview(content)
    assert shown.state == Import.State.PREVIEWED, shown.refusal
    found = [(each.line, each.column, each.value, each.code) for each in shown.issues.all()]
    assert found == [(outcome.line, outcome.column, outcome.value, outcome.code)]
    assert (shown.rows_rejected, shown.rows_accepted) == (1, 1)
    issue = shown.issues.get()
    english, _ = in_both_languages(lambda: issue_text(issue.code, issue.params))
    assert outcome.says in english
    desk.save(shown)
    assert tuple(StoreOrder.objects.values_list("number", flat=True)) == outcome.saved
    assert StoreOrder.objects.count() + SupplierOrder.objects.count() == 1


@check.register
def _asked(outcome: Asked, content: bytes, desk: Desk) -> None:
    for answer, day in outcome.answers.items():
        desk.store = make_store(desk.cast.team)
        shown = desk.preview(content)
        assert [each["code"] for each in shown.questions] == [outcome.question]
        params = shown.questions[0]["params"]
        assert (params["line"], params["value"]) == (outcome.line, outcome.value)
        in_both_languages(lambda params=params: question_text(outcome.question, params))  # type: ignore[misc]  # mypy knows no default of a lambda
        import_actions.answer_import(source=shown, answers={outcome.question: answer}, by=desk.by)
        tasks.read_import(shown.pk)
        shown.refresh_from_db()
        assert (shown.questions, shown.rows_rejected) == ([], 0)
        desk.save(shown)
        order = StoreOrder.objects.get(store=desk.store, number="#1001")
        assert order.placed_at is not None
        assert order.placed_at.astimezone(desk.cast.team.zone).date() == day


@check.register
def _counted(outcome: Counted, content: bytes, desk: Desk) -> None:
    if outcome.before:
        import_file(outcome.before, store=desk.store, by=desk.by)
    shown = desk.preview(content)
    assert (shown.orders_new, shown.orders_changed) == (outcome.orders, 0)
    assert (shown.orders_unchanged, shown.rows_duplicate) == (outcome.unchanged, outcome.duplicates)
    desk.save(shown)
    assert StoreOrder.objects.count() == outcome.orders + outcome.unchanged


@check.register
def _typed_stays(outcome: TypedStays, content: bytes, desk: Desk) -> None:
    """What a person typed stays. The page where both are shown and one is chosen has tests of its own."""
    import_file(outcome.before, store=desk.store, by=desk.by)
    customer = Customer.objects.get()
    order_actions.change_customer(customer=customer, **outcome.typed, by=desk.cast.merchant)
    desk.save(desk.preview(content))
    order = StoreOrder.objects.select_related("customer").get()
    assert {name: getattr(order.customer, name) for name in outcome.typed} == outcome.typed
    assert order.total == outcome.total


@check.register
def _kept(outcome: Kept, content: bytes, desk: Desk) -> None:
    desk.save(desk.preview(content))
    order = StoreOrder.objects.get(number="#1002")
    assert order.note == outcome.text
    (line,) = csv_lines([[outcome.text]])
    assert next(csv.reader(io.StringIO(line))) == [outcome.exported]
    # The file of bad rows hands out whole rows: the same text in a row that is bad for another reason.
    row = shopify_row(Name="#1003", Total="NaN", Notes=outcome.text)
    bad = desk.preview(csv_file([row]))
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(desk.cast.merchant.user)
    file = text(client.get(reverse("imports:bad_rows", args=[desk.cast.team.slug, bad.pk])))
    handed_out = next(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert handed_out["Notes"] == outcome.exported
