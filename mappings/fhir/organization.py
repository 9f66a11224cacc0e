"""Organization: a structure as *entité géographique* (profile ``binome-organization``).

It says again what FR Core asks in ``fr-core-organization``, https://hl7.fr/ig/fhir/core.
"""

from typing import Final

from mappings.codes import systems
from mappings.domain.identity import organization_id
from mappings.domain.invariants import finess_issues
from mappings.domain.people import Organization
from mappings.elements import Json
from mappings.fhir.datatypes import (
    FhirElement,
    codeable_concept,
    coding,
    identifier,
    mailbox,
    meta,
    print_address,
)

PROFILE: Final = f"{systems.PROFILE}binome-organization"

_IDNST: Final = "urn:oid:1.2.250.1.71.4.2.2"
_ORGANIZATION_TYPE: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
#: End of the name of a structure that does not exist.
FICTITIOUS_NAME: Final = "(FICTIVE)"


def organization_from_fhir(resource: object) -> Organization:
    """lost: legal entity, SIREN and SIRET, ORG mailboxes, further telecoms and addresses."""
    organization = FhirElement.of_resource(resource, "Organization")
    finess = _finess(organization)
    facility_types = [c for c in organization.codings("type") if c.json.get("system") == systems.FACILITY]
    if not facility_types:
        organization.fault("required", "type", "Le secteur d’activité (TRE_R02) est obligatoire.")
    phones = [t for t in organization.children("telecom") if t.json.get("system") == "phone"]
    read = Organization(
        id=organization.id_or(organization_id(finess)),
        finess=finess,
        name=organization.text("name"),
        facility_type=facility_types[0].text("code") if facility_types else "",
        address=organization.address(),
        phone=phones[0].text("value") if phones else "",
        mailbox=organization.mailbox("APP"),
    )
    organization.refuse_faults()
    return read


def organization_to_fhir(organization: Organization) -> Json:
    finess = organization.finess
    phone = [{"system": "phone", "value": organization.phone}] if organization.phone else []
    telecom = [*phone, *([mailbox(organization.mailbox, "APP")] if organization.mailbox else [])]
    fictitious = organization.name.endswith(FICTITIOUS_NAME)
    return (
        {
            "resourceType": "Organization",
            "id": organization.id,
            "meta": meta(PROFILE, fictitious=fictitious),
            "identifier": [
                # National id of a structure: prefix 1 and the FINESS.
                identifier(_IDNST, f"1{finess}", use="official", type=_type("IDNST")),
                identifier(systems.FINESS, finess, type=_type("FINEG")),
            ],
            "type": [
                codeable_concept(coding(_ORGANIZATION_TYPE, "GEOGRAPHICAL-ENTITY")),
                codeable_concept(coding(systems.FACILITY, organization.facility_type)),
            ],
            "name": organization.name,
        }
        | ({"telecom": telecom} if telecom else {})
        | ({"address": [print_address(organization.address)]} if organization.address else {})
    )


def _finess(organization: FhirElement) -> str:
    """FINESS of the *entité géographique*; the legal entity's has the same system, only the type tells them apart."""
    found = {
        each.text("value")
        for each in organization.children("identifier")
        if each.json.get("system") == systems.FINESS and each.has_coding("type", systems.FR_IDENTIFIER_TYPE, "FINEG")
    }
    if len(found) != 1:
        text = "Un numéro FINESS d’entité géographique (type FINEG), et un seul, est attendu."
        organization.fault("value" if found else "required", "identifier", text)
    finess = min(found, default="")
    organization.faults.extend(finess_issues(finess, "Organization.identifier"))
    return finess


def _type(code: str) -> Json:
    return coding(systems.FR_IDENTIFIER_TYPE, code)
