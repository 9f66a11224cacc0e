"""The report of every act that a patient of the catalogue may have, of everyone who goes back to the délégant as well."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache

from mappings.domain.act import DelegatedAct, Dispense, Observation, Prescription
from mappings.domain.deciding import decide
from mappings.domain.judgement import age_on
from mappings.domain.kinds import KINDS
from mappings.domain.protocol import Activity, Protocol
from mappings.domain.report import ActReport
from mappings.domain.reporting import report_of
from mappings.domain.time import FRANCE
from mappings.fhir.execution import execution_from, execution_of
from tests.catalogue.test_patients import FOLDERS, answers_of, judged, read, versions
from tests.mappings.reports import DELEGATEE, DELEGATOR, ORGANIZATION, PATIENT

_PULSE = Observation(
    id="pulse", code="8867-4", system="http://loinc.org", display="Fréquence cardiaque", value=None, unit="/min"
)


@cache
def catalogue_reports() -> dict[str, ActReport]:
    return dict(_reports())


def _reports() -> Iterator[tuple[str, ActReport]]:
    for folder in FOLDERS:
        file = read(folder)
        for patient in file["patients"]:
            for expected in patient["attendus"]:
                protocol = versions(file)[expected["version"]]
                yield from _of(folder, protocol, file, patient, expected["jour"])


def _of(folder: str, protocol: Protocol, file: dict, patient: dict, day: dt.date) -> Iterator[tuple[str, ActReport]]:
    answers = answers_of(file, patient)
    judgement, _ = judged(protocol, answers, age_on(patient["ne-le"], day))
    decision = decide(judgement, answers, [item.link_id for item in protocol.exam_items])
    allowed = [one for one in protocol.activities if one.canonical in decision.activities]
    acts = [one for one in allowed if one.kind == "Procedure"]
    support = [one for one in allowed if one.kind != "Procedure"]
    back = [] if acts else [one for one in protocol.activities if one.kind == "Procedure"][:1]
    for number, activity in enumerate((*acts, *back)):
        act = _act(protocol, activity, answers, support, day, done=bool(acts), number=number)
        report = report_of(
            act,
            protocol,
            patient=replace(PATIENT, birth_date=patient["ne-le"]),
            delegatee=replace(DELEGATEE, profession=protocol.delegatees[0].code),
            delegator=DELEGATOR,
            organization=ORGANIZATION,
            unique_id="1.2.250.1.999.1.1.20260.1.7.1",
            set_id="1.2.250.1.999.1.1.20260.1.7",
            created_at=act.end,
            execution=execution_from({"extension": [execution_of(judgement)]}),
        )
        yield f"{folder} {protocol.version} {patient['id']} {day} {activity.id}", report


def _act(
    protocol: Protocol,
    activity: Activity,
    answers: dict,
    support: list[Activity],
    day: dt.date,
    *,
    done: bool,
    number: int,
) -> DelegatedAct:
    start = dt.datetime.combine(day, dt.time(10, 10), FRANCE)
    return DelegatedAct(
        id=f"act-{number}",
        identifier="act",
        status="completed" if done else "not-done",
        status_reason="" if done else "undetermined",
        protocol=protocol.canonical,
        activity=activity.canonical,
        inclusion_id="inclusion",
        patient_id="patient-1",
        delegatee_id="delegatee",
        delegatee_rpps=DELEGATEE.rpps,
        delegator_id="delegator",
        delegator_rpps=DELEGATOR.rpps,
        organization_id="organization-1",
        derogatory=activity.derogatory,
        text=activity.title,
        ccam=activity.ccam,
        start=start,
        end=start + dt.timedelta(minutes=15),
        answers=answers,
        observations=(replace(_PULSE, value=None if number else Decimal(72)),),
        prescriptions=tuple(
            Prescription(
                id=one.id,
                kind="MedicationRequest" if one.kind == "MedicationRequest" else "ServiceRequest",
                activity=one.canonical,
                text=one.product or one.title,
                instructions="" if number else "Selon le protocole.\nÀ revoir au besoin.",
            )
            for one in support
            if KINDS[one.kind].noun == "prescription"
        ),
        dispenses=tuple(
            Dispense(
                id=one.id,
                activity=one.canonical,
                text=one.product or one.title,
                quantity=None if number else Decimal("1.5"),
                unit="" if number else "boîte",
                handed_over=start + dt.timedelta(minutes=12),
                instructions="" if number else "Selon le protocole.\nÀ revoir au besoin.",
            )
            for one in support
            if KINDS[one.kind].noun == "délivrance"
        ),
        recourse="" if done else "take-over",
        conclusion="Surveillance simple.\nPas de signe de gravité." if done else "",
    )
