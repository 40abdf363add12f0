"""What the mail server kept, beside what the outbox says of it. No database and no server here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A message of the outbox when all is over; `recipient` is written to by no other one."""

    recipient: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The customers for whom a promise was broken, and those of whom nobody knows, by address.

    `twice`: two mails and more. `lost`: no mail, and no person is asked to look. `false_sent`: said to be sent, and it
    was not. `uncertain`: a person is asked whether the mail left, with the reason.
    """

    sent: int
    twice: list[str]
    lost: list[str]
    false_sent: list[str]
    uncertain: list[Row]

    def broken(self, *, may_be_uncertain: int) -> list[str]:
        """A sentence for each promise that was broken."""
        found = [
            f"{len(who)} {what}: {', '.join(who[:5])}"
            for what, who in [
                ("told twice", self.twice),
                ("lost", self.lost),
                ("said to be sent and were not", self.false_sent),
                ("uncertain without a reason", [row.recipient for row in self.uncertain if not row.reason]),
            ]
            if who
        ]
        if len(self.uncertain) > may_be_uncertain:
            found.append(f"{len(self.uncertain)} uncertain, and {may_be_uncertain} may be")
        return found


def compare(kept: Iterable[str], rows: Iterable[Row], *, expected: Sequence[str]) -> Verdict:
    """`kept`: the recipient of each mail that the server took. `expected`: everybody who is to be written to."""
    mails = Counter(kept)
    of = {row.recipient: row for row in rows}
    sent = {row.recipient for row in of.values() if row.state == "sent"}
    uncertain = [row for row in of.values() if row.state == "uncertain"]
    asked_about = {row.recipient for row in uncertain}
    return Verdict(
        sent=len(sent),
        twice=sorted(who for who, number in mails.items() if number > 1),
        # With a mail it must also say so: else somebody writes to her once more.
        lost=sorted(who for who in expected if who not in asked_about and who not in sent),
        false_sent=sorted(who for who in sent if not mails[who]),
        uncertain=sorted(uncertain, key=lambda row: row.recipient),
    )
