"""The dated table of codes: what each means, who must act, what closed the order, and which reason it suggests.

No Django and no words: `wording` has the sentences of a `Cause` and of a `Doubt`. AliExpress publishes no list of
these codes. They come from sellers' help pages, merchants' blogs and programs that read AliExpress's interfaces; a row
says where that is one source alone, and where sources contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

#: The day the rows were last compared with their sources.
CHECKED_ON = date(2026, 11, 23)


class Who(StrEnum):
    """Who has to do something before the order can be placed again."""

    YOU = "you"
    BANK = "bank"
    ALIEXPRESS = "aliexpress"
    NOBODY = "nobody"


class Origin(StrEnum):
    """Who or what closed the order. The values are those of `Closure.Origin`."""

    RISK = "risk"
    UNPAID = "unpaid"
    SELLER = "seller"
    BUYER = "buyer"
    DISPUTE = "dispute"
    UNKNOWN = ""


class Cause(StrEnum):
    LIMIT = "limit"
    FUNDS = "funds"
    EXPIRED_CARD = "expired_card"
    BANK_DECLINED = "bank_declined"
    NOT_AUTHORISED = "not_authorised"
    CARD_DATA = "card_data"
    TAX_NUMBER = "tax_number"
    ORDER_DATA = "order_data"
    OPEN_BALANCE = "open_balance"
    POSTCODE = "postcode"
    LOCKED = "locked"
    NOT_PERMITTED = "not_permitted"
    SHARED_CARD = "shared_card"
    CARD_VERIFICATION = "card_verification"
    ACCOUNT_VERIFICATION = "account_verification"
    SYSTEM = "system"
    UNKNOWN_CODE = "unknown_code"
    RISK_CONTROL = "risk_control"
    IN_REVIEW = "in_review"
    APPROVE_PAYMENT = "approve_payment"
    ACCOUNT_BLOCKED = "account_blocked"
    UNPAID = "unpaid"
    AMOUNT_UNCONFIRMED = "amount_unconfirmed"
    AMOUNT_REJECTED = "amount_rejected"
    SELLER_LATE = "seller_late"
    OUT_OF_STOCK = "out_of_stock"
    CANCELLED_BY_YOU = "cancelled_by_you"
    CANCELLED_IN_REVIEW = "cancelled_in_review"
    CANCELLED = "cancelled"
    DISPUTE = "dispute"
    FROZEN = "frozen"
    ADDRESS = "address"
    NO_SHIPPING = "no_shipping"
    DUPLICATE = "duplicate"
    PAYMENT_FAILED = "payment_failed"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`reason` is the code of a seeded reason, "" where none follows: risk control does not say which of the causes
    it saw. `closes`: whether the order is closed with it."""

    who: Who
    reason: str = ""
    origin: Origin = Origin.UNKNOWN
    closes: bool = True


MEANINGS: Mapping[Cause, Meaning] = {
    Cause.LIMIT: Meaning(Who.BANK, "card_check"),
    Cause.FUNDS: Meaning(Who.YOU, "card_check"),
    Cause.EXPIRED_CARD: Meaning(Who.YOU, "card_check"),
    Cause.BANK_DECLINED: Meaning(Who.BANK, "card_check"),
    Cause.NOT_AUTHORISED: Meaning(Who.BANK, "card_check"),
    Cause.CARD_DATA: Meaning(Who.YOU, "card_check"),
    Cause.TAX_NUMBER: Meaning(Who.YOU, "address_customs"),
    Cause.ORDER_DATA: Meaning(Who.YOU, "address_customs"),
    Cause.OPEN_BALANCE: Meaning(Who.YOU),
    Cause.POSTCODE: Meaning(Who.YOU, "address_customs"),
    Cause.LOCKED: Meaning(Who.NOBODY, "card_check"),
    Cause.NOT_PERMITTED: Meaning(Who.BANK, "card_check"),
    Cause.SHARED_CARD: Meaning(Who.YOU, "card_check"),
    Cause.CARD_VERIFICATION: Meaning(Who.YOU, "card_check", Origin.RISK),
    Cause.ACCOUNT_VERIFICATION: Meaning(Who.YOU, "", Origin.RISK),
    Cause.SYSTEM: Meaning(Who.NOBODY),
    Cause.UNKNOWN_CODE: Meaning(Who.ALIEXPRESS),
    Cause.RISK_CONTROL: Meaning(Who.YOU, "", Origin.RISK),
    Cause.IN_REVIEW: Meaning(Who.ALIEXPRESS, "", Origin.RISK, closes=False),
    Cause.APPROVE_PAYMENT: Meaning(Who.YOU, "", Origin.RISK, closes=False),
    Cause.ACCOUNT_BLOCKED: Meaning(Who.YOU, "", Origin.RISK),
    Cause.UNPAID: Meaning(Who.YOU, "payment_timeout", Origin.UNPAID),
    Cause.AMOUNT_UNCONFIRMED: Meaning(Who.YOU, "payment_timeout", Origin.UNPAID),
    Cause.AMOUNT_REJECTED: Meaning(Who.ALIEXPRESS),
    Cause.SELLER_LATE: Meaning(Who.YOU, "supplier_cancelled", Origin.SELLER),
    Cause.OUT_OF_STOCK: Meaning(Who.YOU, "supplier_cancelled"),
    Cause.CANCELLED_BY_YOU: Meaning(Who.NOBODY, "", Origin.BUYER),
    Cause.CANCELLED_IN_REVIEW: Meaning(Who.NOBODY, "", Origin.BUYER),
    Cause.CANCELLED: Meaning(Who.ALIEXPRESS),
    Cause.DISPUTE: Meaning(Who.NOBODY, "", Origin.DISPUTE),
    Cause.FROZEN: Meaning(Who.ALIEXPRESS, "", closes=False),
    Cause.ADDRESS: Meaning(Who.YOU, "address_customs"),
    Cause.NO_SHIPPING: Meaning(Who.YOU, "address_customs"),
    Cause.DUPLICATE: Meaning(Who.YOU),
    Cause.PAYMENT_FAILED: Meaning(Who.YOU, "", closes=False),
    Cause.RECEIVED: Meaning(Who.NOBODY, "", closes=False),
}


class Doubt(StrEnum):
    """What speaks against a row."""

    NOT = ""
    ONE_SOURCE = "one_source"
    SYSTEM_OR_CARD = "system_or_card"
    DECLINED_OR_RESTRICTED = "declined_or_restricted"
    SEVERAL_DETAILS = "several_details"
    WHO_ASKED = "who_asked"
    RISK_OR_YOU = "risk_or_you"


class Source(StrEnum):
    """Where a row is from."""

    SELLER_HELP = "seller_help"
    APPEAL_GUIDES = "appeal_guides"
    OLD_PAYMENT_CODES = "old_payment_codes"
    BUYER_PAGES = "buyer_pages"
    SELLER_INTERFACE = "seller_interface"
    DROPSHIPPING_INTERFACE = "dropshipping_interface"


@dataclass(frozen=True, slots=True)
class Row:
    """A code as AliExpress writes it, and what is known of it."""

    code: str
    cause: Cause
    source: Source
    doubt: Doubt = Doubt.NOT
    checked_on: date = CHECKED_ON

    @property
    def meaning(self) -> Meaning:
        return MEANINGS[self.cause]


def _csc(
    *endings: int, cause: Cause, doubt: Doubt = Doubt.NOT, source: Source = Source.SELLER_HELP
) -> list[Row]:
    return [Row(f"CSC_72000{ending:02}", cause, source, doubt) for ending in endings]


def _rows(source: Source, doubt: Doubt = Doubt.NOT, **codes: Cause) -> list[Row]:
    return [Row(code, cause, source, doubt) for code, cause in codes.items()]


_BUYER, _SELLER, _DROP = Source.BUYER_PAGES, Source.SELLER_INTERFACE, Source.DROPSHIPPING_INTERFACE

ROWS: tuple[Row, ...] = (
    *_csc(1, cause=Cause.SYSTEM, doubt=Doubt.SYSTEM_OR_CARD),
    *_csc(2, 3, 5, cause=Cause.SYSTEM),
    *_csc(9, cause=Cause.LIMIT),
    *_csc(11, 64, cause=Cause.FUNDS),
    *_csc(12, cause=Cause.EXPIRED_CARD),
    *_csc(15, 40, cause=Cause.BANK_DECLINED, doubt=Doubt.DECLINED_OR_RESTRICTED),
    *_csc(17, cause=Cause.TAX_NUMBER),
    *_csc(20, 21, 22, 51, cause=Cause.CARD_DATA, doubt=Doubt.SEVERAL_DETAILS),
    *_csc(26, cause=Cause.CARD_VERIFICATION, source=Source.APPEAL_GUIDES),
    *_csc(31, cause=Cause.ACCOUNT_VERIFICATION, source=Source.APPEAL_GUIDES),
    *_csc(34, 42, 43, 44, 45, 46, 48, cause=Cause.ORDER_DATA, doubt=Doubt.SEVERAL_DETAILS),
    *_csc(47, cause=Cause.OPEN_BALANCE),
    *_csc(49, cause=Cause.POSTCODE),
    *_csc(50, cause=Cause.LOCKED),
    *_csc(52, cause=Cause.NOT_PERMITTED),
    *_csc(58, cause=Cause.SHARED_CARD),
    *_rows(
        Source.OLD_PAYMENT_CODES,
        Doubt.ONE_SOURCE,
        IPAY_RS_10001_2606=Cause.BANK_DECLINED,
        IPAY_RS_10001_2616=Cause.FUNDS,
        IPAY_RS_10001_2618=Cause.NOT_AUTHORISED,
    ),
    *_rows(
        _BUYER,
        buyer_pay_timeout=Cause.UNPAID,
        risk_reject_closed=Cause.RISK_CONTROL,
        buyer_cancel_notpay_order=Cause.CANCELLED_BY_YOU,
        seller_send_goods_timeout=Cause.SELLER_LATE,
        seller_accept_issue_no_goods_return=Cause.DISPUTE,
        seller_response_issue_timeout=Cause.DISPUTE,
        buyer_accept_goods=Cause.RECEIVED,
        buyer_accept_goods_timeout=Cause.RECEIVED,
    ),
    *_rows(_BUYER, Doubt.WHO_ASKED, cancel_order_close_trade=Cause.CANCELLED),
    *_rows(_BUYER, Doubt.RISK_OR_YOU, buyer_cancel_order_in_risk=Cause.CANCELLED_IN_REVIEW),
    *_rows(
        _SELLER,
        Doubt.ONE_SOURCE,
        pay_timeout=Cause.UNPAID,
        risk_closed=Cause.RISK_CONTROL,
        suspicious_trade=Cause.RISK_CONTROL,
        security_close=Cause.RISK_CONTROL,
        buyer_cancel_order=Cause.CANCELLED_BY_YOU,
        send_goods_timeout=Cause.SELLER_LATE,
        confirm_payamount_timeout=Cause.AMOUNT_UNCONFIRMED,
        reject_payamount=Cause.AMOUNT_REJECTED,
        end_issue=Cause.DISPUTE,
        buyer_confirm_goods=Cause.RECEIVED,
        buyer_confirm_goods_timeout=Cause.RECEIVED,
    ),
    *_rows(_SELLER, Doubt.WHO_ASKED, trade_close=Cause.CANCELLED),
    *_rows(_DROP, Doubt.WHO_ASKED, CANCELED=Cause.CANCELLED),
    *_rows(
        _DROP,
        RISK_CONTROL=Cause.IN_REVIEW,
        IN_FROZEN=Cause.FROZEN,
        BLACKLIST_BUYER_IN_LIST=Cause.ACCOUNT_BLOCKED,
        USER_ACCOUNT_DISABLED=Cause.ACCOUNT_BLOCKED,
        A003_SUSPICIOUS_BUYER=Cause.ACCOUNT_BLOCKED,
        A006_INVALID_ACCOUNT_INFO=Cause.ACCOUNT_BLOCKED,
        REPEATED_ORDER_ERROR=Cause.DUPLICATE,
        INVENTORY_HOLD_ERROR=Cause.OUT_OF_STOCK,
        DELIVERY_METHOD_NOT_EXIST=Cause.NO_SHIPPING,
        B_DROPSHIPPER_DELIVERY_ADDRESS_VALIDATE_FAIL=Cause.ADDRESS,
        APIPayFail=Cause.PAYMENT_FAILED,
    ),
    *_rows(_DROP, Doubt.ONE_SOURCE, RISK_CONTROL_HOLD=Cause.APPROVE_PAYMENT),
)

#: Words of the pages, English and Spanish, for text that has no code. Each is looked for in folded text (no capitals,
#: no accents), the first ones first: what says more stands above what says less.
PHRASES: tuple[tuple[str, Cause], ...] = (
    (r"reject(?:ed)? by risk control|rechazad[oa] por (?:el )?control de riesgos?", Cause.RISK_CONTROL),
    (
        r"(?:closed|cancell?ed) (?:for|due to) (?:security|risk|safety)|"
        r"(?:cerrad|cancelad)[oa]s? por (?:motivos de )?(?:seguridad|riesgo)",
        Cause.RISK_CONTROL,
    ),
    (
        r"account (?:is |has been |was )?(?:blocked|suspended|disabled|restricted)|"
        r"cuenta (?:esta |ha sido )?(?:bloquead|suspendid|restringid)a",
        Cause.ACCOUNT_BLOCKED,
    ),
    (r"insufficient (?:funds|balance)|fondos insuficientes|saldo insuficiente", Cause.FUNDS),
    (
        r"exceed(?:s|ed|ing)?(?: the| your)?(?: card| daily| payment)? limit|limit exceeded|"
        r"(?:supera|excede)(?:s|do)? (?:el|su|tu) limite",
        Cause.LIMIT,
    ),
    (r"card (?:is |has )?expired|expired card|tarjeta (?:esta )?(?:caducada|vencida)", Cause.EXPIRED_CARD),
    (
        r"verify (?:your|the) card|verifi(?:que|ca) (?:su|tu) tarjeta|card verification",
        Cause.CARD_VERIFICATION,
    ),
    (
        r"verify (?:your|the) (?:account|identity)|verifi(?:que|ca) (?:su|tu) (?:cuenta|identidad)|"
        r"account verification",
        Cause.ACCOUNT_VERIFICATION,
    ),
    (r"too many (?:attempts|tries)|demasiados intentos", Cause.LOCKED),
    (
        r"declined by (?:the|your)?(?: issuing)? ?bank|bank (?:has )?(?:declined|refused|rejected)|"
        r"rechazad[oa] por (?:el|su|tu) banco",
        Cause.BANK_DECLINED,
    ),
    (
        r"payment (?:is )?(?:being verified|verification)|verificacion del pago|verificando el pago",
        Cause.IN_REVIEW,
    ),
    (
        r"not paid (?:in|on|within) time|payment (?:has )?(?:timed out|timeout|expired)|order expired|"
        r"no se (?:ha )?pag(?:o|ado) a tiempo|pedido (?:expirado|caducado)",
        Cause.UNPAID,
    ),
    (
        r"(?:seller|supplier) (?:did not|didn't|failed to|has not) (?:ship|send)|not shipped (?:in|on) time|"
        r"vendedor no (?:ha enviado|envio|lo envio)",
        Cause.SELLER_LATE,
    ),
    (r"out of stock|sin existencias|agotado", Cause.OUT_OF_STOCK),
    (
        r"(?:cancell?ed|closed) by (?:the )?(?:buyer|you)\b|cancelad[oa] por (?:el comprador|ti)\b",
        Cause.CANCELLED_BY_YOU,
    ),
    (
        r"dispute (?:was |has been |is )?(?:closed|ended|decided|resolved|finished)|"
        r"closed (?:after|because of|due to) (?:a |the )?dispute|"
        r"disputa (?:ha sido )?(?:cerrada|resuelta|terminada)",
        Cause.DISPUTE,
    ),
    (r"(?:invalid|wrong|incorrect|undeliverable) address|direccion (?:no valida|incorrecta)", Cause.ADDRESS),
    (r"risk control|control de riesgos?", Cause.RISK_CONTROL),
)
