"""A full disk: what was uploaded is not kept in part, and the person is told the truth."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg2.errors
import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client, RequestFactory
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.files import stored_files
from closedorders.core.http import no_room
from closedorders.core.tasks import remove_stray_files
from closedorders.imports.models import Import
from closedorders.orders.models import OrderFile
from tests.cast import Cast
from tests.disks import fill, make_room, small_disk
from tests.factories import PASSWORD, make_store, make_store_order

SIGN_IN = "/account/sign-in/"
ClientOf = Callable[[Membership | None], Client]


def _sqlite_full() -> sqlite3.Error:
    full = sqlite3.connect(":memory:")
    full.executescript("CREATE TABLE filler (words); PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as caught:
        full.execute("INSERT INTO filler VALUES (zeroblob(100000))")
    return caught.value


def _because_of(cause: BaseException) -> OperationalError:
    error = OperationalError("as Django words it")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (OSError("without a number"), False),
        (_because_of(OSError(errno.ENOSPC, "No space left on device")), True),
        (_because_of(_sqlite_full()), True),
        (_because_of(sqlite3.OperationalError("database is locked")), False),
        (None, False),
    ],
)
def test_errors_of_a_full_disk_are_told_from_others(error: BaseException | None, expected: bool) -> None:
    assert no_room.means_no_room(error) is expected


@pytest.mark.services
@pytest.mark.django_db
def test_a_full_disk_of_postgresql_is_known_by_its_code() -> None:
    with pytest.raises(OperationalError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$")
    assert isinstance(caught.value.__cause__, psycopg2.errors.DiskFull)
    assert no_room.means_no_room(caught.value)


# --- Uploads ---


@pytest.fixture
def disk(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A small disk for what is uploaded; `tmp_path / "elsewhere"` is on another one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    (tmp_path / "elsewhere").mkdir()
    with small_disk(folder, 4):
        (folder / "files").mkdir()
        (folder / "on-the-way").mkdir()
        settings.MEDIA_ROOT = folder / "files"
        settings.FILE_UPLOAD_TEMP_DIR = str(folder / "on-the-way")
        yield folder


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "filler"]


def _upload(client: Client, cast: Cast, size: int) -> tuple[int, str]:
    store = make_store(cast.team)
    client.raise_request_exception = False
    file = SimpleUploadedFile("orders.csv", b"Name,Email\n" + b"x" * size)
    answer = client.post(f"/t/{cast.team.slug}/imports/", {"store": store.pk, "file": file})
    return answer.status_code, answer.content.decode()


MEGABYTE = 1024 * 1024


@pytest.mark.small_disk
@pytest.mark.parametrize(
    ("size", "on_the_way_elsewhere", "room"),
    [(MEGABYTE, False, 0), (3 * MEGABYTE, False, 0), (5 * MEGABYTE, False, 1), (5 * MEGABYTE, True, 1)],
    ids=["small", "large", "more than fits", "more than fits, from another disk"],
)
def test_an_order_file_that_finds_no_room_is_not_kept_in_part_and_leaves_no_row(
    cast: Cast,
    client_of: ClientOf,
    disk: Path,
    settings: Settings,
    size: int,
    on_the_way_elsewhere: bool,
    room: int,
) -> None:
    client = client_of(cast.merchant)
    events = AuditEvent.objects.count()
    if on_the_way_elsewhere:
        settings.FILE_UPLOAD_TEMP_DIR = str(disk.parent / "elsewhere")
    if not room:
        fill(disk)

    status, page = _upload(client, cast, size)

    assert status == 507
    assert "No room left on the server" in page
    assert "nothing of it was kept" in page
    assert _files(disk) == _files(disk.parent / "elsewhere") == []
    assert not Import.objects.exists()
    assert AuditEvent.objects.count() == events
    if not room:
        make_room(disk)
    assert _upload(client, cast, 1000)[0] == 302
    assert len(_files(disk)) == 1


@pytest.mark.small_disk
def test_a_file_of_an_order_that_finds_no_room_is_not_kept_in_part_and_leaves_no_row(
    cast: Cast, client_of: ClientOf, disk: Path
) -> None:
    order = make_store_order(make_store(cast.team))
    client = client_of(cast.merchant)
    client.raise_request_exception = False
    fill(disk)
    upload = SimpleUploadedFile("note.txt", b"words " * 20_000)
    answer = client.post(f"/t/{cast.team.slug}/orders/{order.pk}/files/", {"file": upload})
    assert answer.status_code == 507
    assert _files(disk) == []
    assert not OrderFile.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "stays"),
    [(OSError(errno.ENOSPC, "full"), False), (ValueError("any"), False), (OperationalError("gone"), True)],
)
def test_a_file_whose_row_is_not_written_is_deleted_unless_nobody_knows_about_the_row(
    cast: Cast, tmp_path: Path, settings: Settings, error: Exception, stays: bool
) -> None:
    settings.MEDIA_ROOT = tmp_path
    kept = OrderFile(order=make_store_order(make_store(cast.team)), by=cast.merchant, name="a.txt", size=1)

    def keep() -> None:
        with stored_files.file_with_its_row(stored := kept.file):
            stored.save("0123.txt", ContentFile(b"x"), save=False)
            kept.save()
            raise error

    with pytest.raises(type(error)):
        keep()
    assert not OrderFile.objects.exists()
    assert (_files(tmp_path) != []) is stays


# --- The page ---


@pytest.fixture
def full_cache(transactional_db: None) -> Iterator[None]:
    """The table in which sign-in counts takes no further row, as on a full disk."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
            )
            cursor.execute("CREATE TRIGGER no_room BEFORE INSERT ON cache EXECUTE FUNCTION no_room()")
        else:
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 8}")
            for size in (3000, 300, 30, 3, 0):
                with suppress(DatabaseError):
                    for number in range(10_000):
                        cursor.execute(
                            "INSERT INTO cache VALUES (%s, %s, '2999-01-01')",
                            [f"{size}-{number}", "x" * size],
                        )
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER no_room ON cache")
            cursor.execute("DROP FUNCTION no_room")
        else:
            cursor.execute("PRAGMA max_page_count = 4294967294")
            cursor.execute("DELETE FROM cache")


def test_a_cache_that_cannot_be_written_says_so_and_one_that_has_the_key_does_not(full_cache: None) -> None:
    for write in (cache.add, cache.set):
        with pytest.raises(OperationalError) as caught:
            write("a-key", "a value")
        assert no_room.means_no_room(caught.value)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_there_already_is_not_added_and_is_no_error() -> None:
    assert cache.add("a-key", 1)
    assert not cache.add("a-key", 2)
    assert cache.get("a-key") == 1


def _sign_in(client: Client, cast: Cast, password: str) -> tuple[int, str]:
    client.raise_request_exception = False
    answer = client.post(SIGN_IN, {"login": cast.merchant.user.email, "password": password})
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_sign_in_without_room_to_count_is_told_as_that_and_tries_no_password(
    cast: Cast, full_cache: None, client: Client, password: str
) -> None:
    status, page = _sign_in(client, cast, password)
    assert status == 507
    assert "No room left on the server" in page
    assert "_auth_user_id" not in client.session


def test_the_page_has_the_look_and_the_language_of_the_browser(
    cast: Cast, full_cache: None, client: Client
) -> None:
    client.cookies["theme"] = "dark"
    client.cookies["language"] = "es"
    _status, page = _sign_in(client, cast, PASSWORD)
    assert '<html lang="es" data-theme="dark">' in page
    assert "css/app.css" in page


def test_a_part_of_a_page_gets_one_line(cast: Cast, full_cache: None, client: Client) -> None:
    client.raise_request_exception = False
    answer = client.post(SIGN_IN, {"login": "a@example.org", "password": "x"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["Content-Type"]) == (507, "text/plain; charset=utf-8")
    assert answer.content.decode() == "There is no room left on the server's disk."


def test_the_one_line_is_in_the_browsers_language_where_no_page_chose_one(rf: RequestFactory) -> None:
    asked = rf.post("/", headers={"HX-Request": "true", "Accept-Language": "es"})
    assert "No queda espacio" in no_room.no_room(asked).content.decode()


@pytest.mark.django_db
def test_another_fault_is_still_a_500(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("django.db.models.query.QuerySet.exists", broken)
    client.raise_request_exception = False
    answer = client.get(SIGN_IN)
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


# --- Files without a row ---


def _old(path: Path, hours: float = 25) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


@pytest.mark.django_db
def test_old_files_without_a_row_go_and_everything_else_stays(
    cast: Cast, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = root = tmp_path / "files"
    kept = OrderFile(order=make_store_order(make_store(cast.team)), by=cast.merchant, name="a.txt", size=1)
    kept.file.name = "order-files/2026/01/kept.txt"
    kept.save()
    going = [
        _old(root / "imports/2026/01/stray.csv"),
        _old(root / "order-files/2026/01/stray.txt"),
        _old(root / "incoming/tmp123.upload.csv"),
    ]
    staying = [
        _old(root / "order-files/2026/01/kept.txt"),
        _old(root / "imports/2026/01/fresh.csv", hours=23),
        _old(root / "elsewhere/not-ours.txt"),
        _old(root / "not-ours.txt"),
        _old(tmp_path / "outside/imports/stray.csv"),
    ]
    (root / "imports/folder").symlink_to(tmp_path / "outside")
    (root / "imports/file.csv").symlink_to(tmp_path / "outside/imports/stray.csv")

    remove_stray_files()

    assert [path for path in going if path.exists()] == []
    assert [path for path in staying if not path.exists()] == []
    assert (root / "imports/folder").is_symlink()
    assert (root / "imports/file.csv").is_symlink()


@pytest.mark.django_db
def test_a_folder_of_uploads_that_leads_elsewhere_is_left_alone(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    stray = _old(tmp_path / "outside/stray.csv")
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "imports").symlink_to(tmp_path / "outside")
    assert stored_files.remove_stray_files() == 0
    assert stray.exists()


@pytest.mark.django_db
def test_so_many_files_go_at_a_time(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(stored_files, "_AT_ONCE", 3)
    monkeypatch.setattr(stored_files, "_LOOKED_UP_AT_ONCE", 2)
    for number in range(5):
        _old(tmp_path / f"imports/2026/01/{number}.csv")
    assert [stored_files.remove_stray_files() for _run in range(3)] == [3, 2, 0]
