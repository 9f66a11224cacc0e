"""HL7 V2 composite values inside XDS metadata: CX, XCN, XON, PID fields and UTC times.

IHE ITI TF-3 4.2.3.1; forms of CI-SIS « Partage de documents de santé ». A delimiter inside a name is
written with its HL7 V2.5 escape (chapter 2.7), so that « DUPONT & FILS » stays one component.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from mappings.codes import oids
from mappings.codes.identifiers import is_oid
from mappings.codes.professions import author_specialty
from mappings.domain.people import Organization, Patient, Practitioner

#: ebRIM LongName: a slot value or an identifier holds no more.
VALUE_LENGTH: Final = 256

_ESCAPES: Final = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})
#: HL7 V2 table 0001.
_SEX: Final = {"female": "F", "male": "M", "unknown": "U"}


_DELIMITERS: Final = {"E": "\\", "F": "|", "S": "^", "T": "&", "R": "~"}
_ESCAPE: Final = re.compile(r"\\([EFSTR])\\")


def escape(text: str) -> str:
    return text.translate(_ESCAPES)


def unescaped(text: str) -> str:
    """Delimiters come back as they were."""
    return _ESCAPE.sub(lambda found: _DELIMITERS[found[1]], text)


def utc(instant: dt.datetime) -> str:
    """Metadata times are in UTC and say no offset, unlike those of the CDA."""
    moment = instant.astimezone(dt.UTC)
    return f"{moment.year:04}{moment:%m%d%H%M%S}"


def practitioner_xcn(practitioner: Practitioner) -> str:
    return (
        f"8{practitioner.rpps}^{escape(practitioner.family)}^{escape(practitioner.given)}"
        f"^^^^^^&{oids.PROFESSIONAL}&ISO^D^^^IDNPS"
    )


def organization_xon(organization: Organization) -> str:
    return f"{escape(organization.name)}^^^^^&{oids.STRUCTURE}&ISO^IDNST^^^1{organization.finess}"


def specialty_ce(practitioner: Practitioner) -> str | None:
    specialty = author_specialty(practitioner.profession, practitioner.specialty)
    return None if specialty is None else f"{specialty[0]}^{escape(specialty[1])}^{oids.AUTHOR_SPECIALTY}"


def patient_cx(patient: Patient) -> str:
    """The INS of a qualified identity, else the structure's own number."""
    if patient.ins is not None and patient.identity_status == "qualified":
        return ins_cx(patient.ins.value, patient.ins.oid)
    return source_patient_cx(patient)


def ins_cx(value: str, oid: str) -> str:
    return f"{value}^^^&{oid}&ISO^NH"


def source_patient_cx(patient: Patient) -> str:
    """The structure's own number; the INS when the structure gave none."""
    if patient.local_identifier is not None and is_oid(patient.local_identifier[0]):
        authority, value = patient.local_identifier
        return f"{escape(value)}^^^&{authority}&ISO^PI"
    assert patient.ins is not None, "a patient without any identifier is refused before"
    return ins_cx(patient.ins.value, patient.ins.oid)


def source_patient_info(patient: Patient) -> Iterator[str]:
    yield f"PID-5|{escape(patient.birth_family)}^{escape(patient.birth_given)}^{escape(patient.birth_given_list)}^^^^L"
    if patient.used_family or patient.used_given:
        yield f"PID-5|{escape(patient.used_family)}^{escape(patient.used_given)}^^^^^D"
    yield f"PID-7|{patient.birth_date.year:04}{patient.birth_date:%m%d}"
    yield f"PID-8|{_SEX[patient.gender]}"
    if patient.birth_place_code:
        yield f"PID-11|^^^^^^BDL^^{patient.birth_place_code}"
