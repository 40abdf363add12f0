"""The reviewer's pages: what waits, one document beside its rules, what comes next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from closedorders.accounts.models import Membership
from closedorders.cases import actions
from closedorders.cases.models import Case, Decision, Review, Slot, Transition
from tests.cases.conftest import open_a_case, walk_to
from tests.cases.review.scenes import CARD, PAPER, in_review
from tests.cases.test_pages import queries
from tests.cast import Cast
from tests.documents.scenes import make_document
from tests.factories import make_member

ClientOf = Callable[[Membership | None], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def words(response: HttpResponseBase) -> str:
    assert isinstance(response, HttpResponse)
    return unescape(response.content.decode())


def queue_url(cast: Cast) -> str:
    return reverse("cases:review_queue", args=[cast.team.slug])


def url(slot: Slot, name: str = "slot_review") -> str:
    return reverse(f"cases:{name}", args=[slot.case.team.slug, slot.case_id, slot.pk])


def start(client: Client, slot: Slot) -> str:
    return words(client.post(url(slot, "review_start"), follow=True))


def test_the_queue_has_what_waits_in_all_cases_the_longest_first(
    cast: Cast, other_cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.reviewer)
    assert "The queue is clear" in words(client.get(queue_url(cast)))
    young = walk_to(open_a_case(cast, "Young"), "in_review", cast)
    old = walk_to(open_a_case(cast, "Old"), "in_review", cast)
    open_a_case(cast, "Collecting")
    walk_to(open_a_case(cast, "Decided"), "ready", cast)
    walk_to(open_a_case(other_cast, "Foreign"), "in_review", other_cast)
    Transition.objects.filter(case=old, after="in_review").update(at=timezone.now() - timedelta(days=1))
    page = words(client.get(queue_url(cast)))
    assert page.count("data-row-link") == 14
    assert page.index("<bdi>Old") < page.index("<bdi>Young")
    assert all(name not in page for name in ("Collecting", "<bdi>Decided", "Foreign"))
    first = old.slots.first()
    assert first is not None
    assert f'action="{url(first, "review_start")}"' in page
    assert young.slots.count() == 7


def test_a_merchant_sees_the_queue_but_begins_nothing_beside_a_reviewer(
    cast: Cast, client_of: ClientOf
) -> None:
    _case, card, _passport = in_review(cast)
    client = client_of(cast.merchant)
    page = words(client.get(queue_url(cast)))
    assert "Credit card" in page
    assert "Start with the oldest" not in page
    assert "The team's reviewer decides this" in words(client.get(url(card)))
    client.post(url(card, "review_start"))
    assert not Review.objects.exists()
    assert client_of(cast.assistant).get(queue_url(cast)).status_code == 403


def test_the_picture_stands_beside_what_must_be_seen_and_hidden_once_the_review_has_begun(
    cast: Cast, client_of: ClientOf
) -> None:
    _case, card, _passport = in_review(cast)
    client = client_of(cast.reviewer)
    before = words(client.get(url(card)))
    assert "redact-stored" not in before
    assert 'name="last_four"' not in before
    page = start(client, card)
    assert f"documents/{card.pk}/pages/1/" in page
    assert "All other digits of the number." in page
    assert "the last four digits of the number." in page
    assert 'name="last_four"' in page
    assert "data-review-approve" in page
    assert "data-review-again" in page
    assert "Being looked at" in words(client.get(queue_url(cast)))
    review = Review.objects.get()
    assert (review.slot, review.by, review.ended_at) == (card, cast.reviewer, None)


def test_after_a_decision_the_next_document_opens_and_at_the_end_the_case(
    cast: Cast, client_of: ClientOf
) -> None:
    case, card, passport = in_review(cast)
    later = in_review(cast, "Second account")[0]
    client = client_of(cast.reviewer)
    client.post(url(card, "review_start"))
    answer = client.post(url(card), {"verdict": "approved", **CARD})
    assert answer.headers["Location"] == url(passport)
    answer = client.post(url(passport), {"verdict": "approved", **PAPER})
    left = list(case.slots.filter(state="ready"))
    assert answer.headers["Location"] == url(left[0])
    for slot in left[:-1]:
        client.post(url(slot), {"verdict": "approved"})
    answer = client.post(url(left[-1]), {"verdict": "approved"})
    assert answer.headers["Location"] == case.get_absolute_url()
    page = words(client.get(queue_url(cast)))
    assert "Decided, to be sent on" in page
    history = words(client.get(case.get_absolute_url()))
    assert "Looked at from" in history
    assert Review.objects.filter(slot__case=case, decision=None).count() == 0
    assert next(iter(later.slots.all())).state == "ready"


def test_what_another_reviewer_has_open_is_not_next(cast: Cast, client_of: ClientOf) -> None:
    _case, card, passport = in_review(cast)
    other = make_member(cast.team, "reviewer")
    actions.start_review(slot=passport, by=other)
    client = client_of(cast.reviewer)
    start(client, card)
    answer = client.post(url(card), {"verdict": "approved", **CARD})
    assert answer.headers["Location"] != url(passport)
    assert "by nobody" in words(client.get(queue_url(cast)))


def test_a_mismatch_says_so_and_shows_nothing_of_what_the_owner_typed(
    cast: Cast, client_of: ClientOf
) -> None:
    _case, _card, passport = in_review(cast)
    client = client_of(cast.reviewer)
    start(client, passport)
    page = words(
        client.post(url(passport), {"verdict": "approved", **PAPER, "name": "Mario Garcia"}, follow=True)
    )
    assert "do not agree" in page
    assert "López" not in page
    assert "2031" not in page
    assert "Once something else was typed" in page
    passport.refresh_from_db()
    assert passport.state == "ready"
    case_page = words(client.get(passport.case.get_absolute_url()))
    assert "Review of Passport or ID began" in case_page


@pytest.mark.parametrize("digits", ["4242424242424242", "42", ""])
def test_more_or_fewer_digits_are_refused_and_not_shown_again(
    digits: str, cast: Cast, client_of: ClientOf
) -> None:
    case, card, _passport = in_review(cast)
    client = client_of(cast.reviewer)
    start(client, card)
    page = words(client.post(url(card), {**CARD, "last_four": digits, "verdict": "approved"}, follow=True))
    assert "4242424242424242" not in page
    assert not Decision.objects.filter(slot=card).exists()
    merchant = client_of(cast.merchant)
    owner = merchant.post(url(card, "slot_entry"), {**CARD, "last_four": digits}, follow=True)
    assert "4242424242424242" not in words(owner)
    assert case.slots.filter(kind="card_front", document__entry__isnull=False).exists()


def test_asking_again_needs_a_reason_and_keeps_the_note_that_was_typed(
    cast: Cast, client_of: ClientOf
) -> None:
    _case, card, _passport = in_review(cast)
    client = client_of(cast.reviewer)
    start(client, card)
    for form in ({"note": "Too dark"}, {"reason": "other", "note": " "}):
        answer = client.post(url(card), {"verdict": "asked_again", **form})
        assert answer.status_code == 422
    assert "Too dark" in words(client.post(url(card), {"verdict": "asked_again", "note": "Too dark"}))
    client.post(url(card), {"verdict": "asked_again", "reason": "wrong_document"})
    assert Decision.objects.get().reason == "wrong_document"


def test_the_last_decision_leads_to_one_request_that_the_merchant_reads_as_a_list(
    cast: Cast, client_of: ClientOf
) -> None:
    case = walk_to(open_a_case(cast), "in_review", cast)
    client = client_of(cast.reviewer)
    slots = list(case.slots.all())
    start(client, slots[0])
    client.post(url(slots[0]), {"verdict": "asked_again", "reason": "expired"})
    for slot in slots[1:-1]:
        client.post(url(slot), {"verdict": "approved"})
    answer = client.post(url(slots[-1]), {"verdict": "approved"})
    request = reverse("cases:asking_again", args=[cast.team.slug, case.pk])
    assert answer.headers["Location"] == request
    assert "Expired" in words(client.get(request))
    prefix = f"slot{slots[1].pk}"
    form = {f"slot{slot.pk}-seen": "approved" for slot in slots[1:]}
    bad = client.post(request, form | {f"{prefix}-again": "on"})
    assert bad.status_code == 422
    assert "Choose why you ask again" in words(bad)
    client.post(request, form | {f"{prefix}-again": "on", f"{prefix}-reason": "not_readable", "note": "Soon"})
    case.refresh_from_db()
    assert case.state == "collecting"
    page = words(client_of(cast.merchant).get(case.get_absolute_url()))
    asked = page.partition('id="request"')[2].partition("</section>")[0]
    assert "asks again for 2 documents" in asked
    assert all(word in asked for word in (str(slots[0]), "Expired", str(slots[1]), "Blurred", "Soon"))


def test_a_request_from_an_old_tab_changes_nothing_and_says_who_decided(
    cast: Cast, client_of: ClientOf
) -> None:
    case = walk_to(open_a_case(cast), "in_review", cast)
    slots = list(case.slots.all())
    for slot in slots:
        actions.decide(slot=slot, verdict="approved", by=cast.reviewer)
    request = reverse("cases:asking_again", args=[cast.team.slug, case.pk])
    form = {f"slot{slot.pk}-seen": "ready" for slot in slots}
    prefix = f"slot{slots[0].pk}"
    page = words(
        client_of(cast.reviewer).post(
            request, form | {f"{prefix}-again": "on", f"{prefix}-reason": "expired", f"{prefix}-note": "May"}
        )
    )
    assert f"Already decided by {cast.reviewer.user} at" in page
    assert 'value="May"' in page
    assert Case.objects.get(pk=case.pk).state == "in_review"


def test_the_owner_types_on_the_case_and_sees_that_it_is_typed(cast: Cast, client_of: ClientOf) -> None:
    case, card, _passport = in_review(cast)
    client = client_of(cast.merchant)
    page = words(client.post(url(card, "slot_entry"), CARD, follow=True))
    assert "unreadable for everybody" in page
    assert f"Typed by {cast.merchant.user}" in page
    assert 'value="4242"' not in page
    assert client_of(cast.reviewer).post(url(card, "slot_entry"), CARD).status_code == 403
    assert "Type what stands on it" not in words(client_of(cast.reviewer).get(case.get_absolute_url()))


def test_the_queue_and_a_case_cost_the_same_for_few_and_many(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.reviewer)
    other = make_member(cast.team, "reviewer")

    def add(number: int) -> Case:
        for _number in range(number):
            case, card, _passport = in_review(cast, "")
            actions.start_review(slot=card, by=other)
        return case

    case = add(1)
    few = queries(client, queue_url(cast))
    few_of_a_case = queries(client, case.get_absolute_url())
    add(12)
    page = words(client.get(queue_url(cast)))
    assert page.count("data-row-link") == 50
    assert queries(client, queue_url(cast)) == few <= 20
    rest = page.partition('href="?before=')[2].partition('"')[0]
    assert words(client.get(f"{queue_url(cast)}?before={rest}")).count("data-row-link") == 15
    for _number in range(30):
        Review.objects.create(slot=case.slots.all()[0], by=other, ended_at=timezone.now())
    assert queries(client, case.get_absolute_url()) == few_of_a_case <= 32


def test_a_refused_request_shows_the_documents_as_they_are(cast: Cast, client_of: ClientOf) -> None:
    case = walk_to(open_a_case(cast), "in_review", cast)
    slots = list(case.slots.all())
    request = reverse("cases:asking_again", args=[cast.team.slug, case.pk])
    form = {f"slot{slot.pk}-seen": "ready" for slot in slots}
    prefix = f"slot{slots[0].pk}"
    page = words(
        client_of(cast.reviewer).post(
            request, form | {f"{prefix}-again": "on", f"{prefix}-reason": "expired"}
        )
    )
    assert "Not decided yet" in page
    assert page.count('">Ready</td>') == len(slots)


def test_a_later_page_of_the_queue_offers_no_start_with_the_oldest(cast: Cast, client_of: ClientOf) -> None:
    case = walk_to(open_a_case(cast), "in_review", cast)
    client = client_of(cast.reviewer)
    assert "Start with the oldest" in words(client.get(queue_url(cast)))
    sent = case.transitions.get(after="in_review").at
    place = {"before": f"{case.slots.all()[0].pk}.{sent.isoformat()}"}
    page = words(client.get(queue_url(cast), place))
    assert page.count("data-row-link") == case.slots.count() - 1
    assert "Start with the oldest" not in page


def test_the_case_withholds_a_picture_from_who_decides_until_the_review_has_begun(
    cast: Cast, client_of: ClientOf
) -> None:
    case, card, passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    actions.finish_review(review=review, verdict="asked_again", reason="expired", by=cast.reviewer)
    page = words(client_of(cast.reviewer).get(case.get_absolute_url()))
    assert f"documents/{card.pk}/pages/1/" in page
    assert f"documents/{passport.pk}/pages/1/" not in page
    assert "Shown once the review has begun." in page
    assert f"documents/{passport.pk}/pages/1/" in words(client_of(cast.merchant).get(case.get_absolute_url()))


def test_a_picture_is_held_against_what_its_place_asks_for(cast: Cast, client_of: ClientOf) -> None:
    case, card, passport = in_review(cast)
    back = case.slots.get(kind="card_back")
    case.slots.filter(pk=back.pk).update(state="ready", document=card.document)
    client = client_of(cast.reviewer)
    assert "The three-digit code" in start(client, back)
    case.slots.filter(pk=passport.pk).update(kind="other")
    assert "The machine-readable lines at the bottom" in start(client, passport)


def test_the_picker_offers_what_fits_and_of_that_the_kind_itself_first(
    cast: Cast, client_of: ClientOf
) -> None:
    case = open_a_case(cast)
    front, back, paper = (
        make_document(cast.merchant, kind=kind) for kind in ("card_front", "card_back", "identity")
    )
    page = words(client_of(cast.merchant).get(case.get_absolute_url()))
    picker = page.partition('"Document for: Credit card, front"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\d+)"', picker) == [str(front.pk), str(back.pk)]
    assert f'value="{paper.pk}"' in page
