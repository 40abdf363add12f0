"""What a notice says: which case waits for its reader, and where. Never what is on a document, nor its name."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from .. import moves
from ..models import Notice


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def write(notice: Notice) -> Letter:
    """In the active language."""
    transition = notice.transition
    case = transition.case
    names = {"number": case.incident.number, "person": transition.by.user, "team": case.team.name}
    subject, sentence = _words(transition.after)
    text = "\n\n".join(
        (
            sentence % names,
            f"{settings.SITE_URL}{case.get_absolute_url()}",
            _(
                "This mail has no document in it: they are only shown to members of %(team)s who have signed in."
            )
            % names,
        )
    )
    return Letter(" ".join((subject % names).split()), f"{text}\n")


def _words(state: str) -> tuple[str, str]:
    if state == moves.IN_REVIEW:
        return (
            _("%(team)s: documents of incident %(number)s wait for your review"),
            _("%(person)s has sent the documents of incident %(number)s for review. Look at them here:"),
        )
    if state == moves.COLLECTING:
        return (
            _("%(team)s: documents of incident %(number)s are asked for again"),
            _(
                "%(person)s asks again for documents of incident %(number)s. What for, and why, is on the case's page:"
            ),
        )
    return (
        _("%(team)s: documents of incident %(number)s are ready to be sent"),
        _("%(person)s has approved the documents of incident %(number)s. Send them to AliExpress from here:"),
    )
