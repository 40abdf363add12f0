"""What each kind of document must show, must hide and may hide. Texts are translated where they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from .models import Document


def gettext_noop(text: str) -> str:
    """Marks a text for the message catalogues and leaves it as it is."""
    return text


@dataclass(frozen=True, slots=True)
class Rules:
    show: str
    hide: str
    may_hide: str
    #: Whether a picture of it without a single box is refused.
    needs_box: bool = False
    #: Whether its machine-readable lines must be hidden.
    hides_lines: bool = False
    #: Whether it shows one card and nothing else: more than four digits of a number in groups are too many.
    is_card: bool = False


RULES: dict[str, Rules] = {
    Document.Kind.CARD_FRONT: Rules(
        gettext_noop("Your name, the expiry date and the last four digits of the number."),
        gettext_noop("All other digits of the number."),
        gettext_noop("The bank's name."),
        needs_box=True,
        is_card=True,
    ),
    Document.Kind.CARD_BACK: Rules(
        gettext_noop("The signature strip, so that it is seen to be the same card."),
        gettext_noop("The three-digit code, and every digit of the number but the last four."),
        gettext_noop("The signature, and the bank's telephone numbers."),
        needs_box=True,
        is_card=True,
    ),
    Document.Kind.IDENTITY: Rules(
        gettext_noop("Your photo, name, date of birth and expiry date."),
        gettext_noop("The machine-readable lines at the bottom, and the personal number."),
        gettext_noop("The document's number, unless AliExpress asks for it."),
        needs_box=True,
        hides_lines=True,
    ),
    Document.Kind.DRIVING_LICENCE: Rules(
        gettext_noop("Your photo, name, date of birth and expiry date."),
        gettext_noop("The licence's number."),
        gettext_noop("Your address, unless AliExpress asks for it."),
        needs_box=True,
        hides_lines=True,
    ),
    Document.Kind.BUSINESS: Rules(
        gettext_noop("The company's name, its registration number and the date."),
        gettext_noop("Personal numbers and private addresses of people."),
        gettext_noop("The share capital and other figures."),
    ),
    Document.Kind.CONTACT: Rules(
        gettext_noop("Your name, and the e-mail or telephone number that the account has."),
        gettext_noop("Passwords, codes and other people's data."),
        gettext_noop("Everything else on the screen."),
    ),
    Document.Kind.STATEMENT: Rules(
        gettext_noop(
            "Your name, the card's last four digits and the payments to AliExpress. Do not crop a screenshot."
        ),
        gettext_noop("The account's number and all other digits of the card."),
        gettext_noop("Other payments and the balance."),
        needs_box=True,
    ),
    Document.Kind.OTHER: Rules(
        gettext_noop("What AliExpress asks for."),
        gettext_noop("Every other number, and other people's data."),
        gettext_noop("Everything else."),
    ),
}


def is_as_strict(kind: str, other: str) -> bool:
    """Whether pictures of the first kind are refused and searched for all that those of the other are."""
    rules, others = RULES[kind], RULES[other]
    return (
        rules.needs_box >= others.needs_box
        and rules.hides_lines >= others.hides_lines
        and rules.is_card >= others.is_card
    )


#: What AliExpress asks for most: the kit that should be ready before it does.
KIT = (
    Document.Kind.CARD_FRONT,
    Document.Kind.CARD_BACK,
    Document.Kind.IDENTITY,
    Document.Kind.DRIVING_LICENCE,
    Document.Kind.BUSINESS,
    Document.Kind.CONTACT,
    Document.Kind.STATEMENT,
)


class Reason:
    """Why a box is there: codes of what it covers."""

    CHOICES = (
        ("card_number", gettext_noop("Card number")),
        ("code", gettext_noop("Security code")),
        ("number", gettext_noop("Other number")),
        ("lines", gettext_noop("Machine-readable lines")),
        ("address", gettext_noop("Address")),
        ("signature", gettext_noop("Signature")),
        ("other", gettext_noop("Other")),
    )
    CODES = frozenset(code for code, _label in CHOICES)
