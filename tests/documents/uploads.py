"""Uploads that are odd, broken or hostile, and what becomes of each. What is planted in them must come out nowhere."""

from __future__ import annotations

import io
import re
import resource
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from PIL import Image

from closedorders.core.refusals import Refused
from closedorders.documents import LONGEST_SIDE
from closedorders.documents.pictures import OpenPicture

from .scenes import encoded, target

CANARY = b"CANARY-5519"
SAMPLES = Path(__file__).parent / "samples"
MOST_SECONDS, MOST_MEMORY = 2.0, 512 << 20


class Case(NamedTuple):
    """`refused`: words of the refusal, as a regular expression; "" where it is redrawn. `seconds`: how long at most."""

    name: str
    content: Callable[[], bytes]
    refused: str = ""
    file_name: str = "card.jpg"
    seconds: float = MOST_SECONDS


class Measured(NamedTuple):
    """What became of an upload; `memory`: bytes that its child process had at most, as far as was seen.

    `processor`: the seconds that this process and the child computed, which a busy machine makes no longer.
    """

    refused: str
    seconds: float
    processor: float
    memory: int


def measured(content: bytes) -> Measured:
    """Redraw a picture as an upload is, without a box."""
    refused, most, began, computed = "", [0], time.monotonic(), _computed()
    try:
        with OpenPicture(io.BytesIO(content)) as opened, _watched(opened.pid) as seen:
            most = seen
            opened.draw(1, boxes=[], turn=0, longest=LONGEST_SIDE)
    except Refused as why:
        refused = str(why)
    return Measured(refused, time.monotonic() - began, _computed() - computed, max(most))


def _computed() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@contextmanager
def _watched(process: int) -> Iterator[list[int]]:
    """The most memory that a process had, asked for every few milliseconds as long as it runs."""
    seen, over = [0], Event()

    def watch() -> None:
        while not over.wait(0.004):
            try:
                status = Path(f"/proc/{process}/status").read_text()
            except OSError:
                return
            seen.extend(int(kilobytes) << 10 for kilobytes in re.findall(r"VmHWM:\s+(\d+) kB", status))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def jpeg(**options: object) -> bytes:
    return encoded(target(), "JPEG", quality=95, **options)


def with_exif() -> bytes:
    """With a place on earth, a description, XMP, a comment, and a thumbnail, each with the canary."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (40.0, 25.0, 0.0), 3: "W", 4: (3.0, 42.0, 0.0), 29: CANARY.decode()}
    )
    content = jpeg(exif=exif, comment=CANARY, xmp=b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>")
    return content[:2] + thumbnail() + content[2:]


def thumbnail() -> bytes:
    """A segment as cameras write their small picture in."""
    body = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + encoded(target(80, 60), comment=CANARY)
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


def pdf(
    catalogue: bytes = b"", *objects: bytes, pages: int = 1, stream: bytes = b"1 0 0 rg 10 10 80 80 re f"
) -> bytes:
    """A PDF by hand: objects 1 to 4 are the catalogue, the pages, their content and the first page."""
    kids = b" ".join(b"%d 0 R" % (4 + len(objects) + n) for n in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 150]/Contents 3 0 R>>"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % pages,
        stream
        if stream.startswith(b"<<")
        else b"<</Length %d>>stream\n" % len(stream) + stream + b"\nendstream",
        *objects,
        *[page] * pages,
    ]
    found, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(found))
        found += b"%d 0 obj" % number + body + b"endobj\n"
    start = len(found)
    found += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    found += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(found) + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, start)


def locked_pdf() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"3 0 obj<</Filter/Standard/V 1/R 2/O("
        + b"x" * 32
        + b")/U("
        + b"y" * 32
        + b")/P -44>>endobj\ntrailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]/Size 4>>\n%%EOF"
    )


def stream_bomb() -> bytes:
    """A page whose content is 1 GB of blanks, in 1 MB."""
    packer = zlib.compressobj(1)
    blanks = b" " * (1 << 20)
    packed = b"".join(packer.compress(blanks) for _ in range(1024)) + packer.flush()
    return pdf(stream=b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream")


def pixel_bomb() -> bytes:
    """900 megapixels in 115 kB: they would be 112 MB of bits, and 3.6 GB once each has its colours."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = (30_000).to_bytes(4, "big") * 2
    rows = zlib.compress(bytes(3_751 * 30_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + b"\1\0\0\0\0")
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def gif() -> bytes:
    frames = [Image.new("RGB", (60, 60), (n * 5, 0, 0)) for n in range(50)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def sixteen_bits() -> bytes:
    return encoded(target().convert("L").convert("I").point(lambda value: value * 257).convert("I;16"), "PNG")


_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_ONLY = "Only JPEG"

CASES = [
    Case("0 bytes", lambda: b"", "empty"),
    Case("truncated", lambda: encoded(target(800, 600))[:2000], "damaged"),
    Case("pixel bomb", pixel_bomb, "too large", seconds=0.3),
    Case("1 × 65,000", lambda: encoded(Image.new("L", (1, 65_000)), "PNG"), "too small"),
    Case("50-frame GIF", gif, _ONLY),
    Case("SVG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', _ONLY),
    Case("HEIC of a telephone", (SAMPLES / "turned.heic").read_bytes, file_name="IMG_0001.HEIC"),
    Case("HEIC, broken", lambda: b"\0\0\0\x18ftypheic" + b"\0" * 100, "damaged"),
    Case("TIFF", lambda: encoded(target(), "TIFF"), _ONLY),
    Case("EPS", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", _ONLY),
    Case("ICO", lambda: encoded(target(64, 64), "ICO"), _ONLY),
    Case("FITS", lambda: b"SIMPLE  =                    T".ljust(2880), _ONLY),
    Case("JPEG and HTML", lambda: jpeg() + b"<script>" + CANARY + b"</script>"),
    Case("PNG and zip", lambda: encoded(target(), "PNG") + b"PK\x03\x04" + CANARY),
    Case("a place on earth in EXIF", with_exif),
    Case("an EXIF thumbnail", lambda: jpeg()[:2] + thumbnail() + jpeg()[2:]),
    Case("CMYK", lambda: encoded(target().convert("CMYK"), quality=95)),
    Case("16 bits a colour", sixteen_bits),
    Case("wrong extension", lambda: encoded(target(), "PNG"), file_name="card.pdf"),
    Case("a name with ../", jpeg, file_name="../../CANARY-5519.jpg"),
    Case("a name with line ends", jpeg, file_name="CANARY-5519\r\nX: y.jpg"),
    Case("a name of 255 characters", jpeg, file_name="CANARY-5519" + "x" * 240 + ".jpg"),
    Case("a name from right to left", jpeg, file_name="CANARY-5519\u202egpj.exe"),
    Case("PDF, encrypted", locked_pdf, "password|damaged"),
    Case(
        "PDF with JavaScript", lambda: pdf(b"/OpenAction<</S/JavaScript/JS(app.alert\\('CANARY-5519'\\))>>")
    ),
    Case("PDF that launches", lambda: pdf(b"/OpenAction<</S/Launch/F(CANARY-5519.exe)>>")),
    Case(
        "PDF with a file in it",
        lambda: pdf(
            b"/Names<</EmbeddedFiles<</Names[(a)4 0 R]>>>>",
            b"<</Type/Filespec/F(a)/EF<</F 5 0 R>>>>",
            b"<</Type/EmbeddedFile/Length 11>>stream\n" + CANARY + b"\nendstream",
        ),
    ),
    Case(
        "PDF with XFA",
        lambda: pdf(b"/AcroForm<</Fields[]/XFA 4 0 R>>", b"<</Length 11>>stream\n" + CANARY + b"\nendstream"),
    ),
    Case("PDF of 5,000 pages", lambda: pdf(pages=5000), "more than 10 pages"),
    Case("PDF, stream bomb", stream_bomb, "too large|damaged"),
    Case("EICAR", lambda: _EICAR, _ONLY),
]
