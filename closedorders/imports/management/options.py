"""What the options of `import_orders` name: the member, the store, the account, how to read the file, the file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from closedorders.accounts.models import Membership, Role, Team
from closedorders.core.refusals import Refused
from closedorders.imports import actions
from closedorders.imports.forms import ReadingForm
from closedorders.imports.models import Import
from closedorders.imports.wording.names import ANSWER_NAMES
from closedorders.orders.models import BuyerAccount, Store

_CHUNK = 1024 * 1024
#: As a shell can write them.
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
M = TypeVar("M", bound=Model)


def upload_named_file(options: dict[str, Any], by: Membership) -> Import:
    """Upload the file that the options name. Raises `Refused` where a name is not known or the file is refused."""
    no_store = _("There is no store “%(name)s”. The team's stores: %(known)s")
    store = _named(Store.objects.for_team(by.team), "name", options["store"], no_store)
    account = None
    if label := options["buyer_account"]:
        no_account = _("There is no AliExpress account “%(name)s”. The team's accounts: %(known)s")
        account = _named(BuyerAccount.objects.for_team(by.team), "label", label, no_account)
    answers = _answers(options)
    with _opened(options["file"]) as (file, name):
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        upload = UploadedFile(file, name=name, size=size)
        return actions.upload_import(
            team=by.team, upload=upload, store=store, buyer_account=account, by=by, answers=answers
        )


def _answers(options: dict[str, Any]) -> dict[str, str]:
    """How to read the file, validated as on the page. Raises `Refused` where an answer is not valid."""
    given = {name: options[name] for name in ANSWER_NAMES if options[name]}
    if "delimiter" in given:
        given["delimiter"] = DELIMITERS[given["delimiter"]]
    sheet = given.get("sheet", "")
    form = ReadingForm(given, sheets={sheet: sheet})
    if not form.is_valid():
        errors = form.errors.items()
        raise Refused(" ".join(f"{form.fields[name].label}: {' '.join(map(str, of))}" for name, of in errors))
    return form.answers


def member_named(slug: str, email: str | None) -> Membership:
    """The member in whose name it is imported. Raises `Refused` where the team or the member is not known."""
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise Refused(
            _("There is no team %(slug)s. Its name stands in its addresses: /t/…/") % {"slug": slug}
        )
    members = Membership.objects.live().filter(team=team).select_related("user", "team").order_by("pk")
    if email:
        member = members.filter(user__email__iexact=email).first()
        if member is None:
            raise Refused(_("%(email)s is no member of this team.") % {"email": email})
        return member
    member = members.filter(role=Role.MERCHANT).first()
    if member is None:
        raise Refused(_("This team has no merchant. Say with --by who does it."))
    return member


def _named(rows: QuerySet[M], field: str, name: str, not_known: str) -> M:
    """The row of this name in any case. Raises `Refused` with the names that are known."""
    found = rows.filter(**{f"{field}__iexact": name}).first()
    if found is None:
        known = ", ".join(rows.values_list(field, flat=True)[:20]) or "–"
        raise Refused(not_known % {"name": name, "known": known})
    return found


@contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes], str]]:
    """The file, seekable, and its name."""
    with ExitStack() as stack:
        coming: IO[bytes] = sys.stdin.buffer
        if name != "-":
            try:
                coming = stack.enter_context(Path(name).open("rb"))
            except OSError as error:
                raise Refused(f"{name}: {error.strerror}") from None
            if coming.seekable():
                yield coming, Path(name).name
                return
        # A pipe is read once only, and an import reads its file twice.
        file = stack.enter_context(tempfile.TemporaryFile())
        for chunk in iter(partial(coming.read, _CHUNK), b""):
            file.write(chunk)
            if file.tell() > settings.IMPORT_MAX_BYTES:
                break  # `upload_import` refuses it by this size: the rest need not come.
        yield file, "stdin.csv" if name == "-" else f"{Path(name).name}.csv"
