"""Names of uploaded files."""

from __future__ import annotations

import unicodedata

from closedorders.core.text.masks import mask_addresses


def shown_file_name(name: str) -> str:
    """A file name as it may stand on a page: no folders, no control or direction characters, no whole address."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(each for each in name if unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    # The ending by itself: a file ends with it, and no address does.
    stem, dot, ending = name.strip().rpartition(".")
    return mask_addresses(f"{mask_addresses(stem)}{dot}{ending}")[:200] or "orders.csv"
