"""The body of a report, section by section: what the CDA tells and the PDF prints, in the same words and order."""

import datetime as dt
from typing import Final

from mappings.codes import oids
from mappings.codes.loinc import LOINC_NAMES
from mappings.domain.people import Code
from mappings.domain.report import ActReport, Entry, Section

#: FR-Actes-et-interventions: IHE PCC, then CI-SIS.
_ACTS: Final = ("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.11", "1.2.250.1.213.1.1.2.118")
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def body_of(report: ActReport) -> tuple[Section, ...]:
    """What was done first, or what a rapid test gave; then the rest, without what says nothing."""
    first = (_screening(report), _act(report)) if report.screening else (_act(report),)
    return (*first, *(section for section in report.sections if section.rows))


def _act(report: ActReport) -> Section:
    acts = tuple(("Acte", f"{act.display} ({act.code})" if act.code else act.display) for act in report.acts)
    rest = (
        ("Date", interval(report.start, report.end)),
        ("Protocole de coopération", f"{report.protocol_title}, version {report.protocol_version}"),
        ("Référence du protocole", report.protocol_canonical),
    )
    return Section(
        title="Acte délégué",
        code=Code(code="29554-3", display=LOINC_NAMES["29554-3"], system=oids.LOINC),
        templates=_ACTS,
        rows=(*acts, *rest) if report.done else (("Réalisation", "Non réalisé : réorientation"), *acts, *rest),
        entries=tuple(
            Entry(
                row=row if report.done else row + 1,
                kind="act" if report.done else "not-done",
                code=act if act.code else None,
                value=act.display,
            )
            for row, act in enumerate(report.acts)
        ),
    )


def _screening(report: ActReport) -> Section:
    """Of the device no act tells anything yet: the model wants it, and it is said not to be known."""
    assert report.screening is not None
    return Section(
        title="Résultat du test rapide d'orientation diagnostique",
        code=report.screening.chapter,
        rows=(
            ("Pathologie recherchée", report.screening.pathology.display),
            *(finding.words for finding in report.screening.findings),
            ("Dispositif utilisé", "Fabricant, référence, lot et péremption non communiqués"),
        ),
    )


def day(date: dt.date) -> str:
    number = "1er" if date.day == 1 else str(date.day)
    return f"{number} {_MONTHS[date.month - 1]} {date.year}"


def _hour(instant: dt.datetime) -> str:
    return f"{instant.hour}\u202fh\u202f{instant.minute:02}"


def instant(at: dt.datetime) -> str:
    return f"{day(at)} à {_hour(at)}"


def interval(start: dt.datetime, end: dt.datetime) -> str:
    if start == end:
        return instant(start)
    if start.date() == end.date():
        return f"{day(start)}, de {_hour(start)} à {_hour(end)}"
    return f"du {instant(start)} au {instant(end)}"
