from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.factories import PASSWORD

SIGN_IN = "/account/sign-in/"


def test_a_person_signs_in_by_e_mail_and_lands_on_today(cast: Cast, client: Client) -> None:
    response = client.post(SIGN_IN, {"login": cast.merchant.user.email.upper(), "password": PASSWORD})
    assert response["Location"] == "/"
    assert client.get("/")["Location"] == f"/t/{cast.team.slug}/"


def test_the_sixth_wrong_password_in_five_minutes_is_refused_even_if_right(
    cast: Cast, client: Client
) -> None:
    for _attempt in range(5):
        client.post(SIGN_IN, {"login": cast.merchant.user.email, "password": "wrong"})
    client.post(SIGN_IN, {"login": cast.merchant.user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_by_themselves(client: Client, cast: Cast) -> None:
    page = client.post("/account/sign-up/", {"email": "x@example.com", "password1": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert page.status_code == 405
    assert "Teams are joined by invitation" in client.get("/account/sign-up/").content.decode()


def _refusal(email: str, password: str) -> tuple[int, str, list[str]]:
    """Status, page and statements of a sign-in that is refused; what differs by chance is left out."""
    client = Client()
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(SIGN_IN, {"login": email, "password": password})
    assert "_auth_user_id" not in client.session
    page = re.sub(r'"X-CSRFToken": "\w+"|value="[^"]*"', "", answer.content.decode())
    return answer.status_code, page, [re.sub(r"'[^']*'|[\d.]+", "?", query["sql"]) for query in asked]


def test_a_refused_sign_in_does_not_show_whether_the_account_exists_or_is_switched_off(cast: Cast) -> None:
    cast.reviewer.user.is_active = False
    cast.reviewer.user.save(update_fields=["is_active"])
    _refusal("first@example.com", "wrong")  # The first request of a process may do more.
    unknown = _refusal("nobody@example.com", "wrong")
    assert unknown[0] == 200
    assert _refusal(cast.merchant.user.email, "wrong") == unknown
    assert _refusal(cast.reviewer.user.email, "wrong") == unknown
    assert _refusal(cast.reviewer.user.email, PASSWORD)[:2] == unknown[:2]


def test_a_password_is_hashed_once_also_for_an_unknown_address(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    usual = MD5PasswordHasher.encode

    def counted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return usual(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    _refusal("nobody@example.com", "wrong")
    assert hashed == ["wrong"]
    _refusal(cast.merchant.user.email, "wrong")
    assert hashed == ["wrong", "wrong"]


def test_every_page_but_the_public_ones_asks_to_sign_in(client: Client, cast: Cast) -> None:
    for path in ("/", f"/t/{cast.team.slug}/", f"/t/{cast.team.slug}/orders/", "/teams/new/"):
        assert client.get(path)["Location"].startswith(SIGN_IN), path


def test_a_persons_language_stands_above_the_teams_and_the_teams_above_the_browsers(cast: Cast) -> None:
    url = f"/t/{cast.team.slug}/risk/"
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(cast.merchant.user)
    assert '<html lang="en"' in browser.get(url).content.decode()
    cast.team.language = "es"
    cast.team.save(update_fields=["language"])
    assert '<html lang="es"' in browser.get(url).content.decode()
    browser.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en"' in browser.get(url).content.decode()


def test_the_language_form_never_leads_to_another_site(client: Client, db: None) -> None:
    response = client.post("/language/", {"language": "es", "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_a_members_network_is_noted_once_an_hour_and_never_the_address(cast: Cast) -> None:
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.force_login(cast.assistant.user)
    for _visit in range(3):
        client.get(f"/t/{cast.team.slug}/risk/")
    session = cast.assistant.work_sessions.get()
    assert session.network == "203.0.113.0/24"
