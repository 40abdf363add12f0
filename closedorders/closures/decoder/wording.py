"""The decoder's table in the reader's language: what happened, who must act, what to do next, what is in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .reading import Found
from .table import CHECKED_ON, Cause, Doubt, Source, Who

#: What happened, and what to do next.
CAUSES: Mapping[Cause, tuple[Promise, Promise]] = {
    Cause.LIMIT: (
        _("The payment is above the card's limit."),
        _("Ask your bank to raise the limit for the day, or pay in smaller batches or with another method."),
    ),
    Cause.FUNDS: (
        _("The card or balance has too little money on it."),
        _("Put money on it, then place the oldest orders again in small batches."),
    ),
    Cause.EXPIRED_CARD: (
        _("The card has expired."),
        _("Add the new card to the account before a busy day, not during one, and pay with it."),
    ),
    Cause.BANK_DECLINED: (
        _("The bank declined the payment."),
        _("Call the bank: ask it to let payments to AliExpress through, then try one order."),
    ),
    Cause.NOT_AUTHORISED: (
        _("The payment was not authorised."),
        _("Confirm it in your bank's app or with its code. If it never asks, call the bank."),
    ),
    Cause.CARD_DATA: (
        _("The card's number, name, security code or currency was not accepted."),
        _("Compare every field with the card and pay again in the card's own currency."),
    ),
    Cause.TAX_NUMBER: (
        _("The tax number of the person who gets the order (CPF in Brazil) is missing or wrong."),
        _("Ask the customer for it and place the order again."),
    ),
    Cause.ORDER_DATA: (
        _("The order's, the billing or the buyer's details were not accepted."),
        _(
            "Compare name, billing address and delivery address with the card and the order, then order again."
        ),
    ),
    Cause.OPEN_BALANCE: (
        _("An amount is still open on the account."),
        _("Pay what AliExpress shows as open, then place the order again."),
    ),
    Cause.POSTCODE: (
        _("The postcode was not accepted."),
        _("Check the postcode of the billing address and of the delivery address."),
    ),
    Cause.LOCKED: (
        _("Payment is locked after too many tries."),
        _("Wait some hours. Every further try makes it longer. Then try one order."),
    ),
    Cause.NOT_PERMITTED: (
        _("The card does not permit this kind of payment."),
        _("Ask the bank to permit payments abroad and on the Internet, or use another card."),
    ),
    Cause.SHARED_CARD: (
        _("The card is used on several AliExpress accounts."),
        _("Leave the card on one account and pay on the others with another method."),
    ),
    Cause.CARD_VERIFICATION: (
        _("AliExpress wants the card verified."),
        _(
            "Appeal with a picture of the card and a bank statement of the same card. Cover all but four digits."
        ),
    ),
    Cause.ACCOUNT_VERIFICATION: (
        _("AliExpress wants the account verified."),
        _(
            "Open the verification case and send the documents it lists. Until then order nothing from this account."
        ),
    ),
    Cause.SYSTEM: (
        _("AliExpress's payment did not work for the moment."),
        _("Try again later. If it stays so, try another payment method."),
    ),
    Cause.UNKNOWN_CODE: (
        _("This code is not in our table."),
        _("Ask in the live chat what it means, and write the answer under AliExpress's exact words."),
    ),
    Cause.RISK_CONTROL: (
        _("AliExpress's risk control closed the order. It does not say which of the causes it saw."),
        _(
            "See what is red in the risk checklist, stop ordering from this account, and open the verification case."
        ),
    ),
    Cause.IN_REVIEW: (
        _("AliExpress's risk control checks the payment. It takes up to 24 hours from the payment."),
        _("Wait and do not order it a second time. The order is not closed."),
    ),
    Cause.APPROVE_PAYMENT: (
        _("AliExpress waits until the buyer approves the payment."),
        _("Open the order at AliExpress and approve the payment. The order is not closed."),
    ),
    Cause.ACCOUNT_BLOCKED: (
        _("The AliExpress account is blocked or restricted."),
        _("Stop ordering from it and open the verification case."),
    ),
    Cause.UNPAID: (
        _("The order was not paid in time. Nothing was charged."),
        _("Place it again and pay at once."),
    ),
    Cause.AMOUNT_UNCONFIRMED: (
        _("The amount was not confirmed in time."),
        _("Place the order again and see that the payment is confirmed."),
    ),
    Cause.AMOUNT_REJECTED: (
        _("The amount that was paid was refused."),
        _("Ask in the live chat why, and watch that the money comes back."),
    ),
    Cause.SELLER_LATE: (
        _("The seller did not send it in time. AliExpress gives the money back."),
        _("Order it from another seller, and watch the refund."),
    ),
    Cause.OUT_OF_STOCK: (
        _("The seller has it no longer in stock."),
        _("Order it from another seller."),
    ),
    Cause.CANCELLED_BY_YOU: (
        _("It was cancelled from your own account."),
        _("Ask who of you cancelled it. If the customer still waits, place it again."),
    ),
    Cause.CANCELLED_IN_REVIEW: (
        _("It was cancelled from your own account while risk control checked it."),
        _("If the customer still waits, place it again with another payment method."),
    ),
    Cause.CANCELLED: (
        _("The order was cancelled. The words do not say by whom."),
        _("Open the order at AliExpress: its page says who cancelled it."),
    ),
    Cause.DISPUTE: (
        _("A dispute ended the order."),
        _("Watch the refund. If the customer still waits, order from another seller."),
    ),
    Cause.FROZEN: (
        _("AliExpress has frozen the order while it looks into the seller, the payment or a dispute."),
        _("Wait, and ask in the live chat after three working days. The order is not closed."),
    ),
    Cause.ADDRESS: (
        _("The delivery address was not accepted."),
        _("Check the address with the customer and order again."),
    ),
    Cause.NO_SHIPPING: (
        _("No shipping method goes there."),
        _("Choose another shipping method or another seller."),
    ),
    Cause.DUPLICATE: (
        _("The same order was there already."),
        _("Look for the first one before you place it again."),
    ),
    Cause.PAYMENT_FAILED: (
        _("The order was made, but paying for it failed."),
        _("Open the order at AliExpress and pay it. It is not closed yet."),
    ),
    Cause.RECEIVED: (
        _("The order ended because it was received. This is no closure."),
        _("Do not log it as closed."),
    ),
}

WHO: Mapping[Who, Promise] = {
    Who.YOU: _("You"),
    Who.BANK: _("Your bank"),
    Who.ALIEXPRESS: _("AliExpress"),
    Who.NOBODY: _("Nobody, for now"),
}

DOUBTS: Mapping[Doubt, Promise | str] = {
    Doubt.NOT: "",
    Doubt.ONE_SOURCE: _("We know this from one source alone."),
    Doubt.SYSTEM_OR_CARD: _(
        "Sources disagree: most call it a passing fault of the payment system, one says the card must be verified."
    ),
    Doubt.DECLINED_OR_RESTRICTED: _(
        "Sources disagree whether the bank declined the payment or the card is restricted."
    ),
    Doubt.SEVERAL_DETAILS: _("Sources disagree which of these details it is about: check all of them."),
    Doubt.WHO_ASKED: _("Sources do not say who asked for it: you, the seller or AliExpress."),
    Doubt.RISK_OR_YOU: _("Sources disagree whether this counts as closed by you or by risk control."),
}

SOURCES: Mapping[Source, Promise] = {
    Source.SELLER_HELP: _("help pages of AliExpress sellers"),
    Source.APPEAL_GUIDES: _("guides on appeals at AliExpress"),
    Source.OLD_PAYMENT_CODES: _("one list of older payment codes"),
    Source.BUYER_PAGES: _("AliExpress's pages for buyers"),
    Source.SELLER_INTERFACE: _("AliExpress's interface for sellers"),
    Source.DROPSHIPPING_INTERFACE: _("AliExpress's interface for dropshipping programs"),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """What a page shows of one code or phrase."""

    words: str
    what: str
    todo: str
    who: str
    doubt: str
    source: str
    checked_on: date
    closes: bool


def explain(found: Found) -> Explained:
    what, todo = CAUSES[found.cause]
    row = found.row
    return Explained(
        words=found.words,
        what=str(what),
        todo=str(todo),
        who=str(WHO[found.meaning.who]),
        doubt=str(DOUBTS[found.doubt]),
        source=str(SOURCES[row.source]) if row else "",
        checked_on=row.checked_on if row else CHECKED_ON,
        closes=found.meaning.closes,
    )
