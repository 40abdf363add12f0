"""The style sheets and scripts as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
SHEETS = sorted((STATIC / "css").rglob("*.css"))
STYLESHEET = "\n".join(path.read_text(encoding="utf-8") for path in SHEETS)


def tokens() -> dict[str, tuple[str, str]]:
    return {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", STYLESHEET)
    }


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of `#rrggbb`."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


GROUNDS = ["paper", "card", "sunk"]
READ_ON = [
    *(
        (text, ground)
        for text in ("ink", "ink-2", "ink-3", "brand", "brand-strong", "red")
        for ground in GROUNDS
    ),
    *((tone, f"{tone}-soft") for tone in ("red", "amber", "green", "blue", "grey", "brand")),
    *((tone, "card") for tone in ("amber", "green", "blue", "grey")),
    *(("ink", f"{tone}-soft") for tone in ("red", "amber", "green", "blue")),
    ("brand-ink", "brand"),
    ("brand-ink", "brand-strong"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_words_stand_out_from_their_ground(text: str, ground: str, theme: int) -> None:
    known = tokens()
    assert contrast(known[text][theme], known[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["line-strong", "focus", *(f"series-{n}" for n in range(1, 6))])
def test_edges_and_bars_can_be_seen(mark: str, theme: int) -> None:
    """3:1, WCAG 2.2 success criterion 1.4.11. The sixth series is "other" and is named in the legend and table."""
    known = tokens()
    minimum = 2.5 if mark.startswith("series") else 3.0
    assert contrast(known[mark][theme], known["card"][theme]) >= minimum


def test_the_stylesheet_keeps_its_own_rules() -> None:
    without_comments = re.sub(r"/\*.*?\*/", "", STYLESHEET, flags=re.S)
    assert "!important" not in without_comments
    selectors = re.sub(r"\{[^{}]*\}", "{}", without_comments)
    assert not re.search(r"#[a-zA-Z]", selectors)


def _custom_properties(sheets: Iterable[Path]) -> tuple[set[str], set[str]]:
    """The custom properties that these style sheets define, and those that they read."""
    text = "\n".join(
        re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S) for path in sheets
    )
    return set(re.findall(r"(?<![\w-])(--[\w-]+)\s*:", text)), set(re.findall(r"var\(\s*(--[\w-]+)", text))


def test_every_custom_property_that_is_read_is_defined_and_every_one_that_is_defined_is_read() -> None:
    """A browser drops a declaration that reads an undefined one without a word."""
    defined, read = _custom_properties(SHEETS)
    assert len(read) > 20, "nothing was found in the style sheets"
    assert read - defined == set()
    assert defined - read == set()


def test_every_style_sheet_is_part_of_the_one_that_pages_ask_for() -> None:
    named = set(
        re.findall(r'@import url\("([^"]+)"\)', (STATIC / "css" / "app.css").read_text(encoding="utf-8"))
    )
    assert named == {path.relative_to(STATIC / "css").as_posix() for path in SHEETS} - {"app.css"}


def test_only_style_sheets_beside_the_whole_one_name_files_so_their_addresses_stay_right_in_it() -> None:
    for path in SHEETS:
        without_imports = re.sub(r"@import .*;", "", path.read_text(encoding="utf-8"))
        assert "url(" not in without_imports or path.parent == STATIC / "css", path


def test_every_hook_has_a_module_that_names_it() -> None:
    """A `data-` attribute that templates carry and no script or style sheet reads does nothing."""
    written = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    read = "\n".join(path.read_text(encoding="utf-8") for path in (STATIC / "js").rglob("*.js")) + STYLESHEET

    def is_read(hook: str) -> bool:
        camel = re.sub("-(.)", lambda found: found[1].upper(), hook.removeprefix("data-"))
        return hook in read or f"dataset.{camel}" in read

    assert {hook for hook in re.findall(r"\s(data-[\w-]+)", written) if not is_read(hook)} - {
        "data-label"
    } == set()
