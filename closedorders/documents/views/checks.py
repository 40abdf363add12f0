"""The check of a document: its progress, more boxes, a second person's confirmation; and the self-test."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from closedorders.accounts.access import EVERYONE, MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post

from ..actions import Box
from ..forms import boxes_of, reasons, rows_of
from ..kinds import RULES
from ..models import Document, PageImage, SelfTest
from ..proof import actions, self_test
from ..proof.findings import LINES
from ..proof.wording import sentences, why_not_checked
from .documents import document_of, picture_of
from .progress import progress_of, waiting_words

#: What is covered around a place that was found, in parts of the page.
_MARGIN = 0.008
_BLANK_ROWS = 2


@team_page(MERCHANT)
def check(request: TeamRequest, pk: int) -> HttpResponse:
    """The progress bar alone, for polling; asks for the whole page once the check is over."""
    found = document_of(request, pk)
    if found.state not in Document.UNFINISHED:
        return HttpResponseClientRefresh()
    return render(request, "components/feedback/_progress.html", progress_of(found))


@team_page(MERCHANT)
@get_and_post
def boxes(request: TeamRequest, pk: int) -> HttpResponse:
    """More boxes on what is stored; they begin with what the check found."""
    found = document_of(request, pk)
    if found.deleted_at is not None:
        return redirect(found)
    rows = rows_of(_proposed(found))
    if request.method == "POST":
        try:
            asked, _crops = boxes_of(request.POST)
        except (ValueError, OverflowError):
            messages.error(
                request, _("The place of a box is typed in numbers of percent. Correct it and save again.")
            )
        else:
            rows = rows_of(asked)
            with attempt(request):
                actions.cover_more(document=found, boxes=asked, by=request.membership)
                messages.success(request, _("Covered. It is being checked again."))
                return redirect(found)
    return render(
        request,
        "documents/boxes.html",
        {
            "document": found,
            "leaks": sentences(found),
            "boxes": rows,
            "blank_rows": range(_BLANK_ROWS),
            "reasons": reasons(),
            "pages": [
                reverse("documents:page_image", args=[request.team.slug, found.pk, page.number])
                for page in found.pages.all()
            ],
        },
    )


def _proposed(document: Document) -> list[Box]:
    proposed = []
    for found in document.check_result.get("found", []):
        x, y, width, height = found["place"]
        left, top = max(0.0, x - _MARGIN), max(0.0, y - _MARGIN)
        right, bottom = min(1.0, x + width + _MARGIN), min(1.0, y + height + _MARGIN)
        reason = "lines" if found["what"] == LINES else "card_number"
        proposed.append(Box(found["page"], left, top, right - left, bottom - top, reason))
    return proposed


def _to_confirm(request: TeamRequest, pk: int) -> Document:
    found = document_of(request, pk)
    if found.deleted_at is not None or found.state != Document.State.UNCHECKED:
        raise Http404
    return found


@team_page(MERCHANT, REVIEWER)
@get_and_post
def confirmation(request: TeamRequest, pk: int) -> HttpResponse:
    """What could not be checked by a machine, for a second person to look at."""
    found = _to_confirm(request, pk)
    if request.method == "POST":
        with attempt(request):
            actions.confirm_document(document=found, seen=request.POST.getlist("seen"), by=request.membership)
            messages.success(request, _("Confirmed: the document can be used."))
            return redirect(found if request.membership.is_merchant else request.team)
    context: dict[str, Any] = {
        "document": found,
        "pages": list(found.pages.all()),
        "hide": _(RULES[found.kind].hide),
        "why_not": why_not_checked(found),
        "may_confirm": actions.may_confirm(found, request.membership.user_id),
    }
    return render(request, "documents/confirmation.html", context)


@team_page(MERCHANT, REVIEWER)
def confirmation_page(request: TeamRequest, pk: int, number: int) -> HttpResponse:
    found = _to_confirm(request, pk)
    page = get_object_or_404(
        PageImage.objects.select_related("document__team"), document=found, number=number
    )
    return picture_of(request, page, before_use=True)


@team_page(*EVERYONE)
@get_and_post
def self_test_page(request: TeamRequest) -> HttpResponse:
    """The self-test, for anybody of the team: its last result, and a button to run it."""
    if request.method == "POST":
        with attempt(request):
            if not actions.ask_for_self_test(by=request.membership):
                messages.info(request, _("It was run a moment ago: that result counts."))
        return redirect("documents:self_test", request.team.slug)
    last = SelfTest.objects.filter(pk=SelfTest.ONLY).first()
    working = last is not None and last.state in SelfTest.UNFINISHED
    steps = {code: words for code, (words, _step) in self_test.STEPS.items()}
    return render(
        request,
        "documents/self_test.html",
        {
            "last": last,
            "working": working,
            "waiting": waiting_words(is_claimed=last.claimed_until is not None) if last and working else "",
            "steps": [(steps[code], passed) for code, passed in last.result if code in steps] if last else [],
        },
    )


@team_page(*EVERYONE)
def self_test_progress(request: TeamRequest) -> HttpResponse:
    last = SelfTest.objects.filter(pk=SelfTest.ONLY).first()
    if last is None or last.state not in SelfTest.UNFINISHED:
        return HttpResponseClientRefresh()
    waiting = waiting_words(is_claimed=last.claimed_until is not None)
    return render(request, "documents/_self_test_running.html", {"waiting": waiting, "team": request.team})
