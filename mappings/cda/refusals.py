"""Every reason why a report cannot be said faithfully as a CDA document, all at once.

CI-SIS « Structuration minimale » 1.16.8 and RNIV for the identity; several of these the official rules
do not check (displayName, offset, INS root and key, RPPS key, root-only ids) and receivers refuse.
"""

import datetime as dt
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mappings.cda.datatypes import address_lines, phone_number
from mappings.codes import oids
from mappings.codes.characters import is_printable, is_printable_text
from mappings.codes.document import (
    CONFIDENTIALITIES,
    DOCUMENT_TYPES,
    GENDERS,
    PREFIXES,
    RAPID_TEST,
    SUFFIXES,
    TITLE_LENGTH,
    VISIBILITIES,
)
from mappings.codes.facilities import FACILITIES, PRACTICE_SETTINGS
from mappings.codes.identifiers import is_ccam, is_commune, is_finess, is_ins, is_mailbox, is_oid, is_rpps
from mappings.codes.professions import author_specialty
from mappings.codes.systems import FICTITIOUS_INS_OIDS, INS_NIA_OID, INS_NIR_OID
from mappings.domain.people import Address, Organization, Patient, Practitioner
from mappings.domain.report import ActReport
from mappings.issues import Issue, IssueCode

_CI_SIS: Final = "CI-SIS, Structuration minimale 1.16.8"
_RNIV: Final = "Référentiel national d’identitovigilance"
_PHONE: Final = re.compile(r"\+?[0-9]{2,15}")
_INS_OIDS: Final = FICTITIOUS_INS_OIDS | {INS_NIR_OID, INS_NIA_OID}
#: Patients with their team, remembered by a process.
_TEAMS: Final = 1_024
#: CI-SIS: at most seven streetAddressLine.
_ADDRESS_LINES: Final = 7


def cda_refusals(report: ActReport, *, production: bool = False) -> list[Issue]:
    """Every fault; in production, an identity that belongs to nobody (test, demonstration) is one."""
    return [
        *_identifiers(report),
        *_header(report),
        *_times(report),
        *_acts(report),
        *_people(report.patient, report.delegatee, report.delegator, report.organization, production),
        *_texts(report),
    ]


def _issue(code: IssueCode, expression: str, text: str, reference: str = _CI_SIS) -> Issue:
    return Issue(code, expression, text, reference)


def _identifiers(report: ActReport) -> Iterator[Issue]:
    master, identifier, relates = (
        f"DocumentReference.{element}" for element in ("masterIdentifier", "identifier", "relatesTo")
    )
    if not is_oid(report.unique_id):
        yield _issue("value", master, "L’identifiant du document n’est pas un OID d’au plus 64 caractères.")
    if not is_oid(report.set_id):
        yield _issue("value", identifier, "L’identifiant du lot de versions n’est pas un OID d’au plus 64 caractères.")
    if report.set_id == report.unique_id:
        yield _issue("invariant", identifier, "L’identifiant du lot de versions doit différer de celui du document.")
    if report.version < 1:
        yield _issue("value", identifier, "Le numéro de version doit être un entier positif.")
    if (report.version > 1) != bool(report.replaces):
        yield _issue(
            "invariant",
            relates,
            "Une nouvelle version désigne celle qu’elle remplace, et la première n’en remplace aucune.",
        )
    if report.replaces and not is_oid(report.replaces):
        yield _issue("value", relates, "L’identifiant du document remplacé n’est pas un OID d’au plus 64 caractères.")
    if report.replaces and report.replaces == report.unique_id:
        yield _issue("invariant", relates, "Un document ne peut pas se remplacer lui-même.")


def _header(report: ActReport) -> Iterator[Issue]:
    if not report.title.strip():
        yield _issue("required", "DocumentReference.description", "Le titre du document manque.")
    if len(report.title) > TITLE_LENGTH:
        yield _issue("too-long", "DocumentReference.description", f"Le titre dépasse {TITLE_LENGTH} caractères.")
    kind = report.type_code
    if DOCUMENT_TYPES.get(kind.code) != kind.display or kind.system != oids.LOINC:
        yield _issue(
            "code-invalid",
            "DocumentReference.type",
            "Le type de document (code, libellé, système) n’est pas dans JDV_J07.",
        )
    if (kind.code == RAPID_TEST) != (report.screening is not None):
        yield _issue(
            "invariant",
            "DocumentReference.type",
            "Un test rapide (96173-0) suit le modèle BIO-TROD, et lui seul : son résultat est exigé.",
        )
    if report.confidentiality not in CONFIDENTIALITIES:
        yield _issue(
            "code-invalid", "DocumentReference.securityLabel", "Le niveau de confidentialité n’est pas N, R ou V."
        )
    if not report.visibility <= VISIBILITIES.keys():
        yield _issue(
            "code-invalid",
            "DocumentReference.securityLabel",
            "Un statut de visibilité n’est pas dans TRE_A07 (MASQUE_PS…).",
        )
    if report.practice_setting not in PRACTICE_SETTINGS:
        yield _issue(
            "code-invalid", "DocumentReference.context.practiceSetting", "Le cadre d’exercice n’est pas dans JDV_J04."
        )
    if not report.protocol_title.strip() or not report.protocol_version.strip():
        yield _issue("required", "Procedure.instantiatesCanonical", "Le titre ou la version du protocole manque.")


def _times(report: ActReport) -> Iterator[Issue]:
    instants = {
        "DocumentReference.date": report.created_at,
        "Procedure.performed.start": report.start,
        "Procedure.performed.end": report.end,
    }
    faulty = [expression for expression, instant in instants.items() if not _has_offset(instant)]
    for expression in faulty:
        yield _issue("value", expression, "L’horodatage doit porter son décalage horaire, en minutes entières.")
    if not faulty and report.end < report.start:
        yield _issue("invariant", "Procedure.performed", "La fin de l’acte précède son début.")


def _has_offset(instant: dt.datetime) -> bool:
    offset = instant.utcoffset()
    return offset is not None and offset % dt.timedelta(minutes=1) == dt.timedelta()


def _acts(report: ActReport) -> Iterator[Issue]:
    if not report.acts:
        yield _issue("required", "Procedure.code", "Le compte rendu ne dit pas quel acte a été réalisé.")
    for index, act in enumerate(report.acts):
        expression = "Procedure.code" if index == 0 else f"Procedure.code.coding[{index}]"
        if not act.display.strip():
            yield _issue("required", expression, "Le libellé de l’acte manque.")
        if act.code and (not is_oid(act.system) or re.search(r"\s", act.code)):
            yield _issue("value", expression, "Le code de l’acte contient une espace, ou son système n’est pas un OID.")
        elif act.code and act.system == oids.CCAM and not is_ccam(act.code):
            yield _issue("code-invalid", expression, "Le code de l’acte n’a pas la forme d’un code CCAM (AAAA000).")


@lru_cache(maxsize=_TEAMS)
def _people(
    patient: Patient, delegatee: Practitioner, delegator: Practitioner, organization: Organization, production: bool
) -> tuple[Issue, ...]:
    """Those who meet again and again are looked at once."""
    return (
        *_patient(patient, production),
        *_practitioner(delegatee, "délégué"),
        *_practitioner(delegator, "délégant"),
        *_organization(organization),
    )


def _patient(patient: Patient, production: bool) -> Iterator[Issue]:
    if not patient.birth_family.strip():
        yield _issue("required", "Patient.name", "Le nom de naissance du patient manque.", _RNIV)
    if not patient.birth_given.strip() or not patient.birth_given_list.strip():
        yield _issue(
            "required", "Patient.name", "Le premier prénom ou la liste des prénoms de naissance manque.", _RNIV
        )
    if patient.gender not in GENDERS:
        yield _issue("code-invalid", "Patient.gender", "Le sexe du patient n’est pas dans JDV_J143.")
    if patient.birth_place_code and not is_commune(patient.birth_place_code):
        yield _issue(
            "value", "Patient.extension", "Le lieu de naissance n’est pas un code INSEE à cinq caractères.", _RNIV
        )
    if patient.ins is not None and patient.identity_status == "qualified":
        yield from _ins(patient, production)
    elif patient.local_identifier is None or not is_oid(patient.local_identifier[0]):
        yield _issue(
            "required",
            "Patient.identifier",
            "Sans INS qualifiée, un identifiant local dont l’autorité est un OID est exigé.",
        )
    if patient.local_identifier is not None and not patient.local_identifier[1].strip():
        yield _issue("required", "Patient.identifier", "L’identifiant local du patient est vide.")
    yield from _address(patient.address, "Patient.address")


def _ins(patient: Patient, production: bool) -> Iterator[Issue]:
    assert patient.ins is not None
    if not patient.birth_place_code:
        yield _issue("required", "Patient.extension", "Le lieu de naissance est exigé avec une INS.", _RNIV)
    if patient.ins.oid not in _INS_OIDS:
        yield _issue(
            "value", "Patient.identifier", "L’autorité du matricule INS n’est pas l’un des quatre OID admis.", _RNIV
        )
    elif production and patient.ins.oid in FICTITIOUS_INS_OIDS:
        yield _issue(
            "value", "Patient.identifier", "Une INS de test ou de démonstration est refusée en production.", _RNIV
        )
    if not is_ins(patient.ins.value):
        yield _issue(
            "value", "Patient.identifier", "Le matricule INS n’a pas 15 caractères ou sa clé est fausse.", _RNIV
        )


def _practitioner(practitioner: Practitioner, role: str) -> Iterator[Issue]:
    if not is_rpps(practitioner.rpps):
        yield _issue(
            "value", "Practitioner.identifier", f"Le numéro RPPS du {role} n’a pas 11 chiffres ou sa clé est fausse."
        )
    if not practitioner.family.strip():
        yield _issue("required", "Practitioner.name", f"Le nom du {role} manque.")
    if practitioner.prefix and practitioner.prefix not in PREFIXES:
        yield _issue(
            "code-invalid", "Practitioner.name.prefix", f"La civilité du {role} n’est pas dans JDV_J245 (M, MME)."
        )
    if practitioner.suffix and practitioner.suffix not in SUFFIXES:
        yield _issue(
            "code-invalid", "Practitioner.name.suffix", f"Le titre du {role} n’est pas dans JDV_J246 (DR, PR…)."
        )
    if author_specialty(practitioner.profession, practitioner.specialty) is None:
        yield _issue(
            "code-invalid",
            "Practitioner.qualification",
            f"La profession ou la spécialité du {role} n’est pas dans JDV_J01.",
        )
    if practitioner.mailbox and not is_mailbox(practitioner.mailbox):
        yield _issue("value", "Practitioner.telecom", f"L’adresse de messagerie du {role} est mal formée.")


def _organization(organization: Organization) -> Iterator[Issue]:
    if not is_finess(organization.finess):
        yield _issue("value", "Organization.identifier", "Le numéro FINESS de la structure n’a pas neuf caractères.")
    if not organization.name.strip():
        yield _issue("required", "Organization.name", "Le nom de la structure manque.")
    if organization.facility_type not in FACILITIES:
        yield _issue("code-invalid", "Organization.type", "Le type de la structure n’est pas dans JDV_J02.")
    if organization.phone and _PHONE.fullmatch(phone_number(organization.phone)) is None:
        yield _issue("value", "Organization.telecom", "Le numéro de téléphone de la structure est mal formé.")
    if organization.mailbox and not is_mailbox(organization.mailbox):
        yield _issue("value", "Organization.telecom", "L’adresse de messagerie de la structure est mal formée.")
    yield from _address(organization.address, "Organization.address")


def _address(address: Address | None, expression: str) -> Iterator[Issue]:
    if address is not None and len(address_lines(address)) > _ADDRESS_LINES:
        yield _issue("too-long", expression, f"L’adresse dépasse {_ADDRESS_LINES} lignes.")


def _texts(report: ActReport) -> Iterator[Issue]:
    """What the fonts of the document cannot draw is refused: a name is never printed as an empty box."""
    patient, organization = report.patient, report.organization
    lines = {
        "DocumentReference.description": report.title,
        "Procedure.instantiatesCanonical": f"{report.protocol_title}{report.protocol_version}{report.protocol_canonical}",
        "Procedure.code": "".join(act.display for act in report.acts),
        "Patient.name": "".join(
            (
                *(patient.birth_family, patient.birth_given, patient.birth_given_list),
                *(patient.used_family, patient.used_given, patient.birth_place_name),
            )
        ),
        "Patient.identifier": "".join(patient.local_identifier or ()),
        "Patient.address": _address_text(patient.address),
        "Practitioner.name": "".join(
            f"{practitioner.given}{practitioner.family}" for practitioner in (report.delegatee, report.delegator)
        ),
        "Organization.name": f"{organization.name}{organization.phone}",
        "Organization.address": _address_text(organization.address),
    }
    for expression, line in lines.items():
        if not is_printable(line):
            yield _issue("value", expression, "L’élément contient un caractère que le document ne peut pas imprimer.")
    body = "".join(f"{section.title}{label}{text}" for section in report.sections for label, text in section.rows)
    if not is_printable_text(body):
        yield _issue(
            "value", "Composition.section.text", "Une section contient un caractère qui ne peut pas être imprimé."
        )


def _address_text(address: Address | None) -> str:
    return "".join(address_lines(address)) if address else ""
