"""What members do in outreach. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .approvals import approve_campaign, stop_approval, take_back_asking
from .campaigns import (
    change_offer,
    change_texts,
    confirm_advertising,
    confirm_words,
    create_campaign,
    include_again,
    leave_out,
)
from .codes import export_codes, mark_codes_loaded
from .contacts import note_contact, undo_contact
from .messages import decide_uncertain, mark_uncertain_as_sent, send_again, send_test
from .preparation import prepare
from .refunds import approve_refunds, drop_refunds, issue_refunds, reopen_refunds, undo_issuing
from .rules import set_approval_rule
from .sends import cancel_campaign, pause, resume, retry_failed, withdraw_approval
from .suppressions import add_suppression, release_suppression
from .templates import reset_template, save_template
from .versions import restore_version

__all__ = [
    "add_suppression",
    "approve_campaign",
    "approve_refunds",
    "cancel_campaign",
    "change_offer",
    "change_texts",
    "confirm_advertising",
    "confirm_words",
    "create_campaign",
    "decide_uncertain",
    "drop_refunds",
    "export_codes",
    "include_again",
    "issue_refunds",
    "leave_out",
    "mark_codes_loaded",
    "mark_uncertain_as_sent",
    "note_contact",
    "pause",
    "prepare",
    "release_suppression",
    "reopen_refunds",
    "reset_template",
    "restore_version",
    "resume",
    "retry_failed",
    "save_template",
    "send_again",
    "send_test",
    "set_approval_rule",
    "stop_approval",
    "take_back_asking",
    "undo_contact",
    "undo_issuing",
    "withdraw_approval",
]
