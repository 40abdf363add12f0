from __future__ import annotations

BREAKS = [
    "\r\nBcc: evil@example.com",
    "\nBcc: evil@example.com",
    "\rBcc: e@x.com",
    "\u2028Bcc: e@x.com",
    "\x00",
    "\x85Bcc: e",
]
