"""What a customer's page says, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .standing import Standing

STANDING_TITLES = {
    Standing.REFUNDED: _("Money back"),
    Standing.BEING_REFUNDED: _("Money on its way back"),
    Standing.CANCELLED: _("Cancelled by the shop"),
    Standing.SHIPPED: _("Sent to you"),
    Standing.REORDERED: _("Ordered again"),
    Standing.GOES_ON: _("Goes on as before"),
    Standing.SOLVED: _("Moving again"),
    Standing.WAITING: _("Delayed, not solved yet"),
    Standing.GIVEN_UP: _("Cannot be sent"),
}

STANDING_WORDS = {
    Standing.REFUNDED: _(
        "The money for this order has gone back the way you paid. Banks can take some working days to show it."
    ),
    Standing.BEING_REFUNDED: _(
        "We are giving you the money for this order back. It may not be there yet; write to us if you miss it."
    ),
    Standing.CANCELLED: _("This order was cancelled in our shop. If you miss your money, write to us."),
    Standing.SHIPPED: _("This order has been sent to you."),
    Standing.REORDERED: _("We have ordered your products again. You need not do anything."),
    Standing.GOES_ON: _("Our supplier has taken this order up again. You need not do anything."),
    Standing.SOLVED: _("What was holding it up is solved, and we are getting it to you."),
    Standing.WAITING: _("The hold-up is between us and our supplier, and not over yet. We are on it."),
    Standing.GIVEN_UP: _(
        "We cannot send this order any more. Write to us, and we will put it right with you."
    ),
}

STANDING_TONES = {
    Standing.REFUNDED: "green",
    Standing.BEING_REFUNDED: "amber",
    Standing.CANCELLED: "",
    Standing.SHIPPED: "green",
    Standing.REORDERED: "green",
    Standing.GOES_ON: "green",
    Standing.SOLVED: "green",
    Standing.WAITING: "amber",
    Standing.GIVEN_UP: "red",
}
