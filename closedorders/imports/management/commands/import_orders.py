"""Import an order file from a shell, by the actions and runs that the pages and the workers use."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
import time
import traceback
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import tzinfo
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.management import BaseCommand, CommandParser
from django.db import connection
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.models import Membership, Role, Team
from closedorders.core.files.csv_export import csv_lines
from closedorders.core.money import format_money
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import count, file_size
from closedorders.imports import actions
from closedorders.imports import runs as import_runs
from closedorders.imports.bad_rows import delimiter_to_mend, rows_to_mend
from closedorders.imports.forms import ReadingForm
from closedorders.imports.merge import REFUSALS
from closedorders.imports.models import Import, ImportIssue
from closedorders.imports.runs import PROFILE_ANSWERS
from closedorders.imports.views.preview import elsewhere, kept_fields, kept_rows, sample_groups, warnings
from closedorders.imports.wording import (
    ANSWER_NAMES,
    FORMAT_NAMES,
    assumption_text,
    issue_text,
    question_text,
    refusal_texts,
)
from closedorders.orderfiles.tables.csv_table import ENCODINGS
from closedorders.orders.field_names import FIELD_NAMES
from closedorders.orders.masking import Sight
from closedorders.orders.models import BuyerAccount, Store

BAD_ROWS, REFUSED, FAILED, INTERRUPTED = 1, 2, 3, 130

ISSUES_SHOWN = 20
_SECONDS_BETWEEN_LOOKS = 0.2
_CHUNK = 1024 * 1024

_READING = (Import.State.UPLOADED, Import.State.READING)
#: As a shell can write them.
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
#: The question -> the options that answer it.
_OPTIONS = {
    "date_order": ("--date-order dmy", "--date-order mdy"),
    "decimal_sign": ("--decimal-sign .", "--decimal-sign ,"),
}


class Command(BaseCommand):
    help = (
        "Import an order file: read it, say what it would change, and save it, as the Imports page does.\n"
        "Needs no worker. Running it again, after a kill or by mistake, adds nothing twice.\n\n"
        "exit status:\n"
        "  0    every row was taken\n"
        "  1    saved, but some rows are bad and were left out\n"
        "  2    nothing saved: the file is refused, a name is not known, or a question is open\n"
        "  3    stopped halfway by a failure of ours: run it again"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own formatter would fill the lines of the exit statuses into one paragraph.
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the order file; - reads standard input")
        parser.add_argument(
            "--team", required=True, metavar="SLUG", help="the team, as its addresses name it (/t/SLUG/)"
        )
        parser.add_argument("--store", required=True, metavar="NAME", help="the store the orders belong to")
        parser.add_argument(
            "--buyer-account", metavar="LABEL", help="the AliExpress account that placed the orders"
        )
        parser.add_argument(
            "--by",
            metavar="EMAIL",
            help="the member in whose name it is done (default: the team's first merchant)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read and say what would change; leave nothing behind"
        )
        parser.add_argument(
            "--date-order",
            choices=["dmy", "mdy"],
            help="what 03/04/2025 means: day first or month first (default: as the file tells)",
        )
        parser.add_argument(
            "--decimal-sign",
            choices=[".", ","],
            help="what 1,234 means: the sign before decimals (default: as the file tells)",
        )
        parser.add_argument(
            "--encoding",
            choices=ENCODINGS,
            help="how the file's letters are written (default: as the file tells)",
        )
        parser.add_argument(
            "--delimiter",
            choices=_DELIMITERS,
            help="what separates the cells (default: as the file tells)",
        )
        parser.add_argument(
            "--currency",
            dest="default_currency",
            metavar="CODE",
            help="of orders that name none (default: the store's)",
        )
        parser.add_argument(
            "--time-zone",
            metavar="ZONE",
            help="of dates that name none, like Europe/Madrid (default: the team's)",
        )
        parser.add_argument(
            "--sheet",
            metavar="NAME",
            help="the sheet of a workbook to read (default: the first whose columns are known, else with titles)",
        )
        parser.add_argument(
            "--take-file",
            metavar="FIELD",
            action="append",
            default=[],
            help="take the file's value where a person typed another one; --dry-run names the fields; repeatable",
        )
        parser.add_argument(
            "--bad-rows", metavar="FILE", help="write the bad rows there, to mend and to import again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("es" if os.environ.get("LANG", "").startswith("es") else "en"):
            try:
                shell_import = _ShellImport(self, options)
                with timezone.override(shell_import.zone):
                    status = shell_import.run()
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


class _ShellImport:
    """One run of the command; says things on the command's streams and returns the exit status."""

    def __init__(self, command: BaseCommand, options: dict[str, Any]) -> None:
        self._say = command.stdout.write
        self._progress_to = command.stderr
        self._options = options
        self._by = _member(options["team"], options["by"])
        self._sight = Sight.of(self._by)
        self._store = _store(self._by.team, options["store"])
        self._account = _buyer_account(self._by.team, options["buyer_account"])
        self._answers = _answers(options)
        self._take = _fields_to_take(options["take_file"], self._by)
        self._told: set[int] = set()

    @property
    def zone(self) -> tzinfo:
        """Times are told in the team's, as on its pages."""
        return self._by.team.zone

    def run(self) -> int:
        with _opened(self._options["file"]) as (file, name):
            source = self._unfinished(file) or self._uploaded(file, name)
        if source.state == Import.State.COMMITTING:
            self._say(_("This file's import stopped halfway; going on with it."))
        else:
            try:
                self._read(source)
                if not self._ready(source):
                    return REFUSED
                self._tell(source)
                if self._options["dry_run"]:
                    return self._end_dry_run(source)
            except KeyboardInterrupt:
                self._leave(source)
                raise
            actions.save_import(source=source, by=self._by, take_file=self._take)
        good = source.rows_accepted
        self._work(source, import_runs.commit_file, (Import.State.COMMITTING,), _("Saving orders"))
        if source.state != Import.State.COMMITTED:
            return self._refused(source)
        self._say(_("Saved. %(orders)s") % {"orders": _orders(source)})
        if left := source.answers.get("take_left"):
            self._say(
                ngettext(
                    "%(shown)s typed value stayed: a person changed it after the preview.",
                    "%(shown)s typed values stayed: a person changed them after the preview.",
                    left,
                )
                % {"shown": count(left)}
            )
        self._tell_refused_while_saving(source, good_before=good)
        return self._bad_rows(source)

    # --- The file ---

    def _unfinished(self, file: IO[bytes]) -> Import | None:
        """An import of the very same file that was killed while it was being saved, and that no worker has."""
        if self._options["dry_run"]:
            return None
        digest = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        file.seek(0)
        killed = Import.objects.due().filter(
            team=self._by.team,
            state=Import.State.COMMITTING,
            sha256=digest.hexdigest(),
            store=self._store,
            buyer_account=self._account,
        )
        return next((each for each in killed if self._was_asked_for(each.answers)), None)

    def _was_asked_for(self, answers: dict[str, Any]) -> bool:
        """Whether an import of these answers does what this command line asks for."""
        # A profile may have answered the others.
        asked = {**dict.fromkeys(set(ANSWER_NAMES) - set(PROFILE_ANSWERS), ""), **self._answers}
        same = all(answers.get(name, "") == value for name, value in asked.items())
        return same and set(answers.get("take_file", ())) <= set(self._take)

    def _uploaded(self, file: IO[bytes], name: str) -> Import:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return actions.upload_import(
            team=self._by.team,
            upload=UploadedFile(file, name=name, size=size),
            store=self._store,
            buyer_account=self._account,
            by=self._by,
            answers=self._answers,
        )

    def _leave(self, source: Import) -> None:
        """Broken off before anything is saved; a dry run leaves nothing behind, not even that."""
        with suppress(Refused, Import.DoesNotExist):  # It is over already, or was taken away.
            actions.cancel_import(source=source, by=self._by)
            if self._options["dry_run"]:
                actions.remove_import(source=source, by=self._by)

    # --- Reading ---

    def _read(self, source: Import) -> None:
        self._work(source, import_runs.read_file, _READING, _("Reading the file"))

    def _work(
        self, source: Import, work: Callable[[int], None], states: tuple[Import.State, ...], label: str
    ) -> None:
        """Do it here; where a worker was quicker to take it, wait for that worker, and go on should it die."""
        with _progress(source.pk, label, self._progress_to):
            while True:
                work(source.pk)
                source.refresh_from_db()
                if source.state not in states:
                    return
                time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _ready(self, source: Import) -> bool:
        """Whether it can be saved. Says what is wrong, and takes the upload away, where not."""
        if source.state == Import.State.PREVIEWED and not source.questions:
            return True
        if source.state == Import.State.UNMAPPED and not self._options["dry_run"]:
            self._refused(source)
            page = settings.SITE_URL + source.get_absolute_url()
            self._complain(
                _("Name its columns once, and such files are read from then on: %(page)s") % {"page": page}
            )
            return False
        if source.state != Import.State.PREVIEWED:
            self._refused(source)
        for question in source.questions:
            self._complain(self._sight.words(question_text(question["code"], question["params"])))
            one, other = _OPTIONS[question["code"]]
            self._complain(_("Answer with %(one)s or %(other)s.") % {"one": one, "other": other})
        if source.state in actions.REMOVABLE:
            actions.remove_import(source=source, by=self._by)
        return False

    def _refused(self, source: Import) -> int:
        if source.refusal:
            texts = refusal_texts(source.refusal["code"], source.refusal["params"])
            self._complain(" ".join(self._sight.words(each) for each in texts if each))
        else:
            self._complain(_("The import ended as: %(state)s.") % {"state": source.get_state_display()})
        return REFUSED

    def _complain(self, sentence: str) -> None:
        self._progress_to.write(sentence)

    # --- Telling ---

    def _tell(self, source: Import) -> None:
        self._say(f"{source.file_name}: {FORMAT_NAMES.get(source.format, source.format)}")
        for code, params in source.assumptions.items():
            if params.get("assumed") or len(params.get("sheets", ())) > 1:
                self._say(f"- {self._sight.words(assumption_text(code, params))}")
        self._say(
            _("Rows: %(read)s read, %(accepted)s good, %(rejected)s bad, %(duplicate)s twice.")
            % {
                "read": count(source.rows_read),
                "accepted": count(source.rows_accepted),
                "rejected": count(source.rows_rejected),
                "duplicate": count(source.rows_duplicate),
            }
        )
        self._say(_orders(source))
        for warning in warnings(source):
            self._complain(warning)
        self._tell_first_orders(source)
        self._tell_typed(source)
        for each in elsewhere(source, self._sight)["elsewhere"][:ISSUES_SHOWN]:
            place = [_("Line %(line)s") % {"line": each["line"]}, each["number"], each["aliexpress_number"]]
            self._say(f"{', '.join(place)}: {each['why']}")
        self._tell_issues(source, source.issues.order_by("line", "pk")[:ISSUES_SHOWN])
        if (more := source.issues_found - ISSUES_SHOWN) > 0:
            self._say(ngettext("And %(more)s more.", "And %(more)s more.", more) % {"more": count(more)})

    def _tell_first_orders(self, source: Import) -> None:
        for group in sample_groups(source, self._sight):
            self._say(_("%(kind)s, the first ones:") % {"kind": group["label"]})
            for each in group["rows"]:
                told = [each["number"], *each["aliexpress_numbers"], each["name"], each["email"]]
                if each["changes"]:
                    told += [f"{one['label']}: {one['old']} → {one['new']}" for one in each["changes"]]
                else:
                    told += [", ".join(each["items"]), each["status"]]
                    if each["amount"] is not None:
                        told.append(format_money(each["amount"], each["currency"]))
                    if each["placed_at"]:
                        told.append(date_format(timezone.localtime(each["placed_at"]), "DATE_FORMAT"))
                self._say("  " + " · ".join(filter(None, told)))

    def _tell_typed(self, source: Import) -> None:
        """What a person typed and the file says otherwise, and which option takes the file's."""
        kept = kept_fields(source, self._by)
        if not kept:
            return
        self._say(_("Typed by hand, and the file says otherwise") + ":")
        for row in kept_rows(source, self._sight)[:ISSUES_SHOWN]:
            self._say(
                "  "
                + _("%(number)s, line %(line)s, %(field)s: typed %(typed)s, in the file %(file)s")
                % {
                    "number": row["number"],
                    "line": row["line"],
                    "field": row["label"],
                    "typed": row["typed"],
                    "file": row["file"],
                }
            )
        for each in kept:
            words = {"field": each["label"], "count": count(each["count"])}
            if each["field"] in self._take:
                self._say("  " + _("%(field)s (%(count)s): the file's is taken.") % words)
            elif each["may_take"]:
                words["option"] = f"--take-file {each['field']}"
                self._say("  " + _("%(field)s (%(count)s): stays; %(option)s takes the file's.") % words)

    def _tell_refused_while_saving(self, source: Import, *, good_before: int) -> None:
        """Rows that were good in the preview and are not any more: what is stored changed meanwhile."""
        if source.rows_accepted >= good_before:
            return
        self._say(_("Refused while saving, because something changed meanwhile:"))
        refused = source.issues.filter(code__in=REFUSALS).exclude(line__in=self._told)
        self._tell_issues(source, refused.order_by("line", "pk")[:ISSUES_SHOWN])

    def _tell_issues(self, source: Import, issues: Iterable[ImportIssue]) -> None:
        for issue in issues:
            self._told.add(issue.line)
            column = self._sight.words(issue.column)
            value = self._sight.cell(
                column=issue.column, code=issue.code, value=issue.value, refunds=source.refund_column
            )
            place = [_("Line %(line)s") % {"line": issue.line}, column, repr(value) if value else ""]
            reason = issue_text(issue.code, self._sight.params(issue.params))
            self._say(f"{', '.join(filter(None, place))}: {reason}")

    def _bad_rows(self, source: Import) -> int:
        """The exit status, and the bad rows in a file of their own where one is asked for."""
        if not source.rows_rejected:
            return 0
        if name := self._options["bad_rows"]:
            language = translation.get_language() or "en"
            rows = rows_to_mend(source, sight=self._sight, language=language)
            try:
                # Customers' addresses: for the eyes of whoever runs this.
                descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
                    file.writelines(csv_lines(rows, delimiter=delimiter_to_mend(source)))
            except OSError as error:
                self._complain(f"{name}: {error.strerror}")
                return FAILED
            self._say(_("The bad rows are in %(file)s: mend them and import that file.") % {"file": name})
        return BAD_ROWS

    def _end_dry_run(self, source: Import) -> int:
        status = self._bad_rows(source)
        actions.remove_import(source=source, by=self._by)
        self._say(_("Nothing was saved: this was a dry run."))
        return status


def _orders(source: Import) -> str:
    return _("Orders: %(new)s new, %(changed)s changed, %(unchanged)s unchanged.") % {
        "new": count(source.orders_new),
        "changed": count(source.orders_changed),
        "unchanged": count(source.orders_unchanged),
    }


# --- Options ---


def _answers(options: dict[str, Any]) -> dict[str, str]:
    """How to read the file, checked as the page checks it. Raises `Refused` where an answer is none."""
    given = {name: options[name] for name in ANSWER_NAMES if options[name]}
    if "delimiter" in given:
        given["delimiter"] = _DELIMITERS[given["delimiter"]]
    sheet = given.get("sheet", "")
    form = ReadingForm(given, sheets={sheet: sheet})
    if not form.is_valid():
        raise Refused(
            " ".join(
                f"{form.fields[name].label}: {' '.join(map(str, errors))}"
                for name, errors in form.errors.items()
            )
        )
    return form.answers


def _fields_to_take(names: list[str], by: Membership) -> list[str]:
    for name in names:
        if name not in FIELD_NAMES:
            raise Refused(_("There is no field %(name)s to take from the file.") % {"name": name})
        if not actions.may_take_file(name, by):
            raise Refused(
                _("A merchant may choose the file's words about customers; until then the typed ones stay.")
            )
    return names


# --- Names ---


def _member(slug: str, email: str | None) -> Membership:
    """Who answers for the import. Raises `Refused` where the team or the member is not known."""
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


def _store(team: Team, name: str) -> Store:
    stores = Store.objects.for_team(team)
    store = stores.filter(name__iexact=name).first()
    if store is None:
        known = ", ".join(stores.values_list("name", flat=True)[:20]) or "–"
        raise Refused(
            _("There is no store “%(name)s”. The team's stores: %(known)s") % {"name": name, "known": known}
        )
    return store


def _buyer_account(team: Team, label: str | None) -> BuyerAccount | None:
    if not label:
        return None
    accounts = BuyerAccount.objects.for_team(team)
    account = accounts.filter(label__iexact=label).first()
    if account is None:
        known = ", ".join(accounts.values_list("label", flat=True)[:20]) or "–"
        raise Refused(
            _("There is no AliExpress account “%(name)s”. The team's accounts: %(known)s")
            % {"name": label, "known": known}
        )
    return account


@contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes], str]]:
    """The file, seekable, and what it is called."""
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
        _copy(coming, file)
        yield file, "stdin.csv" if name == "-" else f"{Path(name).name}.csv"


def _copy(coming: IO[bytes], file: IO[bytes]) -> None:
    limit = settings.IMPORT_MAX_BYTES
    size = 0
    while chunk := coming.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise Refused(
                _("More than %(limit)s came in. Export a shorter period, in several files.")
                % {"limit": file_size(limit)}
            )
        file.write(chunk)
    file.seek(0)


# --- Progress ---


@contextmanager
def _progress(import_id: int, label: str, stream: Any) -> Iterator[None]:
    """A line that counts up on a terminal, and nothing anywhere else."""
    if not stream.isatty():
        yield
        return
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(import_id, label, stream, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(import_id: int, label: str, stream: Any, over: threading.Event) -> None:
    try:
        while not over.wait(_SECONDS_BETWEEN_LOOKS):
            found = Import.objects.filter(pk=import_id).values_list("progress_done", "progress_total").first()
            if found and found[1]:
                stream.write(f"\r{label}: {min(100, 100 * found[0] // found[1])} %", ending="")
                stream.flush()
    finally:
        stream.write("\r\x1b[K", ending="")
        stream.flush()
        connection.close()
