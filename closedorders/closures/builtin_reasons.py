"""The reasons every team starts with: the seven causes of the founding article and what else closes an order.

Facts: the founding article (causes 1 to 7), AliExpress's own `end_reason` words, and buyers' guides where marked as
reported. `verified_on` is the day they were last compared with their source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Builtin:
    """The seeded words of a reason and its playbook. `account_level`: AliExpress doubts the account, not the order."""

    name: Promise
    account_level: bool
    what_happened: Promise
    do_now: Promise
    who_to_tell: Promise
    payment_route: Promise
    prevention: Promise
    source: Promise
    verified_on: date = date(2026, 11, 23)


ARTICLE = _("Founding article on closed AliExpress orders")

BUILTIN: dict[str, Builtin] = {
    "fraud_review": Builtin(
        name=_("Fraud review near $10,000 a day"),
        account_level=True,
        what_happened=_(
            "AliExpress stopped trusting the account because its spending grew fast, typically "
            "around $10,000 a day, and closed orders as a precaution."
        ),
        do_now=_(
            "Stop placing orders from this account. Open the verification case, gather the "
            "documents, and ask for the block to be lifted in the live chat."
        ),
        who_to_tell=_(
            "AliExpress in the live chat; your bank, so that it does not freeze the card too; "
            "customers once you know the new date."
        ),
        payment_route=_(
            "One global payment through “other payment methods”, or AliExpress Pocket with about "
            "a day's average spend."
        ),
        prevention=_(
            "Write to AliExpress before the day's spend comes near $10,000, and keep the "
            "verification documents ready."
        ),
        source=ARTICLE,
    ),
    "one_location": Builtin(
        name=_("One place of ordering, many countries"),
        account_level=True,
        what_happened=_(
            "All orders leave from one place and ship to many countries, which looks like a stolen card."
        ),
        do_now=_(
            "Explain in the live chat that you order for customers abroad, and offer proof of business."
        ),
        who_to_tell=_("AliExpress in the live chat."),
        payment_route=_("A card issued in the country you order from, or PayPal with enough funds."),
        prevention=_(
            "Have the account verified as a business buyer; keep the ordering place and the "
            "card's country the same."
        ),
        source=ARTICLE,
    ),
    "card_check": Builtin(
        name=_("Card failed its check"),
        account_level=True,
        what_happened=_(
            "The card did not pass the automatic check: too many orders at once, a first large "
            "use, too little money on it, or the bank froze it."
        ),
        do_now=_(
            "Check the card's balance and limit, ask the bank to lift any freeze, then reorder "
            "the oldest orders in small batches."
        ),
        who_to_tell=_("Your bank; AliExpress only if the account itself asks for verification."),
        payment_route=_("PayPal with enough funds, or one global payment instead of many single ones."),
        prevention=_(
            "Tell the bank about large purchases beforehand, keep funds above the day's orders, "
            "and limit how many orders go in one batch."
        ),
        source=ARTICLE,
    ),
    "account_change": Builtin(
        name=_("Account or tier changed"),
        account_level=True,
        what_happened=_(
            "A change to the account, such as a new tier, card, address or password, started a "
            "review that closes orders until it ends."
        ),
        do_now=_("Wait with new orders, open the verification case and answer what AliExpress asks."),
        who_to_tell=_("AliExpress in the live chat."),
        payment_route=_("Use another verified account for urgent orders, or wait for the review to end."),
        prevention=_(
            "Change one thing at a time, never in a busy week, and expect a review after each change."
        ),
        source=ARTICLE,
    ),
    "assistant_network": Builtin(
        name=_("Assistant on a VPN or in another office"),
        account_level=True,
        what_happened=_("Orders were placed through a VPN or proxy, or from several offices at once."),
        do_now=_(
            "Stop the orders from that network, have everyone sign out of AliExpress, then verify "
            "the account."
        ),
        who_to_tell=_("Your assistants; AliExpress in the live chat."),
        payment_route=_("Order from the usual office only until the account works again."),
        prevention=_("No VPN or proxy for anyone who orders; several assistants work from one office."),
        source=ARTICLE,
    ),
    "travel": Builtin(
        name=_("Ordering while travelling"),
        account_level=True,
        what_happened=_(
            "Orders were placed from another country than the card's, shipping to several others."
        ),
        do_now=_("Stop ordering on the road. Let someone at the usual place go on, and verify the account."),
        who_to_tell=_("AliExpress in the live chat; your bank, with your travel dates."),
        payment_route=_("Someone at home or in the office places the orders."),
        prevention=_("Before a trip, hand ordering over to someone who stays."),
        source=ARTICLE,
    ),
    "complaints": Builtin(
        name=_("Complaints or disputes against suppliers"),
        account_level=True,
        what_happened=_("Negative feedback, complaints or disputes against suppliers marked the account."),
        do_now=_(
            "Close disputes that are not worth it, and be polite and brief in the live chat about the rest."
        ),
        who_to_tell=_("AliExpress in the live chat."),
        payment_route=_("As before; the payment is not the cause."),
        prevention=_("Change the supplier instead of complaining; choose products with many orders."),
        source=ARTICLE,
    ),
    "payment_timeout": Builtin(
        name=_("Payment window ran out"),
        account_level=False,
        what_happened=_(
            "The order was not paid in the time AliExpress gave, so it expired. Nothing was charged."
        ),
        do_now=_("Place the order again and pay at once."),
        who_to_tell=_("Nobody, unless the delivery will be late."),
        payment_route=_("Any working method; check that the payment is confirmed."),
        prevention=_("Pay when ordering; read the payment deadline on the order."),
        source=_("AliExpress order statuses"),
    ),
    "supplier_cancelled": Builtin(
        name=_("Supplier cancelled or did not ship in time"),
        account_level=False,
        what_happened=_(
            "The seller cancelled or missed the shipping deadline, and AliExpress closed the "
            "order and refunds it."
        ),
        do_now=_("Find another supplier for the product and place the order there. Watch the refund."),
        who_to_tell=_("The customer, if the new date is later than promised."),
        payment_route=_("As before; the payment is not the cause."),
        prevention=_("Keep a second supplier for products that sell; check stock and shipping deadlines."),
        source=_("AliExpress order statuses"),
    ),
    "address_customs": Builtin(
        name=_("Address, customs or shipping refused"),
        account_level=False,
        what_happened=_(
            "The address, tax number or destination was not accepted, or no shipping method goes there."
        ),
        do_now=_(
            "Check the address with the customer, add the tax number where the country asks for "
            "one, and order again."
        ),
        who_to_tell=_("The customer."),
        payment_route=_("As before; the payment is not the cause."),
        prevention=_(
            "Check addresses and tax numbers before ordering; note countries the supplier does not serve."
        ),
        source=_("DSers help pages on failed orders"),
    ),
    "unknown": Builtin(
        name=_("Reason never found"),
        account_level=False,
        what_happened=_("Neither the order page nor the live chat gave a reason."),
        do_now=_(
            "Ask once more in the live chat and write down AliExpress's exact words. Then place "
            "the order again."
        ),
        who_to_tell=_("AliExpress in the live chat."),
        payment_route=_("Another method than the one used for the closed order."),
        prevention=_("Note the words AliExpress uses: they may show a pattern later."),
        source=_("No source: our own advice"),
    ),
}
