"""Patient, with the INS when the identity is qualified (FR Core ``fr-core-patient-ins``, https://hl7.fr/ig/fhir/core).

Written so that FR Core 2.1.0 and 2.2.0 both accept it, under our own profile ``binome-patient``; read in both dialects,
whatever profile it claims.
"""

from collections.abc import Sequence
from typing import Final

from mappings.codes import systems
from mappings.domain.identity import patient_id
from mappings.domain.invariants import ins_issues
from mappings.domain.people import Gender, IdentityStatus, Ins, Patient
from mappings.elements import Json
from mappings.fhir.datatypes import (
    FhirElement,
    coding,
    extension,
    identifier,
    meta,
    print_address,
    print_date,
)

PROFILE: Final = f"{systems.PROFILE}binome-patient"

_RELIABILITY: Final = f"{systems.FR_CORE}fr-core-identity-reliability"
_BIRTH_PLACE: Final = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_INSEE_CODE: Final = f"{systems.FR_CORE}fr-core-address-insee-code"
_GIVEN_LIST: Final = f"{systems.FR_CORE}fr-core-patient-birth-list-given-name"
_STATUS_2_1: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445"
_STATUS_2_2: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status"
_IDENTIFIER_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"

#: Type code and use of each INS slice, by OID.
_INS_SLICES: Final = {
    systems.INS_NIR_OID: ("INS-NIR", "official"),
    systems.INS_NIA_OID: ("INS-NIA", "temp"),
    systems.INS_TEST_OID: ("INS-NIR-TEST", "official"),
    systems.INS_DEMO_OID: ("INS-NIR-DEMO", "official"),
}
_INS_TYPES: Final = [(systems.FR_IDENTIFIER_TYPE, code) for code, _ in _INS_SLICES.values()]
_GENDERS: Final[dict[str, Gender]] = {"male": "male", "female": "female", "unknown": "unknown"}
_STATUSES: Final[dict[str, IdentityStatus]] = {
    "PROV": "provisional",
    "VALI": "validated",
    "RECUP": "recovered",
    "QUAL": "qualified",
}
_STATUS_CODES: Final = {status: code for code, status in _STATUSES.items()}


def patient_from_fhir(resource: object) -> Patient:
    patient = FhirElement.of_resource(resource, "Patient")
    identifiers = patient.children("identifier")
    ins = _ins(patient, identifiers)
    status = _identity_status(patient, has_ins=ins is not None)
    if ins is not None:
        patient.faults.extend(ins_issues(ins, status, "Patient.identifier"))
    official, usual = _name(patient, "official"), _name(patient, "usual")
    given_list = official.extension(_GIVEN_LIST)
    birth_place = patient.extension(_BIRTH_PLACE).child("valueAddress")
    insee = birth_place.extension(_INSEE_CODE).child("valueCoding")
    # The traits of the INS are whole or the INS does not travel.
    trait = FhirElement.text if ins else FhirElement.optional_text
    local = _local_identifier(identifiers)
    if ins is None and local is None and not patient.has("id"):
        patient.fault("required", "identifier", "Un patient est désigné par son INS ou par un identifiant local.")
    read = Patient(
        id=patient.id_or(patient_id(ins, local) if ins or local else ""),
        identity_status=status,
        ins=ins,
        birth_family=official.text("family"),
        birth_given=_first_given(official, required=True),
        birth_given_list=trait(given_list, "valueString"),
        used_family=usual.optional_text("family"),
        used_given=_first_given(usual, required=False),
        gender=patient.one_of("gender", _GENDERS),
        birth_date=patient.date("birthDate"),
        birth_place_code=trait(insee, "code"),
        birth_place_name=birth_place.optional_text("city"),
        local_identifier=local,
        address=patient.address(),
    )
    patient.refuse_faults()
    return read


def patient_to_fhir(patient: Patient) -> Json:
    official: Json = {"use": "official", "family": patient.birth_family, "given": [patient.birth_given]}
    if patient.birth_given_list:
        official = {"extension": [extension(_GIVEN_LIST, valueString=patient.birth_given_list)]} | official
    return (
        {
            "resourceType": "Patient",
            "id": patient.id,
            "meta": meta(PROFILE, fictitious=patient.is_fictitious),
            "extension": [_print_status(patient), *_print_birth_place(patient)],
        }
        | ({"identifier": found} if (found := [*_print_ins(patient), *_print_local(patient)]) else {})
        | {"name": [official, *_print_used_name(patient)], "gender": patient.gender}
        | {"birthDate": print_date(patient.birth_date)}
        | ({"address": [print_address(patient.address)]} if patient.address else {})
    )


def _ins(patient: FhirElement, identifiers: Sequence[FhirElement]) -> Ins | None:
    """The INS in force. An INS type on an unknown system is kept, so that it is refused and not overlooked."""
    found: dict[tuple[str, str], Ins] = {}
    for each in identifiers:
        types = each.coded("type")
        typed = any((system, code) in _INS_TYPES for system, code in types)
        # The billing number (NSS, type NH) shares the OID of the INS-NIR and is not an INS.
        billing = (_IDENTIFIER_TYPE, "NH") in types
        oid = each.optional_text("system").removeprefix("urn:oid:")
        if (typed or (oid in _INS_SLICES and not billing)) and each.json.get("use") != "old":
            value = each.text("value")
            found[oid, value] = Ins(value=value, oid=oid)
    if len(found) > 1:
        patient.fault("business-rule", "identifier", "Un patient porte une seule INS en vigueur.")
    return next(iter(found.values()), None)


def _identity_status(patient: FhirElement, *, has_ins: bool) -> IdentityStatus:
    """RNIV status; an identity about which nothing is said is provisional.

    VALI of the older code system with an INS beside it is FR Core 2.1.0's way of saying *qualified*
    (invariant fr-core-1); without an INS it can only be the newer *validated*.
    """
    found: set[IdentityStatus] = set()
    for reliability in patient.extensions(_RELIABILITY):
        for each in reliability.extensions("identityStatus"):
            value = each.child("valueCoding")
            status, system = value.one_of("code", _STATUSES), value.text("system")
            if system not in {_STATUS_2_1, _STATUS_2_2}:
                value.fault("code-invalid", "system", "Le système du statut d’identité n’est pas celui de FR Core.")
            found.add("qualified" if system == _STATUS_2_1 and has_ins and status == "validated" else status)
    if len(found) > 1:
        patient.fault("value", f"extension('{_RELIABILITY}')", "Le patient porte deux statuts d’identité différents.")
    return next(iter(found), "provisional")


def _name(patient: FhirElement, use: str) -> FhirElement:
    found = [name for name in patient.children("name") if name.json.get("use") == use]
    if len(found) > 1:
        patient.fault("structure", "name", f"Un seul nom (use = {use}) est attendu.")
    return found[0] if found else patient.absent(f"name.where(use='{use}')")


def _first_given(name: FhirElement, *, required: bool) -> str:
    """lost: further given names of a HumanName; FR Core keeps them in their own extension."""
    given = name.texts("given")
    if required and not name.json.get("given"):
        name.fault("required", "given", "Le premier prénom est obligatoire.")
    return next(iter(given), "")


def _local_identifier(identifiers: Sequence[FhirElement]) -> tuple[str, str] | None:
    """The first number of type PI in force. lost: the numbers of other structures."""
    for each in identifiers:
        if each.has_coding("type", _IDENTIFIER_TYPE, "PI") and each.json.get("use") != "old":
            return each.text("system").removeprefix("urn:oid:"), each.text("value")
    return None


def _print_status(patient: Patient) -> Json:
    older = patient.identity_status == "qualified" and patient.ins is not None
    code = coding(_STATUS_2_1, "VALI") if older else coding(_STATUS_2_2, _STATUS_CODES[patient.identity_status])
    return extension(_RELIABILITY, extension=[extension("identityStatus", valueCoding=code)])


def _print_birth_place(patient: Patient) -> list[Json]:
    code, city = patient.birth_place_code, patient.birth_place_name
    insee = {"extension": [extension(_INSEE_CODE, valueCoding=coding(systems.COMMUNE, code))]} if code else {}
    address = insee | ({"city": city} if city else {})
    return [extension(_BIRTH_PLACE, valueAddress=address)] if address else []


def _print_ins(patient: Patient) -> list[Json]:
    if patient.ins is None:
        return []
    type_code, use = _INS_SLICES[patient.ins.oid]
    type = coding(systems.FR_IDENTIFIER_TYPE, type_code)
    return [identifier(f"urn:oid:{patient.ins.oid}", patient.ins.value, use=use, type=type)]


def local_number(local_identifier: tuple[str, str]) -> tuple[str, str]:
    """(system, value) of a local number as FHIR writes it: an authority that is an OID becomes a URN."""
    authority, value = local_identifier
    return (authority if ":" in authority else f"urn:oid:{authority}"), value


def _print_local(patient: Patient) -> list[Json]:
    if patient.local_identifier is None:
        return []
    system, value = local_number(patient.local_identifier)
    return [identifier(system, value, use="usual", type=coding(_IDENTIFIER_TYPE, "PI"))]


def _print_used_name(patient: Patient) -> list[Json]:
    used = ({"family": patient.used_family} if patient.used_family else {}) | (
        {"given": [patient.used_given]} if patient.used_given else {}
    )
    return [{"use": "usual"} | used] if used else []
