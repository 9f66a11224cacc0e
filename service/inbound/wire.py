"""The wire of IMAP (RFC 3501, sections 2.2 and 4.3): commands out, responses in, nothing believed before it is measured.

Every exchange has a total time, every line and every literal a bound. Knows no command's meaning.
"""

import contextlib
import re
import select
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.clients.deadline import Line, line_for
from service.clients.tls import context
from service.inbound.box import Box

#: Longest line, most lines of one answer, longest literal that is no mail.
_LINE: Final = 1 << 20
_LINES: Final = 100_000
#: Most bytes of one answer beside the mail asked for.
_ANSWER: Final = 8 << 20
LITERAL: Final = 1 << 20
_ANNOUNCED: Final = re.compile(rb"\{(\d{1,12})\}\r\n\Z")


class Broken(Exception):
    """The conversation is over: the line was cut, the time is over, or what was said is no IMAP. ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Denied(Broken):
    """The server said no."""


@dataclass(frozen=True, slots=True)
class Response:
    """One untagged response: its text around literals, and the literals."""

    texts: tuple[bytes, ...]
    literals: tuple[bytes, ...]

    @property
    def text(self) -> bytes:
        return b" ".join(self.texts)


class Wire:
    """One connection. Not for several threads."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._tag = 0

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _adopt(self, opened: socket.socket, line: Line) -> None:
        self._socket = opened
        opened.settimeout(self._box.seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.opened(opened)

    def _secure(self, line: Line) -> None:
        assert self._socket is not None
        try:
            secured = context(self._box.tls).wrap_socket(self._socket, server_hostname=self._box.host)
        except (ssl.SSLError, ssl.CertificateError, OSError):
            raise Broken("tls") from None
        self._adopt(secured, line)

    def _command(self, words: bytes, literal: int = LITERAL) -> Sequence[Response]:
        with self._time():
            return self._finish(self._send(words), literal)

    @contextlib.contextmanager
    def _time(self) -> Iterator[Line]:
        """One exchange under a total time; whatever goes wrong on the line is ``Broken``."""
        with line_for(self._box.seconds) as line:
            if self._socket is not None:
                line.opened(self._socket)
            try:
                yield line
            except (OSError, ssl.SSLError) as error:
                self.close()
                raise Broken("timeout" if line.expired or isinstance(error, TimeoutError) else "cut") from None
            except Denied:
                raise  # a clear no: the conversation may go on
            except Broken as broken:
                self.close()
                raise Broken("timeout" if line.expired else broken.code) from None

    def _send(self, words: bytes) -> bytes:
        self._tag += 1
        tag = b"b%d" % self._tag
        self._write(tag + b" " + words + b"\r\n")
        return tag

    def _finish(self, tag: bytes, literal: int, challenged: bytes = b"", denied: str = "no") -> list[Response]:
        found: list[Response] = []
        room = literal + _ANSWER
        while len(found) < _LINES and room > 0:
            response = self._response(literal)
            room -= sum(map(len, (*response.texts, *response.literals)))
            first = response.texts[0]
            if first.startswith(b"+") and challenged:
                self._write(challenged)
            elif first.startswith(tag + b" "):
                if not first[len(tag) + 1 :].upper().startswith(b"OK"):
                    raise Denied(denied)
                return found
            else:
                found.append(response)
        raise Broken("endless")

    def _response(self, literal: int) -> Response:
        texts: list[bytes] = []
        literals: list[bytes] = []
        room = literal
        while True:
            line = self._read_line()
            announced = _ANNOUNCED.search(line)
            if announced is None:
                return Response((*texts, line), tuple(literals))
            length = int(announced[1])
            if length > room:
                raise Broken("too-long")
            room -= length
            texts.append(line[: announced.start()])
            literals.append(self._read(length))

    def _read_line(self) -> bytes:
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if seen > _LINE:
                raise Broken("too-long")
            self._more()
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def _read(self, length: int) -> bytes:
        while len(self._buffer) < length:
            self._more()
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found

    def _more(self) -> None:
        if self._socket is None:
            raise Broken("cut")
        received = self._socket.recv(1 << 16)
        if not received:
            raise Broken("cut")
        self._buffer += received

    def _write(self, data: bytes) -> None:
        if self._socket is None:
            raise Broken("cut")
        self._socket.sendall(data)

    def _readable(self, seconds: float) -> bool:
        if self._buffer:
            return True
        if self._socket is None:
            raise Broken("cut")
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        return bool(select.select([self._socket], [], [], seconds)[0])
