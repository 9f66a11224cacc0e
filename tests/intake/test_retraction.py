"""An act entered in error: its status alone changes, and all that fell with it is in the same commit."""

import copy
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.validation import validated
from mappings.issues import Refused
from service.intake.retraction import Retracted, chain_of
from service.ledger.verify import verify
from service.outbox.envelope import State
from service.store import Store
from tests.house import House, Json, act_bundle, act_record, issues

_BELONGINGS = ("QuestionnaireResponse", "Observation", "ServiceRequest")
_IN_ERROR = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]


def recorded(house: House, identifier: str = "ACTE-0001", **changes: Any) -> Json:
    """An act on record, as stored."""
    answer = house.post("acts", act_record(identifier=identifier, **changes))
    assert answer.status_code == 201, answer.json
    act: Json = house.fhir("GET", f"/{answer.json['act']}").json
    return act


def told(house: House, act: Json, version: int = 1, **changes: Any) -> Any:
    """The act sent again, in error."""
    body = {**act, "status": "entered-in-error", **changes}
    return house.fhir("PUT", f"/Procedure/{act['id']}", body, If_Match=f'W/"{version}"')


def states(house: House, act: Json) -> set[State]:
    return {one.state for one in house.store.envelopes_of(f"Procedure/{act['id']}/_history/1")}


def assert_in_error(house: House, act: Json) -> None:
    """All of it, once, and proved."""
    for type_, param in (("Procedure", "_id"), *((one, "part-of") for one in _BELONGINGS[:2])):
        found = house.found(f"{type_}?{param}={act['id'] if param == '_id' else 'Procedure/' + act['id']}")
        assert {(one["status"], one["meta"]["versionId"]) for one in found} == {("entered-in-error", "2")}, type_
    for task in house.found(f"Task?focus=Procedure/{act['id']}"):
        assert (task["status"], task["statusReason"]["text"]) == ("cancelled", "Acte annulé : saisi par erreur.")
    assert states(house, act) == {State.CANCELLED}
    assert verify(house.store) == []


def test_all_that_falls_with_an_act_is_one_commit(house: House) -> None:
    act = recorded(house)
    other = recorded(house, "ACTE-0002")
    before = house.standing()
    house.clock.pass_(seconds=5)
    answer = told(house, act)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"'), answer.text
    assert answer.json == act | {"status": "entered-in-error", "meta": answer.json["meta"]}
    assert answer.json["meta"]["security"] == act["meta"]["security"]
    assert_in_error(house, act)
    prescribed = house.found(f"ServiceRequest?supporting-info=Procedure/{act['id']}")
    assert [one["status"] for one in prescribed] == ["entered-in-error"] * 2
    after = house.standing()
    added = {type_: after["resources"][type_] - before["resources"][type_] for type_ in after["resources"]}
    assert {type_: n for type_, n in added.items() if n} == {"Provenance": 1, "AuditEvent": 1}
    # The new versions, the proof, the event and three cancellations: one unit of the structure's chain.
    (chain,) = (one for one in before["chains"] if before["chains"][one] != after["chains"][one])
    links = list(house.store.links(chain, before["chains"][chain].sequence + 1))
    written = [one.reference.split("/")[0] for one in links]
    assert sorted(written) == [
        "AuditEvent", "Observation", "Procedure", "Provenance", "QuestionnaireResponse",
        "ServiceRequest", "ServiceRequest", "Task", "attempt", "attempt", "attempt",
    ]  # fmt: skip
    assert {one.recorded for one in links} == {house.clock()}
    # The act beside it is as it was.
    assert house.fhir("GET", f"/Procedure/{other['id']}").json == other
    assert states(house, other) == {State.QUEUED}


def test_the_proof_and_the_event_say_who(house: House) -> None:
    by_software, by_delegatee, by_delegator, by_another = (recorded(house, f"ACTE-000{n}") for n in range(1, 5))
    performer = by_software["performer"][0]
    delegator = by_software["extension"][0]["valueReference"]
    rows: list[tuple[Json, str, Json]] = [
        (by_software, "", {"who": performer["onBehalfOf"]}),
        (by_delegatee, "99900001019", {"who": performer["actor"], "onBehalfOf": delegator}),
        (by_delegator, "99900002017", {"who": delegator}),
        (by_another, "99900002025", {"who": {"identifier": {"system": systems.RPPS, "value": "99900002025"}}}),
    ]
    for act, rpps, expected in rows:
        token = {"Authorization": f"Bearer {house.composition.issuer.token(rpps)}"} if rpps else {}
        answer = house.fhir("PATCH", f"/Procedure/{act['id']}", fhirpath_patch(), **token)
        assert answer.status_code == 200, answer.text
        version = f"Procedure/{act['id']}/_history/2"
        (proof,) = (
            one
            for one in house.found(f"Provenance?target=Procedure/{act['id']}")
            if one["target"][0]["reference"] == version
        )
        assert proof["activity"]["coding"][0] == {"system": systems.DATA_OPERATION, "code": "NULLIFY"}
        assert proof["entity"] == [{"role": "revision", "what": {"reference": f"Procedure/{act['id']}/_history/1"}}]
        assert [one["reference"].split("/")[0] for one in proof["target"][1:]] == [
            "QuestionnaireResponse", "Observation", "ServiceRequest", "ServiceRequest"
        ]  # fmt: skip
        enterer = proof["agent"][0]
        assert enterer["type"]["coding"][0]["code"] == "enterer"
        assert {key: enterer[key] for key in ("who", "onBehalfOf") if key in enterer} == expected
        (link,) = (
            one for chain in house.store.chains() for one in house.store.links(chain) if one.reference == version
        )
        assert proof["extension"][0]["extension"][0]["valuePositiveInt"] == link.sequence
        (event,) = (one for one in house.found(f"AuditEvent?entity=Procedure/{act['id']}") if one["action"] == "U")
        assert event["subtype"][0]["code"] == "act-entered-in-error"
        assert event["agent"][0]["who"] == expected["who"]
        assert event["entity"][0]["what"]["reference"] == version
        for resource in (proof, event, *house.found(f"Task?focus=Procedure/{act['id']}")):
            assert [issue for issue in validated(resource) if issue.severity == "error"] == []


def fhirpath_patch() -> Json:
    return {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Procedure.status"},
                    {"name": "value", "valueCode": "entered-in-error"},
                ],
            }
        ],
    }


def _json_patch(house: House, act: Json) -> Any:
    return house.app.test_client().patch(
        f"/fhir/Procedure/{act['id']}",
        json=_IN_ERROR,
        content_type="application/json-patch+json",
        headers={"If-Match": 'W/"1"'},
    )


def _by_identifier(house: House, act: Json) -> Any:
    body = {key: value for key, value in act.items() if key != "id"} | {"status": "entered-in-error"}
    return house.fhir("PUT", f"/Procedure?identifier={act['identifier'][0]['value']}", body)


def _in_a_transaction(house: House, act: Json) -> Any:
    request = {"method": "PUT", "url": f"Procedure/{act['id']}", "ifMatch": 'W/"1"'}
    entry = {"request": request, "resource": act | {"status": "entered-in-error"}}
    return house.fhir("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})


def _in_a_batch(house: House, act: Json) -> Any:
    request = {"method": "PATCH", "url": f"Procedure/{act['id']}"}
    entry = {"request": request, "resource": fhirpath_patch()}
    return house.fhir("POST", "/", {"resourceType": "Bundle", "type": "batch", "entry": [entry]})


@pytest.mark.parametrize("way", [told, _json_patch, _by_identifier, _in_a_transaction, _in_a_batch])
def test_every_way_to_tell_it(house: House, way: Callable[[House, Json], Any]) -> None:
    act = recorded(house)
    answer = way(house, act)
    assert answer.status_code == 200, answer.text
    if answer.json["resourceType"] == "Bundle":
        assert [entry["response"]["status"] for entry in answer.json["entry"]] == ["200 OK"]
    assert_in_error(house, act)


def test_an_act_not_done_may_be_in_error_too(house: House) -> None:
    act = recorded(house, status="not-done", status_reason="worsening", prescriptions=[])
    assert {task["status"] for task in house.found("Task")} == {"requested"}
    assert told(house, act).status_code == 200
    assert_in_error(house, act)
    assert len(house.found("Task")) == 2


def test_why_may_be_told(house: House) -> None:
    act = recorded(house)
    note = [*act["note"], {"text": "Saisi pour un autre patient."}]
    answer = told(house, act, note=note, statusReason={"text": "Erreur de patient"})
    assert answer.status_code == 200, answer.text
    assert (answer.json["note"], answer.json["statusReason"]["text"]) == (note, "Erreur de patient")
    assert_in_error(house, act)


def test_meta_is_the_servers(house: House) -> None:
    act = recorded(house)
    answer = told(house, act, meta={"tag": [{"system": "urn:x", "code": "y"}]})
    assert answer.status_code == 200
    assert answer.json["meta"]["profile"] == act["meta"]["profile"]
    assert "tag" not in answer.json["meta"]


def test_the_same_again_is_done_once(house: House) -> None:
    act = recorded(house)
    body = act | {"status": "entered-in-error"}
    first = house.fhir("PUT", f"/Procedure/{act['id']}", body, If_Match='W/"1"', Idempotency_Key="k-1")
    standing = house.standing()
    again = house.fhir("PUT", f"/Procedure/{act['id']}", body, If_Match='W/"1"', Idempotency_Key="k-1")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert (again.json, again.headers["ETag"]) == (first.json, first.headers["ETag"])
    # Without a key, as any other update: the version seen is no longer the one in force, or nothing is to be changed.
    assert told(house, act).status_code == 412
    unchanged = house.fhir("PUT", f"/Procedure/{act['id']}", body)
    assert (unchanged.status_code, unchanged.headers["ETag"]) == (200, 'W/"2"')
    assert house.fhir("PATCH", f"/Procedure/{act['id']}", fhirpath_patch()).status_code == 200
    assert house.standing() == standing


def test_two_at_once_have_one_effect(house: House) -> None:
    act = recorded(house)
    body, answers = act | {"status": "entered-in-error"}, []
    gate = threading.Barrier(4)

    def tell() -> None:
        gate.wait()
        answers.append(house.fhir("PUT", f"/Procedure/{act['id']}", body).status_code)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert_in_error(house, act)
    assert len(house.found(f"Provenance?target=Procedure/{act['id']}")) == 2


def test_its_identifier_stays_its_own(house: House) -> None:
    """What was recorded in error is not recorded again under the same name: a new act has a new one."""
    record = act_record()
    first = house.post("acts", record)
    act = house.fhir("GET", f"/{first.json['act']}").json
    told(house, act)
    standing = house.standing()
    again = house.post("acts", record)
    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json) == (200, "true", first.json)
    other = house.post("acts", act_record(conclusion="Autre conclusion."))
    assert (other.status_code, issues(other)[0][0]) == (409, "duplicate")
    assert house.standing() == standing
    assert house.post("acts", act_record(identifier="ACTE-0001-B")).status_code == 201


def test_one_act_replaces_another_in_one_transaction(house: House) -> None:
    act = recorded(house)
    bundle = act_bundle("ACTE-0002")
    request = {"method": "PUT", "url": f"Procedure/{act['id']}"}
    bundle["entry"].append({"request": request, "resource": act | {"status": "entered-in-error"}})
    answer = house.fhir("POST", "/", bundle)
    assert answer.status_code == 200, answer.text
    assert_in_error(house, act)
    (new,) = house.found("Procedure?identifier=ACTE-0002")
    assert (new["status"], states(house, new)) == ("completed", {State.QUEUED})
    for version in (f"Procedure/{act['id']}/_history/2", f"Procedure/{new['id']}/_history/1"):
        (link,) = (
            one for chain in house.store.chains() for one in house.store.links(chain) if one.reference == version
        )
        (proof,) = (
            one
            for one in house.found(f"Provenance?target={version.partition('/_history')[0]}")
            if one["target"][0]["reference"] == version
        )
        assert proof["extension"][0]["extension"][0]["valuePositiveInt"] == link.sequence


def test_it_is_seen_everywhere(house: House) -> None:
    act = recorded(house)
    told(house, act)
    assert [one["id"] for one in house.found("Procedure?status=entered-in-error")] == [act["id"]]
    assert house.found("Procedure?status=completed") == []
    assert house.found("Task?status=requested") == []
    first = house.fhir("GET", f"/Procedure/{act['id']}/_history/1").json
    assert first == act
    everything = house.found(f"{act['subject']['reference']}/$everything?_count=200")
    assert {one["status"] for one in everything if one["resourceType"] in ("Procedure", *_BELONGINGS)} == {
        "entered-in-error"
    }
    trace = house.fhir("GET", f"/Procedure/{act['id']}/$trace").json["entry"]
    for type_, status in (("Procedure", "completed"), ("QuestionnaireResponse", "completed"), ("Observation", "final")):
        versions = [
            (one["resource"]["meta"]["versionId"], one["resource"]["status"])
            for one in trace
            if one["resource"]["resourceType"] == type_
        ]
        assert versions == [("1", status), ("2", "entered-in-error")], type_
    sent = [one["resource"] for one in trace if one["resource"]["resourceType"] == "AuditEvent"]
    assert [one["outcomeDesc"] for one in sent if "outcomeDesc" in one] == [
        "L’acte a été saisi par erreur : l’envoi est annulé."
    ] * 3


# ── what is refused, and leaves nothing ──


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


@pytest.mark.parametrize("status", ["not-done", "in-progress", "stopped", "unknown", "completed"])
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


@pytest.mark.parametrize("type_", _BELONGINGS)
def test_what_belongs_to_an_act_follows_it_and_never_leads(house: House, type_: str) -> None:
    recorded(house)
    standing = house.standing()
    resource = house.found(type_)[0]
    answer = house.fhir("PUT", f"/{type_}/{resource['id']}", resource | {"status": "entered-in-error"})
    assert (answer.status_code, issues(answer)[0][0]) == (400, "not-supported")
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


def test_one_commit_has_one_chain() -> None:
    def of(chain: str) -> Retracted:
        return Retracted(chain=chain, writes=(), settlements=(), stands_on=())

    assert chain_of([]) == chain_of([of("")]) == ""
    assert chain_of([of("a"), of(""), of("a")]) == "a"
    with pytest.raises(Refused):
        chain_of([of("a"), of("b")])


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
