from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, EVERYONE, MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.accounts.models import Membership
from closedorders.core.paging import Page, page_of
from closedorders.core.text.formatting import duration
from closedorders.documents.kinds import RULES, is_as_strict
from closedorders.documents.models import Document
from closedorders.orders.masking import Sight

from .. import moves
from ..coach.reads import coach_for
from ..forms import (
    AskedForForm,
    ContactForm,
    DecisionForm,
    MoveForm,
    NewSlotForm,
    SlotForm,
    SnoozeForm,
    StepBackForm,
)
from ..models import Case, Contact, Decision, Slot, Transition
from ..moves import may_decide, moves_for
from ..next_action import CONTACT
from ..reads import CaseSummary, case_summary, has_reviewer, sentences
from ..review.entries import asks_of, entry_of
from ..review.forms import entry_form
from ..review.history import documents_of, open_reviews, review_words
from .answering import case_of, seen_state
from .outcomes import may_take_back, outcomes_of
from .verification import verification_context

CONTACTS_PER_PAGE = 20
SLOT_TONES = {
    Slot.State.MISSING: "amber",
    Slot.State.READY: "blue",
    Slot.State.APPROVED: "green",
    Slot.State.ASKED_AGAIN: "red",
    Slot.State.NOT_NEEDED: "grey",
}
MOST_OFFERED = 50


@team_page(*EVERYONE)
def case(request: TeamRequest, pk: int) -> HttpResponse:
    return case_page(request, case_of(request.team, pk))


def case_page(
    request: TeamRequest,
    case: Case,
    *,
    contact_form: ContactForm | None = None,
    new_slot_form: NewSlotForm | None = None,
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
    newest = case.transitions.standing().exclude(before="").order_by("pk").last()
    taken_back = may_take_back(newest, role, reviewed=reviewed)
    context: dict[str, Any] = {
        "case": case,
        "summary": summary,
        "seen": seen_state(case),
        "next_url": _next_url(summary),
        "next_sentences": sentences(summary.next.lacks) if summary.next else [],
        "steps": _steps(case),
        "figures": _figures(summary),
        "contacts": contacts,
        "seen_contacts": [_seen_contact(each, Sight.of(request.membership)) for each in contacts.rows],
        "newest": newest,
        "step_back_url": _url(case, "step_back") if taken_back else "",
        "step_back_form": StepBackForm(auto_id="step_back_%s"),
        "now": timezone.now(),
        "snooze_form": SnoozeForm(),
        "logs_contacts": role != REVIEWER and open_now,
        "refusal": refusal,
    }
    if context["logs_contacts"]:
        purpose = _likely_purpose(case)
        context["contact_form"] = contact_form or ContactForm(initial={"purpose": purpose})
        context["log_open"] = contact_form is not None or "log" in request.GET
        context |= coach_for(case, purpose=purpose, sight=Sight.of(membership))
    if role != ASSISTANT:
        context |= _documents(case, membership, reviewed=reviewed, new_slot_form=new_slot_form)
        context["cleanups"] = list(case.cleanups.select_related("done_by__user"))
        context["cleanups_left"] = any(place.done_at is None for place in context["cleanups"])
        context["ticks_cleanups"] = role == MERCHANT and open_now
        context["originals"] = documents_of(case)
        context["history"] = _history(case)
        context["no_reviewer"] = not reviewed
    if role == MERCHANT:
        context |= verification_context(case)
        context["outcomes_of"], context["outcomes"] = outcomes_of(case, newest, reviewed=reviewed)
        context["asked_for_form"] = AskedForForm(auto_id="outcome_%s")
        context["answers"] = _answers(case, reviewed=reviewed, bound=move_forms or {})
        if refusal and not any(answer["open"] for answer in context["answers"]):
            # The step is gone from the page, and with it the field: show what was typed, to be copied elsewhere.
            context["typed"] = "\n".join(form["note"].value() or "" for form in (move_forms or {}).values())
        # Asked once the block is gone: before that the chat has one subject.
        if case.state in {Case.State.UNBLOCKED, Case.State.CLOSED}:
            context["alipay"] = True
    return render(request, "cases/case.html", context, status=status)


def _contacts(request: TeamRequest, case: Case) -> Page[Contact]:
    """A page of the contacts with AliExpress."""
    outcomes = Prefetch("transitions", Transition.objects.standing(), to_attr="outcomes")
    found = Contact.objects.filter(case=case).select_related("by__user").prefetch_related(outcomes)
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
    return move_url(summary.case, summary.next.move) if summary.next.move else ""


def move_url(case: Case, name: str) -> str:
    return _url(case, name.replace("-", "_"))


def _url(case: Case, name: str, *args: object) -> str:
    """The address of an act on the case, with the state that the page shows."""
    return reverse(f"cases:{name}", args=[case.team.slug, case.pk, *args]) + f"?seen={seen_state(case)}"


def _likely_purpose(case: Case) -> str:
    """What the next talk is most likely for: picked in the form, and its script lies open."""
    if case.state == Case.State.UNBLOCKED:
        return Contact.Purpose.THANKS
    if case.state != Case.State.SUBMITTED:
        return Contact.Purpose.ASK
    submitted_at = case.transitions.standing().filter(after=Case.State.SUBMITTED).values("at").last()
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
        *_answer_due(summary),
    ]


def _answer_due(summary: CaseSummary) -> list[dict[str, str]]:
    if summary.answer_due is None:
        return []
    notes = {"red": _("overdue"), "amber": _("within a day")}
    return [
        {
            "label": _("Answer due"),
            "value": date_format(summary.answer_due, "MONTH_DAY_FORMAT"),
            "note": notes.get(summary.answer_tone, ""),
            "tone": summary.answer_tone,
        }
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
    asked: list[dict[str, Slot | Decision | None]] = []
    kit = list(Document.objects.for_team(case.team).usable().order_by("-pk")[:MOST_OFFERED]) if ticks else []
    pages = Prefetch("document__pages", to_attr="shown_pages")
    for slot in case.slots.select_related("changed_by__user", "document__entry__by__user").prefetch_related(
        decisions, pages
    ):
        said = list(slot.decisions.all())
        last = said[0] if said else None
        if collecting and slot.state == Slot.State.ASKED_AGAIN:
            asked.append({"slot": slot, "last": last})
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
                "kit": _best_first(kit, slot.kind),
                "rules": RULES[slot.kind],
                "new_in_round": case.round > 1 and slot.asked_in_round == case.round,
                "entry": entry_of(slot),
                "entry_form": entry_form(asks_of(slot), auto_id=f"entry_{slot.pk}_%s")
                if membership.is_merchant and (collecting or in_review) and slot.state != Slot.State.APPROVED
                else None,
            }
        )
    return {
        "documents": rows,
        "asked": asked,
        "request_note": case.transitions.standing()
        .filter(before=Case.State.IN_REVIEW, after=Case.State.COLLECTING)
        .values_list("note", flat=True)
        .last()
        if asked
        else "",
        "ticks": ticks,
        "decides": decides,
        "case_path": case.get_absolute_url(),
        "new_slot_form": (new_slot_form or NewSlotForm()) if ticks else None,
    }


def _best_first(kit: list[Document], kind: str) -> list[Document]:
    """Documents that may be used for this kind: those of it before the others, each newest first."""
    fitting = [document for document in kit if is_as_strict(document.kind, kind)]
    return sorted(fitting, key=lambda document: document.kind != kind)


def _answers(case: Case, *, reviewed: bool, bound: dict[str, MoveForm]) -> list[dict[str, Any]]:
    """The answers of AliExpress that the merchant may log; plain next steps have their button at the top."""
    answers = []
    for move in moves_for(case.state, MERCHANT, has_reviewer=reviewed):
        if move.name not in {moves.UNBLOCKING, moves.FURTHER_REQUEST, moves.REJECTION}:
            continue
        form = bound.get(move.name) or MoveForm(move)
        answers.append(
            {
                "label": _(move.label),
                "url": move_url(case, move.name),
                "form": form,
                "open": form.is_bound,
                "plain": not move.note_label,
                "asks": "asked_for" in form.fields,
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
    changes = list(case.transitions.select_related("by__user", "taken_back_by__user"))
    events = [
        {
            "at": change.at,
            "title": _("Case closed")
            if change.after == Case.State.CLOSED
            else _("Round %(round)s: %(state)s")
            % {"round": change.round, "state": change.get_after_display()},
            "text": change.note,
            "who": str(change.by.user),
            "tone": MOVE_TONES.get(change.after, ""),
            "order": (change.at, 1, change.pk),
        }
        for change in changes
    ]
    events += [
        {
            "at": change.taken_back_at,
            "title": _("Taken back: %(state)s") % {"state": change.get_after_display()},
            "text": change.taken_back_why,
            "who": str(change.taken_back_by.user) if change.taken_back_by else "",
            "tone": "amber",
            "order": (change.taken_back_at, 1, change.pk),
        }
        for change in changes
        if change.taken_back_at
    ]
    decided = Decision.objects.filter(slot__case=case).select_related("slot", "by__user", "review")
    events += [
        {
            "at": said.at,
            "title": (
                _("%(document)s approved · round %(round)s")
                if said.verdict == Decision.Verdict.APPROVED
                else _("%(document)s asked again · round %(round)s")
            )
            % {"round": said.round, "document": said.slot},
            "text": ". ".join(
                words for words in (said.get_reason_display(), said.note, review_words(said)) if words
            ),
            "who": str(said.by.user),
            "tone": "green" if said.verdict == Decision.Verdict.APPROVED else "amber",
            "order": (said.at, 0, said.pk),
        }
        for said in decided
    ]
    events += open_reviews(case)
    return sorted(events, key=lambda event: event["order"], reverse=True)
