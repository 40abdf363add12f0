from __future__ import annotations

import pytest
from django import forms

from closedorders.core.refusals import Refused
from closedorders.core.stale import SeenForm, mark_of, refuse_if_changed


class NameForm(SeenForm):
    name = forms.CharField()


def test_a_mark_differs_with_each_value_and_its_place() -> None:
    marks = {mark_of("a", "b"), mark_of("b", "a"), mark_of("ab"), mark_of("a", None), mark_of()}
    assert len(marks) == 5
    assert mark_of("a", 1) == mark_of("a", 1)


def test_what_was_changed_since_is_refused() -> None:
    refuse_if_changed(mark_of("a"), mark_of("a"))
    refuse_if_changed("", mark_of("a"))
    with pytest.raises(Refused, match="Somebody changed this since you opened the page"):
        refuse_if_changed(mark_of("a"), mark_of("b"))
    with pytest.raises(Refused, match=r"^Look again\.$"):
        refuse_if_changed(mark_of("a"), mark_of("b"), "Look again.")


def test_a_form_sends_its_mark_back_hidden_and_may_be_sent_without_one() -> None:
    shown = NameForm(initial={"name": "Ada", "seen": mark_of("Ada")})
    assert list(shown.fields) == ["name", "seen"]
    assert [str(field) for field in shown.hidden_fields()] == [
        f'<input type="hidden" name="seen" value="{mark_of("Ada")}" id="id_seen">'
    ]
    without = NameForm({"name": "Ada"})
    assert without.is_valid()
    assert without.cleaned_data["seen"] == ""
