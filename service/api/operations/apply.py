"""``PlanDefinition/$apply`` (R4 4.0.1, https://hl7.org/fhir/R4/plandefinition-operation-apply.html).

Gives one CarePlan, a proposal; nothing is written. It is the definition published here that is applied: a definition
sent whole must be that one.
"""

import re
from typing import Any, Final

from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.fhir.json import parse
from mappings.fhir.structure import check
from mappings.issues import Issue, Refused
from service.api import media
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others
from service.applicants import Applicant
from service.applying import Asked, applied
from service.finding import found
from service.writes import unchanged

Resource = dict[str, Any]

_SECTION: Final = "FHIR R4, plandefinition-operation-apply.html"
#: References that the operation takes, and the types that they may be of.
_REFERENCES: Final = {
    "subject": ("Patient",),
    "encounter": ("Encounter",),
    "practitioner": ("Practitioner", "PractitionerRole"),
    "organization": ("Organization",),
}
#: Taken and of no effect: a protocol says the same to whoever reads it.
_IDLE: Final = frozenset({"userType", "userLanguage", "userTaskContext", "setting", "settingContext"})
_TAKEN: Final = frozenset({"planDefinition", *_REFERENCES, *_IDLE})
_REFERENCE: Final = re.compile(r"(?P<type>[A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}")


def of_type(call: Call) -> Reply:
    """The definition is a parameter."""
    said = _said(call)
    definitions = [value for name, value in said if name == "planDefinition"]
    if len(definitions) != 1:
        text = "La définition à appliquer est désignée une fois, par son adresse et sa version, ou donnée entière."
        raise Refused(Issue("required", _at("planDefinition"), text, _SECTION))
    return _answer(call, _named(call, definitions[0]), said)


def of_resource(call: Call, id_: str) -> Reply:
    """The definition is that of the address."""
    stored = call.composition.store.read("PlanDefinition", id_)
    if stored is None or not stored.body:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    said = _said(call)
    if any(name == "planDefinition" for name, _ in said):
        text = "La définition est celle de l’adresse : elle ne se donne pas une seconde fois."
        raise Refused(Issue("not-supported", _at("planDefinition"), text, _SECTION))
    definition = parse(stored.body)
    return _answer(call, _of_catalogue(call, f"{definition['url']}|{definition['version']}"), said)


def _answer(call: Call, protocol: Protocol, said: list[tuple[str, Any]]) -> Reply:
    references = _references(call, said)
    patient_id = references["subject"].partition("/")[2]
    if call.caller.structure and call.composition.store.read("Patient", patient_id) is None:
        raise Refused(Issue("not-found", _at("subject"), "Ce patient n’est pas connu ici.", _SECTION))
    asked = Asked(
        protocol=protocol,
        patient_id=patient_id,
        encounter=references.get("encounter", ""),
        applicant=Applicant(
            practitioner=references.get("practitioner", ""),
            rpps=call.caller.rpps,
            organization_id=references.get("organization", "").partition("/")[2],
        ),
    )
    return media.answer(call, applied(call.composition, asked))


# ── what is asked ─────────────────────────────────────────────────────────────────────────────────────────


def _said(call: Call) -> list[tuple[str, Any]]:
    """Names and values of the parameters, of the address and of the body: a text, or the resource itself."""
    said: list[tuple[str, Any]] = list(call.pairs)
    if call.method == "POST" and call.body:
        parameters = media.received(call)
        issues = check(parameters, "Parameters")
        if not issues and parameters["resourceType"] != "Parameters":
            text = "L’opération reçoit une ressource Parameters."
            issues = [Issue("value", "resourceType", text, "OperationDefinition")]
        if issues:
            raise Refused(issues)
        said += [(each["name"], _value(each)) for each in parameters.get("parameter", ())]
    refuse_others(call, (name for name, _ in said), _TAKEN)
    return said


def _value(parameter: Resource) -> Any:
    if "resource" in parameter:
        return parameter["resource"]
    value = next((value for key, value in parameter.items() if key.startswith("value")), "")
    return value.get("reference", "") if isinstance(value, dict) else str(value)


def _references(call: Call, said: list[tuple[str, Any]]) -> dict[str, str]:
    """The references by the name of their parameter, relative; faults of all of them are told."""
    read: dict[str, str] = {}
    issues = []
    for name, types in _REFERENCES.items():
        values = [value for told, value in said if told == name]
        if len(values) > 1:
            text = "Un protocole s’applique à un seul patient à la fois : la réponse est un seul CarePlan."
            if name != "subject":
                text = "Ce paramètre ne se donne qu’une fois."
            issues.append(Issue("not-supported", _at(name), text, _SECTION))
        elif values:
            value = values[0].removeprefix(f"{call.base}/") if isinstance(values[0], str) else ""
            match = _REFERENCE.fullmatch(value)
            if match and match["type"] in types:
                read[name] = value
            else:
                text = f"Une référence de ce serveur est attendue : {' ou '.join(f'{one}/id' for one in types)}."
                issues.append(Issue("value", _at(name), text, _SECTION))
        elif name == "subject":
            issues.append(Issue("required", _at(name), "Le patient est exigé.", _SECTION))
    if issues:
        raise Refused(issues)
    return read


def _named(call: Call, definition: Any) -> Protocol:
    if isinstance(definition, str):
        return _of_catalogue(call, definition)
    if definition.get("resourceType") != "PlanDefinition":
        raise Refused(Issue("value", _at("planDefinition"), "Une PlanDefinition est attendue.", _SECTION))
    canonical = f"{definition.get('url', '')}|{definition.get('version', '')}"
    protocol = _of_catalogue(call, canonical)
    stored = found(
        call.composition.store, "PlanDefinition", [("url", "", protocol.url)], [("version", "", protocol.version)]
    )
    if not any(unchanged(parse(one.body), definition) for one in stored):
        text = "La définition donnée n’est pas celle qui est publiée ici sous cette adresse et cette version."
        raise Refused(Issue("business-rule", _at("planDefinition"), text, "CSP L4011-3"))
    return protocol


def _of_catalogue(call: Call, canonical: str) -> Protocol:
    """The version that is named; without one, the latest of those in force."""
    catalogue = call.composition.catalogue
    if "/" not in canonical:
        canonical = f"{PLAN_DEFINITION}{canonical}"
    protocol = catalogue.get(canonical)
    if protocol is None and "|" not in canonical:
        day = french_day(call.composition.clock())
        in_force = [one for one in catalogue.values() if one.url == canonical and one.in_force(day)]
        protocol = max(in_force, key=lambda one: one.period.start if one.period else day, default=None)
    if protocol is None:
        text = "Cette version du protocole n’est pas connue, ou aucune n’est en vigueur."
        raise Refused(Issue("business-rule", _at("planDefinition"), text, "CSP L4011-3"))
    return protocol


def _at(name: str) -> str:
    return f"Parameters.parameter.where(name='{name}')"
