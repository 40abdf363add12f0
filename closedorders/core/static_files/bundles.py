"""One style sheet and one script out of the many files they are written in.

Both also work as they are, so a page under DEBUG takes the files themselves. Only two forms are known, on purpose:

* CSS: ``@import url("file.css") layer(name);`` on a line of its own.
* JavaScript: ``import "./file.js";`` in the script asked for, and ``import { a, b } from "./file.js";`` in those.
  What exports something is written once at the top, all else in a block of its own, so no name meets another.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

#: Reads the text of a static file by its name.
Read = Callable[[str], str]

_CSS_IMPORT = re.compile(r'^@import url\("([^"]+)"\) layer\(([\w-]+)\);$', re.M)
_CSS_COMMENT = re.compile(r"/\*.*?\*/\n?", re.S)
_JS_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"(\./[^"]+|\.\./[^"]+)";\n', re.M)
_JS_COMMENT = re.compile(r"^\s*//.*\n", re.M)


def css_bundle(name: str, read: Read) -> str:
    """The style sheet `name` with what it imports put into its place, and without comments."""

    def imported(found: re.Match[str]) -> str:
        return f"@layer {found[2]} {{\n{css_bundle(_beside(name, found[1]), read)}}}"

    return _CSS_IMPORT.sub(imported, _CSS_COMMENT.sub("", read(name)))


def js_bundle(name: str, read: Read) -> str:
    """The script `name` and every module it imports, as one module without imports and whole-line comments."""
    written: dict[str, str] = {}

    def write(module: str) -> None:
        if module in written:
            return
        written[module] = ""
        text = read(module)
        for found in _JS_IMPORT.finditer(text):
            write(_beside(module, found[1]))
        body = _JS_COMMENT.sub("", _JS_IMPORT.sub("", text))
        shared = re.search(r"^export ", body, re.M)
        del written[module]  # after those it imports
        written[module] = re.sub(r"^export ", "", body, flags=re.M) if shared else f"{{\n{body}}}\n"

    write(name)
    return "".join(written.values())


def _beside(name: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
