"""What our own clients send, the sandbox's independent receivers take; what these answer, our clients read."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from mappings.cda import report_to_cda
from mappings.domain.people import Practitioner
from mappings.xds.soap import read_envelope
from service.clients.directory import Absence, Choice, Directory, DirectorySettings
from service.clients.dmp.client import DmpClient
from service.clients.dmp.identity import Software
from service.clients.dmp.package import package
from service.clients.dmp.send import SharedRecord
from service.clients.look_up import Presence
from service.clients.mssante.client import MssanteClient
from service.clients.mssante.send import Submission
from service.clients.seal import SigningKey, development_key
from service.clients.tls import Tls
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome
from service.sandbox.server import Sandbox
from tests.clients.sealed_things import MESSAGE, NOW, document, envelope
from tests.mappings.reports import DELEGATEE, DELEGATOR, REPORT, SUBMISSION
from tests.sandbox.caller import PATIENT, UNIQUE_ID
from tests.sandbox.test_faults import order
from tests.sandbox.test_mail import received
from tests.sandbox.test_xds import documents
from tests.waiting import PATIENCE

CDA = report_to_cda(REPORT, b"%PDF-1.4 fictif")
SEALED = document(CDA)
TO_DMP = replace(
    envelope(Destination.DMP, package(REPORT, SUBMISSION, CDA), PATIENT),
    submission_id=SUBMISSION.unique_id,
    set_uuid=SUBMISSION.set_uuid,
    entry_uuid=SUBMISSION.entry_uuid,
)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


@pytest.fixture
def record() -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW) as started:
        yield started


def client(sandbox: Sandbox, key: SigningKey) -> DmpClient:
    numbers = itertools.count(1)
    return DmpClient(
        SharedRecord(
            repository=sandbox.repository_url,
            registry=sandbox.registry_url,
            seconds=5,
            key=key,
            software=Software(id="LPS-1", name="Binôme", version="0.1", approval="NH-FICTIF"),
            now=lambda: NOW,
            identify=lambda: f"00000000-0000-4000-8000-{next(numbers):012}",
        )
    )


def test_a_report_is_absent_then_fed_then_found(record: Sandbox, key: SigningKey) -> None:
    ours = client(record, key)
    absent = ours.look_up(TO_DMP, SEALED)
    assert absent is not None
    assert absent.presence is Presence.ABSENT
    fed = ours.send(TO_DMP, SEALED)
    assert fed.outcome is Outcome.ACCEPTED, fed.raw.decode()
    found = ours.look_up(TO_DMP, SEALED)
    assert found is not None
    assert (found.presence, [found.receipt.receiver_id]) == (Presence.THERE, documents(record)[0]["entryUUID"])
    assert requests.get(f"{record.http_url}/registry/documents/{UNIQUE_ID}", timeout=PATIENCE).content == CDA


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("busy", Outcome.UNREACHABLE),
        ("registry-busy", Outcome.UNREACHABLE),
        ("unknown-patient", Outcome.REFUSED),
        ("fault", Outcome.IN_DOUBT),
        ("store-then-fault", Outcome.IN_DOUBT),
        ("cut-before", Outcome.IN_DOUBT),
        ("cut", Outcome.IN_DOUBT),
        ("partial", Outcome.IN_DOUBT),
        ("html", Outcome.IN_DOUBT),
        ("empty", Outcome.IN_DOUBT),
        ("truncated", Outcome.IN_DOUBT),
        ("other-answer", Outcome.IN_DOUBT),
    ],
)
def test_each_fault_is_read_for_what_it_is(record: Sandbox, key: SigningKey, kind: str, outcome: Outcome) -> None:
    order(record, "xds", kind)
    assert client(record, key).send(TO_DMP, SEALED).outcome is outcome


def test_a_repeat_is_a_duplicate_that_only_a_look_up_settles(record: Sandbox, key: SigningKey) -> None:
    ours = client(record, key)
    ours.send(TO_DMP, SEALED)
    again = ours.send(TO_DMP, SEALED)
    assert (again.outcome, again.code) == (Outcome.IN_DOUBT, "XDSDuplicateUniqueIdInRegistry")
    [kept] = documents(record)
    assert (kept["stored"], kept["received"]) == (1, 2)


def test_the_faults_of_the_sandbox_are_soap_faults_to_our_reader(record: Sandbox) -> None:
    response = requests.post(record.repository_url, data=b"x", headers={"Content-Type": "text/xml"}, timeout=PATIENCE)
    assert read_envelope(response.content).body.code == "Sender"


def test_our_mail_is_taken_under_the_receivers_name(record: Sandbox) -> None:
    host, port = record.smtp_address
    server = Submission(host=host, port=port, starttls=False, tls=Tls(), greeting="tests.mssante.fr", seconds=5)
    mail = envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE)
    receipt = MssanteClient(server).send(mail, SEALED)
    [letter] = received(record, mail.recipient)
    assert (receipt.outcome, receipt.receiver_id) == (Outcome.ACCEPTED, letter["id"])
    raw = requests.get(f"{record.http_url}/mailboxes/{mail.recipient}/{letter['id']}.eml", timeout=PATIENCE).content
    assert raw == MESSAGE


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("4xx", Outcome.UNREACHABLE),
        ("5xx", Outcome.REFUSED),
        ("cut-before", Outcome.IN_DOUBT),
        ("cut", Outcome.IN_DOUBT),
    ],
)
def test_each_fault_of_the_operator_is_read_for_what_it_is(record: Sandbox, kind: str, outcome: Outcome) -> None:
    order(record, "mail", kind)
    host, port = record.smtp_address
    server = Submission(host=host, port=port, starttls=False, tls=Tls(), greeting="tests.mssante.fr", seconds=5)
    mail = envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE)
    assert MssanteClient(server).send(mail, SEALED).outcome is outcome


def test_our_directory_client_finds_who_is_there_and_nobody_else() -> None:
    with Sandbox(people=[DELEGATEE, DELEGATOR], clock=lambda: NOW) as sandbox:
        asked = Directory(DirectorySettings(base=sandbox.directory_url, key="k", seconds=5), lambda: NOW)
        found = asked.practitioner_by_rpps(DELEGATEE.rpps)
        assert isinstance(found, Practitioner)
        assert (found.family, found.profession) == (DELEGATEE.family, DELEGATEE.profession)
        assert asked.mailbox_of(DELEGATEE.rpps) == Choice(DELEGATEE.mailbox)
        assert asked.practitioner_by_rpps("99900007999") is Absence.UNKNOWN
