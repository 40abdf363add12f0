"""The former texts of a template or of a campaign, and having one back."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.paging import page_of
from closedorders.orders.models import Store

from .. import actions
from ..models import Kind, TextVersion
from ..querysets import TextVersionQuerySet
from ..texts import builtin as builtin_texts
from .answering import back_to, campaign_of


@team_page(MERCHANT)
def template_versions(request: TeamRequest, store: int, kind: str, language: str) -> HttpResponse:
    found = get_object_or_404(Store, team=request.team, pk=store)
    if kind not in Kind.values or language not in builtin_texts.LANGUAGES:
        raise Http404
    back = reverse("outreach:template", args=[request.team.slug, found.pk, kind, language])
    rows = TextVersion.objects.of_template(found, kind, language)
    return _page(request, rows, about=f"{found} · {Kind(kind).label}", language=language, back=back)


@team_page(MERCHANT)
def text_versions(request: TeamRequest, pk: int, language: str) -> HttpResponse:
    found = campaign_of(request, pk)
    if language not in builtin_texts.LANGUAGES:
        raise Http404
    rows = TextVersion.objects.of_campaign(found, language)
    return _page(request, rows, about=str(found), language=language, back=found.get_absolute_url())


def _page(
    request: TeamRequest, rows: TextVersionQuerySet, *, about: str, language: str, back: str
) -> HttpResponse:
    newest = rows.values_list("pk", flat=True).first()
    context = {
        "page": page_of(request, rows.select_related("saved_by__user")),
        "newest": newest,
        "about": about,
        "language": dict(settings.LANGUAGES)[language],
        "language_code": language,
        "back": back,
    }
    return render(request, "outreach/texts/versions.html", context)


@team_page(MERCHANT)
@post_only
def version_restoration(request: TeamRequest, pk: int) -> HttpResponseRedirect:
    found = get_object_or_404(
        TextVersion.objects.select_related("store", "campaign"), store__team=request.team, pk=pk
    )
    with attempt(request):
        actions.restore_version(version=found, by=request.membership)
        messages.success(request, _("This text is the newest version now."))
    if found.campaign is not None:
        return back_to(request, found.campaign, f"text-{found.language}")
    return redirect(
        "outreach:template_versions",
        team=request.team.slug,
        store=found.store_id,
        kind=found.kind,
        language=found.language,
    )
