"""The words of a campaign in one language, and the letter they make for one person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from closedorders.core.stale import mark_of
from closedorders.orders.models import Store

from ..audience import Person
from ..texts.classes import MailClass, Reading, read_class
from ..texts.letter_html import letter_html
from ..texts.placeholders import Problem, check, render

Origin = Literal["campaign", "store", "builtin"]


@dataclass(frozen=True, kw_only=True)
class Words:
    """Subject and text in one language, with their placeholders. `reason` is the value of `{reason}`."""

    language: str
    subject: str
    body: str
    reason: str
    origin: Origin
    confirmed: frozenset[str] = frozenset()
    """Doubted words, in lower case, that the merchant has said are true of this text."""
    advertising: str = ""
    """The `mark` of the text of which the merchant has said that it is meant as advertising."""

    @cached_property
    def required(self) -> list[str]:
        """Placeholders that need a value for everybody, because they have no fallback."""
        bare = [*render(self.subject, {}).missing, *render(self.body, {}).missing]
        return list(dict.fromkeys(bare))

    @cached_property
    def problems(self) -> list[Problem]:
        return [*check(self.subject), *check(self.body)]

    @cached_property
    def reading(self) -> Reading:
        return read_class(self.subject, self.body)

    @property
    def mark(self) -> str:
        """What a form sends back, so that a text which somebody changed meanwhile is not overwritten unseen."""
        return mark_of(self.subject, self.body, self.reason)

    @property
    def has_misplaced_offer(self) -> bool:
        """Whether the offer is not last, and nobody said that the text is meant so."""
        return bool(self.reading.doubts) and self.advertising != mark_of(self.subject, self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as one person will read it; `missing` are the placeholders without a value for her."""

    person: Person
    subject: str
    body: str
    missing: list[str]
    mail_class: MailClass
    code: str
    """Her code, where the text names it."""

    def html(self, store: Store) -> str:
        """The HTML part of the mail; `store` is the one it comes from."""
        return letter_html(
            store=store.name,
            sender=store.sender_name,
            answers_to=store.reply_to or store.sender_email,
            subject=self.subject,
            text=self.body,
            code=self.code,
            language=self.person.language,
        )
