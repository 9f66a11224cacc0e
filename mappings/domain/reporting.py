"""From an act and the people around it to its report: what will be said, before any dialect."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from mappings.codes import oids
from mappings.codes.loinc import LOINC_NAMES
from mappings.codes.systems import LOINC
from mappings.codes.units import UNITS
from mappings.domain.act import Answer, DelegatedAct, Dispense, Observation, Prescription, Recourse
from mappings.domain.evidence import MAY_DECIDE
from mappings.domain.execution import Execution
from mappings.domain.people import Code, Organization, Patient, Practitioner
from mappings.domain.protocol import FormItem, Protocol
from mappings.domain.report import ActReport, Entry, EntryValue, Section
from mappings.domain.report_document import document_kind
from mappings.domain.report_judged import judged
from mappings.domain.time import FRANCE

#: IHE PCC, reason for referral: words, and no more.
_REFERRAL: Final = "1.3.6.1.4.1.19376.1.5.3.1.3.1"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which version of a report it is."""

    version: int = 1
    #: uniqueId of the version that it replaces; empty for the first.
    replaces: str = ""
    #: Why the act was corrected, in the words of whoever did; empty when it was not.
    reason: str = ""
    #: When the délégant vouched for it; None when they did not.
    countersigned_at: dt.datetime | None = None


FIRST: Final = Edition()


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
    execution: Execution | None = None,
    level: Literal[1, 3] = 3,
    coded: bool = True,
    edition: Edition = FIRST,
) -> ActReport:
    """The report of ``act``; ``execution`` is what the protocol judged of it.

    ``coded`` is False for whoever only asks whether it could be said: words are enough.
    """
    kind = document_kind(act, protocol, delegatee)
    return ActReport(
        unique_id=unique_id,
        set_id=set_id,
        version=edition.version,
        replaces=edition.replaces,
        countersigned_at=edition.countersigned_at and _to_the_second(edition.countersigned_at),
        title=kind.title,
        type_code=kind.type_code,
        practice_setting=kind.practice_setting,
        screening=kind.screening,
        level=level,
        # documents tell time to the second, as clocks in France show it
        created_at=_to_the_second(created_at),
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
        done=act.status == "completed",
        sections=(
            *_correction(edition),
            *(one for one in _sections(act, protocol, execution, coded=coded) if one.rows),
        ),
    )


def _correction(edition: Edition) -> Iterable[Section]:
    """Whoever had the former version is told first that this one differs, and why."""
    if edition.reason:
        yield Section(title="Correction", rows=(("Motif de la correction", edition.reason),))
    if edition.countersigned_at:
        at = _to_the_second(edition.countersigned_at)
        yield Section(title="Validation", rows=(("Contresigné par le délégant le", f"{at:%d/%m/%Y à %H:%M}"),))


def _to_the_second(instant: dt.datetime) -> dt.datetime:
    """As clocks in France show it."""
    return instant.astimezone(FRANCE).replace(microsecond=0)


def _sections(act: DelegatedAct, protocol: Protocol, execution: Execution | None, *, coded: bool) -> Iterable[Section]:
    """What the reader needs first comes first: what became of the patient, then what was found, then how it was judged."""
    if act.status == "not-done":
        yield _referral("Réorientation", "Motif", REORIENTATION_REASONS[act.status_reason])
    if act.recourse:
        yield _referral("Recours au délégant", "Recours", RECOURSES[act.recourse])
    yield Section(title="Conclusion", rows=(("Conclusion du délégué", act.conclusion),) if act.conclusion else ())
    yield Section(
        title="Prescriptions",
        code=_section_code("57828-6"),
        rows=tuple((p.text, "\n".join(_prescribed(p))) for p in act.prescriptions),
        entries=tuple(
            Entry(row=row, kind="medication" if p.kind == "MedicationRequest" else "request", value=p.text)
            for row, p in enumerate(act.prescriptions)
            # Software would read an entry as what is to be followed.
            if not p.stopped
        ),
    )
    yield _dispensed(act)
    for block in protocol.exam:
        said = ((item, _said(item, act.answers.get(item.link_id))) for item in block.items)
        asked = [one for one in said if one[1]]
        yield Section(
            title=block.title,
            rows=tuple((item.text, words) for item, words in asked),
            entries=tuple(_answered(row, item, act.answers.get(item.link_id)) for row, (item, _) in enumerate(asked))
            if coded
            else (),
        )
    if act.observations:
        yield _measured(act, protocol)
    yield from judged(execution, protocol)


def _prescribed(prescription: Prescription) -> Iterable[str]:
    if prescription.stopped:
        yield "Prescription arrêtée : elle n’est plus à suivre."
    if prescription.instructions or not prescription.stopped:
        yield prescription.instructions or "Sans précision"


def _dispensed(act: DelegatedAct) -> Section:
    """Words only: no template, section code or entry of the CI-SIS is known for what is dispensed."""
    return Section(title="Délivrances", rows=tuple((one.text, "\n".join(_handed_over(one))) for one in act.dispenses))


def _handed_over(dispense: Dispense) -> Iterable[str]:
    at = dispense.handed_over.astimezone(FRANCE)
    yield f"Remis le {at:%d/%m/%Y} à {at:%H:%M}"
    if dispense.quantity is not None:
        unit = f" ({dispense.unit})" if dispense.unit else ""
        yield f"Quantité{unit} : {_in_words(dispense.quantity, '')}"
    if dispense.instructions:
        yield dispense.instructions


def _section_code(loinc: str) -> Code:
    return Code(code=loinc, display=LOINC_NAMES[loinc], system=oids.LOINC)


def _referral(title: str, label: str, words: str) -> Section:
    return Section(
        title=title,
        code=_section_code("42349-1"),
        templates=(_REFERRAL,),
        rows=((label, words),),
        entries=(Entry(row=0, kind="referral", value=words),),
    )


def _answered(row: int, item: FormItem, answer: Answer) -> Entry:
    return Entry(row=row, code=_observed_as(item), value=_value(item, answer), unit=item.unit)


def _observed_as(item: FormItem) -> Code | None:
    """The LOINC code of a question, where it is known well enough to decide anything."""
    if item.code is None or item.code.certainty not in MAY_DECIDE:
        return None
    return _measured_as(item.code.loinc)


def _measured_as(loinc: str) -> Code:
    return Code(code=loinc, display=LOINC_NAMES.get(loinc, ""), system=oids.LOINC)


def _value(item: FormItem, answer: Answer) -> EntryValue:
    """A choice is told in its own words: the codes of a form mean nothing outside it."""
    if item.type == "choice" and isinstance(answer, str):
        return next((option.display for option in item.options if option.code == answer), answer)
    return answer


def _measured(act: DelegatedAct, protocol: Protocol) -> Section:
    """What was measured beside the questions of the exam, or otherwise than they were answered."""
    items = [item for item in protocol.exam_items if item.code is not None]
    said = {(item.code.loinc, act.answers.get(item.link_id)) for item in items if item.code}
    more = [one for one in act.observations if one.display and (one.code, one.value) not in said]
    return Section(
        title="Mesures",
        rows=tuple((one.display, _measure(one)) for one in more),
        entries=tuple(
            Entry(row=row, code=_measured_as(one.code) if one.system == LOINC else None, value=one.value, unit=one.unit)
            for row, one in enumerate(more)
        ),
    )


def _measure(one: Observation) -> str:
    return _in_words(one.value, f" {UNITS.get(one.unit, one.unit)}".rstrip()) or "Non renseigné"


def _said(item: FormItem, answer: Answer) -> str:
    """An answer in words; a question that was asked and not answered says so."""
    if answer is None:
        return "Non renseigné" if item.required and item.enabled_when is None else ""
    if isinstance(answer, str):
        return next((option.display for option in item.options if option.code == answer), answer)
    return _in_words(answer, _unit(item))


def _in_words(answer: Answer, unit: str) -> str:
    match answer:
        case None:
            return ""
        case bool():
            return "Oui" if answer else "Non"
        case Decimal():
            return f"{answer}".replace(".", ",") + unit
        case dt.date():
            return answer.strftime("%d/%m/%Y")
        case _:
            return answer


def _unit(item: FormItem) -> str:
    """What follows the number: the unit as it is read in French, or what a score is out of."""
    if item.unit == "{score}":
        return "" if item.maximum is None else f" / {item.maximum}"
    return f" {UNITS.get(item.unit, item.unit)}".rstrip()
