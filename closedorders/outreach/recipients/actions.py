"""What a merchant says of one customer of a draft."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.orders.models import Customer

from ..texts import builtin as builtin_texts


@transaction.atomic
def choose_language(*, customer: Customer, language: str, by: Membership) -> None:
    """Write to this customer in this language from now on, whatever files say; "" goes back to what is known."""
    allow(by, MERCHANT, team_id=customer.store.team_id)
    if language and language not in builtin_texts.LANGUAGES:
        raise Refused(_("There are no words in this language."))
    fresh = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    before, edited = fresh.language, {*fresh.edited_fields} - {"language"}
    if language:
        edited.add("language")
    if before == language and edited == {*fresh.edited_fields}:
        return
    fresh.language, fresh.edited_fields = language, sorted(edited)
    fresh.save(update_fields=["language", "edited_fields"])
    record(
        by=by,
        verb="customer_language_chosen",
        thing=customer,
        team=by.team,
        before={"language": before},
        after={"language": language},
    )
