from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypedDict

from django.contrib import messages
from django.db.models import Prefetch
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, EVERYONE, MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.accounts.models import Membership, Role, Team
from closedorders.closures.models import Incident
from closedorders.core.methods import post_only
from closedorders.core.paging import Page, page_of
from closedorders.core.refusals import Refused
from closedorders.core.templatetags.look import duration
from closedorders.orders.masking import Sight

from . import actions, moves, scripts
from .forms import (
    AlipayForm,
    CleanupForm,
    ContactForm,
    DecisionForm,
    MoveForm,
    NewSlotForm,
    SlotForm,
    SnoozeForm,
)
from .models import Case, Contact, Decision, Slot
from .moves import Turn, may_decide, moves_for
from .next_action import CONTACT
from .reads import CaseSummary, case_summaries, case_summary, has_reviewer, sentences

MOST_LIVE = 100
CONTACTS_PER_PAGE = 20

SLOT_TONES = {
    Slot.State.MISSING: "amber",
    Slot.State.READY: "blue",
    Slot.State.APPROVED: "green",
    Slot.State.ASKED_AGAIN: "red",
    Slot.State.NOT_NEEDED: "grey",
}


def _case_of(team: Team, pk: int) -> Case:
    return get_object_or_404(Case.objects.for_team(team), pk=pk)


def _seen(case: Case) -> str:
    """What a page shows of a case's progress; its buttons send it back, so that an old tab is noticed."""
    return f"{case.state}.{case.round}"


def _refuse_if_stale(request: HttpRequest, case: Case) -> None:
    seen = request.GET.get("seen", "")
    if seen and seen != _seen(case):
        raise Refused(
            _("This case has moved on since you opened the page: it is now “%(state)s”. Nothing was changed.")
            % {"state": case.get_state_display()}
        )


# The list ---------------------------------------------------------------------------------------------------------

TURN_ORDER: dict[str, tuple[Turn, ...]] = {
    Role.MERCHANT: (Turn.OURS, Turn.REVIEWER, Turn.ALIEXPRESS),
    Role.ASSISTANT: (Turn.OURS, Turn.ALIEXPRESS, Turn.REVIEWER),
    Role.REVIEWER: (Turn.REVIEWER, Turn.OURS, Turn.ALIEXPRESS),
}


@team_page(*EVERYONE)
def cases(request: TeamRequest) -> HttpResponse:
    """Live cases by whose turn it is (the reader's own first), the oldest first; closed ones on a tab of their own."""
    view = request.GET.get("view", "")
    if view not in {"", "closed", *(turn.value for turn in Turn if turn != Turn.NOBODY)}:
        view = ""
    found = Case.objects.for_team(request.team)
    role = request.membership.role
    page = None
    if view == "closed":
        page = page_of(request, found.filter(state=Case.State.CLOSED))
        summaries = case_summaries(page.rows, role=role)
    else:
        live = found.on_turn_of(Turn(view)) if view else found.live()
        summaries = case_summaries(list(live.order_by("opened_at", "pk")[:MOST_LIVE]), role=role)
        order = TURN_ORDER[role]
        # Within a turn the case that has waited longest comes first.
        summaries.sort(key=lambda s: (order.index(s.turn), s.clock.since))
    return render(
        request,
        "cases/cases.html",
        {
            "summaries": summaries,
            "page": page,
            "view": view,
            "tabs": _tabs(request, view),
            "cut": page is None and len(summaries) == MOST_LIVE,
            "most": MOST_LIVE,
            "sees_documents": role != Role.ASSISTANT,
        },
    )


class _Tab(TypedDict):
    label: str
    url: str
    count: int | None
    active: bool


def _tabs(request: TeamRequest, view: str) -> list[_Tab]:
    states = Case.objects.filter(team=request.team).live().order_by()[: MOST_LIVE * 10]
    turns = [moves.TURNS[state] for state in states.values_list("state", flat=True)]
    url = reverse("cases:cases", args=[request.team.slug])
    tabs: list[_Tab] = [
        {"label": _("Open"), "url": url, "count": len(turns), "active": view == ""},
        *(
            _Tab(
                label=_(moves.TURN_LABELS[turn]),
                url=f"{url}?view={turn}",
                count=turns.count(turn),
                active=view == turn,
            )
            for turn in TURN_ORDER[request.membership.role]
        ),
        {"label": _("Closed"), "url": f"{url}?view=closed", "count": None, "active": view == "closed"},
    ]
    return tabs


@team_page(MERCHANT)
@post_only
def case_opening(request: TeamRequest, number: int) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.for_team(request.team), number=number)
    try:
        case = actions.open_case(incident=incident, by=request.membership)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(incident)
    return redirect(case)


# One case ---------------------------------------------------------------------------------------------------------


@team_page(*EVERYONE)
def case(request: TeamRequest, pk: int) -> HttpResponse:
    return _case_page(request, _case_of(request.team, pk))


def _case_page(
    request: TeamRequest,
    case: Case,
    *,
    contact_form: ContactForm | None = None,
    new_slot_form: NewSlotForm | None = None,
    alipay_form: AlipayForm | None = None,
    move_forms: dict[str, MoveForm] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page for the person's role. Forms given here come back with what was typed and what is wrong with it."""
    membership = request.membership
    role = membership.role
    summary = case_summary(case, role=role)
    reviewed = has_reviewer(request.team)
    open_now = case.state != Case.State.CLOSED
    contacts = _contacts(request, case)
    context: dict[str, Any] = {
        "case": case,
        "summary": summary,
        "seen": _seen(case),
        "next_url": _next_url(summary),
        "next_sentences": sentences(summary.next.lacks) if summary.next else [],
        "steps": _steps(case),
        "figures": _figures(summary),
        "contacts": contacts,
        "seen_contacts": [_seen_contact(each, Sight.of(request.membership)) for each in contacts.rows],
        "now": timezone.now(),
        "snooze_form": SnoozeForm(),
        "logs_contacts": role != REVIEWER and open_now,
        "refusal": refusal,
    }
    if context["logs_contacts"]:
        purpose = _likely_purpose(case)
        context["contact_form"] = contact_form or ContactForm(initial={"purpose": purpose})
        context["log_open"] = contact_form is not None or "log" in request.GET
        context["path_to_chat"] = [_(step) for step in scripts.PATH_TO_CHAT]
        context["scripts"] = [
            {
                "title": _(script.title),
                "now": script.purpose == purpose,
                "languages": [("en", "English", script.english), ("es", "Español", script.spanish)],
            }
            for script in scripts.SCRIPTS
        ]
    if role != ASSISTANT:
        context |= _documents(case, membership, reviewed=reviewed, new_slot_form=new_slot_form)
        context["cleanups"] = list(case.cleanups.select_related("done_by__user"))
        context["ticks_cleanups"] = role == MERCHANT and open_now
        context["history"] = _history(case)
        context["no_reviewer"] = not reviewed
    if role == MERCHANT:
        context["answers"] = _answers(case, reviewed=reviewed, bound=move_forms or {})
        if refusal and not any(answer["open"] for answer in context["answers"]):
            # The step is gone from the page, and with it the field: show what was typed, to be copied elsewhere.
            context["typed"] = "\n".join(form["note"].value() or "" for form in (move_forms or {}).values())
        # Asked once the block is gone: before that the chat has one subject.
        if case.state in {Case.State.UNBLOCKED, Case.State.CLOSED}:
            context["alipay_form"] = alipay_form or AlipayForm(
                initial={"verified_on": case.buyer_account.alipay_verified_on}
            )
    return render(request, "cases/case.html", context, status=status)


def _contacts(request: TeamRequest, case: Case) -> Page[Contact]:
    """A page of what was said with AliExpress."""
    found = Contact.objects.filter(case=case).select_related("by__user")
    return page_of(request, found, size=CONTACTS_PER_PAGE)


def _seen_contact(contact: Contact, sight: Sight) -> dict[str, Any]:
    """A contact with its words as a member may read them. It stays as it is stored itself."""
    words = {name: sight.words(getattr(contact, name)) for name in ("agent", "summary", "promise")}
    return {"contact": contact, **words}


def _next_url(summary: CaseSummary) -> str:
    if summary.next is None:
        return ""
    if summary.next.anchor:
        # A link cannot unfold the form it leads to; the page can.
        return "?log=1#contact" if summary.next.anchor == CONTACT else f"#{summary.next.anchor}"
    return _move_url(summary.case, summary.next.move) if summary.next.move else ""


def _move_url(case: Case, name: str) -> str:
    url = reverse(f"cases:{name.replace('-', '_')}", args=[case.team.slug, case.pk])
    return f"{url}?seen={_seen(case)}"


def _likely_purpose(case: Case) -> str:
    """What the next talk is most likely for: picked in the form, and its script lies open."""
    if case.state == Case.State.UNBLOCKED:
        return Contact.Purpose.THANKS
    if case.state != Case.State.SUBMITTED:
        return Contact.Purpose.ASK
    submitted_at = case.transitions.filter(after=Case.State.SUBMITTED).values("at").last()
    said = case.contacts.exclude(purpose=Contact.Purpose.ASK)
    if submitted_at is not None and said.filter(at__gte=submitted_at["at"]).exists():
        return Contact.Purpose.INSIST
    return Contact.Purpose.SUBMIT


JOURNEY = (moves.COLLECTING, moves.IN_REVIEW, moves.READY, moves.SUBMITTED, moves.UNBLOCKED, moves.CLOSED)


def _steps(case: Case) -> list[dict[str, str]]:
    labels = {
        moves.COLLECTING: _("Collect"),
        moves.IN_REVIEW: _("Review"),
        moves.READY: _("Submit"),
        moves.SUBMITTED: _("AliExpress checks"),
        moves.UNBLOCKED: _("Thank and clean up"),
        moves.CLOSED: _("Closed"),
    }
    # A rejection is an answer of AliExpress: the way goes on from there.
    at = JOURNEY.index(moves.SUBMITTED if case.state == moves.REJECTED else case.state)
    over = case.state == moves.CLOSED
    return [
        {"label": labels[state], "state": "done" if i < at or over else "now" if i == at else "todo"}
        for i, state in enumerate(JOURNEY)
    ]


def _figures(summary: CaseSummary) -> list[dict[str, str]]:
    clock = summary.clock
    if clock.running and not clock.over:
        note = _("%(time)s left of 24 h") % {"time": duration(clock.left)}
    elif clock.over:
        note = _("%(time)s over the 24 h target") % {"time": duration(-clock.left)}
    else:
        note = _("within the 24 h target")
    return [
        {
            "label": _("Whose turn"),
            "value": _(moves.TURN_NAMES[summary.turn]),
            "note": summary.waiting_label,
            "tone": "",
        },
        {"label": _("On our turn"), "value": duration(clock.ours), "note": "", "tone": ""},
        {"label": _("With the reviewer"), "value": duration(clock.reviewer), "note": "", "tone": ""},
        {"label": _("With AliExpress"), "value": duration(clock.theirs), "note": "", "tone": ""},
        {"label": _("In all"), "value": duration(clock.total), "note": note, "tone": clock.tone},
    ]


def _documents(
    case: Case, membership: Membership, *, reviewed: bool, new_slot_form: NewSlotForm | None
) -> dict[str, Any]:
    decisions = Prefetch(
        "decisions", queryset=Decision.objects.select_related("by__user").order_by("-at", "-pk")
    )
    collecting, in_review = case.state == Case.State.COLLECTING, case.state == Case.State.IN_REVIEW
    ticks = collecting and membership.is_merchant
    decides = in_review and may_decide(membership.role, has_reviewer=reviewed)
    rows = []
    for slot in case.slots.select_related("changed_by__user").prefetch_related(decisions):
        said = list(slot.decisions.all())
        last = said[0] if said else None
        undecided = slot.state == Slot.State.READY
        rows.append(
            {
                "slot": slot,
                "tone": SLOT_TONES[Slot.State(slot.state)],
                "last": last,
                "changed_since": bool(last and undecided and slot.changed_at and slot.changed_at > last.at),
                "form": SlotForm(initial={"state": slot.state}, auto_id=f"slot_{slot.pk}_%s")
                if ticks
                else None,
                "decision_form": DecisionForm(
                    initial={"seen": slot.state, "verdict": Decision.Verdict.APPROVED},
                    auto_id=f"decision_{slot.pk}_%s",
                )
                if decides and slot.state != Slot.State.NOT_NEEDED
                else None,
                "undecided": undecided,
            }
        )
    return {
        "documents": rows,
        "ticks": ticks,
        "decides": decides,
        "new_slot_form": (new_slot_form or NewSlotForm()) if ticks else None,
    }


def _answers(case: Case, *, reviewed: bool, bound: dict[str, MoveForm]) -> list[dict[str, Any]]:
    """What the merchant may say AliExpress answered; the plain next steps have their button at the top."""
    answers = []
    for move in moves_for(case.state, MERCHANT, has_reviewer=reviewed):
        if move.name not in {moves.UNBLOCKING, moves.FURTHER_REQUEST, moves.REJECTION}:
            continue
        needed = bool(move.note_label)
        form = bound.get(move.name) or MoveForm(
            label=_(move.note_label) if needed else _("Note (optional)"),
            needed=needed,
            auto_id=f"{move.name}_%s",
        )
        answers.append(
            {
                "label": _(move.label),
                "url": _move_url(case, move.name),
                "form": form,
                "open": form.is_bound,
                "plain": not needed,
            }
        )
    return answers


MOVE_TONES = {
    moves.REJECTED: "red",
    moves.UNBLOCKED: "green",
    moves.CLOSED: "green",
    moves.SUBMITTED: "blue",
    moves.IN_REVIEW: "blue",
}


def _history(case: Case) -> list[dict[str, Any]]:
    """Rounds, moves and decisions, newest first."""
    events = [
        {
            "at": change.at,
            "title": _("Round %(round)s: %(state)s")
            % {"round": change.round, "state": change.get_after_display()},
            "text": change.note,
            "who": str(change.by.user),
            "tone": MOVE_TONES.get(change.after, ""),
            "order": (change.at, 1, change.pk),
        }
        for change in case.transitions.select_related("by__user")
    ]
    decided = Decision.objects.filter(slot__case=case).select_related("slot", "by__user")
    events += [
        {
            "at": said.at,
            "title": _("Round %(round)s: %(document)s, %(verdict)s")
            % {
                "round": said.round,
                "document": said.slot,
                "verdict": said.get_verdict_display().lower(),
            },
            "text": ". ".join(words for words in (said.get_reason_display(), said.note) if words),
            "who": str(said.by.user),
            "tone": "green" if said.verdict == Decision.Verdict.APPROVED else "amber",
            "order": (said.at, 0, said.pk),
        }
        for said in decided
    ]
    return sorted(events, key=lambda event: event["order"], reverse=True)


# Writes -----------------------------------------------------------------------------------------------------------

DONE_WORDS: dict[str, Callable[[], str]] = {
    moves.REVIEW: lambda: _("Sent for review."),
    moves.RETURN: lambda: _("Sent back to the team."),
    moves.APPROVAL: lambda: _("Ready to submit."),
    moves.SUBMISSION: lambda: _("Noted: the documents are with AliExpress."),
    moves.UNBLOCKING: lambda: _(
        "Unblocked. The account is marked as working; you can tell the customers now."
    ),
    moves.FURTHER_REQUEST: lambda: _("A new round has begun: tick or add what AliExpress asks for."),
    moves.REJECTION: lambda: _("Noted. You can start an appeal."),
    moves.APPEAL: lambda: _("A new round has begun: tick or add what the appeal needs."),
    moves.CLOSING: lambda: _("The case is closed."),
}


def move_page(name: str) -> Callable[..., HttpResponseBase]:
    """The page that makes the moves of this name: POST only, for the roles that the table gives them to."""
    role = next(move.role for move in moves.MOVES if move.name == name)
    # A merchant may stand in for a reviewer the team does not have: the action knows.
    roles = (MERCHANT,) if role == moves.MERCHANT else (MERCHANT, REVIEWER)

    @team_page(*roles)
    @post_only
    def made(request: TeamRequest, pk: int) -> HttpResponse:
        case = _case_of(request.team, pk)
        move = moves.find_move(name, case.state)
        needed = bool(move and move.note_label)
        label = _(move.note_label) if move and needed else _("Note (optional)")
        form = MoveForm(request.POST, label=label, needed=needed, auto_id=f"{name}_%s")
        refusal = ""
        if form.is_valid():
            try:
                _refuse_if_stale(request, case)
                actions.move_case(case=case, move=name, by=request.membership, note=form.cleaned_data["note"])
            except Refused as refused:
                refusal = str(refused)
            else:
                messages.success(request, DONE_WORDS[name]())
                return redirect(case)
        if not request.POST.get("note", "").strip() and refusal:
            messages.error(request, refusal)
            return redirect(case)
        # Something was typed, or is missing: the page comes back with it.
        case = _case_of(request.team, pk)
        return _case_page(
            request, case, move_forms={name: form}, refusal=refusal, status=409 if refusal else 200
        )

    made.__name__ = made.__qualname__ = name.replace("-", "_")
    return made


@team_page(MERCHANT)
@post_only
def documents(request: TeamRequest, pk: int) -> HttpResponse:
    """Adds one more document to the list."""
    case = _case_of(request.team, pk)
    form = NewSlotForm(request.POST)
    if form.is_valid():
        try:
            actions.add_slot(case=case, label=form.cleaned_data["label"], by=request.membership)
        except Refused as refused:
            form.add_error("label", str(refused))
        else:
            return _back_to(case, "slots")
    return _case_page(request, case, new_slot_form=form)


@team_page(MERCHANT)
@post_only
def document(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Ticks one document by hand."""
    case = _case_of(request.team, pk)
    slot = get_object_or_404(Slot, case=case, pk=slot_pk)
    form = SlotForm(request.POST)
    return _settle(
        request,
        case,
        form,
        "slots",
        lambda: actions.set_slot(slot=slot, state=form.cleaned_data["state"], by=request.membership),
    )


@team_page(MERCHANT, REVIEWER)
@post_only
def decision(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    case = _case_of(request.team, pk)
    slot = get_object_or_404(Slot, case=case, pk=slot_pk)
    form = DecisionForm(request.POST)
    return _settle(
        request,
        case,
        form,
        "slots",
        lambda: actions.decide(slot=slot, by=request.membership, **form.cleaned_data),
    )


@team_page(MERCHANT, ASSISTANT)
@post_only
def contacts(request: TeamRequest, pk: int) -> HttpResponse:
    """Logs one talk with AliExpress."""
    case = _case_of(request.team, pk)
    form = ContactForm(request.POST)
    if form.is_valid():
        try:
            actions.log_contact(case=case, by=request.membership, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Logged."))
            return _back_to(case, "log")
    return _case_page(request, case, contact_form=form)


@team_page(MERCHANT, ASSISTANT)
@post_only
def follow_up(request: TeamRequest, pk: int, contact_pk: int) -> HttpResponse:
    """Marks a reminder as done."""
    case = _case_of(request.team, pk)
    contact = get_object_or_404(Contact, case=case, pk=contact_pk)
    return _settle(
        request, case, None, "log", lambda: actions.mark_followed_up(contact=contact, by=request.membership)
    )


@team_page(MERCHANT, ASSISTANT)
@post_only
def snooze(request: TeamRequest, pk: int, contact_pk: int) -> HttpResponse:
    case = _case_of(request.team, pk)
    contact = get_object_or_404(Contact, case=case, pk=contact_pk)
    form = SnoozeForm(request.POST)
    return _settle(
        request,
        case,
        form,
        "log",
        lambda: actions.snooze_follow_up(
            contact=contact,
            until=timezone.now() + timedelta(hours=form.cleaned_data["hours"]),
            by=request.membership,
        ),
    )


@team_page(MERCHANT)
@post_only
def cleanup(request: TeamRequest, pk: int, place: str) -> HttpResponse:
    case = _case_of(request.team, pk)
    found = get_object_or_404(case.cleanups, place=place)
    form = CleanupForm(request.POST)
    return _settle(
        request,
        case,
        form,
        "cleanup",
        lambda: actions.tick_cleanup(cleanup=found, done=form.cleaned_data["done"], by=request.membership),
    )


@team_page(MERCHANT)
@post_only
def alipay(request: TeamRequest, pk: int) -> HttpResponse:
    """Records the day on which the buyer account was verified with Alipay."""
    case = _case_of(request.team, pk)
    form = AlipayForm(request.POST)
    if form.is_valid():
        try:
            actions.record_alipay_verification(
                case=case, verified_on=form.cleaned_data["verified_on"], by=request.membership
            )
        except Refused as refused:
            form.add_error("verified_on", str(refused))
        else:
            messages.success(request, _("Alipay verification saved."))
            return redirect(case)
    return _case_page(request, case, alipay_form=form)


def _settle(
    request: TeamRequest, case: Case, form: Form | None, anchor: str, act: Callable[[], object]
) -> HttpResponse:
    """Do one small write and lead back to its place on the page, saying why when it may not be."""
    if form is not None and not form.is_valid():
        mistakes = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(mistakes))
        return _back_to(case, anchor)
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    return _back_to(case, anchor)


def _back_to(case: Case, anchor: str) -> HttpResponse:
    return redirect(f"{case.get_absolute_url()}#{anchor}")
