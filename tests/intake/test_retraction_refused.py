"""What is refused of an act entered in error, and leaves nothing; and what comes at that very moment."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from mappings.codes import systems
from mappings.issues import Refused
from service.intake.chains import COMMON_CHAIN, chain_of
from service.ledger.verify import verify
from service.outbox.envelope import State
from service.store import Store
from tests.house import House, Json, act_bundle, issues
from tests.intake.retracting import BELONGINGS, assert_in_error, fhirpath_patch, recorded, states, told


def _set(element: str, value: Any) -> Callable[[Json], Json]:
    return lambda act: act | {element: value}


def _drop(element: str) -> Callable[[Json], Json]:
    return lambda act: {key: value for key, value in act.items() if key != element}


def _other_patient(act: Json) -> Json:
    return act | {"subject": {"reference": "Patient?identifier=urn:oid:1.2.250.1.213.1.4.11|104082A99900249"}}


CHANGED: dict[str, tuple[Callable[[Json], Json], str]] = {
    "another patient": (_other_patient, "Procedure.subject"),
    "another day": (_set("performedPeriod", {"start": "2026-11-19T10:05:00+01:00"}), "Procedure.performedPeriod"),
    "another text": (_set("code", {"text": "Autre"}), "Procedure.code"),
    "no délégant": (_drop("extension"), "Procedure.extension"),
    "another identifier": (
        _set("identifier", [{"system": f"{systems.IDENTIFIER}act", "value": "ACTE-0009"}]),
        "Procedure.identifier",
    ),
    "a note rewritten": (_set("note", [{"text": "Autre"}]), "Procedure.note"),
    "no note": (_drop("note"), "Procedure.note"),
    "something besides": (_set("bodySite", [{"text": "Cheville"}]), "Procedure.bodySite"),
    "an extension of the status": (
        _set("_status", {"extension": [{"url": "urn:x", "valueString": "y"}]}),
        "Procedure._status",
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_nothing_else_changes_with_it(house: House, name: str) -> None:
    act = recorded(house)
    change, expression = CHANGED[name]
    standing = house.standing()
    answer = house.fhir("PUT", f"/Procedure/{act['id']}", change(act | {"status": "entered-in-error"}))
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", expression)]), answer.text
    assert house.standing() == standing
    assert states(house, act) == {State.QUEUED}


@pytest.mark.parametrize("status", ["not-done", "in-progress", "stopped", "unknown"])
def test_no_other_status(house: House, status: str) -> None:
    act = recorded(house)
    standing = house.standing()
    answer = told(house, act, status=status)
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", "Procedure.status")])
    assert house.standing() == standing


def test_a_motive_on_record_is_not_rewritten(house: House) -> None:
    act = recorded(house, status="not-done", status_reason="worsening", prescriptions=[])
    answer = told(house, act, statusReason={"text": "Autre"})
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", "Procedure.statusReason")])


@pytest.mark.parametrize("status", ["completed", "not-done"])
def test_there_is_no_way_back(house: House, status: str) -> None:
    act = recorded(house)
    in_error = told(house, act).json
    standing = house.standing()
    for changed in (in_error | {"status": status}, in_error | {"note": [*act["note"], {"text": "Plus tard."}]}):
        answer = house.fhir("PUT", f"/Procedure/{act['id']}", changed)
        assert (answer.status_code, issues(answer)) == (400, [("not-supported", "Procedure.status")])
    assert house.standing() == standing


def test_another_version_another_act_no_act(house: House) -> None:
    act, other = recorded(house), recorded(house, "ACTE-0002")
    body = act | {"status": "entered-in-error"}
    standing = house.standing()
    assert told(house, act, version=2).status_code == 412
    # Under another's address: its own id does not fit, nor its own content.
    assert house.fhir("PUT", f"/Procedure/{other['id']}", body).status_code == 400
    disguised = house.fhir("PUT", f"/Procedure/{other['id']}", body | {"id": other["id"]})
    assert (disguised.status_code, issues(disguised)) == (400, [("not-supported", "Procedure.identifier")])
    unknown = house.fhir("PUT", "/Procedure/unknown", body | {"id": "unknown"})
    assert (unknown.status_code, issues(unknown)) == (404, [("not-found", "Procedure")])
    assert house.fhir("PATCH", "/Procedure/unknown", fhirpath_patch()).status_code == 404
    nobody = house.fhir("PUT", "/Procedure?identifier=ACTE-0404", {k: v for k, v in body.items() if k != "id"})
    assert nobody.status_code == 404
    assert house.standing() == standing


@pytest.mark.parametrize("type_", BELONGINGS)
def test_what_belongs_to_an_act_follows_it_and_never_leads(house: House, type_: str) -> None:
    recorded(house)
    standing = house.standing()
    resource = house.found(type_)[0]
    answer = house.fhir("PUT", f"/{type_}/{resource['id']}", resource | {"status": "entered-in-error"})
    # What was not made is a correction, and says why; an exam is never taken back alone.
    told = (400, "not-supported") if type_ == "QuestionnaireResponse" else (422, "required")
    assert (answer.status_code, issues(answer)[0][0]) == told
    assert house.standing() == standing


def test_an_act_in_error_is_not_acknowledged(house: House) -> None:
    act = recorded(house)
    (task,) = house.found("Task")
    told(house, act)
    standing = house.standing()
    token = f"Bearer {house.composition.issuer.token('99900002017')}"
    answer = house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=token)
    assert (answer.status_code, issues(answer)) == (409, [("processing", "Task.status")])
    assert house.standing() == standing


def test_what_was_acknowledged_stays_so(house: House) -> None:
    act = recorded(house)
    (task,) = house.found("Task")
    token = f"Bearer {house.composition.issuer.token('99900002017')}"
    read = house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=token)
    assert read.status_code == 200
    assert told(house, act).status_code == 200
    assert house.fhir("GET", f"/Task/{task['id']}").json == read.json
    assert house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=token).json == read.json


def test_acknowledged_at_that_very_moment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    act = recorded(house)
    (task,) = house.found("Task")
    token = f"Bearer {house.composition.issuer.token('99900002017')}"
    commit, left = Store.commit, [1]

    def overtaken(store: Store, unit: Any) -> Any:
        if left and any(write.type == "Procedure" for write in unit.writes):
            left.clear()
            answer = house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=token)
            assert answer.status_code == 200
        return commit(store, unit)

    monkeypatch.setattr(Store, "commit", overtaken)
    assert told(house, act).status_code == 200
    (now,) = house.found("Task")
    assert (now["status"], states(house, act)) == ("completed", {State.CANCELLED})
    assert verify(house.store) == []


def test_what_the_act_rests_on_is_not_deleted_with_it(house: House) -> None:
    act = recorded(house)
    request = {"method": "PUT", "url": f"Procedure/{act['id']}"}
    entries = [
        {"request": {"method": "DELETE", "url": act["basedOn"][0]["reference"]}},
        {"request": request, "resource": act | {"status": "entered-in-error"}},
    ]
    standing = house.standing()
    answer = house.fhir("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": copy.deepcopy(entries)})
    assert answer.status_code in (409, 422), answer.text
    assert house.standing() == standing


def test_what_the_act_names_may_be_gone_by_then(house: House) -> None:
    """Not by the same request: what it writes leads somewhere."""
    practitioner = {key: value for key, value in house.found("Practitioner")[0].items() if key != "id"}
    number = [{"system": systems.RPPS, "value": "99900009994"}]
    named = house.fhir("POST", "/Practitioner", practitioner | {"identifier": number}).json
    bundle = act_bundle()
    bundle["entry"][0]["resource"]["asserter"] = {"reference": f"Practitioner/{named['id']}"}
    assert house.fhir("POST", "/", bundle).status_code == 200
    (act,) = house.found("Procedure")
    entries = [
        {"request": {"method": "DELETE", "url": f"Practitioner/{named['id']}"}},
        {
            "request": {"method": "PUT", "url": f"Procedure/{act['id']}"},
            "resource": act | {"status": "entered-in-error"},
        },
    ]
    standing = house.standing()
    both = house.fhir("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert (both.status_code, issues(both)) == (422, [("value", "Bundle.entry[1].resource.asserter.reference")])
    assert house.standing() == standing
    assert house.fhir("DELETE", f"/Practitioner/{named['id']}").status_code == 204
    assert told(house, act).status_code == 200
    assert_in_error(house, act)


def test_the_report_decides_the_chain(house: House) -> None:
    """What comes first in the transaction is of another structure."""
    act = recorded(house)
    structure = json.loads(json.dumps(house.found("Organization")[0]).replace("380999990", "380999994"))
    del structure["id"]
    made = house.fhir("POST", "/Organization", structure)
    assert made.status_code == 201, made.text
    other = made.json
    consent = {key: value for key, value in house.found("Consent")[0].items() if key != "id"}
    consent |= {
        "identifier": [{"system": f"{systems.IDENTIFIER}consent", "value": "CONS-OTHER"}],
        "organization": [{"reference": f"Organization/{other['id']}"}],
    }
    entries = [
        {"request": {"method": "POST", "url": "Consent"}, "resource": consent},
        {
            "request": {"method": "PUT", "url": f"Procedure/{act['id']}"},
            "resource": act | {"status": "entered-in-error"},
        },
    ]
    answer = house.fhir("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 200, answer.text
    assert_in_error(house, act)
    assert house.store.head(other["id"]).sequence == 0


def test_one_commit_has_one_chain(house: House) -> None:
    def of(*chains: str) -> str:
        return chain_of([], chains, house.composition.intake.knowledge())

    assert of() == of("") == COMMON_CHAIN
    assert of("a", "", "a") == "a"
    with pytest.raises(Refused):
        of("a", "b")


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("committed", [False, True])
def test_dies_around_the_commit(house: House, monkeypatch: pytest.MonkeyPatch, committed: bool) -> None:
    act = recorded(house)
    standing, commit, left = house.standing(), Store.commit, [1]

    def deadly(store: Store, unit: Any) -> Any:
        if left and any(write.type == "Procedure" for write in unit.writes):
            left.clear()
            if committed:
                commit(store, unit)
            raise Crash
        return commit(store, unit)

    monkeypatch.setattr(Store, "commit", deadly)
    body = act | {"status": "entered-in-error"}
    with pytest.raises(Crash):
        house.fhir("PUT", f"/Procedure/{act['id']}", body, Idempotency_Key="k-1")
    assert (house.standing() == standing) != committed
    again = house.fhir("PUT", f"/Procedure/{act['id']}", body, Idempotency_Key="k-1")
    assert (again.status_code, again.headers["ETag"]) == (200, 'W/"2"')
    assert_in_error(house, act)
    assert len(house.found(f"Provenance?target=Procedure/{act['id']}")) == 2
