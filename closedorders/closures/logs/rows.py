"""Reasons of single rows of a paste: proposed from the words beside each number, chosen by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from closedorders.accounts.models import Team
from closedorders.core.refusals import Refused
from closedorders.orders.masking import Sight
from closedorders.orders.models import SupplierOrder

from ..decoder.reading import decode, suggested_reason
from ..forms import NOT_SURE, reason_choices
from ..models import ClosureReason
from ..pasting import read_numbers

_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A number, what stood beside it or an import says of it, and the choices (code, name, whether it is proposed)."""

    number: str
    words: str
    choices: list[tuple[str, str, bool]]

    @property
    def name(self) -> str:
        return name_of(self.number)


def name_of(number: str) -> str:
    return f"reason_{number}"


def rows_of(
    team: Team,
    text: str,
    numbers: Sequence[str],
    words: str,
    reason: ClosureReason | None,
    sight: Sight,
) -> list[Row]:
    """A row for each number. Proposed is what its own line says, else its import's status, else the reason for all.

    Three queries at most.
    """
    wanted = set(numbers)
    beside = _words_beside(text, wanted)
    orders = SupplierOrder.objects.for_team(team).filter(number__any_of=wanted)
    statuses = dict(orders.exclude(status="").values_list("number", "status"))
    choices = reason_choices(team)
    codes = {code for code, _name in choices}
    for_all = reason.code if reason else suggested_reason(decode(words)) or NOT_SURE
    rows = []
    for number in numbers:
        said = [each for each in (beside.get(number, ""), statuses.get(number, "")) if each]
        proposed = next(filter(None, (suggested_reason(decode(each)) for each in said)), "") or for_all
        if proposed not in codes:
            proposed = NOT_SURE
        rows.append(
            Row(
                number,
                sight.words(" · ".join(said))[:_LONGEST_WORDS],
                [(code, name, code == proposed) for code, name in choices],
            )
        )
    return rows


def _words_beside(text: str, wanted: set[str]) -> dict[str, str]:
    """What else stands on the line of each number, where the line has no other number."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        here = read_numbers(line, known=wanted).numbers
        if len(here) == 1 and here[0] in wanted:
            rest = " ".join(line.replace(here[0], " ").split()).strip(" ,;|\\t")
            if rest and not rest.replace(" ", "").isdigit():
                found.setdefault(here[0], rest)
    return found


def chosen_reasons(
    team: Team, numbers: Sequence[str], posted: Mapping[str, str]
) -> dict[str, ClosureReason | None]:
    """What a person chose for each number. A number without a choice is left to the reason for all."""
    by_code: dict[str, ClosureReason | None] = {
        reason.code: reason for reason in ClosureReason.objects.for_team(team)
    }
    by_code[NOT_SURE] = None
    codes = {number: posted[name_of(number)] for number in numbers if name_of(number) in posted}
    if not codes.keys() or all(code in by_code for code in codes.values()):
        return {number: by_code[code] for number, code in codes.items()}
    raise Refused(_("A reason that was chosen for a row is no longer in use. Choose the reasons again."))
