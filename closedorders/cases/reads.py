"""Cases as pages show them: state, turn, clock, documents done, what comes next. A flat number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.accounts.models import Membership, Role, Team
from closedorders.core.text.formatting import duration

from .clock import Clock, read_clock
from .models import Case, Cleanup, Contact, Slot, Transition
from .moves import NOT_ANSWERED, TURN_LABELS, TURNS, UNBLOCKED, Facts, Lack, Turn
from .next_action import NextAction, next_action

STATE_TONES = {
    Case.State.COLLECTING: "amber",
    Case.State.IN_REVIEW: "blue",
    Case.State.READY: "amber",
    Case.State.SUBMITTED: "blue",
    Case.State.REJECTED: "red",
    Case.State.UNBLOCKED: "green",
    Case.State.CLOSED: "grey",
}

_DONE = {Slot.State.READY, Slot.State.APPROVED}


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case in a few words, in the active language, for one role.

    slots_done and slots_total are None for an assistant, who learns nothing of the documents; slots that AliExpress
    does not ask for count in neither. follow_up_at: the soonest open "ask again at"; follow_up_due: it has come.
    answer_due: the last day to answer AliExpress, None where it waits for no answer; answer_tone: red once it has
    passed, amber on that day and the day before.
    """

    case: Case
    state: str
    state_label: str
    tone: str
    turn: Turn
    turn_label: str
    clock: Clock
    waiting_label: str
    slots_done: int | None
    slots_total: int | None
    next: NextAction | None
    follow_up_at: datetime | None
    follow_up_due: bool
    answer_due: date | None = None
    answer_tone: str = ""

    @property
    def next_label(self) -> str:
        return _(self.next.title) if self.next else ""

    @property
    def answer_due_label(self) -> str:
        """For a note beside the clock; "" where AliExpress waits for no answer."""
        if self.answer_due is None:
            return ""
        return _("Answer due: %(day)s") % {"day": date_format(self.answer_due, "MONTH_DAY_FORMAT")}


def has_reviewer(team: Team) -> bool:
    return Membership.objects.live().filter(team=team, role=Role.REVIEWER).exists()


def facts_of(case: Case) -> Facts:
    """What the guards of the moves judge, read now."""
    lifted = case.transitions.standing().filter(after=UNBLOCKED).values_list("at", flat=True).last()
    thanks = Contact.objects.filter(case=case, purpose=Contact.Purpose.THANKS)
    return Facts(
        slots=[(str(slot), slot.state) for slot in Slot.objects.filter(case=case)],
        cleanups_left=[str(place) for place in Cleanup.objects.filter(case=case, done_at=None)],
        thanked=lifted is not None and thanks.filter(at__gte=lifted).exists(),
    )


def sentences(lacks: Iterable[Lack]) -> list[str]:
    """What is missing, each a sentence in the active language."""
    return [
        _(lack.sentence) % {"names": ", ".join(lack.names)} if lack.names else _(lack.sentence)
        for lack in lacks
    ]


def case_summary(case: Case, *, role: str = Role.MERCHANT, now: datetime | None = None) -> CaseSummary:
    return case_summaries([case], role=role, now=now)[0]


def case_summaries(
    cases: Sequence[Case], *, role: str = Role.MERCHANT, now: datetime | None = None
) -> list[CaseSummary]:
    """Summaries of cases of one team, in the order given: four queries, however many cases there are."""
    if not cases:
        return []
    now = now or timezone.now()
    reviewed = has_reviewer(cases[0].team)
    changes: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    lifted: dict[int, datetime] = {}
    standing = Transition.objects.standing().filter(case__in=cases)
    for case_id, after, at in standing.values_list("case_id", "after", "at"):
        changes[case_id].append((after, at))
        if after == UNBLOCKED:
            lifted[case_id] = at
    slots: dict[int, list[Slot]] = defaultdict(list)
    for slot in Slot.objects.filter(case__in=cases):
        slots[slot.case_id].append(slot)
    cleanups_left: dict[int, list[str]] = defaultdict(list)
    for cleanup in Cleanup.objects.filter(case__in=cases, done_at=None):
        cleanups_left[cleanup.case_id].append(str(cleanup))
    follow_ups: dict[int, datetime] = {}
    thanked: set[int] = set()
    waiting, thanks = Q(followed_up_at=None, follow_up_at__isnull=False), Contact.Purpose.THANKS
    contacts = Contact.objects.filter(waiting | Q(purpose=thanks), case__in=cases)
    for case_id, ask_again_at, followed_up_at, purpose, at in contacts.order_by(
        "follow_up_at", "pk"
    ).values_list("case_id", "follow_up_at", "followed_up_at", "purpose", "at"):
        if ask_again_at is not None and followed_up_at is None:
            follow_ups.setdefault(case_id, ask_again_at)
        # A thank-you before the block is gone is for something else.
        if purpose == thanks and case_id in lifted and at >= lifted[case_id]:
            thanked.add(case_id)

    summaries = []
    for case in cases:
        clock = read_clock(changes[case.pk], now=now, began=case.clock_from)
        answer_due = case.answer_due if case.state in NOT_ANSWERED else None
        follow_up_at = follow_ups.get(case.pk)
        due = follow_up_at is not None and follow_up_at <= now
        facts = Facts(
            slots=[(str(slot), slot.state) for slot in slots[case.pk]],
            cleanups_left=cleanups_left[case.pk],
            thanked=case.pk in thanked,
        )
        asked_for = [slot for slot in slots[case.pk] if slot.state != Slot.State.NOT_NEEDED]
        sees_documents = role != Role.ASSISTANT
        state = Case.State(case.state)
        summaries.append(
            CaseSummary(
                case=case,
                state=case.state,
                state_label=str(state.label),
                tone=STATE_TONES[state],
                turn=TURNS[case.state],
                turn_label=_(TURN_LABELS[TURNS[case.state]]),
                clock=clock,
                waiting_label=_("%(state)s, %(time)s")
                % {"state": state.label, "time": duration(_to_minutes(clock.waiting.total_seconds()))},
                slots_done=sum(slot.state in _DONE for slot in asked_for) if sees_documents else None,
                slots_total=len(asked_for) if sees_documents else None,
                next=next_action(
                    state=case.state,
                    role=role,
                    has_reviewer=reviewed,
                    facts=facts,
                    follow_up_due=due,
                    verification_known=bool(case.verification),
                ),
                follow_up_at=follow_up_at,
                follow_up_due=due,
                answer_due=answer_due,
                answer_tone=_answer_tone(answer_due, timezone.localdate(now, timezone=case.team.zone)),
            )
        )
    return summaries


def _answer_tone(due: date | None, today: date) -> str:
    if due is None or due > today + timedelta(days=1):
        return ""
    return "red" if due < today else "amber"


def _to_minutes(seconds: float) -> int:
    """Whole minutes below a day's worth of detail: "45 s" would only flicker."""
    return int(seconds) if seconds < 60 else int(seconds // 60) * 60
