"""What is known of a store's sender, as pages show it: a line each, green, red or not checked. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from closedorders.core.health import worker_is_alive
from closedorders.core.mail.reason_words import MAIL_REASON_WORDS
from closedorders.orders.models import Store

from . import wording
from .findings import Part, State
from .models import ReplyTest, SenderCheck
from .reply_mail import LINK_LIFE, reply_address
from .transports import Route, Way, way_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the list. `words` is a sentence: what is known, what follows and what to do."""

    code: str
    name: str
    state: State
    words: str

    @property
    def tone(self) -> str:
        return wording.STATE_TONES[self.state]

    @property
    def label(self) -> str:
        return str(wording.STATE_LABELS[self.state])


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What is known of one store's sender. `waiting` is what a running check waits for, "" where nothing is late."""

    lines: list[Line]
    way: Way
    is_running: bool
    waiting: str
    checked_at: datetime | None
    selector: str


def preflight_of(store: Store) -> Preflight:
    """Four queries at most."""
    way = way_of(store)
    check = SenderCheck.objects.filter(store=store).first()
    tests = list(ReplyTest.objects.filter(store=store, address=reply_address(store)).order_by("-pk")[:20])
    running = check is not None and check.state in SenderCheck.UNFINISHED
    sending = bool(tests) and tests[0].state in ReplyTest.UNFINISHED
    return Preflight(
        lines=[*_found(store, way, check), _replies(store, tests)],
        way=way,
        is_running=running or sending,
        waiting=_("No worker answers: it goes on by itself once one runs.")
        if (running or sending) and not worker_is_alive()
        else "",
        checked_at=check.finished_at if check is not None else None,
        selector=check.dkim_selector if check is not None else "",
    )


def with_one_line_a_sentence(lines: list[Line]) -> list[Line]:
    """Neighbours that say the same are one line under all their names: without a mail server five would say it."""
    found: list[Line] = []
    for _words, same in groupby(lines, key=lambda line: (line.state, line.words)):
        first, *others = same
        found.append(replace(first, name=", ".join([first.name, *(each.name for each in others)])))
    return found


def is_current(check: SenderCheck, store: Store, way: Way) -> bool:
    """Whether the findings are of the sender and the mail server that the store has now."""
    return check.finished_at is not None and (check.sender, check.server) == (store.sender_email, way.label)


def refused_by_server(store: Store) -> str:
    """The sentence of a mail server that was asked and refuses the store's sender now; "" otherwise."""
    check = SenderCheck.objects.filter(store=store).first()
    for found in check.findings if check is not None else ():
        if (
            found["code"] == "server_refuses"
            and check is not None
            and is_current(check, store, way_of(store))
        ):
            return wording.sentence(found["code"], found["values"])
    return ""


def _found(store: Store, way: Way, check: SenderCheck | None) -> list[Line]:
    known, code = {}, "not_yet"
    if check is not None and check.state in SenderCheck.UNFINISHED:
        code = "running"
    elif check is not None and is_current(check, store, way):
        known = {found["part"]: found for found in check.findings}
    elif check is not None and check.finished_at is not None:
        code = "outdated"
    lines = []
    for part in Part:
        found = known.get(part.value, {"state": State.NOT_CHECKED, "code": code, "values": {}})
        lines.append(
            Line(
                code=part.value,
                name=str(wording.PART_NAMES[part]),
                state=State(found["state"]),
                words=wording.sentence(found["code"], found["values"]),
            )
        )
    return lines


def _replies(store: Store, tests: list[ReplyTest]) -> Line:
    """Whether somebody reads what customers answer. `tests`: those of the present address, newest first."""
    address = reply_address(store)
    proven = next((test for test in tests if test.proven_at is not None), None)
    newest = tests[0] if tests else None
    state = State.NOT_CHECKED
    if not address:
        words = str(wording.sentence("no_sender", {}))
    elif proven is not None:
        state = State.GOOD
        words = _("Answers to %(address)s reach you: somebody opened the link there on %(day)s.") % {
            "address": address,
            "day": date_format(localtime(proven.proven_at)),
        }
    elif newest is None or newest.created_at < localtime() - LINK_LIFE:
        words = _(
            "Nobody has proven that answers to %(address)s are read, so customers may write to nobody: send the mail "
            "with the link."
        ) % {"address": address}
    else:
        state, words = _unproven(newest, address)
    return Line(code="replies", name=_("Replies"), state=state, words=words)


def _unproven(test: ReplyTest, address: str) -> tuple[State, str]:
    match test.state:
        case ReplyTest.State.FAILED:
            why = f"{MAIL_REASON_WORDS.get(test.reason, '')} {test.words}".strip()
            return State.BAD, _(
                "The mail to %(address)s did not go through, so answers may be lost: correct the address, or send it "
                "again. %(why)s"
            ) % {"address": address, "why": why}
        case ReplyTest.State.LOCAL:
            return State.NOT_CHECKED, _(
                "The mail to %(address)s is in the local mailbox and reached nobody, so it proves nothing: set up a "
                "mail server first."
            ) % {"address": address}
        case ReplyTest.State.SENT:
            return State.NOT_CHECKED, _(
                "A mail is on its way to %(address)s: open its link there. If it does not come within a few minutes, "
                "answers do not come either."
            ) % {"address": address}
    return State.NOT_CHECKED, _("The mail to %(address)s is being sent.") % {"address": address}


def server_in_words(way: Way) -> str:
    """Which mail server a store's mails leave through: a fallback is never silent."""
    match way.route:
        case Route.OWN:
            return _("Mails leave through this store's own mail server, %(server)s.") % {"server": way.server}
        case Route.INSTALLATION:
            return _("Mails leave through the mail server of this installation, %(server)s.") % {
                "server": f"{way.host}:{way.port}"
            }
        case Route.PROVIDER:
            return _("Mails leave through the mail service of this installation.")
        case Route.DRILL:
            return _("This is a fire drill: mails stay in the local mailbox.")
    return _("No mail server is set up: mails stay in the local mailbox and reach nobody.")
