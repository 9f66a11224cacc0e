"""Patients, structures, addresses and protocols as flat records: the parts that several records share."""

from typing import Final

from mappings.codes import systems
from mappings.domain.cooperation import Period
from mappings.domain.identity import organization_id, patient_id
from mappings.domain.invariants import finess_issues, ins_issues
from mappings.domain.people import Address, Gender, IdentityStatus, Ins, Organization, Patient
from mappings.elements import Element, Json

_GENDERS: Final[dict[str, Gender]] = {"male": "male", "female": "female", "unknown": "unknown"}
_STATUSES: Final[dict[str, IdentityStatus]] = {
    "provisional": "provisional",
    "validated": "validated",
    "recovered": "recovered",
    "qualified": "qualified",
}
_TRAITS: Final = (
    "identity_status",
    "birth_family",
    "birth_given",
    "birth_given_list",
    "used_family",
    "used_given",
    "gender",
    "birth_date",
    "birth_place_code",
    "birth_place_name",
    "address",
)
_DESIGNATION: Final = ("ins", "local_identifier")


def patient_from_record(record: Json) -> Patient:
    patient = Element(record, "patient")
    read = read_patient(patient)
    patient.refuse_faults()
    return read


def read_patient(patient: Element) -> Patient:
    """A patient with all traits; the faults stay with the record it is part of."""
    patient.only((*_TRAITS, *_DESIGNATION))
    ins, local = read_designation(patient)
    status = patient.one_of("identity_status", _STATUSES)
    if ins is not None:
        patient.faults.extend(ins_issues(ins, status, patient.at("ins")))
    # The traits of the INS are whole or the INS does not travel.
    trait = Element.text if ins else Element.optional_text
    return Patient(
        id=patient_id(ins, local) if ins or local else "",
        identity_status=status,
        ins=ins,
        birth_family=patient.text("birth_family"),
        birth_given=patient.text("birth_given"),
        birth_given_list=trait(patient, "birth_given_list"),
        used_family=patient.optional_text("used_family"),
        used_given=patient.optional_text("used_given"),
        gender=patient.one_of("gender", _GENDERS),
        birth_date=patient.date("birth_date"),
        birth_place_code=trait(patient, "birth_place_code"),
        birth_place_name=patient.optional_text("birth_place_name"),
        local_identifier=local,
        address=read_address(patient),
    )


def patient_to_record(patient: Patient) -> Json:
    traits = {
        "identity_status": patient.identity_status,
        **print_designation(patient.ins, patient.local_identifier),
        "birth_family": patient.birth_family,
        "birth_given": patient.birth_given,
        "birth_given_list": patient.birth_given_list,
        "used_family": patient.used_family,
        "used_given": patient.used_given,
        "gender": patient.gender,
        "birth_date": patient.birth_date.isoformat(),
        "birth_place_code": patient.birth_place_code,
        "birth_place_name": patient.birth_place_name,
        "address": print_address(patient.address),
    }
    return without_empty(traits)


def read_designation(patient: Element) -> tuple[Ins | None, tuple[str, str] | None]:
    """What says which patient: INS, local number, or both."""
    ins = local = None
    if patient.has("ins"):
        matricule = patient.child("ins")
        matricule.only(("value", "oid"))
        ins = Ins(value=matricule.text("value"), oid=matricule.text("oid"))
    if patient.has("local_identifier"):
        number = patient.child("local_identifier")
        number.only(("system", "value"))
        local = number.text("system").removeprefix("urn:oid:"), number.text("value")
    if ins is None and local is None:
        patient.fault("required", "ins", "Un patient est désigné par son INS ou par un identifiant local.")
    return ins, local


def print_designation(ins: Ins | None, local: tuple[str, str] | None) -> Json:
    return ({"ins": {"value": ins.value, "oid": ins.oid}} if ins else {}) | (
        {"local_identifier": {"system": local[0], "value": local[1]}} if local else {}
    )


def read_structure(structure: Element) -> Organization:
    structure.only(("finess", "name", "facility_type", "address", "phone", "mailbox"))
    finess = read_finess(structure, "finess")
    return Organization(
        id=organization_id(finess),
        finess=finess,
        name=structure.text("name"),
        facility_type=structure.text("facility_type"),
        address=read_address(structure),
        phone=structure.optional_text("phone"),
        mailbox=structure.optional_text("mailbox"),
    )


def print_structure(organization: Organization) -> Json:
    return without_empty(
        {
            "finess": organization.finess,
            "name": organization.name,
            "facility_type": organization.facility_type,
            "address": print_address(organization.address),
            "phone": organization.phone,
            "mailbox": organization.mailbox,
        }
    )


def read_finess(element: Element, key: str) -> str:
    finess = element.text(key)
    element.faults.extend(finess_issues(finess, element.at(key)))
    return finess


def read_address(element: Element) -> Address | None:
    if not element.has("address"):
        return None
    address = element.child("address")
    address.only(("lines", "postal_code", "city"))
    lines = address.texts("lines")
    if len(lines) > 7:
        address.fault("too-long", "lines", "Une adresse tient en sept lignes au plus.")
    return Address(lines=lines, postal_code=address.optional_text("postal_code"), city=address.optional_text("city"))


def print_address(address: Address | None) -> Json:
    if address is None:
        return {}
    return without_empty({"lines": list(address.lines), "postal_code": address.postal_code, "city": address.city})


def read_period(element: Element) -> Period:
    period = element.child("period")
    period.only(("start", "end"))
    start, end = period.date("start"), period.optional_date("end")
    if end is not None and end < start:
        period.fault("value", "end", "La fin de la période précède son début.")
    return Period(start=start, end=end)


def print_period(period: Period) -> Json:
    return {"start": period.start.isoformat()} | ({"end": period.end.isoformat()} if period.end else {})


def read_protocol(element: Element, *, versioned: bool) -> str:
    """``pc-x|2026.1``, or ``pc-x`` where the edition does not matter, as a canonical of ours."""
    text = element.text("protocol")
    slug, _, version = text.partition("|")
    if text.strip() and (not slug.strip() or ":" in slug or bool(version.strip()) != versioned):
        wanted = "« nom-du-protocole|version »" if versioned else "« nom-du-protocole », sans version"
        element.fault("value", "protocol", f"Le protocole se désigne ici par {wanted}.")
    return f"{systems.PLAN_DEFINITION}{text}"


def print_protocol(canonical: str) -> str:
    return canonical.removeprefix(systems.PLAN_DEFINITION)


def without_empty(record: Json) -> Json:
    """What is unknown is left out of a record: no empty text, list or object."""
    return {key: value for key, value in record.items() if value not in ("", None, [], {})}
