"""One import, from its preview to its result: one page for all states, and what a person does on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.files.csv_export import csv_response
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.imports import actions
from closedorders.orders.masking import Sight

from .. import states
from ..bad_rows import delimiter_to_mend, rows_to_mend
from ..extensions import extensions
from ..forms import ReadingForm, StoreForm
from ..models import Import
from ..states import Action
from ..wording.refusals import refusal_texts
from .columns import columns_page
from .preview import how_read, linked_to_another_order, may_choose_sheet, preview, sheets_of
from .results import facts, numbers, orders_url, phase_of, progress, what_is_safe
from .rows import import_row, partly_saved, saved_orders

#: Refusals that another encoding or delimiter may mend.
_ANOTHER_WAY = frozenset(
    {"unknown_format", "no_header", "undecodable_bytes", "unclosed_quote", "field_too_long"}
)


def source_of(request: TeamRequest, pk: int) -> Import:
    """The team's import of this key, with all that its page names; 404 where the team has none."""
    sources = Import.objects.for_team(request.team)
    return get_object_or_404(
        sources.select_related(
            "store",
            "buyer_account",
            "profile",
            "uploaded_by__user",
            "saved_by__user",
            "undone_by__user",
            "team",
        ),
        pk=pk,
    )


@team_page(MERCHANT, ASSISTANT)
def import_page(request: TeamRequest, pk: int) -> HttpResponse:
    """One page for all states; which part shows follows from the state."""
    source = source_of(request, pk)
    if source.state == Import.State.UNMAPPED:
        return columns_page(request, source)
    sight = Sight.of(request.membership)
    context: dict[str, Any] = {
        "source": source,
        "row": import_row(source),
        "working": source.state in states.WITH_WORKERS,
        "facts": facts(source),
        "may_cancel": source.state != Import.State.COMMITTING
        or actions.may_take_back(source, request.membership),
    }
    if source.state in states.WITH_WORKERS:
        context["progress"] = progress(source)
    elif source.state == Import.State.REFUSED:
        happened, todo = refusal_texts(source.refusal.get("code", ""), source.refusal.get("params", {}))
        # A file without a header shows its first cells here.
        happened = sight.words(happened)
        context |= {"happened": happened, "todo": todo, "safe": what_is_safe(source)}
        if source.refusal.get("code") == "other_store" and source.file:
            context["store_form"] = StoreForm(team=request.team, initial={"store": source.store})
        another_way = source.answers or source.refusal.get("code") in _ANOTHER_WAY or may_choose_sheet(source)
        if another_way and source.file and not partly_saved(source):
            context["how"] = how_read(source, sight)
    context["partly_saved"] = partly_saved(source)
    shown = (Import.State.PREVIEWED, Import.State.COMMITTED, Import.State.UNDONE)
    if source.state in shown or context["partly_saved"]:
        context |= numbers(source, request, sight)
    if source.state in states.before(Action.UNDO) and saved_orders(source):
        context["may_undo"] = actions.may_take_back(source, request.membership)
    if source.state in (Import.State.PREVIEWED, Import.State.COMMITTED):
        context |= linked_to_another_order(source, sight)
    if source.state == Import.State.PREVIEWED:
        context |= preview(source, request.membership) | {
            "how": how_read(source, sight),
            "seen": actions.preview_mark(source),
        }
    if source.state == Import.State.COMMITTED:
        panels = [each.panel(request, source) for each in extensions()]
        context["panels"] = [panel for panel in panels if panel is not None]
        for panel in context["panels"]:
            context |= panel.context
    context["orders_url"] = orders_url(source)
    response = render(request, "imports/import.html", context)
    response["Cache-Control"] = "no-store"
    return response


@team_page(MERCHANT, ASSISTANT)
def import_progress(request: TeamRequest, pk: int) -> HttpResponse:
    """The progress bar alone, for polling; asks for the whole page once there is something else to see."""
    source = source_of(request, pk)
    if source.state not in states.WITH_WORKERS or request.GET.get("state") not in (None, phase_of(source)):
        return HttpResponseClientRefresh()
    return render(request, "components/feedback/_progress.html", progress(source))


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_saving(request: TeamRequest, pk: int) -> HttpResponse:
    return act(
        request,
        pk,
        actions.save_import,
        override_fields=request.POST.getlist("override_fields"),
        seen=request.POST.get("seen", ""),
    )


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_cancellation(request: TeamRequest, pk: int) -> HttpResponse:
    return act(request, pk, actions.cancel_import)


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_answers(request: TeamRequest, pk: int) -> HttpResponse:
    source = source_of(request, pk)
    form = ReadingForm(request.POST, sheets=sheets_of(source, Sight.of(request.membership)))
    # Without an open question the same way of reading may find more: orders that other files have brought since.
    if not form.is_valid() or (source.questions and not form.answers):
        mistakes = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(mistakes) or _("Choose an answer first."))
        return redirect(source)
    with attempt(request):
        actions.answer_import(
            source=source, answers=form.answers, by=request.membership, seen=request.POST.get("seen", "")
        )
    return redirect(source)


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_store(request: TeamRequest, pk: int) -> HttpResponse:
    form = StoreForm(request.POST, team=request.team)
    if not form.is_valid():
        messages.error(request, _("Choose an answer first."))
        return redirect(source_of(request, pk))
    return act(request, pk, actions.choose_store, store=form.cleaned_data["store"])


def act(request: TeamRequest, pk: int, action: Any, **more: Any) -> HttpResponse:
    """Do the action in this member's name and go to the import's page, which shows a refusal."""
    source = source_of(request, pk)
    with attempt(request):
        action(source=source, by=request.membership, **more)
    return redirect(source)


@team_page(MERCHANT, ASSISTANT)
def bad_rows(request: TeamRequest, pk: int) -> HttpResponseBase:
    """Every bad row that was kept, as it stands in the file and with what is wrong: to mend and to import again."""
    source = source_of(request, pk)
    rows = rows_to_mend(source, sight=Sight.of(request.membership), language=get_language() or "en")
    return csv_response(f"bad-rows-{source.pk}.csv", rows, delimiter=delimiter_to_mend(source))
