"""What every answer carries, and what no request can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

import closedorders
from closedorders.accounts.models import AuditEvent, Membership, PasswordResetRequest
from closedorders.accounts.tasks import send_password_reset
from closedorders.outreach import audience
from tests.access.matrix import MATRIX, TEAM_ROUTES
from tests.access.world import things_of
from tests.cast import Cast
from tests.factories import make_buyer_account

SignIn = Callable[[Membership | None], Client]
EXAMPLES = {"name": "shopify", "log": "x", "check_code": "travel", "threshold": "spend_watch", "moment": 5}


def _urls(cast: Cast) -> Iterator[tuple[str, str]]:
    known = things_of(cast)
    for route in TEAM_ROUTES:
        names = [name for name in route.arguments if name != "team"]
        arguments = known.get(route.name) or {name: EXAMPLES[name] for name in names}
        yield route.name, reverse(route.name, kwargs=arguments | {"team": cast.team.slug})


def test_every_answer_has_the_policy_also_errors_downloads_probes_and_static_files(
    cast: Cast, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_request: HttpRequest, **_: Any) -> None:
        raise RuntimeError

    person = client_of(cast.merchant)
    person.raise_request_exception = False
    base = f"/t/{cast.team.slug}/"
    monkeypatch.setattr(audience, "waiting_incidents", fails)
    answers = {
        200: [person.get(base), person.get("/live"), person.get("/ready"), person.get("/static/css/app.css")],
        400: [person.get("/", HTTP_HOST="evil.example"), person.get("/live?%00", HTTP_HOST="evil.example")],
        403: [
            client_of(cast.assistant).get(base + "people/"),
            Client(enforce_csrf_checks=True).post("/theme/"),
        ],
        404: [person.get("/nothing"), person.get(base + "orders/99999/")],
        405: [person.get(base + "outreach/1/pause/")],
        500: [person.get(base + "outreach/")],
    }
    for answer in [each for found in answers.values() for each in found]:
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, answer
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
    assert answers[500][0].status_code == 500


def test_an_address_that_only_takes_a_form_says_so_to_who_opens_it(cast: Cast, client_of: SignIn) -> None:
    person, address = client_of(cast.merchant), f"/t/{cast.team.slug}/orders/columns/"
    asked = person.post("/language/", {"language": "en", "next": address}, follow=True)
    assert (asked.status_code, asked.headers["Allow"]) == (405, "POST")
    assert "This address only takes a form" in asked.content.decode()
    assert "no-store" in asked.headers["Cache-Control"]


def test_every_page_of_a_team_stays_out_of_caches_and_frames(cast: Cast, client_of: SignIn) -> None:
    people = {m.role: client_of(m) for m in (cast.merchant, cast.reviewer)}
    for name, url in _urls(cast):
        person = people["merchant" if "merchant" in MATRIX[name].who else "reviewer"]
        answer = person.get(url)
        if answer.status_code < 400:
            assert "no-store" in answer.headers["Cache-Control"], name
            framed = "SAMEORIGIN" if name == "outreach:letter" else "DENY"
            assert answer.headers["X-Frame-Options"] == framed, name
            assert answer.headers["X-Content-Type-Options"] == "nosniff", name


# What a person downloads. Everything else is a page.
DOWNLOADS = {
    "orders:orders_export",
    "orders:order_file",
    "orders:bulk_left_out",
    "imports:sample_file",
    "imports:bad_rows",
    "documents:page_image",
    "documents:confirmation_page",
    "closures:evidence_file",
    "cases:slot_page",
    "outreach:codes_file",
    "outreach:campaign_codes_file",
    "outreach:compensations_file",
    "outreach:refunds_file",
    "responses:customer_export",
    "incidents:incident_report_pdf",
}


def test_every_download_is_saved_and_runs_nothing(cast: Cast, client_of: SignIn) -> None:
    urls, person = list(_urls(cast)), client_of(cast.merchant)
    answers = [(name, person.get(url)) for name, url in urls]
    answers += [(name, person.post(url)) for name, url in urls]
    export = reverse("orders:orders_export", args=[cast.team.slug])
    for kind in ("csv", "xlsx"):
        answers.append(("orders:orders_export", person.post(export, {"format": kind})))
    found = [(name, answer) for name, answer in answers if "Content-Disposition" in answer.headers]
    for name, answer in found:
        assert answer.headers["Content-Disposition"].startswith("attachment; filename="), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox", name
        assert answer.headers["Cache-Control"] == "no-store", name
    assert {name for name, _answer in found} == DOWNLOADS
    # A sentence for the script that asked for a picture.
    refused = next(
        answer for name, answer in answers if name == "documents:preview" and answer.status_code == 200
    )
    pages = [answer for name, answer in answers if (name, answer) not in found and answer.content]
    kinds = {answer.headers["Content-Type"] for answer in pages if answer is not refused}
    assert kinds == {"text/html; charset=utf-8"}
    assert refused.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_only_one_function_makes_a_download() -> None:
    package = Path(closedorders.__file__).parent
    words = ("Content-Disposition", "as_attachment", "attachment;")
    found = {
        file.relative_to(package).as_posix()
        for file in package.rglob("*.py")
        if any(word in file.read_text(encoding="utf-8") for word in words)
    }
    assert found == {"core/http/downloads.py"}


def test_no_write_is_taken_without_its_safety_mark(cast: Cast) -> None:
    person = Client(enforce_csrf_checks=True)
    person.force_login(cast.merchant.user)
    answers = {name: person.post(url, {"name": "x"}).status_code for name, url in _urls(cast)}
    # A page that only reads refuses every POST.
    expected = {name: 403 if "POST" in MATRIX[name].methods else 405 for name in answers}
    assert answers == expected


def test_looking_changes_nothing(cast: Cast, client_of: SignIn) -> None:
    urls = list(_urls(cast))
    person = client_of(cast.merchant)
    person.get(f"/t/{cast.team.slug}/")  # Notes the network once.

    def rows() -> dict[str, list[tuple[Any, ...]]]:
        models = [m for m in apps.get_models() if m.__module__.startswith("closedorders")]
        return {m.__name__: list(m._default_manager.order_by("pk").values_list()) for m in models}

    before = rows()
    for _name, url in urls:
        person.get(url)
        person.head(url)
    after = rows()
    looks = AuditEvent.objects.filter(verb="document_viewed").count()
    assert after.pop("AuditEvent")[:-looks] == before.pop("AuditEvent"), (
        "only looks at documents leave a line"
    )
    assert after == before


def test_a_reset_link_leads_to_the_site_whatever_host_and_port_were_asked(
    cast: Cast, client: Client, settings: Settings
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://orders.shop.example", [".shop.example"]
    for host in ("evil.shop.example", "orders.shop.example:4444"):
        mail.outbox.clear()
        client.post("/account/password/reset/", {"email": cast.merchant.user.email}, HTTP_HOST=host)
        send_password_reset(PasswordResetRequest.objects.get().pk)
        (sent,) = mail.outbox
        assert "https://orders.shop.example/account/password/reset/" in sent.body
        assert "evil" not in sent.body
        assert "4444" not in sent.body


def test_the_sign_in_throttle_cannot_be_pushed_out_by_other_counts(cast: Cast, client: Client) -> None:
    for _attempt in range(5):
        client.post("/account/sign-in/", {"login": cast.merchant.user.email, "password": "wrong"})
    for number in range(400):
        cache.set(f"of-somebody-else-{number}", 1)
    client.post("/account/sign-in/", {"login": cast.merchant.user.email, "password": "calm-on-a-bad-day"})
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "orders:orders",
        "\t//evil",
    ],
)
def test_no_form_leads_to_another_site(cast: Cast, client_of: SignIn, target: str) -> None:
    person = client_of(cast.assistant)
    make_buyer_account(cast.team)
    for url in (f"/t/{cast.team.slug}/buyer-accounts/first/", "/theme/", "/language/"):
        location = person.post(url, {"next": target, "label": "x"})["Location"]
        assert "evil" not in location
        assert "javascript" not in location
    sign_in = Client().post(
        "/account/sign-in/?next=" + target,
        {"login": cast.merchant.user.email, "password": "calm-on-a-bad-day", "next": target},
    )
    assert "evil" not in sign_in["Location"]
    assert "javascript" not in sign_in["Location"]
