"""The mail server of a store: who may set it, what becomes of its password, and that nothing else is used instead."""

from __future__ import annotations

import json
import logging

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.orders.models import Store
from closedorders.outreach import sending
from closedorders.outreach.models import Campaign
from closedorders.senders import actions
from closedorders.senders.models import MailServer
from closedorders.senders.sealing import Unreadable, open_password
from closedorders.senders.transports import way_of
from tests.access.masked_pages import SignIn
from tests.cast import Cast
from tests.factories import make_store, make_team
from tests.outreach import scenes
from tests.outreach.scenes import make_scene, states
from tests.smtp_sink import SmtpSink

SECRET = "s3cret-word"


def set_server(store: Store, cast: Cast, port: int, /, **fields: object) -> MailServer:
    known = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "username": "shop",
        "password": SECRET,
        "by": cast.merchant,
    }
    return actions.set_mail_server(store=store, **(known | fields))  # type: ignore[arg-type]


def test_mails_of_a_store_leave_through_its_own_server_signed_in(
    cast: Cast, sink: SmtpSink, guarded: SmtpSink
) -> None:
    scene = make_scene(cast.merchant, 2)
    set_server(scene.store, cast, guarded.port)
    campaign = scenes.sending(scene)
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent", "sent"]
    assert (len(guarded.received), sink.connections) == (2, 0)
    assert any(command.startswith("AUTH") for command in guarded.commands)


def test_a_store_without_a_server_of_its_own_uses_the_installations(
    cast: Cast, sink: SmtpSink, guarded: SmtpSink
) -> None:
    set_server(make_store(cast.team), cast, guarded.port)
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    assert (len(sink.received), guarded.connections) == (1, 0)


def test_a_wrong_password_pauses_the_campaign_and_nothing_falls_back(
    cast: Cast, sink: SmtpSink, guarded: SmtpSink
) -> None:
    scene = make_scene(cast.merchant, 2)
    set_server(scene.store, cast, guarded.port, password="wrong")
    campaign = scenes.sending(scene)
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_cause) == (Campaign.State.PAUSED, "sender_refused")
    assert (states(campaign), sink.connections) == (["queued", "queued"], 0)


def test_a_password_that_cannot_be_opened_pauses_and_nothing_falls_back(
    cast: Cast, sink: SmtpSink, guarded: SmtpSink, settings: pytest.FixtureRequest
) -> None:
    scene = make_scene(cast.merchant, 1)
    set_server(scene.store, cast, guarded.port)
    campaign = scenes.sending(scene)
    settings.DOCUMENT_KEYS = [Fernet.generate_key().decode()]  # type: ignore[attr-defined]
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert campaign.pause_cause == "sender_refused"
    assert "type it again" in campaign.pause_reason
    assert (sink.connections, guarded.connections) == (0, 0)


def test_a_fire_drill_never_speaks_to_the_stores_server(cast: Cast, guarded: SmtpSink) -> None:
    scene = make_scene(cast.merchant, 1)
    set_server(scene.store, cast, guarded.port)
    campaign = scenes.sending(scene)
    cast.team.drill_of = make_team()
    cast.team.save()
    sending.send_due(campaign.pk)
    assert (states(campaign), guarded.connections) == (["local"], 0)


def test_the_password_is_in_no_column_no_audit_line_no_page_and_no_log(
    cast: Cast, client_of: SignIn, guarded: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    store, person = make_store(cast.team), client_of(cast.merchant)
    address = reverse("senders:mail_server", args=[cast.team.slug, store.pk])
    form = {
        "host": "127.0.0.1",
        "port": guarded.port,
        "security": "none",
        "username": "shop",
        "password": SECRET,
    }
    with caplog.at_level(logging.DEBUG):
        saved = person.post(address, form, follow=True)
        refused = person.post(address, form | {"host": "not a host"})
    assert refused.status_code == 422
    with connection.cursor() as cursor:
        cursor.execute("select * from senders_mailserver")
        row = [
            bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
            for value in cursor.fetchone()
        ]
    trail = json.dumps(list(AuditEvent.objects.values("verb", "label", "before", "after")))
    for text in (b" ".join(row), trail.encode(), saved.content, refused.content, caplog.text.encode()):
        assert SECRET.encode() not in text
    assert "mail_server_set" in trail
    assert open_password(MailServer.objects.get()) == SECRET


def test_a_blank_password_keeps_the_stored_one_for_the_same_server_only(cast: Cast) -> None:
    store = make_store(cast.team)
    set_server(store, cast, 2525)
    kept = set_server(store, cast, 2525, password="")
    assert open_password(kept) == SECRET
    for other in ({"host": "evil.example"}, {"port": 2526}, {"username": "other"}, {"security": "tls"}):
        with pytest.raises(Refused, match="Type the password again"):
            set_server(store, cast, 2525, **({"password": ""} | other))
    assert open_password(MailServer.objects.get()) == SECRET


@pytest.mark.parametrize("column", ["host", "port", "username", "security", "store"])
def test_a_password_moved_to_another_place_cannot_be_opened(cast: Cast, column: str) -> None:
    server = set_server(make_store(cast.team), cast, 2525)
    others = {
        "host": "evil.example",
        "port": 2526,
        "username": "other",
        "security": "tls",
        "store": make_store(cast.team),
    }
    MailServer.objects.filter(pk=server.pk).update(**{column: others[column]})
    with pytest.raises(Unreadable):
        open_password(MailServer.objects.get())


def test_deleting_the_server_deletes_the_password_and_the_installations_is_used(cast: Cast) -> None:
    store = make_store(cast.team)
    set_server(store, cast, 2525)
    actions.remove_mail_server(store=store, by=cast.merchant)
    assert not MailServer.objects.exists()
    assert way_of(store).server is None
    with pytest.raises(Refused):
        actions.remove_mail_server(store=store, by=cast.merchant)


def test_passwords_are_rewrapped_with_a_new_key_and_the_old_one_may_go(
    cast: Cast, settings: pytest.FixtureRequest
) -> None:
    set_server(make_store(cast.team), cast, 2525)
    old, new = list(settings.DOCUMENT_KEYS), Fernet.generate_key().decode()  # type: ignore[attr-defined]
    settings.DOCUMENT_KEYS = [new, *old]  # type: ignore[attr-defined]
    call_command("rotate_document_keys", verbosity=0)
    settings.DOCUMENT_KEYS = [new]  # type: ignore[attr-defined]
    assert open_password(MailServer.objects.get()) == SECRET


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"host": "127.0.0.1"}, "public internet"),
        ({"host": "169.254.169.254"}, "public internet"),
        ({"host": "::1"}, "public internet"),
        ({"host": "2130706433"}, "public internet"),
        ({"port": 6379}, "listen at one of these ports"),
        ({"security": "none"}, "could read the password"),
    ],
)
def test_in_production_a_server_is_public_and_its_password_is_not_readable_on_the_way(
    cast: Cast, settings: pytest.FixtureRequest, fields: dict[str, object], words: str
) -> None:
    settings.EMBEDDED = False  # type: ignore[attr-defined]
    with pytest.raises(Refused, match=words):
        set_server(
            make_store(cast.team), cast, 587, **({"host": "mail.shop.example", "security": "tls"} | fields)
        )


def test_in_production_a_name_that_leads_to_this_machine_gets_no_connection(
    cast: Cast, guarded: SmtpSink, settings: pytest.FixtureRequest
) -> None:
    scene = make_scene(cast.merchant, 1)
    set_server(scene.store, cast, guarded.port, host="localhost")
    campaign = scenes.sending(scene)
    settings.EMBEDDED = False  # type: ignore[attr-defined]
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.pause_cause, guarded.connections) == ("sender_refused", 0)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("smtp://x", ""),
        ("a b", ""),
        ("mail.shop.example:25", ""),
        ("Mail.Shop.Example.", "mail.shop.example"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_only_the_name_of_a_server_is_taken(cast: Cast, client_of: SignIn, typed: str, stored: str) -> None:
    store = make_store(cast.team)
    address = reverse("senders:mail_server", args=[cast.team.slug, store.pk])
    form = {"host": typed, "port": 587, "security": "tls", "username": "", "password": ""}
    client_of(cast.merchant).post(address, form)
    assert "".join(MailServer.objects.values_list("host", flat=True)) == stored


def test_only_merchants_of_the_team_see_or_change_it(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team)
    address = reverse("senders:sending", args=[cast.team.slug, store.pk])
    foreign = reverse("senders:sending", args=[other_cast.team.slug, store.pk])

    def status(client: Client, url: str) -> int:
        return client.get(url).status_code

    assert status(client_of(cast.merchant), address) == 200
    assert status(client_of(cast.assistant), address) == 403
    assert status(client_of(cast.reviewer), address) == 403
    assert status(client_of(other_cast.merchant), foreign) == 404
    with pytest.raises(Refused):
        set_server(store, cast, 2525, by=cast.assistant)
    with pytest.raises(Refused):
        set_server(store, cast, 2525, by=other_cast.merchant)
