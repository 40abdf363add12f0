"""What to do about a reason: the team's own words where it has any, the seeded ones elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.models import Team
from closedorders.core.stale import mark_of

from .builtin_reasons import BUILTIN
from .models import Closure, ClosureReason, Incident, IncidentStep, Playbook

PLAYBOOK_LABELS: dict[str, Promise] = {
    "what_happened": gettext_lazy("What happened"),
    "do_now": gettext_lazy("Do now"),
    "who_to_tell": gettext_lazy("Who to tell"),
    "payment_route": gettext_lazy("How to pay next time"),
    "prevention": gettext_lazy("Prevention"),
    "source": gettext_lazy("Source"),
}
PLAYBOOK_WORDS = tuple(PLAYBOOK_LABELS)
CHECK_AGAIN_AFTER = timedelta(days=183)
MOST_STEPS = 20
"""Of one playbook on one incident: a text of a thousand lines is no list of things to do."""
_STEP_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zà-ÿ]|[¿¡“«\"])")
_BULLET = re.compile(r"^\s*(?:[-–•*]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Advice:
    """A reason's playbook as it is read. `edited`: at least one text is the team's own.

    `original` are the seeded words of the texts that are the team's own, by field. `seen` is the mark of what is
    stored, for a form that is sent back.
    """

    what_happened: str
    do_now: str
    who_to_tell: str
    payment_route: str
    prevention: str
    source: str
    verified_on: date | None
    account_level: bool
    edited: bool
    original: Mapping[str, str]
    seen: str

    @property
    def check_overdue(self) -> bool:
        return is_check_overdue(self.verified_on)

    @property
    def texts(self) -> list[dict[str, str]]:
        """What a page shows, in order: `name`, `label`, `words`, and `original` where the words are the team's own."""
        return [
            {
                "name": name,
                "label": str(label),
                "words": getattr(self, name),
                "original": self.original.get(name, ""),
            }
            for name, label in PLAYBOOK_LABELS.items()
            if name != "source"
        ]


def is_check_overdue(verified_on: date | None) -> bool:
    """Whether the words were last compared with what AliExpress does more than six months ago, or never."""
    return verified_on is None or timezone.localdate() - verified_on > CHECK_AGAIN_AFTER


def playbook_mark(own: Playbook | None) -> str:
    """The mark of a team's own words, whatever the reader's language; also of having none."""
    if own is None:
        return mark_of(*[""] * len(PLAYBOOK_WORDS), None)
    return mark_of(*(getattr(own, name) for name in PLAYBOOK_WORDS), own.verified_on)


def seeded_words(reason: ClosureReason) -> dict[str, str]:
    """The words every team starts with, in the active language; empty for a team's own reason."""
    seeded = BUILTIN.get(reason.code) if reason.team_id is None else None
    return {name: str(getattr(seeded, name)) for name in PLAYBOOK_WORDS} if seeded else {}


def advice_for(*, team: Team, reason: ClosureReason) -> Advice:
    return _advice(Playbook.objects.filter(team=team, reason=reason).first(), reason)


def _advice(own: Playbook | None, reason: ClosureReason) -> Advice:
    seeded = seeded_words(reason)
    builtin = BUILTIN[reason.code] if seeded else None
    edited = {name: getattr(own, name) for name in PLAYBOOK_WORDS if own and getattr(own, name)}
    words = {name: edited.get(name) or seeded.get(name, "") for name in PLAYBOOK_WORDS}
    words["source"] = words["source"] or _("Your own team")
    return Advice(
        **words,
        verified_on=(own.verified_on if own else None) or (builtin.verified_on if builtin else None),
        account_level=builtin.account_level if builtin else False,
        edited=bool(edited),
        original={name: seeded[name] for name in edited if seeded.get(name)},
        seen=playbook_mark(own),
    )


def overdue_checks(team: Team, reasons: Collection[ClosureReason]) -> set[int]:
    """Keys of the reasons whose playbook is to be checked again. One query."""
    own = {each.reason_id: each for each in Playbook.objects.filter(team=team, reason__in=reasons)}
    return {
        reason.pk for reason in reasons if is_check_overdue(_advice(own.get(reason.pk), reason).verified_on)
    }


def split_steps(do_now: str) -> list[str]:
    """The things to do that a text names: one a line, or one a sentence where it is all one line."""
    lines = [_BULLET.sub("", line).strip() for line in do_now.splitlines() if line.strip()]
    found = lines if len(lines) > 1 else [part.strip() for line in lines for part in _STEP_END.split(line)]
    return [step for step in found if step][:MOST_STEPS]


def steps_to_do(*, team: Team, reason: ClosureReason) -> list[dict[str, str]]:
    """The do-now steps of a playbook, each as texts by language; one text under "" where the words are the team's own.

    Seeded words that do not fall into as many steps in each language are given in the active one alone.
    """
    own = Playbook.objects.filter(team=team, reason=reason).first()
    if own is not None and own.do_now:
        return [{"": step} for step in split_steps(own.do_now)]
    by_language: dict[str, list[str]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            by_language[language] = split_steps(seeded_words(reason).get("do_now", ""))
    if len({len(steps) for steps in by_language.values()}) == 1:
        return [
            dict(zip(by_language, texts, strict=True)) for texts in zip(*by_language.values(), strict=True)
        ]
    return [{"": step} for step in split_steps(seeded_words(reason).get("do_now", ""))]


def incident_steps(incident: Incident) -> dict[str, Any]:
    """What an incident's page shows of its steps: those on it, and the reasons whose steps could be added."""
    steps = list(
        IncidentStep.objects.filter(incident=incident).select_related("reason", "done_by__user")[:200]
    )
    applied = {step.reason_id for step in steps}
    closures = Closure.objects.filter(incident=incident, reopened_at=None).exclude(reason=None)
    known = {*closures.order_by().values_list("reason", flat=True).distinct(), incident.cause_id}
    offered = ClosureReason.objects.filter(pk__in=[pk for pk in known if pk and pk not in applied])
    return {
        "steps": steps,
        "steps_done": sum(step.done_at is not None for step in steps),
        "step_reasons": list(offered) if incident.ended_at is None else [],
    }
