"""What members do with cases. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .afterwards import record_alipay_verification, tick_cleanup, tick_cleanups
from .case import move_case, open_case, undo_move
from .contacts import log_contact, mark_followed_up, snooze_follow_up
from .documents import add_slot, choose_document, decide, set_slot
from .packs import make_pack
from .reviews import ask_again, finish_review, start_review, type_entry

__all__ = [
    "add_slot",
    "ask_again",
    "choose_document",
    "decide",
    "finish_review",
    "log_contact",
    "make_pack",
    "mark_followed_up",
    "move_case",
    "open_case",
    "record_alipay_verification",
    "set_slot",
    "snooze_follow_up",
    "start_review",
    "tick_cleanup",
    "tick_cleanups",
    "type_entry",
    "undo_move",
]
