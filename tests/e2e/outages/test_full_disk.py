"""The whole product on a disk that runs full: nothing ends, everybody is told the truth, and it goes on by itself."""

from __future__ import annotations

import http.client
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography.fernet import Fernet

from tests.disks import fill, make_room, small_disk
from tests.e2e.harness import START_SECONDS, Product, eventually, services
from tests.factories import PASSWORD
from tests.smtp_sink import SmtpSink

SCENE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from tests import factories
team = factories.make_team("Casa Luna")
user = factories.make_member(team).user
store = factories.make_store(team)
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session.create()
print("SCENE", team.slug, store.pk, session.session_key, user.email)
"""
LOOK = """
from closedorders.core.health import worker_last_seen
from closedorders.imports.models import Import
print("SEEN", worker_last_seen().timestamp(), *Import.objects.order_by("pk").values_list("state", flat=True))
"""


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, 48), services() as environment, SmtpSink() as sink:
        product = Product(folder, sink, extra={**environment, "TMPDIR": str(folder)})
        product.start()
        yield product
        product.stop()


def _post(product: Product, path: str, body: bytes, kind: str, session: str = "") -> tuple[int, str]:
    mark = "c" * 32
    headers = {"Cookie": f"csrftoken={mark}; sessionid={session}", "Content-Type": kind, "X-CSRFToken": mark}
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
    try:
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _upload(product: Product, scene: list[str], size: int) -> tuple[int, str]:
    slug, store, session, _email = scene
    end = secrets.token_hex(16)
    fields = f'--{end}\r\nContent-Disposition: form-data; name="store"\r\n\r\n{store}\r\n'
    file = (
        f'--{end}\r\nContent-Disposition: form-data; name="file"; filename="orders.csv"\r\n\r\nName,Email\n'
    )
    body = (fields + file).encode() + b"x,y\n" * (size // 4) + f"\r\n--{end}--\r\n".encode()
    return _post(product, f"/t/{slug}/imports/", body, f"multipart/form-data; boundary={end}", session)


def _sign_in(product: Product, email: str) -> tuple[int, str]:
    body = urlencode({"login": email, "password": PASSWORD}).encode()
    return _post(product, "/account/sign-in/", body, "application/x-www-form-urlencoded")


def _look(product: Product) -> tuple[float, list[str]]:
    seen, *states = product.manage("shell", "-c", LOOK).rpartition("SEEN ")[2].split()
    return float(seen), states


def _uploaded(product: Product) -> set[Path]:
    return {path for path in (product.data_dir / "files").rglob("*") if path.is_file()} | set(
        product.folder.glob("*upload*")
    )


@pytest.mark.small_disk
def test_a_full_disk_ends_nothing_and_work_goes_on_by_itself_once_there_is_room(product: Product) -> None:
    found = re.search(r"^SCENE (.+)$", product.manage("shell", "-c", SCENE), re.MULTILINE)
    assert found
    scene = found[1].split()
    assert _upload(product, scene, 1000)[0] == 302
    assert eventually(lambda: _look(product)[1] not in (["uploaded"], ["reading"]))
    before = _uploaded(product)
    fill(product.folder)

    for size in (100_000, 20_000_000):
        status, page = _upload(product, scene, size)
        assert status == 507, (size, status)
        assert "No room left on the server" in page
    if "DATABASE_URL" not in product.extra:
        # Counted in the database, which is on this disk too.
        status, page = _sign_in(product, scene[3])
        assert status == 507, page
        assert "No room left on the server" in page
    assert _uploaded(product) == before
    assert product.get("/live") == (200, "ok")
    assert product.process.poll() is None

    make_room(product.folder)

    assert _upload(product, scene, 1000)[0] == 302
    last, states = _look(product)
    assert len(states) == 2
    assert eventually(lambda: _look(product)[1][-1] not in {"uploaded", "reading"}, seconds=90), (
        product.output
    )
    # Rung by beat, through the broker.
    assert eventually(lambda: _look(product)[0] > last, seconds=90), product.output
    assert product.process.poll() is None


@pytest.mark.small_disk
def test_a_start_without_room_is_one_sentence(tmp_path: Path) -> None:
    data = tmp_path / "product" / "data"
    data.mkdir(parents=True)
    with small_disk(data, 1), SmtpSink() as sink:
        # Of an earlier start.
        (data / "secret_key").write_text("x" * 60)
        (data / "document_key").write_text(Fernet.generate_key().decode())
        fill(data)
        product = Product(tmp_path / "product", sink)
        product.launch()
        assert product.process.wait(timeout=START_SECONDS) == 1
        assert product.output.strip().splitlines() == [
            f"There is no room left on the disk of {data}: free some and start again."
        ]
