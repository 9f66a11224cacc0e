"""The clients against the sandbox's real sockets: two readings of the same specifications must agree."""

import dataclasses
import itertools
from collections.abc import Iterator

import pytest

from mappings.cda import report_to_cda
from mappings.mail.message import opened
from mappings.mail.notices import Said, notice_of
from service.clients import CLIENTS, Client, ClientSettings, package
from service.clients.directory import Absence, Choice, Directory, DirectorySettings
from service.clients.dmp.identity import Software
from service.clients.dmp.send import SharedRecord
from service.clients.look_up import Presence
from service.clients.mssante.send import Submission
from service.clients.pdsm.send import PdsmRecord
from service.clients.seal import SigningKey, development_key
from service.clients.tls import Tls
from service.outbox.envelope import Destination, Document, Envelope
from service.outbox.receipt import Outcome
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from tests.clients.sealed_things import NOW, UNIQUE_ID, document, envelope
from tests.mappings.reports import DELEGATOR, ORGANIZATION, REPORT, SUBMISSION
from tests.waiting import PATIENCE

PDF = b"%PDF-1.4\n%fictif\n"
DOCUMENT = dataclasses.replace(document(report_to_cda(REPORT, PDF)), pdf=PDF)
RECIPIENTS = {
    Destination.DMP: "258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH",
    Destination.MSSANTE_PROFESSIONAL: DELEGATOR.mailbox,
    Destination.MSSANTE_PATIENT: "258066799900794@patient.mssante.fr",
}


def sealed(destination: Destination, of: Document = DOCUMENT) -> Envelope:
    addressed = envelope(destination, b"", RECIPIENTS[destination])
    payload = package(REPORT, SUBMISSION, of, addressed, nil="DEV-000000")
    return dataclasses.replace(
        envelope(destination, payload, RECIPIENTS[destination]), entry_uuid=SUBMISSION.entry_uuid
    )


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


@pytest.fixture
def sandbox(key: SigningKey) -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW, trusted=[key.certificate], people=[DELEGATOR], directory_key="k") as started:
        yield started


@pytest.fixture
def settings(sandbox: Sandbox, key: SigningKey) -> ClientSettings:
    numbers = itertools.count(1)
    host, port = sandbox.smtp_address
    return ClientSettings(
        dmp=SharedRecord(
            repository=sandbox.repository_url,
            registry=sandbox.registry_url,
            seconds=PATIENCE,
            key=key,
            software=Software(id="LPS-1", name="Binôme", version="0.1", approval="NH-FICTIF"),
            now=lambda: NOW,
            mode="INDIRECTE_RENFORCEE",
            identify=lambda: f"00000000-0000-4000-8000-{next(numbers):012}",
        ),
        pdsm=PdsmRecord(base=sandbox.pdsm_url, seconds=PATIENCE),
        mssante=Submission(host=host, port=port, starttls=False, tls=Tls(), greeting="[127.0.0.1]", seconds=PATIENCE),
    )


@pytest.fixture
def dmp(settings: ClientSettings) -> Client:
    return CLIENTS[Destination.DMP](settings)


def presence(client: Client) -> Presence:
    found = client.look_up(sealed(Destination.DMP), DOCUMENT)
    assert found is not None
    return found.presence


def test_the_record_takes_the_document_and_says_so_when_asked(sandbox: Sandbox, dmp: Client) -> None:
    assert presence(dmp) is Presence.ABSENT
    assert dmp.send(sealed(Destination.DMP), DOCUMENT).outcome is Outcome.ACCEPTED
    (stored,) = sandbox.state.registry.by_unique_id(UNIQUE_ID)
    assert stored.content == DOCUMENT.cda
    found = dmp.look_up(sealed(Destination.DMP), DOCUMENT)
    assert found is not None
    assert (found.presence, found.receipt.receiver_id) == (Presence.THERE, stored.entry_uuid)


def test_our_own_duplicate_is_a_doubt_that_a_look_up_settles(sandbox: Sandbox, dmp: Client) -> None:
    dmp.send(sealed(Destination.DMP), DOCUMENT)
    again = dmp.send(sealed(Destination.DMP), DOCUMENT)
    assert (again.outcome, again.code) == (Outcome.IN_DOUBT, "XDSDuplicateUniqueIdInRegistry")
    assert presence(dmp) is Presence.THERE
    assert len(sandbox.state.registry.by_unique_id(UNIQUE_ID)) == 1


def test_other_bytes_under_our_identifier_are_an_alarm(dmp: Client) -> None:
    dmp.send(sealed(Destination.DMP), DOCUMENT)
    other = dataclasses.replace(DOCUMENT, cda=report_to_cda(REPORT, PDF + b"x"), pdf=PDF + b"x")
    refused = dmp.send(sealed(Destination.DMP, other), other)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "XDSNonIdenticalHash")
    found = dmp.look_up(sealed(Destination.DMP), other)
    assert found is not None
    assert found.presence is Presence.OTHER_BYTES


@pytest.mark.parametrize(
    ("kind", "outcome", "then"),
    [
        ("busy", Outcome.UNREACHABLE, Presence.ABSENT),
        ("registry-busy", Outcome.UNREACHABLE, Presence.ABSENT),
        ("unknown-patient", Outcome.REFUSED, Presence.ABSENT),
        ("fault", Outcome.IN_DOUBT, Presence.ABSENT),
        ("store-then-fault", Outcome.IN_DOUBT, Presence.THERE),
        ("cut-before", Outcome.IN_DOUBT, Presence.ABSENT),
        ("cut", Outcome.IN_DOUBT, Presence.THERE),
        ("accept-twice", Outcome.ACCEPTED, Presence.THERE),
        ("partial", Outcome.IN_DOUBT, Presence.THERE),
        ("4xx", Outcome.REFUSED, Presence.ABSENT),
        ("5xx", Outcome.IN_DOUBT, Presence.ABSENT),
        ("html", Outcome.IN_DOUBT, Presence.ABSENT),
        ("empty", Outcome.IN_DOUBT, Presence.ABSENT),
        ("truncated", Outcome.IN_DOUBT, Presence.THERE),
        ("other-answer", Outcome.IN_DOUBT, Presence.THERE),
        ("drip", Outcome.IN_DOUBT, Presence.THERE),
        ("slow", Outcome.IN_DOUBT, None),
    ],
)
def test_each_fault_of_the_record(
    sandbox: Sandbox, dmp: Client, slowness: None, kind: str, outcome: Outcome, then: Presence | None
) -> None:
    fault = Fault(
        destination="xds",
        kind=kind,
        at="ITI-41",
        times=1,
        code=int(kind[0]) * 100 + 3 if kind[0] in "45" else 0,
    )
    sandbox.state.faults.order(fault)
    assert dmp.send(sealed(Destination.DMP), DOCUMENT).outcome is outcome
    assert fault.struck == 1
    if then is not None:
        assert presence(dmp) is then


@pytest.mark.parametrize("kind", ["busy", "fault", "cut-before", "5xx", "html", "empty", "truncated", "other-answer"])
def test_a_look_up_that_fails_leaves_the_doubt(sandbox: Sandbox, dmp: Client, kind: str) -> None:
    dmp.send(sealed(Destination.DMP), DOCUMENT)
    sandbox.state.faults.order(Fault(destination="xds", kind=kind, at="ITI-18", times=1, code=503))
    assert presence(dmp) is Presence.NO_ANSWER
    assert presence(dmp) is Presence.THERE


@pytest.mark.parametrize("destination", [Destination.MSSANTE_PROFESSIONAL, Destination.MSSANTE_PATIENT])
def test_the_box_has_exactly_the_sealed_bytes(
    sandbox: Sandbox, settings: ClientSettings, destination: Destination
) -> None:
    client = CLIENTS[destination](settings)
    receipt = client.send(sealed(destination), DOCUMENT)
    (letter,) = sandbox.state.mailboxes.of(RECIPIENTS[destination])
    assert letter.content == sealed(destination).payload
    assert letter.envelope_from == ORGANIZATION.mailbox
    assert (receipt.outcome, receipt.receiver_id) == (Outcome.ACCEPTED, letter.queue_id)


@pytest.mark.parametrize(
    ("kind", "at", "outcome", "kept"),
    [
        ("4xx", "mail", Outcome.UNREACHABLE, 0),
        ("4xx", "rcpt", Outcome.UNREACHABLE, 0),
        ("4xx", "data", Outcome.UNREACHABLE, 0),
        ("5xx", "mail", Outcome.REFUSED, 0),
        ("5xx", "rcpt", Outcome.REFUSED, 0),
        ("5xx", "data", Outcome.REFUSED, 0),
        ("cut-before", "mail", Outcome.UNREACHABLE, 0),
        ("cut-before", "rcpt", Outcome.UNREACHABLE, 0),
        # After the final dot nobody can tell the two apart.
        ("cut-before", "data", Outcome.IN_DOUBT, 0),
        ("cut", "data", Outcome.IN_DOUBT, 1),
        ("lose", "data", Outcome.ACCEPTED, 0),
    ],
)
def test_each_fault_of_the_operator(
    sandbox: Sandbox, settings: ClientSettings, kind: str, at: str, outcome: Outcome, kept: int
) -> None:
    fault = Fault(destination="mail", kind=kind, at=at, times=1, code=int(kind[0]) * 100 + 51 if kind[0] in "45" else 0)
    sandbox.state.faults.order(fault)
    mail = sealed(Destination.MSSANTE_PROFESSIONAL)
    assert CLIENTS[mail.destination](settings).send(mail, DOCUMENT).outcome is outcome
    assert len(sandbox.state.mailboxes.of(mail.recipient)) == kept


def test_a_mail_that_comes_back_names_its_envelope(sandbox: Sandbox, settings: ClientSettings) -> None:
    sandbox.state.faults.order(Fault(destination="mail", kind="bounce", at="data", times=1))
    mail = sealed(Destination.MSSANTE_PROFESSIONAL)
    assert CLIENTS[mail.destination](settings).send(mail, DOCUMENT).outcome is Outcome.ACCEPTED
    (returned,) = sandbox.state.mailboxes.of(ORGANIZATION.mailbox)
    assert returned.content is not None
    told = notice_of(opened(returned.content))
    assert told is not None
    assert (told.said, told.message_id, told.envelope_id, told.code) == (Said.FAILED, mail.message_id, mail.id, "5.1.1")
    assert notice_of(opened(mail.payload or b"")) is None


def test_the_directory_knows_the_professional(sandbox: Sandbox) -> None:
    directory = Directory(DirectorySettings(base=sandbox.directory_url, key="k", seconds=PATIENCE), lambda: NOW)
    found = directory.practitioner_by_rpps(DELEGATOR.rpps)
    assert not isinstance(found, Absence)
    assert dataclasses.replace(found, id=DELEGATOR.id) == DELEGATOR
    assert directory.mailbox_of(DELEGATOR.rpps) == Choice(DELEGATOR.mailbox)
    assert directory.practitioner_by_rpps("99900009999") is Absence.UNKNOWN


@pytest.mark.parametrize("kind", ["4xx", "5xx", "cut", "html", "empty", "truncated"])
def test_each_fault_of_the_directory(sandbox: Sandbox, kind: str) -> None:
    sandbox.state.faults.order(
        Fault(destination="directory", kind=kind, at="search", times=1, code=429 if kind == "4xx" else 503)
    )
    directory = Directory(DirectorySettings(base=sandbox.directory_url, key="k", seconds=PATIENCE), lambda: NOW)
    assert directory.practitioner_by_rpps(DELEGATOR.rpps) in {Absence.UNAVAILABLE, Absence.UNREADABLE}
    assert directory.mailbox_of(DELEGATOR.rpps) == Choice(DELEGATOR.mailbox)
