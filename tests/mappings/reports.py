"""Fictitious reports for the tests of the documents."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mappings.codes.oids import CCAM, LOINC
from mappings.codes.systems import INS_TEST_OID
from mappings.domain.people import Address, Code, Ins, Organization, Patient, Practitioner
from mappings.domain.report import ActReport, Entry, Finding, Screening, Section, Submission

PARIS = dt.timezone(dt.timedelta(hours=1))

PATIENT = Patient(
    id="patient-1",
    identity_status="qualified",
    ins=Ins(value="258066799900794", oid=INS_TEST_OID),
    birth_family="TEST-BINOME",
    birth_given="CAMILLE",
    birth_given_list="CAMILLE ANNE",
    gender="female",
    birth_date=dt.date(1958, 6, 14),
    birth_place_code="67482",
    birth_place_name="Strasbourg",
    local_identifier=("1.2.250.1.999.1.1.20260.2", "PAT-000123"),
    address=Address(lines=("1 rue Imaginaire",), postal_code="67000", city="STRASBOURG"),
)
DELEGATEE = Practitioner(
    id="practitioner-1",
    rpps="99900007016",
    family="MARTEL-FICTIF",
    given="Lucie",
    prefix="MME",
    profession="70",
    mailbox="lucie.martel-fictif@kine.formation.mssante.fr",
)
DELEGATOR = Practitioner(
    id="practitioner-2",
    rpps="99900007024",
    family="WEBER-FICTIF",
    given="Hugo",
    prefix="M",
    suffix="DR",
    profession="10",
    specialty="SM26",
    mailbox="hugo.weber-fictif@medecin.formation.mssante.fr",
)
ORGANIZATION = Organization(
    id="organization-1",
    finess="670999990",
    name="MSP DES TILLEULS (FICTIVE)",
    facility_type="SA52",
    address=Address(lines=("3 rue des Tilleuls",), postal_code="67000", city="STRASBOURG"),
    phone="+33 3 88 00 00 00",
    mailbox="cr-delegation@msp-tilleuls.formation.mssante.fr",
)
REPORT = ActReport(
    unique_id="1.2.250.1.999.1.1.20260.1.7.1",
    set_id="1.2.250.1.999.1.1.20260.1.7",
    version=1,
    title="Compte rendu d’acte délégué – torsion de cheville",
    type_code=Code(code="11506-3", display="CR ou fiche de suivi de soins par auxiliaire médical", system=LOINC),
    created_at=dt.datetime(2026, 11, 16, 10, 35, 12, tzinfo=PARIS),
    patient=PATIENT,
    delegatee=DELEGATEE,
    delegator=DELEGATOR,
    organization=ORGANIZATION,
    start=dt.datetime(2026, 11, 16, 10, 10, tzinfo=PARIS),
    end=dt.datetime(2026, 11, 16, 10, 25, tzinfo=PARIS),
    acts=(Code(code="", display="Prise en charge d’une torsion de cheville", system=""),),
    protocol_title="Prise en charge de la torsion de cheville par le masseur-kinésithérapeute",
    protocol_version="1.0.0",
    protocol_canonical="https://binome.example/fhir/PlanDefinition/torsion-cheville|1.0.0",
    sections=(
        Section(title="Examen", rows=(("Appui possible", "Oui"), ("Douleur (EVA)", "inconnue"))),
        Section(title="Conclusion", rows=(("Conclusion du délégué", "Ligne une.\nLigne deux."),)),
    ),
)
#: Something of every kind that a section may say.
EVERYTHING = replace(
    REPORT,
    sections=(
        Section(
            title="De tout",
            rows=tuple((f"Libellé {n}", f"Texte {n}") for n in range(12)),
            entries=(
                Entry(row=0, value=True),
                Entry(row=1, value=None),
                Entry(
                    row=2,
                    code=Code(code="8310-5", display="Température corporelle", system=LOINC),
                    value=Decimal("38.50"),
                    unit="Cel",
                ),
                Entry(row=3, code=Code(code="72514-3", display="", system=LOINC), value=Decimal(4), unit="{score}"),
                Entry(row=4, value=(2, 4)),
                Entry(row=5, value=(3, 3)),
                Entry(row=6, value=dt.date(2026, 11, 2)),
                Entry(row=7, value="des mots"),
                Entry(row=8, value=Code(code="260385009", display="négatif", system="2.16.840.1.113883.6.96")),
                Entry(row=9, kind="medication", value="Paracétamol"),
                Entry(row=10, kind="request", value="Kinésithérapie"),
                Entry(row=11, kind="referral", value="Avis"),
            ),
        ),
    ),
)
RAPID = replace(
    REPORT,
    title="Test rapide d'orientation diagnostique : Pharyngite à streptocoques",
    type_code=Code(code="96173-0", display="Test rapide d'orientation diagnostique", system=LOINC),
    practice_setting="DEPISTAGE",
    screening=Screening(
        pathology=Code(code="J02.0", display="Pharyngite à streptocoques", system="2.16.840.1.113883.6.3"),
        chapter=Code(code="18725-2", display="Microbiologie", system=LOINC),
        panel=Code(code="92894-5", display="Sérologie bactérienne", system=LOINC),
        findings=(
            Finding(
                test=Code(
                    code="78012-2",
                    display="Streptococcus pyogenes Ag [Présence/Seuil] Gorge ; Qualitatif ; Immunoanalyse rapide",
                    system=LOINC,
                ),
                result=Code(code="260385009", display="négatif", system="2.16.840.1.113883.6.96"),
                words=("Résultat du test", "Négatif"),
            ),
        ),
    ),
)
ECG = Code(code="DEQP003", display="Électrocardiographie sur au moins 12 dérivations", system=CCAM)
SUBMISSION = Submission(
    unique_id="1.2.250.1.999.1.1.20260.4.7",
    source_id="1.2.250.1.999.1.1.20260",
    set_uuid="urn:uuid:2f853376-34c0-4018-9f6a-b4a9ae540dc9",
    entry_uuid="urn:uuid:ef33026c-c446-46e9-a817-65e3cdc337ce",
    submitted_at=dt.datetime(2026, 11, 16, 10, 40, tzinfo=PARIS),
)


def second_version(report: ActReport = REPORT) -> ActReport:
    return replace(report, unique_id="1.2.250.1.999.1.1.20260.1.7.2", version=2, replaces=report.unique_id)


def with_patient(**traits: Any) -> ActReport:
    return replace(REPORT, patient=replace(PATIENT, **traits))
