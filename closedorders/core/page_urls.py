"""The URL of a thing's page where a later app has the page and an earlier one the model.

The later app registers the page when it starts; the earlier one then links to it and names neither app nor URL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model

Thing = TypeVar("Thing", bound=Model)

_URLS: dict[type[Model], Callable[[Any], str]] = {}


def register_page(model: type[Thing], url: Callable[[Thing], str]) -> None:
    """Let `page_url` answer with `url(thing)` for things of this model."""
    _URLS[model] = url


def page_url(thing: Model) -> str:
    """The URL of the page registered for the thing's model."""
    return _URLS[thing.__class__](thing)
