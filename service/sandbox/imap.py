"""The operator's boxes read by IMAP4rev1 (RFC 3501, RFC 2177, RFC 4959), in small: what a fetcher needs, on loopback.

Any secret opens any box: the sandbox protects nobody. Numbers and flags last as long as the process, so that a restart
shows every box numbered anew, as an operator may.
"""

import base64
import binascii
import contextlib
import re
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from service.sandbox.mail import Mailboxes

_CAPABILITIES: Final = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=EXTERNAL IDLE"
_XOAUTH2: Final = re.compile(r"user=([^\x01]+)\x01auth=Bearer [^\x01]+\x01\x01")
_PARTIAL: Final = re.compile(r"BODY(?:\.PEEK)?\[\](?:<(\d+)\.(\d+)>)?", re.IGNORECASE)
_LONGEST_LINE: Final = 8192
_GLANCE: Final = 0.05


@dataclass(slots=True)
class Folder:
    """One box as IMAP shows it."""

    validity: int
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Boxes:
    """Every box of the operator, its mails numbered in the order in which they came."""

    mailboxes: Mailboxes
    validity: int
    _folders: dict[str, Folder] = field(default_factory=dict)
    _known: dict[str, set[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def folder(self, address: str) -> Folder:
        with self._lock:
            folder = self._folders.setdefault(address, Folder(self.validity))
            known = self._known.setdefault(address, set())
            for letter in self.mailboxes.of(address):
                if letter.queue_id not in known:
                    known.add(letter.queue_id)
                    folder.mails[len(known)] = letter.content or b""
            return folder


class ImapListener:
    """The listener; ``folder`` gives the box of an address."""

    def __init__(self, folder: Callable[[str], Folder], host: str, port: int) -> None:
        self._server = _Server((host, port), _Dialogue)
        self._server.folder = folder
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.over.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    folder: Callable[[str], Folder]

    def __init__(self, *args: Any) -> None:
        self.over = threading.Event()
        super().__init__(*args)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A conversation that ends badly is nobody's concern here."""


class _Dialogue(socketserver.StreamRequestHandler):
    server: _Server
    timeout = 600
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.folder: Folder | None = None
        self._address = ""
        self._say("* OK [CAPABILITY " + _CAPABILITIES + "] ready")
        with contextlib.suppress(OSError):
            while line := self.rfile.readline(_LONGEST_LINE):
                tag, _, command = line.decode("ascii", "replace").strip().partition(" ")
                name, _, rest = command.partition(" ")
                if not self._play(tag, name.upper(), rest):
                    return

    def _play(self, tag: str, name: str, rest: str) -> bool:
        if name == "LOGOUT":
            self._say("* BYE", f"{tag} OK")
            return False
        if name == "UID":
            name, _, rest = rest.partition(" ")
            name = f"UID {name.upper()}"
        step = {
            "CAPABILITY": self._capability,
            "NOOP": self._nothing,
            "AUTHENTICATE": self._authenticate,
            "SELECT": self._select,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "UID STORE": self._store,
            "IDLE": self._idle,
        }.get(name)
        if step is None or (self.folder is None and name.startswith(("UID", "IDLE"))):
            self._say(f"{tag} BAD not here")
        else:
            self._say(f"{tag} {step(rest)}")
        return True

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode("ascii", "replace"))

    def _capability(self, _: str) -> str:
        self._say(f"* CAPABILITY {_CAPABILITIES}")
        return "OK"

    def _nothing(self, _: str) -> str:
        return "OK"

    def _authenticate(self, rest: str) -> str:
        mechanism, _, initial = rest.partition(" ")
        if not initial:
            self._say("+ ")
            initial = self.rfile.readline(_LONGEST_LINE).decode("ascii", "replace").strip()
        try:
            answer = base64.b64decode(initial, validate=True).decode() if initial != "=" else ""
        except (binascii.Error, UnicodeDecodeError):
            return "BAD base64"
        self._address = _user(mechanism.upper(), answer).lower()
        return "OK" if self._address else "NO"

    def _select(self, _: str) -> str:
        if not self._address:
            return "NO"
        self.folder = self.server.folder(self._address)
        self._say(f"* {len(self.folder.mails)} EXISTS", f"* OK [UIDVALIDITY {self.folder.validity}]")
        return "OK [READ-WRITE]"

    def _search(self, rest: str) -> str:
        folder = self._now()
        unseen = "UNSEEN" in rest.upper()
        found = [uid for uid in _set(rest.split()[-1], folder) if not (unseen and uid in folder.seen)]
        self._say(" ".join(["* SEARCH", *map(str, found)]))
        return "OK"

    def _fetch(self, rest: str) -> str:
        folder = self._now()
        numbers, _, items = rest.partition(" ")
        for uid in _set(numbers, folder):
            mail, number = folder.mails[uid], list(folder.mails).index(uid) + 1
            parts = [f"UID {uid}"] + ([f"RFC822.SIZE {len(mail)}"] if "RFC822.SIZE" in items.upper() else [])
            head = f"* {number} FETCH ({' '.join(parts)}"
            wanted = _PARTIAL.search(items)
            if wanted is None:
                self._say(f"{head})")
                continue
            begin, length = (int(wanted[1]), int(wanted[2])) if wanted[1] else (0, len(mail))
            part = mail[begin : begin + length]
            origin = f"<{begin}>" if wanted[1] else ""
            self.wfile.write(f"{head} BODY[]{origin} {{{len(part)}}}\r\n".encode() + part + b")\r\n")
        return "OK"

    def _store(self, rest: str) -> str:
        folder = self._now()
        numbers, _, change = rest.partition(" ")
        if "\\SEEN" in change.upper():
            folder.seen.update(_set(numbers, folder))
        return "OK"

    def _idle(self, _: str) -> str:
        known = len(self._now().mails)
        self._say("+ idling")
        self.connection.settimeout(_GLANCE)
        try:
            while not self.server.over.is_set():
                try:
                    said = self.connection.recv(_LONGEST_LINE)
                    return "OK" if said.upper().startswith(b"DONE") else "BAD"
                except TimeoutError:
                    count = len(self._now().mails)
                    if count != known:
                        self._say(f"* {count} EXISTS")
                        known = count
        finally:
            self.connection.settimeout(self.timeout)
        return "BAD closing"

    def _now(self) -> Folder:
        self.folder = self.server.folder(self._address)
        return self.folder


def _user(mechanism: str, answer: str) -> str:
    if mechanism == "PLAIN" and answer.count("\0") == 2:
        return answer.split("\0")[1]
    if mechanism == "XOAUTH2" and (found := _XOAUTH2.fullmatch(answer)):
        return found[1]
    return answer if mechanism == "EXTERNAL" else ""


def _set(numbers: str, folder: Folder) -> list[int]:
    """``5`` or ``5:9`` or ``5:*``; the last mail is in any ``n:*``."""
    first, _, last = numbers.partition(":")
    highest = max(folder.mails, default=0)
    begin = int(first)
    end = begin if not last else highest if last == "*" else int(last)
    begin, end = min(begin, end), max(begin, end)
    return [uid for uid in sorted(folder.mails) if begin <= uid <= end]
