"""The quick log's explanations of AliExpress's words, and reasons row by row."""

from __future__ import annotations

import pytest

from closedorders.closures.models import Closure, Incident
from tests.cast import Cast
from tests.closures.pages import NUMBERS, SignIn, closed_order, paste, url, words
from tests.factories import make_buyer_account, make_supplier_order, reason


def test_pasted_words_are_explained_and_suggest_a_reason_that_a_person_confirms(
    cast: Cast, client_of: SignIn
) -> None:
    client = client_of(cast.assistant)
    part = client.post(url(cast, "decoding"), {"words": "Failed: CSC_7200011", "numbers": ""})
    text = words(part)
    assert "CSC_7200011 : The card or balance has too little money on it." in text
    assert "Who must act: You." in text
    assert "compared on 23 Nov 2026" in text
    assert 'name="use_reason" value="card_check"' in part.content.decode()
    assert words(client.post(url(cast, "decoding"), {"words": "Hello"})).strip() == ""


@pytest.mark.parametrize("button", ["read", "use_reason"])
def test_without_javascript_the_words_are_explained_by_a_button_and_nothing_is_saved(
    cast: Cast, client_of: SignIn, button: str
) -> None:
    account = make_buyer_account(cast.team)
    typed = paste(account=str(account.pk), words="CSC_7200012", reason="not_sure")
    page = client_of(cast.assistant).post(url(cast, "quick_log"), typed | {button: "card_check"})
    content = page.content.decode()
    assert "The card has expired" in words(page)
    assert NUMBERS[39] in content
    assert not Closure.objects.exists()
    chosen = "card_check" if button == "use_reason" else "not_sure"
    assert page.context["form"]["reason"].value() == chosen


def test_saving_uses_the_persons_reason_and_keeps_the_raw_words(cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(cast.team)
    said = "csc-7200011: card is declined, order 1 of 2"
    client_of(cast.assistant).post(
        url(cast, "quick_log"),
        paste(account=str(account.pk), words=said, reason="travel", numbers=NUMBERS[0]),
    )
    closure = Closure.objects.get()
    assert (closure.reason, closure.words) == (reason("travel"), said)


def test_each_row_can_have_its_own_reason_proposed_from_its_line_or_its_import(
    cast: Cast, client_of: SignIn
) -> None:
    account = make_buyer_account(cast.team)
    make_supplier_order(cast.team, number=NUMBERS[1], status="FINISH (seller_send_goods_timeout)")
    typed = paste(
        account=str(account.pk),
        numbers=f"{NUMBERS[0]}\tOrder expired\n{NUMBERS[1]}\n{NUMBERS[2]}",
        reason="travel",
    )
    client = client_of(cast.assistant)
    page = client.post(url(cast, "quick_log"), typed | {"rows": "1"})
    assert not Closure.objects.exists()
    proposed = {
        row.number: next(code for code, _name, on in row.choices if on) for row in page.context["rows"]
    }
    assert proposed == {
        NUMBERS[0]: "payment_timeout",
        NUMBERS[1]: "supplier_cancelled",
        NUMBERS[2]: "travel",
    }
    assert "Order expired" in words(page)
    chosen = {f"reason_{number}": code for number, code in proposed.items()} | {
        f"reason_{NUMBERS[2]}": "not_sure"
    }
    client.post(url(cast, "quick_log"), typed | {"by_row": "1"} | chosen)
    logged = dict(Closure.objects.values_list("supplier_order__number", "reason__code"))
    assert logged == {NUMBERS[0]: "payment_timeout", NUMBERS[1]: "supplier_cancelled", NUMBERS[2]: None}
    # Several reasons are no cause of the whole incident: a person says that.
    assert Incident.objects.get().cause is None


def test_rows_are_chosen_for_500_numbers_at_most(cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(cast.team)
    many = "\n".join(f"{8_201_447_122_030_000 + n}" for n in range(501))
    page = client_of(cast.assistant).post(
        url(cast, "quick_log"), paste(account=str(account.pk), numbers=many) | {"rows": "1"}
    )
    assert "for 500 numbers at a time" in words(page)


def test_an_address_in_an_imports_status_is_masked_for_assistants(cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(cast.team)
    make_supplier_order(cast.team, number=NUMBERS[0], status="Closed, ask ana.garcia@mail.example")
    typed = paste(account=str(account.pk), numbers=NUMBERS[0]) | {"rows": "1"}
    assert "ana.garcia" not in words(client_of(cast.assistant).post(url(cast, "quick_log"), typed))
    assert "ana.garcia" in words(client_of(cast.merchant).post(url(cast, "quick_log"), typed))


def test_the_closures_page_explains_its_words_and_takes_the_suggested_reason(
    cast: Cast, client_of: SignIn
) -> None:
    closure = closed_order(cast)
    closure.words = "CSC_7200009"
    closure.save()
    client = client_of(cast.assistant)
    text = words(client.get(closure.get_absolute_url()))
    assert "The payment is above the card's limit." in text
    assert "Use this reason" in text
    client.post(
        url(cast, "closure_reason", closure.pk),
        {"reason": "card_check", "words": closure.words, "origin": ""},
    )
    closure.refresh_from_db()
    assert closure.reason == reason("card_check")
    assert "Use this reason" not in words(client.get(closure.get_absolute_url()))


def test_who_closed_an_order_is_set_on_its_page_and_stands_in_its_history(
    cast: Cast, client_of: SignIn
) -> None:
    closure = closed_order(cast)
    client = client_of(cast.assistant)
    client.post(
        url(cast, "closure_reason", closure.pk), {"reason": "fraud_review", "words": "", "origin": "dispute"}
    )
    closure.refresh_from_db()
    assert closure.origin == "dispute"
    text = words(client.get(closure.get_absolute_url()))
    assert "Closed by Dispute" in text
