"""Import an order file from a shell: upload it, read it, print the counts, save it, end with an exit status.

The same actions and runs as behind the Imports page, which shows more of what would change.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.models import Membership
from closedorders.core.files.csv_export import csv_lines
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import count
from closedorders.imports import actions, states
from closedorders.imports.bad_rows import delimiter_to_mend, first_issues, rows_to_mend
from closedorders.imports.management.options import DELIMITERS, member_named, upload_named_file
from closedorders.imports.models import Import
from closedorders.imports.runs import reading, saving
from closedorders.imports.states import Action
from closedorders.imports.wording.names import FORMAT_NAMES
from closedorders.imports.wording.reading import assumption_text, question_text, warning_texts
from closedorders.imports.wording.refusals import refusal_texts
from closedorders.orderfiles.tables.csv_table import ENCODINGS
from closedorders.orders.masking import Sight

BAD_ROWS, REFUSED, FAILED, INTERRUPTED = 1, 2, 3, 130
ISSUES_SHOWN = 20
_SECONDS_BETWEEN_LOOKS = 0.2
#: The question -> the options that answer it.
_OPTIONS = {
    "date_order": ("--date-order dmy", "--date-order mdy"),
    "decimal_sign": ("--decimal-sign .", "--decimal-sign ,"),
}


class Command(BaseCommand):
    help = (
        "Import an order file: read it, print the counts, and save it, as the Imports page does. "
        "Needs no worker. Running it again, after a kill or by mistake, adds nothing twice. "
        "Exit status: 0 every row was taken; 1 saved, but some rows are bad and were left out; 2 nothing saved: "
        "the file is refused, a name is not known, or a question is open; 3 stopped halfway by a failure of ours: "
        "run it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("file", metavar="FILE", help="the order file; - reads standard input")
        add("--team", required=True, metavar="SLUG", help="the team, as its addresses name it (/t/SLUG/)")
        add("--store", required=True, metavar="NAME", help="the store the orders belong to")
        add("--buyer-account", metavar="LABEL", help="the AliExpress account that placed the orders")
        add("--by", metavar="EMAIL", help="the member who imports (default: the team's first merchant)")
        add("--dry-run", action="store_true", help="print the counts and leave nothing behind")
        add("--date-order", choices=["dmy", "mdy"], help="what 03/04/2025 means (default: found in the file)")
        add("--decimal-sign", choices=[".", ","], help="what 1,234 means (default: found in the file)")
        add("--encoding", choices=ENCODINGS, help="the file's encoding (default: found in the file)")
        add("--delimiter", choices=DELIMITERS, help="what separates cells (default: found in the file)")
        currency_of = "of orders that name none (default: the store's)"
        add("--currency", dest="default_currency", metavar="CODE", help=currency_of)
        zone_of = "of dates that name none, like Europe/Madrid (default: the team's)"
        add("--time-zone", metavar="ZONE", help=zone_of)
        add("--sheet", metavar="NAME", help="the sheet of a workbook to read (default: the first that fits)")
        add("--bad-rows", metavar="FILE", help="write the bad rows there, to correct and to import again")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("es" if os.environ.get("LANG", "").startswith("es") else "en"):
            try:
                status = self._import(options)
            except Refused as refused:
                self.stderr.write(str(refused))
                status = REFUSED
            except KeyboardInterrupt:
                status = INTERRUPTED
            except Exception:
                # Not Python's own status for it, which is 1 and would say that rows are bad.
                self.stderr.write(traceback.format_exc())
                status = FAILED
        if status:
            sys.exit(status)

    def _import(self, options: dict[str, Any]) -> int:
        by, dry_run = member_named(options["team"], options["by"]), options["dry_run"]
        sight = Sight.of(by)
        source = upload_named_file(options, by)
        try:
            _work(source, reading.read_file, states.before(Action.START_READING))
            if source.state != Import.State.PREVIEWED or source.questions:
                return self._refuse(source, by, sight, dry_run=dry_run)
            self._print_preview(source, sight)
            if dry_run:
                status = self._report_bad_rows(source, sight, options["bad_rows"])
                actions.remove_import(source=source, by=by)
                self.stdout.write(_("Nothing was saved: this was a dry run."))
                return status
        except KeyboardInterrupt:
            with suppress(Refused, Import.DoesNotExist):  # It is over already, or was removed.
                actions.cancel_import(source=source, by=by)
                if dry_run:
                    actions.remove_import(source=source, by=by)
            raise
        actions.save_import(source=source, by=by)
        _work(source, saving.commit_file, states.before(Action.START_SAVING))
        if source.state != Import.State.COMMITTED:
            self._print_refusal(source, sight)
            return REFUSED
        self.stdout.write(_("Saved. %(orders)s") % {"orders": _orders(source)})
        return self._report_bad_rows(source, sight, options["bad_rows"])

    def _print_preview(self, source: Import, sight: Sight) -> None:
        self.stdout.write(f"{source.file_name}: {FORMAT_NAMES.get(source.format, source.format)}")
        for code, params in source.assumptions.items():
            if params.get("assumed") or len(params.get("sheets", ())) > 1:
                self.stdout.write(f"- {sight.words(assumption_text(code, params))}")
        self.stdout.write(
            _("Rows: %(read)s read, %(accepted)s good, %(rejected)s bad, %(duplicate)s twice.")
            % _counts(source, "rows", "read", "accepted", "rejected", "duplicate")
        )
        self.stdout.write(_orders(source))
        for warning in warning_texts(source.samples):
            self.stderr.write(warning)

    def _refuse(self, source: Import, by: Membership, sight: Sight, *, dry_run: bool) -> int:
        """Print why it cannot be saved, and remove the import unless a person may go on with it on the page."""
        if source.state != Import.State.PREVIEWED:
            self._print_refusal(source, sight)
        for question in source.questions:
            self.stderr.write(sight.words(question_text(question["code"], question["params"])))
            one, other = _OPTIONS[question["code"]]
            self.stderr.write(_("Answer with %(one)s or %(other)s.") % {"one": one, "other": other})
        if source.state == Import.State.UNMAPPED and not dry_run:
            page = settings.SITE_URL + source.get_absolute_url()
            self.stderr.write(
                _("Name its columns once, and such files are read from then on: %(page)s") % {"page": page}
            )
        elif source.state in states.before(Action.REMOVE):
            actions.remove_import(source=source, by=by)
        return REFUSED

    def _print_refusal(self, source: Import, sight: Sight) -> None:
        if source.refusal:
            texts = refusal_texts(source.refusal["code"], source.refusal["params"])
            self.stderr.write(" ".join(sight.words(each) for each in texts if each))
        else:
            self.stderr.write(_("The import ended as: %(state)s.") % {"state": source.get_state_display()})

    def _report_bad_rows(self, source: Import, sight: Sight, file_name: str | None) -> int:
        """Print the first bad rows, write all to the file if one is asked for, and return the exit status."""
        for issue in first_issues(source, sight, ISSUES_SHOWN):
            value = repr(issue.value) if issue.value else ""
            place = [_("Line %(line)s") % {"line": issue.line}, issue.column, value]
            self.stdout.write(f"{', '.join(filter(None, place))}: {issue.reason}")
        if (more := source.issues_found - ISSUES_SHOWN) > 0:
            words = ngettext("And %(more)s more.", "And %(more)s more.", more)
            self.stdout.write(words % {"more": count(more)})
        if not source.rows_rejected:
            return 0
        if file_name:
            rows = rows_to_mend(source, sight=sight, language=translation.get_language() or "en")
            try:
                # Customers' addresses: readable by whoever runs this, and nobody else.
                descriptor = os.open(file_name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
                    file.writelines(csv_lines(rows, delimiter=delimiter_to_mend(source)))
            except OSError as error:
                self.stderr.write(f"{file_name}: {error.strerror}")
                return FAILED
            words = _("The bad rows are in %(file)s: correct them and import that file.")
            self.stdout.write(words % {"file": file_name})
        return BAD_ROWS


def _work(source: Import, work: Callable[[int], None], unfinished: tuple[str, ...]) -> None:
    """Do the work here; where a worker claimed it first, wait for that worker, and go on should it die."""
    while True:
        work(source.pk)
        source.refresh_from_db()
        if source.state not in unfinished:
            return
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _orders(source: Import) -> str:
    counts = _counts(source, "orders", "new", "changed", "unchanged")
    return _("Orders: %(new)s new, %(changed)s changed, %(unchanged)s unchanged.") % counts


def _counts(source: Import, of: str, *names: str) -> dict[str, str]:
    return {name: count(getattr(source, f"{of}_{name}")) for name in names}
