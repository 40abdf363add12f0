"""A mail server of this machine from which one mailbox is read, with what it was asked."""

from __future__ import annotations

import re
import socket
import threading
from types import TracebackType


class ImapServer:
    """`mails` are what is in the INBOX, by number; `commands` what clients said, without their passwords."""

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.uid_validity = 7
        self.commands: list[str] = []
        self.password = "s3cret-word"
        self.breaks_at_fetch = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def add(self, content: bytes) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return uid

    def __enter__(self) -> ImapServer:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"* OK here\r\n")
            stream.flush()
            while line := stream.readline().decode():
                tag, _space, command = line.strip().partition(" ")
                self.commands.append(re.sub(r"(LOGIN \S+) .*", r"\1 …", command))
                answer = self._answer(tag, command)
                if answer is None:
                    return
                stream.write(answer)
                stream.flush()

    def _answer(self, tag: str, command: str) -> bytes | None:
        done = f"{tag} OK done\r\n".encode()
        name = command.upper()
        if name == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n" + done
        if name.startswith("LOGIN"):
            return done if f'"{self.password}"' in command else f"{tag} NO wrong password\r\n".encode()
        if name.startswith("EXAMINE"):
            if '"INBOX"' not in command:
                return f"{tag} NO no such folder\r\n".encode()
            following = max(self.mails, default=0) + 1
            return (
                f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.uid_validity}] .\r\n"
                f"* OK [UIDNEXT {following}] .\r\n{tag} OK [READ-ONLY] done\r\n"
            ).encode()
        if found := re.fullmatch(r"UID SEARCH UID (\d+):\*", name):
            # As the standard has it: the newest is named also where the range begins beyond it.
            newest = max(self.mails, default=0)
            uids = [uid for uid in self.mails if uid >= int(found[1]) or uid == newest]
            return f"* SEARCH {' '.join(map(str, uids))}\r\n".encode() + done
        if found := re.match(r"UID FETCH (\d+) ", name):
            if self.breaks_at_fetch:
                return None
            content = self.mails[int(found[1])]
            head = f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(content)}}}\r\n".encode()
            return head + content + b")\r\n" + done
        if name == "LOGOUT":
            return b"* BYE\r\n" + done
        return f"{tag} BAD unknown\r\n".encode()
