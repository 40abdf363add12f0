from __future__ import annotations

from django.utils.functional import Promise


class Refused(Exception):
    """An action that may not happen now. The message is a sentence for the person: what happened, what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)
