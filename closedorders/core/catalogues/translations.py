"""Message catalogues without GNU gettext: extracted, merged, checked and compiled by Babel."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation.template import templatize

_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-zA-Z]|%[sd]")
# One text, or the forms of a plural.
Texts = str | tuple[str, ...] | list[str]
_TEMPLATE_TYPES = {".html", ".txt"}


def languages() -> list[str]:
    """Codes of the languages that are translated into: all but the source."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def template_files() -> list[Path]:
    """Our templates, in a stable order."""
    found = [
        path for folder in _template_folders() for path in folder.rglob("*") if path.suffix in _TEMPLATE_TYPES
    ]
    return sorted(found)


def extracted() -> Catalog:
    """A catalogue of every message in our Python files and templates, with the files they stand in."""
    catalogue = Catalog()
    for path in sorted((settings.BASE_DIR / "closedorders").rglob("*.py")):
        if "migrations" not in path.parts:
            _add(catalogue, path, path.read_text(encoding="utf-8"))
    for path in template_files():
        _add(catalogue, path, python_of_template(path.read_text(encoding="utf-8"), str(path)))
    return catalogue


def python_of_template(template: str, origin: str = "template") -> str:
    """The template as source that a Python tokenizer can read, line for line.

    Django blots out everything but the messages and leaves the indentation, which means something to Python and
    nothing here.
    """
    return "".join(line.lstrip() for line in templatize(template, origin=origin).splitlines(keepends=True))


def updated(language: str) -> Catalog:
    """The stored catalogue brought up to date: translations kept, messages no longer used marked obsolete."""
    catalogue = stored(language)
    catalogue.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    return catalogue


def stored(language: str) -> Catalog:
    """The catalogue in the repository, or an empty one."""
    path = catalogue_path(language)
    if not path.exists():
        name = get_language_info(language)["name"]
        empty = Catalog(locale=language, project="Closed Orders", fuzzy=False, header_comment=f"# {name}.")
        # Set once: a date that changes with each extraction is noise in every diff.
        empty.creation_date = empty.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
        return empty
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write(language: str, catalogue: Catalog) -> bool:
    """Write the catalogue; whether that changed the file."""
    text = BytesIO()
    write_po(text, catalogue, width=110, sort_output=True, include_lineno=False, ignore_obsolete=False)
    return _replace(catalogue_path(language), text.getvalue())


def compile_catalogue(language: str) -> bool:
    """Write the `.mo` file Django reads, without fuzzy messages, unless it is up to date; whether it was written."""
    path = catalogue_path(language)
    if not _is_stale(path):
        return False
    compiled = BytesIO()
    write_mo(compiled, stored(language), use_fuzzy=False)
    _replace(path.with_suffix(".mo"), compiled.getvalue())
    os.utime(path.with_suffix(".mo"))
    return True


def compiled_is_stale() -> bool:
    """Whether a compiled catalogue is missing or older than its source."""
    return any(_is_stale(catalogue_path(language)) for language in languages())


def complaints(current: Catalog, source: Catalog) -> Iterator[str]:
    """What is wrong with a stored catalogue, given what the code now says; one line each."""
    for message in source:
        if not message.id:
            continue
        translated = current.get(message.id, message.context)
        if translated is None:
            yield f"missing: {_short(message)} ({', '.join(name for name, _line in message.locations)})"
        elif translated.fuzzy:
            yield f"fuzzy: {_short(message)}"
        elif not all(_forms(translated.string)):
            yield f"untranslated: {_short(message)}"
        elif problem := placeholder_problem(translated):
            yield f"{problem}: {_short(message)}"
    for message in current:
        if message.id and source.get(message.id, message.context) is None:
            yield f"no longer used: {_short(message)}"
    for obsolete in current.obsolete.values():
        yield f"obsolete: {_short(obsolete)}"


def placeholder_problem(message: Message) -> str:
    """How the translation's placeholders differ from the source's, or an empty string.

    A plural form may leave out the count ("one order"); the last form, for many, may not.
    """
    sources, forms = _forms(message.id), _forms(message.string)
    wanted = _placeholders(sources[-1])
    unknown = set().union(*map(_placeholders, forms)) - wanted
    lost = wanted - _placeholders(forms[-1])
    if unknown:
        return f"unknown placeholder {', '.join(sorted(unknown))}"
    return f"lost placeholder {', '.join(sorted(lost))}" if lost else ""


def _placeholders(text: str) -> set[str]:
    return {match.group() for match in _PLACEHOLDER.finditer(text.replace("%%", ""))}


def _forms(texts: Texts | None) -> list[str]:
    return [texts or ""] if texts is None or isinstance(texts, str) else list(texts)


def _short(message: Message) -> str:
    text = " ".join(_forms(message.id)[0].split())
    return repr(text if len(text) <= 100 else text[:97] + "...")


def _add(catalogue: Catalog, path: Path, source: str) -> None:
    name = path.relative_to(settings.BASE_DIR).as_posix()
    for line, text, _comments, context in extract("python", BytesIO(source.encode()), keywords=_KEYWORDS):
        catalogue.add(text, locations=[(name, line)], context=context)


def _template_folders() -> list[Path]:
    inside_apps = (settings.BASE_DIR / "closedorders").glob("*/templates")
    return [*cast("list[Path]", settings.TEMPLATES[0]["DIRS"]), *inside_apps]


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    if not source.exists():
        return False
    return not compiled.exists() or compiled.stat().st_mtime_ns < source.stat().st_mtime_ns


def _replace(path: Path, content: bytes) -> bool:
    """Write so that another process reads the old file or the new one; whether the content differs."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    return True
