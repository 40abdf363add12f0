"""Uploads at once, hostile ones too, have few children at a time, and mails their worker."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from pytest_django import Settings

from closedorders.core.child_processes.limited_process import LimitedProcess
from closedorders.core.refusals import Refused
from closedorders.documents import pictures
from closedorders.documents.pictures import OpenPicture, preview

from .scenes import encoded, target
from .uploads import pixel_bomb


@pytest.fixture(autouse=True)
def two_places(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.PICTURE_PROCESSES = tmp_path, 2


def test_many_previews_at_once_have_two_children_at_a_time_and_all_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock, counts = Lock(), {"now": 0, "most": 0}

    class Counted(LimitedProcess):
        def __init__(self, *args: Any) -> None:
            with lock:
                counts["now"] += 1
                counts["most"] = max(counts.values())
            super().__init__(*args)

        def close(self) -> None:
            # Ended twice: after an answer that never came, and with the picture.
            with lock:
                counts["now"] -= not hasattr(self, "was_closed")
                self.was_closed = True
            super().close()

    monkeypatch.setattr(pictures, "LimitedProcess", Counted)
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 120.0)
    files = [encoded(target()), pixel_bomb(), encoded(target(), "PDF")] * 3

    def ask(content: bytes) -> str:
        try:
            return f"{preview([io.BytesIO(content)], 1, turn=0).width} wide"
        except Refused:
            return "refused"

    with ThreadPoolExecutor(len(files)) as threads:
        answers = list(threads.map(ask, files))
    assert answers == ["400 wide", "refused", "1400 wide"] * 3
    assert counts == {"now": 0, "most": 2}


def test_who_finds_no_place_is_told_to_try_again_and_nothing_is_left_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.1)
    content = encoded(target())
    with (
        OpenPicture(io.BytesIO(content)),
        OpenPicture(io.BytesIO(content)),
        pytest.raises(Refused, match="try again in a minute"),
    ):
        preview([io.BytesIO(content)], 1, turn=0)
    assert preview([io.BytesIO(content)], 1, turn=0).width == 400
