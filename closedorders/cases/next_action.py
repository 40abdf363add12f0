"""The one thing a person should do next in a case, by their role. Pure: texts are translated where they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from . import moves
from .moves import MERCHANT, REVIEWER, Facts, Lack, gettext_noop

ASSISTANT = "assistant"

SLOTS, CONTACT, CLEANUP, VERIFICATION = "slots", "contact", "cleanup", "verification"


@dataclass(frozen=True, slots=True)
class NextAction:
    """title and text say what and why. Either `move` (a button that makes it) or `anchor` (a place on the page).

    Neither: there is nothing to press, somebody else is at work.
    """

    title: str
    text: str
    button: str = ""
    move: str = ""
    anchor: str = ""
    lacks: tuple[Lack, ...] = ()
    minutes: int = 0


def next_action(
    *,
    state: str,
    role: str,
    has_reviewer: bool,
    facts: Facts,
    follow_up_due: bool = False,
    verification_known: bool = True,
) -> NextAction | None:
    """None when the case is closed. `verification_known`: somebody has said what AliExpress verifies."""
    if state == moves.CLOSED:
        return None
    if role == ASSISTANT:
        return _for_assistant(state, follow_up_due)
    decides = moves.may_decide(role, has_reviewer=has_reviewer)
    if state == moves.IN_REVIEW and decides:
        return _for_deciding(facts)
    if role == REVIEWER:
        return NextAction(
            gettext_noop("Nothing to review here now"),
            gettext_noop(
                "The team or AliExpress is at work. The case comes back when documents are sent for review."
            ),
        )
    return _for_merchant(state, facts, follow_up_due, verification_known)


def _for_assistant(state: str, follow_up_due: bool) -> NextAction:
    if follow_up_due:
        return _ask_again()
    if state == moves.UNBLOCKED:
        return _thank()
    if state == moves.SUBMITTED:
        return _chat_after_submission()
    return NextAction(
        gettext_noop("Keep the chat with AliExpress going"),
        gettext_noop(
            "The documents are being prepared. Log every contact with AliExpress, so that nobody asks twice."
        ),
        gettext_noop("Log a contact"),
        anchor=CONTACT,
        minutes=2,
    )


def _for_deciding(facts: Facts) -> NextAction:
    undecided = facts.named(moves.SLOT_READY)
    if undecided:
        return NextAction(
            gettext_noop("Decide on each document"),
            gettext_noop("Look at each document, then approve it or ask again with a reason."),
            gettext_noop("Go to the documents"),
            anchor=SLOTS,
            lacks=(Lack(gettext_noop("Not decided yet: %(names)s."), undecided),),
            minutes=5,
        )
    if facts.named(moves.SLOT_ASKED_AGAIN):
        return NextAction(
            gettext_noop("Send the case back to the team"),
            gettext_noop("You asked again for documents. The team sees your reasons and corrects them."),
            gettext_noop("Send back to the team"),
            move=moves.RETURN,
            minutes=1,
        )
    return NextAction(
        gettext_noop("Every document is approved"),
        gettext_noop("Mark the case ready, so that the merchant can send the documents to AliExpress."),
        gettext_noop("Mark ready to submit"),
        move=moves.APPROVAL,
        minutes=1,
    )


def _for_merchant(state: str, facts: Facts, follow_up_due: bool, verification_known: bool) -> NextAction:
    if follow_up_due and state != moves.UNBLOCKED:
        return _ask_again()
    if state == moves.COLLECTING and not verification_known:
        return NextAction(
            gettext_noop("Say which verification it is"),
            gettext_noop(
                "The card or the account: AliExpress asks for other documents, and the chat goes another way."
            ),
            gettext_noop("Answer the question"),
            anchor=VERIFICATION,
            minutes=1,
        )
    if state == moves.COLLECTING:
        lacks = tuple(moves.documents_ready(facts))
        if lacks:
            return NextAction(
                gettext_noop("Get the documents ready"),
                gettext_noop(
                    "Cover each document and use it here, or keep it yourself and tick it once it is ready."
                ),
                gettext_noop("Go to the documents"),
                anchor=SLOTS,
                lacks=lacks,
                minutes=10,
            )
        return NextAction(
            gettext_noop("Send the documents for review"),
            gettext_noop(
                "A second look catches an unreadable scan or a visible card number before AliExpress does."
            ),
            gettext_noop("Send for review"),
            move=moves.REVIEW,
            minutes=1,
        )
    if state == moves.IN_REVIEW:
        return NextAction(
            gettext_noop("Waiting for the reviewer"),
            gettext_noop(
                "The documents are being looked at. Meanwhile you can keep asking AliExpress in the chat."
            ),
        )
    if state == moves.READY:
        return NextAction(
            gettext_noop("Send the documents to AliExpress"),
            gettext_noop("Send the redacted files the way AliExpress asked for them, then say so here."),
            gettext_noop("I have sent them"),
            move=moves.SUBMISSION,
            minutes=10,
        )
    if state == moves.REJECTED:
        return NextAction(
            gettext_noop("Appeal the rejection"),
            gettext_noop(
                "Ask in the chat what was wrong, then start a new round with what they want to see."
            ),
            gettext_noop("Start an appeal"),
            move=moves.APPEAL,
            minutes=2,
        )
    if state == moves.UNBLOCKED:
        return _after_unblocking(facts)
    return _chat_after_submission()


def _after_unblocking(facts: Facts) -> NextAction:
    if not facts.thanked:
        return _thank()
    if facts.cleanups_left:
        return NextAction(
            gettext_noop("Delete the originals"),
            gettext_noop(
                "Photos of identity papers linger on phones and in mailboxes. Delete them and tick each place."
            ),
            gettext_noop("Go to the clean-up list"),
            anchor=CLEANUP,
            lacks=(
                Lack(
                    gettext_noop("Originals not yet deleted from: %(names)s."),
                    tuple(facts.cleanups_left),
                ),
            ),
            minutes=5,
        )
    return NextAction(
        gettext_noop("Close the case"),
        gettext_noop("The block is gone, AliExpress is thanked and the originals are deleted."),
        gettext_noop("Close the case"),
        move=moves.CLOSING,
        minutes=1,
    )


def _thank() -> NextAction:
    return NextAction(
        gettext_noop("Say thank you to AliExpress"),
        gettext_noop(
            "The block is gone. A kind word in the chat costs a minute and is remembered the next time."
        ),
        gettext_noop("Log the thank-you"),
        anchor=CONTACT,
        minutes=2,
    )


def _ask_again() -> NextAction:
    return NextAction(
        gettext_noop("Ask AliExpress again"),
        gettext_noop("The time they promised has passed. Open the chat, ask kindly, and log what they say."),
        gettext_noop("Log the contact"),
        anchor=CONTACT,
        minutes=5,
    )


def _chat_after_submission() -> NextAction:
    return NextAction(
        gettext_noop("Ask in the live chat whether the block can go"),
        gettext_noop(
            "The documents are with AliExpress. The chat is the fast way: those who ask are often unblocked in a day."
        ),
        gettext_noop("Log the contact"),
        anchor=CONTACT,
        minutes=5,
    )


__all__ = ["ASSISTANT", "MERCHANT", "REVIEWER", "NextAction", "next_action"]
