"""The report in words, in the active language and time zone: one sheet for the page and for the PDF."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.core.files.pdf import Fact, Section, Sheet
from closedorders.core.money import Total
from closedorders.core.text.formatting import count, duration
from closedorders.risk.checklist import Finding
from closedorders.risk.models import Confirmation
from closedorders.risk.rules import RULES, TICK_DAYS, State

from .reads import Facts
from .timeline import timeline


def sheet_of(facts: Facts) -> Sheet:
    incident = facts.incident
    cause = incident.cause.name if incident.cause else _("not sure yet")
    moments, left = timeline(facts)
    foot = _("Made on %(at)s from what is recorded in Closed Orders.") % {"at": _moment(facts.now)}
    if left:
        foot = (
            ngettext(
                "%(count)s more contact or step is on the pages of the incident and its case.",
                "%(count)s more contacts and steps are on the pages of the incident and its case.",
                left,
            )
            % {"count": left}
            + " "
            + foot
        )
    return Sheet(
        title=_("Report of incident %(number)s") % {"number": incident.number},
        subtitle=" · ".join(
            [
                incident.team.name,
                _("account “%(account)s”") % {"account": incident.buyer_account},
                _("cause: %(cause)s") % {"cause": cause},
                _span(facts),
            ]
        ),
        sections=[
            _orders(facts),
            _money(facts),
            _hours(facts),
            _customers(facts),
            _warned(facts),
            _after(facts),
        ],
        timeline_title=_("Timeline"),
        timeline=moments,
        notices=_notices(facts),
        foot=foot,
    )


def missing(facts: Facts) -> list[str]:
    """What a report of this incident still lacks, each a sentence."""
    closed, told, incident = facts.closed, facts.told, facts.incident
    found = []
    if incident.ended_at is None:
        found.append(_("The incident has not ended: figures still change."))
    lacks = [
        (
            closed.open,
            ngettext(
                "%(count)s closed order is still open: nobody said what became of it.",
                "%(count)s closed orders are still open: nobody said what became of them.",
                closed.open,
            ),
        ),
        (
            closed.without_reason,
            ngettext(
                "The reason of %(count)s closure is “not sure yet”.",
                "The reasons of %(count)s closures are “not sure yet”.",
                closed.without_reason,
            ),
        ),
        (
            closed.not_joined,
            ngettext(
                "%(count)s AliExpress order is not joined to a sale: its value is not counted.",
                "%(count)s AliExpress orders are not joined to a sale: their value is not counted.",
                closed.not_joined,
            ),
        ),
        (
            facts.money.value_unknown,
            ngettext(
                "What the customer paid is not known for %(count)s order.",
                "What the customer paid is not known for %(count)s orders.",
                facts.money.value_unknown,
            ),
        ),
        (
            told.waiting,
            ngettext(
                "%(count)s customer has not been told.",
                "%(count)s customers have not been told.",
                told.waiting,
            ),
        ),
        (
            closed.without_supplier_refund,
            ngettext(
                "For %(count)s closure nobody noted what AliExpress gives back.",
                "For %(count)s closures nobody noted what AliExpress gives back.",
                closed.without_supplier_refund,
            ),
        ),
    ]
    found += [words % {"count": count(number)} for number, words in lacks if number]
    if incident.cause is None:
        found.append(_("The cause of the incident is not set."))
    if facts.case and facts.case.state not in {"unblocked", "closed"}:
        found.append(_("The verification case is still open."))
    if incident.customers_asked is None:
        found.append(_("How many customers had to ask is not typed in."))
    return found


def _notices(facts: Facts) -> list[str]:
    lacks = missing(facts)
    if facts.incident.ended_at is None:
        return [_("DRAFT. This is missing:"), *lacks]
    return [_("Not in the records:"), *lacks] if lacks else []


def _span(facts: Facts) -> str:
    first = _moment(facts.closed.first_at)
    if facts.incident.ended_at is None:
        return _("since %(first)s") % {"first": first}
    return f"{first} – {_moment(facts.incident.ended_at)}"


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT")


def not_recorded() -> str:
    return _("not recorded")


def _sums(totals: Iterable[Total]) -> str:
    return " + ".join(str(total) for total in totals) or not_recorded()


def _orders(facts: Facts) -> Section:
    closed = facts.closed
    lines = [
        Fact(
            _("Orders closed by AliExpress"),
            count(closed.count),
            _("of %(orders)s sales") % {"orders": count(closed.orders)},
        )
    ]
    for number, label in (
        (closed.replaced, _("Reordered")),
        (closed.refunded, _("Refunded to the customer")),
        (closed.written_off, _("Written off")),
        (closed.reopened, _("Reopened by AliExpress")),
        (closed.open, _("Still open")),
    ):
        if number:
            lines.append(Fact(label, count(number)))
    return Section(_("Orders"), lines)


def _money(facts: Facts) -> Section:
    money = facts.money
    approved = (
        _("approved, not paid yet: %(sum)s") % {"sum": _sums(money.refunds_approved)}
        if money.refunds_approved
        else ""
    )
    unknown = (
        ngettext(
            "without %(count)s order whose total is not known",
            "without %(count)s orders whose total is not known",
            money.value_unknown,
        )
        % {"count": count(money.value_unknown)}
        if money.value_unknown
        else ""
    )
    lines = [
        Fact(_("Value at risk"), _sums(money.value), unknown or _("what customers paid for these orders")),
        Fact(
            _("Apology refunds paid"),
            _sums(money.refunds_paid) if money.refunds_paid else pgettext("money", "none"),
            approved,
        ),
        Fact(
            _("Refunded in the shop"),
            _sums(money.refunded_in_shop) if money.refunded_in_shop else pgettext("money", "none"),
            _("of these orders, as the shop's last file says; apology refunds may be part of it"),
        ),
        Fact(
            _("AliExpress gives back"),
            _sums(money.supplier_expected),
            _("expected, as noted on the closures"),
        ),
        Fact(
            _("Of it received"),
            _sums(money.supplier_received) if money.supplier_received else pgettext("money", "none"),
        ),
    ]
    if money.written_off:
        lines.append(
            Fact(_("Written off"), _sums(money.written_off), _("what the orders cost at AliExpress"))
        )
    for percent, number in money.codes:
        words = ngettext("%(count)s of %(percent)s%%", "%(count)s of %(percent)s%% each", number)
        lines.append(
            Fact(
                _("Discount codes"),
                words % {"count": count(number), "percent": percent},
                _("what they cost shows when they are used: not recorded"),
            )
        )
    if money.gifts:
        lines.append(Fact(_("Gifts"), ", ".join(money.gifts), _("their cost is not recorded")))
    return Section(_("Money"), lines)


def _hours(facts: Facts) -> Section:
    first = facts.closed.first_at
    ended = facts.incident.ended_at
    lines = [
        Fact(
            _("From the first closure to the end") if ended else _("Since the first closure"),
            duration(max(facts.until - first, timedelta(0))),
        )
    ]
    for at, label in (
        (facts.told.first_at, _("Until the first customer was told")),
        (facts.told.last_at, _("Until the last customer was told")),
    ):
        lines.append(
            Fact(label, duration(max(at - first, timedelta(0))) if at else _("nobody has been told"))
        )
    if facts.clock is None:
        lines.append(Fact(_("Hours of the case"), not_recorded(), _("there was no verification case")))
    else:
        lines += [
            Fact(_("Our hours"), duration(facts.clock.ours), _("while the case waited for us")),
            Fact(_("The reviewer's hours"), duration(facts.clock.reviewer)),
            Fact(
                _("AliExpress's hours"),
                duration(facts.clock.theirs),
                _("while the case waited for AliExpress"),
            ),
        ]
    return Section(_("Hours"), lines)


def _customers(facts: Facts) -> Section:
    told, asked = facts.told, facts.incident.customers_asked
    lines = [
        Fact(_("Customers"), count(facts.closed.customers)),
        Fact(
            _("Told by mail"),
            count(told.resolution),
            _("a holding note before reached %(count)s") % {"count": count(told.holding)}
            if told.holding
            else "",
        ),
    ]
    if told.waiting:
        lines.append(Fact(_("Not told yet"), count(told.waiting)))
    if told.not_reached:
        lines.append(Fact(_("No mail reached them"), count(told.not_reached)))
    lines.append(
        Fact(
            _("Had to ask"),
            not_recorded() if asked is None else count(asked),
            "" if asked is None else _("counted by the merchant"),
        )
    )
    return Section(_("Customers"), lines)


def _warned(facts: Facts) -> Section:
    """How the checklist stood before the first closure, and what people had answered by then."""
    cause = facts.incident.cause.code if facts.incident.cause else ""
    codes = sorted(RULES, key=lambda code: code != cause)
    lines = []
    for code in codes:
        answer = facts.warned.get(code)
        name = str(BUILTIN[code].name)
        if facts.stood is not None and (stood := facts.stood.states.get(code)):
            words = {"state": Finding.word_of(State(stood)), "day": date_format(facts.stood.day)}
            lines.append(
                Fact(name, _("%(state)s on %(day)s") % words, _answer(answer, facts) if answer else "")
            )
        elif code not in TICK_DAYS:
            lines.append(Fact(name, not_recorded()))
        elif answer is None:
            lines.append(Fact(name, _("nobody had answered this check")))
        else:
            lines.append(Fact(name, _answer(answer, facts)))
    lines.append(
        Fact(
            _("Closed on this account in the 30 days before"),
            count(facts.closed_before),
            _("as logged by then"),
        )
    )
    return Section(_("What had warned, before the first closure"), lines)


def _answer(answer: Confirmation, facts: Facts) -> str:
    words = {"at": _day(answer.at), "who": answer.by.user}
    if answer.answer == Confirmation.Answer.PROBLEM:
        return _("WARNED: answered “Not fine” on %(at)s by %(who)s") % words
    if answer.has_expired(facts.closed.first_at):
        return _("answered “Fine” on %(at)s by %(who)s, too long ago to count") % words
    return _("answered “Fine” on %(at)s by %(who)s") % words


def _after(facts: Facts) -> Section:
    lines = []
    if facts.steps_total:
        lines.append(
            Fact(
                _("Playbook steps done"),
                _("%(done)s of %(total)s") % {"done": facts.steps_done, "total": facts.steps_total},
            )
        )
    lines.append(Fact(_("What we change"), facts.incident.lessons or not_recorded()))
    return Section(_("Afterwards"), lines)
