"""The speed of the vault: a photo from upload to stored, and 10 MB read back, against the least that can be done."""

from __future__ import annotations

import io
import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from closedorders.accounts.models import Membership, Role, Team, User
from closedorders.core.health import worker_is_here
from closedorders.documents.actions import Box, add_document, store_pages
from closedorders.documents.models import Document
from closedorders.documents.pictures import Drawn
from closedorders.documents.sealed_pages import open_page

from .. import databases
from ..figures import Figure, median_seconds

PHOTO = (4032, 3024)
QUALITY = 85
READ_BYTES = 10 << 20


def plain_picture(request: HttpRequest) -> HttpResponse:
    """The least a view can do: the bytes of a file that lies open on the disk."""
    return HttpResponse(_plain_file().read_bytes(), content_type="image/jpeg")


def _plain_file() -> Path:
    return Path(os.environ["BENCH_FOLDER"]) / "plain.jpg"


def figures(made: databases.Databases, *, times: int = 9) -> list[Figure]:
    databases.use(made.make("vault"))
    worker_is_here()
    merchant = _merchant()
    return [_stored(merchant, times), *_read(merchant, times)]


def _merchant() -> Membership:
    user = User.objects.create(email="vault@bench.example", name="Bench")
    return Membership.objects.create(
        team=Team.objects.create(name="Vault", slug="vault"), user=user, role=Role.MERCHANT
    )


def photo() -> bytes:
    """A JPEG of 12 megapixels and 8 MB, as telephones take them."""
    soft = Image.effect_noise((PHOTO[0] // 8, PHOTO[1] // 8), 90).resize(PHOTO, Image.Resampling.BICUBIC)
    fine = Image.effect_noise(PHOTO, 24)
    picture = Image.merge("RGB", (Image.blend(soft, fine, 0.35), soft, Image.blend(fine, soft, 0.7)))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=96)
    return content.getvalue()


def _stored(merchant: Membership, times: int) -> Figure:
    content = photo()

    def ours() -> None:
        document = add_document(
            team=merchant.team,
            kind=Document.Kind.CARD_FRONT,
            name="",
            files=[io.BytesIO(content)],
            boxes=[Box(1, 0.1, 0.4, 0.5, 0.2, "card_number")],
            turn=0,
            nothing_to_hide=False,
            expires_on=None,
            by=merchant,
        )
        # No worker checks them here, and a team may have ten that wait.
        Document.objects.filter(pk=document.pk).update(state=Document.State.CLEAN)

    def pillow() -> None:
        with Image.open(io.BytesIO(content)) as picture:
            picture.save(io.BytesIO(), "JPEG", quality=QUALITY)

    return Figure(
        "Vault: a photo of 12 megapixels, from upload to stored, against decoding and encoding it",
        median_seconds(ours, times=times),
        median_seconds(pillow, times=times),
        2.5,
        "s",
        "PostgreSQL",
    )


def _read(merchant: Membership, times: int) -> list[Figure]:
    # What it holds makes no difference to reading; the vault's own pages are at most 1 MB.
    content = os.urandom(READ_BYTES)
    _plain_file().write_bytes(content)
    document = store_pages(
        team=merchant.team,
        kind=Document.Kind.OTHER,
        name="",
        boxes=[],
        expires_on=None,
        uploaded_bytes=READ_BYTES,
        pages=[Drawn(content, 60, 60, 1)],
        by=merchant,
    )
    page = document.pages.get()
    client = Client()
    client.force_login(merchant.user)
    address = reverse("documents:page_image", args=[merchant.team.slug, document.pk, page.number])

    def asked(url: str) -> None:
        answer = client.get(url)
        assert answer.status_code == 200
        assert len(answer.content) == READ_BYTES

    asked(address)
    asked("/bench-plain-picture/")
    vault = median_seconds(lambda: open_page(page), times=times * 3)
    plain = median_seconds(_plain_file().read_bytes, times=times * 3)
    through = median_seconds(lambda: asked(address), times=times * 3)
    bare = median_seconds(lambda: asked("/bench-plain-picture/"), times=times * 3)
    return [
        Figure(
            "Vault: 10 MB shown to a merchant, against a bare view of a plain file",
            through * 1000,
            bare * 1000,
            0.5,
            "ms",
            "PostgreSQL",
            at_least=True,
        ),
        Figure(
            "Vault: 10 MB decrypted and checked, against reading a plain file from the system's cache",
            vault * 1000,
            plain * 1000,
            0.5,
            "ms",
            "PostgreSQL",
            at_least=True,
        ),
    ]
