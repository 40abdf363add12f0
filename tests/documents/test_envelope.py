from __future__ import annotations

import io
import random

import pytest

from closedorders.documents.envelope import CHUNK, MARK, Tampered, new_key, seal, unseal


def _sealed(content: bytes, key: bytes, context: bytes = b"page 1") -> bytes:
    target = io.BytesIO()
    seal(content, target, key=key, context=context)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_000])
def test_what_was_sealed_is_read_again_and_shows_nothing_of_itself(size: int) -> None:
    content, key = random.Random(size).randbytes(size), new_key()
    sealed = _sealed(content, key)
    assert unseal(io.BytesIO(sealed), key=key, context=b"page 1") == content
    assert len(content) < 16 or content[:16] not in sealed


def _flipped(sealed: bytes, at: int) -> bytes:
    changed = bytearray(sealed)
    changed[at] ^= 1
    return bytes(changed)


def test_one_changed_bit_anywhere_is_refused() -> None:
    key = new_key()
    sealed = _sealed(b"x" * (CHUNK + 100), key)
    places = [0, 5, len(MARK) + 7, len(MARK) + 8 + CHUNK, len(sealed) - 1, *range(11, len(sealed), 4099)]
    for at in places:
        with pytest.raises(Tampered):
            unseal(io.BytesIO(_flipped(sealed, at)), key=key, context=b"page 1")


@pytest.mark.parametrize("part", ["cut", "cut at a chunk", "repeated", "swapped", "longer", "empty"])
def test_a_file_whose_parts_are_not_all_in_their_places_is_refused(part: str) -> None:
    key, size = new_key(), CHUNK + 16
    sealed = _sealed(b"a" * CHUNK + b"b" * CHUNK + b"c", key)
    head, one, two, rest = (
        sealed[:11],
        sealed[11 : 11 + size],
        sealed[11 + size : 11 + 2 * size],
        sealed[11 + 2 * size :],
    )
    broken = {
        "cut": sealed[:-1],
        "cut at a chunk": head + one + two,
        "repeated": head + one + one + two + rest,
        "swapped": head + two + one + rest,
        "longer": sealed + rest,
        "empty": b"",
    }[part]
    with pytest.raises(Tampered):
        unseal(io.BytesIO(broken), key=key, context=b"page 1")


def test_a_file_in_another_ones_place_or_with_another_key_is_refused() -> None:
    key = new_key()
    sealed = _sealed(b"passport", key)
    with pytest.raises(Tampered):
        unseal(io.BytesIO(sealed), key=key, context=b"page 2")
    with pytest.raises(Tampered):
        unseal(io.BytesIO(sealed), key=new_key(), context=b"page 1")
