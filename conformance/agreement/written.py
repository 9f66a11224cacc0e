"""Mistakes written by hand: what no rule over good resources comes to. Some are no mistakes at all.

``KINDS`` has one of each kind that a FHIR validator is expected to see; then the invariants of R4, by their keys.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mappings.codes import systems
from mappings.elements import Json

PROCEDURE: Final[Json] = {"resourceType": "Procedure", "status": "completed", "subject": {"reference": "Patient/a"}}
OBSERVATION: Final[Json] = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
PATIENT: Final[Json] = {"resourceType": "Patient", "active": True}
TASK: Final[Json] = {"resourceType": "Task", "status": "requested", "intent": "order"}
ORDER: Final[Json] = {
    "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/a"},
}  # fmt: skip
DOCUMENT: Final[Json] = {"resourceType": "DocumentReference", "status": "current"}
FORM: Final[Json] = {"resourceType": "Questionnaire", "status": "draft"}
ANSWERS: Final[Json] = {"resourceType": "QuestionnaireResponse", "status": "completed"}
PROVENANCE: Final[Json] = {
    "resourceType": "Provenance", "target": [{"reference": "Procedure/a"}], "recorded": "2026-11-22T08:00:00Z",
    "agent": [{"who": {"reference": "Practitioner/a"}}],
}  # fmt: skip
PLAN: Final[Json] = {"resourceType": "PlanDefinition", "status": "draft"}
CONSENT: Final[Json] = {
    "resourceType": "Consent", "status": "active", "scope": {"text": "x"}, "category": [{"text": "x"}],
    "patient": {"reference": "Patient/a"}, "policyRule": {"text": "x"},
}  # fmt: skip
PARAMETERS: Final[Json] = {"resourceType": "Parameters"}


def timed(**repeat: Any) -> Json:
    return ORDER | {"occurrenceTiming": {"repeat": repeat}}


def observed(**quantity: Any) -> Json:
    return OBSERVATION | {"valueQuantity": quantity}


def item(**question: Any) -> Json:
    return FORM | {"item": [{"linkId": "1", "type": "string", "text": "x"} | question]}


def content(**attachment: Any) -> Json:
    return DOCUMENT | {"content": [{"attachment": attachment}]}


KINDS: Final[Mapping[str, Json]] = {
    "required left out": {"resourceType": "Procedure", "status": "completed"},
    "number as a date": PROCEDURE | {"performedDateTime": 2026},
    "array as a code": PROCEDURE | {"status": ["completed"]},
    "array for 0..1": PROCEDURE | {"code": [{"text": "x"}]},
    "code of no value set": PROCEDURE | {"status": "done"},
    "day of no calendar": PROCEDURE | {"performedDateTime": "2026-02-30"},
    "unknown property": PROCEDURE | {"performedBy": "x"},
    "two values of a choice": PROCEDURE | {"performedDateTime": "2026", "performedString": "2026"},
    "reference to another type": PROCEDURE | {"subject": {"reference": "Device/a"}},
    "empty array": PROCEDURE | {"reasonCode": []},
    "extension without content": PROCEDURE | {"extension": [{"url": "http://example.org/x"}]},
    "total of a transaction": {"resourceType": "Bundle", "type": "transaction", "total": 1},
    "contained and not referred to": PROCEDURE | {"contained": [PATIENT | {"id": "p"}]},
    "unknown type": {"resourceType": "Protocol"},
}

UCUM: Final = systems.UCUM
INVARIANTS: Final[Mapping[str, Json]] = {
    "per-1": PROCEDURE | {"performedPeriod": {"start": "2026-02-01", "end": "2026-01-01"}},
    "per-1 held": PROCEDURE | {"performedPeriod": {"start": "2026-01-01", "end": "2026-01-01"}},
    "per-1 of other precision": PROCEDURE | {"performedPeriod": {"start": "2026-01-02", "end": "2026-01"}},
    "age-1": PROCEDURE | {"performedAge": {"value": 3}},
    "age-1 held": PROCEDURE | {"performedAge": {"value": 3, "system": UCUM, "code": "a"}},
    "age-1 negative": PROCEDURE | {"performedAge": {"value": -3, "system": UCUM, "code": "a"}},
    "rng-2": PROCEDURE
    | {"performedRange": {"low": {"value": 3, "system": UCUM, "code": "a"}, "high": {"value": 2, "system": UCUM, "code": "a"}}},
    "sqty-1": PROCEDURE | {"performedRange": {"low": {"value": 1, "comparator": "<"}}},
    "qty-3": observed(value=1, code="kg"),
    "obs-3": OBSERVATION | {"referenceRange": [{"age": {"high": {"value": 1}}}]},
    "obs-6": OBSERVATION | {"dataAbsentReason": {"text": "x"}, "valueString": "x"},
    "obs-7": OBSERVATION
    | {
        "code": {"coding": [{"system": systems.LOINC, "code": "29463-7"}]},
        "valueString": "x",
        "component": [{"code": {"coding": [{"system": systems.LOINC, "code": "29463-7"}]}, "valueString": "x"}],
    },
    "rat-1": OBSERVATION | {"valueRatio": {"numerator": {"value": 1}}},
    "cpt-2": PATIENT | {"telecom": [{"value": "x"}]},
    "pat-1": PATIENT | {"contact": [{"gender": "male"}]},
    "org-1": {"resourceType": "Organization", "active": True},
    "org-2": {"resourceType": "Organization", "name": "x", "address": [{"use": "home", "text": "x"}]},
    "org-3": {"resourceType": "Organization", "name": "x", "telecom": [{"system": "url", "value": "x", "use": "home"}]},
    "att-1": content(data="QQ=="),
    "tim-1": timed(duration=1),
    "tim-1 held": timed(duration=1, durationUnit="h"),
    "tim-2": timed(period=1),
    "tim-4": timed(duration=-1, durationUnit="h"),
    "tim-5": timed(period=-1, periodUnit="h"),
    "tim-6": timed(periodMax=2, periodUnit="h"),
    "tim-7": timed(durationMax=2, durationUnit="h"),
    "tim-8": timed(countMax=2),
    "tim-9": timed(offset=30, when=["C"]),
    "tim-10": timed(timeOfDay=["08:00:00"], when=["C"]),
    "inv-1 of Task": TASK | {"authoredOn": "2026-01-02", "lastModified": "2026-01-01"},
    "inv-1 of Parameters": PARAMETERS | {"parameter": [{"name": "a"}]},
    "inv-1 twice": PARAMETERS | {"parameter": [{"name": "a", "valueCode": "a", "resource": PATIENT}]},
    "prr-1": ORDER | {"orderDetail": [{"text": "x"}]},
    "ppc-1": {key: value for key, value in CONSENT.items() if key != "policyRule"},
    "ppc-2": CONSENT | {"scope": {"coding": [{"system": systems.CONSENT_SCOPE, "code": "adr"}]}},
    "qrs-1": ANSWERS
    | {"item": [{"linkId": "1", "item": [{"linkId": "2"}], "answer": [{"valueBoolean": True}]}]},
    "que-1 group": item(type="group"),
    "que-1 display": item(type="display", item=[{"linkId": "2", "type": "string"}]),
    "que-2": FORM | {"item": [{"linkId": "1", "type": "string"}, {"linkId": "1", "type": "string"}]},
    "que-3": item(type="display", code=[{"code": "x"}]),
    "que-4": item(type="choice", answerOption=[{"valueString": "x"}], answerValueSet="http://example.org/v"),
    "que-5": item(answerOption=[{"valueString": "x"}]),
    "que-6": item(type="display", required=True),
    "que-7": item(enableWhen=[{"question": "1", "operator": "exists", "answerString": "x"}]),
    "que-8": item(type="group", initial=[{"valueString": "x"}], item=[{"linkId": "2", "type": "string"}]),
    "que-9": item(type="display", readOnly=True),
    "que-10": item(type="boolean", maxLength=3),
    "que-11": item(type="choice", answerOption=[{"valueString": "x"}], initial=[{"valueString": "x"}]),
    "que-12": FORM
    | {
        "item": [
            {"linkId": "1", "type": "boolean"},
            {"linkId": "2", "type": "string",
             "enableWhen": [{"question": "1", "operator": operator, "answerBoolean": True} for operator in ("=", "!=")]},
        ]
    },
    "que-13": item(initial=[{"valueString": "x"}, {"valueString": "y"}]),
    "que-13 held": item(initial=[{"valueString": "x"}, {"valueString": "y"}], repeats=True),
    "rqg-1": PROCEDURE
    | {
        "contained": [{"resourceType": "RequestGroup", "id": "g", "status": "draft", "intent": "option", "action": [{"title": "x"}]}],
        "reasonReference": [{"reference": "DocumentReference/a"}],
        "basedOn": [{"reference": "ServiceRequest/a"}],
        "extension": [{"url": "http://example.org/x", "valueReference": {"reference": "#g"}}],
    },
    "ctm-1": {
        "resourceType": "CareTeam",
        "participant": [{"member": {"reference": "Patient/a"}, "onBehalfOf": {"reference": "Organization/o"}}],
    },
    "cpl-3": {
        "resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "Patient/a"},
        "activity": [{"reference": {"reference": "Task/a"}, "detail": {"status": "scheduled"}}],
    },
    "mrp-1": {
        "resourceType": "MeasureReport", "status": "complete", "type": "data-collection", "group": [{"measureScore": {"value": 1}}],
        "measure": "http://example.org/m", "period": {"start": "2026"},
    },
    "sev-1": {
        "resourceType": "AuditEvent", "type": {"code": "rest"}, "recorded": "2026-11-20T10:06:00Z",
        "agent": [{"requestor": True}], "source": {"observer": {"display": "x"}},
        "entity": [{"name": "x", "query": "QQ=="}],
    },
    "exp-1": PLAN | {"action": [{"condition": [{"kind": "start", "expression": {"language": "text/fhirpath"}}]}]},
    "trd-1": PLAN | {"action": [{"trigger": [{"type": "data-changed", "data": [{"type": "Patient"}], "timingDate": "2026"}]}]},
    "txt-1": PATIENT | {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>'}},
    "txt-2": PATIENT | {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'}},
    "txt without its namespace": PATIENT | {"text": {"status": "generated", "div": "<div>x</div>"}},
    "txt held": PATIENT | {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}},
    "vsd-1": FORM
    | {
        "contained": [{"resourceType": "ValueSet", "id": "v", "status": "draft", "compose": {"include": [{"concept": [{"code": "a"}]}]}}],
        "item": [{"linkId": "1", "type": "choice", "answerValueSet": "#v"}],
    },
}  # fmt: skip

VALUES: Final[Mapping[str, Json]] = {
    "UCUM held": observed(value=1, unit="kg", system=UCUM, code="kg"),
    "UCUM unknown": observed(value=1, unit="x", system=UCUM, code="kilo"),
    "UCUM in words": observed(value=1, unit="x", system=UCUM, code="deux kilos"),
    "UCUM of an age": PROCEDURE | {"performedAge": {"value": 3, "system": UCUM, "code": "kg"}},
    "UCUM of a period": timed(period=1, periodUnit="an"),
    "UCUM of a duration": timed(duration=1, durationUnit="jour"),
    "quantity of another system": observed(value=1, unit="x", system="http://example.org/x", code="x"),
    "quantity of another system, by its path": observed(value=1, unit="x", system="http://example.org", code="x"),
    "comparator unknown": observed(value=1, comparator="~"),
    "when unknown": timed(when=["MIDI"]),
    "day unknown": timed(dayOfWeek=["lundi"]),
    "media type": content(contentType="application/pdf"),
    "media type that is none": content(contentType="pas un type"),
    "language that is none": PATIENT | {"language": "français"},
    "gender in French": PATIENT | {"gender": "femme"},
    "marital status unknown": PATIENT
    | {"maritalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "X"}]}},
    "code of another case": PATIENT | {"gender": "Female"},
    "interpretation elsewhere": OBSERVATION | {"interpretation": [{"coding": [{"system": "http://example.org/x", "code": "H"}]}]},
    "interpretation unknown": OBSERVATION
    | {"interpretation": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "haut"}]}]},
    "coding without a system": OBSERVATION | {"interpretation": [{"coding": [{"code": "H"}]}]},
    "data absent unknown": OBSERVATION
    | {"dataAbsentReason": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "perdu"}]}},
    "decimal as text": observed(value="1.5"),
    "size negative": content(url="http://example.org/a", size=-1),
    "code of a system that nothing binds": {
        "resourceType": "Communication", "status": "completed",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/communication-category", "code": "autre"}]}],
    },
    "system without a code": OBSERVATION
    | {"interpretation": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"}]}]},
    "empty array of addresses": PROCEDURE | {"instantiatesCanonical": []},
    "empty array of names": PATIENT | {"name": [{"given": []}]},
    "size of its data": content(contentType="text/plain", data="QQ==", size=1),
    "size of other data": content(contentType="text/plain", data="QQ==", size=4),
    "hash that is none": content(url="http://example.org/a", hash="%"),
    "uuid in capitals": PARAMETERS | {"parameter": [{"name": "a", "valueUuid": "urn:uuid:6A1C3F2E-9D1B-4C7A-8A3E-1F2B3C4D5E6F"}]},
    "oid that is none": PARAMETERS | {"parameter": [{"name": "a", "valueOid": "urn:oid:3.1.2"}]},
    "integer with a point": PARAMETERS | {"parameter": [{"name": "a", "valueInteger": "1.0"}]},
    "leap second": PARAMETERS | {"parameter": [{"name": "a", "valueInstant": "2026-12-31T23:59:60Z"}]},
    "zone beyond the map": PARAMETERS | {"parameter": [{"name": "a", "valueInstant": "2026-12-31T23:59:00+15:00"}]},
    "year zero": PATIENT | {"birthDate": "0000"},
    "29 February of a leap year": PATIENT | {"birthDate": "2024-02-29"},
    "29 February of another year": PATIENT | {"birthDate": "2026-02-29"},
    "31 April": PATIENT | {"birthDate": "2026-04-31"},
    "given names with a null": PATIENT | {"name": [{"given": ["A", None]}]},
    "given names with a reason": PATIENT
    | {"name": [{"given": ["A", None], "_given": [None, {"extension": [{"url": "http://example.org/x", "valueCode": "a"}]}]}]},
    "companion of another length": PATIENT | {"name": [{"given": ["A"], "_given": [None, {"id": "x"}]}]},
    "companion without anything": PATIENT | {"_birthDate": {}},
    "companion with an id alone": PATIENT | {"_birthDate": {"id": "x"}},
    "companion with a value": PATIENT | {"birthDate": "2026", "_birthDate": {"value": "2026"}},
    "required by its companion": {
        "resourceType": "Procedure", "subject": {"reference": "Patient/a"},
        "_status": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]},
    },
}  # fmt: skip


def written() -> Iterator[tuple[str, Json]]:
    for name, cases in (("kind", KINDS), ("invariant", INVARIANTS), ("value", VALUES)):
        yield from ((f"{name}: {done}", resource) for done, resource in cases.items())
