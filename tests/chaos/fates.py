"""What the mail server does to which mail, drawn from a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from tests.smtp_sink import DROP, Act
from tests.smtp_sink.acts import At

#: Share of the tries, what is done, and when. Deferred ones come again and are drawn for anew.
CHANCES: list[tuple[float, At, str]] = [
    (0.005, "rcpt", "451 4.3.0 try again later"),
    (0.005, "dot", "451 4.3.0 try again later"),
    (0.002, "rcpt", "421 4.3.2 shutting down"),
    (0.002, "content", DROP),
    # It took the mail, and nobody hears of it.
    (0.001, "dot", DROP),
]


class Fates:
    """Asked by the mail server at each step of each mail; `met` counts what was done, by "step reply"."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tries: Counter[str] = Counter()
        self.met: Counter[str] = Counter()

    def __call__(self, at: At, recipients: Sequence[str]) -> Act | None:
        if at not in {"rcpt", "content", "dot"} or not recipients:
            return None
        recipient = recipients[0]
        self._tries[recipient] += at == "rcpt"
        drawn = random.Random(f"{self._seed} {recipient} {self._tries[recipient]}").random()
        for share, step, does in CHANCES:
            if drawn < share:
                if step != at:
                    return None
                self.met[f"{step} {does[:4].strip()}"] += 1
                return Act(at, does, keeps=does == DROP)
            drawn -= share
        return None

    @property
    def taken_without_a_word(self) -> int:
        return self.met[f"dot {DROP}"]
