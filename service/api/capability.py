"""What this server can do, told from what is registered (CapabilityStatement, R4 4.0.1)."""

import datetime as dt
from typing import Any, Final

from mappings.codes.systems import CANONICAL
from mappings.fhir.search import PARAMETERS
from service.api import media
from service.api.exchange import Call, Reply
from service.intake.placement import OPEN_TYPES, UPDATABLE

_OPERATIONS: Final = {"Task": ("acknowledge",), "Procedure": ("trace",), "Provenance": ("verify-chain",)}
_PROFILES: Final = {
    "Procedure": "binome-delegated-procedure",
    "MedicationRequest": "binome-delegated-medication-request",
    "ServiceRequest": "binome-delegated-service-request",
    "PractitionerRole": "binome-enrolment",
    "CareTeam": "binome-team",
    "CarePlan": "binome-inclusion",
    "Task": "binome-task",
    "Provenance": "binome-provenance",
    "AuditEvent": "binome-trace-event",
    "DocumentReference": "binome-document",
    "Communication": "binome-message",
}


def metadata(call: Call) -> Reply:
    return media.answer(call, capability_statement(call.composition.clock()))


def capability_statement(now: dt.datetime) -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.date().isoformat(),
        "kind": "instance",
        "software": {"name": "Binôme"},
        "implementation": {"description": "Binôme : actes délégués sous protocole de coopération", "url": CANONICAL},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml"],
        "rest": [
            {
                "mode": "server",
                "resource": [_resource(type_) for type_ in PARAMETERS],
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _resource(type_: str) -> dict[str, Any]:
    codes = ["read", "vread", "history-instance", "search-type"]
    codes += ["create"] if type_ in OPEN_TYPES else []
    codes += ["update"] if type_ in UPDATABLE else []
    resource: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update" if type_ in UPDATABLE else "versioned",
        "updateCreate": type_ in UPDATABLE,
        "conditionalCreate": type_ in OPEN_TYPES,
        "searchParam": [
            {"name": name, "type": kind} for name, kind in dict.fromkeys((p.name, p.kind) for p in PARAMETERS[type_])
        ],
    }
    if type_ in _PROFILES:
        resource["supportedProfile"] = [f"{CANONICAL}/StructureDefinition/{_PROFILES[type_]}"]
    if type_ in _OPERATIONS:
        resource["operation"] = [
            {"name": name, "definition": f"{CANONICAL}/OperationDefinition/{name}"} for name in _OPERATIONS[type_]
        ]
    return resource
