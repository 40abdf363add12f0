"""DESIGN.md 7: an assistant never sees, and cannot guess, a customer's whole e-mail; a reviewer sees no customer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from django.db.models import Model
from django.db.models.signals import post_init
from django.test import Client
from django.urls import reverse

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Role
from closedorders.closures.models import Closure
from closedorders.core.text.masks import mask_addresses
from closedorders.orders.listing.cells import COLUMNS
from closedorders.orders.models import SupplierOrder
from closedorders.orders.order_lines import OrderLine
from closedorders.outreach.models import Campaign
from tests.access.masked_pages import ADDRESS, HOST, LOCAL, arguments_of
from tests.access.matrix import MATRIX, TEAM_ROUTES
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.scenes import Scene, make_scene

SignIn = Callable[[Membership | None], Client]
#: Some of `tests/core/text/test_masks.py`: each is masked by another part of the code.
WRITTEN = [
    ADDRESS,
    f"{LOCAL}%40{HOST}",
    f"https://shop.test/?email={LOCAL}%2540{HOST}&lang=es",
    f"{LOCAL}&#64;{HOST}",
    f"{LOCAL} (at) {HOST}",
    f"{LOCAL} at {HOST.partition('.')[0]} dot com",
    f"{LOCAL}<b>\u200b@</b>{HOST}",
]


@pytest.fixture
def written() -> str:
    """How the address is written wherever a person or a file wrote it."""
    return ADDRESS


@pytest.fixture
def scene(cast: Cast, written: str) -> Scene:
    """The address wherever a file or a person may have put it."""
    store = make_store(cast.team)
    customer = make_customer(store, name=written, email=ADDRESS, phone=written if len(written) <= 40 else "")
    found = make_scene(
        cast.merchant,
        store=store,
        customers=[customer],
        note=f"ask {written}",
        tags=written,
        payment_method=written,
    )
    order = customer.orders.get()
    order.lines = [OrderLine(f"Mug for {written}", sku=written)]
    order.save()
    record(
        by=cast.merchant,
        verb="order_changed_by_import",
        thing=order,
        before={"tags": ""},
        after={"tags": written},
    )
    return found


def pages_of(scene: Scene, cast: Cast, role: Role) -> list[str]:
    known = arguments_of(scene, cast)
    urls = (
        [reverse("imports:import", kwargs=known["refused"] | {"team": cast.team.slug})]
        if role == Role.ASSISTANT
        else []
    )
    for route in TEAM_ROUTES:
        if role not in MATRIX[route.name].who:
            continue
        names = [name for name in route.arguments if name != "team"]
        if names and route.name not in known:
            continue
        urls.append(reverse(route.name, kwargs=known.get(route.name, {}) | {"team": cast.team.slug}))
    return urls


def test_no_page_is_left_out_of_these_tests(scene: Scene, cast: Cast, client_of: SignIn) -> None:
    known = arguments_of(scene, cast)
    for person in (cast.assistant, cast.reviewer):
        browser = client_of(person)
        for route in TEAM_ROUTES:
            arguments = {name: 1 for name in route.arguments if name != "team"}
            if person.role in MATRIX[route.name].who and arguments and route.name not in known:
                address = reverse(route.name, kwargs=arguments | {"team": cast.team.slug})
                assert browser.get(address).status_code == 405, route.name


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode(errors="replace") + str(answer.headers))


@pytest.mark.parametrize("written", WRITTEN)
def test_an_assistant_reads_no_whole_address_on_any_page(scene: Scene, cast: Cast, client_of: SignIn) -> None:
    person = client_of(cast.assistant)
    urls = pages_of(scene, cast, Role.ASSISTANT)
    assert len(urls) > 20
    orders = f"/t/{cast.team.slug}/orders/"
    urls += [
        f"{orders}?view=closed",
        f"{orders}?q=%231",
        f"{orders}?view=unmatched",
        f"{orders}export/?format=xlsx",
    ]
    told = [url for url in urls if LOCAL in text_of(person.get(url)).lower()]
    assert told == []


def test_a_reviewer_reads_no_customer_on_any_page(scene: Scene, cast: Cast, client_of: SignIn) -> None:
    person = client_of(cast.reviewer)
    pages = pages_of(scene, cast, Role.REVIEWER)
    scene.customers[0].name = "Wilhelmina Canary"
    scene.customers[0].save(update_fields=["name"])
    assert [url for url in pages if "canary" in text_of(person.get(url)).lower()] == []


def test_how_a_file_says_that_a_replacement_was_paid_is_masked(
    scene: Scene, cast: Cast, client_of: SignIn
) -> None:
    closure = Closure.objects.get()
    new = SupplierOrder.objects.create(
        team=cast.team,
        number="8201447122039999",
        replaces=closure.supplier_order,
        payment_method="canary@mail.example",
    )
    bought, order = closure.supplier_order, scene.customers[0].orders.get()
    for person, shown in ((cast.assistant, "c•••@m•••.example"), (cast.merchant, new.payment_method)):
        for page in (closure, bought, order):
            text = text_of(client_of(person).get(page.get_absolute_url()))
            assert f"paid with {shown}" in text
            assert (new.payment_method in text) is person.is_merchant


@contextmanager
def every_row_read() -> Iterator[list[tuple[Model, dict[str, Any]]]]:
    """Each row that is read from the database meanwhile, and the values it had then."""
    rows: list[tuple[Model, dict[str, Any]]] = []

    def note(sender: type[Model], instance: Model, **_signal: Any) -> None:
        rows.append((instance, deepcopy(columns_of(instance))))

    post_init.connect(note)
    try:
        yield rows
    finally:
        post_init.disconnect(note)


def columns_of(row: Model) -> dict[str, Any]:
    names = [field.attname for field in row._meta.concrete_fields]
    return {name: row.__dict__[name] for name in names if name in row.__dict__}


def changed_but_not_stored(rows: list[tuple[Model, dict[str, Any]]]) -> set[str]:
    """The columns with a value that was not read and is not stored: the next `save()` would store it."""
    found = set()
    for row, was in rows:
        if row._state.adding:
            continue
        changed = {name for name, value in columns_of(row).items() if was.get(name, value) != value}
        if changed and (stored := type(row)._base_manager.filter(pk=row.pk).first()) is not None:
            found |= {
                f"{row._meta.label}.{name}" for name in changed if getattr(stored, name) != row.__dict__[name]
            }
    return found


def test_a_changed_row_is_noticed(scene: Scene) -> None:
    with every_row_read() as rows:
        order = scene.customers[0].orders.get()
        assert changed_but_not_stored(rows) == set()
        order.tags = "masked"
        order.lines.append(OrderLine("Cup"))
        assert changed_but_not_stored(rows) == {"orders.StoreOrder.tags", "orders.StoreOrder.lines"}
        order.save()
        assert changed_but_not_stored(rows) == set()


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.REVIEWER])
def test_no_page_writes_a_masked_word_into_a_row_that_a_save_could_store(
    scene: Scene, cast: Cast, client_of: SignIn, role: Role
) -> None:
    person = client_of(cast.assistant if role == Role.ASSISTANT else cast.reviewer)
    urls = pages_of(scene, cast, role)
    Campaign.objects.update(
        state=Campaign.State.PAUSED,
        pause_cause=Campaign.PauseCause.SENDER_REFUSED,
        pause_reason=f"No {ADDRESS}",
    )
    SupplierOrder.objects.create(team=cast.team, number="8201447122039999", title=ADDRESS, status=ADDRESS)
    if role == Role.ASSISTANT:
        orders = reverse("orders:orders", args=[cast.team.slug])
        urls += [f"{orders}?view=unmatched", f"{orders}?view=closed", f"{orders}?q=%231"]
        urls.append(f"{orders}export.csv?view=unmatched")
    written = {}
    for url in urls:
        with every_row_read() as rows:
            answer = person.post(url) if "export.csv" in url else person.get(url)
            text_of(answer)
        if changed := changed_but_not_stored(rows):
            written[url] = changed
    assert written == {}


@pytest.mark.parametrize("written", WRITTEN)
def test_an_assistant_exports_no_whole_address(scene: Scene, cast: Cast, client_of: SignIn) -> None:
    arguments_of(scene, cast)
    person = client_of(cast.assistant)
    every_column = {"column": list(COLUMNS)}
    assert person.post(f"/t/{cast.team.slug}/orders/columns/", every_column).status_code == 302
    export = f"/t/{cast.team.slug}/orders/export.csv"
    for view in ("all", "closed", "unmatched"):
        SupplierOrder.objects.update(
            store_order=None if view == "unmatched" else scene.customers[0].orders.get()
        )
        answer = person.post(f"{export}?view={view}", {"format": "csv"})
        assert answer.status_code == 200
        assert LOCAL not in text_of(answer).lower()
        workbook = person.post(f"{export}?view={view}", {"format": "xlsx"})
        with zipfile.ZipFile(io.BytesIO(b"".join(workbook.streaming_content))) as parts:  # type: ignore[attr-defined]
            assert all(LOCAL not in parts.read(name).decode().lower() for name in parts.namelist())


@pytest.mark.parametrize("written", WRITTEN)
def test_an_address_is_not_found_by_a_part_of_it_however_it_is_written(
    scene: Scene, cast: Cast, client_of: SignIn
) -> None:
    order = scene.customers[0].orders.get()
    SupplierOrder.objects.update(title=f"Mug for {scene.customers[0].name}")
    person, orders = client_of(cast.assistant), f"/t/{cast.team.slug}/orders/"
    for part in ("wilhelmina", LOCAL, HOST, "canary", "hotmail", "w"):
        assert order.number not in text_of(person.get(orders, {"q": part})), part
    bought = order.supplier_orders.get()
    SupplierOrder.objects.update(store_order=None)
    for part in ("wilhelmina", "mug for wil", "canary"):
        unmatched = text_of(person.get(orders, {"view": "unmatched", "q": part}))
        assert f"aliexpress-orders/{bought.pk}/" not in unmatched, part
    assert f"aliexpress-orders/{bought.pk}/" in text_of(person.get(orders, {"view": "unmatched"}))


@pytest.mark.parametrize("part", ["wilhelmina", LOCAL, HOST, "hotmail", f"{LOCAL}@", f"@{HOST}", "w"])
def test_an_address_is_not_found_by_a_part_of_it_even_where_a_name_is_one(
    scene: Scene, cast: Cast, client_of: SignIn, part: str
) -> None:
    number = scene.customers[0].orders.get().number
    person = client_of(cast.assistant)
    assert number not in text_of(person.get(f"/t/{cast.team.slug}/orders/", {"q": part}))
    assert number in text_of(person.get(f"/t/{cast.team.slug}/orders/", {"q": ADDRESS}))


@pytest.mark.parametrize(
    "text",
    [
        ADDRESS,
        f"Ana <{ADDRESS}>",
        f"{LOCAL} @ {HOST}",
        f"{LOCAL}＠{HOST}",
        f"{LOCAL}﹫{HOST}",
        f"{LOCAL}  @   {HOST}",
        f'"{LOCAL}"@{HOST}',
        f"x;{ADDRESS};y",
        f"mailto:{ADDRESS}",
        f"x@ {LOCAL}@{HOST}",
        f"mi correo@ {LOCAL}@{HOST.partition('.')[0]} com",
        f"pedido @ {LOCAL}@{HOST.partition('.')[0]}",
        "a" * 60_000 + f" {ADDRESS}",
        "a@" * 30_000 + f" {ADDRESS}",
    ],
)
def test_addresses_are_masked_whatever_is_around_them(text: str) -> None:
    assert LOCAL not in mask_addresses(text)
    assert HOST not in mask_addresses(text)
