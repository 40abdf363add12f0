"""Texts of forms, models and tables are translated when they are shown, not when their module is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import closedorders

ROOT = Path(closedorders.__file__).parent
AT_ONCE = {"gettext", "ngettext", "pgettext", "npgettext"}


def _translated_on_import(tree: ast.Module) -> Iterator[int]:
    """The lines of calls that translate outside any function."""
    names = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for each in node.names
        if each.name in AT_ONCE
    }
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno
        inside = ast.iter_child_nodes(node)
        waiting += [each for each in inside if not isinstance(each, ast.FunctionDef | ast.Lambda)]


def test_no_text_is_translated_while_its_module_is_imported() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in ROOT.rglob("*.py")
        for line in _translated_on_import(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_a_label_that_is_translated_at_once_is_found() -> None:
    code = "from django.utils.translation import gettext as _\nclass Form:\n    label = _('Name')\n"
    assert list(_translated_on_import(ast.parse(code))) == [3]
