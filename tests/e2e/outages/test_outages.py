"""A broker or a database that goes away: pages stay, nothing is lost, work goes on when it is back."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from redis import Redis

from tests.e2e.conftest import StartProduct
from tests.e2e.harness import (
    ROOT,
    Product,
    descendants,
    eventually,
    get,
    process_of,
    services,
)
from tests.e2e.outages.broker import Broker
from tests.e2e.outages.relay import Relay
from tests.smtp_sink import HANG, Act, SmtpSink

PEOPLE = 40
# A page waits a second for the bell (`enqueue.ENQUEUE_SECONDS`); a client left to itself waits for several timeouts.
BROKER_SECONDS = 2.5

SCENE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from itertools import count
from tests import factories
factories._numbers = count({first})
from tests.outreach.scenes import committed_scene, sending
scene = committed_scene({people})
campaign = sending(scene)
user, session = scene.by.user, SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session.create()
print("SCENE", scene.team.slug, campaign.pk, session.session_key)
"""


RESET = "/account/password/reset/"
_SOMEBODY = "from closedorders.accounts.models import User; print(User.objects.earliest('pk').email)"
_WAITING = """
from closedorders.accounts.models import PasswordResetRequest
print("WAITING", PasswordResetRequest.objects.count())
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


def _page(product: Product, session: str, method: str, path: str, **fields: str) -> tuple[int, float]:
    """Status and seconds of one page for the signed-in merchant."""
    mark = "c" * 32
    headers = {"Cookie": f"sessionid={session}; csrftoken={mark}"}
    body = None
    if method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({"csrfmiddlewaretoken": mark, **fields})
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=30)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.monotonic() - began


def _slowest_page(product: Product, scene: list[str]) -> float:
    """Seconds of the slowest of the pages, all of which must answer."""
    slug, campaign, session = scene
    slowest = 0.0
    for method, path in [
        ("GET", f"/t/{slug}/"),
        ("GET", f"/t/{slug}/outreach/{campaign}/"),
        # Both ring the bell after their commit, or say why not.
        ("POST", f"/t/{slug}/outreach/{campaign}/pause/"),
        ("POST", f"/t/{slug}/outreach/{campaign}/resumption/"),
        ("GET", f"/t/{slug}/orders/"),
        ("GET", "/live"),
        ("GET", "/ready"),
    ]:
        status, seconds = _page(product, session, method, path)
        assert status < 400, (method, path, status, product.output[-2000:])
        slowest = max(slowest, seconds)
    return slowest


def _scene(product: Product, first: int) -> list[str]:
    """A campaign that is due: the team's and its own place in URLs, and the merchant's session."""
    said = product.manage("shell", "-c", SCENE.format(people=PEOPLE, first=first))
    found = re.search(r"^SCENE (\S+) (\S+) (\S+)$", said, re.MULTILINE)
    assert found, said
    return list(found.groups())


def test_a_broker_that_stops_hangs_or_forgets_costs_no_page_and_no_mail(
    start_product: StartProduct, broker: Broker
) -> None:
    product = start_product(REDIS_URL=broker.url)
    usual = _slowest_page(product, _scene(product, 1))
    product.sink.wait_for(PEOPLE, seconds=60)

    broker.stop()
    assert _slowest_page(product, _scene(product, 1_000)) < usual + BROKER_SECONDS
    broker.start()
    product.sink.wait_for(2 * PEOPLE, seconds=60)

    broker.process.send_signal(signal.SIGSTOP)
    try:
        assert _slowest_page(product, _scene(product, 2_000)) < usual + BROKER_SECONDS
    finally:
        broker.process.send_signal(signal.SIGCONT)
    with Redis.from_url(broker.url) as client:
        client.flushall()
    mails = product.sink.wait_for(3 * PEOPLE, seconds=60)
    time.sleep(3)
    assert len({mail.recipients[0] for mail in mails}) == len(product.sink.received) == 3 * PEOPLE


def test_a_link_for_a_new_password_waits_for_the_mail_server_and_the_page_does_not(
    start_product: StartProduct,
) -> None:
    product = start_product(demo=True)
    known = re.search(r"(\S+@\S+)", product.manage("shell", "-c", _SOMEBODY))
    assert known
    product.sink.play(Act("connect", HANG, times=1))
    status, _body = get(product.port, RESET)
    assert status == 200
    for email in (known[1], "nobody@example.com"):
        status, seconds = _page(product, "", "POST", RESET, email=email)
        assert status == 302
        assert seconds < 10  # A mail server has twice as long to answer.
    (mail,) = product.sink.wait_for(1, seconds=90)
    assert mail.recipient == known[1]
    assert eventually(lambda: "WAITING 0" in product.manage("shell", "-c", _WAITING))
    assert len(product.sink.received) == 1


def test_a_broker_that_refuses_to_write_ends_no_part_and_mails_leave_once_it_writes_again(
    start_product: StartProduct, broker: Broker
) -> None:
    product = start_product(REDIS_URL=broker.url)
    usual = _slowest_page(product, _scene(product, 1))
    product.sink.wait_for(PEOPLE, seconds=60)
    parts = {word: process_of(product, word) for word in ("gunicorn", "worker", "beat")}

    with Redis.from_url(broker.url) as client:
        # No replica is there, as on a full disk: nothing is written. Little memory: nothing new is.
        for number, (name, refusing, usually) in enumerate(
            [("min-replicas-to-write", 1, 0), ("maxmemory", 1, 0)], start=1
        ):
            client.config_set(name, refusing)
            scene = _scene(product, number * 1_000)
            assert _slowest_page(product, scene) < usual + BROKER_SECONDS
            # Longer than beat and worker wait for anything.
            time.sleep(5)
            assert len(product.sink.received) == number * PEOPLE
            client.config_set(name, usually)
            product.sink.wait_for((number + 1) * PEOPLE, seconds=60)

    assert {word: process_of(product, word) for word in parts} == parts, product.output[-3000:]
    assert " ended (" not in product.output


@contextlib.contextmanager
def _worker(product: Product, broker: Broker, *, takes: int) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of one process, that takes so many messages at a time."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "--quiet", "-A", "closedorders", "worker"),
            *(
                "--concurrency",
                "1",
                "--prefetch-multiplier",
                str(takes),
                "--without-gossip",
                "--without-mingle",
            ),
        ],
        cwd=ROOT,
        env={**product.environment, "REDIS_URL": broker.url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _ring(product: Product, broker: Broker) -> None:
    subprocess.run(
        [sys.executable, "-m", "celery", "-A", "closedorders", "call", "closedorders.core.tasks.heartbeat"],
        cwd=ROOT,
        env={**product.environment, "REDIS_URL": broker.url},
        check=True,
        capture_output=True,
        timeout=60,
    )


def test_a_worker_that_holds_messages_when_its_broker_goes_works_on_when_it_is_back(
    product: Product, broker: Broker
) -> None:
    with _worker(product, broker, takes=4) as worker, Redis.from_url(broker.url) as client:
        assert eventually(lambda: len(descendants(worker.pid)) == 1)
        (child,) = descendants(worker.pid)
        os.kill(child, signal.SIGSTOP)
        _ring(product, broker)
        # Taken, not begun, and another one asked for: how busy workers stand at most times.
        assert eventually(lambda: client.hlen("unacked") == 1 and not client.exists("celery"))
        assert eventually(lambda: any("b" in each["flags"] for each in client.client_list()))

        broker.stop()
        time.sleep(1)
        broker.start()
        os.kill(child, signal.SIGCONT)
        _ring(product, broker)

        assert eventually(
            lambda: worker.poll() is not None or not (client.exists("celery") or client.exists("unacked"))
        )
        assert worker.poll() is None


def test_a_worker_whose_broker_refuses_to_forget_a_message_takes_the_next_one(
    product: Product, broker: Broker
) -> None:
    with _worker(product, broker, takes=1) as worker, Redis.from_url(broker.url) as client:
        assert eventually(lambda: len(descendants(worker.pid)) == 1)
        (child,) = descendants(worker.pid)
        os.kill(child, signal.SIGSTOP)
        _ring(product, broker)
        # Taken, not begun, and no other one asked for: the worker has no more room.
        assert eventually(lambda: client.hlen("unacked") == 1 and not client.exists("celery"))
        assert eventually(lambda: not any("b" in each["flags"] for each in client.client_list()))

        client.config_set("min-replicas-to-write", 1)
        before = client.info("errorstats").get("errorstat_NOREPLICAS")
        os.kill(child, signal.SIGCONT)
        # That the message was worked on is not written down.
        assert eventually(lambda: client.info("errorstats").get("errorstat_NOREPLICAS") != before)
        time.sleep(1)
        client.config_set("min-replicas-to-write", 0)
        _ring(product, broker)

        assert eventually(lambda: not client.exists("celery"), seconds=30)
        assert worker.poll() is None


@pytest.mark.services
def test_a_database_that_goes_away_shows_in_ready_and_comes_back_by_itself(tmp_path: Path) -> None:
    with services() as own, SmtpSink() as sink:
        relay = Relay(own["DATABASE_URL"])
        product = Product(tmp_path, sink, extra={**own, "DATABASE_URL": relay.url})
        product.start()
        try:
            assert product.get("/ready") == (200, "ok")
            relay.cut()
            assert product.get("/live") == (200, "ok")
            assert product.get("/ready")[0] == 503
            time.sleep(8)  # Beat and worker meet the gap several times.
            assert product.get("/account/sign-in/")[0] == 503
            relay.open()
            began = time.monotonic()
            while product.get("/ready")[0] != 200:
                assert time.monotonic() - began < 10
                time.sleep(0.2)
            scene = _scene(product, 1)
            assert _page(product, scene[2], "GET", f"/t/{scene[0]}/")[0] == 200
            assert len(sink.wait_for(PEOPLE, seconds=60)) == PEOPLE
        finally:
            product.stop()
            relay.cut()
