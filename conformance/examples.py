"""The official examples of R4 (npm ``hl7.fhir.r4.examples``, CC0): through our reader and writers and back, unchanged.

JSON → gate → JSON keeps every member and every digit. JSON → XML → JSON does too, but for the spelling of a
narrative, which XML writes its own way: narratives are compared as Canonical XML 2.0
(https://www.w3.org/TR/xml-c14n2/). What does not come back, or is refused, is listed with its reason; anything else
fails, and so does a line of the lists that no longer holds.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from lxml import etree

from conformance.packages import installed
from conformance.verdict import NODE, Verdict, passed_when
from mappings.elements import Json
from mappings.fhir.definitions import carried
from mappings.fhir.json import dump, parse
from mappings.fhir.structure import check
from mappings.fhir.xml import resource_from_xml, resource_to_xml
from mappings.issues import Issue, Refused

PACKAGE: Final = NODE / "node_modules" / "hl7.fhir.r4.examples"
#: Files that tell of the package and are no example.
_NOT_EXAMPLES: Final = frozenset({"package.json", ".index.json", "ig-r4.json"})

_EMPTY_DIV: Final = "its narrative has no text (txt-2)"
_LIMIT: Final = "above our limits: 5 MB a body, 64 digits a number"
_TYPE: Final = "a type of R4 that R4B dropped or made anew: the models hold no table of it, the model has no use for it"
#: Examples that do not come back, or are not let in, and why; ``docs/conformance.md`` explains.
NOT_BACK: Final[Mapping[str, str]] = {
    "ActivityDefinition-blood-tubes-supply": _EMPTY_DIV,
    "ActivityDefinition-heart-valve-replacement": _EMPTY_DIV,
    "Bundle-dataelements": _LIMIT,
    "Bundle-profiles-others": _LIMIT,
    "Bundle-resources": _LIMIT,
    "Bundle-v2-valuesets": _LIMIT,
    "Bundle-v3-valuesets": _LIMIT,
    "Bundle-valueset-expansions": _LIMIT,
    "Bundle-valuesets": _LIMIT,
    "EffectEvidenceSynthesis-example": _TYPE,
    "EventDefinition-example": _EMPTY_DIV,
    "Evidence-example": _TYPE,
    "EvidenceVariable-example": _TYPE,
    "MedicinalProduct-example": _TYPE,
    "MedicinalProductAuthorization-example": _TYPE,
    "MedicinalProductContraindication-example": _TYPE,
    "MedicinalProductIndication-example": _TYPE,
    "MedicinalProductIngredient-example": _TYPE,
    "MedicinalProductInteraction-example": _TYPE,
    "MedicinalProductManufactured-example": _TYPE,
    "MedicinalProductPackaged-example": _TYPE,
    "MedicinalProductPharmaceutical-example": _TYPE,
    "MedicinalProductUndesirableEffect-example": _TYPE,
    "Observation-decimal": _LIMIT,
    "Questionnaire-zika-virus-exposure-assessment": _EMPTY_DIV,
    "RiskEvidenceSynthesis-example": _TYPE,
    "SubstanceSpecification-example": _TYPE,
    "ValueSet-formatcodes": "its narrative has an ftp link, which we do not let into a page",
}
_NO_BASE: Final = "no base, which is 1..* in SearchParameter"
#: Examples that come back unchanged, and that the structure check rightly refuses: they break R4 4.0.1.
INVALID: Final[Mapping[str, str]] = {
    "DeviceMetric-example": "parent is a DeviceDefinition, not a Device",
    "DeviceUseStatement-example": "reasonReference is a Procedure, which is not among its targets",
    "ImplementationGuide-fhir": "no name, no status, both 1..1",
    "MedicationRequest-medrx0301": "dispenseRequest.performer is a Practitioner, not an Organization",
    "Observation-clinical-gender": "performer is an Encounter, which is not among its targets",
    "Questionnaire-qs1": "items without linkId, which is 1..1",
    "SearchParameter-codesystem-extensions-CodeSystem-author": _NO_BASE,
    "SearchParameter-codesystem-extensions-CodeSystem-effective": _NO_BASE,
    "SearchParameter-codesystem-extensions-CodeSystem-end": _NO_BASE,
    "SearchParameter-codesystem-extensions-CodeSystem-keyword": _NO_BASE,
    "SearchParameter-codesystem-extensions-CodeSystem-workflow": _NO_BASE,
    "SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject": "an id of 67 characters",
    "SearchParameter-valueset-extensions-ValueSet-author": _NO_BASE,
    "SearchParameter-valueset-extensions-ValueSet-effective": _NO_BASE,
    "SearchParameter-valueset-extensions-ValueSet-end": _NO_BASE,
    "SearchParameter-valueset-extensions-ValueSet-keyword": _NO_BASE,
    "SearchParameter-valueset-extensions-ValueSet-workflow": _NO_BASE,
}


def round_trips() -> Verdict:
    if not installed():
        return Verdict("skipped", "hl7.fhir.r4.examples cannot be had (npm ci in conformance/node)")
    lost: dict[str, str] = {}
    invalid: dict[str, str] = {}
    examples = sorted(path for path in PACKAGE.glob("*.json") if path.name not in _NOT_EXAMPLES)
    for path in examples:
        try:
            resource, fault = back_and_forth(path.read_bytes())
        except Refused as refused:
            fault = _told(refused.issues)
        if fault:
            lost[path.stem] = fault
        elif issues := check(resource):
            invalid[path.stem] = _told(issues)
    details = [*_unforeseen(lost, NOT_BACK, "does not come back"), *_unforeseen(invalid, INVALID, "is refused")]
    told = (
        f"{len(examples) - len(lost)} of {len(examples)} examples unchanged through JSON and XML "
        f"({len(lost)} and their reasons are listed), {len(invalid)} of them refused as breaking R4"
    )
    return passed_when(not details, told, details)


def back_and_forth(body: bytes) -> tuple[Json, str]:
    """The resource, and what changed on its way; empty when nothing did. ``Refused`` when it is not read."""
    resource = parse(body)
    if _digits(dump(resource)) != _digits(body):
        return resource, "JSON differs"
    if not carried(resource["resourceType"]):
        return resource, "its type is not carried"
    back = resource_from_xml(resource_to_xml(resource))
    same = _digits(dump(_spelled(back))) == _digits(dump(_spelled(resource)))
    return resource, "" if same else "XML differs"


def _unforeseen(met: Mapping[str, str], foreseen: Mapping[str, str], what: str) -> list[str]:
    return [f"{name} {what}: {fault}" for name, fault in met.items() if name not in foreseen] + [
        f"{name} was listed because it {what}, and no longer does" for name in foreseen if name not in met
    ]


def _told(issues: Iterable[Issue]) -> str:
    return "; ".join(f"{issue.expression} {issue.text}" for issue in list(issues)[:3])


def _digits(body: bytes) -> Any:
    """What JSON says, its numbers as they are written."""
    return json.loads(body, parse_float=str, parse_int=str)


def _spelled(value: Any) -> Any:
    """Every narrative in its canonical spelling."""
    if isinstance(value, dict):
        return {
            name: etree.tostring(etree.fromstring(one), method="c14n2").decode() if name == "div" else _spelled(one)
            for name, one in value.items()
        }
    return [_spelled(one) for one in value] if isinstance(value, list) else value
