"""An MSSanté operator in small: an SMTP listener, the trust space it serves, and mailboxes that can be read.

RFC 5321 (SMTP), RFC 1870 (SIZE), RFC 3461 and 3464 (DSN). Only ``*.mssante.fr`` may send or receive, as the
whitelist of the trust space has it.
"""

import asyncio
import datetime as dt
import email.policy
import itertools
import logging
import re
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from service.clock import Clock
from service.sandbox.faults import Fault, Faults
from service.sandbox.gate import OPEN, Doorkeeper, Gate, may_send
from service.sandbox.trust import Sessions

#: Longest message, as Mon espace santé has it.
LONGEST: Final = 25 * 1024 * 1024
#: Longest line with its CRLF (RFC 5321, 4.5.3.1.6).
_LONGEST_LINE: Final = 1000
_TRUST_SPACE: Final = ".mssante.fr"
_OPERATOR: Final = "operateur.formation.mssante.fr"
_END: Final = b"\r\n.\r\n"
_DSN_PARAMETERS: Final = re.compile(r"\s+(RET|ENVID|NOTIFY|ORCPT)=(\S+)", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Letter:
    """One message as it was taken."""

    #: The receiver's name for it, told in the 250.
    queue_id: str
    envelope_from: str
    envelope_to: tuple[str, ...]
    received_at: dt.datetime
    message_id: str
    size: int
    #: None once pushed out by newer ones.
    content: bytes | None


@dataclass(slots=True)
class Mailboxes:
    """Everything taken, by mailbox; the oldest contents go first when there is too much, their trace stays."""

    clock: Clock
    capacity: int = 256 * 1024 * 1024
    longest_trace: int = 100_000
    _letters: deque[Letter] = field(default_factory=deque)
    _by_address: dict[str, list[Letter]] = field(default_factory=dict)
    _kept: int = 0
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def queue_id(self) -> str:
        """Never given twice, and recognisable over restarts: the instant, then a running number."""
        return f"{int(self.clock().timestamp() * 1_000_000):X}{next(self._numbers):04X}"

    def put(self, queue_id: str, envelope_from: str, envelope_to: Iterable[str], content: bytes) -> None:
        headers = BytesHeaderParser(policy=email.policy.compat32).parsebytes(content.partition(b"\r\n\r\n")[0])
        letter = Letter(
            queue_id=queue_id,
            envelope_from=envelope_from,
            envelope_to=tuple(envelope_to),
            received_at=self.clock(),
            message_id=" ".join(str(headers["Message-ID"] or "").split()),
            size=len(content),
            content=content,
        )
        with self._lock:
            self._letters.append(letter)
            for address in letter.envelope_to:
                self._by_address.setdefault(address, []).append(letter)
            self._kept += letter.size
            self._make_room()

    def _make_room(self) -> None:
        while len(self._letters) > self.longest_trace:
            oldest = self._letters.popleft()
            self._kept -= 0 if oldest.content is None else oldest.size
            for address in oldest.envelope_to:
                self._by_address[address].remove(oldest)
        for letter in self._letters:
            if self._kept <= self.capacity:
                return
            if letter.content is not None:
                letter.content = None
                self._kept -= letter.size

    def counts(self) -> dict[str, int]:
        """Address → number of messages, in alphabetical order."""
        with self._lock:
            return {address: len(letters) for address, letters in sorted(self._by_address.items())}

    def of(self, address: str) -> list[Letter]:
        with self._lock:
            return list(self._by_address.get(address.lower(), ()))


class Operator(Doorkeeper):
    """What the listener answers at each step (hooks of aiosmtpd)."""

    def __init__(self, mailboxes: Mailboxes, faults: Faults, sessions: Sessions | None = None) -> None:
        self.mailboxes = mailboxes
        self.faults = faults
        self.sessions = sessions or Sessions(mailboxes.clock)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        struck = await self._strike(server, "mail", {address.lower()})
        if struck is not None:
            return struck
        # The null sender is that of receipts (RFC 8098, section 3).
        sender = "" if address == "<>" else address.lower()
        if sender and not in_trust_space(sender):
            return "550 5.7.1 Sender address rejected: not in the trust space"
        if not may_send(session, sender):
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = sender
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        struck = await self._strike(server, "rcpt", {address.lower()})
        if struck is not None:
            return struck
        if not in_trust_space(address):
            return "550 5.7.1 Recipient address rejected: not in the trust space"
        envelope.rcpt_tos.append(address.lower())
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content, sender = envelope.content, envelope.mail_from
        assert isinstance(content, bytes)
        assert sender is not None
        fault = self.faults.take("mail", "data", envelope.rcpt_tos)
        struck = await _play(server, fault)
        if struck is not None:
            return struck
        queue_id = self.mailboxes.queue_id()
        kind = fault.kind if fault else ""
        if kind not in {"lose", "bounce"}:
            self.mailboxes.put(queue_id, sender, envelope.rcpt_tos, content)
        if kind == "cut":
            return _cut(server)
        if kind == "bounce" and sender:
            envelope_id = getattr(server, "envelope_id", "")
            dsn = bounce(content, sender, envelope.rcpt_tos, envelope_id, self.mailboxes.clock())
            self.mailboxes.put(self.mailboxes.queue_id(), "", [sender], dsn)
        return f"250 2.0.0 Ok: queued as {queue_id}"

    async def _strike(self, server: SMTP, stage: str, subjects: set[str]) -> str | None:
        return await _play(server, self.faults.take("mail", stage, subjects))


async def _play(server: SMTP, fault: Fault | None) -> str | None:
    """The reply that the fault puts in the place of the true one; None lets the course go on."""
    if fault is None:
        return None
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "cut-before":
        return _cut(server)
    if fault.kind in {"4xx", "5xx"}:
        return f"{fault.code} {fault.kind[0]}.3.0 ordered fault"
    return None


def _cut(server: SMTP) -> str:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
    # Nobody is left to read it.
    return "421 4.3.2 closing"


def in_trust_space(address: str) -> bool:
    """True for a box of ``*.mssante.fr``; a look-alike domain is another domain."""
    box, _, domain = address.lower().rpartition("@")
    return bool(box) and address.isascii() and domain.endswith(_TRUST_SPACE) and len(domain) > len(_TRUST_SPACE)


def bounce(content: bytes, sender: str, recipients: Iterable[str], envelope_id: str, now: dt.datetime) -> bytes:
    """The notice that a message could not be delivered (RFC 3464): what happened, and the headers of the original."""
    header_bytes = content.partition(b"\r\n\r\n")[0] + b"\r\n"
    date = format_datetime(now)
    notice = EmailMessage(policy=email.policy.SMTP)
    notice["From"] = f"MAILER-DAEMON@{_OPERATOR}"
    notice["To"] = sender
    notice["Subject"] = "Undelivered Mail Returned to Sender"
    notice["Date"] = date
    notice["Message-ID"] = f"<{now:%Y%m%d%H%M%S%f}.dsn@{_OPERATOR}>"
    notice["Auto-Submitted"] = "auto-replied"
    notice["MIME-Version"] = "1.0"
    notice.set_content("Message non distribué : la boîte destinataire n’existe pas ou est fermée.\n")
    notice.make_mixed()
    notice.replace_header("Content-Type", "multipart/report; report-type=delivery-status")
    notice.attach(_status_part(list(recipients), envelope_id, date))
    original = EmailMessage(policy=email.policy.SMTP)
    original.set_content(header_bytes, maintype="text", subtype="rfc822-headers", cte="7bit")
    notice.attach(original)
    return notice.as_bytes()


def _status_part(recipients: list[str], envelope_id: str, date: str) -> EmailMessage:
    about_message = EmailMessage(policy=email.policy.SMTP)
    about_message["Reporting-MTA"] = f"dns; {_OPERATOR}"
    if envelope_id:
        about_message["Original-Envelope-Id"] = envelope_id
    about_message["Arrival-Date"] = date
    blocks: list[Message[str, str] | str] = [about_message]
    for recipient in recipients:
        block = EmailMessage(policy=email.policy.SMTP)
        block["Final-Recipient"] = f"rfc822; {recipient}"
        block["Action"] = "failed"
        block["Status"] = "5.1.1"
        block["Diagnostic-Code"] = "smtp; 550 5.1.1 mailbox unavailable"
        blocks.append(block)
    part = EmailMessage(policy=email.policy.SMTP)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload(blocks)
    return part


class _Dialogue(SMTP):
    """aiosmtpd's dialogue, with DSN parameters, and a message read in blocks instead of line by line."""

    #: ENVID of the current message (RFC 3461, section 4.4).
    envelope_id = ""

    async def smtp_MAIL(self, arg: str | None) -> None:
        given = {} if arg is None else {name.upper(): value for name, value in _DSN_PARAMETERS.findall(arg)}
        self.envelope_id = given.get("ENVID", "")
        await super().smtp_MAIL(None if arg is None else _DSN_PARAMETERS.sub("", arg))

    async def smtp_RCPT(self, arg: str | None) -> None:
        await super().smtp_RCPT(None if arg is None else _DSN_PARAMETERS.sub("", arg))

    async def smtp_DATA(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 5.5.1 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        message = await self._message()
        if message is None:
            # Nothing can be told to whoever left, nor trusted from whoever pipelines past the end of data.
            assert self.transport is not None
            self.transport.close()
            return
        refusal = _refusal(message)
        if refusal:
            await self.push(refusal)
        else:
            self.envelope.content = self.envelope.original_content = message.replace(b"\r\n.", b"\r\n")[2:]
            await self.push(await self._call_handler_hook("DATA"))
        self._set_post_data_state()  # type: ignore[no-untyped-call]

    async def _message(self) -> bytes | None:
        """The bytes between two CRLF, up to the final dot; more than the limit is read and thrown away."""
        received = bytearray(b"\r\n")
        thrown = False
        while True:
            chunk = await self._reader.read(1 << 16)
            if not chunk:
                return None
            seen = max(0, len(received) - len(_END) + 1)
            received += chunk
            end = received.find(_END, seen)
            if end >= 0:
                whole = end + len(_END) == len(received)
                return None if not whole else b"" if thrown else bytes(received[: end + 2])
            if len(received) > LONGEST:
                thrown = True
                del received[: -len(_END)]


def _refusal(message: bytes) -> str:
    """Why a message is not taken, as a reply; empty when it is."""
    if not message or len(message) > LONGEST:
        return "552 5.3.4 Message size exceeds fixed limit"
    if not message.count(b"\r\n") == message.count(b"\r") == message.count(b"\n"):
        # Where two servers disagree on the end of a line, one message becomes two.
        return "550 5.5.2 bare <CR> or <LF> received"
    if max(map(len, message.split(b"\r\n"))) + 2 > _LONGEST_LINE:
        return "500 5.5.2 Line too long"
    return ""


def _listening_socket(host: str, port: int) -> socket.socket:
    # Named TCP, so that asyncio sends each line of a reply at once (TCP_NODELAY) instead of 40 ms later.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except BaseException:
        listening.close()
        raise
    return listening


class MailListener(Controller):
    """The listener, on a socket that is bound before anything starts."""

    def __init__(self, operator: Operator, host: str, port: int, gate: Gate = OPEN) -> None:
        # aiosmtpd writes addresses in its log; an address of the trust space may be an identity.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._socket = _listening_socket(host, port)
        super().__init__(
            operator,
            hostname=host,
            port=self._socket.getsockname()[1],
            server_hostname=_OPERATOR,
            enable_SMTPUTF8=False,
            data_size_limit=LONGEST,
            **gate.of_dialogue,
        )

    def factory(self) -> SMTP:
        return _Dialogue(self.handler, **self.SMTP_kwargs)

    def _create_server(self) -> Awaitable[Any]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)

    def release(self) -> None:
        """Give the port back when nothing was started."""
        self._socket.close()
        self.loop.close()
