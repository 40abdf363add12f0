"""Who may do what: every address of the product × every method × every kind of person (`tests/access/matrix.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership, Team, User
from closedorders.closures.actions import add_reason
from closedorders.core.http.methods import methods_of
from tests.access.matrix import (
    ADMIN,
    ADMIN_ROUTES,
    MATRIX,
    METHODS,
    NOBODY,
    OPEN_TO,
    OPERATOR,
    PUBLIC,
    ROUTES,
    SIGNED_IN,
    STAFF,
    TEAM_ROUTES,
    Page,
    Route,
)
from tests.access.world import OWNERLESS, another_case, things_of
from tests.cast import Cast
from tests.factories import (
    make_incident,
    make_member,
    make_store,
    make_store_order,
    make_supplier_order,
    make_user,
    reason,
)

SignIn = Callable[[Membership | None], Client]
EVERY_METHOD = pytest.mark.parametrize("method", METHODS)


def browser(user: User | None, method: str) -> Client:
    """A browser without a form's token, which only a POST needs: what is refused is refused for another reason."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en", enforce_csrf_checks=method != "POST")
    if user:
        client.force_login(user)
    return client


def browsers(people: dict[str, User | None], method: str) -> dict[str, Client]:
    return {name: browser(user, method) for name, user in people.items()}


def people_outside(cast: Cast, other_cast: Cast) -> dict[str, User | None]:
    """One of each who has no place in the team; nobody at all signed in is "anonymous"."""
    former = make_member(cast.team)
    former.ended_at = timezone.now()
    former.save()
    return {
        "anonymous": None,
        "stranger": make_user(),
        "former member": former.user,
        "other merchant": other_cast.merchant.user,
        "other assistant": other_cast.assistant.user,
        "other reviewer": other_cast.reviewer.user,
        STAFF: make_user(is_staff=True),
        OPERATOR: make_user(is_staff=True, is_superuser=True),
    }


def everybody(cast: Cast, other_cast: Cast) -> dict[str, User | None]:
    members = {m.role: m.user for m in (cast.merchant, cast.assistant, cast.reviewer)}
    return people_outside(cast, other_cast) | members


def leads_to_sign_in(answer: Any) -> bool:
    """Whether an anonymous person was sent to sign in. The admin's own page for it only leads on to everyone's."""
    return bool(
        answer.status_code == 302 and answer["Location"].startswith(("/account/sign-in/", "/admin/login/"))
    )


def refuses(answer: Any, methods: tuple[str, ...]) -> bool:
    return bool(answer.status_code == 405 and answer.headers["Allow"] == ", ".join(methods))


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is stored, but from where people worked: each visit is noted."""
    models = [m for m in apps.get_models() if m.__module__.startswith("closedorders")]
    return {
        m.__name__: list(m._default_manager.order_by("pk").values_list())
        for m in models
        if m.__name__ not in {"WorkSession", "User"}  # Of a user: the last sign-in.
    }


def test_every_address_is_in_the_matrix() -> None:
    names = {route.name for route in ROUTES}
    listed = MATRIX.keys() | OPEN_TO.keys() | ADMIN.keys()
    assert not names - listed, f"not in the matrix: {sorted(names - listed)}"
    assert not listed - names, f"no longer there: {sorted(listed - names)}"
    assert len(names) == len(ROUTES), "two addresses have one name"


def test_every_page_names_the_roles_and_methods_that_the_matrix_says() -> None:
    for route in TEAM_ROUTES:
        assert getattr(route.pattern.callback, "roles", None) == MATRIX[route.name].who, route.name
    pages: dict[str, Page[Any]] = {**MATRIX, **OPEN_TO, **ADMIN}
    for route in ROUTES:
        assert methods_of(route.pattern.callback) == pages[route.name].methods, route.name


def url_of(route: Route, team: str) -> str:
    values: dict[str, Any] = dict.fromkeys(route.arguments, 987654)
    values |= {
        name: "no-such-thing"
        for name in ("key", "code", "check_code", "token", "place", "log", "kind", "language", "name")
        if name in values
    }
    return reverse(route.name, kwargs=values | {"team": team})


@EVERY_METHOD
def test_a_page_of_a_team_lets_in_whom_it_names_and_nobody_else(
    method: str, cast: Cast, other_cast: Cast
) -> None:
    """Sign-in, then 404 for who is not in the team, then 403 for another role, and only then 405."""
    outside = browsers(people_outside(cast, other_cast), method)
    anonymous = outside.pop("anonymous")
    inside = {m.role: browser(m.user, method) for m in (cast.merchant, cast.assistant, cast.reviewer)}
    wrong = []
    for route in TEAM_ROUTES:
        url, page = url_of(route, cast.team.slug), MATRIX[route.name]
        if not leads_to_sign_in(answer := anonymous.generic(method, url)):
            wrong.append((route.name, "anonymous", answer.status_code))
        for name, person in outside.items():
            if (status := person.generic(method, url).status_code) != 404:
                wrong.append((route.name, name, status))
        for role, person in inside.items():
            answer = person.generic(method, url)
            if role not in page.who:
                right = answer.status_code == 403
            elif method in page.methods:
                right = answer.status_code not in {403, 405} and answer.status_code < 500
            else:
                right = refuses(answer, page.methods)
            if not right:
                wrong.append((route.name, role, answer.status_code))
    assert wrong == []


def arguments_of(route: Route) -> list[str]:
    """The arguments that name something of a team."""
    return [name for name in route.arguments if name != "team" and route.name not in OWNERLESS]


def visits(method: str, cast: Cast, things: dict[str, dict[str, Any]]) -> Iterator[tuple[Route, str, Any]]:
    """Ask for these things at this team's addresses, as each member that may enter the page."""
    inside = {m.role: browser(m.user, method) for m in (cast.merchant, cast.assistant, cast.reviewer)}
    for route in TEAM_ROUTES:
        if route.name in things and arguments_of(route):
            url = reverse(route.name, kwargs=things[route.name] | {"team": cast.team.slug})
            for role in sorted(MATRIX[route.name].who):
                yield route, role, inside[role].generic(method, url)


def not_found(method: str, cast: Cast, things: dict[str, dict[str, Any]]) -> list[tuple[str, str, int]]:
    """What was answered otherwise than by 404, or by 405 where the page has no such method."""
    return [
        (route.name, role, answer.status_code)
        for route, role, answer in visits(method, cast, things)
        if answer.status_code != (404 if method in MATRIX[route.name].methods else 405)
    ]


def test_what_is_a_teams_own_is_found(cast: Cast) -> None:
    """Else the tests below would find nothing for another reason than whose it is."""
    things = things_of(cast)
    missing = {route.name for route in TEAM_ROUTES if arguments_of(route)} - things.keys()
    assert not missing, f"tests/access/world.py has nothing of a team for {missing}"
    found = {
        route.name: answer.status_code
        for route, role, answer in visits("GET", cast, things)
        if role != "assistant" and "GET" in MATRIX[route.name].methods
    }
    # Mails are on disk and not in the database.
    assert {name for name, status in found.items() if status >= 400} == {"team:mail"}


def test_head_is_answered_like_get_without_the_page(cast: Cast) -> None:
    things = things_of(cast)
    names = ("Content-Type", "Content-Disposition", "Location", "Allow", "Cache-Control")
    answers: dict[str, list[Any]] = {}
    for method in ("GET", "HEAD"):
        answers[method] = [
            (route.name, role, answer.status_code, [answer.headers.get(name) for name in names])
            for route, role, answer in visits(method, cast, things)
        ]
    assert answers["HEAD"] == answers["GET"]
    assert len(answers["GET"]) > 30


@EVERY_METHOD
def test_another_teams_things_are_not_found_and_stay_as_they_are(
    method: str, cast: Cast, other_cast: Cast
) -> None:
    things = things_of(other_cast)
    before = rows()
    assert not_found(method, cast, things) == []
    assert rows() == before


@EVERY_METHOD
def test_a_thing_is_not_found_below_another_of_the_same_team(method: str, cast: Cast) -> None:
    things = things_of(cast)
    parents = {
        "orders": make_store_order(make_store(cast.team)).pk,
        "cases": another_case(cast).pk,
        "closures": make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)])
        .closures.get()
        .pk,
    }
    misplaced = {
        route.name: things[route.name] | {"pk": parents[route.name.partition(":")[0]]}
        for route in TEAM_ROUTES
        if "pk" in route.arguments and any(name.endswith("_pk") for name in route.arguments)
    }
    assert len(misplaced) >= 7
    before = rows()
    assert not_found(method, cast, misplaced) == []
    assert rows() == before


@EVERY_METHOD
def test_a_page_outside_teams_is_as_open_as_listed(method: str, cast: Cast, other_cast: Cast) -> None:
    people = everybody(cast, other_cast)
    known = browsers(people, method)
    wrong = []
    for route in ROUTES:
        if route.name not in OPEN_TO:
            continue
        page = OPEN_TO[route.name]
        url = reverse(route.name, kwargs=dict.fromkeys(route.arguments, "x"))
        for name, person in (browsers(people, method) if route.name == "account_logout" else known).items():
            answer = person.generic(method, url)
            if name == "anonymous" and page.who == SIGNED_IN:
                right = leads_to_sign_in(answer)
            elif method in page.methods:
                asked = answer.headers.get("Location", "").startswith("/account/sign-in/?")
                right = not asked and answer.status_code != 405 and answer.status_code < 500
            else:
                right = refuses(answer, page.methods)
            if not right:
                wrong.append((route.name, name, answer.status_code))
    assert wrong == []


def admin_urls(user: User) -> dict[str, str]:
    """Each address of the admin, with things that are there."""
    address = EmailAddress.objects.create(user=user, email=user.email)
    objects = {"user": user.pk, "closurereason": reason("travel").pk, "emailaddress": address.pk}
    urls = {}
    for route in ADMIN_ROUTES:
        values = {"object_id": next((pk for name, pk in objects.items() if name in route.path), user.pk)}
        if "content_type_id" in route.arguments:
            team = Team.objects.order_by("pk")[0]
            values |= {
                "content_type_id": ContentType.objects.get_for_model(Team).pk,
                "object_id": team.pk,
            }
        if route.name == "admin:app_list":  # Its argument is in a regular expression.
            urls[route.name] = "/admin/accounts/"
        elif route.name.startswith("admin:"):
            urls[route.name] = reverse(route.name, kwargs={name: values[name] for name in route.arguments})
        elif route.arguments:
            urls[route.name] = "/" + route.path.replace("<path:object_id>", str(values["object_id"]))
        else:
            urls[route.name] = "/admin/no-such-page"
    return urls


@EVERY_METHOD
def test_only_staff_reach_the_admin_and_only_operators_what_is_in_it(
    method: str, cast: Cast, other_cast: Cast
) -> None:
    people = everybody(cast, other_cast)
    known = browsers(people, method)
    urls = admin_urls(make_user())
    wrong = []
    for route in ADMIN_ROUTES:
        page = ADMIN[route.name]
        for name, person in (browsers(people, method) if route.name == "admin:logout" else known).items():
            answer = person.generic(method, urls[route.name])
            if not as_the_admin_answers(answer, method, name, page.who, page.methods):
                wrong.append((route.name, name, answer.status_code))
    assert wrong == []


def as_the_admin_answers(answer: Any, method: str, person: str, who: str, methods: tuple[str, ...]) -> bool:
    if person == "anonymous" and who != PUBLIC:
        return leads_to_sign_in(answer)
    if method not in methods:
        return refuses(answer, methods)
    if person == "anonymous":
        return leads_to_sign_in(answer)
    if person not in {STAFF, OPERATOR}:
        return bool(answer.status_code == 403 or answer.headers.get("Location", "").startswith("/admin/"))
    if who == NOBODY or (who == OPERATOR and person == STAFF):
        return answer.status_code in {403, 404}
    return bool(answer.status_code not in {403, 405} and answer.status_code < 500)


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
