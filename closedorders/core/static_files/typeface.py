"""Inter out of its package, cut down to what pages need: 880 kB become 35 kB.

Letters of European languages and Vietnamese, figures of one width, weights from 400 to 700 and one optical size.
Letters that are left out are written in the device's own typeface.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

NAME = "fonts/inter.woff2"
PACKAGE = "fontpkg-inter"
SOURCE = "Inter[opsz,wght].ttf"
LETTERS = (
    *((0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x1EA0, 0x1EF9)),
    *(
        (0x2010, 0x2027),
        (0x2030, 0x203A),
        (0x20A0, 0x20BF),
        (0x2122, 0x2122),
        (0x2190, 0x2193),
        (0x2212, 0x2212),
    ),
)
FEATURES = ("kern", "tnum", "ccmp", "locl", "mark", "case")
AXES = {"opsz": 14, "wght": (400, 700)}


def recipe() -> str:
    """What the file is made of: another version, letter or weight gives another word."""
    made_of = repr((metadata.version(PACKAGE), metadata.version("fonttools"), LETTERS, FEATURES, AXES))
    return hashlib.sha256(made_of.encode()).hexdigest()[:12]


def made() -> Path:
    """The file, made at the first call for a data folder (about four seconds)."""
    path = Path(settings.DATA_DIR) / "typeface" / recipe() / NAME
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{os.getpid()}.woff2")
        _make(half)
        half.replace(path)
    return path


def _make(path: Path) -> None:
    # Only here: they take half a second to import, and most processes never make it.
    from fontTools import subset
    from fontTools.varLib import instancer

    options = subset.Options(flavor="woff2", layout_features=list(FEATURES), hinting=False)
    font = subset.load_font(str(files("fontpkg_inter") / "files" / SOURCE), options)
    letters = subset.Subsetter(options)
    letters.populate(unicodes=[code for first, last in LETTERS for code in range(first, last + 1)])
    letters.subset(font)
    subset.save_font(instancer.instantiateVariableFont(font, AXES), str(path), options)


class TypefaceFinder(BaseFinder):
    """Finds the typeface as if it lay among the static files."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != NAME:
            return [] if find_all else None
        return [str(made())] if find_all else str(made())

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        yield NAME, FileSystemStorage(location=made().parents[1])
