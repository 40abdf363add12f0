"""What members do with cases. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .afterwards import tick_cleanup, tick_cleanups
from .case import move_case, open_case
from .contacts import log_contact, mark_followed_up, snooze_follow_up, start_chat, stop_chat
from .documents import add_slot, choose_document, decide, set_slot
from .packs import make_pack
from .reviews import ask_again, finish_review, start_review, type_entry
from .taking_back import step_back, undo_move
from .verification import set_answer_due, set_verification

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
    "set_answer_due",
    "set_slot",
    "set_verification",
    "snooze_follow_up",
    "start_chat",
    "start_review",
    "step_back",
    "stop_chat",
    "tick_cleanup",
    "tick_cleanups",
    "type_entry",
    "undo_move",
]
