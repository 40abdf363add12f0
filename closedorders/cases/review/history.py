"""What was looked at in a case, and when."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.documents.models import Document

from ..models import Case, Decision, Review

_MOST_DOCUMENTS = 60


def review_words(decision: Decision) -> str:
    """From when to when the reviewer looked, and what came of it; "" where no look was recorded."""
    words: list[str] = []
    review: Review | None = getattr(decision, "review", None)
    if review is not None and review.ended_at is not None:
        began, ended = timezone.localtime(review.started_at), timezone.localtime(review.ended_at)
        end_format = "TIME_FORMAT" if began.date() == ended.date() else "DATETIME_FORMAT"
        words.append(
            _("Looked at from %(start)s to %(end)s")
            % {"start": date_format(began, "DATETIME_FORMAT"), "end": date_format(ended, end_format)}
        )
    if review is not None and review.mismatches:
        words.append(
            ngettext(
                "%(count)s time something else was typed than the merchant did",
                "%(count)s times something else was typed than the merchant did",
                review.mismatches,
            )
            % {"count": review.mismatches}
        )
    if decision.alone:
        words.append(_("Nobody but the merchant looked"))
    return ". ".join(words)


def open_reviews(case: Case) -> list[dict[str, Any]]:
    """Events of reviews that have begun and led to no decision."""
    found = Review.objects.filter(slot__case=case, decision=None).select_related("slot", "by__user")
    return [
        {
            "at": review.started_at,
            "title": _("Review of %(document)s began") % {"document": review.slot},
            "text": _("Ended at %(time)s without a decision")
            % {"time": date_format(timezone.localtime(review.ended_at), "DATETIME_FORMAT")}
            if review.ended_at
            else "",
            "who": str(review.by.user),
            "tone": "blue",
            "order": (review.started_at, 0, review.pk),
        }
        for review in found
    ]


def documents_of(case: Case) -> list[Document]:
    """Documents that the case's slots have or had, newest first."""
    used = Document.objects.for_team(case.team).filter(pk__in=case.documents_used.values("pk"))
    return list(used.order_by("-pk")[:_MOST_DOCUMENTS])
