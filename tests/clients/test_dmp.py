import dataclasses
import hashlib
import itertools

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mappings.xds import mtom, soap
from mappings.xds.namespaces import PROVIDE_AND_REGISTER, QUERY, REGISTRY_STORED_QUERY, RIM, RS
from mappings.xds.response import FAILURE, PARTIAL_SUCCESS, SUCCESS, RegistryAnswer, RegistryError, registry_response
from service.clients.dmp.client import DmpClient
from service.clients.dmp.codes import ERRORS, FAULTS, Meaning, of_status
from service.clients.dmp.identity import Software, sender_of
from service.clients.dmp.package import package
from service.clients.dmp.read import read, read_look_up, read_withdrawal_look_up
from service.clients.dmp.send import SharedRecord
from service.clients.dmp.show import read_change_look_up
from service.clients.exchange import Answer, NoAnswer
from service.clients.look_up import Presence
from service.clients.seal import SigningKey, development_key
from service.clients.sealed import NotAsSealed
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome
from tests.clients.scripted import closed_port
from tests.clients.sealed_things import CDA, NOW, UNIQUE_ID, document, envelope
from tests.mappings.reports import REPORT, SUBMISSION
from tests.waiting import PATIENCE

REPOSITORY = "https://dmp.example/repository"
REGISTRY = "https://dmp.example/registry"
ASKED = "urn:uuid:00000000-0000-4000-8000-000000000001"
SHA1 = hashlib.sha1(CDA, usedforsecurity=False).hexdigest()
PATIENT = "258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"
METADATA = package(REPORT, SUBMISSION, CDA)
TO_DMP = envelope(Destination.DMP, METADATA, PATIENT)
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


def record(key: SigningKey, repository: str = REPOSITORY, registry: str = REGISTRY) -> SharedRecord:
    numbers = itertools.count(1)
    return SharedRecord(
        repository=repository,
        registry=registry,
        seconds=PATIENCE,
        key=key,
        software=Software(id="LPS-1", name="Binôme", version="0.1", approval="NH-FICTIF"),
        now=lambda: NOW,
        identify=lambda: f"00000000-0000-4000-8000-{next(numbers):012}",
    )


def soap_answer(body: etree._Element, relates_to: str = ASKED, status: int = 200) -> Answer:
    content = soap.envelope(body, action="urn:x", to="urn:y", message_id="urn:uuid:z", relates_to=relates_to)
    return Answer(status, "application/soap+xml; charset=UTF-8", content)


def registry_answer(status: str, *codes: str, severity: str = "Error") -> etree._Element:
    errors = tuple(RegistryError(code=code, context="x", severity=severity) for code in codes)
    return registry_response(RegistryAnswer(status=status, errors=errors))


def fault(code: str, *subcodes: str) -> etree._Element:
    return soap.fault_body(soap.Fault(code=code, subcodes=subcodes, reason="x"))


def query_answer(*entries: tuple[str, str, str], references: int = 0, status: str = SUCCESS) -> etree._Element:
    """(uniqueId, hash, status) of each entry."""
    root = etree.Element(f"{{{QUERY}}}AdhocQueryResponse", {"status": status})
    objects = etree.SubElement(root, f"{{{RIM}}}RegistryObjectList")
    for number, (unique_id, sha1, availability) in enumerate(entries):
        entry = etree.SubElement(
            objects, f"{{{RIM}}}ExtrinsicObject", id=f"urn:uuid:entry-{number}", status=availability
        )
        if sha1:
            values = etree.SubElement(etree.SubElement(entry, f"{{{RIM}}}Slot", name="hash"), f"{{{RIM}}}ValueList")
            etree.SubElement(values, f"{{{RIM}}}Value").text = sha1
        scheme = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
        etree.SubElement(entry, f"{{{RIM}}}ExternalIdentifier", identificationScheme=scheme, value=unique_id)
    for number in range(references):
        etree.SubElement(objects, f"{{{RIM}}}ObjectRef", id=f"urn:uuid:ref-{number}")
    return root


APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"


# ── read ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_success_is_accepted_and_the_raw_answer_is_kept() -> None:
    answer = soap_answer(registry_answer(SUCCESS))
    receipt = read(answer, ASKED)
    assert (receipt.outcome, receipt.code, receipt.raw) == (Outcome.ACCEPTED, "Success", answer.body)


def test_success_with_warnings_is_accepted() -> None:
    warned = registry_answer(SUCCESS, "XDSExtraMetadataNotSaved", severity="Warning")
    assert read(soap_answer(warned), ASKED).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("code", "meaning"), ERRORS.items())
def test_each_known_error(code: str, meaning: Meaning) -> None:
    receipt = read(soap_answer(registry_answer(FAILURE, code)), ASKED)
    assert (receipt.outcome, receipt.code, receipt.told) == (meaning.outcome, code, meaning.told)


def test_only_busy_is_tried_again_only_what_may_be_there_is_looked_up() -> None:
    assert {code for code, meaning in ERRORS.items() if meaning.outcome is Outcome.UNREACHABLE} == {
        "XDSRegistryBusy",
        "XDSRepositoryBusy",
    }
    assert {code for code, meaning in ERRORS.items() if meaning.outcome is Outcome.IN_DOUBT} == {
        "XDSDuplicateUniqueIdInRegistry",
        "XDSRegistryNotAvailable",
    }
    assert all(meaning.outcome is not Outcome.ACCEPTED for meaning in ERRORS.values())


@pytest.mark.parametrize(
    ("codes", "outcome", "code"),
    [
        (["XDSUnheardOf"], Outcome.REFUSED, "XDSUnheardOf"),
        ([], Outcome.REFUSED, "Failure"),
        (["Monsieur X est inconnu"], Outcome.REFUSED, "unreadable-code"),
        (["XDSRepositoryBusy", "XDSNonIdenticalHash"], Outcome.REFUSED, "XDSNonIdenticalHash"),
        (["XDSRegistryBusy", "XDSDuplicateUniqueIdInRegistry"], Outcome.IN_DOUBT, "XDSDuplicateUniqueIdInRegistry"),
    ],
)
def test_other_failures(codes: list[str], outcome: Outcome, code: str) -> None:
    receipt = read(soap_answer(registry_answer(FAILURE, *codes)), ASKED)
    assert (receipt.outcome, receipt.code) == (outcome, code)


@pytest.mark.parametrize(
    "body",
    [
        registry_answer(PARTIAL_SUCCESS, "XDSRegistryError"),
        registry_answer(SUCCESS, "XDSRegistryError"),
        registry_answer("urn:x:Maybe"),
        etree.Element(f"{{{RS}}}RegistryResponse"),
        etree.Element("{urn:x}SomethingElse", {"status": SUCCESS}),
        query_answer(),
    ],
)
def test_an_unclear_answer_is_a_doubt(body: etree._Element) -> None:
    assert read(soap_answer(body), ASKED).outcome is Outcome.IN_DOUBT


def test_the_answer_to_another_message_is_a_doubt() -> None:
    receipt = read(soap_answer(registry_answer(SUCCESS), relates_to="urn:uuid:other"), ASKED)
    assert (receipt.outcome, receipt.code) == (Outcome.IN_DOUBT, "other-answer")
    refusal = soap_answer(registry_answer(FAILURE, "XDSUnknownPatientId"), relates_to="urn:uuid:other")
    assert read(refusal, ASKED).outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize(("code", "outcome"), [(code, meaning.outcome) for code, meaning in FAULTS.items()])
def test_each_known_fault(code: str, outcome: Outcome) -> None:
    bare = read(soap_answer(fault(code), status=500), ASKED)
    assert (bare.outcome, bare.code) == (outcome, code)
    assert read(soap_answer(fault("Receiver", code), status=500), ASKED).outcome is outcome


def test_an_unknown_fault_is_a_doubt() -> None:
    assert read(soap_answer(fault("Unheard"), status=500), ASKED).outcome is Outcome.IN_DOUBT
    assert read(soap_answer(fault("Sender", "Unheard"), status=400), ASKED).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.IN_DOUBT),
        (202, Outcome.IN_DOUBT),
        (204, Outcome.IN_DOUBT),
        (302, Outcome.REFUSED),
        (307, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (403, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (408, Outcome.UNREACHABLE),
        (413, Outcome.REFUSED),
        (429, Outcome.UNREACHABLE),
        (500, Outcome.IN_DOUBT),
        (502, Outcome.IN_DOUBT),
        (503, Outcome.IN_DOUBT),
        (504, Outcome.IN_DOUBT),
    ],
)
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", b"<html><body>Maintenance</body></html>"),
        ("text/html", b""),
        ("application/soap+xml", b""),
        ("application/soap+xml", b"<soap:Envelope"),
        ("application/soap+xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
        ('multipart/related; boundary="b"', b"--b\r\nContent-ID: <r>\r\n\r\n<x/>"),
    ],
)
def test_what_is_no_soap_answer_is_judged_by_its_status(
    status: int, outcome: Outcome, content_type: str, body: bytes
) -> None:
    receipt = read(Answer(status, content_type, body), ASKED)
    assert (receipt.outcome, receipt.code, receipt.raw) == (outcome, f"http-{status}", body)


def test_a_yes_under_an_http_error_is_no_yes() -> None:
    for status in (201, 500, 503):
        assert read(soap_answer(registry_answer(SUCCESS), status=status), ASKED).outcome is Outcome.IN_DOUBT


@given(st.integers(min_value=100, max_value=599), st.binary(max_size=60))
def test_every_status_has_one_outcome_and_never_a_yes(status: int, body: bytes) -> None:
    assert of_status(status).outcome is not Outcome.ACCEPTED
    assert read(Answer(status, "application/soap+xml", body), ASKED).outcome is of_status(status).outcome


@given(st.data())
def test_a_yes_cut_anywhere_is_never_a_yes(data: st.DataObject) -> None:
    whole = soap_answer(registry_answer(SUCCESS)).body
    content_type, packaged = mtom.build(whole, {}, boundary="b-1", action="urn:x")
    for media_type, body in (("application/soap+xml", whole), (content_type, packaged)):
        assert read(Answer(200, media_type, body), ASKED).outcome is Outcome.ACCEPTED
        at = data.draw(st.integers(min_value=0, max_value=len(body) - 5))
        assert read(Answer(200, media_type, body[:at]), ASKED).outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize("code", ["connect", "tls", "timeout", "cut", "too-long", "encoding"])
def test_silence_is_a_doubt_once_bytes_have_left(code: str) -> None:
    assert read(NoAnswer(code, sent=True, partial=b"<s"), ASKED).outcome is Outcome.IN_DOUBT
    assert read(NoAnswer(code, sent=True, partial=b"<s"), ASKED).raw == b"<s"
    assert read(NoAnswer(code, sent=False), ASKED).outcome is Outcome.UNREACHABLE


# ── look-up ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "presence", "outcome", "receiver_id"),
    [
        (query_answer((UNIQUE_ID, SHA1, APPROVED)), Presence.THERE, Outcome.ACCEPTED, "urn:uuid:entry-0"),
        (query_answer((UNIQUE_ID, SHA1.upper(), APPROVED)), Presence.THERE, Outcome.ACCEPTED, "urn:uuid:entry-0"),
        (query_answer((UNIQUE_ID, SHA1, DEPRECATED)), Presence.THERE, Outcome.ACCEPTED, "urn:uuid:entry-0"),
        (
            query_answer((UNIQUE_ID, SHA1, DEPRECATED), (UNIQUE_ID, SHA1, APPROVED)),
            Presence.THERE,
            Outcome.ACCEPTED,
            "urn:uuid:entry-1",
        ),
        (query_answer(), Presence.ABSENT, Outcome.UNREACHABLE, ""),
        (
            query_answer((UNIQUE_ID, "0" * 40, APPROVED)),
            Presence.OTHER_BYTES,
            Outcome.REFUSED,
            "urn:uuid:entry-0",
        ),
        (query_answer((UNIQUE_ID, "", APPROVED)), Presence.NO_ANSWER, Outcome.IN_DOUBT, ""),
        (query_answer(("1.2.3", SHA1, APPROVED)), Presence.NO_ANSWER, Outcome.IN_DOUBT, ""),
        (query_answer(references=1), Presence.NO_ANSWER, Outcome.IN_DOUBT, ""),
        (query_answer(status=FAILURE), Presence.NO_ANSWER, Outcome.IN_DOUBT, ""),
        (registry_answer(SUCCESS), Presence.NO_ANSWER, Outcome.IN_DOUBT, ""),
        (fault("Receiver"), Presence.NO_ANSWER, Outcome.IN_DOUBT, ""),
        (fault("Sender", "InvalidSecurity"), Presence.NO_ANSWER, Outcome.IN_DOUBT, ""),
    ],
)
def test_look_up(body: etree._Element, presence: Presence, outcome: Outcome, receiver_id: str) -> None:
    found = read_look_up(soap_answer(body), ASKED, UNIQUE_ID, SHA1)
    assert (found.presence, found.receipt.outcome, found.receipt.receiver_id) == (presence, outcome, receiver_id)


@pytest.mark.parametrize(
    "answer",
    [
        NoAnswer("connect", sent=False),
        NoAnswer("timeout", sent=True),
        Answer(200, "text/html", b"<html/>"),
        Answer(200, "application/soap+xml", b""),
        Answer(503, "text/html", b""),
        soap_answer(query_answer(), relates_to="urn:uuid:other"),
        soap_answer(query_answer(), status=500),
    ],
)
def test_a_question_without_answer_leaves_the_doubt(answer: Answer | NoAnswer) -> None:
    found = read_look_up(answer, ASKED, UNIQUE_ID, SHA1)
    assert (found.presence, found.receipt.outcome) == (Presence.NO_ANSWER, Outcome.IN_DOUBT)


def test_a_success_without_a_list_of_objects_does_not_say_that_nothing_is_there() -> None:
    answer = soap_answer(etree.Element(f"{{{QUERY}}}AdhocQueryResponse", {"status": SUCCESS}))
    there = read_look_up(answer, ASKED, UNIQUE_ID, SHA1)
    withdrawn = read_withdrawal_look_up(answer, ASKED, UNIQUE_ID)
    assert [(one.presence, one.receipt.code) for one in (there, withdrawn)] == [(Presence.NO_ANSWER, "no-list")] * 2


@pytest.mark.parametrize("status", [429, 503])
def test_when_the_record_asks_to_be_called_again(status: int) -> None:
    asked = dataclasses.replace(soap_answer(fault("Receiver"), status=status), retry_after="120")
    plain = Answer(status, "text/html", b"", retry_after="120")
    for answer in (asked, plain):
        assert read(answer, ASKED).retry_after == "120"
        assert read_look_up(answer, ASKED, UNIQUE_ID, SHA1).receipt.retry_after == "120"
        assert read_withdrawal_look_up(answer, ASKED, UNIQUE_ID).receipt.retry_after == "120"
        assert read_change_look_up(answer, ASKED, UNIQUE_ID, "mask").receipt.retry_after == "120"


# ── send ──────────────────────────────────────────────────────────────────────────────────────────────────


@responses.activate
def test_a_feed_carries_the_sealed_bytes_under_a_fresh_signed_assertion(key: SigningKey) -> None:
    answer = soap_answer(registry_answer(SUCCESS), relates_to="")
    responses.post(REPOSITORY, body=answer.body, content_type=answer.content_type)
    receipt = DmpClient(record(key)).send(TO_DMP, document())
    assert receipt.outcome is Outcome.ACCEPTED
    request = responses.calls[0].request
    assert isinstance(request.body, bytes)
    received = mtom.parse(request.headers["Content-Type"], request.body)
    assert list(received.parts.values()) == [CDA]
    message = soap.read_envelope(received.root)
    assert message.action == PROVIDE_AND_REGISTER
    assert isinstance(message.body, etree._Element)
    sealed = etree.fromstring(METADATA)
    assert etree.tostring(message.body[0], method="c14n", exclusive=True) == etree.tostring(
        sealed, method="c14n", exclusive=True
    )
    (assertion,) = message.security
    conditions = assertion.find(f"{SAML}Conditions")
    assert conditions is not None
    assert conditions.get("NotOnOrAfter") == "2026-11-16T09:45:00.000Z"
    assert [etree.QName(child).localname for child in assertion][:2] == ["Issuer", "Signature"]
    assert assertion.findtext(f"{SAML}Issuer") == key.subject
    assert assertion.findtext(f"{SAML}Subject/{SAML}NameID") == "1670999990"


@responses.activate
def test_two_attempts_carry_the_same_document_and_metadata(key: SigningKey) -> None:
    responses.post(REPOSITORY, status=503)
    client = DmpClient(record(key))
    client.send(TO_DMP, document())
    client.send(TO_DMP, document())
    seen = [
        mtom.parse(str(call.request.headers["Content-Type"]), bytes(call.request.body or b""))
        for call in responses.calls
    ]
    messages = [soap.read_envelope(each.root) for each in seen]
    assert seen[0].parts == seen[1].parts
    assert messages[0].message_id != messages[1].message_id
    bodies = [m.body for m in messages if isinstance(m.body, etree._Element)]
    assert etree.tostring(bodies[0]) == etree.tostring(bodies[1])


@responses.activate
def test_a_look_up_asks_for_our_document(key: SigningKey) -> None:
    answer = soap_answer(query_answer((UNIQUE_ID, SHA1, APPROVED)), relates_to="")
    responses.post(REGISTRY, body=answer.body, content_type=answer.content_type)
    found = DmpClient(record(key)).look_up(TO_DMP, document())
    assert found is not None
    assert found.presence is Presence.THERE
    message = soap.read_envelope(bytes(responses.calls[0].request.body or b""))
    assert message.action == REGISTRY_STORED_QUERY
    assert isinstance(message.body, etree._Element)
    assert message.body.findtext(f".//{{{RIM}}}Value") == f"('{UNIQUE_ID}')"


def test_nobody_listens(key: SigningKey) -> None:
    url = f"http://127.0.0.1:{closed_port()}/x"
    client = DmpClient(record(key, url, url))
    assert client.send(TO_DMP, document()).outcome is Outcome.UNREACHABLE
    found = client.look_up(TO_DMP, document())
    assert found is not None
    assert found.presence is Presence.NO_ANSWER


@pytest.mark.parametrize(
    "url", ["http://dmp.example/x", "ftp://127.0.0.1/x", "dmp.example", "http://127.0.0.1.evil.example/"]
)
def test_nothing_leaves_this_machine_in_plain(key: SigningKey, url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        record(key, repository=url)


def test_what_is_not_sealed_does_not_leave(key: SigningKey) -> None:
    with pytest.raises(NotAsSealed):
        DmpClient(record(key)).send(TO_DMP, document(cda=None))


def test_the_sender_is_the_one_of_the_sealed_metadata() -> None:
    sender = sender_of(METADATA)
    assert (sender.structure_id, sender.structure_name, sender.sector) == (
        "1670999990",
        "MSP DES TILLEULS (FICTIVE)",
        "SA52",
    )
    assert [(role.code, role.system) for role in sender.roles] == [("70", "1.2.250.1.71.1.2.7")]
    assert sender.roles[0].display == "Masseur-Kinésithérapeute"
