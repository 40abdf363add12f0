from __future__ import annotations

import pytest

from closedorders.outreach.runs.delivery_words import tag_words


@pytest.mark.parametrize(
    ("state", "reply_words", "expected"),
    [
        ("failed", "5.1.1 No such user", "Address does not exist"),
        ("failed", "5.1.10 Null MX", "Address takes no mail"),
        ("bounced", "5.1.1 unknown", "Address does not exist"),
        ("failed", "5.2.2 over quota", "Mailbox is full"),
        ("failed", "5.2.1 disabled", "Mailbox is switched off"),
        ("failed", "5.7.1 spam", "Refused as unwanted"),
        # About the sender: nothing is wrong with the customer's address.
        ("failed", "5.1.8 bad sender", "Label"),
        ("failed", "No such user", "Label"),
        ("failed", "", "Label"),
        ("failed", "5", "Label"),
        ("failed", "5.", "Label"),
        ("deferred", "4.2.2 over quota", "Mailbox is full"),
        ("deferred", "4.7.0 greylisted", "To try again"),
        ("deferred", "5.1.1 odd", "To try again"),
        ("sent", "2.1.1 fine", "Label"),
        ("uncertain", "5.1.1", "Label"),
    ],
)
def test_the_tag_says_what_the_server_means_for_the_mailbox(
    state: str, reply_words: str, expected: str
) -> None:
    assert tag_words(state, "Label", reply_words) == expected
