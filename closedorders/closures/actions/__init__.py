"""What members do with closures. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .evidence import add_evidence, attach_evidence, withdraw_evidence
from .log import log_closures
from .log_jobs import log_all_unlogged, start_log
from .outcomes import reopen_closure, set_origin, set_outcome, set_words
from .playbooks import apply_playbook, check_playbook, edit_playbook, remove_step, tick_step
from .reasons import add_reason, retire_reason, set_reason, undo_reason
from .removal import remove_closure

__all__ = [
    "add_evidence",
    "add_reason",
    "apply_playbook",
    "attach_evidence",
    "check_playbook",
    "edit_playbook",
    "log_all_unlogged",
    "log_closures",
    "remove_closure",
    "remove_step",
    "reopen_closure",
    "retire_reason",
    "set_origin",
    "set_outcome",
    "set_reason",
    "set_words",
    "start_log",
    "tick_step",
    "undo_reason",
    "withdraw_evidence",
]
