"""Notes from which network a member works, at most once an hour each: the fact behind the checklist's VPN rule."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from ..models import Membership, WorkSession

SESSION_KEY = "work_noted"
EVERY = timedelta(hours=1)


def network_of(address: str) -> str:
    """`203.0.113.7` → `203.0.113.0/24`, an IPv6 address → its /48; blank for anything else."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))


def client_address(request: HttpRequest) -> str:
    """The address of the client as the last trusted proxy saw it (`TRUSTED_PROXY_COUNT`, 0: nobody is trusted)."""
    trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [
        part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
    ]
    if trusted and len(forwarded) >= trusted:
        return str(forwarded[-trusted])
    return str(request.META.get("REMOTE_ADDR", ""))


def came_through_proxy(request: HttpRequest) -> bool:
    """Whether a proxy other than the trusted ones says so itself; one that says nothing is not seen."""
    if not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        headers = ("HTTP_VIA", "HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR")
        return any(request.META.get(name) for name in headers)
    # The trusted ones add to these, one entry each.
    hops = [part for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    vias = [part for part in request.META.get("HTTP_VIA", "").split(",") if part.strip()]
    return bool(max(len(hops), len(vias)) > settings.ALLAUTH_TRUSTED_PROXY_COUNT)


def note_work(request: HttpRequest, membership: Membership) -> None:
    network = network_of(client_address(request))
    if not network:
        return
    now = timezone.now()
    noted: dict[str, float] = request.session.get(SESSION_KEY, {})
    key = f"{membership.pk}:{network}"
    if now.timestamp() - noted.get(key, 0) < EVERY.total_seconds():
        return
    agent = request.META.get("HTTP_USER_AGENT", "")[:200]
    WorkSession.objects.update_or_create(
        membership=membership,
        network=network,
        user_agent=agent,
        defaults={"last_seen_at": now, "through_proxy": came_through_proxy(request)},
    )
    request.session[SESSION_KEY] = {**noted, key: now.timestamp()}
