"""Pages that need no database: no session, no person, no messages."""

from __future__ import annotations

from contextlib import nullcontext

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

_THEMES = frozenset({"light", "dark"})


def bare_page(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    """The template in the theme of the browser's cookie, and in the language that is active or that it asks for."""
    theme = request.COOKIES.get("theme", "")
    # An error may come before the middleware that chooses a language.
    chosen = nullcontext() if hasattr(request, "LANGUAGE_CODE") else translation.override(_language(request))
    with chosen:
        html = render_to_string(template, {"theme": theme if theme in _THEMES else "auto"})
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-store"})


def _language(request: HttpRequest) -> str:
    return translation.get_language_from_request(request)
