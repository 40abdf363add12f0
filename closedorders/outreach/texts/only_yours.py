"""Whether a letter holds anything of another customer: an order number, a code, an address or a name.

The letters are looked at as they were rendered, against what the database says is whose; nothing here asks the code
that rendered them. One look-up of everybody's words is built for all letters, so ten thousand of them take about two
seconds (`benchmarks` has no line for it; a test bounds it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .placeholders import without_accents


class Belonging(StrEnum):
    ORDER = "order"
    CODE = "code"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A customer, by any key, and what is only theirs. `also` are words their letter may have, as amounts."""

    key: int
    name: str = ""
    first_name: str = ""
    address: str = ""
    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """Something of `owner` that stands in the letter of `reader`, as it is written there."""

    reader: int
    owner: int
    what: Belonging
    words: str


# A run of letters, digits and what order numbers, codes and addresses have inside. A per cent sign or a currency stays
# with its number: "10%" is no order number 10.
_WORD = re.compile(r"#?[^\W_](?:[\w.,@+/-]*\w)?[%€$£¥]?|[€$£¥]\d[\d.,]*")


class OnlyYours:
    """The look-up of what belongs to whom in one campaign. Building it takes time in proportion to the customers."""

    def __init__(
        self, owners: Iterable[Owner], *, shared: Iterable[str] = (), wording: Iterable[str] = ()
    ) -> None:
        """`shared` are values of everybody's letter, as the store's name and a date: their words are nobody's.

        `wording` is the text that the merchant wrote: a first name that it has itself ("Rose", "Will") is not looked
        for, an order number or a code is.
        """
        self._owners = {owner.key: owner for owner in owners}
        whole = [_words(text) for text in shared]
        values = {word for words in whole for word in words}
        no_names = values | {word for text in wording for word in _words(text)}
        self._single: dict[str, tuple[int, Belonging]] = {}
        self._phrases: dict[tuple[str, ...], tuple[int, Belonging]] = {}
        # First word -> how many words the phrases have that begin with it.
        self._lengths: dict[str, set[int]] = {}
        for owner in self._owners.values():
            for what, texts in _belongings(owner):
                for words in texts:
                    if len(words) > 1:
                        if not any(_has_run(each, words) for each in whole):
                            self._phrases.setdefault(words, (owner.key, what))
                            self._lengths.setdefault(words[0], set()).add(len(words))
                    elif words and words[0] not in (no_names if what is Belonging.NAME else values):
                        self._single.setdefault(words[0], (owner.key, what))
        self._known = self._single.keys() | self._lengths.keys()

    def strays_in(self, reader: int, text: str) -> list[Stray]:
        """What `text`, the letter of the customer `reader`, has of others."""
        words = _words(text)
        suspects = self._known.intersection(words)
        if not suspects:
            return []
        mine = self._owners.get(reader)
        own = {phrase for _what, texts in _belongings(mine) for phrase in texts} if mine else set()
        own_words = {word for phrase in own for word in phrase}
        own_words |= {word for each in (mine.also if mine else ()) for word in _words(each)}
        found = []
        for word in sorted(suspects - own_words):
            if word in self._single:
                owner, what = self._single[word]
                found.append(Stray(reader=reader, owner=owner, what=what, words=word))
        for place, word in enumerate(words):
            for length in self._lengths[word] if word in suspects and word in self._lengths else ():
                phrase = tuple(words[place : place + length])
                if phrase in self._phrases and phrase not in own:
                    owner, what = self._phrases[phrase]
                    found.append(Stray(reader=reader, owner=owner, what=what, words=" ".join(phrase)))
        return found


def _belongings(owner: Owner) -> list[tuple[Belonging, list[tuple[str, ...]]]]:
    """What is the customer's own, each as its words."""
    first, name = tuple(_words(owner.first_name)), tuple(_words(owner.name))
    return [
        (Belonging.ORDER, [form for number in owner.numbers for form in _forms_of_number(number)]),
        (Belonging.CODE, [tuple(_words(code)) for code in owner.codes]),
        (Belonging.ADDRESS, [tuple(_words(owner.address))]),
        # Names of one or two letters, and of one word, are too often words of the text as well.
        (Belonging.NAME, [first] if len(first) == 1 and len(first[0]) > 2 else []),
        (Belonging.NAME, [name] if len(name) > 1 else []),
    ]


def _has_run(words: list[str], phrase: tuple[str, ...]) -> bool:
    return any(tuple(words[place : place + len(phrase)]) == phrase for place in range(len(words)))


def first_strays(lookup: OnlyYours, letters: Iterable[tuple[int, str]], *, most: int = 5) -> Sequence[Stray]:
    """Up to `most` strays of these letters, each a customer's key and the whole text that they read."""
    found: list[Stray] = []
    for reader, text in letters:
        found += lookup.strays_in(reader, text)
        if len(found) >= most:
            break
    return found[:most]


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    return (text if text.isascii() else without_accents(text)).lower()


def _forms_of_number(number: str) -> list[tuple[str, ...]]:
    """How an order number may stand in a text. A short one of digits only is looked for with its sign alone."""
    words = tuple(_words(number))
    if len(words) != 1:
        return [words]
    bare = words[0].lstrip("#")
    if bare.isdigit() and len(bare) < 4:
        return [(f"#{bare}",)]
    return [(bare,), (f"#{bare}",)]
