"""Renders error pages without the database: no session, no user, no messages."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

_THEMES = frozenset({"light", "dark"})


def bare_page(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    """Render the template in the theme of the browser's cookie, in the active language or the one it asks for."""
    theme = request.COOKIES.get("theme", "")
    with in_language_of(request):
        html = render_to_string(template, {"theme": theme if theme in _THEMES else "auto"})
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-store"})


def in_language_of(request: HttpRequest) -> AbstractContextManager[None]:
    """The language that is active; the browser's where an error came before the middleware that chooses one."""
    if hasattr(request, "LANGUAGE_CODE"):
        return nullcontext()
    return translation.override(translation.get_language_from_request(request))
