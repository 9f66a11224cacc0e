"""Searching a record and reading a document of it: what was fed comes back as values, and nothing else ever does."""

import dataclasses
import datetime as dt
import hashlib
import socket

import pytest

from mappings.xds.found import ENTRY_PATIENT, ENTRY_UNIQUE_ID, DocumentEntry
from mappings.xds.namespaces import APPROVED, DEPRECATED, QUERY, RIM, SOAP
from mappings.xds.response import SUCCESS
from service.clients.dmp.client import DmpClient
from service.clients.dmp.consult import (
    LONGEST_LIST,
    Found,
    find,
    find_submission_sets,
    get_associations,
    get_documents,
    get_documents_and_associations,
    retrieve,
)
from service.clients.exchange import LONGEST_ANSWER
from service.clients.seal import SigningKey
from service.clients.sealed import cda_of
from service.outbox.receipt import Outcome
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from tests.clients.record import DOCUMENT, PATIENT, access, reached, second
from tests.clients.scripted import closed_port, listener, read_request
from tests.clients.sealed_things import NOW, UNIQUE_ID
from tests.mappings.reports import REPORT, SUBMISSION

REPORTS = [("11506-3", "2.16.840.1.113883.6.1")]
LONG_AGO = NOW - dt.timedelta(days=3650)


def the_entry(sandbox: Sandbox, key: SigningKey) -> DocumentEntry:
    found = find(access(reached(sandbox, key)), types=REPORTS)
    assert found.answered
    (entry,) = found.documents
    return entry


def test_what_was_fed_is_found_as_it_was_described(fed: Sandbox, signing_key: SigningKey) -> None:
    entry = the_entry(fed, signing_key)
    assert (entry.unique_id, entry.patient, entry.title) == (UNIQUE_ID, PATIENT, REPORT.title)
    assert (entry.status, entry.mime_type, entry.language) == (APPROVED, "text/xml", "fr-FR")
    assert (entry.type_code.code, entry.class_code.code, entry.facility.code) == ("11506-3", "10", "SA52")
    assert [code.code for code in entry.confidentiality] == ["N"]
    assert (entry.created_at, entry.service_start) == (
        REPORT.created_at.astimezone(dt.UTC),
        REPORT.start.astimezone(dt.UTC),
    )
    assert entry.authors[0].person.startswith("899900007016^MARTEL-FICTIF^Lucie")
    assert entry.size == len(cda_of(DOCUMENT))
    assert entry.logical_id == entry.entry_uuid


def test_the_signature_of_the_set_hides_from_everybody(fed: Sandbox, signing_key: SigningKey) -> None:
    found = find(access(reached(fed, signing_key)))
    (signature,) = (one for one in found.documents if one.unique_id != UNIQUE_ID)
    assert signature.visibility == {"MASQUE_PS", "INVISIBLE_PATIENT"}
    assert (signature.type_code.code, signature.language) == ("E1762", "art")


def test_a_search_that_nobody_asked_for_goes_back_two_years(fed: Sandbox, signing_key: SigningKey) -> None:
    later = reached(fed, signing_key, now=lambda: NOW)
    assert find(access(later), until=NOW - dt.timedelta(days=1)).documents == ()
    assert find(access(later), since=NOW + dt.timedelta(days=1)).documents == ()
    assert len(find(access(later), since=LONG_AGO, classes=[("10", "1.2.250.1.213.1.1.4.1")]).documents) == 1
    assert find(access(later), classes=[("11", "1.2.250.1.213.1.1.4.1")]).documents == ()


def test_submission_sets_and_what_is_linked_to_what(fed: Sandbox, signing_key: SigningKey) -> None:
    at = access(reached(fed, signing_key))
    (lot,) = find_submission_sets(at, since=LONG_AGO).submission_sets
    assert (lot.unique_id, lot.patient) == (SUBMISSION.unique_id, PATIENT)
    assert lot.submitted_at == SUBMISSION.submitted_at.astimezone(dt.UTC)
    linked = get_documents_and_associations(at, [UNIQUE_ID])
    assert [one.unique_id for one in linked.documents] == [UNIQUE_ID]
    kinds = {one.kind.rpartition(":")[2] for one in get_associations(at, [lot.uuid]).associations}
    assert kinds == {"HasMember", "signs"}


def test_a_replacement_puts_the_first_out_of_force(fed: Sandbox, signing_key: SigningKey) -> None:
    envelope, document = second()
    assert DmpClient(reached(fed, signing_key)).send(envelope, document).outcome is Outcome.ACCEPTED
    at = access(reached(fed, signing_key))
    assert [one.unique_id for one in find(at, types=REPORTS).documents] == [document.unique_id]
    both = get_documents_and_associations(at, [UNIQUE_ID, document.unique_id])
    assert {one.unique_id: one.status for one in both.documents} == {
        UNIQUE_ID: DEPRECATED,
        document.unique_id: APPROVED,
    }
    names = {one.unique_id: one.entry_uuid for one in both.documents}
    (replaces,) = (one for one in both.associations if one.kind.endswith("RPLC"))
    assert (replaces.source, replaces.target) == (names[document.unique_id], names[UNIQUE_ID])


def test_documents_are_asked_for_twenty_at_a_time(fed: Sandbox, signing_key: SigningKey) -> None:
    before = fed.state.registry.counts().get("ITI-18", 0)
    found = get_documents(access(reached(fed, signing_key)), [f"1.2.3.{n}" for n in range(40)] + [UNIQUE_ID])
    assert [one.unique_id for one in found.documents] == [UNIQUE_ID]
    assert fed.state.registry.counts()["ITI-18"] - before == 3


def test_the_bytes_come_back_as_they_were_sealed(fed: Sandbox, signing_key: SigningKey) -> None:
    got = retrieve(access(reached(fed, signing_key)), the_entry(fed, signing_key))
    assert (got.answered, got.content, got.mime_type) == (True, DOCUMENT.cda, "text/xml")


NOT_SHOWN = ["fault", "busy", "cut", "cut-before", "5xx", "4xx", "html", "empty", "truncated", "gzip", "wrong-type"]


@pytest.mark.parametrize("kind", [*NOT_SHOWN, "other-answer", "other-document"])
def test_a_document_that_is_not_clearly_the_one_asked_for_is_not_shown(
    fed: Sandbox, signing_key: SigningKey, kind: str
) -> None:
    entry = the_entry(fed, signing_key)
    fed.state.faults.order(
        Fault(destination="xds", kind=kind, at="ITI-43", times=1, code=401 if kind == "4xx" else 503)
    )
    got = retrieve(access(reached(fed, signing_key)), entry)
    assert (got.answered, got.content) == (False, b"")
    assert got.code
    assert got.told


@pytest.mark.parametrize("kind", [*NOT_SHOWN, "other-answer"])
def test_a_list_that_is_not_clearly_an_answer_is_not_shown(fed: Sandbox, signing_key: SigningKey, kind: str) -> None:
    fed.state.faults.order(
        Fault(destination="xds", kind=kind, at="ITI-18", times=1, code=401 if kind == "4xx" else 503)
    )
    found = find(access(reached(fed, signing_key)))
    assert (found.answered, found.documents) == (False, ())
    assert found.code
    assert found.told


WRONG = {
    "other bytes": {"hash": hashlib.sha1(b"autre", usedforsecurity=False).hexdigest()},
    "shorter": {"size": 12},
    "no hash": {"hash": ""},
    "no size": {"size": None},
    "another patient": {"patient": "158066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"},
    "another repository": {"repository_unique_id": "1.2.3"},
    "beyond what is read": {"size": 10**12},
}


@pytest.mark.parametrize("case", WRONG)
def test_bytes_that_are_not_those_of_the_metadata_are_not_shown(
    fed: Sandbox, signing_key: SigningKey, case: str
) -> None:
    entry = dataclasses.replace(the_entry(fed, signing_key), **WRONG[case])  # type: ignore[arg-type]
    got = retrieve(access(reached(fed, signing_key)), entry)
    assert (got.answered, got.content) == (False, b"")


def test_a_structure_alone_reads_nothing(fed: Sandbox, signing_key: SigningKey) -> None:
    alone = access(reached(fed, signing_key, mode="INDIRECTE"))
    asked = fed.state.registry.counts().get("ITI-43", 0)
    assert retrieve(alone, the_entry(fed, signing_key)).code == "professional-required"
    assert fed.state.registry.counts().get("ITI-43", 0) == asked
    found = find(alone)
    assert (found.answered, found.documents, found.code) == (False, (), "professional-required")


def test_nobody_sees_the_record_of_another(fed: Sandbox, signing_key: SigningKey) -> None:
    stranger = access(reached(fed, signing_key), "158066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH")
    assert find(stranger).documents == ()
    named = get_documents(stranger, [UNIQUE_ID])
    assert (named.answered, named.code) == (False, "XDSPatientIdDoesNotMatch")


def test_nobody_there(listening: Sandbox, signing_key: SigningKey) -> None:
    url = f"http://127.0.0.1:{closed_port()}/x"
    at = access(reached(listening, signing_key, registry=url))
    assert (find(at).answered, find(at).code) == (False, "connect")


def found_in_a_list_of(size: int, key: SigningKey) -> Found:
    """What a search finds where the record answers a success of so many bytes, and some, that lists one document."""
    listed = (
        f'<q:AdhocQueryResponse xmlns:q="{QUERY}" xmlns:rim="{RIM}" status="{SUCCESS}"><rim:RegistryObjectList>'
        f'<rim:ExtrinsicObject id="urn:uuid:1" status="{APPROVED}"><rim:Name><rim:LocalizedString value="Courrier"/></rim:Name>'
        f'<rim:ExternalIdentifier identificationScheme="{ENTRY_PATIENT}" value="{PATIENT.replace("&", "&amp;")}"/>'
        f'<rim:ExternalIdentifier identificationScheme="{ENTRY_UNIQUE_ID}" value="1.2.3"/></rim:ExtrinsicObject>'
        f"</rim:RegistryObjectList>{' ' * size}</q:AdhocQueryResponse>"
    )
    body = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{listed}</s:Body></s:Envelope>'.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head + body)

    with Sandbox(clock=lambda: NOW) as sandbox, listener(play) as port:
        return find(access(reached(sandbox, key, registry=f"http://127.0.0.1:{port}/x")))


@pytest.mark.parametrize("size", [1, LONGEST_ANSWER - 1, LONGEST_ANSWER + 1, 4 << 20, LONGEST_LIST - 4096])
def test_a_list_as_long_as_may_be_is_read_whole(signing_key: SigningKey, size: int) -> None:
    found = found_in_a_list_of(size, signing_key)
    assert (found.answered, found.code, [one.title for one in found.documents]) == (True, "", ["Courrier"])


def test_a_longer_list_is_said_to_be_too_long(signing_key: SigningKey) -> None:
    found = found_in_a_list_of(LONGEST_LIST, signing_key)
    assert (found.answered, found.code, found.documents) == (False, "too-long", ())


def test_older_documents_are_found_by_who_asks_for_them(fed: Sandbox, signing_key: SigningKey) -> None:
    at, later = access(reached(fed, signing_key)), NOW + dt.timedelta(days=1)
    assert find(at, types=REPORTS, since=later).documents == ()
    assert [one.unique_id for one in find(at, types=REPORTS, since=later, older=True).documents] == [UNIQUE_ID]
