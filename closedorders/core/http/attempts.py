"""Doing what a request asks for, and showing the person the reason where it is refused."""

from __future__ import annotations

from types import TracebackType

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest

from closedorders.core.refusals import Refused


class attempt:
    """Run the block; a refusal ends it, and its reason becomes a message, or an error of `form`.

    Where the block ends with the view's answer to success, what follows the block is the answer to a refusal:

        with attempt(request, form, "name"):
            actions.add_store(...)
            return redirect("orders:stores")
        return render(request, "orders/stores/stores.html", {"form": form})
    """

    def __init__(self, request: HttpRequest, form: BaseForm | None = None, field: str | None = None) -> None:
        self._request = request
        self._form = form
        self._field = field

    def __enter__(self) -> None:
        pass

    # The type of the answer tells a type checker that the lines after the block can be reached.
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Refused):
            return False
        if self._form is None:
            messages.error(self._request, str(error))
        else:
            self._form.add_error(self._field, str(error))
        return True


def form_is_valid(request: HttpRequest, form: BaseForm) -> bool:
    """Return whether the form is valid. Its errors become a message, for a page that cannot show them in the form."""
    if form.is_valid():
        return True
    messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return False
