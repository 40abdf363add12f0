from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from closedorders.accounts.actions import create_first_merchant
from closedorders.accounts.models import User
from closedorders.core.refusals import Refused

CODE = "the owner of this site"
FORM = {
    "name": "Ana",
    "email": "ana@example.com",
    "password": "calm-on-a-bad-day",
    "team_name": "Casa Luna",
    "time_zone": "Europe/Madrid",
}


def test_a_fresh_production_site_without_a_setup_code_is_closed(
    db: None, client: Client, settings: Settings
) -> None:
    settings.EMBEDDED, settings.SETUP_CODE = False, ""
    for page in (client.get("/setup/"), client.post("/setup/", FORM)):
        assert page.status_code == 403
        assert "SETUP_CODE" in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "given", [None, "", "wrong", "the owner of this sitE", "🦜", "the owner of this site2"]
)
def test_only_who_knows_the_setup_code_becomes_the_first_merchant(
    db: None, client: Client, settings: Settings, given: str | None
) -> None:
    settings.EMBEDDED, settings.SETUP_CODE = False, CODE
    client.post("/setup/", FORM if given is None else {**FORM, "setup_code": given})
    assert not User.objects.exists()
    client.post("/setup/", {**FORM, "setup_code": CODE})
    assert User.objects.get().is_superuser


def test_the_embedded_default_asks_for_no_code(db: None, client: Client) -> None:
    assert "setup_code" not in client.get("/setup/").content.decode()
    client.post("/setup/", FORM)
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_visitors_at_once_one_becomes_the_first_merchant() -> None:
    together = Barrier(2)

    def sign_up(number: int) -> str:
        together.wait()
        try:
            create_first_merchant(email=f"p{number}@example.com", password="x", team_name="Same name")
        except Refused:
            return "refused"
        finally:
            connection.close()
        return "first"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sign_up, range(2))) == ["first", "refused"]
    assert User.objects.count() == 1
