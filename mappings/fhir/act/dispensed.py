"""What an act dispenses: MedicationDispense ↔ ``Dispense``.

R4 4.0.1, https://hl7.org/fhir/R4/medicationdispense.html. The type has neither ``basedOn`` nor ``instantiatesCanonical``:
the inclusion is that of the act which it is part of, and what allows it is an extension. Substitution, lot, location and
receiver stay in the resource as they were sent; nothing here reads them, and the flat door does not know them.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.act import DelegatedAct, Dispense
from mappings.fhir.act.elements import ISSUED, Resource
from mappings.fhir.act.reader import Reader
from mappings.fhir.datatypes import meta, print_instant, rpps_reference
from mappings.issues import Issue

_ROW: Final = ISSUED["MedicationDispense"]
#: The only status under which it is sent: what was not handed over was not dispensed.
_DONE: Final = "completed"


def dispense_from_fhir(read: Reader, resource: Resource, n: int) -> Dispense:
    """``n`` is its place among what the act dispenses, from 0."""
    at = f"MedicationDispense[{n}]"
    if resource.get("status") != _DONE:
        text = "Seule une délivrance faite (completed) peut être transmise avec un acte."
        read.issues.append(Issue("value", f"{at}.status", text, _ROW.profile))
    if len(resource.get("performer", ())) != 1:
        read.missing(f"{at}.performer", "performer (un seul délégué)", _ROW.profile)
    text = resource.get("medicationCodeableConcept", {}).get("text", "")
    if not text:
        read.missing(f"{at}.medication", "medicationCodeableConcept.text", _ROW.profile)
    quantity, unit = _quantity(read, resource.get("quantity", {}), at)
    return Dispense(
        id=resource.get("id", ""),
        activity=_activity(read, canonicals_of(resource), at),
        text=text,
        quantity=quantity,
        unit=unit,
        handed_over=read.instant(resource.get("whenHandedOver"), f"{at}.whenHandedOver", _ROW.profile),
        prescriptions=tuple(
            read.reference(one, "MedicationRequest", f"{at}.authorizingPrescription[{i}]", _ROW.profile)
            for i, one in enumerate(resource.get("authorizingPrescription", ()))
        ),
        instructions="\n".join(d.get("text", "") for d in resource.get("dosageInstruction", ())),
    )


def canonicals_of(resource: Resource) -> list[str]:
    """What a MedicationDispense instantiates: the protocol and the activity, each ``url|version``."""
    extensions = resource.get("extension", ())
    return [one.get("valueCanonical") or "" for one in extensions if one.get("url") == systems.EXT_INSTANTIATES]


def _activity(read: Reader, canonicals: Sequence[str], at: str) -> str:
    found = [one for one in canonicals if one.startswith(systems.ACTIVITY_DEFINITION)]
    if len(found) != 1:
        what = "extension instantiates-canonical (ActivityDefinition)"
        read.missing(f"{at}.extension('instantiates-canonical')", what, _ROW.profile)
    return found[0] if found else ""


def _quantity(read: Reader, told: dict[str, Any], at: str) -> tuple[Decimal | None, str]:
    if "value" not in told:
        return None, ""
    value = Decimal(told["value"])
    if value <= 0:
        text = "La quantité remise est plus grande que zéro."
        read.issues.append(Issue("value", f"{at}.quantity.value", text, _ROW.profile))
    return value, told.get("unit") or told.get("code", "")


def dispense_to_fhir(
    act: DelegatedAct, dispense: Dispense, number: int, delegation: list[Resource], *, fictitious: bool
) -> Resource:
    """``number`` tells it from all that the act issues, from 1; ``delegation`` is what is said of who acts for whom."""
    resource: Resource = {
        "resourceType": "MedicationDispense",
        "id": dispense.id,
        "meta": meta(_ROW.profile, fictitious=fictitious),
        "extension": [
            *delegation,
            {"url": systems.EXT_INSTANTIATES, "valueCanonical": act.protocol},
            {"url": systems.EXT_INSTANTIATES, "valueCanonical": dispense.activity},
        ],
        "identifier": [{"system": f"{systems.IDENTIFIER}act", "value": f"{act.identifier}.{number}"}],
        _ROW.act: [{"reference": f"Procedure/{act.id}"}],
        "status": _DONE,
        "medicationCodeableConcept": {"text": dispense.text},
        "subject": {"reference": f"Patient/{act.patient_id}"},
        "performer": [
            {
                "function": {"coding": [{"system": systems.ROLE_CODE, "code": "DELEGATEE"}]},
                "actor": rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
            }
        ],
        "whenHandedOver": print_instant(dispense.handed_over),
    }
    if dispense.prescriptions:
        resource["authorizingPrescription"] = [
            {"reference": f"MedicationRequest/{one}"} for one in dispense.prescriptions
        ]
    if dispense.quantity is not None:
        resource["quantity"] = {"value": dispense.quantity} | ({"unit": dispense.unit} if dispense.unit else {})
    if dispense.instructions:
        resource["dosageInstruction"] = [{"text": dispense.instructions}]
    return resource
