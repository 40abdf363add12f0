"""Discount codes as files: as a table, or in the shape a shop loads."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.core.http.downloads import as_download

from ..models import DiscountCode


def shop_file(name: str, text: str) -> HttpResponse:
    return as_download(HttpResponse(text, content_type="text/csv; charset=utf-8"), name)


def code_rows(codes: list[DiscountCode]) -> list[list[object]]:
    head: list[object] = [
        _("Code"),
        _("Percent"),
        _("Good until"),
        _("Customer"),
        _("E-mail"),
        _("In the shop"),
    ]
    return [
        head,
        *(
            [
                code.code,
                code.percent,
                code.expires_on.isoformat() if code.expires_on else "",
                code.customer.name,
                code.customer.email,
                timezone.localdate(code.loaded_at).isoformat() if code.loaded_at else "",
            ]
            for code in codes
        ),
    ]
