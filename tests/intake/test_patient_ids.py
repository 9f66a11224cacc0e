"""Who a patient of the flat door is on record: found by number, under an id that leads to no number (decision 10)."""

import json
from collections.abc import Iterator
from uuid import UUID

from mappings.domain.identity import patient_id
from tests.house import House, Json

LOCAL = ("1.2.250.1.999.1.1.20260.2", "PAT-NEUF")
CONSENT: Json = {
    "identifier": "CONS-NEUF",
    "protocol": "pc-torsion-cheville",
    "patient": {
        "identity_status": "provisional",
        "local_identifier": dict(zip(("system", "value"), LOCAL, strict=True)),
        "birth_family": "TEST-CHARME",
        "birth_given": "PAUL",
        "gender": "male",
        "birth_date": "1991-02-03",
    },
    "decision": "given",
    "decided_at": "2026-11-19T11:00:00+01:00",
    "structure_finess": "380999990",
    "sharing": {"dmp": True, "patient_mailbox": False, "professional_mailbox": True},
}


def stored(house: House, named: list[str]) -> Iterator[Json]:
    for name in named:
        answer = house.fhir("GET", f"/{name}")
        assert answer.status_code == 200, answer.json
        yield answer.json


def test_a_patient_is_under_an_id_that_was_drawn(house: House) -> None:
    answer = house.post("consents", CONSENT)
    assert answer.status_code == 201, answer.json
    patient, *consents = stored(house, answer.json["resources"])
    assert (patient["resourceType"], UUID(patient["id"]).version) == ("Patient", 7)
    assert {one["patient"]["reference"] for one in consents} == {f"Patient/{patient['id']}"}
    assert patient_id(None, LOCAL) not in json.dumps([patient, *consents])


def test_the_same_number_is_the_same_patient(house: House) -> None:
    (first, *_) = house.post("consents", CONSENT).json["resources"]
    (again, *_) = house.post("consents", CONSENT | {"identifier": "CONS-NEUF-2"}).json["resources"]
    assert again == first


def test_a_patient_who_came_by_fhir_is_found_by_number(house: House) -> None:
    (name, *_) = house.post("consents", CONSENT).json["resources"]
    (known,) = stored(house, [name])
    told = {key: value for key, value in known.items() if key not in ("id", "meta")}
    told["identifier"] = [one | {"value": "PAT-PAR-FHIR"} for one in told["identifier"]]
    created = house.fhir("POST", "/Patient", told)
    assert created.status_code == 201, created.json
    person = CONSENT["patient"] | {"local_identifier": {"system": LOCAL[0], "value": "PAT-PAR-FHIR"}}
    answer = house.post("consents", CONSENT | {"identifier": "CONS-NEUF-2", "patient": person})
    assert answer.status_code == 201, answer.json
    assert answer.json["resources"][0].partition("/_history/")[0] == f"Patient/{created.json['id']}"
