"""What stands against taking back a case's newest move: whatever was done since and rests on it."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q
from django.utils.translation import gettext as _

from .models import Case, Cleanup, Contact, Decision, Slot, Transition

#: Gives the sentence that says what was built on the move, "" where nothing was.
BuiltOn = Callable[[Transition], str]

_checks: list[BuiltOn] = []


def register_built_on(check: BuiltOn) -> None:
    """For apps above this one, in their `ready()`."""
    if check not in _checks:
        _checks.append(check)


def built_on(transition: Transition) -> str:
    """The first sentence that says what was built on the move, "" where nothing was."""
    return _in_the_case(transition.case, transition) or built_outside(transition)


def built_outside(transition: Transition) -> str:
    """The same of apps above this one only: what is noted in the case itself stays true after a step back."""
    return next((reason for check in _checks if (reason := check(transition))), "")


def _in_the_case(case: Case, transition: Transition) -> str:
    since = Q(at__gt=transition.at)
    if (
        Decision.objects.filter(since, slot__case=case).exists()
        or Contact.objects.filter(since, case=case).exists()
        or Slot.objects.filter(case=case, changed_at__gt=transition.at).exists()
        or Cleanup.objects.filter(case=case, done_at__gt=transition.at).exists()
    ):
        return _("Something was noted in this case since, so it cannot be taken back. Nothing was changed.")
    return ""
