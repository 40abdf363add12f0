from __future__ import annotations

from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused

from ..models import Case


def refuse_unless(condition: bool, sentence: str) -> None:
    if not condition:
        raise Refused(sentence)


def locked_case(case_id: int) -> Case:
    """The case as it is now, locked until the transaction ends, so that its state and its slots change together."""
    return Case.objects.select_for_update(of=("self",)).select_related("team").get(pk=case_id)


def collecting_case(case_id: int) -> Case:
    case = locked_case(case_id)
    refuse_unless(
        case.state == Case.State.COLLECTING,
        _("The case is now “%(state)s”: documents change only while they are being collected.")
        % {"state": case.get_state_display()},
    )
    return case
