"""Who may open what: every URL of the product × every kind of person. An unlisted URL fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from closedorders.accounts.access import ASSISTANT, EVERYONE, MERCHANT, REVIEWER
from closedorders.accounts.models import Membership
from closedorders.closures.actions import add_reason
from tests.cast import Cast
from tests.factories import reason
from tests.world import OWNERLESS, foreign_arguments

SignIn = Callable[[Membership | None], Client]

ALL = frozenset(EVERYONE)
DESK = frozenset({MERCHANT, ASSISTANT})
BOSS = frozenset({MERCHANT})
CASE = frozenset({MERCHANT, REVIEWER})

PUBLIC = "public"
SIGNED_IN = "signed in"
STAFF = "staff"


@dataclass(frozen=True)
class Route:
    name: str
    path: str
    arguments: tuple[str, ...]
    pattern: URLPattern = field(compare=False, repr=False)


def routes(resolver: URLResolver | None = None, namespace: str = "", prefix: str = "") -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry, inner, path)
        else:
            yield Route(f"{namespace}{entry.name}", path, tuple(entry.pattern.converters), entry)


ROUTES = list(routes())
TEAM_ROUTES = [route for route in ROUTES if route.path.startswith("t/")]

# Every URL below /t/<team>/ and the roles that may enter.
MATRIX: dict[str, frozenset[Any]] = {
    "dashboard:today": ALL,
    "dashboard:incidents": ALL,
    "dashboard:incident": ALL,
    "dashboard:incident_cause": BOSS,
    "dashboard:incident_end": BOSS,
    "orders:orders": DESK,
    "orders:order_columns": DESK,
    "orders:own_view_keeping": DESK,
    "orders:own_view_removal": DESK,
    "orders:order_tab_counts": DESK,
    "orders:orders_export": DESK,
    "orders:order": DESK,
    "orders:order_customer": BOSS,
    "orders:order_promise": DESK,
    "orders:bulk": DESK,
    "orders:bulk_matching": DESK,
    "orders:bulk_applying": DESK,
    "orders:bulk_edit": DESK,
    "orders:bulk_left_out": DESK,
    "orders:bulk_undo": DESK,
    "orders:order_comments": DESK,
    "orders:order_comment_withdrawal": DESK,
    "orders:order_files": DESK,
    "orders:order_file": DESK,
    "orders:order_file_withdrawal": DESK,
    "orders:supplier_order": DESK,
    "orders:imports": DESK,
    "orders:sample_file": DESK,
    "orders:import": DESK,
    "orders:import_progress": DESK,
    "orders:import_saving": DESK,
    "orders:import_cancellation": DESK,
    "orders:import_undo": DESK,
    "orders:import_answers": DESK,
    "orders:import_columns": DESK,
    "orders:import_columns_forgetting": DESK,
    "orders:bad_rows": DESK,
    "orders:stores": DESK,
    "orders:first_store": DESK,
    "orders:store": BOSS,
    "orders:buyer_accounts": DESK,
    "orders:first_buyer_account": DESK,
    "orders:buyer_account": BOSS,
    "closures:closures": DESK,
    "closures:quick_log": DESK,
    "closures:quick_log_result": DESK,
    "closures:bulk_reason": DESK,
    "closures:bulk_reason_undo": DESK,
    "closures:closure": DESK,
    "closures:closure_reason": DESK,
    "closures:closure_outcome": DESK,
    "closures:closure_reopening": DESK,
    "closures:reasons": ALL,
    "closures:reason_creation": BOSS,
    "closures:reason": ALL,
    "closures:playbook": BOSS,
    "closures:reason_retirement": BOSS,
    "cases:cases": ALL,
    "cases:case": ALL,
    "cases:case_opening": BOSS,
    "cases:documents": BOSS,
    "cases:document": BOSS,
    "cases:decision": CASE,
    "cases:contacts": DESK,
    "cases:follow_up": DESK,
    "cases:snooze": DESK,
    "cases:cleanup": BOSS,
    "cases:alipay": BOSS,
    "cases:appeal": BOSS,
    "cases:approval": CASE,
    "cases:closing": BOSS,
    "cases:further_request": BOSS,
    "cases:rejection": BOSS,
    "cases:return": CASE,
    "cases:review": BOSS,
    "cases:submission": BOSS,
    "cases:unblocking": BOSS,
    "outreach:campaigns": DESK,
    "outreach:campaign_creation": BOSS,
    "outreach:codes": BOSS,
    "outreach:codes_file": BOSS,
    "outreach:refunds": BOSS,
    "outreach:refunds_file": BOSS,
    "outreach:suppressions": BOSS,
    "outreach:suppression_release": BOSS,
    "outreach:templates": BOSS,
    "outreach:template": BOSS,
    "outreach:message_arrival": BOSS,
    "outreach:message_resending": BOSS,
    "outreach:campaign": DESK,
    "outreach:offer": BOSS,
    "outreach:preparation": BOSS,
    "outreach:campaign_codes_file": BOSS,
    "outreach:codes_loading": BOSS,
    "outreach:refunds_approval": BOSS,
    "outreach:text": BOSS,
    "outreach:left_out": BOSS,
    "outreach:test_mail": BOSS,
    "outreach:approval": BOSS,
    "outreach:withdrawal": BOSS,
    "outreach:pausing": BOSS,
    "outreach:resumption": BOSS,
    "outreach:cancellation": BOSS,
    "outreach:retries": BOSS,
    "outreach:progress": DESK,
    "risk:checklist": DESK,
    "risk:confirmation": BOSS,
    "risk:withdrawal": BOSS,
    "team:people": BOSS,
    "team:person_role": BOSS,
    "team:person_removal": BOSS,
    "team:invitation_removal": BOSS,
    "team:settings": BOSS,
    "team:audit": BOSS,
    "team:mailbox": BOSS,
    "team:mail": BOSS,
}

OPEN_TO: dict[str, str] = {
    "home": SIGNED_IN,
    "new_team": SIGNED_IN,
    "favicon": PUBLIC,
    "first_run": PUBLIC,
    "invitation": PUBLIC,
    "language": PUBLIC,
    "theme": PUBLIC,
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
}


def test_every_url_is_listed_here() -> None:
    names = {route.name for route in ROUTES}
    listed = MATRIX.keys() | OPEN_TO.keys()
    unlisted = {name for name in names if not name.startswith("admin:")} - listed
    assert not unlisted, f"not in the matrix: {sorted(unlisted)}"
    assert not listed - names, f"no longer there: {sorted(listed - names)}"


def test_every_page_of_a_team_names_the_roles_that_the_matrix_says() -> None:
    for route in TEAM_ROUTES:
        assert getattr(route.pattern.callback, "roles", None) == MATRIX[route.name], route.name


def url_of(route: Route, team: str) -> str:
    values: dict[str, Any] = dict.fromkeys(route.arguments, 987654)
    values |= {
        name: "no-such-thing"
        for name in ("key", "code", "check_code", "token", "place", "log", "kind", "language", "name")
        if name in values
    }
    return reverse(route.name, kwargs=values | {"team": team})


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_lets_in_whom_it_names_and_nobody_else(
    method: str, cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    people = {m.role: client_of(m) for m in (cast.merchant, cast.assistant, cast.reviewer)}
    outsiders = [
        client_of(None),
        *(client_of(m) for m in (other_cast.merchant, other_cast.assistant, other_cast.reviewer)),
    ]
    anonymous = Client()
    wrong = []
    for route in TEAM_ROUTES:
        url = url_of(route, cast.team.slug)
        answer = getattr(anonymous, method)(url)
        if not (answer.status_code == 302 and answer["Location"].startswith("/account/sign-in/")):
            wrong.append((route.name, "anonymous", answer.status_code))
        for outsider in outsiders:
            if (status := getattr(outsider, method)(url).status_code) != 404:
                wrong.append((route.name, "outsider", status))
        for role, person in people.items():
            status = getattr(person, method)(url).status_code
            allowed = role in MATRIX[route.name]
            if allowed == (status == 403) or status >= 500:
                wrong.append((route.name, role, status))
    assert not wrong


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_teams_things_are_not_found_under_ones_own_address(
    method: str, cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    """Reached through one's own team, with the other team's numbers: always 404 (405 where the method is not there)."""
    foreign = foreign_arguments(other_cast)
    merchant = client_of(cast.merchant)
    reviewer = client_of(cast.reviewer)
    wrong = []
    for route in TEAM_ROUTES:
        arguments = [name for name in route.arguments if name != "team"]
        if not arguments or route.name in OWNERLESS:
            continue
        assert route.name in foreign, f"tests/world.py has nothing of another team for {route.name}"
        person = merchant if MERCHANT in MATRIX[route.name] else reviewer
        url = reverse(route.name, kwargs=foreign[route.name] | {"team": cast.team.slug})
        status = getattr(person, method)(url).status_code
        if status not in {404, 405}:
            wrong.append((route.name, status))
    assert not wrong


def test_pages_outside_teams_are_as_open_as_listed(cast: Cast, client_of: SignIn) -> None:
    anonymous, member = Client(), client_of(cast.assistant)
    for route in ROUTES:
        if route.name not in OPEN_TO:
            continue
        url = reverse(route.name, kwargs=dict.fromkeys(route.arguments, "x"))
        to_sign_in = anonymous.get(url).headers.get("Location", "").startswith("/account/sign-in/?")
        assert to_sign_in == (OPEN_TO[route.name] == SIGNED_IN), route.name
        assert member.get(url).status_code < 500, route.name


def test_only_staff_reach_the_admin(cast: Cast, client_of: SignIn) -> None:
    chain = Client().get("/admin/", follow=True).redirect_chain
    assert chain[-1][0].startswith("/account/sign-in/")
    assert client_of(cast.merchant).get("/admin/", follow=True).status_code in {200, 403}
    assert b"Site administration" not in client_of(cast.merchant).get("/admin/", follow=True).content
    staff = client_of(cast.merchant)
    cast.merchant.user.is_staff = cast.merchant.user.is_superuser = True
    cast.merchant.user.save()
    assert b"Site administration" in staff.get("/admin/").content


def test_an_operator_keeps_the_seeded_reasons_and_nobody_elses(cast: Cast, client_of: SignIn) -> None:
    own = add_reason(team=cast.team, name="A reason of this team only", by=cast.merchant)
    seeded = reason("travel")
    operator = client_of(cast.reviewer)
    assert operator.get(f"/admin/closures/closurereason/{seeded.pk}/change/").status_code == 302
    cast.reviewer.user.is_staff = cast.reviewer.user.is_superuser = True
    cast.reviewer.user.save()
    page = operator.get("/admin/closures/closurereason/").content.decode()
    assert "Ordering while travelling" in page
    assert "A reason of this team only" not in page
    assert operator.get(f"/admin/closures/closurereason/{own.pk}/change/").status_code == 302
    operator.post(
        f"/admin/closures/closurereason/{seeded.pk}/change/", {"own_name": "On the road", "position": "6"}
    )
    seeded.refresh_from_db()
    assert (seeded.name, seeded.code) == ("On the road", "travel")
    assert operator.get("/admin/accounts/user/").status_code == 200
    assert operator.get("/admin/accounts/user/add/").status_code == 403
