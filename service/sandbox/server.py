"""Starts and stops the sandbox: one HTTP, one SMTP and one IMAP listener, all on loopback."""

import ipaddress
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from types import FrameType
from typing import Any, Final, Self

from cryptography import x509
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from mappings.domain.people import Organization, Practitioner
from service.clock import Clock, system_clock
from service.sandbox import grammar
from service.sandbox.app import State, create_sandbox_app
from service.sandbox.directory import PATH, Directory, Situation
from service.sandbox.faults import Faults
from service.sandbox.gate import OPEN, Gate
from service.sandbox.imap import Boxes, ImapListener
from service.sandbox.mail import Mailboxes, MailListener, Operator
from service.sandbox.pdsm import PATH as PDSM
from service.sandbox.pdsm_record import FhirRecord
from service.sandbox.portal import PATH as PORTAL
from service.sandbox.portal import Portal
from service.sandbox.registry import Registry
from service.sandbox.subscriber import PATH as SUBSCRIBER
from service.sandbox.subscriber import Subscribers
from service.sandbox.trust import LIST_PATH, SIGNER_PATH, TOKEN_PATH, Manager, Sessions

_BACKLOG: Final = 128
#: Number of the synthetic procedure.
PROCEDURE: Final = 999001


class Sandbox:
    """All destinations at once; a context manager, so that a test leaves nothing behind."""

    def __init__(
        self,
        http_port: int = 0,
        smtp_port: int = 0,
        host: str = "127.0.0.1",
        people: Iterable[Practitioner | Organization | Situation] = (),
        *,
        imap_port: int = 0,
        clock: Clock = system_clock,
        validate: bool = True,
        trusted: Collection[x509.Certificate] = (),
        directory_key: str = "",
        portal_token: str = "",
        dossiers: Iterable[dict[str, Any]] = (),
        gate: Gate = OPEN,
        sessions: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``gate``: what the mail operator asks of its callers; ``sessions``: refresh token → the box that it opens."""
        """``tls``: the context under which HTTP listens, mutual when it demands a certificate; plain without."""
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError("the sandbox listens on loopback only")
        self.state = State(
            clock=clock,
            mailboxes=Mailboxes(clock),
            registry=Registry(),
            fhir_record=FhirRecord(),
            directory=Directory(people),
            faults=Faults(),
            subscribers=Subscribers(),
            portal=Portal(PROCEDURE, dossiers),
            validate=validate,
            trusted=trusted,
            directory_key=directory_key,
            portal_token=portal_token,
            manager=Manager(clock),
            sessions=Sessions(clock, dict(sessions or {})),
        )
        self._gate = gate
        self._host = host
        self._tls = tls
        self._ports = http_port, smtp_port, imap_port
        self._boxes = Boxes(self.state.mailboxes, int(clock().timestamp()))
        self._http: BaseWSGIServer | None = None
        self._http_thread: threading.Thread | None = None
        self._mail: MailListener | None = None
        self._imap: ImapListener | None = None

    def start(self) -> Self:
        if self.state.validate:
            # Compiled once, before the first request has to wait for it.
            grammar.cda(), grammar.submit_objects(), grammar.stored_query()
        http_port, smtp_port, imap_port = self._ports
        operator = Operator(self.state.mailboxes, self.state.faults, self.state.sessions)
        self._mail = MailListener(operator, self._host, smtp_port, self._gate)
        try:
            self._http = _http_server(self._host, http_port, self.state, self._tls)
            self._imap = ImapListener(self._boxes.folder, self._host, imap_port)
            self._imap.start()
            self._mail.start()
        except BaseException:
            self._mail.release()
            raise
        self._http_thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._http_thread.start()
        return self

    def stop(self) -> None:
        if self._http is not None and self._http_thread is not None:
            self._http.shutdown()
            self._http_thread.join()
            self._http.server_close()
            self._http = None
        if self._mail is not None:
            self._mail.stop()
            self._mail = None
        if self._imap is not None:
            self._imap.stop()
            self._imap = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def http_url(self) -> str:
        assert self._http is not None
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._http.port}"

    @property
    def repository_url(self) -> str:
        return f"{self.http_url}/xds/repository"

    @property
    def registry_url(self) -> str:
        return f"{self.http_url}/xds/registry"

    @property
    def patients_url(self) -> str:
        return f"{self.http_url}/xds/patients"

    @property
    def pdsm_url(self) -> str:
        """FHIR base of the record that speaks it."""
        return self.http_url + PDSM

    @property
    def directory_url(self) -> str:
        return self.http_url + PATH

    @property
    def list_url(self) -> str:
        """The signed list of the domains of the trust space."""
        return self.http_url + LIST_PATH

    @property
    def signer_url(self) -> str:
        """The certificate that it is signed under."""
        return self.http_url + SIGNER_PATH

    @property
    def token_url(self) -> str:
        return self.http_url + TOKEN_PATH

    @property
    def portal_url(self) -> str:
        return self.http_url + PORTAL

    def subscriber_url(self, name: str) -> str:
        """The endpoint of one subscriber."""
        return f"{self.http_url}{SUBSCRIBER}/{name}"

    @property
    def smtp_address(self) -> tuple[str, int]:
        assert self._mail is not None
        return self._host, self._mail.port

    @property
    def imap_address(self) -> tuple[str, int]:
        assert self._imap is not None
        return self._host, self._imap.port


class _Silent(WSGIRequestHandler):
    """Writes no access log: the addresses asked for are identities."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


def _http_server(host: str, port: int, state: State, tls: ssl.SSLContext | None) -> BaseWSGIServer:
    # Bound here: werkzeug ends the process when it finds the port taken.
    with socket.create_server((host, port), backlog=_BACKLOG) as listener:
        app = create_sandbox_app(state)
        return make_server(
            host, port, app, threaded=True, request_handler=_Silent, fd=listener.fileno(), ssl_context=tls
        )


def run_forever(sandbox: Sandbox, announce: Callable[[str], None]) -> None:
    """The command ``binome sandbox``: start, say where, wait for SIGINT or SIGTERM, stop."""
    over = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with sandbox:
        host, port = sandbox.smtp_address
        announce(
            f"Bac à sable : {sandbox.http_url}/ (pages, XDS.b, PDSm, annuaire, démarche), "
            f"SMTP {host}:{port}, IMAP {sandbox.imap_address[1]}"
        )
        over.wait()
