"""One worker's claim on an import (`core.database.jobs`): what its states allow, and how its file is opened."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.orderfiles.formats.base import Format
from closedorders.orderfiles.formats.custom import fits, header_key, mapped_format
from closedorders.orderfiles.reader import Reading, read_orders
from closedorders.orderfiles.tables.csv_table import FileRefused

from .. import states
from ..merge import Target
from ..models import Import, ImportProfile
from ..preview import plain
from ..states import Action

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(seconds=15)
MAX_ATTEMPTS = 5
#: Answers of a person that hold for every file of a profile; the others must be known before its header is.
PROFILE_ANSWERS = ("date_order", "decimal_sign", "default_currency", "time_zone")
_OBJECTS_BETWEEN_COLLECTIONS = 20_000


def _lease() -> timedelta:
    return timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


class ImportClaim(Claim[Import]):
    """The lease of one worker on one import, which fences all that it writes."""

    def __init__(self, source: Import, until: datetime) -> None:
        super().__init__(source, until, _lease())
        self.source = source
        self._opened: Reading | None = None
        #: What a person answered for this file, and what the profile of its columns adds.
        self.answers: dict[str, Any] = dict(source.answers)
        self.profile: ImportProfile | None = source.profile

    def finish(self, action: Action, *, state: str = "", **fields: Any) -> None:
        """Write the state that the action leads to and give up the lease, or raise `ClaimLost`.

        `state` is for an action that leads to more than one.
        """
        state = state or states.after(action)
        states.check(action, self._state, state)
        self.end(state, **fields)

    def refuse(self, refusal: FileRefused) -> None:
        """The last write for a file that cannot be taken; nothing when somebody else has the import."""
        with suppress(ClaimLost):
            self.finish(
                Action.REFUSE,
                refusal={"code": refusal.code, "params": plain(refusal.params)},
                assumptions={**self.source.assumptions, **plain(refusal.how)},
                finished_at=timezone.now(),
            )

    @property
    def target(self) -> Target:
        source = self.source
        if source.store is None:
            raise FileRefused("no_store")
        by = source.responsible
        return Target(source.team, source.store, source.buyer_account, by.user, source, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """Of dates that name none: as answered, else the team's; while saving, as the preview took it."""
        zone = self.answers.get("time_zone") or self.source.team.time_zone
        return ZoneInfo(self.source.assumptions["time_zone"]["zone"] if self._is_saving else zone)

    @property
    def currency(self) -> str:
        """Of orders that name none: as answered, else the store's; while saving, as the preview took it."""
        if self._is_saving:
            return str(self.source.assumptions["currency"]["currency"])
        answered: str = self.answers.get("default_currency", "")
        return answered or self.target.store.currency or self.source.team.currency

    @property
    def _is_saving(self) -> bool:
        return self._state == Import.State.COMMITTING

    def open(self, on_progress: Callable[[Reading], None] | None = None) -> Reading:
        try:
            file = cast(BinaryIO, self.source.file.open("rb").file)
        except FileNotFoundError:
            raise FileRefused("file_gone") from None
        before = dict(self.answers)
        reading = self._reading(file, on_progress)
        if (
            self.answers.keys() - before.keys() - {"mapping"}
        ):  # The profile of its columns answered something.
            reading.close()
            reading = self._reading(file, on_progress)
        self._opened = reading
        return reading

    def close(self) -> None:
        """Let go of what reading the file takes: a run that ends early has not read it to its end."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _reading(self, file: BinaryIO, on_progress: Callable[[Reading], None] | None) -> Reading:
        answers = self.answers
        return read_orders(
            file,
            zone=self.zone,
            date_order=answers.get("date_order"),
            decimal_sign=answers.get("decimal_sign", ""),
            default_currency=self.currency,
            encoding=answers.get("encoding", ""),
            delimiter=answers.get("delimiter", ""),
            sheet=answers.get("sheet", ""),
            own_format=self._own_format,
            on_progress=on_progress,
            # Not the clock: reading the same file again must give the same orders.
            now=self.source.created_at,
        )

    def _own_format(self, header: Sequence[str]) -> Format | None:
        """The format of the columns as a person named them: in this file, or in one of this store before it."""
        mapping = self.answers.get("mapping")
        if mapping is not None and not fits(mapping["fields"], header):
            # Cells are taken apart another way than when the columns were named.
            self.answers = {k: v for k, v in self.answers.items() if k != "mapping"}
            mapping = self.profile = None
        # While saving nothing new is looked up: what was previewed is what is saved.
        if mapping is None and self._state == Import.State.READING:
            found = ImportProfile.objects.filter(store=self.source.store, header_key=header_key(header))
            self.profile = found.first()
            if self.profile is not None:
                known = {name: self.profile.answers.get(name) for name in PROFILE_ANSWERS}
                mapping = {"kind": self.profile.kind, "fields": self.profile.mapping, "by_itself": True}
                self.answers = {k: v for k, v in known.items() if v} | self.answers | {"mapping": mapping}
        if mapping is None:
            return None
        return mapped_format(mapping["kind"], mapping["fields"])


def run_claimed(
    import_id: int,
    start: Action,
    *,
    work: Callable[[ImportClaim], None],
    give_up: Callable[[ImportClaim], None] | None = None,
) -> None:
    """Claim the import and do `work`, if it is due and no other worker has it. Refusals and failures end here."""
    until = claim(
        Import.objects.due(),
        import_id,
        waiting=states.before(start),
        working=states.after(start),
        lease=_lease(),
    )
    if until is None:
        return
    source = Import.objects.select_related(
        "team", "store", "buyer_account", "uploaded_by__user", "saved_by__user", "profile"
    ).get(pk=import_id)
    mine = ImportClaim(source, until)
    try:
        if source.attempts > MAX_ATTEMPTS and give_up is not None:
            give_up(mine)
        elif source.attempts > MAX_ATTEMPTS:
            mine.refuse(FileRefused("gave_up", attempts=MAX_ATTEMPTS))
        else:
            with only_new_objects_collected():
                try:
                    work(mine)
                finally:
                    mine.close()
    except ClaimLost:
        log.info("import left to its new owner: %s", import_id)
    except FileRefused as refusal:
        mine.refuse(refusal)
    except Exception:
        mine.release(RETRY_AFTER)
        raise
    finally:
        source.file.close()


@contextmanager
def only_new_objects_collected() -> Iterator[None]:
    """Within it the garbage collector leaves alone what was there before, and looks less often at what is new.

    A run makes millions of objects and lets go of them batch by batch. For every few thousand that live for a while
    Python looks through all there are, and nearly all of those are the program itself: a tenth of an import's time.
    """
    if gc.get_freeze_count():  # Another run is within it: it ends with that one.
        yield
        return
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.collect()  # Of what the run made, which is soon done; among the rest the numbers it saw would stay for long.
        gc.unfreeze()
