"""Figures as `results.json` keeps them and as a table; both from the same list, so that they never differ."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .figures import Figure

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures of make bench -->", "<!-- end of figures -->"


def results(figures: Sequence[Figure], machine: str) -> list[dict[str, Any]]:
    return [
        {
            "name": figure.name,
            "ours": round(figure.ours, 4),
            "reference": round(figure.reference, 4),
            "ratio": round(figure.ratio, 3),
            "goal": figure.goal,
            "at_least": figure.at_least,
            "met": figure.met,
            "unit": figure.unit,
            "database": figure.database,
            "machine": machine,
        }
        for figure in figures
    ]


def table(listed: Sequence[dict[str, Any]]) -> str:
    """In Markdown, with the machine above it."""
    lines = [f"Measured on: {listed[0]['machine']}.", ""] if listed else []
    lines += ["| Figure | Ours | Reference | Ratio | Goal | Met |", "|---|---|---|---|---|---|"]
    for each in listed:
        cells = [each["name"], _amount(each["ours"], each["unit"]), _amount(each["reference"], each["unit"])]
        cells += [f"{each['ratio']:.2f}", f"{'≥' if each['at_least'] else '≤'} {each['goal']:g}"]
        cells += ["yes" if each["met"] else "no"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _amount(value: float, unit: str) -> str:
    return f"{value:,.2f} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def write(listed: Sequence[dict[str, Any]], *, file: Path = RESULTS, page: Path = PAGE) -> None:
    text = page.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{page} has lost the place for its figures.")
    file.write_text(json.dumps(listed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write_text(f"{before}{BEGIN}\n\n{table(listed)}\n\n{END}{after}", encoding="utf-8")


def machine(database: str) -> str:
    """What it was measured on, in a line; `database` is PostgreSQL's version."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{_processor()}, {os.cpu_count()} cores, {gigabytes:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}, PostgreSQL {database}"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
