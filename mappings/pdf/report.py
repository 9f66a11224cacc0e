"""One act report as an accessible PDF/A-1 of one or two pages, equal bytes for equal reports.

CI-SIS « Structuration minimale de documents de santé » 1.16.8: PDF/A-1 (ISO 19005-1); tagged, PDF/UA-1 (ISO 14289-1).
What stands where; how it becomes a file is ``mappings.pdf.page``.
"""

import datetime as dt
from typing import Final

from mappings.codes.document import GENDERS
from mappings.codes.facilities import FACILITIES
from mappings.codes.professions import author_specialty
from mappings.domain.people import Organization, Patient, Practitioner
from mappings.domain.report import ActReport, Section
from mappings.domain.report_body import body_of, day, instant
from mappings.pdf.page import About, Flow, written
from mappings.pdf.page.flow import LEADING, LEFT, RIGHT, Element, Text
from mappings.pdf.page.lines import Style, broken, width

_INK: Final = "0.114 0.208 0.341"
_GREY: Final = "0.357 0.392 0.439"
_PALE: Final = "0.933 0.949 0.965"
_BLACK: Final = "0 0 0"
_BODY: Final = Style(10.5, 0, _BLACK)
_STRONG: Final = Style(10.5, 1, _BLACK)
_SMALL: Final = Style(9, 0, _GREY)
_LABEL: Final = Style(8, 0, _GREY, 0.3)
#: Between paragraphs, and between blocks.
_GAP: Final = 12.6
_BLOCK: Final = 18.6


def report_to_pdf(report: ActReport) -> bytes:
    flow = Flow()
    _head(flow, report)
    _title(flow, report)
    _identity(flow, report.patient)
    _team(flow, report)
    flow.paragraph(flow.element("P"), _sentence(report), _BODY, _GAP + 4)
    for section in body_of(report):
        _section(flow, section)
    about = About(
        title=report.title,
        author=_name(report.delegatee),
        created=report.created_at.astimezone(dt.UTC),
        foot=f"Document {report.unique_id}",
        foot_style=Style(7.5, 0, _GREY),
    )
    return written(flow, about)


def _head(flow: Flow, report: ActReport) -> None:
    """The structure, and on the right of it since when the report is."""
    told = [f"Établi le {instant(report.created_at)}", *filter(None, (_version(report),))]
    wide = max(width(line, _SMALL) for line in told)
    most = RIGHT - LEFT - wide - 28.35
    left = [
        (report.organization.name, Style(12, 1, _INK)),
        *((row, _SMALL) for row in _organization(report.organization)),
    ]
    rows = [
        Text(element, line, style, LEFT)
        for words, style in left
        for element in (flow.element("P"),)
        for line in broken(words, style, most, most)
    ]
    right = [Text(flow.element("P"), line, _SMALL, RIGHT - width(line, _SMALL)) for line in told]
    flow.beside(right[0])
    for place, text in enumerate(rows):
        flow.row([text, *right[1:2]] if place == 1 else [text], LEADING)
    flow.y -= _GAP + 4
    flow.rule(flow.y, 1.2, _INK)


def _title(flow: Flow, report: ActReport) -> None:
    style = Style(17, 1, _INK)
    flow.headings.append((1, report.title, flow.page, flow.y - 14))
    flow.paragraph(flow.element("H1"), report.title, style, 24.9)
    flow.paragraph(flow.element("P"), report.type_code.display, Style(10.5, 0, _GREY), 7.35)


def _identity(flow: Flow, patient: Patient) -> None:
    """A table to hear, two pairs a row to see."""
    flow.room(120)
    flow.y -= _BLOCK
    page, top = flow.page, flow.y
    x, most = LEFT + 10, RIGHT - LEFT - 20
    flow.paragraph(flow.element("P"), "PATIENT", _LABEL, 10, x=x)
    flow.paragraph(flow.element("P"), _patient_name(patient), Style(13, 1, _BLACK), LEADING, x=x, most=most)
    table = flow.element("Table")
    pairs = _patient(patient)
    names = [max((width(name, _SMALL) for name, _ in pairs[side::2]), default=0) for side in (0, 1)]
    room = (most - 24 - sum(names)) / 2
    starts = (x, x + names[0] + 16 + room)
    cells = [
        [
            Text(_cell(flow, line, "TH"), name, _SMALL, starts[side]),
            *_values(_cell(flow, line, "TD"), value, starts[side] + names[side] + 8, room),
        ]
        for place, (name, value) in enumerate(pairs)
        for side, line in ((place % 2, flow.element("TR", table)),)
    ]
    gap = 10.6
    for left in range(0, len(cells), 2):
        (name, *values), (other, *others) = cells[left], cells[left + 1] if left + 1 < len(cells) else [None]
        for place in range(max(len(values), len(others))):
            names_of = [one for one in (name, other) if one is not None] if place == 0 else []
            flow.row(
                [*names_of, *values[place : place + 1], *others[place : place + 1]], gap if place == 0 else LEADING
            )
        gap = 6.0
    flow.y -= 10
    for on, above, below in flow.stretches(page, top, flow.y):
        flow.rounded(on, LEFT, below, RIGHT - LEFT, above, _PALE)


def _cell(flow: Flow, line: Element, kind: str) -> Element:
    return flow.element(kind, line, "/A<</O/Table/Scope/Row>>" if kind == "TH" else "")


def _values(element: Element, value: str, x: float, room: float) -> list[Text]:
    return [Text(element, line, _BODY, x) for line in broken(value, _BODY, room, room)]


def _team(flow: Flow, report: ActReport) -> None:
    """Who did it, and beside it on whose behalf."""
    most = (RIGHT - LEFT - 14) / 2
    columns = [
        [
            Text(element, line, style, x + 8)
            for words, style in (
                (role, _LABEL),
                (_name(person), _STRONG),
                *((r, _SMALL) for r in _practitioner(person)),
            )
            for element in (flow.element("P"),)
            for line in broken(words, style, most - 8, most - 8)
        ]
        for role, person, x in (
            ("DÉLÉGUÉ", report.delegatee, LEFT),
            ("DÉLÉGANT", report.delegator, LEFT + most + 14),
        )
    ]
    flow.room(80)
    flow.y -= _BLOCK
    page, top = flow.page, flow.y
    for place in range(max(map(len, columns))):
        flow.row([text for column in columns for text in column[place : place + 1]], LEADING if place else 2)
    flow.y -= 2
    for on, above, below in flow.stretches(page, top, flow.y):
        for x in (LEFT, LEFT + most + 14):
            flow.box(on, x - 1, below, 2, above, _INK)


def _section(flow: Flow, section: Section) -> None:
    style = Style(12, 1, _INK)
    # a heading stays with the first lines of what it announces
    flow.room(60)
    flow.headings.append((2, section.title, flow.page, flow.y))
    flow.paragraph(flow.element("H2"), section.title, style, 13.2)
    flow.y -= 3
    flow.rule(flow.y, 0.4, _INK)
    items = flow.element("L", attributes="/A<</O/List/ListNumbering/None>>")
    for place, (name, value) in enumerate(section.rows):
        item = flow.element("LI", items)
        label, body = flow.element("Lbl", item), flow.element("LBody", item)
        flow.item((label, name, _STRONG), (body, value, _BODY), _GAP if place else 8.4)


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
