"""What goes into a submission pack, and what stands against making it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from closedorders.core.text.folding import folded
from closedorders.documents.models import Document, PageImage

from ..models import Case, Decision, Pack, Slot

#: Of the pages of one pack, which is put together in memory.
MOST_BYTES = 40 * 1024**2
#: A team has one of these at a time, so that two of them are likely two versions. Of others the name says which it is.
_ONE_OF_A_KIND = {
    Document.Kind.CARD_FRONT,
    Document.Kind.CARD_BACK,
    Document.Kind.IDENTITY,
    Document.Kind.DRIVING_LICENCE,
}


@dataclass(frozen=True, slots=True)
class Item:
    """An approved document. `alone`: nobody but the merchant looked at it."""

    slot: Slot
    document: Document
    pages: Sequence[PageImage]
    alone: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """`items` in the order of the case; `elsewhere`: approved documents that the merchant keeps; `lacks`: sentences."""

    items: list[Item]
    elsewhere: list[str]
    lacks: list[str]

    @property
    def alone(self) -> bool:
        return any(item.alone for item in self.items)


def contents_of(case: Case) -> Contents:
    """A fixed number of queries."""
    slots = (
        case.slots.exclude(state=Slot.State.NOT_NEEDED)
        .select_related("document")
        .prefetch_related("document__pages", Prefetch("decisions", Decision.objects.order_by("-at", "-pk")))
    )
    items: list[Item] = []
    elsewhere: list[str] = []
    open_slots: list[str] = []
    erased: list[str] = []
    for slot in slots:
        if slot.state != Slot.State.APPROVED:
            open_slots.append(str(slot))
        elif slot.document is None:
            elsewhere.append(str(slot))
        elif slot.document.deleted_at is not None:
            erased.append(str(slot))
        else:
            last = next(iter(slot.decisions.all()), None)
            items.append(
                Item(slot, slot.document, list(slot.document.pages.all()), bool(last and last.alone))
            )
    lacks = []
    if open_slots:
        lacks.append(_("Not approved yet: %(names)s.") % {"names": ", ".join(open_slots)})
    if erased:
        lacks.append(_("Deleted since, only the receipt is left: %(names)s.") % {"names": ", ".join(erased)})
    if not lacks and not items:
        lacks.append(_("No approved document has a picture here, so there is nothing to pack."))
    if sum(page.stored_bytes for item in items for page in item.pages) > MOST_BYTES:
        lacks.append(_("A pack holds at most %(most)s MB of pictures.") % {"most": MOST_BYTES // 1024**2})
    return Contents(items, elsewhere, lacks)


def differing_versions(case: Case, items: Sequence[Item]) -> list[str]:
    """Documents that look like two versions of one paper covered differently: whoever has both can subtract them.

    They are compared with each other, and with what earlier packs of the case held.
    """
    sent = {entry["document"] for contents in _sent(case) for entry in contents}
    documents = Document.objects.for_team(case.team).in_bulk(sent)
    documents |= {item.document.pk: item.document for item in items}
    packed = {item.document.pk for item in items}
    return [
        _("“%(new)s” and “%(old)s”") % {"new": new.name, "old": old.name}
        for old, new in combinations(documents.values(), 2)
        if packed & {old.pk, new.pk} and _is_same_paper(old, new) and _boxes(old) != _boxes(new)
    ]


def _sent(case: Case) -> Sequence[list[dict[str, int]]]:
    return list(Pack.objects.filter(case=case).values_list("contents", flat=True)[:100])


def _is_same_paper(one: Document, other: Document) -> bool:
    if one.kind != other.kind:
        return False
    return one.kind in _ONE_OF_A_KIND or folded(one.name) == folded(other.name)


def _boxes(document: Document) -> list[list[float]]:
    """Places of the boxes, to a thousandth of the page; why they are there does not matter."""
    return sorted([page, *(round(part, 3) for part in place)] for page, *place, _reason in document.boxes)
