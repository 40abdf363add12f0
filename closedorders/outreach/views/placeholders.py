"""What a mail's placeholders mean, for the pages on which words are written."""

from __future__ import annotations

from typing import Any

from .. import wording


def placeholder_help() -> list[tuple[str, Any]]:
    return [("{" + name + "}", words) for name, words in wording.PLACEHOLDER_HELP.items()]
