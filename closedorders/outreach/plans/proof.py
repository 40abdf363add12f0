"""The proof that no letter of a campaign has anything of another customer, from what the database says is whose."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from closedorders.core.money import format_money

from ..audience import Person
from ..texts.names import first_name
from ..texts.only_yours import OnlyYours, Owner, Stray, first_strays
from .plan import Letter, Plan, day_words

RECENT_SECONDS = 60.0
_recent: dict[object, tuple[float, OnlyYours]] = {}


def strays_of(plan: Plan, *, most: int = 5, letters: int | None = None) -> list[Stray]:
    """Up to `most` things that stand in a letter of somebody else; of the first `letters` of them, or of all.

    It takes about 0.2 seconds for a thousand letters, rendering included.
    """
    lookup = _lookup(plan)
    checked = plan.letters if letters is None else map(plan.letter, plan.people[:letters])
    texts = ((letter.person.customer.pk, f"{letter.subject}\n{letter.body}") for letter in checked)
    return list(first_strays(lookup, texts, most=most))


def stray_in(plan: Plan, letter: Letter) -> Stray | None:
    """Something of another customer in a letter that is written anew just before it leaves; None if there is none.

    `plan` reads everybody whom the incident hit. The look-up of what is whose is used again for a minute, for the next
    letters of the campaign that have changed.
    """
    key = plan.campaign.pk, plan.campaign.approved_at
    known = _recent.get(key)
    if known is None or monotonic() - known[0] > RECENT_SECONDS:
        _recent.clear()
        known = _recent[key] = monotonic(), _lookup(plan)
    found = known[1].strays_in(letter.person.customer.pk, f"{letter.subject}\n{letter.body}")
    return found[0] if found else None


def _lookup(plan: Plan) -> OnlyYours:
    campaign = plan.campaign
    store = campaign.store
    languages = sorted({person.language for person in _everybody(plan)})
    days = [
        day_words(day, language)
        for language in languages
        for day in (campaign.new_date, campaign.code_expires_on)
    ]
    return OnlyYours(
        _owners(plan),
        shared=[
            store.name, store.sender_name, store.sender_email, store.reply_to, campaign.gift, campaign.shipping_upgrade,
            *filter(None, days),
        ],
        wording=[
            text
            for words in map(plan.words, languages)
            for text in (words.subject, words.body, words.reason)
        ],
    )  # fmt: skip


def _everybody(plan: Plan) -> Iterator[Person]:
    """Everybody whom the incident hit in this store, also who gets no letter."""
    yield from plan.people
    yield from (left.person for left in plan.audience.excluded)


def _owners(plan: Plan) -> Iterator[Owner]:
    for person in _everybody(plan):
        customer = person.customer
        code = plan.codes.get(customer.pk)
        also = _amounts(plan, person)
        yield Owner(
            key=customer.pk,
            name=customer.name,
            first_name=first_name(customer.name),
            address=customer.email,
            numbers=tuple(order.number for order in person.orders),
            codes=(code.code,) if code else (),
            also=also,
        )


def _amounts(plan: Plan, person: Person) -> tuple[str, ...]:
    """What is paid back for her own orders, and the last day of her own code, as her letter writes them."""
    code = plan.codes.get(person.customer.pk)
    amount = plan.refund_words(person)[0]
    day = day_words(code.expires_on, person.language) if code else None
    given = [plan.compensations.of(person, kind) for kind in plan.compensations.offers]
    also = [format_money(row.amount, row.currency, person.language) for row in given if row]
    also += [row.name for row in given if row]
    return tuple(each for each in (amount, day, *also) if each)
