"""The receipt of a document: what is stored, what was covered, how it was checked. Nothing that must be hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..kinds import Reason
from ..models import Document, PageImage
from ..proof.wording import sentences, why_not_checked


@dataclass(frozen=True, slots=True)
class Receipt:
    """`covered`: reason → how many boxes. `checks`: sentences. `checked_at` is None as long as no check is over."""

    pages: list[PageImage]
    covered: list[tuple[str, int]]
    checks: list[str]
    checked_at: datetime | None


def receipt_of(document: Document) -> Receipt:
    """One query."""
    words = dict(Reason.CHOICES)
    covered: dict[str, int] = {}
    for *_place, reason in document.boxes:
        covered[reason] = covered.get(reason, 0) + 1
    return Receipt(
        pages=list(document.pages.all()),
        covered=[(_(words.get(reason, reason)), count) for reason, count in covered.items()],
        checks=_checks(document),
        checked_at=_checked_at(document),
    )


def _checked_at(document: Document) -> datetime | None:
    return None if document.state in Document.UNFINISHED else document.finished_at


def _checks(document: Document) -> list[str]:
    result, state = document.check_result, document.state
    if _checked_at(document) is None:
        return []
    done = []
    if result.get("engine") and not result.get("why_not"):
        done.append(
            ngettext(
                "Read %(ways)s time a page with %(engine)s, in all directions, light on dark and dark on light.",
                "Read %(ways)s times a page with %(engine)s, in all directions, light on dark and dark on light.",
                result["ways"],
            )
            % {"ways": result["ways"], "engine": result["engine"]}
        )
    if result.get("engine"):
        done.append(
            _(
                "Looked for card numbers, for more than their last four digits beside a box, and on identity papers "
                "for machine-readable lines."
            )
        )
    if numbers := result.get("known_numbers"):
        done.append(
            ngettext(
                "%(count)s number that looks like a card's is one of your orders or parcels.",
                "%(count)s numbers that look like a card's are those of your orders or parcels.",
                numbers,
            )
            % {"count": numbers}
        )
    if state == Document.State.CLEAN:
        done.append(_("Nothing was found. That shows no leak; it cannot show that there is none."))
    elif result.get("found"):
        done += sentences(document)
    elif result.get("why_not"):
        done.append(why_not_checked(document))
    if document.confirmed_by is not None:
        done.append(_("Looked at and confirmed by %(person)s.") % {"person": document.confirmed_by.user})
    return done
