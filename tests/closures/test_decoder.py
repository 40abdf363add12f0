from __future__ import annotations

from time import perf_counter

import pytest

from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.decoder import wording
from closedorders.closures.decoder.reading import best, decode, guessed_origin, suggested_reason
from closedorders.closures.decoder.table import MEANINGS, ROWS, Cause, Doubt, Source, Who
from closedorders.orderfiles.formats.aliexpress_lists import END_REASONS

# Every code: what it means, who must act, the reason it suggests, what closed the order.
EXPECTED: dict[str, tuple[str, str, str, str]] = {
    "CSC_7200001": ("system", "nobody", "", ""),
    "CSC_7200002": ("system", "nobody", "", ""),
    "CSC_7200003": ("system", "nobody", "", ""),
    "CSC_7200005": ("system", "nobody", "", ""),
    "CSC_7200009": ("limit", "bank", "card_check", ""),
    "CSC_7200011": ("funds", "you", "card_check", ""),
    "CSC_7200012": ("expired_card", "you", "card_check", ""),
    "CSC_7200015": ("bank_declined", "bank", "card_check", ""),
    "CSC_7200017": ("tax_number", "you", "address_customs", ""),
    "CSC_7200020": ("card_data", "you", "card_check", ""),
    "CSC_7200021": ("card_data", "you", "card_check", ""),
    "CSC_7200022": ("card_data", "you", "card_check", ""),
    "CSC_7200026": ("card_verification", "you", "card_check", "risk"),
    "CSC_7200031": ("account_verification", "you", "", "risk"),
    "CSC_7200034": ("order_data", "you", "address_customs", ""),
    "CSC_7200040": ("bank_declined", "bank", "card_check", ""),
    "CSC_7200042": ("order_data", "you", "address_customs", ""),
    "CSC_7200043": ("order_data", "you", "address_customs", ""),
    "CSC_7200044": ("order_data", "you", "address_customs", ""),
    "CSC_7200045": ("order_data", "you", "address_customs", ""),
    "CSC_7200046": ("order_data", "you", "address_customs", ""),
    "CSC_7200047": ("open_balance", "you", "", ""),
    "CSC_7200048": ("order_data", "you", "address_customs", ""),
    "CSC_7200049": ("postcode", "you", "address_customs", ""),
    "CSC_7200050": ("locked", "nobody", "card_check", ""),
    "CSC_7200051": ("card_data", "you", "card_check", ""),
    "CSC_7200052": ("not_permitted", "bank", "card_check", ""),
    "CSC_7200058": ("shared_card", "you", "card_check", ""),
    "CSC_7200064": ("funds", "you", "card_check", ""),
    "IPAY_RS_10001_2606": ("bank_declined", "bank", "card_check", ""),
    "IPAY_RS_10001_2616": ("funds", "you", "card_check", ""),
    "IPAY_RS_10001_2618": ("not_authorised", "bank", "card_check", ""),
    "buyer_pay_timeout": ("unpaid", "you", "payment_timeout", "unpaid"),
    "risk_reject_closed": ("risk_control", "you", "", "risk"),
    "buyer_cancel_notpay_order": ("cancelled_by_you", "nobody", "", "buyer"),
    "cancel_order_close_trade": ("cancelled", "aliexpress", "", ""),
    "seller_send_goods_timeout": ("seller_late", "you", "supplier_cancelled", "seller"),
    "buyer_cancel_order_in_risk": ("cancelled_in_review", "nobody", "", "buyer"),
    "seller_accept_issue_no_goods_return": ("dispute", "nobody", "", "dispute"),
    "seller_response_issue_timeout": ("dispute", "nobody", "", "dispute"),
    "buyer_accept_goods": ("received", "nobody", "", ""),
    "buyer_accept_goods_timeout": ("received", "nobody", "", ""),
    "pay_timeout": ("unpaid", "you", "payment_timeout", "unpaid"),
    "risk_closed": ("risk_control", "you", "", "risk"),
    "suspicious_trade": ("risk_control", "you", "", "risk"),
    "security_close": ("risk_control", "you", "", "risk"),
    "buyer_cancel_order": ("cancelled_by_you", "nobody", "", "buyer"),
    "send_goods_timeout": ("seller_late", "you", "supplier_cancelled", "seller"),
    "confirm_payamount_timeout": ("amount_unconfirmed", "you", "payment_timeout", "unpaid"),
    "reject_payamount": ("amount_rejected", "aliexpress", "", ""),
    "trade_close": ("cancelled", "aliexpress", "", ""),
    "end_issue": ("dispute", "nobody", "", "dispute"),
    "buyer_confirm_goods": ("received", "nobody", "", ""),
    "buyer_confirm_goods_timeout": ("received", "nobody", "", ""),
    "CANCELED": ("cancelled", "aliexpress", "", ""),
    "RISK_CONTROL": ("in_review", "aliexpress", "", ""),
    "RISK_CONTROL_HOLD": ("approve_payment", "you", "", ""),
    "IN_FROZEN": ("frozen", "aliexpress", "", ""),
    "BLACKLIST_BUYER_IN_LIST": ("account_blocked", "you", "", "risk"),
    "USER_ACCOUNT_DISABLED": ("account_blocked", "you", "", "risk"),
    "A003_SUSPICIOUS_BUYER": ("account_blocked", "you", "", "risk"),
    "A006_INVALID_ACCOUNT_INFO": ("account_blocked", "you", "", "risk"),
    "REPEATED_ORDER_ERROR": ("duplicate", "you", "", ""),
    "INVENTORY_HOLD_ERROR": ("out_of_stock", "you", "supplier_cancelled", ""),
    "DELIVERY_METHOD_NOT_EXIST": ("no_shipping", "you", "address_customs", ""),
    "B_DROPSHIPPER_DELIVERY_ADDRESS_VALIDATE_FAIL": ("address", "you", "address_customs", ""),
    "APIPayFail": ("payment_failed", "you", "", ""),
}


def test_the_table_has_exactly_the_codes_that_are_expected_of_it() -> None:
    assert [row.code for row in ROWS] == list(dict.fromkeys(row.code for row in ROWS))
    assert {row.code for row in ROWS} == set(EXPECTED)


@pytest.mark.parametrize("code", EXPECTED)
def test_each_code_is_found_amid_words_and_means_what_its_sources_say(code: str) -> None:
    found = decode(f"Payment failed ({code}), please try again.")
    (row,) = [each for each in found if each.row is not None]
    cause, who, reason, origin = EXPECTED[code]
    assert (row.cause, row.meaning.who) == (cause, who)
    assert (suggested_reason([row]), guessed_origin([row])) == (reason, origin)
    assert row.words == code


@pytest.mark.parametrize(
    "written", ["CSC_7200011", "csc_7200011", "CSC 7200011", "CSC-7200011", "CSC7200011"]
)
def test_a_payment_code_is_read_however_people_copy_it_and_kept_as_written(written: str) -> None:
    (found,) = decode(f"Error: {written}.")
    assert found.cause is Cause.FUNDS
    assert found.words == written


def test_a_payment_code_that_the_table_lacks_is_named_and_suggests_nothing() -> None:
    found = decode("Sorry: CSC_7200099")
    assert [(each.words, each.cause) for each in found] == [("CSC_7200099", Cause.UNKNOWN_CODE)]
    assert suggested_reason(found) == guessed_origin(found) == ""
    assert "not in our table" in wording.explain(found[0]).what


@pytest.mark.parametrize(
    ("words", "cause", "origin"),
    [
        ("Rejected By Risk Control", Cause.RISK_CONTROL, "risk"),
        ("Your order was cancelled for security reasons.", Cause.RISK_CONTROL, "risk"),
        ("Pedido cerrado por motivos de seguridad", Cause.RISK_CONTROL, "risk"),
        ("Tu cuenta está bloqueada", Cause.ACCOUNT_BLOCKED, "risk"),
        ("Insufficient funds on the card", Cause.FUNDS, ""),
        ("You exceeded your daily limit", Cause.LIMIT, ""),
        ("La tarjeta está caducada", Cause.EXPIRED_CARD, ""),
        ("Please verify your card", Cause.CARD_VERIFICATION, "risk"),
        ("Verifique su cuenta", Cause.ACCOUNT_VERIFICATION, "risk"),
        ("Too many attempts", Cause.LOCKED, ""),
        ("Declined by your bank", Cause.BANK_DECLINED, ""),
        ("Verificación del pago", Cause.IN_REVIEW, ""),
        ("Order expired", Cause.UNPAID, "unpaid"),
        ("No se ha pagado a tiempo", Cause.UNPAID, "unpaid"),
        ("The seller failed to ship in time", Cause.SELLER_LATE, "seller"),
        ("Agotado", Cause.OUT_OF_STOCK, ""),
        ("Cancelled by the buyer", Cause.CANCELLED_BY_YOU, "buyer"),
        ("Closed after a dispute", Cause.DISPUTE, "dispute"),
        ("Invalid address", Cause.ADDRESS, ""),
    ],
)
def test_words_of_the_pages_are_read_in_english_and_spanish(words: str, cause: Cause, origin: str) -> None:
    found = decode(words)
    assert [each.cause for each in found] == [cause]
    assert guessed_origin(found) == origin


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Ana García, 8201447122030000, canceled in May",
        "If the item is bad you can open a dispute.",
        "a" * 50_000,
    ],
)
def test_words_that_say_nothing_of_a_cause_are_read_as_nothing(words: str) -> None:
    assert decode(words) == []


def test_words_that_point_to_two_reasons_suggest_neither() -> None:
    found = decode("CSC_7200011 … seller_send_goods_timeout")
    assert suggested_reason(found) == ""
    assert len(found) == 2


def test_what_closes_an_order_says_more_than_what_does_not() -> None:
    found = decode("RISK_CONTROL, then risk_reject_closed, CSC_7200012")
    chosen = best(found)
    assert chosen is not None
    assert chosen.cause is Cause.EXPIRED_CARD
    assert best([]) is None


def test_every_cause_doubt_source_and_person_has_words_and_every_reason_exists() -> None:
    assert set(wording.CAUSES) == set(MEANINGS) == set(Cause)
    assert set(wording.DOUBTS) == set(Doubt)
    assert set(wording.SOURCES) == set(Source)
    assert set(wording.WHO) == set(Who)
    assert {meaning.reason for meaning in MEANINGS.values()} - {""} <= set(BUILTIN)


def test_a_row_that_sources_disagree_on_says_so() -> None:
    doubts = {row.code: wording.explain(decode(row.code)[0]).doubt for row in ROWS if row.doubt}
    assert "Sources disagree" in doubts["CSC_7200001"]
    assert "one source" in doubts["IPAY_RS_10001_2606"]
    assert all(doubts.values())


def test_every_end_reason_that_imports_know_is_decoded_to_the_same_end() -> None:
    for end_reason, status in END_REASONS.items():
        (found,) = decode(f"FINISH ({end_reason})")
        assert found.meaning.closes == (status != "completed"), end_reason


def test_a_page_full_of_words_is_read_in_no_time() -> None:
    text = ("CSC 72000 IPAY_RS_ risk control by_ " * 4_000)[:200_000]
    begun = perf_counter()
    decode(text)
    assert perf_counter() - begun < 2
