"""The page on which a person says which column of a file is what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.orderfiles.formats.custom import MAPPED, column_keys
from closedorders.orderfiles.guessing import guess_fields, guess_kind
from closedorders.orders.masking import Sight

from ..actions import reading_mark, refuse_if_read_anew
from ..columns import forget_columns, name_columns
from ..forms import ColumnsForm
from ..models import Import
from ..wording.columns import KINDS
from ..wording.refusals import refusal_texts
from .preview import how_read

ROWS_SHOWN = 5


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def import_columns(request: TeamRequest, pk: int) -> HttpResponse:
    """The file's own first rows beside the choices; saving reads the file by them."""
    sources = Import.objects.for_team(request.team).select_related("store", "profile", "team")
    source = get_object_or_404(sources, pk=pk)
    if source.state not in (Import.State.UNMAPPED, Import.State.PREVIEWED) or not source.header:
        if request.method == "POST":
            messages.error(request, _("This file is no longer waiting for its columns to be named."))
        return redirect(source)
    if request.method != "POST":
        return columns_page(request, source)
    kind = request.POST.get("kind", "")
    if kind not in MAPPED:
        messages.error(request, _("Choose what the rows are first."))
        return redirect("imports:import_columns", request.team.slug, source.pk)
    seen = request.POST.get("seen", "")
    with attempt(request):
        # Before the form, which is made of the columns that the file has now.
        refuse_if_read_anew(source, seen)
        form = _form(request, source, kind, bound=True)
        if not form.is_valid():
            return columns_page(request, source, form)
        name_columns(source=source, kind=kind, fields=form.mapping, by=request.membership, seen=seen)
    return redirect(source)


@team_page(MERCHANT, ASSISTANT)
@post_only
def import_columns_forgetting(request: TeamRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Import.objects.for_team(request.team), pk=pk)
    with attempt(request):
        forget_columns(source=source, by=request.membership)
    return redirect(source)


def columns_page(request: TeamRequest, source: Import, form: ColumnsForm | None = None) -> HttpResponse:
    """The page as a response of its own, for whichever view shows it."""
    sight = Sight.of(request.membership)
    rows: list[list[str]] = source.samples.get("rows", [])[:ROWS_SHOWN]
    kind = form.kind if form else _kind(request, source)
    form = form or _form(request, source, kind)
    columns = [
        {
            "title": sight.words(title),
            "cells": [
                sight.cell(column=title, code="", value=row[at].strip(), refunds=source.refund_column)
                if at < len(row)
                else ""
                for row in rows
            ],
            "field": form[f"column-{at}"],
        }
        for at, title in enumerate(source.header)
    ]
    url = reverse("imports:import_columns", args=[request.team.slug, source.pk])
    is_new = source.state == Import.State.UNMAPPED
    response = render(
        request,
        "imports/import_columns.html",
        {
            "source": source,
            "form": form,
            "kind": kind,
            "kind_words": KINDS[kind][1],
            "tabs": [
                {"label": name, "url": f"{url}?kind={each}", "active": each == kind, "count": None}
                for each, (name, _words) in KINDS.items()
            ],
            "columns": columns,
            "columns_url": url,
            "is_new": is_new,
            "why": _why(source, sight) if is_new else "",
            "how": how_read(source, sight) if is_new else None,
            "seen": reading_mark(source),
        },
        status=422 if form.errors else 200,
    )
    response["Cache-Control"] = "no-store"
    return response


def _why(source: Import, sight: Sight) -> str:
    """What keeps a file of known columns from being read by itself; "" where nothing of it is known."""
    code = source.refusal.get("code", "")
    if code in ("", "unknown_format"):
        return ""
    return sight.words(" ".join(refusal_texts(code, source.refusal.get("params", {}))))


def _kind(request: TeamRequest, source: Import) -> str:
    asked = request.GET.get("kind", "")
    if asked in MAPPED:
        return asked
    mapping: dict[str, Any] = source.answers.get("mapping") or {}
    return mapping.get("kind") or guess_kind(source.header, source.samples.get("rows", []))


def _form(request: TeamRequest, source: Import, kind: str, *, bound: bool = False) -> ColumnsForm:
    sight = Sight.of(request.membership)
    mapping: dict[str, Any] = source.answers.get("mapping") or {}
    if mapping.get("kind") == kind:
        fields = {key: field for field, key in mapping["fields"].items()}
        guesses = tuple(fields.get(key, "") for key in column_keys(source.header))
    else:
        guesses = guess_fields(kind, source.header, source.samples.get("rows", []))
    return ColumnsForm(
        request.POST if bound else None,
        kind=kind,
        header=source.header,
        titles=[sight.words(title) for title in source.header],
        guesses=guesses,
    )
