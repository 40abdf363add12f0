"""Headers of real files (`headers/`), and how rows are written under them."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

HEADERS = Path(__file__).parent.parent / "headers"
Row = Mapping[str, object]
#: A file as it is made, and in three other orders of columns.
SHUFFLES = pytest.mark.parametrize("shuffled", [None, 1, 2, 3])


def header_of(name: str) -> list[str]:
    """The titles of a file of `headers/`."""
    with (HEADERS / name).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file, delimiter="\t" if name.endswith(".tsv") else ","))


def table(header: Sequence[str], *rows: Row, delimiter: str = ",", shuffled: int | None = None) -> bytes:
    """Rows by title under a header, in another order of columns where `shuffled` is a seed."""
    titles = list(header)
    assert not {title for row in rows for title in row} - set(titles), (
        "a title that the real file does not have"
    )
    if shuffled is not None:
        random.Random(shuffled).shuffle(titles)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([row.get(title, "") for title in titles] for row in rows)
    return text.getvalue().encode()


def json_list(header: str, *entries: Mapping[str, object], shuffled: int | None = None) -> bytes:
    """Entries as a script saves them: every key of the real file, and `outer.inner` as an object inside."""
    keys = header_of(header)
    assert not {key for entry in entries for key in entry} - set(keys), (
        "a key that the real file does not have"
    )
    if shuffled is not None:
        random.Random(shuffled).shuffle(keys)
    made = []
    for entry in entries:
        one: dict[str, object] = {}
        for key in keys:
            outer, dot, inner = key.partition(".")
            target = one.setdefault(outer, {}) if dot else one
            assert isinstance(target, dict)
            target[inner or outer] = entry.get(key)
        made.append(one)
    return json.dumps(made, ensure_ascii=False, indent=1).encode()
