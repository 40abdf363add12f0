"""Which documents wait for a reviewer, and which one is next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from closedorders.accounts.models import Membership, Team

from ..models import Case, Review, Slot, Transition

#: A review that was begun so long ago and not ended keeps nobody else from the document.
ABANDONED_AFTER = timedelta(minutes=30)


def waiting(team: Team) -> QuerySet[Slot]:
    """Documents that wait for a decision, each with `sent_at`: when its case was last sent for review."""
    sent = (
        Transition.objects.standing()
        .filter(case=OuterRef("case"), after=Case.State.IN_REVIEW)
        .order_by("-pk")
    )
    found: QuerySet[Slot] = (
        Slot.objects.filter(case__team=team, case__state=Case.State.IN_REVIEW, state=Slot.State.READY)
        .annotate(sent_at=Coalesce(Subquery(sent.values("at")[:1]), "case__opened_at"))
        .select_related("case__incident", "case__buyer_account", "case__team", "document")
    )
    return found


def with_open_reviews(slots: QuerySet[Slot]) -> QuerySet[Slot]:
    """Adds `open_reviews` to each: reviews that are under way."""
    under_way = Review.objects.filter(ended_at=None, started_at__gt=timezone.now() - ABANDONED_AFTER)
    return slots.prefetch_related(
        Prefetch("reviews", under_way.select_related("by__user"), to_attr="open_reviews")
    )


def first_free(slots: Iterable[Slot], by: Membership) -> Slot | None:
    """The first of these slots of `with_open_reviews` that nobody else is looking at."""
    for slot in slots:
        reviews: list[Review] = getattr(slot, "open_reviews", [])
        if all(review.by_id == by.pk for review in reviews):
            return slot
    return None


def next_slot(case: Case, by: Membership) -> Slot | None:
    """What `by` looks at after a document of `case`: the next of this case, else the oldest that nobody else has open.

    None once every document of the case is decided: what is next then is to send the case on.
    """
    others = Review.objects.filter(
        slot=OuterRef("pk"), ended_at=None, started_at__gt=timezone.now() - ABANDONED_AFTER
    ).exclude(by=by)
    left = waiting(case.team)
    if not left.filter(case=case).exists():
        return None
    free = left.filter(~Exists(others)).order_by(F("sent_at"), "pk")
    return free.filter(case=case).first() or free.first()


def decided_cases(team: Team) -> QuerySet[Case]:
    """Cases that are with the reviewer, and every document of which is decided: they wait to be sent on."""
    undecided = Slot.objects.filter(case=OuterRef("pk"), state=Slot.State.READY)
    return Case.objects.for_team(team).filter(~Exists(undecided), state=Case.State.IN_REVIEW).order_by("pk")
