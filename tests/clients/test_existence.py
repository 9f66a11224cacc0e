"""The shared record is asked whether it is open before anything is fed, once an attempt; what is not open gets nothing."""

import dataclasses

import pytest
from lxml import etree

from mappings.issues import Refused
from mappings.xds.existence import Existence, Record, existence_request, ins_of, read_existence
from mappings.xds.namespaces import V3
from service.clients.dmp.client import DmpClient
from service.clients.dmp.existence import existence
from service.clients.dmp.read import Unclear
from service.clients.seal import SigningKey
from service.outbox.receipt import Outcome
from service.sandbox import existence as theirs
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from tests.clients.record import DOCUMENT, PATIENT, access, reached, sealed
from tests.clients.scripted import closed_port
from tests.clients.sealed_things import NOW, UNIQUE_ID

MESSAGE, QUERY = "m-1", "q-1"
ANSWERED = theirs.Question(
    ("1.2.250.1.999.1", MESSAGE), ("1.2.250.1.999.2", QUERY), ("1.2.250.1.213.1.4.10", "258066799900794")
)


def answer(situation: str = "open", question: theirs.Question = ANSWERED) -> etree._Element:
    return etree.fromstring(etree.tostring(theirs.write_answer(question, situation)))


def said(body: etree._Element) -> Existence:
    return read_existence(body, patient=PATIENT, message=MESSAGE, query=QUERY)


@pytest.mark.parametrize("situation", ["open", "closed", "absent"])
def test_each_situation_is_read(situation: str) -> None:
    assert said(answer(situation)).record is Record(situation)


def test_what_else_is_told() -> None:
    assert said(answer()) == Existence(record=Record.OPEN, authorised=True, attached=False)


def _without(tag: str) -> etree._Element:
    body = answer()
    for each in list(body.iter(f"{{{V3}}}{tag}")):
        parent = each.getparent()
        assert parent is not None
        parent.remove(each)
    return body


def _with(tag: str, attribute: str, value: str) -> etree._Element:
    body = answer()
    for each in body.iter(f"{{{V3}}}{tag}"):
        each.set(attribute, value)
    return body


UNCLEAR = {
    "another patient": answer(
        question=dataclasses.replace(ANSWERED, patient=("1.2.250.1.213.1.4.10", "158066799900794"))
    ),
    "another authority": answer(
        question=dataclasses.replace(ANSWERED, patient=("1.2.250.1.213.1.4.8", "258066799900794"))
    ),
    "another message": answer(question=dataclasses.replace(ANSWERED, message=("1.2", "m-2"))),
    "another question": answer(question=dataclasses.replace(ANSWERED, query=("1.2", "q-2"))),
    "refused": _with("acknowledgement", "typeCode", "AE"),
    "no acknowledgement": _without("acknowledgement"),
    "no response code": _without("queryResponseCode"),
    "an unknown response code": _with("queryResponseCode", "code", "QE"),
    "found, and nobody there": _without("patient"),
    "another element": etree.fromstring("<x/>"),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_what_is_not_clear_opens_nothing(case: str) -> None:
    with pytest.raises(Refused):
        said(UNCLEAR[case])


def test_a_record_without_a_status_is_not_open() -> None:
    body = answer()
    for patient in body.iter(f"{{{V3}}}patient"):
        patient.remove(patient.find(f"{{{V3}}}statusCode"))  # type: ignore[arg-type]
    assert said(body).record is Record.CLOSED


def test_the_question_names_the_patient_by_the_ins_alone() -> None:
    request = existence_request(PATIENT, message="m", query="q", arc="1.2.250.1.999", software="Binôme", now=NOW)
    (value,) = request.iter(f"{{{V3}}}value")
    assert (value.get("root"), value.get("extension")) == ("1.2.250.1.213.1.4.10", "258066799900794")
    assert [e.get("code") for e in request.iter(f"{{{V3}}}reasonCode")] == ["TEST_EXST"]
    assert ins_of(PATIENT + "^^20260101") == ins_of(PATIENT)
    with pytest.raises(ValueError, match="INS"):
        existence_request("PAT-1^^^&1.2.3&ISO^PI", message="m", query="q", arc="1", software="x", now=NOW)


@pytest.mark.parametrize("situation", ["closed", "absent"])
def test_nothing_is_fed_to_a_record_that_is_not_open(
    listening: Sandbox, signing_key: SigningKey, situation: str
) -> None:
    client = DmpClient(reached(listening, signing_key))
    listening.state.faults.order(Fault(destination="xds", kind=situation, at="TD0.2", times=1))
    receipt = client.send(sealed(), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, f"dmp-{situation}")
    assert "part par messagerie seulement" in receipt.told
    assert listening.state.registry.received[UNIQUE_ID] == 0


def test_an_open_record_is_asked_once_an_attempt(listening: Sandbox, signing_key: SigningKey) -> None:
    client = DmpClient(reached(listening, signing_key))
    listening.state.faults.order(Fault(destination="xds", kind="busy", at="ITI-41", times=1))
    assert [client.send(sealed(), DOCUMENT).outcome for _ in range(2)] == [Outcome.UNREACHABLE, Outcome.ACCEPTED]
    assert listening.state.registry.counts() == {"TD0.2": 2, "ITI-41": 2}


@pytest.mark.parametrize(
    "kind", ["fault", "cut-before", "cut", "5xx", "html", "empty", "wrong-type", "gzip", "truncated", "other-answer"]
)
def test_a_question_without_a_clear_answer_feeds_nothing_and_is_asked_again(
    listening: Sandbox, signing_key: SigningKey, kind: str
) -> None:
    client = DmpClient(reached(listening, signing_key))
    listening.state.faults.order(Fault(destination="xds", kind=kind, at="TD0.2", times=1, code=503))
    receipt = client.send(sealed(), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "existence-unknown")
    assert listening.state.registry.received[UNIQUE_ID] == 0
    assert client.send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED


def test_a_question_refused_is_for_a_human(listening: Sandbox, signing_key: SigningKey) -> None:
    listening.state.faults.order(Fault(destination="xds", kind="4xx", at="TD0.2", times=1, code=401))
    receipt = DmpClient(reached(listening, signing_key)).send(sealed(), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "http-401")
    assert listening.state.registry.received[UNIQUE_ID] == 0


def test_nobody_there_is_no_record_that_is_absent(listening: Sandbox, signing_key: SigningKey) -> None:
    record = reached(listening, signing_key, existence=f"http://127.0.0.1:{closed_port()}/x")
    assert isinstance(existence(access(record)), Unclear)
    assert DmpClient(record).send(sealed(), DOCUMENT).outcome is Outcome.UNREACHABLE


def test_without_an_address_nobody_asks(listening: Sandbox, signing_key: SigningKey) -> None:
    assert DmpClient(reached(listening, signing_key, existence="")).send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    assert listening.state.registry.counts() == {"ITI-41": 1}
