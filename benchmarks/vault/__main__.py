"""Figures of the vault: `python -m benchmarks.vault found|refused|uploads [--seeds 101 102] [--count 40]`.

`found`: made pictures with a card's number that nothing covers; how many the check refuses. `refused`: made screenshots
full of order numbers, most of them the team's own; how many it refuses wrongly. `uploads`: every case of
`tests/documents/uploads.py`; its outcome, seconds and the most memory its child process had. The sentences of
docs/documents.md are made from these. Ends with an error where a goal is missed.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from PIL import Image

# Not tuned on: what was read badly of seeds below 100 decided how pictures are read.
SEEDS = (101, 102, 103)
MOST_MISSED, MOST_WRONGLY_REFUSED = 0.05, 0.01
"""Parts of all pictures: 2 of 40 cards, 2 of 200 screenshots."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vault")
    parser.add_argument("what", choices=["found", "refused", "uploads"])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="closedorders-bench-") as folder:
        os.environ |= {"BENCH_FOLDER": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        import django

        django.setup()
        if options.what == "uploads":
            met = uploads()
        elif options.what == "found":
            met = found(options.seeds, options.count or 40)
        else:
            met = wrongly_refused(options.seeds[:1], options.count or 200)
    sys.exit(not met)


def found(seeds: Sequence[int], count: int) -> bool:
    """Print how many cards are refused; whether so many are of each seed."""
    from .made_pictures import card_picture

    met = True
    for seed in seeds:
        refused = _refused(seed, count, lambda made: (card_picture(made), frozenset()), kind="card_front")
        print(f"  of {count} cards {len(refused)} were refused; not: {sorted(set(range(count)) - refused)}")
        met = met and len(refused) >= count * (1 - MOST_MISSED)
    return met


def wrongly_refused(seeds: Sequence[int], count: int) -> bool:
    """Print how many screenshots without a card's number are refused; whether so few are of each seed."""
    from .made_pictures import order_list

    met = True
    for seed in seeds:
        refused = _refused(seed, count, order_list, kind="statement")
        print(f"  of {count} screenshots {len(refused)} were refused: {sorted(refused)}", flush=True)
        met = met and len(refused) <= count * MOST_WRONGLY_REFUSED
    return met


def _refused(
    seed: int,
    count: int,
    make: Callable[[random.Random], tuple[Image.Image, frozenset[str]]],
    *,
    kind: str,
) -> set[int]:
    """Which of the pictures show a card's number that is none of the team's own."""
    from closedorders.documents.proof.checking import read_page

    refused, unread, seconds = set(), [], []
    for number in range(count):
        picture, known = make(random.Random(seed * 1000 + number))
        content = as_stored(picture)
        began = time.monotonic()
        reading = read_page(content, kind=kind, boxes=())
        seconds.append(time.monotonic() - began)
        if any(each.digits not in known for each in reading.findings):
            refused.add(number)
        elif reading.why_not:
            unread.append(number)
    seconds.sort()
    print(
        f"seed {seed}: not wholly read, so looked at by a second person: {len(unread)}; seconds a picture: "
        f"median {seconds[len(seconds) // 2]:.1f}, most {seconds[-1]:.1f}",
        flush=True,
    )
    return refused


def as_stored(picture: Image.Image) -> bytes:
    """The picture as the vault would store it, without a box."""
    from closedorders.documents import LONGEST_SIDE
    from closedorders.documents.pictures import OpenPicture

    content = io.BytesIO()
    picture.save(content, "JPEG", quality=88)
    with OpenPicture(content) as opened:
        return opened.draw(1, boxes=[], turn=0, longest=LONGEST_SIDE).jpeg


def uploads() -> bool:
    """Print what becomes of each odd upload; whether each stays within its seconds and memory."""
    from tests.documents.uploads import CASES, measured

    met = True
    print("| Upload | Outcome | Seconds | Most memory, MB |\n|---|---|---:|---:|")
    for case in CASES:
        found = measured(case.content())
        outcome = f"refused: {found.refused}" if found.refused else "redrawn"
        print(f"| {case.name} | {outcome} | {found.seconds:.2f} | {found.memory >> 20} |", flush=True)
        met = met and found.seconds <= case.seconds
    return met


if __name__ == "__main__":
    main()
