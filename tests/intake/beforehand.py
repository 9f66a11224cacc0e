"""An act told one resource after the other: its exam first, which names it by its number; and all that is then on record."""

import copy
import dataclasses
import json
from typing import Any

from mappings.codes import systems
from mappings.fhir.bundle import rewritten
from service.evidence import evidence_of, report_from
from service.records import routes
from tests.house import House, Json, act_record

ACT = f"{systems.IDENTIFIER}act"
#: What is the exam's, and may be on record before the act; a prescription may not.
EXAM = ("QuestionnaireResponse", "Observation")
#: What comes of an act, and the parameter that finds it.
AROUND = (
    ("QuestionnaireResponse", "part-of"), ("Observation", "part-of"), ("ServiceRequest", "supporting-info"),
    ("Task", "focus"), ("Provenance", "target"), ("AuditEvent", "entity"),
)  # fmt: skip


def resources(house: House, record: Json) -> list[Json]:
    """What a FHIR client would send of the act, the Procedure first, under names of its own."""
    with house.app.test_request_context():
        entries = routes._entries_of_act(copy.deepcopy(record))
    names = {f"{one.type}/{one.resource['id']}": f"urn:uuid:{one.resource['id']}" for one in entries}
    told = [rewritten(one.resource, names) for one in entries]
    return [json.loads(json.dumps(one, default=float)) for one in told]


def bundle(told: list[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{one['id']}",
                "resource": {key: value for key, value in one.items() if key != "id"},
                "request": {"method": "POST", "url": one["resourceType"]},
            }
            for one in told
        ],
    }


def awaiting(told: list[Json]) -> list[Json]:
    """The exam as it is told before the act: it names the act by its number, and the inclusion of both."""
    procedure = told[0]
    part = {"type": "Procedure", "identifier": procedure["identifier"][0]}
    return [
        {key: value for key, value in one.items() if key != "id"} | {"partOf": [part], "basedOn": procedure["basedOn"]}
        for one in told
        if one["resourceType"] in EXAM
    ]


def one_by_one(house: House, told: list[Json]) -> Any:
    for one in awaiting(told):
        answer = house.fhir("POST", f"/{one['resourceType']}", one)
        assert answer.status_code == 201, answer.json
    rest = [one for one in told if one["resourceType"] not in EXAM]
    if len(rest) > 1:
        return house.fhir("POST", "/", bundle(rest))
    return house.fhir("POST", "/Procedure", {key: value for key, value in told[0].items() if key != "id"})


def act_of(house: House, identifier: str) -> list[Json]:
    return house.found(f"Procedure?identifier={ACT}|{identifier}")


def belonging(house: House, type_: str, identifier: str) -> list[Json]:
    (act,) = act_of(house, identifier)
    return house.found(f"{type_}?part-of=Procedure/{act['id']}")


def simple(house: House, identifier: str = "ACTE-SEUL") -> list[Json]:
    return resources(house, act_record(identifier=identifier, prescriptions=[]))


def lone(house: House, type_: str, told: list[Json], **changes: Any) -> Any:
    one = next(each for each in awaiting(told) if each["resourceType"] == type_)
    return house.fhir("POST", f"/{type_}", {k: v for k, v in (one | changes).items() if v is not None})


def create(house: House, told: list[Json]) -> Any:
    return house.fhir("POST", "/Procedure", {key: value for key, value in told[0].items() if key != "id"})


def whole(house: House, identifier: str) -> tuple[list[str], list[Any]]:
    """All that is on record of the act, and its report, without what tells when and under which ids."""
    (act,) = act_of(house, identifier)
    found = [act, *(one for type_, by in AROUND for one in house.found(f"{type_}?{by}=Procedure/{act['id']}"))]
    names = {one["id"]: f"{one['resourceType']}-{n}" for n, one in enumerate(found)}
    envelopes = house.store.envelopes_of(f"Procedure/{act['id']}/_history/1")
    document = house.store.document(envelopes[0].document_id) if envelopes else None
    sent = sorted((one.destination, one.state, one.recipient, one.purpose) for one in envelopes)
    report = ""
    if document is not None:
        read = report_from(evidence_of(house.store, act["id"]), house.composition.catalogue, document)
        report = repr(dataclasses.replace(read, unique_id="", set_id=""))
    sources = [
        one["what"]["reference"]
        for proof in found
        if proof["resourceType"] == "Provenance"
        for one in proof["entity"]
        if one["what"]["reference"].split("/")[0] in EXAM
    ]
    return sources, [renamed([bare(one) for one in found], names), sent, renamed(report, names)]


def bare(resource: Json) -> Json:
    kept = {key: value for key, value in resource.items() if key not in ("meta", "text")}
    kept["meta"] = {key: value for key, value in resource["meta"].items() if key not in ("versionId", "lastUpdated")}
    kept["extension"] = [one for one in resource.get("extension", ()) if one["url"] != systems.EXT_CHAIN]
    if resource["resourceType"] in EXAM:
        kept["partOf"] = [{"reference": one["reference"]} for one in resource["partOf"]]
    if resource["resourceType"] == "Observation":
        kept.pop("basedOn", None)
    if resource["resourceType"] == "Provenance":
        kept["entity"] = [one for one in resource["entity"] if one["what"]["reference"].split("/")[0] not in EXAM]
    return kept


def renamed(node: Any, names: dict[str, str]) -> Any:
    text = json.dumps(node)
    for id_, name in names.items():
        text = text.replace(id_, name)
    return json.loads(text)
