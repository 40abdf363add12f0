"""The page that a mail links to: what a customer sees there, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure
from closedorders.orders.models import StoreOrder
from closedorders.outreach.models import Kind, Message, Refund
from closedorders.outreach.texts.public_links import page_token, read_page_token
from closedorders.responses import actions
from closedorders.responses.models import Reply
from closedorders.responses.page import key_of
from tests.cast import Cast
from tests.outreach.scenes import Scene, make_scene, sending

SignIn = Callable[[Membership | None], Client]


def sent(scene: Scene, kind: Kind = Kind.HOLDING) -> list[Message]:
    """The mails of a campaign as if a mail server had taken them, in the order of their customers."""
    campaign = sending(scene, kind)
    Message.objects.filter(campaign=campaign).update(state=Message.State.SENT, settled_at=timezone.now())
    return list(Message.objects.filter(campaign=campaign).order_by("customer"))


def url_of(message: Message) -> str:
    key = key_of(message)
    assert key is not None
    return reverse("customer_page", args=[page_token(key)])


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_link_of_a_mail_leads_to_its_customers_own_orders_and_nobody_elses(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    first, second = sent(scene)
    link = next(word for word in first.body.split() if "/s/" in word)
    path = "/" + link.partition("//")[2].partition("/")[2]
    assert path == url_of(first)
    page = text_of(Client().get(path))
    assert scene.customers[0].orders.get().number in page
    for secret in (scene.customers[1].orders.get().number, scene.customers[0].name, scene.customers[0].email):
        assert secret not in page
    assert url_of(second) != path


def test_the_page_sets_no_cookie_and_stays_out_of_caches_and_search_engines(
    cast: Cast, client_of: SignIn
) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    for person in (Client(), client_of(cast.merchant), client_of(None)):
        person.cookies.pop("csrftoken", None)
        answer = person.get(url_of(message))
        assert answer.status_code == 200
        assert not answer.cookies
        assert "no-store" in answer.headers["Cache-Control"]
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert cast.team.slug not in text_of(answer)
        assert "<script" not in answer.content.decode()


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: t + "A", lambda t: "B" + t[1:], lambda t: "x", str.swapcase]
)
def test_a_token_that_was_not_made_here_opens_nothing(cast: Cast, spoil: Callable[[str], str]) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    key = key_of(message)
    assert key is not None
    token = page_token(key)
    assert read_page_token(token) == key
    assert read_page_token(spoil(token)) is None
    assert Client().get(reverse("customer_page", args=[spoil(token)])).status_code == 404


def test_a_page_is_over_after_its_days(cast: Cast, settings: Settings) -> None:
    settings.CUSTOMER_PAGE_DAYS = 90
    (message,) = sent(make_scene(cast.merchant, 1))
    assert Client().get(url_of(message)).status_code == 200
    Message.objects.update(settled_at=timezone.now() - timedelta(days=90))
    assert Client().get(url_of(message)).status_code == 404


@pytest.mark.parametrize("state", ["skipped", "cancelled", "failed"])
def test_a_mail_that_nobody_has_opens_no_page(cast: Cast, state: str) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    Message.objects.update(state=state)
    assert Client().get(url_of(message)).status_code == 404


def test_a_merchant_closes_one_page_or_all_of_a_campaign_and_opens_them_again(
    cast: Cast, client_of: SignIn
) -> None:
    first, second = sent(make_scene(cast.merchant, 2))
    person = client_of(cast.merchant)

    def act(name: str, pk: int) -> None:
        person.post(reverse(f"responses:{name}", args=[cast.team.slug, pk]))

    def opened() -> list[int]:
        return [Client().get(url_of(message)).status_code for message in (first, second)]

    act("page_closing", first.pk)
    act("page_closing", first.pk)
    assert opened() == [404, 200]
    act("campaign_closing", first.campaign_id)
    assert opened() == [404, 404]
    act("campaign_opening", first.campaign_id)
    assert opened() == [404, 200]
    act("page_opening", first.pk)
    assert opened() == [200, 200]
    verbs = list(
        AuditEvent.objects.filter(verb__contains="page").order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["page_closed", "pages_closed", "pages_opened", "page_opened"]


def test_while_the_account_is_blocked_nothing_is_said_to_be_solved(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1, solved=False)
    (message,) = sent(scene)
    page = text_of(Client().get(url_of(message)))
    assert "not solved yet" in page
    assert "is solved" not in page


def test_a_solved_order_moves_again_and_one_ordered_again_is_said_so(cast: Cast) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    assert "Moving again" in text_of(Client().get(url_of(message)))
    Closure.objects.update(outcome="replaced")
    assert "Ordered again" in text_of(Client().get(url_of(message)))


def test_money_is_back_only_once_it_is(cast: Cast) -> None:
    (message,) = sent(make_scene(cast.merchant, 1), Kind.RESOLUTION)
    page = text_of(Client().get(url_of(message)))
    assert "€4.50 is approved to go back to you, and not paid yet." in page
    Refund.objects.update(state=Refund.State.ISSUED)
    assert "€4.50 has gone back to you." in text_of(Client().get(url_of(message)))
    # A merchant's word that it will be refunded is not the money.
    Closure.objects.update(outcome="refunded")
    assert "Money on its way back" in text_of(Client().get(url_of(message)))
    StoreOrder.objects.update(money_state="refunded")
    assert "Money back" in text_of(Client().get(url_of(message)))


def test_a_code_is_shown_where_the_mail_named_it_and_the_shop_has_it(cast: Cast) -> None:
    (message,) = sent(make_scene(cast.merchant, 1), Kind.RESOLUTION)
    code = message.customer.codes.get()
    assert code.code in message.body
    assert code.code in text_of(Client().get(url_of(message)))
    code.loaded_at = None
    code.save()
    assert code.code not in text_of(Client().get(url_of(message)))
    code.loaded_at = timezone.now()
    code.save()
    Message.objects.update(body="Without a code.")
    assert code.code not in text_of(Client().get(url_of(message)))


def test_the_page_is_in_the_language_of_its_mail(cast: Cast) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    Message.objects.update(language="es")
    answer = Client(HTTP_ACCEPT_LANGUAGE="en").get(url_of(message))
    assert '<html lang="es"' in answer.content.decode()


def test_however_many_orders_it_has_a_page_costs_the_same_queries(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 3)
    few, many, _ = sent(scene)
    many.closures.add(*Closure.objects.all())
    StoreOrder.objects.update(customer=many.customer)
    Message.objects.filter(pk=few.pk).update(customer=few.customer)
    counts = []
    for message in (few, many):
        Client().get(url_of(message))
        with CaptureQueriesContext(connection) as queries:
            Client().get(url_of(message))
        counts.append(len(queries))
    # Most of them count for the throttle.
    assert counts[0] == counts[1] < 40


def test_an_answer_is_kept_shown_and_counted_without_card_numbers(cast: Cast, client_of: SignIn) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    url = url_of(message)
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(url, {"text": "When? My card is 4242 4242 4242 4242\u202e <b>"})
    assert (answer.status_code, answer["Location"]) == (302, url + "#answers")
    assert not answer.cookies
    browser.post(url, {"text": "When? My card is 4242 4242 4242 4242 <b>"})
    reply = Reply.objects.get()
    assert "4242 4242" not in reply.text
    assert "•••• 4242" in reply.text
    assert "&lt;b&gt;" in browser.get(url).content.decode()
    page = client_of(cast.merchant).get(reverse("responses:replies", args=[cast.team.slug]))
    assert "•••• 4242" in text_of(page)
    event = AuditEvent.objects.get(verb="customer_replied")
    assert event.actor is None
    assert event.team == cast.team
    assert "When" not in f"{event.label}{event.before}{event.after}"


def test_an_answer_that_is_empty_or_too_long_is_refused_and_what_was_typed_stays(cast: Cast) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    assert Client().post(url_of(message), {"text": " \n\u200b"}).status_code == 422
    long = Client().post(url_of(message), {"text": "Hello " * 400})
    assert long.status_code == 422
    assert "Hello Hello" in text_of(long)
    assert not Reply.objects.exists()


def test_few_answers_are_taken_in_an_hour(cast: Cast) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    statuses = [Client().post(url_of(message), {"text": f"Again {n}"}).status_code for n in range(7)]
    assert statuses == [302] * actions.MOST_AN_HOUR + [422] * 2
    Reply.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert Client().post(url_of(message), {"text": "Next day"}).status_code == 302


def test_a_link_that_is_opened_too_often_is_refused_for_a_while(cast: Cast) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    statuses = [Client().get(url_of(message)).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]


def test_an_assistant_sees_that_a_customer_answered_and_not_what(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 1)
    (message,) = sent(scene)
    actions.leave_reply(message=message, text="Call me at 600 100 200")
    url = reverse("orders:order", args=[cast.team.slug, scene.customers[0].orders.get().pk])
    for member, sees in ((cast.merchant, True), (cast.assistant, False)):
        page = text_of(client_of(member).get(url))
        assert "The customer answered" in page
        assert ("600 100 200" in page) is sees


def test_a_merchant_opens_the_page_from_the_run_and_marks_answers(cast: Cast, client_of: SignIn) -> None:
    (message,) = sent(make_scene(cast.merchant, 1))
    person = client_of(cast.merchant)
    own = reverse("responses:page", args=[cast.team.slug, message.pk])
    assert own in text_of(
        person.get(reverse("outreach:campaign", args=[cast.team.slug, message.campaign_id]))
    )
    assert url_of(message) in text_of(person.get(own))
    reply = actions.leave_reply(message=message, text="Thanks")
    person.post(reverse("responses:reply_dealt_with", args=[cast.team.slug, reply.pk]))
    reply.refresh_from_db()
    assert reply.read_by == cast.merchant
    assert "Thanks" not in text_of(person.get(reverse("responses:replies", args=[cast.team.slug])))
    person.post(reverse("responses:reply_waiting", args=[cast.team.slug, reply.pk]))
    assert "Thanks" in text_of(person.get(reverse("responses:replies", args=[cast.team.slug])))


def test_answers_are_counted_on_the_incident_and_beside_the_question_who_had_to_ask(
    cast: Cast, client_of: SignIn
) -> None:
    scene = make_scene(cast.merchant, 2)
    for message in sent(scene):
        actions.leave_reply(message=message, text="When?")
        actions.leave_reply(message=message, text="And where?")
    person, number = client_of(cast.merchant), scene.incident.number
    page = text_of(person.get(reverse("incidents:incident", args=[cast.team.slug, number])))
    assert "2 customers answered" in page
    assert "4 to answer" in page
    report = text_of(person.get(reverse("incidents:incident_report", args=[cast.team.slug, number])))
    assert "2 customers wrote on the pages of their mails" in report
