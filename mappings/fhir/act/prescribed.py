"""What an act prescribes: MedicationRequest or ServiceRequest ↔ ``Prescription``.

R4 4.0.1, https://hl7.org/fhir/R4/medicationrequest.html, https://hl7.org/fhir/R4/servicerequest.html.
"""

from typing import cast

from mappings.codes import systems
from mappings.domain.act import DelegatedAct, Prescription
from mappings.domain.kinds import PrescriptionKind
from mappings.fhir.act.elements import ISSUED, Resource
from mappings.fhir.act.reader import Reader
from mappings.fhir.datatypes import meta, print_instant, rpps_reference


def prescription_from_fhir(read: Reader, resource: Resource, n: int) -> Prescription:
    """``n`` is its place among the prescriptions of the act, from 0."""
    kind = cast(PrescriptionKind, resource["resourceType"])
    canonicals = resource.get("instantiatesCanonical", [])
    found = [c for c in canonicals if c and c.startswith(systems.ACTIVITY_DEFINITION)]
    if len(found) != 1:
        read.missing(f"{kind}[{n}].instantiatesCanonical", "instantiatesCanonical (ActivityDefinition)")
    concept = resource.get("medicationCodeableConcept" if kind == "MedicationRequest" else "code", {})
    dosage = resource.get("dosageInstruction", ())
    return Prescription(
        id=resource.get("id", ""),
        kind=kind,
        activity=found[0] if found else "",
        text=concept.get("text", ""),
        instructions=(
            "\n".join(d.get("text", "") for d in dosage)
            if kind == "MedicationRequest"
            else resource.get("patientInstruction", "")
        ),
        stopped=resource.get("status") in ISSUED[kind].ended,
    )


def prescription_to_fhir(
    act: DelegatedAct, prescription: Prescription, number: int, delegation: list[Resource], *, fictitious: bool
) -> Resource:
    """``number`` tells it from all that the act issues, from 1; ``delegation`` is what is said of who acts for whom."""
    medication = prescription.kind == "MedicationRequest"
    row = ISSUED[prescription.kind]
    resource: Resource = {
        "resourceType": prescription.kind,
        "id": prescription.id,
        "meta": meta(row.profile, fictitious=fictitious),
        "extension": delegation,
        "identifier": [{"system": f"{systems.IDENTIFIER}act", "value": f"{act.identifier}.{number}"}],
        "instantiatesCanonical": [act.protocol, prescription.activity],
        "basedOn": [{"reference": f"CarePlan/{act.inclusion_id}"}],
        "status": row.ended[0] if prescription.stopped else row.holds[0],
        "intent": "order",
        "medicationCodeableConcept" if medication else "code": {"text": prescription.text},
        "subject": {"reference": f"Patient/{act.patient_id}"},
        "authoredOn": print_instant(act.end),
        "requester": rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
        row.act: [{"reference": f"Procedure/{act.id}"}],
    }
    if medication:
        resource["recorder"] = rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps)
    if prescription.instructions:
        if medication:
            resource["dosageInstruction"] = [{"text": prescription.instructions}]
        else:
            resource["patientInstruction"] = prescription.instructions
    return resource
