"""What each state of a message means. Whoever asks whether a customer has been told reads it here."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """`left`: nobody tries it any more. `told`: a mail server took it and it was not returned: its customer knows.

    `needs_person`: it goes no further by itself. `binding`: nobody else of this incident and kind is written to at its
    address, for what was written is, or may be, in somebody's hands, is on its way there, or came back from there.
    """

    left: bool = False
    told: bool = False
    needs_person: bool = False
    binding: bool = False


#: In the order in which the constraint `one_mail_per_address` names the binding ones.
MEANINGS = {
    "queued": Meaning(binding=True),
    "sending": Meaning(binding=True),
    "deferred": Meaning(binding=True),
    "uncertain": Meaning(needs_person=True, binding=True),
    "sent": Meaning(left=True, told=True, binding=True),
    "delivered": Meaning(left=True, told=True, binding=True),
    # It was not read. A person corrects the address, or reaches the customer in another way.
    "bounced": Meaning(left=True, needs_person=True, binding=True),
    "complained": Meaning(left=True, told=True, binding=True),
    "failed": Meaning(needs_person=True),
    # There is no mail server: it is in the local mailbox, and has reached nobody.
    "local": Meaning(left=True),
    "skipped": Meaning(),
    "cancelled": Meaning(),
}

LEFT = tuple(state for state, meaning in MEANINGS.items() if meaning.left)
TOLD = tuple(state for state, meaning in MEANINGS.items() if meaning.told)
NEEDS_PERSON = tuple(state for state, meaning in MEANINGS.items() if meaning.needs_person)
BINDING = tuple(state for state, meaning in MEANINGS.items() if meaning.binding)
#: Nobody has them in hand, nor will.
NEVER_SENT = ("failed", "skipped", "cancelled")
#: A campaign is finished only when none of its messages is in one of these.
UNRESOLVED = tuple(state for state in BINDING if state not in LEFT)
#: Of these, those that a worker still sends by itself.
ON_THEIR_WAY = tuple(state for state in UNRESOLVED if state not in NEEDS_PERSON)


def order_word(state: str) -> str:
    """The word of `StatusFacts.messages` for a message in this state; "" where it says nothing of its order."""
    meaning = MEANINGS[state]
    if meaning.told:
        return "told"
    if meaning.needs_person:
        return "uncertain" if state == "uncertain" else "failed"
    return "on_its_way" if meaning.binding else ""
