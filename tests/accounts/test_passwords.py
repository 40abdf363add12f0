"""A forgotten password on an installation without a mail server, and changing one's password from the menu."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.test import Client

from closedorders.accounts.models import Membership
from tests.cast import Cast
from tests.factories import PASSWORD

SignIn = Callable[[Membership | None], Client]
RESET, CHANGE = "/account/password/reset/", "/account/password/"
NEW = "another-calm-evening"


def test_without_a_mail_server_the_page_names_the_command_that_resets_the_password(
    cast: Cast, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"
    pages = [client.get(RESET), client.post(RESET, {"email": cast.merchant.user.email})]
    for page in pages:
        text = page.content.decode()
        assert "No mail server is set" in text
        shown = re.search(r"<code>(\S+) (manage\.py) (\w+) [^<]*</code>", text)
        assert shown is not None
        # What it names is there: the program, and a command of this product that changes the password.
        assert shown[1] == "python" or (Path(project.BASE_DIR) / shown[1]).exists()
        monkeypatch.setattr(getpass, "getpass", lambda prompt: NEW)
        call_command(shown[3], cast.merchant.user.email)
    cast.merchant.user.refresh_from_db()
    assert cast.merchant.user.check_password(NEW)


def test_with_a_mail_server_the_page_sends_a_link(client: Client, db: None) -> None:
    text = client.get(RESET).content.decode()
    assert "Send the link" in text
    assert "manage.py" not in text


def test_the_account_menu_leads_to_a_page_that_changes_the_password(cast: Cast, client_of: SignIn) -> None:
    for member in (cast.merchant, cast.assistant, cast.reviewer):
        client = client_of(member)
        assert f'href="{CHANGE}"' in client.get(f"/t/{cast.team.slug}/").content.decode()
        given = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
        done = client.post(CHANGE, given, follow=True)
        assert done.status_code == 200
        assert "Your new password is saved" in done.content.decode()
        member.user.refresh_from_db()
        assert member.user.check_password(NEW)
        assert client.get(f"/t/{cast.team.slug}/").status_code == 200, "still signed in"
