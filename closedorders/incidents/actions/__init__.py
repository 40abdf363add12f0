"""What members do to an incident as a whole."""

from __future__ import annotations

from .cause import set_cause
from .ending import end_incident, reopen_incident
from .merging import merge_incident
from .splitting import split_incident
from .verification import note_no_verification, withdraw_no_verification

__all__ = [
    "end_incident",
    "merge_incident",
    "note_no_verification",
    "reopen_incident",
    "set_cause",
    "split_incident",
    "withdraw_no_verification",
]
