"""Each reason not to write a document, one at a time, then all at once."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from mappings.cda import cda_refusals
from mappings.codes.oids import CCAM, LOINC
from mappings.codes.systems import INS_NIR_OID
from mappings.domain.people import Address, Code, Ins
from mappings.domain.report import Section
from tests.mappings.reports import DELEGATEE, DELEGATOR, ECG, ORGANIZATION, PATIENT, REPORT, with_patient
from tests.mappings.strategies import reports

NAIVE = dt.datetime(2026, 11, 16, 10, 0)  # noqa: DTZ001
ODD = REPORT.start.replace(tzinfo=dt.timezone(dt.timedelta(minutes=9, seconds=21)))


def organization(**facts):
    return replace(REPORT, organization=replace(ORGANIZATION, **facts))


def delegatee(**facts):
    return replace(REPORT, delegatee=replace(DELEGATEE, **facts))


CASES = {
    "leading zero": (replace(REPORT, unique_id="1.2.250.01"), "value", "DocumentReference.masterIdentifier"),
    "id too long": (replace(REPORT, unique_id="1.2" + ".9" * 31), "value", "DocumentReference.masterIdentifier"),
    "set id": (replace(REPORT, set_id="urn:uuid:x"), "value", "DocumentReference.identifier"),
    "set id is id": (replace(REPORT, set_id=REPORT.unique_id), "invariant", "DocumentReference.identifier"),
    "version 0": (replace(REPORT, version=0), "value", "DocumentReference.identifier"),
    "version 2 of nothing": (replace(REPORT, version=2), "invariant", "DocumentReference.relatesTo"),
    "version 1 replaces": (replace(REPORT, replaces="1.2.3"), "invariant", "DocumentReference.relatesTo"),
    "replaces no oid": (replace(REPORT, version=2, replaces="x"), "value", "DocumentReference.relatesTo"),
    "replaces itself": (
        replace(REPORT, version=2, replaces=REPORT.unique_id),
        "invariant",
        "DocumentReference.relatesTo",
    ),
    "no title": (replace(REPORT, title=" "), "required", "DocumentReference.description"),
    "long title": (replace(REPORT, title="é" * 129), "too-long", "DocumentReference.description"),
    "type": (
        replace(REPORT, type_code=Code(code="96173-0", display="Test rapide", system=LOINC)),
        "code-invalid",
        "DocumentReference.type",
    ),
    "type display": (
        replace(REPORT, type_code=replace(REPORT.type_code, display="CR")),
        "code-invalid",
        "DocumentReference.type",
    ),
    "confidentiality": (replace(REPORT, confidentiality="U"), "code-invalid", "DocumentReference.securityLabel"),
    "visibility": (replace(REPORT, visibility=frozenset({"NOPAT"})), "code-invalid", "DocumentReference.securityLabel"),
    "setting": (
        replace(REPORT, practice_setting="CABINET"),
        "code-invalid",
        "DocumentReference.context.practiceSetting",
    ),
    "protocol": (replace(REPORT, protocol_title=""), "required", "Procedure.instantiatesCanonical"),
    "naive creation": (replace(REPORT, created_at=NAIVE), "value", "DocumentReference.date"),
    "naive start": (replace(REPORT, start=NAIVE), "value", "Procedure.performed.start"),
    "offset in seconds": (replace(REPORT, end=ODD), "value", "Procedure.performed.end"),
    "end before start": (replace(REPORT, end=REPORT.start - dt.timedelta(1)), "invariant", "Procedure.performed"),
    "no act": (replace(REPORT, acts=()), "required", "Procedure.code"),
    "act without words": (replace(REPORT, acts=(replace(ECG, display=""),)), "required", "Procedure.code"),
    "act of no oid": (replace(REPORT, acts=(replace(ECG, system="ccam"),)), "value", "Procedure.code"),
    "second act": (
        replace(REPORT, acts=(ECG, Code(code="DEQP", display="x", system=CCAM))),
        "code-invalid",
        "Procedure.code.coding[1]",
    ),
    "no family": (with_patient(birth_family=""), "required", "Patient.name"),
    "no given": (with_patient(birth_given=""), "required", "Patient.name"),
    "no given list": (with_patient(birth_given_list=""), "required", "Patient.name"),
    "gender": (with_patient(gender="other"), "code-invalid", "Patient.gender"),
    "birth place": (with_patient(birth_place_code="Lyon"), "value", "Patient.extension"),
    "no birth place with an INS": (with_patient(birth_place_code=""), "required", "Patient.extension"),
    "INS root": (
        with_patient(ins=Ins(value="258066799900794", oid="1.2.250.1.213.1.4.12")),
        "value",
        "Patient.identifier",
    ),
    "INS key": (
        with_patient(ins=Ins(value="258066799900795", oid="1.2.250.1.213.1.4.10")),
        "value",
        "Patient.identifier",
    ),
    "no identifier": (with_patient(ins=None, local_identifier=None), "required", "Patient.identifier"),
    "local identifier of no oid": (
        with_patient(identity_status="validated", local_identifier=("https://x.example", "1")),
        "required",
        "Patient.identifier",
    ),
    "empty local identifier": (with_patient(local_identifier=("1.2.3", "")), "required", "Patient.identifier"),
    "long address": (with_patient(address=Address(lines=("x",) * 7, city="Y")), "too-long", "Patient.address"),
    "RPPS": (delegatee(rpps="99900007017"), "value", "Practitioner.identifier"),
    "practitioner family": (delegatee(family=""), "required", "Practitioner.name"),
    "prefix": (delegatee(prefix="Mme"), "code-invalid", "Practitioner.name.prefix"),
    "suffix": (delegatee(suffix="DOCTEUR"), "code-invalid", "Practitioner.name.suffix"),
    "profession": (delegatee(profession="99"), "code-invalid", "Practitioner.qualification"),
    "speciality": (
        replace(REPORT, delegator=replace(DELEGATOR, specialty="SCH01")),
        "code-invalid",
        "Practitioner.qualification",
    ),
    "practitioner mailbox": (delegatee(mailbox="a b@c.fr"), "value", "Practitioner.telecom"),
    "FINESS": (organization(finess="12"), "value", "Organization.identifier"),
    "organization name": (organization(name=""), "required", "Organization.name"),
    "facility": (organization(facility_type="SA99"), "code-invalid", "Organization.type"),
    "phone": (organization(phone="demander Lucie"), "value", "Organization.telecom"),
    "organization mailbox": (organization(mailbox="x"), "value", "Organization.telecom"),
    "character of a name": (with_patient(birth_family="漢"), "value", "Patient.name"),
    "control character": (with_patient(used_family="A\x0bB"), "value", "Patient.name"),
    "direction of a name": (delegatee(family="A\u202eB"), "value", "Practitioner.name"),
    "character of a title": (replace(REPORT, title="a\nb"), "value", "DocumentReference.description"),
    "character of a section": (
        replace(REPORT, sections=(Section(title="x", rows=(("a", "😀"),)),)),
        "value",
        "Composition.section.text",
    ),
}


@pytest.mark.parametrize(("report", "code", "expression"), CASES.values(), ids=CASES.keys())
def test_refuses(report, code, expression) -> None:
    issues = cda_refusals(report)
    assert (code, expression) in [(issue.code, issue.expression) for issue in issues]
    assert all(issue.text.endswith(".") and issue.reference for issue in issues)


@pytest.mark.parametrize("report", [case[0] for case in CASES.values()], ids=CASES.keys())
def test_no_sentence_quotes_an_identity(report) -> None:
    said = " ".join(issue.text for issue in cda_refusals(report))
    patient = report.patient
    for value in (
        patient.birth_family,
        patient.ins and patient.ins.value,
        report.delegatee.family,
        report.delegatee.rpps,
    ):
        assert not value or value not in said


def test_collects_every_fault() -> None:
    report = replace(
        REPORT, title="", patient=replace(PATIENT, birth_family=""), delegatee=replace(DELEGATEE, rpps="1"), acts=()
    )
    assert {issue.expression for issue in cda_refusals(report)} == {
        "DocumentReference.description",
        "Patient.name",
        "Practitioner.identifier",
        "Procedure.code",
    }


def test_production_takes_no_identity_that_belongs_to_nobody() -> None:
    assert cda_refusals(REPORT) == []
    assert [issue.expression for issue in cda_refusals(REPORT, production=True)] == ["Patient.identifier"]
    real = with_patient(ins=Ins(value="258066799900794", oid=INS_NIR_OID))
    assert cda_refusals(real, production=True) == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_what_may_be_said_is_not_refused(report) -> None:
    assert cda_refusals(report) == []
