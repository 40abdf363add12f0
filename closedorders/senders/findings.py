"""What a check found: one line of the list, green, red or grey. No Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """The colour of a line. What could not be found out is grey: never green, and never red."""

    GOOD = "good"
    BAD = "bad"
    NOT_CHECKED = "not_checked"


class Part(StrEnum):
    """What a line is about, in the order of the page."""

    SERVER = "server"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    ALIGNMENT = "alignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. `code` names its sentence in `wording.py`, `values` are what the sentence names."""

    part: Part
    state: State
    code: str
    values: dict[str, str | int] = field(default_factory=dict)
