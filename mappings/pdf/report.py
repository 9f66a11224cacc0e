"""One act report as an accessible PDF/A-1 of one or two pages, equal bytes for equal reports.

CI-SIS « Structuration minimale de documents de santé » 1.16.8: PDF/A-1 (ISO 19005-1); tagged, PDF/UA-1 (ISO 14289-1).
The data travels as JSON beside the template, never inside it: no name can become markup.
"""

import datetime as dt
import json
from importlib import resources
from typing import Any, Final, Literal

import typst

from mappings.codes.document import GENDERS
from mappings.codes.facilities import FACILITIES
from mappings.codes.professions import author_specialty
from mappings.domain.people import Organization, Patient, Practitioner
from mappings.domain.report import ActReport
from mappings.domain.report_body import body_of, day, instant

_TEMPLATE: Final = resources.files(__package__).joinpath("report.typ").read_bytes()
#: Only the bundled fonts: what a machine happens to have installed must not change a byte.
_FONTS: Final = typst.Fonts(include_system_fonts=False)


#: PDF/A-1a with PDF/UA-1; and, should the compiler not manage to tag a page, PDF/A-1b: printed rather than not at all.
_STANDARDS: Final[tuple[tuple[Literal["a-1a", "a-1b", "ua-1"], ...], ...]] = (("a-1a", "ua-1"), ("a-1b",))


def report_to_pdf(report: ActReport) -> bytes:
    data = json.dumps(_page(report), ensure_ascii=False)
    for standards in _STANDARDS:
        try:
            pdf = typst.compile(
                _TEMPLATE,
                format="pdf",
                font_paths=_FONTS,
                ignore_system_fonts=True,
                sys_inputs={"report": data},
                pdf_standards=[*standards],
                pdf_tags=len(standards) > 1,
                timestamp=report.created_at.astimezone(dt.UTC),
            )
        except typst.TypstError:
            continue
        assert isinstance(pdf, bytes)
        return pdf
    # outside the except clause: the compiler's message quotes the data
    raise RuntimeError("the report template did not compile")


def _page(report: ActReport) -> dict[str, Any]:
    created = report.created_at.astimezone(dt.UTC)
    return {
        "title": report.title,
        "type": report.type_code.display,
        "author": _name(report.delegatee),
        "identifier": report.unique_id,
        "date": {"year": created.year, "month": created.month, "day": created.day}
        | {"hour": created.hour, "minute": created.minute, "second": created.second},
        "created": instant(report.created_at),
        "version": _version(report),
        "organization": {"name": report.organization.name, "rows": _organization(report.organization)},
        "patient": {"name": _patient_name(report.patient), "rows": _patient(report.patient)},
        "professionals": [
            {"role": "Délégué", "name": _name(report.delegatee), "rows": _practitioner(report.delegatee)},
            {"role": "Délégant", "name": _name(report.delegator), "rows": _practitioner(report.delegator)},
        ],
        "sentence": _sentence(report),
        "sections": [{"title": section.title, "rows": section.rows} for section in body_of(report)],
    }


def _sentence(report: ActReport) -> str:
    return (
        f"Acte réalisé par {_name(report.delegatee)} (délégué) pour le compte de {_name(report.delegator)} (délégant), "
        f"dans le cadre du protocole de coopération «\u00a0{report.protocol_title}\u00a0»."
    )


def _version(report: ActReport) -> str:
    return f"Version {report.version}, annule et remplace la précédente" if report.replaces else ""


def _organization(organization: Organization) -> list[str]:
    address = organization.address
    place = [*address.lines, f"{address.postal_code} {address.city}".strip()] if address else []
    contact = [f"Tél. : {organization.phone}"] if organization.phone else []
    return [
        f"{FACILITIES.get(organization.facility_type, '')} – FINESS {organization.finess}",
        *[line for line in (", ".join(filter(None, place)),) if line],
        *contact,
    ]


def _patient_name(patient: Patient) -> str:
    return f"{patient.birth_family} {patient.birth_given}"


def _patient(patient: Patient) -> list[tuple[str, str]]:
    place = patient.birth_place_name or patient.birth_place_code
    rows = [
        ("Nom de naissance", patient.birth_family),
        ("Prénoms de naissance", patient.birth_given_list),
        ("Date de naissance", day(patient.birth_date)),
        ("Lieu de naissance", place or "non communiqué"),
        ("Sexe", GENDERS[patient.gender][1].lower()),
    ]
    if patient.used_family or patient.used_given:
        rows.append(("Nom et prénom utilisés", f"{patient.used_family} {patient.used_given}".strip()))
    if patient.ins is not None and patient.identity_status == "qualified":
        rows.append(("Matricule INS", patient.ins.value))
    else:
        rows.append(("Identité", "non qualifiée"))
    if patient.local_identifier is not None:
        rows.append(("Identifiant local", patient.local_identifier[1]))
    return rows


def _practitioner(practitioner: Practitioner) -> list[str]:
    specialty = author_specialty(practitioner.profession, practitioner.specialty)
    return [*([specialty[1]] if specialty else []), f"RPPS {practitioner.rpps}"]


_TITLES: Final = {"M": "M.", "MME": "Mme", "DR": "Dr", "PR": "Pr"}


def _name(practitioner: Practitioner) -> str:
    title = _TITLES.get(practitioner.suffix) or _TITLES.get(practitioner.prefix, "")
    return " ".join(filter(None, (title, practitioner.given, practitioner.family)))
