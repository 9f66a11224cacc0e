"""Story one, whole: an accepted act brings everything into being, through either door, and is found at once."""

import base64
import copy
import hashlib
import json
from typing import Any

from mappings.codes import systems
from service.ledger.chain import link
from service.ledger.verify import verify
from tests.house import House, Json, act_bundle, act_record, team_records

_RPPS = systems.RPPS
_ACT = f"{systems.IDENTIFIER}act"
#: What an act is made of and what comes of it.
_TYPES = ("Procedure", "QuestionnaireResponse", "Observation", "ServiceRequest", "Task", "Provenance", "AuditEvent")
_CHAIN = systems.EXT_CHAIN

#: Each finds the ordinary act, or what came of it, and nothing else.
QUERIES = [
    f"Procedure?identifier={_ACT}|ACTE-0001",
    "Procedure?identifier=ACTE-0001",
    "Procedure?date=2026-11-20",
    "Procedure?date=ge2026-11-20&date=lt2026-11-21",
    f"Procedure?delegator:identifier={_RPPS}|99900002017",
    f"Procedure?protocol={systems.PLAN_DEFINITION}pc-torsion-cheville",
    f"Procedure?instantiates-canonical={systems.PLAN_DEFINITION}pc-torsion-cheville|2026.1",
    "Procedure?derogatory=true",
    f"Task?owner:identifier={_RPPS}|99900002017&status=requested,received",
    "Task?code=acknowledge&_sort=authored-on",
    f"ServiceRequest?delegator:identifier={_RPPS}|99900002017",
    "Observation?code=http://loinc.org|72514-3",
]


def simple(identifier: str = "ACTE-0001", **exam: Any) -> Json:
    """The flat twin of ``act_bundle``."""
    return act_record(
        identifier=identifier,
        exam={"ottawa-malleoles": False, "douleur": 4} | exam,
        prescriptions=[{"activity": "torsion-attelle"}],
        conclusion="Entorse de la cheville ; attelle amovible.",
    )


def written(house: House) -> list[Json]:
    """Every resource of an act, ids replaced by their order, what is the chain's own left out."""
    found = [resource for type_ in _TYPES for resource in house.found(f"{type_}?_count=100")]
    names = {resource["id"]: f"{resource['resourceType']}-{n}" for n, resource in enumerate(found)}
    return [_renamed(_without_proof(resource), names) for resource in found]


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _renamed(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if isinstance(node, str):
        for id_, name in names.items():
            node = node.replace(id_, name)
    return node


def _without_proof(resource: Json) -> Json:
    kept = [e for e in resource.get("extension", ()) if e["url"] != _CHAIN]
    return {**resource, "extension": kept}


def test_both_doors_give_the_same_resources(house: House, tmp_path: Any) -> None:
    from service.store import open_store

    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}", test=True)
    twin = House(other, tmp_path)
    try:
        assert house.post("acts", simple()).status_code == 201
        answer = twin.fhir("POST", "/", act_bundle())
        assert (answer.status_code, {e["response"]["status"] for e in answer.json["entry"]}) == (200, {"201 Created"})
        by_record, by_fhir = written(house), written(twin)
        assert [r["resourceType"] for r in by_record] == [
            "Procedure", "QuestionnaireResponse", "Observation", "ServiceRequest", "Task", "Provenance", "AuditEvent"
        ]  # fmt: skip
        assert by_record == by_fhir
        assert house.store.backlog() == twin.store.backlog()
    finally:
        other.close()


def test_what_an_act_brings_into_being(house: House) -> None:
    before = house.standing()
    told = house.post("acts", simple()).json
    after = house.standing()
    added = {type_: after["resources"][type_] - before["resources"][type_] for type_ in after["resources"]}
    assert {type_: n for type_, n in added.items() if n} == {
        "Procedure": 1,
        "Task": 1,
        "Provenance": 1,
        "AuditEvent": 1,
    }
    assert after["outbox"] == {
        ("dmp", "queued"): 1,
        ("mssante-professional", "queued"): 1,
        ("mssante-patient", "queued"): 1,
    }
    (task,) = house.found("Task?code=acknowledge")
    assert (task["status"], task["focus"]["reference"]) == ("requested", told["act"])
    assert task["restriction"]["period"]["end"].startswith("2026-11-27")
    assert verify(house.store) == []


def test_the_provenance_shows_the_stored_link_of_the_act(house: House) -> None:
    told = house.post("acts", simple()).json
    _assert_shows_its_link(house, f"{told['act']}/_history/1")


def test_each_provenance_of_a_transaction_shows_the_link_of_its_own_act(house: House) -> None:
    first = act_bundle()
    second = json.loads(json.dumps(act_bundle("ACTE-0002")).replace("urn:uuid:0", "urn:uuid:1"))
    # The acts come last: what belongs to them may be told before them.
    first["entry"] = list(reversed(first["entry"] + second["entry"]))
    assert house.fhir("POST", "/", first).status_code == 200
    acts = [f"Procedure/{procedure['id']}/_history/1" for procedure in house.found("Procedure")]
    assert len(acts) == 2
    for act in acts:
        _assert_shows_its_link(house, act)


def _assert_shows_its_link(house: House, reference: str) -> None:
    (provenance,) = house.found(f"Provenance?target={reference.partition('/_history/')[0]}")
    assert provenance["target"] == [{"reference": reference}]
    shown = {e["url"]: next(v for k, v in e.items() if k != "url") for e in _chain(provenance)}
    (stored,) = (
        one for chain in house.store.chains() for one in house.store.links(chain) if one.reference == reference
    )
    assert shown == {
        "sequence": stored.sequence,
        "previous": base64.b64encode(stored.previous).decode(),
        "content": base64.b64encode(stored.content).decode(),
        "digest": base64.b64encode(stored.digest).decode(),
    }
    body = house.store.read("Procedure", reference.split("/")[1], 1)
    assert body is not None
    again = link(stored.sequence, stored.previous, reference, hashlib.sha256(body.body).digest(), stored.recorded)
    assert again.digest == base64.b64decode(shown["digest"])


def _chain(provenance: Json) -> list[Json]:
    (chain,) = (e for e in provenance["extension"] if e["url"] == _CHAIN)
    inner: list[Json] = chain["extension"]
    return inner


def test_the_proof_names_the_versions_it_rested_on(house: House) -> None:
    consent = {**team_records("consents")[0], "informed_at": "2026-11-16T08:59:00+01:00"}
    assert house.post("consents", consent).status_code == 201
    told = house.post("acts", simple()).json
    (provenance,) = house.found(f"Provenance?target={told['act']}")
    sources = [entity["what"]["reference"] for entity in provenance["entity"]]
    assert [source.split("/")[0] for source in sources] == [
        "Consent", "CarePlan", "CareTeam", "PractitionerRole", "PractitionerRole", "Practitioner", "Practitioner",
        "Organization", "Patient",
    ]  # fmt: skip
    for source in sources:
        type_, id_, _, version = source.split("/")
        current = house.store.read(type_, id_)
        assert current is not None
        assert current.version == int(version)
    assert sources[0].endswith("/_history/2")


def test_the_act_is_found_by_the_next_request(house: House) -> None:
    assert {query: len(house.found(query)) for query in QUERIES} == dict.fromkeys(QUERIES, 0)
    assert house.post("acts", simple()).status_code == 201
    assert {query: len(house.found(query)) for query in QUERIES} == dict.fromkeys(QUERIES, 1)


def test_the_act_is_found_by_its_patient_and_day_and_by_nobody_elses(house: House) -> None:
    told = house.post("acts", simple()).json
    subject = house.fhir("GET", f"/{told['act']}").json["subject"]["reference"]
    assert [r["id"] for r in house.found(f"Procedure?subject={subject}&date=2026-11-20")] == [told["act"].split("/")[1]]
    for query in (
        f"Procedure?subject={subject}&date=2026-11-19",
        "Procedure?subject=Patient/someone-else",
        f"Procedure?delegator:identifier={_RPPS}|99900002025",
        f"Procedure?instantiates-canonical={systems.PLAN_DEFINITION}pc-torsion-cheville|2027.1",
        f"Task?owner:identifier={_RPPS}|99900002025",
    ):
        assert house.found(query) == [], query


def test_a_choice_of_sharing_withholds(house: House) -> None:
    noah = act_record(
        identifier="ACTE-0002", inclusion="INCL-0002", delegatee_rpps="99900001027", delegator_rpps="99900002025"
    )
    told = house.post("acts", noah).json
    assert [d["destination"] for d in told["deliveries"]] == ["dmp", "mssante-professional"]
    assert told["withheld"] == [
        {"destination": "mssante-patient", "reason": "Le patient s’oppose à l’envoi dans sa messagerie."}
    ]


def test_a_reorientation_is_an_act_with_two_duties(house: House) -> None:
    record = act_record(status="not-done", status_reason="exclusion-other", exam={"plaie": True}, prescriptions=[])
    told = house.post("acts", record)
    assert told.status_code == 201
    assert len(told.json["tasks"]) == 2
    (task,) = house.found("Task?code=reorient")
    assert (task["priority"], task["reasonCode"]["coding"][0]["code"]) == ("urgent", "exclusion-other")


def test_what_was_stored_is_what_came(house: House) -> None:
    """Bytes the client wrote come back as they were but for the elements that are the server's."""
    bundle = act_bundle()
    sent = copy.deepcopy(bundle["entry"][1]["resource"])
    house.fhir("POST", "/", bundle)
    (stored,) = house.found("QuestionnaireResponse")
    assert stored["item"] == sent["item"]
    assert stored["meta"]["security"] == sent["meta"]["security"]
