"""“Now” in words: what, why, about how long, what it unlocks, and the one button."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from closedorders.accounts.models import Membership
from closedorders.orders.masking import Sight

from ..next_step import Step
from ..wording import NextStep, next_panel
from .choice import Do
from .reads import Found


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do. `unlocks` is "" where nothing follows; `calm`: nothing is to do at all."""

    step: NextStep
    eyebrow: str = ""
    unlocks: str = ""
    calm: bool = False


#: What each step of an incident opens the way to.
UNLOCKS = {
    Step.OPEN_CASE: gettext_lazy("The list of documents, the chat scripts, and the clock of the case."),
    Step.DECIDE_CASE: gettext_lazy(
        "The apologies: they may leave once this is said, or a case is unblocked."
    ),
    Step.WORK_ON_CASE: gettext_lazy(
        "The account: once AliExpress unblocks it, customers can be told and orders bought again."
    ),
    Step.JOIN_ORDERS: gettext_lazy("Their customers: whose order it is decides who has to be told."),
    Step.PREPARE_APOLOGIES: gettext_lazy("Codes and refunds that exist, so that the mail may promise them."),
    Step.SET_UP_MAIL: gettext_lazy("Mails that leave: those in the local mailbox can be sent again then."),
    Step.REACH_OTHERS: gettext_lazy("Everybody told, also those to whom no mail can go."),
    Step.CONTINUE_APOLOGIES: gettext_lazy(
        "The mails: one to each customer, and the list of whom they reached."
    ),
    Step.WATCH_SENDING: gettext_lazy("The list of whom the mails reached."),
    Step.RESUME_SENDING: gettext_lazy("The mails that still wait in the campaign."),
    Step.DECIDE_MESSAGES: gettext_lazy("Everybody told: the step “Customers told” is done then."),
    Step.ISSUE_REFUNDS: gettext_lazy("A promise that is kept, and the state “refund paid” on each order."),
    Step.CLOSE_CASE: gettext_lazy("A case that is put away, with no identity paper left on a phone."),
    Step.FIND_REASONS: gettext_lazy("The checklist: it can warn about these causes the next time."),
    Step.MAKE_GOOD: gettext_lazy("The end of the incident: every order has its outcome then."),
    Step.END: gettext_lazy("A calm day: the incident stays as history."),
}
#: For steps whose own words give no time.
_MINUTES = 5


def action_of(found: Found, membership: Membership) -> Action:
    """What was found, in words for this member."""
    match found.choice.do:
        case Do.INCIDENT:
            return _of_incident(found, membership)
        case Do.WAIT:
            return _waiting(found, membership)
        case Do.REMINDER:
            return _reminder(found, membership)
        case Do.CALM:
            return _calm(membership)
    return _beside(found, membership)


def _of_incident(found: Found, membership: Membership) -> Action:
    place, step = found.choice.place, found.choice.step
    assert place is not None  # noqa: S101 - `choose` gives both for an incident
    assert step is not None  # noqa: S101
    panel = next_panel(found.views[place], membership, step)
    shown: NextStep = panel["step"]
    return Action(
        NextStep(
            shown.title,
            shown.text,
            shown.minutes or _MINUTES,
            shown.button_label,
            shown.button_url,
            shown.post,
        ),
        panel["eyebrow"],
        str(UNLOCKS.get(step, "")),
    )


def _waiting(found: Found, membership: Membership) -> Action:
    """Nothing for this person: who is at work instead, without a button that would do nothing."""
    place = found.choice.place
    assert place is not None  # noqa: S101 - `choose` gives it
    view = found.views[place]
    panel = next_panel(view, membership)
    shown: NextStep = panel["step"]
    case = view.case
    if found.choice.step == Step.WORK_ON_CASE and case is not None and case.follow_up_at is not None:
        text = _("AliExpress was asked. Ask again %(when)s.") % {
            "when": date_format(timezone.localtime(case.follow_up_at), "DATETIME_FORMAT")
        }
    else:
        text = f"{shown.title}. {shown.text}"
    url = view.incident.get_absolute_url()
    return Action(
        NextStep(_("Nothing for you to do right now"), text, None, _("Open the incident"), url),
        panel["eyebrow"],
    )


def _reminder(found: Found, membership: Membership) -> Action:
    reminder = found.reminder
    assert reminder is not None  # noqa: S101 - it is why a reminder was chosen
    sight = Sight.of(membership)
    when = date_format(timezone.localtime(reminder.due_at), "DATETIME_FORMAT")
    about = sight.words(str(reminder.subject))
    return Action(
        NextStep(
            sight.words(reminder.note),
            _("You wanted to come back to it on %(when)s: %(thing)s.") % {"when": when, "thing": about},
            _MINUTES,
            _("Open it"),
            reminder.subject_url,
        ),
        _("Reminder"),
        _("Whatever waits behind it. Mark the reminder done afterwards, or move it."),
    )


def _beside(found: Found, membership: Membership) -> Action:
    """What is about no open incident."""
    slug, desk = membership.team.slug, found.desk
    match found.choice.do:
        case Do.LOG_CLOSED:
            count = desk.closed_not_logged
            return Action(
                NextStep(
                    ngettext("Log %(count)s closed order", "Log %(count)s closed orders", count)
                    % {"count": count},
                    _("AliExpress shows them as closed, cancelled or expired, and nobody has logged why."),
                    2,
                    _("See the orders"),
                    reverse("orders:orders", args=[slug]) + "?view=unlogged",
                ),
                unlocks=_("Their incident: who is hit, what it costs, and the next step."),
            )
        case Do.ISSUE_REFUNDS:
            count = desk.refunds_to_issue
            return Action(
                NextStep(
                    ngettext("Issue %(count)s refund", "Issue %(count)s refunds", count) % {"count": count},
                    _("The incident is over, and its customers were told that the money is on its way."),
                    max(2, min(count, 60)),
                    _("Open the refunds"),
                    reverse("outreach:refunds", args=[slug]),
                ),
                unlocks=str(UNLOCKS[Step.ISSUE_REFUNDS]),
            )
        case Do.MAKE_GOOD:
            count = desk.closures_open
            return Action(
                NextStep(
                    ngettext(
                        "Decide about %(count)s closed order",
                        "Decide about %(count)s closed orders",
                        count,
                    )
                    % {"count": count},
                    _("Their incident has ended, and nobody noted how they were made good."),
                    10,
                    _("Open the closures"),
                    reverse("closures:closures", args=[slug]) + "?view=open",
                ),
                unlocks=_("True figures: an order without an outcome counts as money at risk."),
            )
        case Do.ASK_FOR_REFUND:
            count = desk.supplier_refunds_overdue
            return Action(
                NextStep(
                    ngettext(
                        "Ask AliExpress for %(count)s overdue refund",
                        "Ask AliExpress for %(count)s overdue refunds",
                        count,
                    )
                    % {"count": count},
                    _(
                        "The window you set has passed and the money has not come. Ask in the chat, then your bank."
                    ),
                    10,
                    _("Open the supplier refunds"),
                    reverse("incidents:supplier_refunds", args=[slug]) + "?view=overdue",
                ),
                unlocks=_("Money on the card, before the next orders need it."),
            )
    return Action(
        NextStep(
            _("Close the verification case"),
            _(
                "The account works again and the incident is over: say thank you, delete the originals, close."
            ),
            _MINUTES,
            _("See the cases"),
            reverse("cases:cases", args=[slug]),
        ),
        unlocks=str(UNLOCKS[Step.CLOSE_CASE]),
    )


def _calm(membership: Membership) -> Action:
    slug = membership.team.slug
    if membership.is_reviewer:
        text = _(
            "No case waits for your review. When a merchant sends documents, this page leads you to them."
        )
        return Action(NextStep(_("Nothing blocked"), text), calm=True)
    text = _("No incident, case, mail or refund waits for you. Use the calm: bring the orders up to date.")
    return Action(
        NextStep(_("Nothing blocked"), text, 3, _("Import orders"), reverse("imports:imports", args=[slug])),
        unlocks=_("Numbers that are true today, and closures that are found the day they happen."),
        calm=True,
    )


def calm_day(membership: Membership) -> list[tuple[str, str, str]]:
    """What makes the next bad day shorter: address, name, why."""
    slug = membership.team.slug
    if membership.is_reviewer:
        return []
    return [
        (
            reverse("risk:checklist", args=[slug]),
            _("Go through the risk checklist"),
            _("What could close the next orders, worst first"),
        ),
        (
            reverse("closures:reasons", args=[slug]),
            _("Read a playbook"),
            _("What to do for each reason, before it happens"),
        ),
        (
            reverse("incidents:supplier_refunds", args=[slug]),
            _("Check the supplier refunds"),
            _("What AliExpress still owes, and since when"),
        ),
    ]
