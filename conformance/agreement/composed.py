"""Mistakes of composition, written by hand: identifiers, claims, extensions, contained resources, Bundles."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from conformance.agreement.material import MATERIAL
from conformance.agreement.written import OBSERVATION, PATIENT, PROCEDURE, TASK
from mappings.codes import systems
from mappings.elements import Json

_ELSEWHERE: Final = "http://example.org/StructureDefinition/x"
_UUIDS: Final = tuple(f"urn:uuid:6a1c3f2e-9d1b-4c7a-8a3e-1f2b3c4d5e6{digit}" for digit in range(4))

IDS: Final[Mapping[str, Json]] = {
    "held": PATIENT | {"id": "a.B-9"},
    "of 64": PATIENT | {"id": "a" * 64},
    "of 65": PATIENT | {"id": "a" * 65},
    "with an underscore": PATIENT | {"id": "a_b"},
    "with a space": PATIENT | {"id": "a b"},
    "empty": PATIENT | {"id": ""},
    "number": PATIENT | {"id": 1},
    "with an accent": PATIENT | {"id": "é"},
    "of an element, with a space": PATIENT | {"name": [{"id": "a b", "family": "X"}]},
    "of an element and of the resource": PATIENT | {"id": "a", "name": [{"id": "a", "family": "X"}]},
    "of an element and of what is contained": PROCEDURE
    | {
        "contained": [PATIENT | {"id": "p", "name": [{"id": "a", "family": "X"}]}],
        "subject": {"id": "a", "reference": "#p"},
    },
    "of an element and beside a primitive": PATIENT
    | {"name": [{"id": "a", "family": "X"}], "birthDate": "2026", "_birthDate": {"id": "a"}},
    "of an element twice": PATIENT | {"name": [{"id": "a", "family": "X"}, {"id": "a", "family": "Y"}]},
    "version with a slash": PATIENT | {"meta": {"versionId": "1/2"}},
    "date of change without a zone": PATIENT | {"meta": {"lastUpdated": "2026-11-20T10:05:00"}},
}


def claiming(*profiles: Any) -> Json:
    return MATERIAL["procedure"] | {"meta": {"profile": list(profiles)}}


_OF_PROCEDURES: Final = f"{systems.PROFILE}binome-delegated-procedure"
CLAIMS: Final[Mapping[str, Json]] = {
    "nobody knows": claiming(_ELSEWHERE),
    "nobody knows, beside ours": claiming(_OF_PROCEDURES, _ELSEWHERE),
    "of another type": claiming(f"{systems.PROFILE}binome-patient"),
    "extension": claiming(systems.EXT_DEROGATORY),
    "name of a type": claiming("http://hl7.org/fhir/StructureDefinition/Procedure"),
    "name of another type": claiming("http://hl7.org/fhir/StructureDefinition/Patient"),
    "name of all types": claiming("http://hl7.org/fhir/StructureDefinition/DomainResource"),
    "name of a profile of R4": claiming("http://hl7.org/fhir/StructureDefinition/vitalsigns"),
    "its version": claiming(f"{_OF_PROCEDURES}|0.1.0"),
    "no address": claiming("profil de l’acte"),
    "relative": claiming("StructureDefinition/binome-delegated-procedure"),
    "number": claiming(1),
    "text and not an array": MATERIAL["procedure"] | {"meta": {"profile": _OF_PROCEDURES}},
    "twice": claiming(_OF_PROCEDURES, _OF_PROCEDURES),
    "of a bare resource": PROCEDURE | {"meta": {"profile": [_OF_PROCEDURES]}},
}


def extended(*extensions: Json, good: Json = PROCEDURE) -> Json:
    return good | {"extension": list(extensions)}


EXTENSIONS: Final[Mapping[str, Json]] = {
    "of others": extended({"url": _ELSEWHERE, "valueString": "x"}),
    "of others, to be understood": PROCEDURE | {"modifierExtension": [{"url": _ELSEWHERE, "valueString": "x"}]},
    "without an address": extended({"valueString": "x"}),
    "with a relative address": extended({"url": "x", "valueString": "x"}),
    "value and extensions": extended({"url": _ELSEWHERE, "valueCode": "a", "extension": [{"url": "b", "valueCode": "c"}]}),
    "two values": extended({"url": _ELSEWHERE, "valueCode": "a", "valueString": "b"}),
    "type that R4 lacks": extended({"url": _ELSEWHERE, "valueRatioRange": {"denominator": {"value": 1}}}),
    "address alone": extended({"url": _ELSEWHERE}),
    "of ours, held": extended({"url": systems.EXT_DEROGATORY, "valueBoolean": True}),
    "of ours, other type": extended({"url": systems.EXT_DEROGATORY, "valueString": "true"}),
    "of ours, nothing": extended({"url": systems.EXT_DEROGATORY}),
    "of ours, on another resource": extended({"url": systems.EXT_DEROGATORY, "valueBoolean": True}, good=PATIENT),
    "of ours, on a Task": extended({"url": f"{systems.PROFILE}countersignature", "valueBoolean": True}, good=TASK),
    "of ours, on an element": PROCEDURE
    | {"performer": [{"actor": {"display": "x"}, "extension": [{"url": systems.EXT_DEROGATORY, "valueBoolean": True}]}]},
    "of ours, on a datatype": PROCEDURE
    | {"code": {"text": "x", "extension": [{"url": systems.EXT_DEROGATORY, "valueBoolean": True}]}},
    "of ours, on a primitive": PROCEDURE
    | {"_status": {"extension": [{"url": systems.EXT_DEROGATORY, "valueBoolean": True}]}},
    "of ours, twice": extended(*({"url": systems.EXT_DEROGATORY, "valueBoolean": True} for _ in range(2))),
    "of ours, to be understood": PROCEDURE
    | {"modifierExtension": [{"url": systems.EXT_DEROGATORY, "valueBoolean": True}]},
    "of ours, in another": extended(
        {"url": _ELSEWHERE, "extension": [{"url": systems.EXT_DEROGATORY, "valueBoolean": True}]}
    ),
    "of others, on a datatype, with a relative address": PROCEDURE | {"code": {"text": "x", "extension": [{"url": "x", "valueCode": "a"}]}},
    "of ours, to another type": extended(
        {"url": systems.EXT_DELEGATOR, "valueReference": {"reference": "Patient/a", "identifier": {"value": "1"}}}
    ),
    "of ours, without an identifier": extended(
        {"url": systems.EXT_DELEGATOR, "valueReference": {"reference": "PractitionerRole/a"}}
    ),
    "of ours, a part unknown": extended(
        {"url": systems.EXT_TRAINING, "extension": [{"url": "duree", "valueString": "x"}]},
        good={"resourceType": "PractitionerRole"},
    ),
    "of ours, a value for parts": extended(
        {"url": systems.EXT_TRAINING, "valueString": "x"}, good={"resourceType": "PractitionerRole"}
    ),
    "of ours, code unknown": extended(
        {"url": systems.EXT_ENROLMENT_STATUS, "valueCode": "autre"}, good={"resourceType": "PractitionerRole"}
    ),
}  # fmt: skip

_PATIENT: Final = PATIENT | {"id": "p"}
_TO_IT: Final = {"subject": {"reference": "#p"}}
CONTAINED: Final[Mapping[str, Json]] = {
    "held": PROCEDURE | {"contained": [_PATIENT], **_TO_IT},
    "referred to by nothing": PROCEDURE | {"contained": [_PATIENT]},
    "without an id": PROCEDURE | {"contained": [PATIENT], **_TO_IT},
    "twice the same id": PROCEDURE | {"contained": [_PATIENT, _PATIENT], **_TO_IT},
    "in a contained": PROCEDURE | {"contained": [_PATIENT | {"contained": [_PATIENT | {"id": "q"}]}], **_TO_IT},
    "with a version": PROCEDURE | {"contained": [_PATIENT | {"meta": {"versionId": "1"}}], **_TO_IT},
    "with a label": PROCEDURE | {"contained": [_PATIENT | {"meta": {"security": [{"code": "R"}]}}], **_TO_IT},
    "of a wrong type": PROCEDURE
    | {"contained": [{"resourceType": "Basic", "id": "p", "code": {"text": "x"}}], **_TO_IT},
    "without its type": PROCEDURE | {"contained": [{"id": "p"}], **_TO_IT},
    "of no type": PROCEDURE | {"contained": [{"resourceType": "Malade", "id": "p"}], **_TO_IT},
    "id with a sharp": PROCEDURE | {"contained": [PATIENT | {"id": "#p"}], **_TO_IT},
    "absent": PROCEDURE | _TO_IT,
    "spoilt": PROCEDURE | {"contained": [_PATIENT | {"gender": "femme"}], **_TO_IT},
    "not a resource": PROCEDURE | {"contained": ["p"], **_TO_IT},
    "outside its array": PROCEDURE | {"contained": _PATIENT, **_TO_IT},
    "refers home": OBSERVATION
    | {"contained": [TASK | {"id": "t", "focus": {"reference": "#"}}], "basedOn": [{"reference": "ServiceRequest/a"}]},
    "claims a profile": PROCEDURE
    | {"contained": [_PATIENT | {"meta": {"profile": [f"{systems.PROFILE}binome-patient"]}}], **_TO_IT},
}


def bundled(type_: str, *entries: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)} | more


def entry(number: int = 0, resource: Json = PATIENT, **more: Any) -> Json:
    return {"fullUrl": _UUIDS[number], "resource": resource} | more


_POST: Final = {"request": {"method": "POST", "url": "Patient"}}
_OK: Final = {"response": {"status": "200"}}
_FOUND: Final = {"search": {"mode": "match"}}
BUNDLES: Final[Mapping[str, Json]] = {
    "held": bundled("collection", entry()),
    "transaction held": bundled("transaction", entry(**_POST)),
    "empty": {"resourceType": "Bundle", "type": "collection"},
    "bdl-1": bundled("collection", entry(), total=1),
    "bdl-2": bundled("collection", entry(**_FOUND)),
    "bdl-3": bundled("transaction", entry()),
    "bdl-3 in a collection": bundled("collection", entry(**_POST)),
    "bdl-4": bundled("transaction-response", entry()),
    "bdl-4 in a collection": bundled("collection", entry(**_OK)),
    "bdl-5": bundled("collection", {"fullUrl": _UUIDS[0]}),
    "bdl-7": bundled("collection", entry(), entry()),
    "bdl-7 with versions": bundled(
        "history",
        *(entry(0, _PATIENT | {"meta": {"versionId": str(version)}}, **_POST, **_OK) for version in (1, 2)),
    ),
    "bdl-8": bundled("collection", {"fullUrl": "http://example.org/fhir/Patient/p/_history/1", "resource": _PATIENT}),
    "bdl-9": bundled("document", entry(), timestamp="2026-11-20T10:05:00Z"),
    "bdl-10": bundled("document", entry(), identifier={"system": _ELSEWHERE, "value": "x"}),
    "bdl-11": bundled("document", entry(), identifier={"system": _ELSEWHERE, "value": "x"}, timestamp="2026-11-20T10:05:00Z"),
    "bdl-12": bundled("message", entry()),
    "type unknown": bundled("paquet", entry()),
    "without a type": {"resourceType": "Bundle", "entry": [entry()]},
    "method unknown": bundled("transaction", entry(request={"method": "ENVOI", "url": "Patient"})),
    "request without its address": bundled("transaction", entry(request={"method": "POST"})),
    "fullUrl of another id": bundled("collection", {"fullUrl": "http://example.org/fhir/Patient/q", "resource": _PATIENT}),
    "fullUrl of another type": bundled("collection", {"fullUrl": "http://example.org/fhir/Group/p", "resource": _PATIENT}),
    "fullUrl relative": bundled("collection", {"fullUrl": "Patient/p", "resource": _PATIENT}),
    "fullUrl absent": bundled("collection", {"resource": _PATIENT}),
    "fullUrl with a space": bundled("collection", {"fullUrl": "urn:uuid: x", "resource": _PATIENT}),
    "fullUrl of a short uuid": bundled("collection", {"fullUrl": "urn:uuid:1234", "resource": PATIENT}),
    "resource of no type": bundled("collection", entry(0, {"resourceType": "Malade"})),
    "resource without its type": bundled("collection", entry(0, {"active": True})),
    "resource in an array": bundled("collection", {"fullUrl": _UUIDS[0], "resource": [PATIENT]}),
    "spoilt resource": bundled("collection", entry(0, PATIENT | {"gender": "femme"})),
    "spoilt at the second place": bundled("collection", entry(), entry(1, PATIENT | {"birthDate": "hier"})),
    "reference to a neighbour": bundled("collection", entry(), entry(1, PROCEDURE | {"subject": {"reference": _UUIDS[0]}})),
    "reference to a neighbour of a wrong type": bundled(
        "collection", entry(0, TASK), entry(1, PROCEDURE | {"subject": {"reference": _UUIDS[0]}})
    ),
    "reference to nobody": bundled("collection", entry(1, PROCEDURE | {"subject": {"reference": _UUIDS[0]}})),
    "reference to nobody in a transaction": bundled(
        "transaction", entry(1, PROCEDURE | {"subject": {"reference": _UUIDS[0]}}, **_POST)
    ),
    "pointer out of an entry": bundled("collection", entry(0, _PATIENT), entry(1, PROCEDURE | _TO_IT)),
    "Bundle in a Bundle": bundled("collection", entry(0, bundled("collection", entry(1)))),
    "spoilt Bundle in a Bundle": bundled("collection", entry(0, bundled("transaction", entry(1)))),
    "spoilt resource, two Bundles deep": bundled(
        "collection", entry(0, bundled("collection", entry(1, PATIENT | {"gender": "femme"})))
    ),
    "same address, two Bundles deep": bundled("collection", entry(0, bundled("collection", entry(1), entry(1)))),
    "link without its address": bundled("searchset", link=[{"relation": "self"}]) | {"total": 0, "entry": [entry()]},
    "total negative": {"resourceType": "Bundle", "type": "searchset", "total": -1},
    "search held": bundled("searchset", entry(0, _PATIENT, **_FOUND), total=1),
    "search of an unknown mode": bundled("searchset", entry(0, _PATIENT, search={"mode": "trouvé"})),
    "search of a resource without an id": bundled("searchset", entry(**_FOUND)),
    "search of an outcome without an id": bundled(
        "searchset",
        entry(0, {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "invalid"}]}, search={"mode": "outcome"}),
    ),
    "score above": bundled("searchset", entry(0, _PATIENT, search={"mode": "match", "score": 2})),
    "answer without fullUrl": bundled("batch-response", {"resource": PATIENT, **_OK}),
    "history without fullUrl": bundled("history", {"resource": _PATIENT, **_POST, **_OK}),
    "history of a deletion": bundled("history", {"request": {"method": "DELETE", "url": "Patient/p"}, **_OK}),
    "search without fullUrl": bundled("searchset", {"resource": _PATIENT, **_FOUND}),
    "fullUrl of no server": bundled("collection", {"fullUrl": "http://example.org/p", "resource": _PATIENT}),
    "fullUrl of a resource without an id": bundled(
        "collection", {"fullUrl": "http://example.org/fhir/Patient/p", "resource": PATIENT}
    ),
    "fullUrl of a server, for what has no id yet": bundled(
        "transaction", {"fullUrl": "http://example.org/fhir/Patient/p", "resource": PATIENT, **_POST}
    ),
    "fullUrl of the same id": bundled("collection", {"fullUrl": "http://example.org/fhir/Patient/p", "resource": _PATIENT}),
    "reference to a neighbour by its address": bundled(
        "collection",
        {"fullUrl": "http://example.org/fhir/Task/t", "resource": TASK | {"id": "t"}},
        entry(1, PROCEDURE | {"subject": {"reference": "http://example.org/fhir/Task/t"}}),
    ),
}  # fmt: skip


def composed() -> Iterator[tuple[str, Json]]:
    tables = (("id", IDS), ("claim", CLAIMS), ("extension", EXTENSIONS), ("contained", CONTAINED), ("Bundle", BUNDLES))
    for name, cases in tables:
        yield from ((f"{name}: {done}", resource) for done, resource in cases.items())
