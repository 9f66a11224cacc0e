"""One submission: connect, greet, secure, hand over exactly the sealed bytes. The only I/O of this destination.

RFC 5321, RFC 3207 (STARTTLS), RFC 3461 (delivery status), « Référentiel socle MSSanté #2 » (API LPS: TLS 1.2 and its
ciphers, XOAUTH2 or a certificate). Never plain text beyond this machine, never a token in plain text.
"""

import base64
import contextlib
import email.policy
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from email.headerregistry import AddressHeader
from email.parser import BytesHeaderParser
from functools import lru_cache
from typing import Any, Final

from service import failpoints
from service.clients.deadline import Line, line_for
from service.clients.mssante.codes import Reply, Stage, family
from service.clients.mssante.read import Said
from service.clients.mssante.sessions import Sessions
from service.clients.mssante.token import NoToken, Token, Tokens
from service.clients.tls import LOOPBACK, Tls, context
from service.unusable import Unusable

#: Longest reply read: lines, and bytes of one line (RFC 5321 section 4.5.3.1.5 allows 512).
_LINES: Final = 100
_LINE: Final = 2048
_LINE_FEED: Final = 0x0A
#: What the operators' TLS 1.2 may use; TLS 1.3 has its own.
_CIPHERS: Final = (
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256"
)
#: A From header with its folded lines.
_FROM: Final = re.compile(rb"(?im)^from:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The operator's submission server."""

    host: str
    port: int
    #: False only towards this machine.
    starttls: bool
    tls: Tls
    #: How we greet (RFC 5321 section 4.1.4).
    greeting: str
    #: Total time of one dialogue.
    seconds: float
    #: Whose tokens open a personal or organisational box; None where a certificate does, or nothing.
    tokens: Tokens | None = None
    #: Whether the operator is to tell of deliveries too, not of failures alone.
    notices: bool = False
    #: Sessions that carry several mails; None for one each.
    sessions: Sessions | None = None

    def __post_init__(self) -> None:
        if self.tokens is not None and not self.starttls:
            raise Unusable("BINOME_MSSANTE_LOGIN=xoauth2 demande BINOME_MSSANTE_STARTTLS=required.")
        if not self.starttls and self.host not in LOOPBACK:
            raise Unusable("BINOME_MSSANTE hors de cette machine demande BINOME_MSSANTE_STARTTLS=required.")


@dataclass(slots=True)
class _Progress:
    stage: Stage = Stage.CONNECT


def submit(server: Submission, recipient: str, envelope_id: str, message: bytes) -> Said:
    """Hand ``message`` over; what ended the dialogue, never an exception of the network."""
    progress = _Progress()
    sender = sender_of(message)
    key = _key(server, sender)

    def begin(smtp: "_Dialogue") -> tuple[int, bytes]:
        return smtp.mail(sender, _options(smtp, envelope_id, message))

    with line_for(server.seconds) as line:
        # The time that a token takes is the dialogue's.
        token = server.tokens.current() if server.tokens else None
        if isinstance(token, NoToken):
            return Said(Stage.AUTH, None, ending=token.code)
        try:
            with _session(server, line, key, begin) as (smtp, is_begun):
                said = None
                if not is_begun:
                    said = _greeted(smtp, server, progress, token, sender)
                    said = said or _stopped(progress, Stage.MAIL, lambda: begin(smtp))
                said = said or _mailed(smtp, server, progress, recipient, message)
                if not _kept(server, smtp, key, said):
                    # What was said stands, however the goodbye goes.
                    with contextlib.suppress(OSError):
                        smtp.quit()
                    smtp.close()
                return said
        except smtplib.SMTPConnectError as error:
            return Said(Stage.CONNECT, error.smtp_code, _octets(error.smtp_error))
        except OSError as error:
            return Said(progress.stage, None, ending=_ending(error, line, progress.stage))


def sender_of(message: bytes) -> str:
    """The box in the message's own From: what was sealed also says who sends."""
    # The head alone: the parser would walk through the attachments too, line by line.
    head, _, _ = message.partition(b"\r\n\r\n")
    senders = _FROM.findall(head + b"\r\n")
    if len(senders) != 1:
        raise ValueError("a sealed message has exactly one sender")
    return _address_of(senders[0])


@lru_cache(maxsize=256)
def _address_of(written: bytes) -> str:
    """The one address of a From header, as it is written; a structure sends all its mails from one box."""
    header = BytesHeaderParser(policy=email.policy.SMTP).parsebytes(written + b"\r\n")["From"]
    if not isinstance(header, AddressHeader) or len(header.addresses) != 1:
        raise ValueError("a sealed message has exactly one sender")
    return header.addresses[0].addr_spec


@contextlib.contextmanager
def _session(server: Submission, line: Line, key: Hashable, begin: "_Begin") -> Iterator[tuple["_Dialogue", bool]]:
    """A session, and whether the mail is begun in it; a new one is not greeted yet. Closed when anything goes wrong in it."""
    smtp = _again(server, line, key, begin)
    is_begun = smtp is not None
    smtp = smtp or _Dialogue(server, line)
    try:
        yield smtp, is_begun
    except BaseException:
        if server.sessions is not None:
            server.sessions.forget(smtp)
        smtp.close()
        raise


def _again(server: Submission, line: Line, key: Hashable, begin: "_Begin") -> "_Dialogue | None":
    """One that was kept, is still there and has taken MAIL. What it has against MAIL, a new one is asked itself."""
    while server.sessions is not None and (smtp := server.sessions.take(key)) is not None:
        assert isinstance(smtp, _Dialogue)
        has_answered = False
        with contextlib.suppress(OSError):
            smtp.watch(line)
            code, _ = begin(smtp)
            has_answered = True
            if family(code) is Reply.POSITIVE:
                return smtp
        server.sessions.forget(smtp)
        smtp.close()
        if has_answered:
            break
    return None


def _kept(server: Submission, smtp: "_Dialogue", key: Hashable, said: Said) -> bool:
    if server.sessions is None:
        return False
    if said.stage is Stage.FINAL_DOT and family(said.code) is Reply.POSITIVE:
        return server.sessions.give(key, smtp)
    server.sessions.forget(smtp)
    return False


def _key(server: Submission, sender: str) -> Hashable:
    """What a session is to, and whose box it was opened for, where that is shown."""
    return server.host, server.port, sender if server.tokens else ""


def _greeted(
    smtp: "_Dialogue", server: Submission, progress: _Progress, token: Token | None, sender: str
) -> Said | None:
    """Once a session; what was said when it cannot be used."""
    return (
        _stopped(progress, Stage.EHLO, smtp.ehlo)
        or (_unsecured(smtp, server, progress) if server.starttls else None)
        or (_unknown(smtp, server, progress, token, sender) if token else None)
    )


def _mailed(
    smtp: "_Dialogue",
    server: Submission,
    progress: _Progress,
    recipient: str,
    message: bytes,
) -> Said:
    """Once a mail, after its MAIL."""
    return (
        _stopped(progress, Stage.RCPT, lambda: smtp.rcpt(recipient, _notices(smtp, server)))
        or _stopped(progress, Stage.DATA, lambda: smtp.docmd("DATA"), wanted=Reply.INTERMEDIATE)
        or _said_of(smtp, progress, message)
    )


def _stopped(
    progress: _Progress, stage: Stage, step: Callable[[], tuple[int, bytes]], wanted: Reply = Reply.POSITIVE
) -> Said | None:
    """Take one step; what was said when that ends the dialogue, None to go on."""
    progress.stage = stage
    code, text = step()
    return None if family(code) is wanted else Said(stage, code, text)


def _unsecured(smtp: "_Dialogue", server: Submission, progress: _Progress) -> Said | None:
    """Why the line could not be secured, None when it is."""
    if not smtp.has_extn("starttls"):
        # Offered yesterday, stripped today: somebody may sit on the line.
        return Said(Stage.STARTTLS, None, ending="no-starttls")
    if stopped := _stopped(progress, Stage.STARTTLS, lambda: smtp.starttls(context=context(server.tls, _CIPHERS))):
        return stopped
    if not isinstance(smtp.sock, ssl.SSLSocket):
        # A yes other than 220 opens no session.
        return Said(Stage.STARTTLS, None, ending="tls")
    return _stopped(progress, Stage.EHLO, smtp.ehlo)


def _unknown(smtp: "_Dialogue", server: Submission, progress: _Progress, token: Token, sender: str) -> Said | None:
    """Why the operator does not know us by our token, None when it does (SASL XOAUTH2)."""

    def show() -> tuple[int, bytes]:
        words = f"user={sender}\x01auth=Bearer {token.value}\x01\x01".encode()
        code, text = smtp.docmd("AUTH", f"XOAUTH2 {base64.b64encode(words).decode()}")
        # 334 holds the error; an empty answer asks for the reply that ends the exchange.
        return smtp.docmd("") if code == 334 else (code, text)

    if "XOAUTH2" not in smtp.esmtp_features.get("auth", "").upper().split():
        return Said(Stage.AUTH, None, ending="no-xoauth2")
    said = _stopped(progress, Stage.AUTH, show)
    if said is not None and server.tokens is not None and family(said.code) is Reply.PERMANENT:
        server.tokens.forget(token.value)
    return said


def _options(smtp: "_Dialogue", envelope_id: str, message: bytes) -> list[str]:
    size = [f"SIZE={len(message)}"] if smtp.has_extn("size") else []
    # A bounce names the envelope by ENVID and brings back the headers only, no clinical content.
    status = ["RET=HDRS", f"ENVID={envelope_id}"] if smtp.has_extn("dsn") else []
    return [*size, *status]


def _notices(smtp: "_Dialogue", server: Submission) -> list[str]:
    return ["NOTIFY=SUCCESS,FAILURE"] if server.notices and smtp.has_extn("dsn") else []


def _said_of(smtp: "_Dialogue", progress: _Progress, message: bytes) -> Said:
    """Send the message with its dots doubled and hear what is said of it."""
    failpoints.reach("K15")
    sent = _doubled(message)
    if failpoints.armed:
        smtp.send(sent[: len(sent) // 2])
        failpoints.reach("K16")
        sent = sent[len(sent) // 2 :]
    smtp.send(sent)
    smtp.send(b".\r\n")
    failpoints.reach("K17")
    progress.stage = Stage.FINAL_DOT
    code, text = smtp.getreply()
    return Said(Stage.FINAL_DOT, code, text)


def _doubled(message: bytes) -> bytes:
    """A dot that begins a line is sent twice (RFC 5321 section 4.5.2). They are looked for by the dot, which is rare in what
    is long: base64 has none."""
    at = message.find(b".")
    while at > 0 and message[at - 1] != _LINE_FEED:
        at = message.find(b".", at + 1)
    if at < 0:
        return message
    doubled = message.replace(b"\n.", b"\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def _ending(error: OSError, line: Line, stage: Stage) -> str:
    if line.expired or isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    return "connect" if stage is Stage.CONNECT else "cut"


def _octets(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


class _Dialogue(smtplib.SMTP):
    """smtplib under a total deadline, which reads only so much of a reply."""

    def __init__(self, server: Submission, line: Line) -> None:
        self._line = line
        super().__init__(server.host, server.port, local_hostname=server.greeting, timeout=server.seconds)

    def watch(self, line: Line) -> None:
        """The dialogue of now is another's than the one before."""
        self._line = line
        if self.sock is not None:
            line.opened(self.sock)
        failpoints.reach("K14")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # the stubs leave it out
        try:
            self._line.opened(opened)
        except TimeoutError:
            opened.close()
            raise
        failpoints.reach("K14")
        return opened

    def starttls(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        try:
            reply = super().starttls(*args, **kwargs)
        except smtplib.SMTPResponseException as no:
            return no.smtp_code, _octets(no.smtp_error)
        if self.sock is not None:
            self._line.opened(self.sock)
        return reply

    def send(self, s: Any) -> None:
        # Too late, nothing leaves any more: least of all the final dot.
        self._line.check()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        try:
            return self._reply()
        except OSError:
            self.close()
            raise

    def _reply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("no line")
        if self.file is None:
            self.file = self.sock.makefile("rb")
        texts: list[bytes] = []
        while len(texts) < _LINES:
            line = self.file.readline(_LINE)
            if not line.endswith(b"\n"):
                # Ended in the middle of a line, or a line without end: nobody can tell what it meant to say.
                raise smtplib.SMTPServerDisconnected("reply cut")
            if not line[:3].isdigit():
                return -1, line.strip()
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts)
        raise smtplib.SMTPServerDisconnected("reply without end")


#: Says MAIL; gives what is said of it.
_Begin = Callable[[_Dialogue], tuple[int, bytes]]
