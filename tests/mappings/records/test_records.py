"""Flat records: strict, every fault at once, each at its own path."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mappings.domain.cooperation import Sharing
from mappings.domain.identity import enrolment_id
from mappings.issues import Refused
from mappings.records.consent import consent_from_record, consent_to_record
from mappings.records.enrolment import enrolment_from_record
from mappings.records.inclusion import inclusion_from_record


def an_enrolment(**changes: Any) -> dict[str, Any]:
    return {
        "protocol": "pc-torsion-cheville|2026.1",
        "function": "DELEGATEE",
        "status": "active",
        "rpps": "99900001019",
        "family": "MOREL-FICTIF",
        "given": "Lucie",
        "profession": "70",
        "structure": {"finess": "380999990", "name": "CPTS DES TILLEULS (FICTIVE)", "facility_type": "SA63"},
        "period": {"start": "2026-09-01"},
        "training": [{"module": "Module", "completed": "2026-06-12"}],
    } | changes


def a_patient(**changes: Any) -> dict[str, Any]:
    return {
        "identity_status": "qualified",
        "ins": {"value": "258066799900794", "oid": "1.2.250.1.213.1.4.10"},
        "birth_family": "TEST-BINOME",
        "birth_given": "CAMILLE",
        "birth_given_list": "CAMILLE ANNE",
        "gender": "female",
        "birth_date": "1958-06-14",
        "birth_place_code": "67482",
    } | changes


def a_consent(**changes: Any) -> dict[str, Any]:
    return {
        "identifier": "CONS-1",
        "protocol": "pc-torsion-cheville",
        "patient": a_patient(),
        "decision": "given",
        "decided_at": "2026-11-16T09:05:00+01:00",
        "structure_finess": "380999990",
    } | changes


def an_inclusion(**changes: Any) -> dict[str, Any]:
    return {
        "identifier": "INCL-1",
        "protocol": "pc-torsion-cheville|2026.1",
        "status": "active",
        "patient": {"ins": {"value": "258066799900794", "oid": "1.2.250.1.213.1.4.10"}},
        "delegatee_rpps": "99900001019",
        "delegator_rpps": "99900002017",
        "structure_finess": "380999990",
        "consent": "CONS-1",
        "start": "2026-11-16",
    } | changes


def faults_of(read: Callable[[dict[str, Any]], Any], record: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read(record)
    return {(issue.code, issue.expression) for issue in refused.value.issues}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"rpp": "99900001019"}, {("structure", "enrolment.rpp")}),
        ({"rpps": 99900001019}, {("structure", "enrolment.rpps")}),
        ({"rpps": "9990000101"}, {("value", "enrolment.rpps")}),
        ({"family": None}, {("structure", "enrolment.family")}),
        ({"family": "  "}, {("value", "enrolment.family")}),
        ({"function": "médecin"}, {("code-invalid", "enrolment.function")}),
        ({"protocol": "pc-torsion-cheville"}, {("value", "enrolment.protocol")}),
        ({"protocol": "https://autre.example/pc|1"}, {("value", "enrolment.protocol")}),
        ({"period": {}}, {("required", "enrolment.period.start")}),
        ({"period": {"start": "2026-02-30"}}, {("value", "enrolment.period.start")}),
        ({"period": {"start": "2026-09-01", "end": "2026-08-31"}}, {("value", "enrolment.period.end")}),
        ({"period": {"start": "2026-09-01", "stop": "2026-09-02"}}, {("structure", "enrolment.period.stop")}),
        ({"status": "ended"}, {("invariant", "enrolment.period.end")}),
        ({"training": []}, {("invariant", "enrolment.training")}),
        ({"training": [{"module": "Module"}]}, {("required", "enrolment.training[0].completed")}),
        ({"structure": "380999990"}, None),
        (
            {"function": "DELEGATOR", "delegators": [{"identifier": "E-2", "rpps": "99900002017"}]},
            {("invariant", "enrolment.delegators")},
        ),
    ],
)
def test_a_faulty_enrolment_is_refused(changes: dict[str, Any], faults: set[tuple[str, str]] | None) -> None:
    found = faults_of(enrolment_from_record, an_enrolment(**changes))
    assert found == faults if faults else ("structure", "enrolment.structure") in found


def test_every_missing_element_is_named() -> None:
    expected = {"protocol", "function", "status", "rpps", "family", "given", "profession", "period.start"}
    expected |= {"structure.finess", "structure.name", "structure.facility_type"}
    assert faults_of(enrolment_from_record, {}) == {("required", f"enrolment.{key}") for key in expected}


@pytest.mark.parametrize(
    ("word", "function"),
    [
        ("DELEGATEE", "DELEGATEE"),
        ("délégué", "DELEGATEE"),
        ("delegue", "DELEGATEE"),
        ("DELEGATOR", "DELEGATOR"),
        ("délégant", "DELEGATOR"),
        ("delegant", "DELEGATOR"),
    ],
)
def test_the_function_is_read_in_french_too(word: str, function: str) -> None:
    assert enrolment_from_record(an_enrolment(function=word)).enrolment.function == function


def test_an_inclusion_finds_the_enrolments_that_came_without_identifier() -> None:
    delegatee = enrolment_from_record(an_enrolment()).enrolment
    delegator = enrolment_from_record(an_enrolment(function="délégant", rpps="99900002017")).enrolment
    inclusion = inclusion_from_record(an_inclusion()).inclusion
    assert (inclusion.author_id, inclusion.delegator_id) == (delegatee.id, delegator.id)
    named = inclusion_from_record(an_inclusion(delegatee_enrolment="E-1")).inclusion
    assert named.author_id == enrolment_id("E-1")


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"decided_at": "2026-11-16"}, {("value", "consent.decided_at")}),
        ({"decision": "maybe"}, {("code-invalid", "consent.decision")}),
        ({"decision": "withdrawn"}, {("required", "consent.withdrawn_on")}),
        ({"decision": "withdrawn", "withdrawn_on": "2026-11-15"}, {("value", "consent.withdrawn_on")}),
        ({"withdrawn_on": "2026-11-18"}, {("value", "consent.withdrawn_on")}),
        ({"protocol": "pc-torsion-cheville|2026.1"}, {("value", "consent.protocol")}),
        ({"sharing": {"dmp": True, "patient_mailbox": True}}, {("required", "consent.sharing.professional_mailbox")}),
        (
            {"sharing": {"dmp": "oui", "patient_mailbox": True, "professional_mailbox": True}},
            {("structure", "consent.sharing.dmp")},
        ),
        ({"patient": a_patient(identity_status="validated")}, {("business-rule", "consent.patient.ins")}),
        (
            {"patient": a_patient(ins={"value": "258066799900795", "oid": "1.2.250.1.213.1.4.10"})},
            {("value", "consent.patient.ins")},
        ),
    ],
)
def test_a_faulty_consent_is_refused(changes: dict[str, Any], faults: set[tuple[str, str]]) -> None:
    assert faults_of(consent_from_record, a_consent(**changes)) == faults


@pytest.mark.parametrize(
    ("changes", "status", "permits"),
    [
        ({"decision": "given"}, "active", True),
        ({"decision": "refused"}, "rejected", False),
        ({"decision": "withdrawn", "withdrawn_on": "2026-11-18"}, "inactive", True),
    ],
)
def test_each_decision(changes: dict[str, Any], status: str, permits: bool) -> None:
    consent = consent_from_record(a_consent(**changes)).consent
    assert (consent.status, consent.permits) == (status, permits)
    assert consent.period.start == dt.date(2026, 11, 16)


def test_what_is_not_said_of_sharing_stays_unsaid() -> None:
    assert consent_from_record(a_consent()).sharing is None
    choice = {"dmp": False, "patient_mailbox": True, "professional_mailbox": False}
    read = consent_from_record(a_consent(sharing=choice))
    assert read.sharing == Sharing(
        patient_id=read.patient.id, dmp=False, patient_mailbox=True, professional_mailbox=False
    )


def test_a_consent_without_decision_has_no_record() -> None:
    read = consent_from_record(a_consent())
    proposed = replace(read, consent=replace(read.consent, status="proposed"))
    with pytest.raises(Refused, match="not-supported"):
        consent_to_record(proposed)


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"patient": {}}, {("required", "inclusion.patient.ins")}),
        ({"patient": a_patient()}, None),
        ({"delegator_rpps": "99900001019"}, {("business-rule", "inclusion.delegator_rpps")}),
        ({"end": "2026-11-15"}, {("value", "inclusion.end")}),
        ({"consent": None}, {("structure", "inclusion.consent")}),
        ({"status": "entered-in-error"}, {("code-invalid", "inclusion.status")}),
    ],
)
def test_a_faulty_inclusion_is_refused(changes: dict[str, Any], faults: set[tuple[str, str]] | None) -> None:
    found = faults_of(inclusion_from_record, an_inclusion(**changes))
    assert found == faults if faults else ("structure", "inclusion.patient.birth_family") in found
