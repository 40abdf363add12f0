"""What customers open from their mails, without signing in: their page, and “no more offers”.

No session, no cookie and no form token: whoever has the link may do what it is for, and another site does not have it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from closedorders.core.http.methods import get_and_post
from closedorders.core.http.throttle import may_go_on
from closedorders.core.refusals import Refused
from closedorders.outreach.models import Message, Suppression
from closedorders.outreach.plans.no_offers import suppress_as_asked, take_back_asking
from closedorders.outreach.texts.public_links import read_unsubscribe_token

from ..actions import MOST_CHARACTERS, leave_reply
from ..page import customer_page, find_message

#: Requests of one network, and of one link.
RATE, WRITE_RATE = "120/m/ip,60/m/key", "20/h/key"

View = Callable[[HttpRequest, str], HttpResponse]


def _public(view: View) -> View:
    """A page for whoever has its link, kept out of caches, search engines and other sites' statistics."""

    @wraps(view)
    def enter(request: HttpRequest, token: str) -> HttpResponse:
        writes = request.method == "POST"
        if not may_go_on(request, action="public_page", rate=RATE, key=token) or (
            writes and not may_go_on(request, action="public_form", rate=WRITE_RATE, key=token)
        ):
            response = _page("responses/too_often.html", {}, status=429)
        else:
            response = view(request, token)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return login_not_required(csrf_exempt(get_and_post(enter)))


def _page(template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    # Without the request: nothing of a session, a team or a person who is signed in can reach the page.
    return HttpResponse(render_to_string(template, context), status=status)


def _gone() -> HttpResponse:
    return _page("responses/gone.html", {}, status=404)


@_public
def customer(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's own orders of one mail; a form takes their answer."""
    message = find_message(token)
    if message is None:
        return _gone()
    with translation.override(message.language), timezone.override(message.team.zone):
        error, text = "", ""
        if request.method == "POST":
            text = request.POST.get("text", "")
            try:
                leave_reply(message=message, text=text)
            except Refused as refused:
                error = str(refused)
            else:
                return HttpResponseRedirect(f"{request.path}#answers")
        context = {
            "page": customer_page(message),
            "error": error,
            "text": text[: 2 * MOST_CHARACTERS],
            "most": MOST_CHARACTERS,
        }
        return _page("responses/page.html", context, status=422 if error else 200)


@_public
def offers(request: HttpRequest, token: str) -> HttpResponse:
    """“No more offers”: opened it asks, for programs that check mails open every link. Only a POST does it.

    Mail programs send that POST themselves (RFC 8058), so the answer is the page and not a redirect: what follows a
    redirect is left open there, and not every program does.
    """
    message = _mail_of(token)
    if message is None:
        return _gone()
    with translation.override(message.language):
        undone = False
        if request.method == "POST":
            if "undo" in request.POST:
                undone = take_back_asking(message=message)
            else:
                suppress_as_asked(message=message)
        live = Suppression.objects.live().filter(team=message.team, email=message.recipient)
        context = {
            "store": message.campaign.store.name,
            "is_off": live.exists(),
            "can_undo": live.pressed().exists(),
            "undone": undone,
        }
        return _page("responses/offers.html", context)


def _mail_of(token: str) -> Message | None:
    pk = read_unsubscribe_token(token)
    if pk is None:
        return None
    found = Message.objects.select_related("team", "campaign__store").defer("body")
    return found.exclude(body="").filter(pk=pk).first()
