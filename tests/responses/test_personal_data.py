"""Everything about one customer, taken out as a file or erased for good."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.imports.models import Import, ImportChange
from closedorders.incidents.reminders.actions import add_reminder
from closedorders.orders.actions.notes import add_comment, add_file
from closedorders.orders.actions.orders import change_customer
from closedorders.orders.models import Customer, OrderFile, StoreOrder
from closedorders.outreach import actions as outreach
from closedorders.outreach.models import DiscountCode, Kind, Message, Refund, Suppression
from closedorders.outreach.sending import send_due
from closedorders.responses.actions import leave_reply
from closedorders.responses.models import Reply
from closedorders.responses.personal_data.actions import erase_customer, export_customer
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.scenes import Scene, make_scene, sending

SignIn = Callable[[Membership | None], Client]

#: Words that are about her and nobody else, one for each place.
CANARIES = (
    "wilhelmina", "canary-mail.example", "600111222", "buyercanary", "notecanary", "tagcanary", "commentcanary",
    "replycanary", "remindercanary", "formernamecanary", "importcanary", "blockcanary", "bodycanary", "filecanary",
)  # fmt: skip


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """Two customers of one incident who were told; the first has left something everywhere."""
    store = make_store(cast.team)
    her = make_customer(store, "Formernamecanary", "wilhelmina@canary-mail.example", phone="600111222")
    made = make_scene(
        cast.merchant, store=store, customers=[her, make_customer(store, "Olga Other", "olga@other.example")]
    )
    change_customer(customer=her, name="Wilhelmina Canary", email=her.email, by=cast.merchant)
    her.refresh_from_db()
    campaign = sending(made, Kind.RESOLUTION)
    Message.objects.filter(campaign=campaign).update(state=Message.State.SENT, settled_at=timezone.now())
    message = Message.objects.get(customer=her)
    Message.objects.filter(pk=message.pk).update(body=f"{message.body} bodycanary")
    order = her.orders.get()
    StoreOrder.objects.filter(pk=order.pk).update(
        buyer_name="Buyercanary", note="notecanary", tags="tagcanary"
    )
    add_comment(order=order, text="commentcanary", by=cast.merchant)
    add_file(order=order, upload=SimpleUploadedFile("filecanary.txt", b"Hello"), by=cast.merchant)
    leave_reply(message=message, text="replycanary")
    add_reminder(
        subject=order,
        due_at=timezone.now() + timedelta(days=1),
        note="remindercanary",
        person=cast.merchant,
        by=cast.merchant,
    )
    outreach.add_suppression(
        team=cast.team,
        email=her.email,
        cause=Suppression.Cause.BY_HAND,
        detail="blockcanary",
        by=cast.merchant,
    )
    source = Import.objects.create(
        team=cast.team, store=store, uploaded_by=cast.merchant, file_name="o.csv", size=1, sha256="0" * 64
    )
    ImportChange.objects.create(
        source=source,
        thing="store_order",
        thing_id=order.pk,
        before={"note": "importcanary", "total": "45.00"},
        after={"note": "notecanary", "total": "46.00"},
    )
    return made


def stored_words() -> str:
    """Every value of every row that the product has, in lower case."""
    found: list[Any] = []
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("closedorders"):
            found += list(model._default_manager.values_list())
    return str(found).lower()


def erase(scene: Scene, confirmation: str = "wilhelmina@canary-mail.example") -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        erase_customer(
            customer=Customer.objects.get(pk=scene.customers[0].pk), confirmation=confirmation, by=scene.by
        )


def test_nothing_about_an_erased_customer_is_left_in_any_table(scene: Scene) -> None:
    before = stored_words()
    assert [word for word in CANARIES if word not in before] == []
    stored = OrderFile.objects.get().file
    erase(scene)
    after = stored_words()
    assert [word for word in CANARIES if word in after] == []
    assert stored.name
    assert not stored.storage.exists(stored.name)


def test_what_the_accounts_need_stays_and_so_do_all_others(scene: Scene) -> None:
    her, other = scene.customers
    order = her.orders.get()
    kept = (order.number, order.total, order.placed_at, order.ship_country)
    others = list(Message.objects.filter(customer=other).values_list())
    erase(scene)
    order.refresh_from_db()
    assert (order.number, order.total, order.placed_at, order.ship_country) == kept
    assert Refund.objects.filter(store_order=order, state="approved").exists()
    code = DiscountCode.objects.get(customer=her)
    assert (code.percent, code.loaded_at is None) == (10, False)
    assert Message.objects.get(customer=her).state == "sent"
    assert ImportChange.objects.get().after == {"total": "46.00"}
    assert list(Message.objects.filter(customer=other).values_list()) == others
    other.refresh_from_db()
    assert other.email == "olga@other.example"
    event = AuditEvent.objects.get(verb="customer_erased")
    assert event.actor == scene.by.user
    assert event.after == {"orders": 1}


def test_two_erased_customers_of_one_incident_are_two(scene: Scene) -> None:
    erase(scene)
    erase_customer(customer=scene.customers[1], confirmation="olga@other.example", by=scene.by)
    assert len(set(Message.objects.values_list("recipient", flat=True))) == 2


def test_the_page_of_an_erased_customer_is_gone_and_nobody_can_write_there(scene: Scene) -> None:
    from tests.responses.test_customer_page import url_of

    url = url_of(Message.objects.get(customer=scene.customers[0]))
    assert Client().get(url).status_code == 200
    erase(scene)
    assert Client().get(url).status_code == 404
    assert Client().post(url, {"text": "Hello"}).status_code == 404
    assert not Reply.objects.exists()


@pytest.mark.parametrize("state", ["queued", "sending", "deferred", "uncertain"])
def test_while_a_mail_is_under_way_or_uncertain_nothing_is_erased(scene: Scene, state: str) -> None:
    Message.objects.filter(customer=scene.customers[0]).update(state=state)
    with pytest.raises(Refused, match="on its way"):
        erase(scene)
    assert "wilhelmina" in stored_words()


@pytest.mark.parametrize("confirmation", ["", "erase", "olga@other.example", "wilhelmina"])
def test_only_the_typed_address_erases(scene: Scene, client_of: SignIn, confirmation: str) -> None:
    url = reverse("responses:customer_erasure", args=[scene.team.slug, scene.customers[0].pk])
    page = client_of(scene.by).post(url, {"confirmation": confirmation}, follow=True)
    assert "Nothing was erased." in page.content.decode()
    assert Customer.objects.get(pk=scene.customers[0].pk).email


def test_the_page_says_before_what_goes_and_afterwards_that_it_is_gone(
    scene: Scene, client_of: SignIn
) -> None:
    person, pk = client_of(scene.by), scene.customers[0].pk
    url = reverse("responses:customer_data", args=[scene.team.slug, pk])
    page = person.get(url).content.decode()
    assert "It cannot be undone." in page
    assert "wilhelmina@canary-mail.example" in page
    erasing = reverse("responses:customer_erasure", args=[scene.team.slug, pk])
    done = person.post(erasing, {"confirmation": " Wilhelmina@Canary-Mail.example "}, follow=True)
    assert "This customer was erased." in done.content.decode()
    assert "Erase for good" not in done.content.decode()
    order = person.get(reverse("orders:order", args=[scene.team.slug, scene.customers[0].orders.get().pk]))
    assert order.status_code == 200


def test_an_address_that_its_owner_wanted_blocked_stays_blocked(scene: Scene) -> None:
    Suppression.objects.update(cause="asked")
    erase(scene)
    assert Suppression.objects.live().get().email == "wilhelmina@canary-mail.example"


def test_an_address_that_another_store_has_too_stays_blocked_for_it(scene: Scene, client_of: SignIn) -> None:
    twin = make_customer(
        make_store(scene.team, name="Second shop"), "W. C.", "wilhelmina@canary-mail.example"
    )
    url = reverse("responses:customer_data", args=[scene.team.slug, scene.customers[0].pk])
    assert "Second shop" in client_of(scene.by).get(url).content.decode()
    erase(scene)
    assert Suppression.objects.live().get().email == twin.email


def test_the_file_has_everything_and_taking_it_out_is_noted_without_a_name(
    scene: Scene, client_of: SignIn
) -> None:
    url = reverse("responses:customer_export", args=[scene.team.slug, scene.customers[0].pk])
    answer = client_of(scene.by).post(url)
    assert answer.headers["Content-Type"] == "application/zip"
    pack = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    data = pack.read("data.json").decode()
    assert [word for word in CANARIES if word not in data.lower()] == []
    assert "olga" not in data.lower()
    read = json.loads(data)
    assert read["orders"][0]["total"].startswith("45.00")
    assert read["mails"][0]["state"] == "sent"
    assert len(read["discount_codes"]) == len(read["refunds"]) == len(read["reminders"]) == 1
    assert pack.read("files/001-filecanary.txt") == b"Hello"
    event = AuditEvent.objects.get(verb="customer_exported")
    assert "ilhelmina" not in event.label
    assert (event.before, event.after) == ({}, {})


def test_only_a_merchant_takes_out_or_erases(cast: Cast, scene: Scene) -> None:
    customer = scene.customers[0]
    for member in (cast.assistant, cast.reviewer):
        with pytest.raises(Refused):
            export_customer(customer=customer, by=member)
        with pytest.raises(Refused):
            erase_customer(customer=customer, confirmation=customer.email, by=member)


def test_mails_in_the_local_mailbox_go_with_their_customer(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.LOCAL_MAILBOX = tmp_path / "mailbox"
    settings.EMAIL_FILE_PATH = str(settings.LOCAL_MAILBOX)
    settings.EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"
    scene = make_scene(cast.merchant, 2)
    send_due(sending(scene).pk)
    files = [each.read_text() for each in (tmp_path / "mailbox" / "new").iterdir()]
    assert len(files) == 2
    with TestCase.captureOnCommitCallbacks(execute=True):
        erase_customer(customer=scene.customers[0], confirmation=scene.customers[0].email, by=cast.merchant)
    (left,) = [each.read_text() for each in (tmp_path / "mailbox" / "new").iterdir()]
    assert scene.customers[1].email in left
