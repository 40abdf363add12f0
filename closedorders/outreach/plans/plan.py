"""What a campaign would say to whom, and what is still missing before it may be sent.

A `Plan` is read from the database in a fixed number of queries, for the page and, under a lock, for the sending: both
see the same. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from babel.dates import format_date

from closedorders.core.money import Total, format_money, totals
from closedorders.orders.models import StoreOrder

from ..audience import Audience, Person, find_audience
from ..codes import refund_amount
from ..compensations.plans import CREDIT, SHIPPING, CompensationPlan
from ..models import Campaign, DiscountCode, Kind, Refund, Template
from ..texts import builtin as builtin_texts
from ..texts.claims import PAYMENT_REASONS, DoubtedText, find_doubts
from ..texts.classes import part_offer
from ..texts.names import first_name, join_words
from ..texts.placeholders import (
    SUBJECT_LIMIT,
    Rendered,
    render,
    render_subject,
    single_line,
)
from ..texts.public_links import PageKey, links_work, page_link
from .letters import Letter as Letter
from .letters import Words as Words

#: Before the subject of every mail of a fire drill.
DRILL = "DRILL"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefund:
    """One order of one included person with what the offer gives back. `amount` is None when it cannot be known."""

    person: Person
    order: StoreOrder
    amount: Decimal | None
    currency: str
    refund: Refund | None

    @property
    def is_prepared(self) -> bool:
        """The refund is as the offer wants it, or a person has decided otherwise, or the money has gone."""
        if self.refund is None:
            return False
        if self.refund.state in {Refund.State.ISSUED, Refund.State.DROPPED}:
            return True
        return (self.refund.amount, self.refund.currency) == (self.amount, self.currency)


class Plan:
    """Everything about one campaign that its page shows and its sending needs. Reads lazily, each thing once."""

    def __init__(self, campaign: Campaign, *, reasons: frozenset[str] | None = None) -> None:
        """`reasons` are those that the words go by, where they are not those of the people who are left to write to."""
        self.campaign = campaign
        self._reasons = reasons

    @property
    def reasons(self) -> frozenset[str]:
        return self.audience.reasons if self._reasons is None else self._reasons

    @cached_property
    def audience(self) -> Audience:
        campaign = self.campaign
        return find_audience(
            incident=campaign.incident, store=campaign.store, kind=campaign.kind, campaign=campaign
        )

    @property
    def people(self) -> list[Person]:
        return self.audience.included

    # -- the offer ---------------------------------------------------------------------------------------------------

    @property
    def offers_code(self) -> bool:
        return self.campaign.kind == Kind.RESOLUTION and self.campaign.code_percent > 0

    @property
    def offers_refund(self) -> bool:
        return self.campaign.kind == Kind.RESOLUTION and self.campaign.refund_percent > 0

    @cached_property
    def codes(self) -> dict[int, DiscountCode]:
        """The codes of this incident in this store, by customer."""
        found = DiscountCode.objects.filter(incident=self.campaign.incident, store=self.campaign.store)
        return {code.customer_id: code for code in found}

    def code_of(self, person: Person) -> DiscountCode | None:
        """Her code, when it is worth what the offer says, or was named in an earlier mail to her.

        None for whoever asked for no offers.
        """
        offered = self.offers_code and not person.no_offers
        code = self.codes.get(person.customer.pk) if offered else None
        return code if code is not None and (person.told or self.fits_offer(code)) else None

    def fits_offer(self, code: DiscountCode) -> bool:
        return code.percent == self.campaign.code_percent and code.expires_on == self.campaign.code_expires_on

    @cached_property
    def to_get_code(self) -> list[Person]:
        """Everybody, where a code is offered, but for those who asked for no offers."""
        return [person for person in self.people if self.offers_code and not person.no_offers]

    @cached_property
    def without_code(self) -> list[Person]:
        return [person for person in self.to_get_code if self.code_of(person) is None]

    @cached_property
    def unloaded_codes(self) -> list[DiscountCode]:
        theirs = (self.code_of(person) for person in self.people)
        return [code for code in theirs if code is not None and code.loaded_at is None]

    @cached_property
    def refunds(self) -> dict[int, Refund]:
        """The refunds of this incident in this store, by store order."""
        found = Refund.objects.filter(incident=self.campaign.incident, store_order__store=self.campaign.store)
        return {refund.store_order_id: refund for refund in found}

    @cached_property
    def order_refunds(self) -> list[OrderRefund]:
        if not self.offers_refund:
            return []
        return [
            OrderRefund(
                person=person,
                order=order,
                amount=self._amount(order),
                currency=order.currency or self.campaign.store.currency,
                refund=self.refunds.get(order.pk),
            )
            for person in self.people
            for order in person.orders
        ]

    def _amount(self, order: StoreOrder) -> Decimal | None:
        base: Decimal | None = getattr(order, self.campaign.refund_base)
        currency = order.currency or self.campaign.store.currency
        if base is None:
            return None
        try:
            amount = refund_amount(base, Decimal(self.campaign.refund_percent), currency)
        except ValueError:  # a negative amount or a currency nobody knows
            return None
        return amount if amount > 0 else None

    @cached_property
    def without_amount(self) -> list[OrderRefund]:
        """Orders whose file did not say what the refund is a part of."""
        return [item for item in self.order_refunds if item.amount is None and item.refund is None]

    @property
    def refund_totals(self) -> list[Total]:
        """What the offer gives back, per currency."""
        return totals((item.amount, item.currency) for item in self._given_back)

    @property
    def _given_back(self) -> Iterable[OrderRefund]:
        return (
            item
            for item in self.order_refunds
            if item.refund is None or item.refund.state != Refund.State.DROPPED
        )

    def refunds_in(self, *states: str) -> list[OrderRefund]:
        return [item for item in self.order_refunds if item.refund and item.refund.state in states]

    @cached_property
    def compensations(self) -> CompensationPlan:
        """Store credit and faster shipping."""
        return CompensationPlan(self.campaign, self.people)

    @property
    def is_prepared(self) -> bool:
        return (
            not self.without_code
            and all(item.is_prepared or item.amount is None for item in self.order_refunds)
            and self.compensations.is_prepared
        )

    # -- the words ---------------------------------------------------------------------------------------------------

    @cached_property
    def _templates(self) -> dict[str, Template]:
        found = Template.objects.filter(store=self.campaign.store, kind=self.campaign.kind)
        return {template.language: template for template in found}

    def words(self, language: str) -> Words:
        """The campaign's own words, else the store's template, else the built-in text for this offer."""
        if language not in self._words:
            self._words[language] = self._find_words(language)
        return self._words[language]

    def words_for(self, person: Person) -> Words:
        """The words of her language; without their offer where she asked for none."""
        words = self.words(person.language)
        if not person.no_offers or not words.reading.has_offer:
            return words
        key = f"{person.language} without offer"
        if key not in self._words:
            kind: builtin_texts.Kind = "resolution" if self.campaign.kind == Kind.RESOLUTION else "holding"
            parted = part_offer(words.subject, words.body, language=words.language, kind=kind)
            self._words[key] = replace(words, subject=parted.subject, body=parted.body)
        return self._words[key]

    @cached_property
    def _words(self) -> dict[str, Words]:
        return {}

    def _find_words(self, language: str) -> Words:
        own = self.campaign.texts.get(language, {})
        reason = str(own.get("reason", self.default_reason(language)))
        confirmed, advertising = frozenset(own.get("confirmed", ())), str(own.get("advertising", ""))
        if own.get("body"):
            return Words(
                language=language,
                subject=own["subject"],
                body=own["body"],
                reason=reason,
                origin="campaign",
                confirmed=confirmed,
                advertising=advertising,
            )
        template = self._templates.get(language)
        if template is not None:
            return Words(
                language=language,
                subject=template.subject,
                body=template.body,
                reason=reason,
                origin="store",
                confirmed=confirmed,
                advertising=advertising,
            )
        builtin = builtin_texts.builtin_template(
            kind="resolution" if self.campaign.kind == Kind.RESOLUTION else "holding",
            language=language,
            variant="explained" if reason else "brief",
            code=self.offers_code,
            refund=self.offers_refund,
            gift=bool(self.campaign.gift),
            credit=CREDIT in self.compensations.offers,
            shipping=SHIPPING in self.compensations.offers,
            page=links_work(),
        )
        return Words(
            language=language, subject=builtin.subject, body=builtin.body, reason=reason, origin="builtin"
        )

    def default_reason(self, language: str) -> str:
        """True words for what happened when every recorded reason is a payment or account matter, else ""."""
        reasons = self.reasons
        known = reasons and reasons <= PAYMENT_REASONS
        return builtin_texts.wordings_for(reasons, language)[0] if known else ""

    @cached_property
    def recorded_reasons(self) -> frozenset[str]:
        """Codes of what is recorded as having closed the orders: of each closure, and of the incident."""
        cause = self.campaign.incident.cause
        return self.audience.reasons | ({cause.code} if cause else set())

    def doubts(self, words: Words) -> list[DoubtedText]:
        """The parts of a text that blame what the recorded reasons do not. Confirmed words are no doubts."""
        texts = {part: getattr(words, part) for part in ("subject", "reason", "body")}
        return find_doubts(texts, self.recorded_reasons, words.language, words.confirmed)

    @cached_property
    def languages(self) -> list[str]:
        """The languages of the people to write to; the store's own while there is nobody."""
        return self.audience.languages or ["en"]

    # -- the letters -------------------------------------------------------------------------------------------------

    def values(self, person: Person) -> dict[str, str | None]:
        """The value of each placeholder for this person; None or blank where there is no true one."""
        campaign, language = self.campaign, person.language
        code = self.code_of(person)
        refund, percent = self.refund_words(person)
        credit = self.compensations.of(person, CREDIT)
        shipping = self.compensations.of(person, SHIPPING)
        base_words = builtin_texts.REFUND_BASE_WORDS[language]
        return {
            "first_name": first_name(person.customer.name),
            "full_name": person.customer.name,
            "store": campaign.store.name,
            "sender": campaign.store.sender_name or campaign.store.name,
            "orders": join_words([order.number for order in person.orders], language),
            "order_count": str(len(person.orders)),
            "code": code.code if code else None,
            "code_percent": _percent(code.percent, language) if code else None,
            "code_expires": day_words(code.expires_on, language) if code else None,
            "refund": refund,
            "refund_percent": percent,
            "refund_base": base_words[campaign.refund_base] if refund else None,
            "gift": campaign.gift,
            "store_credit": format_money(credit.amount, credit.currency, language) if credit else None,
            "shipping": shipping.name if shipping else None,
            "reason": self.words(language).reason,
            "new_date": day_words(campaign.new_date, language),
            "page": self._page_link(person),
        }

    def _page_link(self, person: Person) -> str:
        """The address of her own page; the same for as long as her mail names the same closure."""
        closure = min(person.closure_ids, default=None)
        return "" if closure is None else page_link(PageKey(person.customer.pk, closure, self.campaign.kind))

    def refund_words(self, person: Person) -> tuple[str | None, str | None]:
        """The amount and the part of the price, when every order of hers has a refund that was not dropped."""
        theirs = [self.refunds.get(order.pk) for order in person.orders] if self.offers_refund else []
        not_dropped = [refund for refund in theirs if refund and refund.state != Refund.State.DROPPED]
        if not not_dropped or len(not_dropped) < len(theirs):
            return None, None
        sums = totals((refund.amount, refund.currency) for refund in not_dropped)
        amounts = [format_money(total.amount, total.currency, person.language) for total in sums]
        percents = {refund.percent for refund in not_dropped}
        percent = _percent(percents.pop(), person.language) if len(percents) == 1 else None
        return join_words(amounts, person.language), percent

    def letter(self, person: Person) -> Letter:
        words, values = self.words_for(person), self.values(person)
        subject = render_subject(words.subject, values)
        if self.campaign.team.is_drill:
            subject = Rendered(f"{DRILL}: {subject.text}"[:SUBJECT_LIMIT], subject.missing)
        body = render(words.body, values)
        missing = list(dict.fromkeys([*subject.missing, *body.missing]))
        code = values["code"] or ""
        return Letter(
            person=person,
            subject=subject.text,
            body=body.text,
            missing=missing,
            mail_class=words.reading.mail_class,
            code=code if code in body.text or code in subject.text else "",
        )

    @cached_property
    def letters(self) -> list[Letter]:
        """The letter of each person to write to: what is checked is what is frozen."""
        return [self.letter(person) for person in self.people]

    def render(self, at_once: int) -> Iterator[int]:
        """Make `letters`, so many at a time; yields how many there are after each time."""
        made: list[Letter] = []
        for start in range(0, len(self.people), at_once):
            made += map(self.letter, self.people[start : start + at_once])
            yield len(made)
        self.letters = made

    @cached_property
    def incomplete(self) -> list[tuple[Person, list[str]]]:
        """Who cannot be written to yet, and which placeholders have no value for them."""
        if "letters" in self.__dict__:
            return [(letter.person, letter.missing) for letter in self.letters if letter.missing]
        found = []
        for person in self.people:
            required = self.words_for(person).required
            if required:
                values = self.values(person)
                missing = [name for name in required if not single_line(values.get(name) or "")]
                if missing:
                    found.append((person, missing))
        return found


def _percent(number: int, language: str) -> str:
    return f"{number} %" if language == "es" else f"{number}%"


def day_words(day: date | None, language: str) -> str | None:
    return str(format_date(day, format="long", locale=language)) if day else None
