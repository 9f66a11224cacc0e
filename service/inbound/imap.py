"""One conversation with a box: IMAP4rev1 (RFC 3501), STARTTLS, SASL-IR (RFC 4959), XOAUTH2, IDLE (RFC 2177).

The few commands that fetching needs, and nothing more. Never plain text beyond this machine.
"""

import base64
import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from service.inbound.box import Box
from service.inbound.wire import LITERAL, Broken, Denied, Response, Wire

#: How often somebody who waits looks whether it was stopped, seconds.
_GLANCE: Final = 0.5
_UID: Final = re.compile(rb"[( ]UID (\d{1,10})[ )\r]")
_SIZE: Final = re.compile(rb"[( ]RFC822\.SIZE (\d{1,12})[ )\r]")
_BODY: Final = re.compile(rb"[( ]BODY\[\](?:<0>)? \Z")
_QUOTED_BODY: Final = re.compile(rb'[( ]BODY\[\](?:<0>)? "((?:[^"\\\r\n]|\\["\\])*)"')
_EXISTS: Final = re.compile(rb"\* (\d{1,10}) EXISTS\b")
_EXPUNGED: Final = re.compile(rb"\* \d{1,10} EXPUNGE\b")
_NUMBER: Final = re.compile(rb"\[UIDVALIDITY (\d{1,10})\]")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as the server gave it; at most one byte more than was asked for as the longest."""

    uid: int
    size: int
    raw: bytes


class Conversation(Wire):
    """A box, opened; a context manager. Not for several threads."""

    def __init__(self, box: Box) -> None:
        super().__init__(box)
        self._capabilities: frozenset[bytes] = frozenset()
        #: UIDVALIDITY of the folder: under another one, every number means something else.
        self.validity = 0
        #: Mails that the folder has, as far as it told; whether it told of one more since it was last asked what it has.
        self._exists, self._news = 0, False

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Broken):
            self._command(b"LOGOUT")
        self.close()

    # What fetching asks

    def after(self, mark: int) -> list[int]:
        """UIDs above ``mark``, in their order."""
        self._news = False
        # ``n:*`` names the last mail even when it is below n.
        return sorted(uid for uid in self._search(b"UID %d:*" % (mark + 1)) if uid > mark)

    def fetch(self, uid: int) -> Fetched | None:
        """One mail, at most one byte more of it than is taken; None when it is there no more."""
        size = next((int(m[1]) for r in self._about(uid, b"(UID RFC822.SIZE)") if (m := _SIZE.search(r.text))), None)
        fetched = None if size is None else self._given(uid, size)
        if fetched is None and uid in self._search(b"UID %d" % uid):
            raise Broken("withheld")  # it is there, and is not to be passed over
        return fetched

    def flag(self, uid: int) -> None:
        """The box is told that this mail was kept: a courtesy, on which nothing rests."""
        self._command(b"UID STORE %d +FLAGS.SILENT (\\Seen)" % uid)

    def unflagged(self, mark: int) -> list[int]:
        """UIDs up to ``mark`` whose flag is not set: it was lost."""
        if not mark:
            return []
        return sorted(uid for uid in self._search(b"UNSEEN UID 1:%d" % mark) if uid <= mark)

    @property
    def can_idle(self) -> bool:
        return b"IDLE" in self._capabilities

    def idle(self, stopped: Callable[[], bool]) -> bool:
        """Wait for news under IDLE; True when there are some, False when the time is over or it was stopped.

        News told beside the answer to a command are not told again: there is nothing to wait for.
        """
        if self._news:
            return True
        with self._time():
            tag = self._send(b"IDLE")
            news = self._until_asked("idle")
        waited = 0.0
        while not news and waited < self._box.idle_seconds and not stopped():
            waited += _GLANCE
            if self._readable(_GLANCE):
                with self._time():
                    line = self._read_line()
                    self._counted(line)
                    news = b"EXISTS" in line.upper()
        with self._time():
            self._write(b"DONE\r\n")
            self._finish(tag, LITERAL)
        return news

    # Opening

    def _open(self) -> None:
        box = self._box
        with self._time() as line:
            try:
                raw = socket.create_connection((box.host, box.port), timeout=box.seconds)
            except TimeoutError:
                raise Broken("timeout") from None
            except OSError:
                raise Broken("connect") from None
            self._adopt(raw, line)
            if box.security == "tls":
                self._secure(line)
            greeting = self._read_line().upper()
            if greeting.startswith(b"* PREAUTH") and box.security == "starttls":
                raise Broken("no-starttls")  # nothing could be secured any more
            if not greeting.startswith((b"* OK", b"* PREAUTH")):
                raise Denied("greeting")
        self._ask_capabilities()
        if box.security == "starttls":
            self._start_tls()
        self._identify()
        self._select()

    def _start_tls(self) -> None:
        if b"STARTTLS" not in self._capabilities:
            raise Broken("no-starttls")  # offered yesterday, stripped today: somebody may sit on the line
        self._command(b"STARTTLS")
        if self._buffer:
            raise Broken("injected")  # said in plain before the session, to be believed within it
        with self._time() as line:
            self._secure(line)
        self._ask_capabilities()

    def _ask_capabilities(self) -> None:
        words: set[bytes] = set()
        for response in self._command(b"CAPABILITY"):
            if response.text.upper().startswith(b"* CAPABILITY"):
                words.update(response.text.upper().split()[2:])
        self._capabilities = frozenset(words)

    def _identify(self) -> None:
        box = self._box
        if box.method == "certificate":
            self._authenticate(b"EXTERNAL", box.login.encode())
        elif box.method == "xoauth2":
            self._show_token(_secret(box))
        else:
            self._authenticate(b"PLAIN", b"\0%s\0%s" % (box.login.encode(), _secret(box)))

    def _show_token(self, token: bytes) -> None:
        words = b"user=%s\x01auth=Bearer %s\x01\x01" % (self._box.login.encode(), token)
        try:
            self._authenticate(b"XOAUTH2", words)
        except Denied as no:
            if no.code == "authentication":
                self._box.refused(token.decode())
            raise

    def _authenticate(self, mechanism: bytes, initial: bytes) -> None:
        if b"AUTH=" + mechanism not in self._capabilities:
            raise Denied("mechanism")
        answer = base64.b64encode(initial) or b"="
        with self._time():
            direct = b"SASL-IR" in self._capabilities
            tag = self._send(b"AUTHENTICATE " + mechanism + (b" " + answer if direct else b""))
            if not direct:
                self._until_asked("authentication")
                self._write(answer + b"\r\n")
            # XOAUTH2: a failure is told as a challenge, which an empty answer ends.
            self._finish(tag, LITERAL, challenged=b"\r\n", denied="authentication")
        self._ask_capabilities()

    def _select(self) -> None:
        self.validity = 0
        for response in self._command(b'SELECT "%s"' % self._box.folder.encode("ascii")):
            if found := _NUMBER.search(response.text.upper()):
                self.validity = int(found[1])
        if not self.validity:
            raise Broken("no-uidvalidity")

    def _until_asked(self, what: str) -> bool:
        """Read up to the server's ``+``; whether it told of new mail before it."""
        news = False
        while not (line := self._read_line()).startswith(b"+"):
            if not line.startswith(b"* "):
                raise Denied(what)
            self._counted(line)
            news = news or b"EXISTS" in line.upper()
        return news

    def _finish(self, tag: bytes, literal: int, challenged: bytes = b"", denied: str = "no") -> list[Response]:
        found = super()._finish(tag, literal, challenged, denied)
        for response in found:
            self._counted(response.texts[0])
        return found

    def _counted(self, line: bytes) -> None:
        """A server may tell the same number at each command: one more is news."""
        if told := _EXISTS.match(line.upper()):
            exists = int(told[1])
            self._news = self._news or exists > self._exists
            self._exists = exists
        elif _EXPUNGED.match(line.upper()):
            self._exists -= 1

    def _search(self, criteria: bytes) -> set[int]:
        """UIDs of the mails that meet ``criteria``."""
        found: set[int] = set()
        for response in self._command(b"UID SEARCH " + criteria):
            words = response.text.split()
            if [word.upper() for word in words[:2]] == [b"*", b"SEARCH"]:
                found.update(int(number) for number in words[2:] if number.isdigit())
        return found

    def _given(self, uid: int, size: int) -> Fetched | None:
        most = self._box.longest + 1
        for response in self._about(uid, b"(UID BODY.PEEK[]<0.%d>)" % most, literal=most):
            raw = _body(response)
            if raw is not None:
                return Fetched(uid, max(size, len(raw)), raw)
        return None

    def _about(self, uid: int, items: bytes, literal: int = LITERAL) -> Iterator[Response]:
        """What a fetch of one mail says of that mail; news of others may come between."""
        for response in self._command(b"UID FETCH %d %s" % (uid, items), literal):
            found = _UID.search(response.texts[0]) or _UID.search(response.texts[-1])
            if b" FETCH " in response.texts[0].upper() and found and int(found[1]) == uid:
                yield response


def _secret(box: Box) -> bytes:
    try:
        return box.secret().encode()
    except Exception:  # whoever gives tokens may fail in any way; its words could tell the secret
        raise Broken("no-secret") from None


def _body(response: Response) -> bytes | None:
    """The mail in a response: a literal, or between quotes when it is short."""
    for text, literal in zip(response.texts, response.literals, strict=False):
        if _BODY.search(text.upper()):
            return literal
    quoted = _QUOTED_BODY.search(response.texts[0])
    return re.sub(rb"\\(.)", rb"\1", quoted[1]) if quoted else None
