"""What outcomes of closures mean for the customer."""

from __future__ import annotations

#: Of closures with other outcomes nothing will be delivered, and the customer has heard it with the money.
OUTCOMES_TO_TELL = ("open", "replaced")
