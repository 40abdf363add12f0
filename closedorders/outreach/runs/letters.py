"""A frozen mail as a member may read it."""

from __future__ import annotations

from dataclasses import dataclass

from closedorders.orders.masking import Sight

from ..models import Kind, Message


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
    return SeenLetter(
        language=message.language, subject=sight.words(message.subject), body=sight.words(message.body)
    )
