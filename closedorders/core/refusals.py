"""The exception for an action that is not allowed now, with a sentence for the person who tried it."""

from __future__ import annotations

from django.utils.functional import Promise


class Refused(Exception):
    """Raised for an action that is not allowed now. Its message says to the person what happened and what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)
