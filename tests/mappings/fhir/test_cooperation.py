"""Enrolment, team, consent, sharing, inclusion: FHIR ↔ domain."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment, Period, Training
from mappings.domain.identity import enrolment_id, organization_id, practitioner_id, team_id
from mappings.domain.people import Organization
from mappings.fhir.care_plan import inclusion_from_fhir, inclusion_to_fhir
from mappings.fhir.care_team import team_from_fhir, team_of, team_to_fhir
from mappings.fhir.consent import consent_from_fhir, consent_to_fhir, sharing_from_fhir, sharing_to_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir, enrolment_to_fhir
from mappings.issues import Refused
from tests.mappings import cooperation_strategies as drawn

B = "https://binome.example/fhir"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
PROTOCOL = f"{B}/PlanDefinition/pc-torsion-cheville|2026.1"
DAY = dt.date(2026, 11, 16)
CPTS = Organization(
    id=organization_id("380999990"), finess="380999990", name="CPTS DES TILLEULS (FICTIVE)", facility_type="SA63"
)


def an_enrolment(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "PractitionerRole",
        "extension": [
            {"url": f"{B}/StructureDefinition/protocol", "valueCanonical": PROTOCOL},
            {"url": f"{B}/StructureDefinition/enrolment-status", "valueCode": "active"},
            {
                "url": f"{B}/StructureDefinition/training",
                "extension": [
                    {"url": "module", "valueString": "Module"},
                    {"url": "completed", "valueDate": "2026-06-12"},
                ],
            },
        ],
        "identifier": [{"system": f"{B}/identifier/enrolment", "value": "E-1"}],
        "active": True,
        "period": {"start": "2026-09-01"},
        "practitioner": {
            "reference": "Practitioner/kine1",
            "identifier": {"system": systems.RPPS, "value": "99900001019"},
        },
        "organization": {"reference": "Organization/cpts1"},
        "code": [{"coding": [{"system": ROLE_CODE, "code": "DELEGATEE"}]}],
    } | changes


def a_consent(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "identifier": [{"system": f"{B}/identifier/consent", "value": "C-1"}],
        "status": "active",
        "scope": {"coding": [{"system": systems.CONSENT_SCOPE, "code": "treatment"}]},
        "category": [
            {"coding": [{"system": systems.LOINC, "code": "59284-0"}]},
            {"coding": [{"system": f"{B}/CodeSystem/binome-consent", "code": "delegated-care"}]},
        ],
        "patient": {"reference": "Patient/pat1"},
        "dateTime": "2026-11-16T09:05:00+01:00",
        "performer": [{"reference": "Patient/pat1"}],
        "organization": [{"reference": "Organization/cpts1"}],
        "policy": [{"uri": f"{B}/PlanDefinition/pc-torsion-cheville"}, {"uri": "https://www.legifrance.gouv.fr/"}],
        "provision": {"type": "permit", "period": {"start": "2026-11-16"}},
    } | changes


def an_inclusion(**changes: Any) -> dict[str, Any]:
    delegator = {
        "reference": "PractitionerRole/mg1",
        "identifier": {"system": systems.RPPS, "value": "99900002017"},
    }
    return {
        "resourceType": "CarePlan",
        "extension": [{"url": f"{B}/StructureDefinition/delegator", "valueReference": delegator}],
        "identifier": [{"system": f"{B}/identifier/inclusion", "value": "I-1"}],
        "instantiatesCanonical": [PROTOCOL],
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/pat1"},
        "period": {"start": "2026-11-16"},
        "author": {"reference": "PractitionerRole/kine1"},
        "careTeam": [{"reference": "CareTeam/team1"}],
        "supportingInfo": [{"reference": "Consent/cons1"}, {"reference": "QuestionnaireResponse/qr1"}],
    } | changes


def faults_of(read: Callable[[dict[str, Any]], Any], resource: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read(resource)
    return {(issue.code, issue.expression) for issue in refused.value.issues}


# ── round trips ───────────────────────────────────────────────────────────────────────────────────────────


@given(drawn.enrolments(), st.data())
def test_an_enrolment_comes_back_from_fhir(enrolment: Enrolment, data: st.DataObject) -> None:
    named = (*enrolment.delegator_ids, *enrolment.substitute_ids)
    numbers = {each: data.draw(drawn.rpps) for each in named}
    assert enrolment_from_fhir(enrolment_to_fhir(enrolment, delegator_rpps=numbers)) == enrolment


@given(drawn.teams())
def test_a_team_comes_back_from_fhir(team: Any) -> None:
    assert team_from_fhir(team_to_fhir(team)) == team


@given(drawn.consents())
def test_a_consent_comes_back_from_fhir(consent: Any) -> None:
    read = consent_from_fhir(consent_to_fhir(consent))
    assert read == consent
    assert read.decided_at.utcoffset() == consent.decided_at.utcoffset()


@given(drawn.sharings(), drawn.instants, drawn.organizations())
def test_a_sharing_comes_back_from_fhir(sharing: Any, instant: dt.datetime, organization: Organization) -> None:
    resource = sharing_to_fhir(sharing, decided_at=instant, organization_id=organization.id)
    assert sharing_from_fhir(resource) == sharing


@given(drawn.inclusions())
def test_an_inclusion_comes_back_from_fhir(inclusion: Any) -> None:
    resource = inclusion_to_fhir(inclusion, delegatee_rpps="99900001019", delegator_rpps="99900002017")
    assert inclusion_from_fhir(resource) == inclusion


# ── enrolment ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_enrolment_is_understood() -> None:
    enrolment = enrolment_from_fhir(an_enrolment())
    assert (enrolment.id, enrolment.function, enrolment.status) == (enrolment_id("E-1"), "DELEGATEE", "active")
    assert (enrolment.practitioner_id, enrolment.organization_id) == ("kine1", "cpts1")
    assert enrolment.trainings == (Training(module="Module", completed=dt.date(2026, 6, 12)),)


def test_people_and_structures_may_be_named_by_their_numbers_alone() -> None:
    enrolment = enrolment_from_fhir(
        an_enrolment(
            practitioner={"identifier": {"system": systems.RPPS, "value": "99900001019"}},
            organization={"identifier": {"system": systems.FINESS, "value": "380999990"}},
        )
    )
    assert enrolment.practitioner_id == practitioner_id("99900001019")
    assert enrolment.organization_id == organization_id("380999990")


STATUS = "PractitionerRole.extension[1].value"
TRAINING = f"PractitionerRole.extension('{B}/StructureDefinition/training')"


def with_extensions(status: str, *, training: bool, protocol: str = PROTOCOL) -> list[dict[str, Any]]:
    extensions: list[dict[str, Any]] = an_enrolment()["extension"]
    extensions[0]["valueCanonical"] = protocol
    extensions[1]["valueCode"] = status
    return extensions if training else extensions[:2]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"active": False}, {("invariant", "PractitionerRole.active")}),
        (
            {"extension": with_extensions("suspended", training=True)},
            {("invariant", "PractitionerRole.active")},
        ),
        ({"extension": with_extensions("active", training=False)}, {("invariant", TRAINING)}),
        (
            {"extension": with_extensions("ended", training=True), "active": False},
            {("invariant", "PractitionerRole.period.end")},
        ),
        (
            {"extension": with_extensions("refused", training=False), "active": False},
            {("invariant", "PractitionerRole.period.end")},
        ),
        (
            {"extension": with_extensions("active", training=True, protocol=PROTOCOL.split("|")[0])},
            {("value", "PractitionerRole.extension[0].value")},
        ),
        (
            {"extension": with_extensions("active", training=True, protocol="https://autre.example/pc|1")},
            {("value", "PractitionerRole.extension[0].value")},
        ),
        ({"extension": with_extensions("gone", training=True), "active": False}, {("code-invalid", STATUS)}),
        (
            {"code": [{"coding": [{"system": ROLE_CODE, "code": c} for c in ("DELEGATEE", "DELEGATOR")]}]},
            {("code-invalid", "PractitionerRole.code")},
        ),
        (
            {"code": [{"coding": [{"system": "https://autre.example", "code": "DELEGATEE"}]}]},
            {("required", "PractitionerRole.code")},
        ),
        ({"period": {"start": "2026-09"}}, {("value", "PractitionerRole.period.start")}),
        ({"period": {"start": "2026-09-01", "end": "2026-08-31"}}, {("value", "PractitionerRole.period.end")}),
        (
            {"organization": {"reference": "https://autre.example/fhir/Organization/1"}},
            {("value", "PractitionerRole.organization.reference")},
        ),
        ({"practitioner": {"reference": "Practitioner/1"}}, {("required", "PractitionerRole.practitioner.identifier")}),
    ],
)
def test_a_faulty_enrolment_is_refused(changes: dict[str, Any], faults: set[tuple[str, str]]) -> None:
    assert faults_of(enrolment_from_fhir, an_enrolment(**changes)) == faults


def test_two_functions_are_two_enrolments() -> None:
    code = [
        {"coding": [{"system": ROLE_CODE, "code": "DELEGATEE"}]},
        {"coding": [{"system": "https://autre.example", "code": "x"}]},
    ]
    assert faults_of(enrolment_from_fhir, an_enrolment(code=code)) == {("business-rule", "PractitionerRole.code")}


def test_a_delegator_acts_for_nobody() -> None:
    extensions = with_extensions("active", training=False)
    delegator = {"reference": "PractitionerRole/mg2"}
    extensions.append({"url": f"{B}/StructureDefinition/delegator", "valueReference": delegator})
    code = [{"coding": [{"system": ROLE_CODE, "code": "DELEGATOR"}]}]
    assert faults_of(enrolment_from_fhir, an_enrolment(extension=extensions, code=code)) == {
        ("invariant", f"PractitionerRole.extension('{B}/StructureDefinition/delegator')")
    }


# ── team ──────────────────────────────────────────────────────────────────────────────────────────────────


def member(name: str, function: Any, status: Any = "active", **changes: Any) -> Enrolment:
    enrolment = Enrolment(
        id=enrolment_id(name),
        identifier=name,
        function=function,
        status=status,
        protocol=PROTOCOL,
        period=Period(start=dt.date(2026, 9, 1)),
        practitioner_id=name,
        rpps="99900001019",
        organization_id=CPTS.id,
    )
    return replace(enrolment, **changes)


KINE, DOCTOR = member("kine", "DELEGATEE"), member("mg", "DELEGATOR")
ENDED = Period(start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 1))
LATER = Period(start=dt.date(2026, 12, 1))


@pytest.mark.parametrize(
    ("members", "declared", "suspended", "status"),
    [
        ([KINE, DOCTOR], True, False, "active"),
        ([KINE, DOCTOR], False, False, "proposed"),
        ([KINE, DOCTOR], True, True, "suspended"),
        ([KINE], True, False, "suspended"),
        ([DOCTOR], True, False, "suspended"),
        ([KINE, replace(DOCTOR, status="suspended")], True, False, "suspended"),
        ([KINE, replace(DOCTOR, period=LATER)], True, False, "suspended"),
        ([KINE, replace(DOCTOR, period=ENDED)], True, False, "suspended"),
        ([KINE, replace(DOCTOR, protocol=f"{B}/PlanDefinition/pc-torsion-cheville|2027.1")], True, False, "suspended"),
        ([KINE, replace(DOCTOR, organization_id="autre")], True, False, "suspended"),
        ([replace(KINE, status="ended", period=ENDED)], True, False, "inactive"),
    ],
)
def test_the_status_of_a_team_follows_from_its_enrolments(
    members: list[Enrolment], declared: bool, suspended: bool, status: str
) -> None:
    team = team_of(members, PROTOCOL, CPTS, name="Équipe", on=DAY, declared=declared, suspended=suspended)
    assert team.status == status


def test_a_team_lists_who_may_act_and_who_has_left() -> None:
    gone = member("parti", "DELEGATEE", "ended", period=ENDED)
    others = [member(name, "DELEGATEE", name) for name in ("declared", "suspended", "refused")]
    team = team_of([DOCTOR, *others, gone, KINE], PROTOCOL, CPTS, name="Équipe", on=DAY, declared=True)
    assert [enrolment for _, enrolment, _ in team.participants] == [KINE.id, DOCTOR.id, gone.id]
    assert team.identifier == "pc-torsion-cheville-2026.1-380999990"
    assert team.id == team_id(team.identifier)
    assert team_from_fhir(team_to_fhir(team)) == team


def test_no_team_without_enrolment() -> None:
    with pytest.raises(ValueError, match="made of enrolments"):
        team_of([], PROTOCOL, CPTS, name="Équipe", on=DAY, declared=True)


def test_an_active_team_has_both_functions_and_no_patient() -> None:
    team = team_to_fhir(team_of([KINE, DOCTOR], PROTOCOL, CPTS, name="Équipe", on=DAY, declared=True))
    alone = team | {"participant": team["participant"][:1], "subject": {"reference": "Patient/pat1"}}
    assert faults_of(team_from_fhir, alone) == {
        ("invariant", "CareTeam.participant"),
        ("business-rule", "CareTeam.subject"),
    }


# ── consent ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "provision", "faults"),
    [
        ("active", {"type": "deny"}, {("invariant", "Consent.provision.type")}),
        ("rejected", {"type": "permit"}, {("invariant", "Consent.provision.type")}),
        ("inactive", {"type": "permit"}, {("invariant", "Consent.provision.period.end")}),
        ("withdrawn", {"type": "permit"}, {("code-invalid", "Consent.status")}),
    ],
)
def test_a_consent_that_contradicts_itself_is_refused(
    status: str, provision: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    provision = {"period": {"start": "2026-11-16"}} | provision
    assert faults_of(consent_from_fhir, a_consent(status=status, provision=provision)) == faults


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"scope": {"coding": []}}, {("value", "Consent.scope")}),
        ({"category": []}, {("value", "Consent.category")}),
        ({"policy": [{"uri": PROTOCOL}]}, {("value", "Consent.policy[0].uri")}),
        ({"policy": []}, {("required", "Consent.policy.uri")}),
        ({"dateTime": "2026-11-16"}, {("value", "Consent.dateTime")}),
        ({"dateTime": "2026-11-16T09:05:00"}, {("value", "Consent.dateTime")}),
        ({"organization": []}, {("required", "Consent.organization[0].reference")}),
    ],
)
def test_a_faulty_consent_is_refused(changes: dict[str, Any], faults: set[tuple[str, str]]) -> None:
    assert faults_of(consent_from_fhir, a_consent(**changes)) == faults


def test_care_and_sharing_are_never_taken_for_one_another() -> None:
    assert ("value", "Consent.scope") in faults_of(sharing_from_fhir, a_consent())
    sharing = sharing_to_fhir(sharing_from_fhir(a_sharing()), decided_at=dt.datetime.now(dt.UTC), organization_id="o")
    assert ("value", "Consent.scope") in faults_of(consent_from_fhir, sharing)


def a_sharing(*objections: str) -> dict[str, Any]:
    destinations = f"{B}/CodeSystem/binome-destination"
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": systems.CONSENT_SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": f"{B}/CodeSystem/binome-consent", "code": "sharing"}]}],
        "patient": {"reference": "Patient/pat1"},
        "policy": [{"uri": f"{B}/policy/sharing"}],
        "provision": {
            "type": "permit",
            "provision": [
                {"type": "deny", "code": [{"coding": [{"system": destinations, "code": each}]}]} for each in objections
            ],
        },
    }


def test_an_objection_closes_its_destination_and_no_other() -> None:
    sharing = sharing_from_fhir(a_sharing("patient-mailbox"))
    assert (sharing.dmp, sharing.patient_mailbox, sharing.professional_mailbox) == (True, False, True)


def test_one_objection_may_close_several_destinations() -> None:
    resource = a_sharing("dmp")
    resource["provision"]["provision"][0]["code"] += a_sharing("patient-mailbox")["provision"]["provision"][0]["code"]
    sharing = sharing_from_fhir(resource)
    assert (sharing.dmp, sharing.patient_mailbox, sharing.professional_mailbox) == (False, False, True)


def test_an_objection_to_nothing_known_is_refused() -> None:
    resource = a_sharing("dmp")
    resource["provision"]["provision"][0]["code"][0]["coding"][0]["system"] = "https://autre.example"
    assert faults_of(sharing_from_fhir, resource) == {("required", "Consent.provision.provision[0].code")}


def test_an_objection_to_an_unknown_destination_is_refused() -> None:
    assert faults_of(sharing_from_fhir, a_sharing("dmp", "fax")) == {
        ("code-invalid", "Consent.provision.provision[1].code[0].coding[0].code")
    }


# ── inclusion ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"instantiatesCanonical": [PROTOCOL, PROTOCOL]}, {("structure", "CarePlan.instantiatesCanonical")}),
        ({"instantiatesCanonical": [PROTOCOL.split("|")[0]]}, {("value", "CarePlan.instantiatesCanonical[0]")}),
        ({"intent": "proposal"}, {("value", "CarePlan.intent")}),
        ({"supportingInfo": [{"reference": "QuestionnaireResponse/qr1"}]}, {("required", "CarePlan.supportingInfo")}),
        ({"author": {"reference": "PractitionerRole/mg1"}}, {("business-rule", "CarePlan.author")}),
        (
            {
                "author": {
                    "reference": "PractitionerRole/autre",
                    "identifier": {"system": systems.RPPS, "value": "99900002017"},
                }
            },
            {
                (
                    "business-rule",
                    f"CarePlan.extension('{B}/StructureDefinition/delegator').value.identifier",
                )
            },
        ),
        ({"subject": {"reference": "Group/1"}}, {("value", "CarePlan.subject.reference")}),
    ],
)
def test_a_faulty_inclusion_is_refused(changes: dict[str, Any], faults: set[tuple[str, str]]) -> None:
    assert faults_of(inclusion_from_fhir, an_inclusion(**changes)) == faults
