"""What every page's frame shows: navigation with counts, for the person and the team of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from closedorders.accounts.models import Membership, Role, Team, User
from closedorders.accounts.team_cache import team_cached
from closedorders.cases.models import Case
from closedorders.cases.review.queue import waiting as documents_to_review
from closedorders.closures.models import Closure, Incident
from closedorders.core.paging import capped_counts

EVERYONE = frozenset(Role)
MERCHANT, ASSISTANT, REVIEWER = Role.MERCHANT, Role.ASSISTANT, Role.REVIEWER
DESK = frozenset({MERCHANT, ASSISTANT})
BOSS = frozenset({MERCHANT})


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    url: str
    icon: str
    count: int = 0
    active: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    label: str
    items: tuple[Item, ...]


Entry = tuple[frozenset[Role], Callable[[], Item]]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The navigation is there on a team's pages only, and costs queries only where a template asks for it.

    `nav` are its sections, `nav_links` the same drawn, `nav_phone` what of it is at the bottom of a phone.
    """
    user = getattr(request, "user", None)
    theme = user.theme if isinstance(user, User) else request.COOKIES.get("theme", "auto")
    context: dict[str, Any] = {"theme": theme if theme in User.Theme.values else "auto"}
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return context
    sections = SimpleLazyObject(lambda: _sections(request, membership))
    return context | {
        "team": membership.team,
        "membership": membership,
        "nav": sections,
        "nav_links": lambda: _draw(tuple(sections), get_language() or ""),
        "nav_phone": SimpleLazyObject(lambda: _phone(request, membership, tuple(sections))),
        "teams_url": reverse("home") + "?choose",
    }


def _sections(request: HttpRequest, membership: Membership) -> tuple[Section, ...]:
    team, role, path = membership.team, Role(membership.role), request.path
    today = reverse("dashboard:today", args=[team.slug])

    def lit(item: Item) -> Item:
        here = path == item.url or (item.url != today and path.startswith(item.url))
        return replace(item, active=True) if here else item

    plain = team_cached(team, f"nav of {role} in {get_language()}", lambda: _plain_sections(team, role))
    return tuple(Section(section.label, tuple(map(lit, section.items))) for section in plain)


def _plain_sections(team: Team, role: Role) -> tuple[Section, ...]:
    """As for a page that none of it leads to."""

    def item(name: str, label: str, icon: str, count: int = 0) -> Item:
        return Item(label, reverse(name, args=[team.slug]), icon, count)

    counts = _counts(team, role)
    work: list[Entry] = [(EVERYONE, lambda: item("dashboard:today", _("Today"), "sun"))]
    work += [
        (EVERYONE, lambda: item("incidents:now", pgettext("navigation", "Now"), "circle-play")),
        (DESK, lambda: item("orders:orders", _("Orders"), "package")),
        (DESK, lambda: item("closures:closures", _("Closures"), "package-x", counts["closures"])),
        (EVERYONE, lambda: item("incidents:incidents", _("Incidents"), "siren", counts["incidents"])),
        (EVERYONE, lambda: item("cases:cases", _("Verification"), "shield-check", counts["cases"])),
        (
            frozenset({REVIEWER}),
            lambda: item("cases:review_queue", _("Review queue"), "list-checks", counts["review"]),
        ),
        (DESK, lambda: item("outreach:campaigns", _("Outreach"), "mail")),
        (DESK, lambda: item("risk:checklist", _("Risk"), "gauge")),
    ]
    desk: list[Entry] = [
        (DESK, lambda: item("imports:imports", _("Imports"), "upload")),
        (BOSS, lambda: item("documents:documents", _("Documents"), "file-lock")),
        (EVERYONE, lambda: item("closures:reasons", _("Playbooks"), "book-open")),
        (BOSS, lambda: item("team:people", _("People"), "users")),
        (BOSS, lambda: item("team:settings", _("Settings"), "settings")),
    ]
    if team.is_drill or settings.EMAIL_BACKEND.endswith("LocalMailboxBackend"):
        desk.append((BOSS, lambda: item("team:mailbox", _("Local mailbox"), "inbox")))
    return (
        Section("", tuple(make() for roles, make in work if role in roles)),
        Section(team.name, tuple(make() for roles, make in desk if role in roles)),
    )


@lru_cache(maxsize=512)
def _draw(sections: tuple[Section, ...], language: str) -> SafeString:
    """The links as HTML. They depend on the sections and on `language`, the active one."""
    return render_to_string("components/page/_nav_links.html", {"nav": sections})


def _counts(team: Team, role: str) -> dict[str, int]:
    waiting = (
        ["in_review"] if role == REVIEWER else ["collecting", "in_review", "ready", "submitted", "rejected"]
    )
    return capped_counts(
        {
            "closures": Closure.objects.none() if role == REVIEWER else Closure.objects.for_team(team).open(),
            "incidents": Incident.objects.filter(team=team, ended_at=None),
            "cases": Case.objects.filter(team=team, state__in=waiting),
            "review": documents_to_review(team) if role == REVIEWER else Case.objects.none(),
        }
    )


def _phone(request: HttpRequest, membership: Membership, sections: tuple[Section, ...]) -> list[Item]:
    items = {item.icon: item for section in sections for item in section.items}
    log_url = reverse("closures:quick_log", args=[membership.team.slug])
    log = Item(pgettext("phone", "Log closures"), log_url, "clipboard-list", 0, request.path == log_url)
    wanted = {
        Role.MERCHANT: [items.get("sun"), log, items.get("package"), items.get("mail")],
        Role.ASSISTANT: [items.get("sun"), log, items.get("package")],
        Role.REVIEWER: [items.get("sun"), items.get("list-checks"), items.get("shield-check")],
    }[Role(membership.role)]
    return [*(item for item in wanted if item), Item(_("More"), "", "menu")]
