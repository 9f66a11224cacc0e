"""From an act and the people around it to its report: what will be said, before any dialect."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from mappings.codes import oids
from mappings.codes.units import UNITS
from mappings.domain.act import Answer, DelegatedAct, Recourse
from mappings.domain.people import Code, Organization, Patient, Practitioner
from mappings.domain.protocol import FormItem, Protocol
from mappings.domain.report import ActReport, Section
from mappings.domain.time import FRANCE

#: Default document type when the délégué is an *auxiliaire médical* (JDV_J07, LOINC).
REPORT_TYPE: Final = Code(
    code="11506-3",
    display="CR ou fiche de suivi de soins par auxiliaire médical",
    system=oids.LOINC,
)
#: Why a patient goes back to the délégant, in words (binome-reorientation-reason).
REORIENTATION_REASONS: Final[dict[str, str]] = {
    "exclusion-age": "Âge hors du protocole",
    "exclusion-other": "Autre critère d’exclusion",
    "undetermined": "Critère indéterminé",
    "planned-by-protocol": "Réorientation prévue par le protocole",
    "new-symptoms": "Nouveaux symptômes",
    "worsening": "Aggravation",
    "delegue-doubt": "Doute du délégué",
    "patient-choice": "Choix du patient",
    "no-delegant-reachable": "Délégant injoignable",
    "data-sharing-refused": "Partage des données refusé",
}

#: What the délégant did when called, in words (binome-recourse).
RECOURSES: Final[dict[Recourse, str]] = {
    "advice": "Le délégant, appelé, a donné son avis.",
    "take-over": "Le délégant, appelé, reprend la suite.",
}


def report_of(
    act: DelegatedAct,
    protocol: Protocol,
    *,
    patient: Patient,
    delegatee: Practitioner,
    delegator: Practitioner,
    organization: Organization,
    unique_id: str,
    set_id: str,
    created_at: dt.datetime,
) -> ActReport:
    """The first version of the report of ``act``."""
    return ActReport(
        unique_id=unique_id,
        set_id=set_id,
        version=1,
        title=f"Compte rendu d’acte délégué – {protocol.short_title}"[:128],
        type_code=REPORT_TYPE,
        # documents tell time to the second, as clocks in France show it
        created_at=created_at.astimezone(FRANCE).replace(microsecond=0),
        patient=patient,
        delegatee=delegatee,
        delegator=delegator,
        organization=organization,
        start=act.start,
        end=act.end,
        acts=(Code(code=act.ccam, display=act.text, system=oids.CCAM),),
        protocol_title=protocol.title,
        protocol_version=protocol.version,
        protocol_canonical=protocol.canonical,
        sections=tuple(section for section in _sections(act, protocol) if section.rows),
    )


def _sections(act: DelegatedAct, protocol: Protocol) -> Iterable[Section]:
    """What the reader needs first comes first: what became of the patient, then what was found."""
    if act.status == "not-done":
        yield Section(title="Réorientation", rows=(("Motif", REORIENTATION_REASONS[act.status_reason]),))
    if act.recourse:
        yield Section(title="Recours au délégant", rows=(("Recours", RECOURSES[act.recourse]),))
    yield Section(title="Conclusion", rows=(("Conclusion du délégué", act.conclusion),) if act.conclusion else ())
    yield Section(
        title="Prescriptions",
        rows=tuple((p.text, p.instructions or "Sans précision") for p in act.prescriptions),
    )
    for block in protocol.exam:
        rows = ((item.text, _said(item, act.answers.get(item.link_id))) for item in block.items)
        yield Section(title=block.title, rows=tuple(row for row in rows if row[1]))


def _said(item: FormItem, answer: Answer) -> str:
    """An answer in words; a question that was asked and not answered says so."""
    match answer:
        case None:
            return "Non renseigné" if item.required and item.enabled_when is None else ""
        case bool():
            return "Oui" if answer else "Non"
        case Decimal():
            return f"{answer}".replace(".", ",") + _unit(item)
        case dt.date():
            return answer.strftime("%d/%m/%Y")
        case _:
            return next((option.display for option in item.options if option.code == answer), answer)


def _unit(item: FormItem) -> str:
    """What follows the number: the unit as it is read in French, or what a score is out of."""
    if item.unit == "{score}":
        return "" if item.maximum is None else f" / {item.maximum}"
    return f" {UNITS.get(item.unit, item.unit)}".rstrip()
