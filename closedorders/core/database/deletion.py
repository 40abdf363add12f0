"""Deletes a row with all that belongs to it, whichever app's it is."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.files.storage import Storage
from django.db import models, router, transaction

log = logging.getLogger(__name__)

_AT_ONCE = 500
Doomed = dict[type[models.Model], set[Any]]


def delete_with_everything(root: models.Model) -> int:
    """Delete `root`, every row that cannot be without it, and their uploaded files; how many rows.

    Also what protects itself against being deleted (`PROTECT`, an append-only table): use it only where a whole tree
    goes. Rows that merely point at it (`SET_NULL`) stay and point at nothing. A foreign key of a model to itself is no
    way down: what was made from `root` is not part of it.
    """
    doomed = _collect(root)
    files = list(_files(doomed))
    using = router.db_for_write(type(root))
    with transaction.atomic(using=using):
        for model, field in _foreign_keys(points_only=True):
            target = _concrete(field.related_model)
            for chunk in _chunks(doomed.get(target, ())):
                model._base_manager.filter(**{f"{field.name}__in": chunk}).update(**{field.name: None})
        # The database checks foreign keys at the end of the transaction, so the order does not matter.
        for model, keys in doomed.items():
            for chunk in _chunks(keys):
                rows = model._base_manager.filter(pk__in=chunk)
                rows._raw_delete(using)
        transaction.on_commit(lambda: _remove(files), using=using)
    return sum(map(len, doomed.values()))


def _concrete(model: Any) -> type[models.Model]:
    found: type[models.Model] = model._meta.concrete_model
    return found


def _foreign_keys(*, points_only: bool) -> Iterator[tuple[type[models.Model], Any]]:
    """Each model's foreign keys to other models: those that only point, or those without whose row it cannot be."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey) or _concrete(field.related_model) is model:
                continue
            if (field.remote_field.on_delete is models.SET_NULL) is points_only:
                yield model, field


def _collect(root: models.Model) -> Doomed:
    """The keys of all rows that hang on `root`, by model; `root` is among them."""
    below: dict[type[models.Model], list[tuple[type[models.Model], Any]]] = defaultdict(list)
    for model, field in _foreign_keys(points_only=False):
        below[_concrete(field.related_model)].append((model, field))
    doomed: Doomed = defaultdict(set)
    top = _concrete(type(root))
    doomed[top] = {root.pk}
    to_follow: list[tuple[type[models.Model], set[Any]]] = [(top, {root.pk})]
    while to_follow:
        target, keys = to_follow.pop()
        for model, field in below[target]:
            new: set[Any] = set()
            for chunk in _chunks(keys):
                rows = model._base_manager.filter(**{f"{field.name}__in": chunk}).order_by()
                new.update(rows.values_list("pk", flat=True))
            new -= doomed[model]
            if new:
                doomed[model] |= new
                to_follow.append((model, new))
    return dict(doomed)


def _chunks(keys: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _files(doomed: Doomed) -> Iterator[tuple[Storage, str]]:
    for model, keys in doomed.items():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, models.FileField)]
        for field in fields:
            for chunk in _chunks(keys):
                rows = model._base_manager.filter(pk__in=chunk).exclude(**{field.name: ""})
                for name in rows.values_list(field.name, flat=True):
                    if name:
                        yield field.storage, name


def _remove(files: Iterable[tuple[Storage, str]]) -> None:
    for storage, name in files:
        try:
            storage.delete(name)
        except OSError:
            # The sweep for files without a row removes it later.
            log.exception("A file could not be deleted: %s", name)
