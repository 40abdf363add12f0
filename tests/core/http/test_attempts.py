from __future__ import annotations

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory

from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.refusals import Refused


class NameForm(forms.Form):
    name = forms.CharField(max_length=3)
    number = forms.IntegerField(required=False)


@pytest.fixture
def request_with_messages() -> HttpRequest:
    request = RequestFactory().post("/")
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # as the middleware does
    return request


def shown(request: HttpRequest) -> list[tuple[str, str]]:
    return [(each.level_tag, str(each)) for each in get_messages(request)]


def test_a_refusal_ends_the_block_and_becomes_a_message(request_with_messages: HttpRequest) -> None:
    went_on = False
    with attempt(request_with_messages):
        if not went_on:
            raise Refused("Not now.")
        went_on = True
    assert not went_on
    assert shown(request_with_messages) == [("error", "Not now.")]


@pytest.mark.parametrize(("field", "place"), [("name", "name"), (None, "__all__")])
def test_with_a_form_a_refusal_becomes_an_error_of_its_field(
    request_with_messages: HttpRequest, field: str | None, place: str
) -> None:
    form = NameForm({"name": "abc"})
    assert form.is_valid()
    with attempt(request_with_messages, form, field):
        raise Refused("Taken.")
    assert form.errors == {place: ["Taken."]}
    assert shown(request_with_messages) == []


def test_what_succeeds_shows_nothing_by_itself(request_with_messages: HttpRequest) -> None:
    form = NameForm({"name": "abc"})
    with attempt(request_with_messages, form):
        pass
    assert form.is_valid()
    assert shown(request_with_messages) == []


def test_other_errors_pass(request_with_messages: HttpRequest) -> None:
    with pytest.raises(LookupError), attempt(request_with_messages):
        raise LookupError
    assert shown(request_with_messages) == []


def test_errors_of_a_form_become_one_message(request_with_messages: HttpRequest) -> None:
    assert form_is_valid(request_with_messages, NameForm({"name": "abc"}))
    assert shown(request_with_messages) == []
    assert not form_is_valid(request_with_messages, NameForm({"name": "", "number": "x"}))
    assert shown(request_with_messages) == [("error", "This field is required. Enter a whole number.")]
