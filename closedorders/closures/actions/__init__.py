"""What members do with closures. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .log import log_closures
from .outcomes import reopen_closure, set_outcome, set_words
from .playbooks import apply_playbook, check_playbook, edit_playbook, remove_step, tick_step
from .reasons import add_reason, retire_reason, set_reason, undo_reason

__all__ = [
    "add_reason",
    "apply_playbook",
    "check_playbook",
    "edit_playbook",
    "log_closures",
    "remove_step",
    "reopen_closure",
    "retire_reason",
    "set_outcome",
    "set_reason",
    "set_words",
    "tick_step",
    "undo_reason",
]
