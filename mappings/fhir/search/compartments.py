"""Compartments: whose resource it is, by the parameters that say so.

R4 4.0.1, https://hl7.org/fhir/R4/compartmentdefinition-patient.html and compartmentdefinition-practitioner.html, as far
as the types are kept here. The duties about a patient are R5's: R4 has Task in no compartment.
"""

from collections.abc import Mapping
from typing import Final


def _members(text: str) -> dict[str, tuple[str, ...]]:
    rows = (row.partition(":") for row in text.split())
    return {type_: tuple(parameters.split(",")) for type_, _, parameters in rows}


#: By compartment, then by type: any of these parameters names it.
COMPARTMENTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Patient": _members("""
        Patient:link AdverseEvent:subject AuditEvent:patient Basic:author,patient CarePlan:patient,performer CareTeam:patient,participant Consent:patient
        Communication:subject,sender,recipient DocumentReference:subject,author MedicationDispense:subject,patient,receiver MedicationRequest:subject
        Observation:subject,performer Procedure:patient,performer Provenance:patient
        QuestionnaireResponse:subject,author ServiceRequest:subject,performer Task:patient,focus
    """),
    "Practitioner": _members("""
        Patient:general-practitioner AdverseEvent:recorder AuditEvent:agent Basic:author CarePlan:performer CareTeam:participant
        Communication:sender,recipient DocumentReference:subject,author,authenticator MedicationDispense:performer,receiver
        MedicationRequest:requester
        Observation:performer PractitionerRole:practitioner Procedure:performer Provenance:agent
        QuestionnaireResponse:author,source ServiceRequest:performer,requester
    """),
}
