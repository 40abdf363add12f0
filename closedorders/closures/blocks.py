"""When an incident is over its block: its account works again, or a merchant said that nothing is verified for it.

An app above knows the verification: it registers what blocks an account and what lifts the block, in its `ready()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from .builtin_reasons import BUILTIN

ACCOUNT_LEVEL = tuple(code for code, words in BUILTIN.items() if words.account_level)
"""Codes of the reasons with which AliExpress doubts the account."""


class Block(NamedTuple):
    """Two conditions on incidents: it is blocked now; it was, and the block is lifted."""

    blocked: Q
    lifted: Q


_BLOCKS: dict[str, Block] = {}


def register(name: str, block: Block) -> None:
    """Register what an app knows of blocks under the app's name."""
    _BLOCKS[name] = block


def blocks() -> Mapping[str, Block]:
    return dict(_BLOCKS)


def is_over() -> Q:
    """The condition on incidents. Without a word from anybody an incident is not over its block."""
    known = blocks().values()
    lifted = reduce(or_, (block.lifted for block in known), needs_no_verification())
    return reduce(lambda found, block: found & ~block.blocked, known, lifted)


def needs_no_verification() -> Q:
    """The merchant's word that stands, where no closure that stands has a reason that says otherwise, or none."""
    from .models import Closure, NoVerification  # The models import the query sets, which import this module.

    said = NoVerification.objects.filter(incident=OuterRef("pk"), withdrawn_at=None)
    doubts = Closure.objects.not_reopened().filter(verification_doubt(), incident=OuterRef("pk"))
    return Q(Exists(said)) & ~Q(Exists(doubts))


def verification_doubt() -> Q:
    """Closures whose reason is about the account, or is not known yet."""
    return Q(reason=None) | Q(reason__code__in=ACCOUNT_LEVEL)
