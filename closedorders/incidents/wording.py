"""The next step in words: title, why, minutes and the one button, for the role that looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.models import Membership, Role
from closedorders.outreach.runs.progress import waiting_words

from .next_step import Step, decide, stage_states
from .reads import IncidentView


@dataclass(frozen=True, slots=True)
class NextStep:
    title: str
    text: str
    minutes: int | None = None
    button_label: str = ""
    button_url: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    label: str
    state: str


def next_step(view: IncidentView, membership: Membership, step: Step | None = None) -> NextStep:
    """What this person does next about the incident, or `step` of it. Buttons appear only for what the role may do."""
    step = step or decide(view.situation)
    made = _WORDS[step](view)
    if not may_take(step, membership):
        return NextStep(made.title, made.text, None)
    return made


# Steps that others than the merchant may take; every other step is the merchant's.
_OPEN_TO = {
    Step.WORK_ON_CASE: set(Role),
    Step.SET_UP_MAIL: {Role.ASSISTANT, Role.MERCHANT},
    Step.CLOSE_CASE: set(Role),
    Step.JOIN_ORDERS: {Role.ASSISTANT, Role.MERCHANT},
    Step.FIND_REASONS: {Role.ASSISTANT, Role.MERCHANT},
    Step.MAKE_GOOD: {Role.ASSISTANT, Role.MERCHANT},
}


def may_take(step: Step, membership: Membership) -> bool:
    return membership.role in _OPEN_TO.get(step, {Role.MERCHANT})


def stages(view: IncidentView) -> list[Stage]:
    words = {
        "logged": _("Closures logged"),
        "case": _("Case opened"),
        "documents": _("Documents"),
        "submitted": _("Submitted"),
        "unblocked": _("Unblocked"),
        "told": _("Customers told"),
    }
    if view.case and view.case.slots_total is not None:
        words["documents"] = _("Documents %(done)s of %(total)s") % {
            "done": view.case.slots_done,
            "total": view.case.slots_total,
        }
    if view.situation.no_verification:
        words["case"] = _("No verification needed")
    elif not view.situation.needs_case and not view.case:
        words["case"] = _("Verification or not")
    if view.situation.customers_told_to_wait:
        words["told"] = _("Told: waiting, %(count)s") % {"count": view.situation.customers_told_to_wait}
    if view.situation.customers_told:
        words["told"] = _("Customers told: %(count)s") % {"count": view.situation.customers_told}
    return [Stage(words[name], state) for name, state in stage_states(view.situation).items()]


def next_panel(view: IncidentView, membership: Membership, step: Step | None = None) -> dict[str, Any]:
    """What `components/steps/_next.html` shows of an incident: for Today, for Now and for its own page."""
    return {
        "incident": view.incident,
        "eyebrow": _eyebrow(view),
        "step": next_step(view, membership, step),
        "stages": stages(view),
    }


def _eyebrow(view: IncidentView) -> str:
    count = view.situation.closures_not_reopened
    return ngettext(
        "%(incident)s · account “%(account)s”, %(count)s order closed since %(since)s",
        "%(incident)s · account “%(account)s”, %(count)s orders closed since %(since)s",
        count,
    ) % {
        "incident": view.incident,
        "account": view.incident.buyer_account,
        "count": count,
        "since": date_format(timezone.localtime(view.first_closed_at), "SHORT_DATETIME_FORMAT"),
    }


def _url(name: str, view: IncidentView, *args: object) -> str:
    return reverse(name, args=[view.incident.team.slug, *args])


def _case_url(view: IncidentView) -> str:
    return view.case_row.get_absolute_url() if view.case_row else ""


def _campaign_url(view: IncidentView) -> str:
    return view.campaign.get_absolute_url() if view.campaign else _url("outreach:campaigns", view)


def _open_case(view: IncidentView) -> NextStep:
    return NextStep(
        _("Open the verification case"),
        _(
            "AliExpress doubts the account behind these orders. The case gathers the documents it asks for, "
            "the chats, and the clock."
        ),
        1,
        _("Open the case"),
        _url("cases:case_opening", view, view.incident.number),
        post=True,
    )


def _decide_case(view: IncidentView) -> NextStep:
    return NextStep(
        _("Does AliExpress verify the account?"),
        _(
            "No recorded reason is about the account. If AliExpress asks for documents, open a case. If it does not, "
            "say so with a reason: then the customers can be told that it is solved."
        ),
        1,
        _("Decide"),
        f"{view.incident.get_absolute_url()}#verification",
    )


def _case_step(view: IncidentView) -> NextStep:
    """The next step of this role in the case."""
    action = view.case.next if view.case else None
    if action is None:
        return NextStep(_("The case is closed"), _("Nothing is left to do in it."))
    return NextStep(
        _(action.title), _(action.text), action.minutes or None, _("Open the case"), _case_url(view)
    )


def _plain(
    title: Callable[[], str],
    text: Callable[[], str],
    label: Callable[[], str],
    url: Callable[[IncidentView], str],
    minutes: int | None = None,
) -> Callable[[IncidentView], NextStep]:
    return lambda view: NextStep(title(), text(), minutes, label(), url(view))


def _prepare(view: IncidentView) -> NextStep:
    count = view.situation.customers_not_told
    return NextStep(
        ngettext("Tell %(count)s customer", "Tell %(count)s customers", count) % {"count": count},
        _("One mail each, however many orders they had, with a code and a refund that already exist."),
        10,
        _("Prepare the apologies"),
        _url("outreach:campaigns", view),
    )


def _reach_others(view: IncidentView) -> NextStep:
    count = view.situation.customers_unreachable
    return NextStep(
        ngettext("Reach %(count)s customer without a mail", "Reach %(count)s customers without a mail", count)
        % {"count": count},
        _("No mail can go to their addresses. Copy the text into the marketplace's chat, or call them."),
        2 * count,
        _("Show who they are"),
        _url("outreach:unreachable", view) + f"?incident={view.incident.number}",
    )


def _watch(view: IncidentView) -> NextStep:
    if view.campaign and view.campaign.no_server_since:
        title = _("The apologies wait for the mail server")
        text = _("It takes no mail at the moment. Sending goes on by itself as soon as it does.")
    elif view.campaign and (waits := waiting_words(view.campaign)):
        title, text = (
            _("The apologies are being sent"),
            _("%(waits)s. It goes on by itself.") % {"waits": waits},
        )
    else:
        title = _("The apologies are being sent")
        text = _("You can leave; sending goes on. Whatever fails will be listed here.")
    return NextStep(title, text, None, _("Watch the sending"), _campaign_url(view))


def _decide(view: IncidentView) -> NextStep:
    count = view.situation.messages_to_decide
    return NextStep(
        ngettext("Look at %(count)s mail by hand", "Look at %(count)s mails by hand", count)
        % {"count": count},
        _(
            "The mail server refused them, they came back, or nobody can say whether they arrived. Nothing is sent "
            "again by itself."
        ),
        count,
        _("Open the mails"),
        _campaign_url(view),
    )


def _set_up_mail(view: IncidentView) -> NextStep:
    count = view.situation.in_local_mailbox
    return NextStep(
        ngettext(
            "%(count)s mail reached nobody: it is in the local mailbox",
            "%(count)s mails reached nobody: they are in the local mailbox",
            count,
        )
        % {"count": count},
        _(
            "There was no mail server when they were sent. Whoever runs this installation sets one up (EMAIL_URL); "
            "then try them again on the campaign's page."
        ),
        10,
        _("Open the mails"),
        _campaign_url(view),
    )


def _join(view: IncidentView) -> NextStep:
    count = view.situation.unmatched
    return NextStep(
        ngettext(
            "Not joined to a sale yet: %(count)s order",
            "Not joined to a sale yet: %(count)s orders",
            count,
        )
        % {"count": count},
        _(
            "They are known by number only, so no count of customers or money has them. Import the store's orders, "
            "or a two-column file that joins both numbers."
        ),
        5,
        _("Import orders"),
        _url("imports:imports", view),
    )


def _refunds(view: IncidentView) -> NextStep:
    count = view.situation.refunds_to_issue
    return NextStep(
        ngettext("Issue %(count)s refund", "Issue %(count)s refunds", count) % {"count": count},
        _("The customers have been told that they are on their way."),
        count,
        _("Open the refunds"),
        _url("outreach:refunds", view),
    )


_WORDS: dict[Step, Callable[[IncidentView], NextStep]] = {
    Step.OPEN_CASE: _open_case,
    Step.DECIDE_CASE: _decide_case,
    Step.SET_UP_MAIL: _set_up_mail,
    Step.WORK_ON_CASE: _case_step,
    Step.CLOSE_CASE: _case_step,
    Step.JOIN_ORDERS: _join,
    Step.PREPARE_APOLOGIES: _prepare,
    Step.CONTINUE_APOLOGIES: _plain(
        lambda: _("Finish and send the apologies"),
        lambda: _("The campaign is a draft: load the codes, approve the refunds, read the text, send."),
        lambda: _("Open the campaign"),
        _campaign_url,
        10,
    ),
    Step.WATCH_SENDING: _watch,
    Step.RESUME_SENDING: _plain(
        lambda: _("Sending is paused"),
        lambda: _("Nobody is mailed until you resume. The campaign says why it stopped."),
        lambda: _("Open the campaign"),
        _campaign_url,
        2,
    ),
    Step.DECIDE_MESSAGES: _decide,
    Step.REACH_OTHERS: _reach_others,
    Step.ISSUE_REFUNDS: _refunds,
    Step.FIND_REASONS: lambda view: NextStep(
        _("Find the missing reasons"),
        _(
            "Some closures are still marked “not sure yet”. The checklist can only warn about causes it knows."
        ),
        5,
        _("Open the closures"),
        _url("closures:closures", view) + f"?view=no_reason&incident={view.incident.number}",
    ),
    Step.MAKE_GOOD: lambda view: NextStep(
        _("Reorder, refund or write off what is open"),
        _("Every customer has been told. Note for each closed order how it was made good."),
        15,
        _("Open the closures"),
        _url("closures:closures", view) + f"?view=open&incident={view.incident.number}",
    ),
    Step.END: lambda view: NextStep(
        _("End the incident"),
        _("Nothing is left to do here."),
        1,
        _("End the incident"),
        _url("incidents:incident_end", view, view.incident.number),
        post=True,
    ),
    Step.DONE: lambda view: NextStep(
        _("This incident is over"), _("Its closures, case and mails stay here as history.")
    ),
}
