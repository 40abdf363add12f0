"""The response headers of every download: the file is saved and never opened as a page of this site."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpResponseBase
from django.utils.http import content_disposition_header

Response = TypeVar("Response", bound=HttpResponseBase)


def as_download(response: Response, file_name: str) -> Response:
    """Make the response a file to save; a browser that opens it all the same shows it in a sandbox without rights.

    Its policy stays: `CSPMiddleware` sets one only where there is none.
    """
    response.headers["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


def is_download(response: HttpResponseBase) -> bool:
    """Whether an answer is a file to keep, and no page."""
    return "Content-Disposition" in response
