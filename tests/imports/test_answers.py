"""What a person says about a file on its preview: how it is read, what of what was typed gives way, that it ends."""

from __future__ import annotations

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.imports import actions, tasks
from closedorders.imports import preview as import_tally
from closedorders.imports.models import Import
from closedorders.orders.actions.notes import add_comment
from closedorders.orders.actions.orders import change_customer
from closedorders.orders.models import Customer, Store, StoreOrder
from tests.cast import Cast
from tests.imports.browsing import ClientOf, url
from tests.imports.files import csv_file, import_file, preview, save, shopify_row, text, upload
from tests.imports.unknown_file import CHOICES, mapped, read, unmapped

# --- How the file is read ---


def test_how_a_file_is_read_is_told_point_by_point_with_a_control_each(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    page = text(client_of(cast.assistant).get(source.get_absolute_url()))
    for words in ("UTF-8", "comma ,", "each date tells by itself", "point (1,234.56)", cast.team.time_zone):
        assert words in page
    for name in ("encoding", "delimiter", "date_order", "decimal_sign", "time_zone", "default_currency"):
        assert f'name="{name}"' in page


def test_an_answer_reads_the_file_again_and_can_be_taken_back(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    source = preview(
        csv_file([shopify_row(Currency="", Total="1,234", Subtotal="", Lineitem_price="")]),
        store=store,
        by=cast.assistant,
    )
    assert "One question about the amounts" in text(browser.get(source.get_absolute_url()))
    browser.post(url(cast, "import_answers", source.pk), {"decimal_sign": ".", "default_currency": "usd"})
    read(source)
    sample = source.samples["new"][0]
    assert (sample["amount"], sample["currency"]) == ("1234.00", "USD")
    assert "As you said." in text(browser.get(source.get_absolute_url()))
    browser.post(url(cast, "import_answers", source.pk), {"decimal_sign": "", "default_currency": ""})
    read(source)
    assert source.answers == {}
    assert [each["code"] for each in source.questions] == ["decimal_sign"]
    events = AuditEvent.objects.filter(verb="import_answered").order_by("pk")
    assert events[0].after == {"decimal_sign": ".", "default_currency": "USD"}
    assert events[1].before == {"decimal_sign": ".", "default_currency": "USD"}


@pytest.mark.parametrize(
    "answers", [{"encoding": "ebcdic"}, {"default_currency": "ZZZ"}, {"time_zone": "Mars/One"}]
)
def test_an_answer_that_is_none_changes_nothing(
    cast: Cast, store: Store, client_of: ClientOf, answers: dict[str, str]
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    client_of(cast.assistant).post(url(cast, "import_answers", source.pk), answers)
    source.refresh_from_db()
    assert (source.state, source.answers) == (Import.State.PREVIEWED, {})


def test_a_file_refused_after_a_wrong_answer_can_be_read_another_way(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    content = csv_file([shopify_row(Billing_Name="Zoë")]).decode().encode("cp1252")
    source = preview(content, store=store, by=cast.assistant)
    actions.answer_import(source=source, answers={"encoding": "utf-8"}, by=cast.assistant)
    assert read(source).state == Import.State.REFUSED
    page = text(browser.get(source.get_absolute_url()))
    assert "How we read the file" in page
    browser.post(url(cast, "import_answers", source.pk), {"encoding": "", "delimiter": ""})
    assert read(source).state == Import.State.PREVIEWED
    assert source.samples["new"][0]["name"] == "Zoë"


def test_another_separator_takes_the_names_away_that_no_longer_fit(cast: Cast, store: Store) -> None:
    source = mapped(store, cast.assistant)
    actions.answer_import(source=source, answers={"delimiter": "|"}, by=cast.assistant)
    assert read(source).state == Import.State.REFUSED
    actions.answer_import(source=source, answers={"delimiter": ""}, by=cast.assistant)
    assert read(source).state == Import.State.PREVIEWED


def test_dates_are_read_in_the_zone_a_person_names(cast: Cast, store: Store) -> None:
    source = preview(csv_file([shopify_row(Created_at="2026-10-07 09:50")]), store=store, by=cast.assistant)
    actions.answer_import(source=source, answers={"time_zone": "Asia/Tokyo"}, by=cast.assistant)
    save(read(source), by=cast.assistant)
    placed_at = StoreOrder.objects.get().placed_at
    assert placed_at is not None
    assert (placed_at.hour, placed_at.minute) == (0, 50)


# --- What a person typed and the file says otherwise ---


def typed_customer(cast: Cast, store: Store) -> Customer:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    customer = Customer.objects.get()
    change_customer(customer=customer, name="Maria G.", email="right@example.com", by=cast.merchant)
    customer.refresh_from_db()
    return customer


def test_both_values_are_shown_and_the_typed_one_stays_unless_chosen(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    customer = typed_customer(cast, store)
    source = preview(csv_file([shopify_row(Total="30.00")]), store=store, by=cast.merchant)
    assert source.samples["kept_by_user_counts"] == {"customer_email": 1, "customer_name": 1}
    page = text(client_of(cast.merchant).get(source.get_absolute_url()))
    for words in (
        "Maria G.",
        "María García",
        "right@example.com",
        "maria@example.com",
        'value="customer_name"',
    ):
        assert words in page
    save(source, by=cast.merchant)
    customer.refresh_from_db()
    assert (customer.name, customer.email) == ("Maria G.", "right@example.com")
    assert customer.edited_fields == ["email", "name"]


def test_taking_the_files_value_is_by_field_and_lets_imports_write_it_again(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    customer = typed_customer(cast, store)
    source = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)
    assert (source.orders_changed, source.orders_unchanged) == (0, 1)
    browser = client_of(cast.merchant)
    assert "Save what is ticked" in text(browser.get(source.get_absolute_url()))
    browser.post(
        url(cast, "import_saving", source.pk), {"override_fields": ["customer_name", "no such field"]}
    )
    tasks.commit_import(source.pk)
    customer.refresh_from_db()
    assert (customer.name, customer.email) == ("María García", "right@example.com")
    assert customer.edited_fields == ["email"]
    event = AuditEvent.objects.get(verb="import_saved", thing_id=source.pk)
    assert event.after["taken_from_file"] == "customer_name"
    following = preview(csv_file([shopify_row(Billing_Name="María G. L.")]), store=store, by=cast.merchant)
    assert following.samples["kept_by_user_counts"] == {"customer_email": 1}


def test_taking_the_files_address_puts_it_back(cast: Cast, store: Store) -> None:
    customer = typed_customer(cast, store)
    source = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)
    actions.save_import(source=source, by=cast.merchant, override_fields=["customer_email"])
    tasks.commit_import(source.pk)
    customer.refresh_from_db()
    assert (customer.email, customer.edited_fields) == ("maria@example.com", ["name"])


def test_an_assistant_sees_that_values_differ_but_may_not_take_a_customers(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    customer = typed_customer(cast, store)
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    browser = client_of(cast.assistant)
    page = text(browser.get(source.get_absolute_url()))
    assert "A merchant may choose" in page
    assert "right@" not in page
    assert 'name="override_fields"' not in page
    browser.post(url(cast, "import_saving", source.pk), {"override_fields": ["customer_email"]})
    source.refresh_from_db()
    customer.refresh_from_db()
    assert (source.state, customer.email) == (Import.State.PREVIEWED, "right@example.com")


def test_a_typed_value_of_an_order_and_of_an_aliexpress_order_is_told_too(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row(Notes="old")]), store=store, by=cast.assistant)
    StoreOrder.objects.update(note="typed", edited_fields=["note"])
    source = preview(csv_file([shopify_row(Notes="from the file")]), store=store, by=cast.assistant)
    assert source.samples["kept_by_user_counts"] == {"note": 1}
    actions.save_import(source=source, by=cast.assistant, override_fields=["note"])
    tasks.commit_import(source.pk)
    assert StoreOrder.objects.values_list("note", "edited_fields").get() == ("from the file", [])
    blank = preview(csv_file([shopify_row(Notes="")]), store=store, by=cast.assistant)
    assert blank.samples["kept_by_user_counts"] == {}


def test_what_was_typed_after_the_preview_stays_although_the_files_is_chosen(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    rows = [shopify_row(Name=f"#{n}", Email=f"c{n}@example.com") for n in (1, 2)]
    import_file(csv_file(rows), store=store, by=cast.merchant)
    ours = {each.email: each for each in Customer.objects.all()}
    for email, customer in ours.items():
        change_customer(customer=customer, name="Typed", email=email, by=cast.merchant)
    source = preview(csv_file(rows), store=store, by=cast.merchant)
    seen_later = ours["c2@example.com"]
    change_customer(customer=seen_later, name="Typed since", email=seen_later.email, by=cast.merchant)
    actions.save_import(source=source, by=cast.merchant, override_fields=["customer_name"])
    tasks.commit_import(source.pk)
    assert dict(Customer.objects.values_list("email", "name")) == {
        "c1@example.com": "María García",
        "c2@example.com": "Typed since",
    }
    seen_later.refresh_from_db()
    assert seen_later.edited_fields == ["name"]
    page = text(client_of(cast.merchant).get(source.get_absolute_url()))
    assert "1 typed value stayed: a person changed it after the preview." in page


def test_a_comment_after_the_preview_is_no_typing_over_what_was_chosen(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row(Notes="old")]), store=store, by=cast.assistant)
    StoreOrder.objects.update(note="typed", edited_fields=["note"])
    source = preview(csv_file([shopify_row(Notes="from the file")]), store=store, by=cast.assistant)
    add_comment(order=StoreOrder.objects.get(), text="Asked the supplier.", by=cast.merchant)
    actions.save_import(source=source, by=cast.assistant, override_fields=["note"])
    tasks.commit_import(source.pk)
    assert StoreOrder.objects.get().note == "from the file"


def test_an_assistant_is_offered_what_she_may_take_beside_what_she_may_not(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    typed_customer(cast, store)
    StoreOrder.objects.update(tags="typed", edited_fields=["tags"])
    source = preview(csv_file([shopify_row(Tags="of the file")]), store=store, by=cast.assistant)
    assert set(source.samples["kept_by_user_counts"]) == {"customer_email", "customer_name", "tags"}
    browser = client_of(cast.assistant)
    page = text(browser.get(source.get_absolute_url()))
    assert 'name="override_fields" value="tags"' in page
    assert 'value="customer_' not in page
    assert "A merchant may choose the file's words about customers" in page
    browser.post(url(cast, "import_saving", source.pk), {"override_fields": "tags"})
    tasks.commit_import(source.pk)
    assert StoreOrder.objects.get().tags == "of the file"
    assert Customer.objects.get().name == "Maria G."


def test_only_the_first_differing_values_are_shown_and_all_are_counted(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch, client_of: ClientOf
) -> None:
    monkeypatch.setattr(import_tally, "MAX_CONFLICTS_SHOWN", 2)
    rows = [shopify_row(Name=f"#{n}", Notes="a") for n in range(4)]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    StoreOrder.objects.update(note="typed", edited_fields=["note"])
    source = preview(csv_file([{**row, "Notes": "b"} for row in rows]), store=store, by=cast.assistant)
    assert (len(source.samples["kept_by_user"]), source.samples["kept_by_user_counts"]) == (2, {"note": 4})
    assert "The first 2 of 4." in text(client_of(cast.assistant).get(source.get_absolute_url()))


# --- Cancelling ---


def test_a_file_whose_columns_nobody_names_can_be_cancelled(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = unmapped(store, cast.assistant)
    client_of(cast.assistant).post(url(cast, "import_cancellation", source.pk))
    source.refresh_from_db()
    assert source.state == Import.State.CANCELLED
    late = client_of(cast.assistant).post(url(cast, "import_columns", source.pk), CHOICES, follow=True)
    assert "no longer waiting" in text(late)


def test_no_worker_takes_a_file_that_waits_for_a_person(cast: Cast, store: Store) -> None:
    source = unmapped(store, cast.assistant)
    assert not Import.objects.due().exists()
    assert read(source).state == Import.State.UNMAPPED
    assert upload(b"x", store=store, by=cast.assistant) in Import.objects.due()
