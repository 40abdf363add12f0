"""Screenshots of closures."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.accounts.models import Membership
from closedorders.core.http.attempts import attempt
from closedorders.core.http.downloads import as_download
from closedorders.core.http.methods import post_only

from .. import actions
from ..logs.forms import EvidenceForm
from ..models import Closure, ClosureEvidence


def evidence_for(closure: Closure, by: Membership) -> QuerySet[ClosureEvidence]:
    """What this member may see of a closure's screenshots."""
    live = closure.evidence.filter(withdrawn_at=None).select_related("by__user")
    return live if by.is_merchant else live.filter(for_assistants=True)


def _back(closure: Closure) -> HttpResponse:
    return redirect(f"{closure.get_absolute_url()}#evidence")


def _closure(request: TeamRequest, pk: int) -> Closure:
    return get_object_or_404(Closure.objects.for_team(request.team).select_related("team"), pk=pk)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_evidence(request: TeamRequest, pk: int) -> HttpResponse:
    found = _closure(request, pk)
    form = EvidenceForm(request.POST, request.FILES, by=request.membership)
    if not form.is_valid() or not form.cleaned_data["screenshot"]:
        mistakes = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(mistakes) or _("Choose a picture first."))
        return _back(found)
    with attempt(request):
        actions.attach_evidence(
            closure=found,
            upload=form.cleaned_data["screenshot"],
            for_assistants=form.cleaned_data.get("for_assistants", False),
            by=request.membership,
        )
        messages.success(request, _("The screenshot is stored with this closure."))
    return _back(found)


@team_page(MERCHANT, ASSISTANT)
def evidence_file(request: TeamRequest, pk: int, evidence_pk: int) -> HttpResponseBase:
    """The picture itself, always to be saved: nothing that somebody uploaded opens on this site."""
    found = get_object_or_404(evidence_for(_closure(request, pk), request.membership), pk=evidence_pk)
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return as_download(FileResponse(content, content_type=found.content_type), found.name)


@team_page(MERCHANT, ASSISTANT)
@post_only
def evidence_withdrawal(request: TeamRequest, pk: int, evidence_pk: int) -> HttpResponse:
    closure = _closure(request, pk)
    found = get_object_or_404(evidence_for(closure, request.membership), pk=evidence_pk)
    with attempt(request):
        actions.withdraw_evidence(evidence=found, by=request.membership)
        messages.success(request, _("The screenshot is withdrawn and deleted."))
    return _back(closure)
