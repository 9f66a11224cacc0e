"""The operator's door: STARTTLS that somebody strips or spoils, a certificate, a token; the sandbox's operator asks for each."""

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest
from cryptography import x509

from service.clients.mssante.client import MssanteClient
from service.clients.mssante.composing import submission
from service.clients.mssante.send import Submission
from service.clients.mssante.token import NoToken, Token, TokenEndpoint, Tokens
from service.clients.tls import Tls
from service.config import Settings
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome, Receipt
from service.sandbox.gate import Gate, Login
from service.sandbox.server import Sandbox
from tests.certificates import certificate, revocations
from tests.clients.scripted import SmtpScript, listener
from tests.clients.sealed_things import MESSAGE, NOW, document, envelope
from tests.clients.test_directory import Time

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
BOX = "msp@tilleuls.formation.mssante.fr"
TO = "hugo.weber-fictif@medecin.formation.mssante.fr"
Files = tuple[str, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def ours(folder: Path) -> Files:
    return certificate(folder, "structure", LOOPBACK)


@pytest.fixture(scope="module")
def theirs(folder: Path) -> Files:
    return certificate(folder, "operator", LOOPBACK)


@contextmanager
def operator(theirs: Files, login: Login, believed: str = "", most: ssl.TLSVersion | None = None) -> Iterator[Sandbox]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=believed or None)
    context.load_cert_chain(*theirs)
    if most is not None:
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, most
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    with Sandbox(validate=False, gate=Gate(tls=context, login=login), sessions={"renew-0": BOX}) as started:
        yield started


def sending(sandbox: Sandbox, tls: Tls, tokens: Tokens | None = None) -> Receipt:
    host, port = sandbox.smtp_address
    server = Submission(host=host, port=port, starttls=True, tls=tls, greeting="[127.0.0.1]", seconds=30, tokens=tokens)
    return MssanteClient(server).send(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), document())


def session(sandbox: Sandbox, clock: Time, refresh: str = "renew-0") -> Tokens:
    endpoint = TokenEndpoint(url=sandbox.token_url, client_id="binome", client_secret="s", refresh_token=refresh)
    return Tokens(endpoint, clock)


def received(sandbox: Sandbox) -> int:
    return len(sandbox.state.mailboxes.of(TO))


def test_an_applicative_box_shows_its_certificate(ours: Files, theirs: Files) -> None:
    with operator(theirs, "certificate", believed=ours[0]) as sandbox:
        receipt = sending(sandbox, Tls(authorities=theirs[0], certificate=ours[0], key=ours[1]))
        assert (receipt.outcome, received(sandbox)) == (Outcome.ACCEPTED, 1)
        without = sending(sandbox, Tls(authorities=theirs[0]))
        assert (without.outcome, received(sandbox)) == (Outcome.UNREACHABLE, 1)


def test_a_personal_box_shows_a_token(theirs: Files) -> None:
    with operator(theirs, "xoauth2") as sandbox:
        tls, tokens = Tls(authorities=theirs[0]), session(sandbox, Time())
        assert [sending(sandbox, tls, tokens).outcome for _ in range(3)] == [Outcome.ACCEPTED] * 3
        assert (received(sandbox), sandbox.state.sessions.asked) == (3, 1)
        assert sending(sandbox, tls) == Receipt(Outcome.REFUSED, "530 5.7.0", raw=b"530 5.7.0 Authentication required")


def test_a_token_that_the_operator_no_longer_takes_is_replaced_at_the_next_attempt(theirs: Files) -> None:
    with operator(theirs, "xoauth2") as sandbox:
        tls, tokens = Tls(authorities=theirs[0]), session(sandbox, Time())
        sending(sandbox, tls, tokens)
        sandbox.state.sessions.withdraw()
        assert sending(sandbox, tls, tokens) == Receipt(Outcome.UNREACHABLE, "535 5.7.8", raw=b"535")
        assert sending(sandbox, tls, tokens).outcome is Outcome.ACCEPTED
        assert (received(sandbox), sandbox.state.sessions.asked) == (2, 2)


def test_a_session_that_is_over_sends_nothing_and_refuses_nothing(theirs: Files) -> None:
    with operator(theirs, "xoauth2") as sandbox:
        receipt = sending(sandbox, Tls(authorities=theirs[0]), session(sandbox, Time(), refresh="renew-lost"))
        assert (receipt, received(sandbox)) == (Receipt(Outcome.UNREACHABLE, "token-over"), 0)


def test_a_token_opens_its_own_box_only(theirs: Files) -> None:
    with operator(theirs, "xoauth2") as sandbox:
        sandbox.state.sessions.refresh["renew-1"] = "somebody@medecin.formation.mssante.fr"
        receipt = sending(sandbox, Tls(authorities=theirs[0]), session(sandbox, Time(), refresh="renew-1"))
        assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "535 5.7.8")


def test_a_token_is_not_shown_in_the_clear() -> None:
    """The operator offers XOAUTH2 before STARTTLS, and then no STARTTLS: the token stays here."""
    script = SmtpScript({"EHLO": b"250-sandbox\r\n250 AUTH XOAUTH2\r\n"})
    with listener(script) as port, Sandbox(validate=False, sessions={"renew-0": BOX}) as sandbox:
        server = Submission(
            host="127.0.0.1", port=port, starttls=True, tls=Tls(), greeting="[127.0.0.1]", seconds=30,
            tokens=session(sandbox, Time()),
        )  # fmt: skip
        receipt = MssanteClient(server).send(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), document())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "no-starttls")
    assert not any(b"AUTH" in command for command in script.commands)
    with pytest.raises(ValueError, match="STARTTLS=required"):
        Submission(
            host="127.0.0.1", port=port, starttls=False, tls=Tls(), greeting="x", seconds=30, tokens=server.tokens
        )


@pytest.mark.parametrize("most", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_an_old_tls_is_no_tls(theirs: Files, most: ssl.TLSVersion) -> None:
    with operator(theirs, "none", most=most) as sandbox:
        receipt = sending(sandbox, Tls(authorities=theirs[0]))
        assert (receipt.outcome, receipt.code, received(sandbox)) == (Outcome.UNREACHABLE, "tls", 0)


@pytest.mark.parametrize("fault", ["another authority", "another name", "expired", "revoked", "no list of revocations"])
def test_a_certificate_that_cannot_be_believed(theirs: Files, ours: Files, folder: Path, fault: str) -> None:
    shown, tls = theirs, Tls(authorities=theirs[0])
    if fault == "another authority":
        tls = Tls(authorities=ours[0])
    if fault == "another name":
        shown = certificate(folder, "elsewhere", x509.DNSName("smtp.operateur.example"))
        tls = Tls(authorities=shown[0])
    if fault == "expired":
        shown = certificate(folder, "expired", LOOPBACK, since=dt.timedelta(days=-3))
        tls = Tls(authorities=shown[0])
    if fault == "revoked":
        tls = Tls(authorities=theirs[0], revoked=revocations(folder, "revoked", theirs, serial=1))
    if fault == "no list of revocations":
        tls = Tls(authorities=theirs[0], revoked=revocations(folder, "others", ours, serial=1))
    with operator(shown, "none") as sandbox:
        receipt = sending(sandbox, tls)
        assert (receipt.outcome, receipt.code, received(sandbox)) == (Outcome.UNREACHABLE, "tls", 0)


def test_a_certificate_that_is_not_on_the_list_of_revocations_is_believed(theirs: Files, folder: Path) -> None:
    tls = Tls(authorities=theirs[0], revoked=revocations(folder, "clean", theirs, serial=7))
    with operator(theirs, "none") as sandbox:
        assert (sending(sandbox, tls).outcome, received(sandbox)) == (Outcome.ACCEPTED, 1)


def test_what_was_said_before_the_session_is_forgotten(theirs: Files) -> None:
    """A reply slipped in behind the 220, in the clear, is not taken for one of the session."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*theirs)
    inside = SmtpScript({"banner": b"", "RCPT": b"550 5.1.1 no such box\r\n"})

    def play(connection: ssl.SSLSocket) -> None:
        connection.sendall(b"220 sandbox ESMTP\r\n")
        connection.recv(1000)
        connection.sendall(b"250-sandbox\r\n250 STARTTLS\r\n")
        connection.recv(1000)
        connection.sendall(b"220 go ahead\r\n" + b"250 2.0.0 Ok\r\n" * 6)
        with context.wrap_socket(connection, server_side=True) as secured:
            inside(secured)

    with listener(play) as port:  # type: ignore[arg-type]
        server = Submission(
            host="127.0.0.1", port=port, starttls=True, tls=Tls(authorities=theirs[0]), greeting="x", seconds=30
        )
        receipt = MssanteClient(server).send(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), document())
    assert receipt.outcome is not Outcome.ACCEPTED
    assert not inside.messages


SETTINGS = Settings(mssante="smtp.operateur.example:587", mssante_starttls="required")


@pytest.mark.parametrize(
    "wrong",
    [
        {"mssante_starttls": "never"},
        {"mssante_login": "password"},
        {"mssante_login": "certificate"},
        {"mssante_certificate": "ours.pem", "mssante_key": "ours.key"},
        {"mssante_login": "xoauth2"},
        {"mssante_login": "xoauth2", "mssante_token_endpoint": "http://auth.example/token"},
        {"mssante": "127.0.0.1:8025", "mssante_starttls": "never", "mssante_login": "xoauth2"},
    ],
)
def test_settings_that_contradict_each_other_do_not_start(wrong: dict[str, str]) -> None:
    assert submission(SETTINGS, lambda: NOW).starttls
    with pytest.raises(ValueError, match=r"STARTTLS|LOGIN|TOKEN_ENDPOINT"):
        submission(replace(SETTINGS, **wrong), lambda: NOW)  # type: ignore[arg-type]


def test_the_time_that_a_token_takes_is_the_dialogues(theirs: Files) -> None:
    """An attempt is over before its lease is, whoever is slow."""
    with operator(theirs, "xoauth2") as sandbox:

        class Slow(Tokens):
            def current(self) -> Token | NoToken:
                sleep(1.0)
                return super().current()

        endpoint = TokenEndpoint(url=sandbox.token_url, client_id="c", client_secret="s", refresh_token="renew-0")
        host, port = sandbox.smtp_address
        server = Submission(
            host=host, port=port, starttls=True, tls=Tls(authorities=theirs[0]), greeting="x", seconds=0.2,
            tokens=Slow(endpoint, Time()),
        )  # fmt: skip
        receipt = MssanteClient(server).send(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), document())
        assert (receipt.outcome, receipt.code, received(sandbox)) == (Outcome.UNREACHABLE, "timeout", 0)
