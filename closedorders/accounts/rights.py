"""Who may cause a write. Pages ask the same first; an action asks again, whoever calls it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused

from .models import Membership, Role

MERCHANT = (Role.MERCHANT,)
DESK = (Role.MERCHANT, Role.ASSISTANT)
EVERYONE = tuple(Role)


def allow(by: Membership, roles: tuple[Role, ...], *, team_id: int) -> None:
    """Refuse unless `by` is a live membership of this team in one of the roles."""
    if by.team_id != team_id or by.ended_at is not None:
        raise Refused(_("This belongs to another team."))
    if by.role not in roles:
        names = ", ".join(str(role.label).lower() for role in roles)
        raise Refused(_("This is for: %(roles)s. Ask a merchant of your team to do it.") % {"roles": names})
