"""A digest of all that a campaign would send: of two merchants who approve it, both mean the same mails."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from ..plans.plan import Plan


def digest_of(plan: Plan, begins_at: datetime | None) -> str:
    """The SHA-256 of every mail with its reader, of who gets none, of what is given back, and of when it begins."""
    found = hashlib.sha256()

    def add(*values: object) -> None:
        found.update(json.dumps(values, default=str).encode() + b"\n")

    add("begins", begins_at)
    for letter in plan.letters:
        person = letter.person
        add(
            person.customer.pk,
            person.customer.name,
            person.email,
            person.language,
            letter.subject,
            letter.body,
            letter.mail_class,
            letter.code,
            person.closure_ids,
        )
    for left in plan.audience.excluded:
        add("without", left.person.customer.pk, left.why)
    for item in plan.order_refunds:
        refund = item.refund
        add("back", item.order.pk, (refund.amount, refund.currency, refund.state) if refund else None)
    given = plan.compensations
    for kind in given.offers:
        for person in given.to_get(kind):
            row = given.of(person, kind)
            add("given", kind, person.customer.pk, (row.amount, row.currency, row.name) if row else None)
    store = plan.campaign.store
    add("from", store.sender_name, store.sender_email, store.reply_to)
    return found.hexdigest()
