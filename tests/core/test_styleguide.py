"""The page that shows every component, which only a DEBUG product has."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpResponse
from django.test import Client, RequestFactory

from closedorders.core.styleguide import examples, styleguide


def test_the_styleguide_has_every_component_in_both_themes() -> None:
    folder = Path(settings.BASE_DIR) / "templates" / "components"
    components = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("_*.html")}
    assert {name for name, _inputs in examples("light")} == components
    request = RequestFactory().get("/styleguide/")
    request.session = SessionStore()
    MessageMiddleware(lambda _request: HttpResponse()).process_request(request)
    page = styleguide(request).content.decode()
    for name in components:
        assert page.count(f"<code>{name}.html</code>") >= 2
    assert 'data-theme="dark"' in page


def test_there_is_no_styleguide_without_debug(client: Client, db: None) -> None:
    assert client.get("/styleguide/").status_code in {302, 404}
