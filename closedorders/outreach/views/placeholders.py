"""What a mail's placeholders mean, for the pages on which words are written."""

from __future__ import annotations

from typing import Any

from .. import wording

#: What stands in for a value that not everybody has.
_FALLBACKS = {
    "en": {"first_name": "there", "full_name": "customer", "code_expires": "you use it", "new_date": "soon"},
    "es": {
        "first_name": "de nuevo",
        "full_name": "cliente",
        "code_expires": "no caduca",
        "new_date": "pronto",
    },
}


def placeholder_help(language: str) -> list[tuple[str, Any]]:
    """Each placeholder as it is put into a text in this language, and what it says."""
    fallbacks = _FALLBACKS.get(language, _FALLBACKS["en"])
    return [
        ("{" + (f"{name}|{fallbacks[name]}" if name in fallbacks else name) + "}", words)
        for name, words in wording.PLACEHOLDER_HELP.items()
    ]
