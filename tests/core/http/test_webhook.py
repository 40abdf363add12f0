"""Posting to a webhook, against a real server with TLS of this machine that stands for one of the internet."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from closedorders.core.http import webhook
from closedorders.core.http.webhook import Answer, Problem, post
from closedorders.core.mail.public_hosts import NotPublic

HOST = "hooks.shop.example"


@dataclass
class Site:
    """What the server answers, and what it was asked. `asked`: path, `Host`, text."""

    trusting: ssl.SSLContext
    port: int = 0
    status: int = 200
    location: str = ""
    body: bytes = b"ok"
    slow: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/services/T1?x=1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(made)], check=True, stderr=subprocess.DEVNULL)
    made.write_bytes(key.read_bytes() + made.read_bytes())
    return made


@pytest.fixture
def site(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    found = Site(ssl.create_default_context(cafile=str(certificate)))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            text = json.loads(self.rfile.read(length))["text"]
            found.asked.append((self.path, self.headers["Host"], text))
            if found.slow:
                released.wait(20)
            self.send_response(found.status)
            if found.location:
                self.send_header("Location", found.location)
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, *_: Any) -> None:
            pass

    released = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    found.port = server.server_port
    # The name leads here, as the first look at it says. The border to the DNS of the internet.
    monkeypatch.setattr(webhook, "public_addresses", lambda host, port: ("127.0.0.1",))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield found
    released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_text_is_posted_as_slack_takes_it_under_the_hosts_own_name(site: Site) -> None:
    assert post(site.url, "Fraud review: OK → Act", context=site.trusting) == Answer(Problem.NONE, 200)
    assert site.asked == [("/services/T1?x=1", f"{HOST}:{site.port}", "Fraud review: OK → Act")]


def test_the_name_is_looked_up_once_and_the_connection_goes_where_it_led_then(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere at a second look (DNS rebinding) has no second look."""
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **named: Any) -> Any:
        assert host == "127.0.0.1"
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert post(site.url, "x", context=site.trusting).problem is Problem.NONE


def test_a_host_that_leads_into_a_private_network_is_never_connected_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(host: str, port: int) -> tuple[str, ...]:
        raise NotPublic

    monkeypatch.setattr(webhook, "public_addresses", refuse)
    assert post(site.url, "x", context=site.trusting) == Answer(Problem.NOT_PUBLIC)
    assert site.asked == []


def test_a_certificate_of_another_name_or_of_nobody_is_refused_before_anything_is_sent(site: Site) -> None:
    other = site.url.replace(HOST, "other.shop.example")
    assert post(other, "x", context=site.trusting).problem is Problem.BAD_CERTIFICATE
    assert post(site.url, "x").problem is Problem.BAD_CERTIFICATE
    assert site.asked == []


def test_a_redirect_is_not_followed(site: Site) -> None:
    site.status, site.location = 302, "http://169.254.169.254/latest/meta-data/"
    assert post(site.url, "x", context=site.trusting) == Answer(Problem.REDIRECT, 302)
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("status", "problem"),
    [(204, ""), (404, "refused"), (410, "refused"), (429, "busy"), (500, "busy"), (503, "busy")],
)
def test_answers_are_told_apart_by_whether_a_second_try_may_help(
    site: Site, status: int, problem: str
) -> None:
    site.status = status
    site.body = b"" if status == 204 else b"no"
    found = post(site.url, "x", context=site.trusting)
    assert found == Answer(Problem(problem), status)
    assert found.may_pass == (problem == "busy")


def test_of_a_long_answer_only_the_beginning_is_read(site: Site) -> None:
    site.body = b"x" * 50_000_000
    begun = monotonic()
    assert post(site.url, "x", context=site.trusting).problem is Problem.NONE
    assert monotonic() - begun < 5


def test_a_server_that_does_not_answer_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.slow = True
    monkeypatch.setattr(webhook, "SECONDS", 0.3)
    assert post(site.url, "x", context=site.trusting) == Answer(Problem.TIMED_OUT)


def test_nobody_at_the_address_is_tried_again_later(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = site.url.replace(str(site.port), str(free.getsockname()[1]))
        assert post(nobody, "x", context=site.trusting) == Answer(Problem.UNREACHABLE)


def test_another_address_of_the_host_is_tried_where_nobody_is_at_the_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "public_addresses", lambda host, port: ("127.0.0.2", "127.0.0.1"))
    assert post(site.url, "x", context=site.trusting).problem is Problem.NONE
    assert len(site.asked) == 1


def test_a_text_is_cut_where_a_chat_would_cut_it(site: Site) -> None:
    post(site.url, "ñ" * 10_000, context=site.trusting)
    assert len(site.asked[0][2]) == webhook.MOST_TEXT
