"""A frozen mail as a member may read it."""

from __future__ import annotations

from dataclasses import dataclass

from closedorders.core.text.masks import contains_address
from closedorders.orders.masking import Sight

from ..models import Kind, Message
from ..texts.names import first_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLetter:
    """Subject and text of one mail. `hidden`: they are kept from this reader; `empty`: nothing was written."""

    language: str
    subject: str = ""
    body: str = ""
    hidden: bool = False
    empty: bool = False


def letter_of(message: Message, sight: Sight) -> SeenLetter:
    """The mail's words for who sees as much as `sight`.

    An apology names a code and what is given back, also in words of the merchant's own that no program finds for
    certain. So whoever may not see these reads only notes to wait, with the addresses in them masked.
    """
    if not message.subject and not message.body:
        return SeenLetter(language=message.language, empty=True)
    if message.kind != Kind.HOLDING and not sight.whole:
        return SeenLetter(language=message.language, hidden=True)
    subject, body = sight.words(message.subject), sight.words(message.body)
    name = message.customer.name
    if not sight.whole and contains_address(name):
        # Of an address that was typed as a name, the letter has the part that it took for the first name.
        called = first_name(name)
        if called:
            subject, body = subject.replace(called, "•••"), body.replace(called, "•••")
    return SeenLetter(language=message.language, subject=subject, body=body)
