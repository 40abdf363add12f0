"""How often an address outside teams may be asked for, counted in the database as sign-ins are."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest


def may_go_on(request: HttpRequest, *, action: str, rate: str, key: str = "") -> bool:
    """Count this request; False once there were more than `rate` allows.

    `rate` is as allauth writes it: "60/m/ip" is sixty a minute from one network, "5/h/key" five an hour for one `key`;
    several are separated by commas.
    """
    used = ratelimit.consume(
        request, app="closedorders", action=action, config={action: rate}, key=key or None, limit_get=True
    )
    return used is not None
