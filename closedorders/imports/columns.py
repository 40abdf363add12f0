"""Naming the columns of a file nobody knows, once: the next file with this header is read by itself."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, allow
from closedorders.core.refusals import Refused
from closedorders.core.text.masks import mask_addresses
from closedorders.orderfiles.formats.custom import MAPPED, MAPPED_FIELDS, fits, header_key, required_fields

from .actions import read_again, refuse_if_read_anew
from .models import Import, ImportProfile


@transaction.atomic
def name_columns(
    *, source: Import, kind: str, fields: Mapping[str, str], by: Membership, seen: str = ""
) -> ImportProfile:
    """Read the file by these names, and keep them for the store's next file with this header.

    `kind` is a key of `formats.MAPPED`; `fields` is field -> key of its column (`formats.column_keys`); `seen` as in
    `actions.refuse_if_read_anew`.
    """
    allow(by, DESK, team_id=source.team_id)
    source = Import.objects.select_for_update().get(pk=source.pk)
    refuse_if_read_anew(source, seen)
    if source.store_id is None or kind not in MAPPED:
        raise Refused(_("Choose the kind of rows and the store first."))
    known = set(fields) <= set(MAPPED_FIELDS[kind]) and set(required_fields(kind)) <= set(fields)
    if not known or not fits(fields, source.header) or len(set(fields.values())) != len(fields):
        raise Refused(_("These columns do not fit the file. Look at them again."))
    key = header_key(source.header)
    profile, _made = ImportProfile.objects.update_or_create(
        store_id=source.store_id,
        header_key=key,
        defaults={"kind": kind, "mapping": dict(fields), "header": source.header},
        create_defaults={
            "kind": kind,
            "mapping": dict(fields),
            "header": source.header,
            "name": source.file_name[:100],
            "created_by": by,
        },
    )
    answers = {**source.answers, "mapping": {"kind": kind, "fields": dict(fields)}}
    if not read_again(source, answers=answers, profile=profile):
        raise Refused(_("This file is no longer waiting for its columns to be named."))
    record(
        by=by,
        verb="import_columns_named",
        thing=source,
        after={"kind_of_rows": kind, "columns": mask_addresses(", ".join(fields.values()))[:300]},
    )
    return profile


@transaction.atomic
def forget_columns(*, source: Import, by: Membership) -> None:
    """Forget the names its columns were read by, and read the file as if nobody had named them."""
    allow(by, DESK, team_id=source.team_id)
    source = Import.objects.select_for_update(of=("self",)).select_related("profile").get(pk=source.pk)
    profile = source.profile
    if profile is None:
        raise Refused(_("The names of these columns were forgotten already."))
    answers = {name: value for name, value in source.answers.items() if name != "mapping"}
    if not read_again(source, answers=answers, profile=None):
        raise Refused(_("This file is no longer waiting for its columns to be named."))
    profile.delete()
    record(by=by, verb="import_columns_forgotten", thing=source, before={"kind_of_rows": profile.kind})
