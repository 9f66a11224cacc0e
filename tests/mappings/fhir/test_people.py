"""Patient, Practitioner, Organization: FHIR ↔ domain."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from mappings.codes import systems
from mappings.domain.identity import logical_id, patient_id, practitioner_id
from mappings.domain.invariants import ins_key
from mappings.domain.people import Ins
from mappings.fhir.organization import organization_from_fhir, organization_to_fhir
from mappings.fhir.patient import patient_from_fhir, patient_to_fhir
from mappings.fhir.practitioner import practitioner_from_fhir, practitioner_to_fhir
from mappings.fhir.structure import check
from mappings.issues import Refused
from tests.mappings import cooperation_strategies as drawn

TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
V2_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
RELIABILITY = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability"
OLDER = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445"
NEWER = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status"


def typed(system: str, value: str, type_system: str, code: str, use: str = "official") -> dict[str, Any]:
    return {
        "use": use,
        "type": {"coding": [{"system": type_system, "code": code}]},
        "system": system,
        "value": value,
    }


def reliability(system: str, code: str) -> dict[str, Any]:
    status = {"url": "identityStatus", "valueCoding": {"system": system, "code": code}}
    return {"url": RELIABILITY, "extension": [status]}


def a_patient() -> dict[str, Any]:
    """As another software writes it, in the dialect of FR Core 2.1.0."""
    commune = {
        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
        "valueCoding": {
            "system": "https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune",
            "code": "67482",
        },
    }
    given_list = {
        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name",
        "valueString": "CAMILLE ANNE",
    }
    return {
        "resourceType": "Patient",
        "extension": [
            reliability(OLDER, "VALI"),
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
                "valueAddress": {"extension": [commune], "city": "Strasbourg"},
            },
        ],
        "identifier": [
            typed("urn:oid:1.2.250.1.213.1.4.10", "258066799900794", TYPES, "INS-NIR-TEST"),
            typed("urn:oid:1.2.250.1.999.1.1.20260.2", "PAT-000123", V2_TYPES, "PI", "usual"),
        ],
        "name": [
            {"extension": [given_list], "use": "official", "family": "TEST-BINOME", "given": ["CAMILLE"]},
            {"use": "usual", "family": "TEST-SAULE"},
        ],
        "gender": "female",
        "birthDate": "1958-06-14",
    }


def a_practitioner() -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "identifier": [typed("https://rpps.esante.gouv.fr", "99900007024", TYPES, "RPPS")],
        "name": [{"family": "WEBER-FICTIF", "given": ["Hugo"], "prefix": ["M"], "suffix": ["DR"]}],
        "qualification": [
            {"code": {"coding": [{"system": systems.PROFESSION, "code": "10"}]}},
            {"code": {"coding": [{"system": systems.SPECIALTY, "code": "SM26"}]}},
        ],
    }


def an_organization() -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "identifier": [typed("https://finess.esante.gouv.fr", "670999990", TYPES, "FINEG")],
        "type": [{"coding": [{"system": systems.FACILITY, "code": "SA52"}]}],
        "name": "MSP DES TILLEULS (FICTIVE)",
    }


def faults(refused: pytest.ExceptionInfo[Refused]) -> set[tuple[str, str]]:
    return {(issue.code, issue.expression) for issue in refused.value.issues}


@given(drawn.patients())
def test_a_patient_comes_back_from_fhir(patient: Any) -> None:
    assert patient_from_fhir(patient_to_fhir(patient)) == patient


@given(drawn.practitioners())
def test_a_practitioner_comes_back_from_fhir(practitioner: Any) -> None:
    assert practitioner_from_fhir(practitioner_to_fhir(practitioner)) == practitioner


@given(drawn.organizations())
def test_an_organization_comes_back_from_fhir(organization: Any) -> None:
    assert organization_from_fhir(organization_to_fhir(organization)) == organization


def test_the_patient_of_another_software_is_understood() -> None:
    patient = patient_from_fhir(a_patient())
    assert patient.ins == Ins(value="258066799900794", oid=systems.INS_TEST_OID)
    assert patient.identity_status == "qualified"
    assert patient.id == patient_id(patient.ins, None)
    assert (patient.birth_place_code, patient.birth_given_list) == ("67482", "CAMILLE ANNE")
    assert (patient.used_family, patient.used_given) == ("TEST-SAULE", "")
    assert patient.local_identifier == ("1.2.250.1.999.1.1.20260.2", "PAT-000123")


def test_the_given_id_is_kept() -> None:
    assert patient_from_fhir(a_patient() | {"id": "pat1"}).id == "pat1"
    assert practitioner_from_fhir(a_practitioner() | {"id": "mg1"}).id == "mg1"


@pytest.mark.parametrize(
    ("system", "code", "with_ins", "status"),
    [
        (OLDER, "VALI", True, "qualified"),
        (OLDER, "VALI", False, "validated"),
        (OLDER, "QUAL", True, "qualified"),
        (OLDER, "PROV", False, "provisional"),
        (NEWER, "QUAL", True, "qualified"),
        (NEWER, "VALI", False, "validated"),
        (NEWER, "RECUP", False, "recovered"),
        (NEWER, "PROV", False, "provisional"),
    ],
)
def test_both_dialects_of_the_identity_status(system: str, code: str, with_ins: bool, status: str) -> None:
    resource = a_patient()
    resource["extension"][0] = reliability(system, code)
    if not with_ins:
        del resource["identifier"][0]
    assert patient_from_fhir(resource).identity_status == status


@pytest.mark.parametrize(("system", "code"), [(NEWER, "VALI"), (NEWER, "RECUP"), (OLDER, "PROV"), (NEWER, "PROV")])
def test_the_ins_travels_with_a_qualified_identity_only(system: str, code: str) -> None:
    resource = a_patient()
    resource["extension"][0] = reliability(system, code)
    with pytest.raises(Refused) as refused:
        patient_from_fhir(resource)
    assert faults(refused) == {("business-rule", "Patient.identifier")}


def test_an_identity_of_unknown_status_carries_no_ins() -> None:
    resource = a_patient()
    del resource["extension"][0]
    with pytest.raises(Refused) as refused:
        patient_from_fhir(resource)
    assert faults(refused) == {("business-rule", "Patient.identifier")}


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("urn:oid:1.2.250.1.213.1.4.10", "258066799900795"),  # key
        ("urn:oid:1.2.250.1.213.1.4.10", "2580667999007"),  # no key
        ("urn:oid:1.2.250.1.213.1.4.10", "25806679990079٤"),  # a digit of another script
        ("urn:oid:1.2.250.1.213.1.4.12", "258066799900794"),  # authority
    ],
)
def test_a_wrong_ins_is_refused(system: str, value: str) -> None:
    resource = a_patient()
    resource["identifier"][0] = typed(system, value, TYPES, "INS-NIR-TEST")
    with pytest.raises(Refused) as refused:
        patient_from_fhir(resource)
    assert faults(refused) == {("value", "Patient.identifier")}
    assert "2580667" not in str([issue.text for issue in refused.value.issues])


def test_two_ins_are_refused_and_an_old_one_is_not_counted() -> None:
    resource = a_patient()
    other = typed("urn:oid:1.2.250.1.213.1.4.11", "258066799900794", TYPES, "INS-NIR-DEMO", "old")
    resource["identifier"].append(other)
    assert patient_from_fhir(resource).ins == Ins(value="258066799900794", oid=systems.INS_TEST_OID)
    other["use"] = "official"
    with pytest.raises(Refused) as refused:
        patient_from_fhir(resource)
    assert faults(refused) == {("business-rule", "Patient.identifier")}


def test_the_billing_number_is_not_an_ins() -> None:
    resource = a_patient()
    resource["identifier"][0] = typed("urn:oid:1.2.250.1.213.1.4.8", "258066799900794", V2_TYPES, "NH")
    assert patient_from_fhir(resource).ins is None


@pytest.mark.parametrize(
    ("matricule", "key"),
    [
        ("2580667999007", 94),
        ("190022A999001", 97 - 1900219999001 % 97),
        ("190022B999001", 97 - 1900218999001 % 97),
    ],
)
def test_the_key_of_a_matricule(matricule: str, key: int) -> None:
    assert ins_key(matricule) == key


def test_every_fault_of_a_patient_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        patient_from_fhir({"resourceType": "Patient", "gender": "other", "birthDate": "1958-06"})
    assert faults(refused) == {
        ("required", "Patient.identifier"),
        ("required", "Patient.name.where(use='official').family"),
        ("required", "Patient.name.where(use='official').given"),
        ("code-invalid", "Patient.gender"),
        ("value", "Patient.birthDate"),
    }


def test_the_traits_of_the_ins_are_whole() -> None:
    resource = a_patient()
    del resource["extension"][1]
    del resource["name"][0]["extension"]
    with pytest.raises(Refused) as refused:
        patient_from_fhir(resource)
    assert {code for code, _ in faults(refused)} == {"required"}
    assert len(faults(refused)) == 2


def test_the_profile_and_the_label_follow_the_identity() -> None:
    patient = patient_from_fhir(a_patient())
    resource = patient_to_fhir(patient)
    assert resource["meta"]["profile"] == [f"{systems.PROFILE}binome-patient"]
    assert resource["meta"]["security"] == [{"system": systems.ACT_REASON, "code": "HTEST"}]
    assert resource["identifier"][0]["type"]["coding"][0]["code"] == "INS-NIR-TEST"
    official = [each for each in resource["identifier"] if each["use"] == "official"]
    assert len(official) == 1  # fr-core-2


@pytest.mark.parametrize(
    ("resource", "read", "printed", "profile"),
    [
        (a_patient(), patient_from_fhir, patient_to_fhir, "fr-core-patient-ins"),
        (a_practitioner(), practitioner_from_fhir, practitioner_to_fhir, "fr-core-practitioner"),
        (an_organization(), organization_from_fhir, organization_to_fhir, "fr-core-organization"),
    ],
)
def test_what_claims_fr_core_is_read_and_what_we_write_claims_ours(
    resource: dict[str, Any], read: Any, printed: Any, profile: str
) -> None:
    claiming = resource | {"meta": {"profile": [f"{systems.FR_CORE}{profile}"]}}
    assert check(claiming) == []
    assert read(claiming) == read(resource)
    (claimed,) = printed(read(claiming))["meta"]["profile"]
    assert claimed.startswith(systems.PROFILE)


def test_students_are_not_professionals() -> None:
    """TRE_G16 (in training) has the digits of TRE_G15."""
    resource = a_practitioner()
    formation = "https://mos.esante.gouv.fr/NOS/TRE_G16-ProfessionFormation/FHIR/TRE-G16-ProfessionFormation"
    resource["qualification"][0]["code"]["coding"][0]["system"] = formation
    with pytest.raises(Refused) as refused:
        practitioner_from_fhir(resource)
    assert faults(refused) == {("required", "Practitioner.qualification")}


@pytest.mark.parametrize("number", ["9990000702", "999000070244", "9990000702A", "８9900007024"])
def test_the_rpps_has_eleven_digits(number: str) -> None:
    resource = a_practitioner()
    resource["identifier"][0]["value"] = number
    with pytest.raises(Refused) as refused:
        practitioner_from_fhir(resource)
    assert faults(refused) == {("value", "Practitioner.identifier")}


def test_an_rpps_without_luhn_key_is_not_refused() -> None:
    resource = a_practitioner()
    resource["identifier"][0]["value"] = "99900007025"
    assert practitioner_from_fhir(resource).id == practitioner_id("99900007025")


@pytest.mark.parametrize("service", [None, "APICRYPT", "AutreMessagerie"])
def test_an_ordinary_address_is_not_a_mailbox(service: str | None) -> None:
    resource = practitioner_to_fhir(
        replace(practitioner_from_fhir(a_practitioner()), mailbox="hugo.weber-fictif@medecin.formation.mssante.fr")
    )
    told = resource["telecom"][0]["extension"]
    assert practitioner_from_fhir(resource).mailbox
    if service:
        told[0] = told[0] | {"valueCoding": {"system": systems.MAILBOX_TYPE, "code": service}}
    else:
        del told[0]
    assert practitioner_from_fhir(resource).mailbox == ""


def test_the_finess_of_the_legal_entity_is_not_taken() -> None:
    resource = an_organization()
    resource["identifier"][0]["type"]["coding"][0]["code"] = "FINEJ"
    with pytest.raises(Refused) as refused:
        organization_from_fhir(resource)
    assert faults(refused) == {("required", "Organization.identifier")}


def test_ids_do_not_run_into_one_another() -> None:
    assert logical_id("a", "bc") != logical_id("ab", "c")
    assert logical_id("practitioner", "99900007024") == practitioner_id("99900007024")
    with pytest.raises(ValueError, match="no identity"):
        patient_id(None, None)
