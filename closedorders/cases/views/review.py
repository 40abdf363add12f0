"""The reviewer's pages: the queue, one document beside what must be seen on it, and one request for several."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import page_of
from closedorders.documents.kinds import RULES
from closedorders.documents.models import Document

from .. import actions
from ..actions.reviews import Asked
from ..models import Case, Decision, Review, Slot
from ..moves import may_decide
from ..reads import has_reviewer
from ..review.entries import asks_of, entry_of
from ..review.forms import AskAgainForm, ReasonForm, RequestForm, entry_form
from ..review.queue import decided_cases, first_free, next_slot, waiting, with_open_reviews
from .answering import back_to, case_of

MOST_DECIDED = 20
_DECIDABLE = (Slot.State.READY, Slot.State.APPROVED, Slot.State.ASKED_AGAIN)


@team_page(MERCHANT, REVIEWER)
def review_queue(request: TeamRequest) -> HttpResponse:
    """Documents that wait for a decision, over all cases, those that wait longest first."""
    page = page_of(request, with_open_reviews(waiting(request.team)), by="sent_at", ascending=True)
    decides = may_decide(request.membership.role, has_reviewer=has_reviewer(request.team))
    return render(
        request,
        "cases/review/queue.html",
        {
            "page": page,
            # The oldest of a later page is not the oldest.
            "first": None if page.previous_query else first_free(page, request.membership),
            "decides": decides,
            "decided": decided_cases(request.team)[:MOST_DECIDED] if decides else [],
        },
    )


def _slot(request: TeamRequest, case: Case, slot_pk: int) -> Slot:
    return get_object_or_404(
        Slot.objects.select_related("document__entry", "changed_by__user"), case=case, pk=slot_pk
    )


def _open_review(request: TeamRequest, slot: Slot) -> Review | None:
    return Review.objects.filter(
        slot=slot, by=request.membership, ended_at=None, document=slot.document_id
    ).first()


@team_page(MERCHANT, REVIEWER)
@get_and_post
def slot_review(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    """One document beside its rules. A POST ends the review with a decision and opens the next one."""
    case = case_of(request.team, pk)
    slot = _slot(request, case, slot_pk)
    if request.method != "POST":
        return _review_page(request, case, slot, ReasonForm())
    here = reverse("cases:slot_review", args=[request.team.slug, pk, slot_pk])
    review = Review.objects.filter(slot=slot, by=request.membership).order_by("-pk").first()
    if review is None:
        messages.error(request, _("Start the review first."))
        return redirect(here)
    if request.POST.get("verdict") != Decision.Verdict.ASKED_AGAIN:
        return _approve(request, case, slot, review, here)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with attempt(request, form):
            actions.finish_review(
                review=review,
                verdict=Decision.Verdict.ASKED_AGAIN,
                by=request.membership,
                **form.cleaned_data,
            )
            return _to_the_next(request, case)
    return _review_page(request, case, slot, form)


def _approve(request: TeamRequest, case: Case, slot: Slot, review: Review, here: str) -> HttpResponse:
    # What was typed does not come back with a refusal: it is read from the picture anew.
    form = entry_form(asks_of(slot), request.POST)
    if form is None or form_is_valid(request, form):
        with attempt(request):
            actions.finish_review(
                review=review,
                verdict=Decision.Verdict.APPROVED,
                by=request.membership,
                answer=form.answer() if form else "",
                alone="alone" in request.POST,
            )
            return _to_the_next(request, case)
    return redirect(here)


def _to_the_next(request: TeamRequest, case: Case) -> HttpResponse:
    """Open the next document; after the last one of a case, the page that sends the case on."""
    following = next_slot(case, request.membership)
    if following is not None:
        with attempt(request):
            actions.start_review(slot=following, by=request.membership)
        return redirect("cases:slot_review", request.team.slug, following.case_id, following.pk)
    asked = Slot.objects.filter(case=case, state=Slot.State.ASKED_AGAIN).exists()
    messages.success(request, _("Every document of this case is decided."))
    return redirect("cases:asking_again", request.team.slug, case.pk) if asked else redirect(case)


def _rules_of(slot: Slot) -> dict[str, str] | None:
    """What the slot's picture is held against: the rules of the kind asked for, or of its own where that is "other"."""
    if slot.document is None:
        return None
    kind = Document.Kind(slot.document.kind if slot.kind == Document.Kind.OTHER else slot.kind)
    rules = RULES[kind]
    return {
        "kind": str(kind.label),
        "show": _(rules.show),
        "hide": _(rules.hide),
        "may_hide": _(rules.may_hide),
    }


def _review_page(request: TeamRequest, case: Case, slot: Slot, form: ReasonForm) -> HttpResponse:
    asks = asks_of(slot)
    reviewed = has_reviewer(request.team)
    context: dict[str, Any] = {
        "case": case,
        "slot": slot,
        "review": _open_review(request, slot),
        "decides": may_decide(request.membership.role, has_reviewer=reviewed)
        and case.state == Case.State.IN_REVIEW
        and slot.state in _DECIDABLE,
        "pages": list(slot.document.pages.all()) if slot.document else [],
        "rules": _rules_of(slot),
        "entry_form": entry_form(asks),
        "entry_missing": bool(asks) and entry_of(slot) is None,
        "reason_form": form,
        "alone": not reviewed,
        "last": slot.decisions.select_related("by__user").first(),
    }
    return render(request, "cases/review/slot.html", context, status=422 if form.errors else 200)


@team_page(MERCHANT, REVIEWER)
@post_only
def review_start(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    case = case_of(request.team, pk)
    slot = _slot(request, case, slot_pk)
    with attempt(request):
        actions.start_review(slot=slot, by=request.membership)
    return redirect("cases:slot_review", request.team.slug, pk, slot_pk)


@team_page(MERCHANT)
@post_only
def slot_entry(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Takes what the owner typed from the slot's document."""
    case = case_of(request.team, pk)
    slot = _slot(request, case, slot_pk)
    form = entry_form(asks_of(slot), request.POST)
    if form is None:
        messages.error(request, _("Nothing is typed from this document."))
    elif form_is_valid(request, form):
        with attempt(request):
            actions.type_entry(slot=slot, answer=form.answer(), by=request.membership)
            messages.success(request, _("Saved, unreadable for everybody. The reviewer types the same."))
    return back_to(case, "slots")


class _RequestRow(NamedTuple):
    """A document of a request; without a form where the reviewer has asked for it again already."""

    slot: Slot
    last: Decision | None
    form: AskAgainForm | None


def _request_rows(case: Case, posted: QueryDict | None) -> list[_RequestRow]:
    decisions = Decision.objects.filter(slot__case=case).order_by("at", "pk")
    last = {decision.slot_id: decision for decision in decisions}
    return [
        _RequestRow(
            slot,
            last.get(slot.pk),
            None
            if slot.state == Slot.State.ASKED_AGAIN
            else AskAgainForm(posted, prefix=f"slot{slot.pk}", initial={"seen": slot.state}),
        )
        for slot in case.slots.filter(state__in=_DECIDABLE)
    ]


@team_page(MERCHANT, REVIEWER)
@get_and_post
def asking_again(request: TeamRequest, pk: int) -> HttpResponse:
    """One request for several documents of a case."""
    case = case_of(request.team, pk)
    posted = request.POST if request.method == "POST" else None
    rows = _request_rows(case, posted)
    forms = [(row.slot, row.form) for row in rows if row.form]
    note_form = RequestForm(posted)
    if posted is not None and all([note_form.is_valid(), *(form.is_valid() for _slot, form in forms)]):
        asked = [
            Asked(slot, form.cleaned_data["seen"], form.cleaned_data["reason"], form.cleaned_data["note"])
            for slot, form in forms
            if form.cleaned_data["again"]
        ]
        with attempt(request, note_form):
            actions.ask_again(
                case=case, asked=asked, by=request.membership, note=note_form.cleaned_data["note"]
            )
            messages.success(request, _("The merchant has one request with all of them."))
            return redirect("cases:review_queue", request.team.slug)
        # A refused request decided nothing, whatever it wrote on the way.
        case.refresh_from_db()
        for slot, _form in forms:
            slot.refresh_from_db(fields=["state"])
    decides = may_decide(request.membership.role, has_reviewer=has_reviewer(request.team))
    context = {
        "case": case,
        "rows": rows,
        "note_form": note_form,
        "open": decides and case.state == Case.State.IN_REVIEW,
    }
    return render(request, "cases/review/request.html", context, status=200 if posted is None else 422)
