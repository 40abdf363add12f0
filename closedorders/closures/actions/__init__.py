"""What members do with closures. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .log import log_closures
from .outcomes import reopen_closure, set_outcome, set_words
from .playbooks import edit_playbook
from .reasons import add_reason, retire_reason, set_reason, undo_reason
from .removal import remove_closure

__all__ = [
    "add_reason",
    "edit_playbook",
    "log_closures",
    "remove_closure",
    "reopen_closure",
    "retire_reason",
    "set_outcome",
    "set_reason",
    "set_words",
    "undo_reason",
]
