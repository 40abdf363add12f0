"""No module needs itself to be imported, but for a model and its query sets, which name each other's classes."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import closedorders

ROOT = Path(closedorders.__file__).parent
FILES = {
    ".".join(["closedorders", *file.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__"): file
    for file in ROOT.rglob("*.py")
    if "migrations" not in file.parts
}


def _imported(module: str, body: list[ast.stmt]) -> set[str]:
    """What a module imports while it is imported, and what it imports for its types."""
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.If):
            found |= _imported(module, node.body) | _imported(module, node.orelse)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {name if (name := f"{base}.{each.name}") in FILES else base for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return found & FILES.keys() - {module}


def _is_of_models(module: str) -> bool:
    return ".models" in module or module.endswith(".querysets")


def test_no_module_needs_itself() -> None:
    graph = {module: _imported(module, ast.parse(file.read_text()).body) for module, file in FILES.items()}
    assert len(graph["closedorders.orders.timeline"]) > 5
    for module, needed in graph.items():
        if _is_of_models(module):
            graph[module] = {each for each in needed if not _is_of_models(each)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None
