from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.core.stale import refuse_if_changed

from ..models import ClosureReason, Incident, IncidentStep, Playbook
from ..playbooks import PLAYBOOK_WORDS, playbook_mark, seeded_words, steps_to_do
from .reasons import check_reason, code_of


@transaction.atomic
def edit_playbook(
    *,
    team: Team,
    reason: ClosureReason,
    by: Membership,
    verified_on: date | None,
    seen: str = "",
    **words: str,
) -> Playbook:
    """Store the team's own words for a reason.

    `words` has a text for each of `PLAYBOOK_WORDS`. A text that is the seeded one in the reader's language is stored
    as blank, so that readers of the other language go on seeing theirs. Refused where `seen` is not the mark of what
    is stored now.
    """
    allow(by, MERCHANT, team_id=team.pk)
    playbook = _lock(team, reason)
    refuse_if_changed(
        seen,
        playbook_mark(playbook),
        _(
            "Somebody saved other words since you opened the page, so nothing was saved. Both texts are below: "
            "save again to replace theirs with yours."
        ),
    )
    seeded = seeded_words(reason)
    new: dict[str, Any] = {"verified_on": verified_on}
    for name in PLAYBOOK_WORDS:
        text = "\n".join(words.get(name, "").strip().splitlines())
        new[name] = "" if text == seeded.get(name) else text
    _save(playbook, new, by)
    return playbook


@transaction.atomic
def check_playbook(*, team: Team, reason: ClosureReason, by: Membership) -> None:
    """Note that somebody compared the playbook with what AliExpress does today. Its words stay."""
    allow(by, MERCHANT, team_id=team.pk)
    playbook = _lock(team, reason)
    _save(playbook, {"verified_on": timezone.localdate()}, by)


def _lock(team: Team, reason: ClosureReason) -> Playbook:
    if reason.team_id not in (None, team.pk):
        raise Refused(_("This reason belongs to another team."))
    playbook, _created = Playbook.objects.select_for_update().get_or_create(team=team, reason=reason)
    return playbook


def _save(playbook: Playbook, new: dict[str, Any], by: Membership) -> None:
    before = {name: getattr(playbook, name) for name in new if getattr(playbook, name) != new[name]}
    if not before:
        return
    for name in before:
        setattr(playbook, name, new[name])
    playbook.save(update_fields=list(before))
    record(
        by=by,
        verb="playbook_edited",
        thing=playbook.reason,
        team=playbook.team,
        before=before,
        after={name: new[name] for name in before},
    )


@transaction.atomic
def apply_playbook(*, incident: Incident, reason: ClosureReason, by: Membership) -> int:
    """Put the do-now steps of the reason's playbook on the incident; how many were added.

    A step that is on it already is not added again, done or not. Refused once the incident has ended.
    """
    allow(by, DESK, team_id=incident.team_id)
    check_reason(reason, incident.team)
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if locked.ended_at is not None:
        raise Refused(_("This incident is over: nothing is left to do in it."))
    return add_playbook_steps(incident=incident, reason=reason, by=by)


def add_playbook_steps(*, incident: Incident, reason: ClosureReason, by: Membership) -> int:
    """As `apply_playbook`, for an action that has locked the open incident and checked the reason.

    Two queries where the steps are on it already.
    """
    allow(by, DESK, team_id=incident.team_id)
    there = dict(IncidentStep.objects.filter(incident=incident).values_list("position", "texts"))
    last = max(there, default=0)
    texts = [step for step in steps_to_do(team=incident.team, reason=reason) if step not in there.values()]
    IncidentStep.objects.bulk_create(
        IncidentStep(incident=incident, reason=reason, position=last + place, texts=step, added_by=by)
        for place, step in enumerate(texts, start=1)
    )
    if texts:
        record(
            by=by,
            verb="playbook_applied",
            thing=incident,
            after={"reason": code_of(reason), "steps": len(texts)},
        )
    return len(texts)


@transaction.atomic
def tick_step(*, step: IncidentStep, done: bool, by: Membership) -> bool:
    """Note that a step is done, or to do after all; False where somebody had noted the same before."""
    allow(by, DESK, team_id=step.incident.team_id)
    now = timezone.now() if done else None
    changed = IncidentStep.objects.filter(pk=step.pk, done_at__isnull=done).update(
        done_at=now, done_by=by if done else None
    )
    if changed:
        verb = "step_done" if done else "step_undone"
        record(by=by, verb=verb, thing=step.incident, after={"step": str(step)[:200]})
    return bool(changed)


@transaction.atomic
def remove_step(*, step: IncidentStep, by: Membership) -> None:
    """Take a step off its incident that nobody needs. One that is done stays: it happened."""
    allow(by, DESK, team_id=step.incident.team_id)
    removed, _by_model = IncidentStep.objects.filter(pk=step.pk, done_at=None).delete()
    if not removed:
        raise Refused(_("This step is done already, or somebody removed it before you."))
    record(by=by, verb="step_removed", thing=step.incident, after={"step": str(step)[:200]})
