"""What this server can do, told from what is registered (CapabilityStatement, R4 4.0.1).

Nothing is listed here by hand: interactions are those of the table of addresses, operations those of theirs, search
parameters those of the index, and what a client may write is what the intake takes.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from mappings.codes.systems import CANONICAL
from mappings.fhir.json import dump, parse
from mappings.fhir.search import COMMON, COMPARTMENTS, PARAMETERS, parameters_of, targets
from mappings.fhir.subscription import BACKPORT
from mappings.fhir.terminology import canonicals, code_system
from mappings.fhir.topics import TOPICS
from mappings.issues import PARAMETER, Issue, Refused
from service.api import media
from service.api.exchange import Call, Reply
from service.api.operations import terminology
from service.api.parameters import refuse_others_in_address
from service.api.reading import OF_PARTS, part_asked
from service.api.searchset import shown
from service.intake.admission import ACTS, GRANTED, SENDABLE, UPDATABLE

Resource = dict[str, Any]

#: Codes of https://hl7.org/fhir/R4/valueset-restful-interaction.html by shape and method of an address.
_OF_TYPE: Final[Mapping[tuple[str, str], str]] = {
    ("type/id", "GET"): "read",
    ("type/id/_history/version", "GET"): "vread",
    ("type/id", "PUT"): "update",
    ("type/id", "PATCH"): "patch",
    ("type/id", "DELETE"): "delete",
    ("type/id/_history", "GET"): "history-instance",
    ("type/_history", "GET"): "history-type",
    ("type", "POST"): "create",
    ("type", "GET"): "search-type",
}
_OF_SYSTEM: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "POST"): ("transaction", "batch"),
    ("_history", "GET"): ("history-system",),
    ("", "GET"): ("search-system",),
}
#: Parameters of every type (https://hl7.org/fhir/R4/search.html#all).
_OF_ALL: Final = (("_id", "token"), ("_lastUpdated", "date"), *((one.name, one.kind) for one in COMMON))
#: What a type must be for a client to do this to it.
_GRANTED: Final[Mapping[str, frozenset[str]]] = {
    "create": GRANTED["POST"],
    "update": GRANTED["PUT"],
    "patch": GRANTED["PATCH"],
    "delete": GRANTED["DELETE"],
}
_CORRECTED: Final = (
    "Ce qui a été mal saisi d’un acte, de son examen, de ses mesures, de ses prescriptions ou de ses délivrances se "
    "corrige (PUT ou PATCH, avec le motif dans l’en-tête X-Provenance) ; ce qui a été saisi par erreur passe au statut "
    "entered-in-error. Le reste ne change pas."
)
#: What may be changed of what may not be changed whole.
_BOUNDED: Final = {
    **dict.fromkeys(ACTS & SENDABLE, _CORRECTED),
    "CareTeam": "Une équipe suit les adhésions de ses membres : seuls se modifient (PUT ou PATCH) les canaux (telecom) et "
    "les modalités (extension reachability) par lesquels ses délégants se joignent.",
    "Task": "Les tâches suivent des actes. Une réponse à lire (read-reply) devient lue (PUT ou PATCH du statut, completed), par "
    "un professionnel de la structure ; ce qu’un délégant doit lire l’est par $acknowledge.",
}
_DESCRIPTION: Final = "Binôme : actes délégués sous protocole de coopération"
_MODES: Final = ("full", "normative", "terminology")
#: Of a resource of the statement, what is for trial use (https://hl7.org/fhir/R4/capabilitystatement.html).
_FOR_TRIAL_USE: Final = frozenset(
    {"supportedProfile", "versioning", "readHistory", "updateCreate", "searchInclude", "searchRevInclude"}
    | {"conditionalCreate", "conditionalRead", "conditionalUpdate", "conditionalDelete"}
)
_PROFILES: Final = {
    "Procedure": "binome-delegated-procedure",
    "MedicationRequest": "binome-delegated-medication-request",
    "ServiceRequest": "binome-delegated-service-request",
    "MedicationDispense": "binome-delegated-medication-dispense",
    "PractitionerRole": "binome-enrolment",
    "CareTeam": "binome-team",
    "CarePlan": "binome-inclusion",
    "AdverseEvent": "binome-adverse-event",
    "Task": "binome-task",
    "Provenance": "binome-provenance",
    "AuditEvent": "binome-trace-event",
    "DocumentReference": "binome-document",
    "Communication": "binome-message",
    "Basic": "binome-protocol-life",
}


def metadata(call: Call) -> Reply:
    """In the mode that is asked (https://hl7.org/fhir/R4/http.html#capabilities), as far as is asked; else whole."""
    refuse_others_in_address(call, OF_PARTS | {"mode"})
    mode = call.parameter("mode") or "full"
    if mode not in _MODES:
        text = f"Le mode demandé n’est pas l’un de ceux-ci : {', '.join(_MODES)}."
        raise Refused(Issue("value", f"{PARAMETER}mode", text, "FHIR R4, http.html#capabilities"))
    stated = _stated(call, mode)
    part = part_asked(call, [stated["resourceType"]], call.pairs)
    return media.answer(call, parse(shown(dump(stated), part)) if part else stated)


def _stated(call: Call, mode: str) -> Resource:
    now, settings = call.composition.clock(), call.composition.settings
    if mode == "terminology":
        return terminology_capabilities(now)
    statement = capability_statement(now, update_creates=bool(settings.update_creates))
    return normative_of(statement) if mode == "normative" else statement


def normative_of(statement: Resource) -> Resource:
    """The statement without what R4 keeps for trial use of the elements that we tell."""
    rest = statement["rest"][0]
    resources = [{k: v for k, v in one.items() if k not in _FOR_TRIAL_USE} for one in rest["resource"]]
    return statement | {"rest": [rest | {"resource": resources}]}


def capability_statement(now: dt.datetime, *, update_creates: bool = True) -> Resource:
    """The statement of this program; ``update_creates`` is the installation's choice."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.date().isoformat(),
        "kind": "instance",
        "software": {"name": "Binôme"},
        "implementation": {"description": _DESCRIPTION, "url": CANONICAL},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml"],
        "patchFormat": ["application/json-patch+json", "application/fhir+json", "application/fhir+xml"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    *(_resource(type_, update_creates=update_creates) for type_ in PARAMETERS),
                    *({"type": type_, "operation": list(_operations(type_))} for type_ in _only_operated()),
                ],
                "interaction": [{"code": code} for code in _registered(_OF_SYSTEM)],
                "searchParam": [{"name": name, "type": kind} for name, kind in _OF_ALL],
                "operation": list(_operations("")),
                "compartment": [f"http://hl7.org/fhir/CompartmentDefinition/{type_.lower()}" for type_ in COMPARTMENTS],
            }
        ],
    }


def terminology_capabilities(now: dt.datetime) -> Resource:
    """What the operations on codes answer of (https://hl7.org/fhir/R4/terminologycapabilities.html)."""
    return {
        "resourceType": "TerminologyCapabilities",
        "status": "active",
        "date": now.date().isoformat(),
        "kind": "instance",
        "software": {"name": "Binôme"},
        "implementation": {"description": _DESCRIPTION, "url": CANONICAL},
        "codeSystem": list(_code_systems()),
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "parameter": [{"name": name} for name in sorted(terminology.EXPANSION)],
        },
        "codeSearch": "all",
        "validateCode": {"translations": False},
    }


@cache
def _code_systems() -> tuple[Resource, ...]:
    """Each that is held, whole: one version of it, the one that whoever names none gets."""
    held = filter(None, map(code_system, sorted(canonicals("CodeSystem"))))
    return tuple(
        {"uri": one.url, **({"version": [{"code": one.version, "isDefault": True}]} if one.version else {})}
        | {"subsumption": True}
        for one in held
    )


def _resource(type_: str, *, update_creates: bool) -> Resource:
    granted = [code for code in _interactions() if type_ in _GRANTED.get(code, PARAMETERS)]
    updatable = "update" in granted
    resource: Resource = {
        "type": type_,
        "interaction": [{"code": code} for code in granted],
        "versioning": "versioned-update" if updatable else "versioned",
        "readHistory": True,
        "updateCreate": type_ in UPDATABLE and update_creates,
        "conditionalCreate": "create" in granted,
        "conditionalRead": "full-support",
        "conditionalUpdate": updatable,
        "conditionalDelete": "single" if "delete" in granted else "not-supported",
        "searchInclude": ["*", *(f"{type_}:{name}" for name in _references(type_))],
        "searchRevInclude": list(_pointing_at(type_)),
        "searchParam": [{"name": name, "type": one.kind} for name, one in parameters_of(type_).items()],
    }
    if type_ in _BOUNDED:
        resource["documentation"] = _BOUNDED[type_]
    if type_ == "Subscription":
        url = f"{BACKPORT}capabilitystatement-subscriptiontopic-canonical"
        resource["extension"] = [{"url": url, "valueCanonical": topic} for topic in TOPICS]
    if type_ in _PROFILES:
        resource["supportedProfile"] = [f"{CANONICAL}/StructureDefinition/{_PROFILES[type_]}"]
    operations = list(_operations(type_))
    return resource | ({"operation": operations} if operations else {})


def _registered(codes: Mapping[tuple[str, str], tuple[str, ...]]) -> list[str]:
    from service.api.routes import INTERACTIONS  # the table that names ``metadata`` is read once it is whole

    return [
        code for shape, methods in INTERACTIONS.items() for method in methods for code in codes.get((shape, method), ())
    ]


def _interactions() -> list[str]:
    return _registered({address: (code,) for address, code in _OF_TYPE.items()})


def _only_operated() -> list[str]:
    """Types that nothing is kept of, and that have operations."""
    from service.api.operations import OPERATIONS

    return list(dict.fromkeys(of for of, shape in OPERATIONS if of and "$" in shape and of not in PARAMETERS))


def _operations(type_: str) -> Iterable[Resource]:
    from service.api.operations import DOCUMENTED, OPERATIONS, REFUSED, STANDARD_OPERATIONS

    names = dict.fromkeys(shape.rpartition("$")[2] for of, shape in OPERATIONS if of == type_ and "$" in shape)
    for name in names:
        if name not in REFUSED:
            ours = f"{CANONICAL}/OperationDefinition/{name}"
            said = {"documentation": text} if (text := DOCUMENTED.get((type_, name))) else {}
            yield {"name": name, "definition": STANDARD_OPERATIONS.get((type_, name), ours)} | said


@cache
def _pointing_at(type_: str) -> tuple[str, ...]:
    return tuple(
        f"{other}:{name}" for other in PARAMETERS for name in _references(other) if type_ in targets(other, name)
    )


def _references(type_: str) -> list[str]:
    return [name for name, one in parameters_of(type_).items() if one.kind == "reference"]
