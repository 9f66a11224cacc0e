"""What somebody else has hidden in the record: a new version keeps it, an answer tells it, and what is not told stays unknown."""

import dataclasses

import pytest

from mappings.cda import report_to_cda
from mappings.codes.document import HIDING
from mappings.domain.showing import hidden_from
from service.clients.dmp.client import DmpClient
from service.clients.dmp.publish import publish
from service.clients.pdsm.client import PdsmClient
from service.clients.pdsm.send import PdsmRecord
from service.clients.seal import SigningKey
from service.outbox.envelope import Former
from service.outbox.receipt import Outcome
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from tests.clients import test_pdsm as fhir
from tests.clients.record import DOCUMENT, change, numbered, reached, sealed, second
from tests.clients.sealed_things import UNIQUE_ID
from tests.clients.test_pdsm import record, sandbox, started
from tests.hiding import hidden_in_the_record, hide_in_the_record
from tests.mappings.reports import REPORT, second_version

__all__ = ["record", "sandbox", "started"]

LEGAL = "INVISIBLE_REPRESENTANTS_LEGAUX"


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("code", sorted(HIDING))
def test_a_replacement_keeps_what_the_record_shows(
    listening: Sandbox, signing_key: SigningKey, code: str, signed: bool
) -> None:
    reached_ = reached(listening, signing_key, signed_sets=signed)
    assert publish(reached_, sealed(), DOCUMENT).shown is None, "a first version comes after nothing"
    hide_in_the_record(listening, UNIQUE_ID, code)
    envelope, document = second()
    receipt = publish(reached_, envelope, document)
    assert (receipt.outcome, receipt.shown) == (Outcome.ACCEPTED, {HIDING[code]}), receipt.raw
    assert hidden_in_the_record(listening, document.unique_id) == {HIDING[code]}


def test_what_the_team_hides_comes_besides(fed: Sandbox, signing_key: SigningKey) -> None:
    hide_in_the_record(fed, UNIQUE_ID, "MASQUE_PS")
    hide_in_the_record(fed, UNIQUE_ID, LEGAL)
    report = dataclasses.replace(second_version(), visibility=frozenset({"MASQUE_PS", "INVISIBLE_PATIENT"}))
    _, document = second()
    envelope = dataclasses.replace(sealed(report, numbered(2), document), formers=(Former(UNIQUE_ID, "", True),))
    receipt = publish(reached(fed, signing_key), envelope, document)
    assert receipt.shown == {"MASQUE_PS", "INVISIBLE_PATIENT", LEGAL}, receipt.raw
    assert hidden_in_the_record(fed, document.unique_id) == receipt.shown


def test_what_the_team_has_asked_to_lift_is_not_taken_over(fed: Sandbox, signing_key: SigningKey) -> None:
    hide_in_the_record(fed, UNIQUE_ID, "MASQUE_PS")
    hide_in_the_record(fed, UNIQUE_ID, LEGAL)
    envelope, document = second()
    lifting = dataclasses.replace(envelope, lifts=frozenset({"MASQUE_PS"}))
    assert publish(reached(fed, signing_key), lifting, document).shown == {LEGAL}
    assert hidden_in_the_record(fed, document.unique_id) == {LEGAL}


def test_beside_what_was_archived_it_is_kept_too(fed: Sandbox, signing_key: SigningKey) -> None:
    reached_ = reached(fed, signing_key)
    assert DmpClient(reached_).send(change("archive"), DOCUMENT).outcome is Outcome.ACCEPTED
    hide_in_the_record(fed, UNIQUE_ID, "MASQUE_PS")
    envelope, document = second()
    assert publish(reached_, envelope, document).shown == {"MASQUE_PS"}
    assert hidden_in_the_record(fed, document.unique_id) == {"MASQUE_PS"}


def test_a_structure_alone_is_told_references_and_knows_nothing_of_it(fed: Sandbox, signing_key: SigningKey) -> None:
    hide_in_the_record(fed, UNIQUE_ID, "MASQUE_PS")
    envelope, document = second()
    receipt = publish(reached(fed, signing_key, mode="INDIRECTE"), envelope, document)
    assert (receipt.outcome, receipt.shown) == (Outcome.ACCEPTED, None)


def test_a_change_and_a_look_up_tell_all_that_hides_it(fed: Sandbox, signing_key: SigningKey) -> None:
    client = DmpClient(reached(fed, signing_key))
    hide_in_the_record(fed, UNIQUE_ID, LEGAL)
    found = client.look_up(sealed(), DOCUMENT)
    assert found is not None
    assert found.receipt.shown == {LEGAL}
    assert client.send(change("mask", 6), DOCUMENT).shown == {LEGAL, "MASQUE_PS"}
    assert client.send(change("mask", 7), DOCUMENT).shown == {LEGAL, "MASQUE_PS"}
    fed.state.faults.order(Fault(destination="xds", kind="cut", at="ITI-57", times=1, code=503))
    assert client.send(change("hide", 8), DOCUMENT).shown is None, "nothing was answered"
    done = client.look_up(change("hide", 8), DOCUMENT)
    assert done is not None
    assert done.receipt.shown == {LEGAL, "MASQUE_PS", "INVISIBLE_PATIENT"}


@pytest.mark.parametrize("simplified", [False, True])
@pytest.mark.parametrize("code", ["MASQUE_PS", "NOPAT"])
def test_the_same_by_fhir(sandbox: Sandbox, record: PdsmRecord, code: str, simplified: bool) -> None:
    client = PdsmClient(record)
    first = client.send(fhir.sealed(), fhir.DOCUMENT)
    assert (first.outcome, first.shown) == (Outcome.ACCEPTED, None)
    hide_in_the_record(sandbox, UNIQUE_ID, code)
    found = client.look_up(fhir.sealed(), fhir.DOCUMENT)
    assert found is not None
    assert found.receipt.shown == {HIDING[code]}
    if code != "NOPAT":
        hide = dataclasses.replace(fhir.sealed(), purpose="hide")
        assert client.send(hide, fhir.DOCUMENT).shown == {code, "INVISIBLE_PATIENT"}
    report = second_version()
    cda = report_to_cda(report, fhir.PDF)
    document = dataclasses.replace(fhir.DOCUMENT, unique_id=report.unique_id, cda=cda, version=2)
    following = dataclasses.replace(
        fhir.sealed(document, report=report, simplified=simplified),
        purpose="replace",
        formers=(Former(UNIQUE_ID, "", certain=True),),
        lifts=frozenset() if code == "NOPAT" else frozenset({"INVISIBLE_PATIENT"}),
    )
    receipt = client.send(following, document)
    assert (receipt.outcome, receipt.shown) == (Outcome.ACCEPTED, {HIDING[code]}), receipt.raw
    assert hidden_in_the_record(sandbox, document.unique_id) == {HIDING[code]}


def test_what_is_not_said_is_not_known() -> None:
    assert hidden_from(()) is None
    assert hidden_from({"N"}) == frozenset()
    assert hidden_from({"N", "R", "AUTRE"}) == frozenset()
    assert hidden_from({"N", "NOPAT", LEGAL}) == {"INVISIBLE_PATIENT", LEGAL}
    assert REPORT.visibility == frozenset()
