"""What the menu calls a page is what the page calls itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from closedorders.accounts.models import Membership
from tests.cast import Cast

SignIn = Callable[[Membership | None], Client]


def menu(page: str) -> dict[str, str]:
    """Address and name of each entry of the side menu."""
    side = page.partition('<div class="side-links">')[2].partition("</div>")[0]
    links = re.findall(r'<a class="nav-link[^"]*" href="([^"]*)"[^>]*>(.*?)</a>', side, re.DOTALL)
    named = {
        url: re.sub(r'<svg.*?</svg>|<span class="nav-count.*?</span>', "", inner, flags=re.DOTALL)
        for url, inner in links
    }
    return {url: " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split()) for url, words in named.items()}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("role", ["merchant", "assistant", "reviewer"])
def test_each_page_of_the_menu_has_the_menus_name(
    cast: Cast, client_of: SignIn, role: str, language: str, settings: object
) -> None:
    settings.EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"  # type: ignore[attr-defined]  # pytest-django's
    client = client_of(getattr(cast, role))
    entries = menu(client.get(f"/t/{cast.team.slug}/", HTTP_ACCEPT_LANGUAGE=language).content.decode())
    assert len(entries) >= 4
    other = {}
    for url, name in entries.items():
        page = client.get(url, HTTP_ACCEPT_LANGUAGE=language).content.decode()
        heading = re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", page, re.DOTALL)
        title = re.search(r"<title>(.*?) · ", page, re.DOTALL)
        assert heading is not None
        assert title is not None
        if {unescape(heading[1]), unescape(title[1])} != {name}:
            other[name] = (heading[1], title[1])
    assert other == {}


def test_a_merchant_has_orders_and_outreach_at_the_bottom_of_a_phone(cast: Cast, client_of: SignIn) -> None:
    page = client_of(cast.merchant).get(f"/t/{cast.team.slug}/").content.decode()
    bar = page.partition('<nav class="bottombar"')[2]
    labels = re.findall(r'<span class="bar-label">([^<]*)', bar)
    assert labels == ["Today", "Log closures", "Orders", "Outreach", "More"]
