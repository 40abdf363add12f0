"""The words each store starts its campaigns with."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post
from closedorders.orders.models import Store

from .. import actions
from ..actions.templates import template_mark
from ..forms import BODY_LENGTH, SUBJECT_LENGTH, TemplateForm
from ..models import Kind, Template
from ..texts import builtin as builtin_texts
from ..texts.claims import PAYMENT_REASONS, find_doubts
from ..texts.classes import read_class
from ..texts.true_words import put_in_true_words
from .placeholders import placeholder_help


@team_page(MERCHANT)
def templates(request: TeamRequest) -> HttpResponse:
    stores = list(Store.objects.filter(team=request.team)[:100])
    own = {
        (template.store_id, template.kind, template.language): template
        for template in Template.objects.filter(store__in=stores)
    }
    names = dict(settings.LANGUAGES)
    rows = [
        {
            "store": store,
            "kind": kind,
            "language": names[language],
            "url": reverse("outreach:template", args=[request.team.slug, store.pk, kind, language]),
            "own": own.get((store.pk, kind, language)),
        }
        for store in stores
        for kind in Kind
        for language in builtin_texts.LANGUAGES
    ]
    return render(request, "outreach/texts/templates.html", {"rows": rows})


@team_page(MERCHANT)
@get_and_post
def template(request: TeamRequest, store: int, kind: str, language: str) -> HttpResponse:
    found = get_object_or_404(Store, team=request.team, pk=store)
    if kind not in Kind.values or language not in builtin_texts.LANGUAGES:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "reset":
        actions.reset_template(store=found, kind=Kind(kind), language=language, by=request.membership)
        messages.success(request, _("Back to the built-in words."))
        return redirect("outreach:templates", team=request.team.slug)
    own = Template.objects.filter(store=found, kind=kind, language=language).first()
    builtin = builtin_texts.builtin_template(
        kind="resolution" if kind == Kind.RESOLUTION else "holding", language=language
    )
    shown = own or builtin
    texts = {"subject": shown.subject, "body": shown.body}
    mark = template_mark(found, kind, language)
    put_in = None
    if request.method == "POST" and request.POST.get("do") == "true_words":
        put_in = put_in_true_words(
            subject=request.POST.get("subject", "")[:SUBJECT_LENGTH],
            body=request.POST.get("body", "")[:BODY_LENGTH].replace("\r\n", "\n"),
            wording="",
            language=language,
            kind=kind,
        )
        texts = {"subject": put_in.subject, "body": put_in.body}
    form = TemplateForm((None if put_in else request.POST) or None, initial={**texts, "seen": mark})
    if request.method == "POST" and form.is_valid():
        by = request.membership
        with attempt(request, form):
            actions.save_template(store=found, kind=Kind(kind), language=language, by=by, **form.cleaned_data)
            messages.success(request, _("Template saved."))
            return redirect("outreach:templates", team=request.team.slug)
        # What was typed stays; saving it again is meant then.
        refusals = form.non_field_errors()
        form = TemplateForm({**request.POST.dict(), "seen": template_mark(found, kind, language)})
        for error in refusals:
            form.add_error(None, error)
    context = {
        "form": form,
        "store": found,
        "kind": Kind(kind).label,
        "language": dict(settings.LANGUAGES)[language],
        "own": own,
        "put_in": put_in,
        "language_code": language,
        "kind_code": kind,
        "reading": read_class(texts["subject"], texts["body"]),
        "doubts": find_doubts(texts, PAYMENT_REASONS, language),
        "placeholder_help": placeholder_help(language),
    }
    return render(request, "outreach/texts/template.html", context)
