"""What R4 itself says beyond structure: invariants, bindings, extensions, whatever is contained or in a Bundle."""

from typing import Any
from uuid import UUID

import pytest

from mappings.codes import systems
from mappings.elements import Json
from mappings.fhir.search import PARAMETERS
from mappings.fhir.validation import MOST, rules, validated
from mappings.fhir.validation.french import SENTENCES
from mappings.issues import Refused
from tests.mappings.fhir.validation.examples import GOOD

Told = set[tuple[str, str]]


def told(resource: Json, severity: str = "error") -> Told:
    """(expression, last word of the reference) of each issue."""
    found = (issue for issue in validated(resource) if issue.severity == severity)
    return {(issue.expression, issue.reference.rpartition(", ")[2]) for issue in found}


PROCEDURE: Json = {"resourceType": "Procedure", "status": "completed", "subject": {"reference": "Patient/a"}}
TASK: Json = {"resourceType": "Task", "status": "requested", "intent": "order"}
OBSERVATION: Json = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (PROCEDURE, set()),
        ({"performedPeriod": {"start": "2026-02", "end": "2026-01"}}, {("Procedure.performed", "per-1")}),
        ({"performedPeriod": {"start": "2026-01", "end": "2026-01-03"}}, set()),
        ({"performedAge": {"value": 3}}, {("Procedure.performed", "age-1")}),
        (
            {"performedRange": {"low": {"value": 3, "code": "a"}, "high": {"value": 2, "comparator": "<"}}},
            {
                ("Procedure.performed", "rng-2"),
                ("Procedure.performed.low", "qty-3"),
                ("Procedure.performed.high", "sqty-1"),
            },
        ),
        ({"code": {"coding": [{"code": "a", "extension": [{"url": "urn:x", "valuePeriod": {"start": "2026", "end": "2025"}}]}]}},
         {("Procedure.code.coding[0].extension[0].value", "per-1")}),
        (
            TASK | {"authoredOn": "2026-01-02", "lastModified": "2026-01-01"},
            {("Task", "inv-1")},
        ),
        (OBSERVATION | {"dataAbsentReason": {"text": "x"}, "valueString": "x"}, {("Observation", "obs-6")}),
        (OBSERVATION | {"referenceRange": [{"text": "x"}, {"age": {"high": {"value": 1}}}]},
         {("Observation.referenceRange[1]", "obs-3")}),
        ({"resourceType": "Organization", "active": True, "telecom": [{"value": "x", "system": "url", "use": "home"}]},
         {("Organization", "org-1"), ("Organization.telecom[0]", "org-3")}),
        ({"resourceType": "Patient", "telecom": [{"value": "x"}], "contact": [{"gender": "male"}]},
         {("Patient.telecom[0]", "cpt-2"), ("Patient.contact[0]", "pat-1")}),
        ({"resourceType": "Parameters", "parameter": [{"name": "a"}]}, {("Parameters.parameter[0]", "inv-1")}),
    ],
)  # fmt: skip
def test_an_invariant_is_told_with_its_place(resource: Json, expected: Told) -> None:
    resource = resource if "resourceType" in resource else PROCEDURE | resource
    assert told(resource) == expected


def test_invariants_at_depth() -> None:
    def item(link: str, **more: Any) -> Json:
        return {"linkId": link, "type": "string", "text": "x"} | more

    inner = item("2", type="display", required=True)
    questionnaire = {
        "resourceType": "Questionnaire",
        "status": "draft",
        "item": [item("1", type="group", item=[inner])],
    }
    assert told(questionnaire) == {("Questionnaire.item[0].item[0]", "que-6")}
    questionnaire["item"] = [item("1"), item("1")]
    assert told(questionnaire) == {("Questionnaire", "que-2")}


def test_what_is_contained_is_judged_by_itself_and_by_its_own_claims() -> None:
    bad = {"resourceType": "Patient", "id": "p", "telecom": [{"value": "x"}]}
    resource = PROCEDURE | {"contained": [bad], "subject": {"reference": "#p"}}
    assert told(resource) == {("Procedure.contained[0].telecom[0]", "cpt-2")}
    bad["meta"] = {"profile": [f"{systems.PROFILE}binome-patient"]}
    assert ("Procedure.contained[0].birthDate", "binome-patient") in told(resource)


def test_what_is_in_a_bundle_is_judged_where_it_stands() -> None:
    procedure = GOOD["procedure"]
    spoilt = {key: value for key, value in procedure.items() if key != "recorder"}
    entries = [{"fullUrl": UUID(int=i).urn, "resource": one} for i, one in enumerate((procedure, spoilt))]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert told(bundle) == {("Bundle.entry[1].resource.recorder", "binome-delegated-procedure")}
    bundle["type"] = "transaction"
    assert ("Bundle", "bdl-3") in told(bundle)


def test_a_participant_s_organization_is_told_of_practitioners_only() -> None:
    def team(member: str) -> Json:
        participant = {"member": {"reference": member}, "onBehalfOf": {"reference": "Organization/o"}}
        return {"resourceType": "CareTeam", "participant": [participant]}

    assert told(team("Practitioner/p")) == set()
    assert told(team("PractitionerRole/p")) == {("CareTeam.participant[0]", "ctm-1")}


def test_required_bindings_refuse_and_extensible_ones_warn() -> None:
    purpose = {"system": systems.ACT_REASON, "code": "_ActAccommodationReason"}
    outcome = {"severity": "error", "code": "invalid"}
    assert told({"resourceType": "OperationOutcome", "issue": [outcome]}) == set()
    timing = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"display": "x"},
              "occurrenceTiming": {"repeat": {"period": 1, "periodUnit": "siècle"}}}  # fmt: skip
    assert {expression for expression, _ in told(timing)} == {"ServiceRequest.occurrence.repeat.periodUnit"}
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": "Procedure/a"}],
        "recorded": "2026-11-22T08:00:00Z",
        "agent": [{"who": {"display": "x"}}],
        "reason": [{"coding": [purpose]}, {"text": "x"}],
    }
    assert told(provenance) == set()
    assert ("Provenance.reason[0]", "Provenance") in told(provenance, "warning")
    assert ("Provenance.reason[1]", "Provenance") not in told(provenance, "warning")


@pytest.mark.parametrize(
    ("coding", "wrong"),
    [
        ({"system": systems.ACT_REASON, "code": "TREAT"}, False),
        ({"system": systems.ACT_REASON, "code": "autre"}, True),
        ({"system": systems.ACT_REASON, "code": "autre", "version": "other"}, False),
        ({"system": f"{systems.CODE_SYSTEM}binome-event", "code": "autre"}, True),
        ({"system": systems.LOINC, "code": "autre"}, False),
        ({"system": systems.ACT_REASON}, False),
        ({"code": "autre"}, False),
    ],
)
def test_a_code_is_one_of_its_system(coding: Json, wrong: bool) -> None:
    where = {("Procedure.code.coding[0].code", "codesystem.html")}
    assert told(PROCEDURE | {"code": {"coding": [coding]}}) == (where if wrong else set())


def test_an_element_of_type_code_has_no_other_system() -> None:
    condition = [{"kind": "start", "expression": {"language": "autre", "expression": "true"}}]
    plan = {"resourceType": "PlanDefinition", "status": "draft", "action": [{"condition": condition}]}
    assert told(plan) == {("PlanDefinition.action[0].condition[0].expression.language", "Expression")}


def test_an_extension_of_ours_follows_its_definition_wherever_it_stands() -> None:
    derogatory = {"url": systems.EXT_DEROGATORY, "valueString": "x"}
    assert told(PROCEDURE | {"extension": [derogatory]}) == {("Procedure.extension[0].value", "derogatory")}
    derogatory = {"url": systems.EXT_DEROGATORY, "valueBoolean": True}
    assert told(PROCEDURE | {"extension": [derogatory]}) == set()
    misplaced = "extensibility.html"
    assert told(TASK | {"extension": [derogatory]}) == {("Task.extension[0]", misplaced)}
    assert told(PROCEDURE | {"performer": [{"actor": {"display": "x"}, "extension": [derogatory]}]}) == {
        ("Procedure.performer[0].extension[0]", misplaced)
    }
    beside = {"_status": {"extension": [{"url": systems.EXT_DEROGATORY, "valueString": "x"}]}}
    assert told(PROCEDURE | beside) == {
        ("Procedure.status.extension[0].value", "derogatory"),
        ("Procedure.status.extension[0]", misplaced),
    }
    assert told(PROCEDURE | {"code": {"text": "x", "extension": [derogatory]}}) == {
        ("Procedure.code.extension[0]", misplaced)
    }
    whole = {"url": "http://other", "extension": [derogatory]}
    assert told(PROCEDURE | {"extension": [whole]}) == {("Procedure.extension[0].extension[0]", misplaced)}
    assert told(PROCEDURE | {"extension": [{"url": "http://other", "valueString": "x"}]}) == set()


def test_claims_of_others_are_told_as_not_verified() -> None:
    claimed = PROCEDURE | {"meta": {"profile": ["http://other/p", "http://other/p|2"]}}
    assert told(claimed) == set()
    assert ("Procedure.meta.profile", "resource.html#Meta") in told(claimed, "warning")
    other = PROCEDURE | {"meta": {"profile": [f"{systems.PROFILE}binome-task"]}}
    assert told(other) == {("Procedure", "binome-task")}
    assert [issue.code for issue in validated(PROCEDURE, ["http://other/p"]) if issue.severity == "error"] == [
        "not-supported"
    ]


def test_a_claim_of_fr_core_is_held_to_what_it_says() -> None:
    patient = GOOD["patient"] | {"meta": {"profile": [f"{systems.FR_CORE}fr-core-patient-ins"]}}
    assert told(patient) == set()
    unborn = {key: value for key, value in patient.items() if key != "birthDate"}
    assert told(unborn) == {("Patient.birthDate", "binome-patient")}
    bare = {key: value for key, value in unborn.items() if key != "meta"}
    asked = validated(bare, [f"{systems.FR_CORE}fr-core-patient-ins|2.1.0"])
    assert "Patient.birthDate" in {issue.expression for issue in asked if issue.severity == "error"}


def test_an_ins_has_its_key_and_its_system() -> None:
    identifiers = GOOD["patient"]["identifier"]
    ins = next(i for i, one in enumerate(identifiers) if one["type"]["coding"][0]["code"].startswith("INS"))

    def patient(**changes: str) -> Json:
        bare = [one | (changes if i == ins else {}) for i, one in enumerate(identifiers)]
        return {"resourceType": "Patient", "identifier": bare}

    value = identifiers[ins]["value"]
    assert told(patient()) == set()
    wrong = value[:-1] + str((int(value[-1]) + 1) % 10)
    assert told(patient(value=wrong)) == {(f"Patient.identifier[{ins}].value", "fr-core-patient-ins")}
    assert told(patient(system="urn:oid:1.2.3")) == {(f"Patient.identifier[{ins}].system", "fr-core-patient-ins")}
    assert not any(value in issue.text for issue in validated(patient(value=wrong)))


def test_an_unknown_type_is_told_once() -> None:
    assert len(validated({"resourceType": "Nothing"})) == 1
    assert len(validated({})) == 1


@pytest.mark.parametrize("type_", [*PARAMETERS, "Bundle"])
def test_every_type_that_is_kept_has_its_rules(type_: str) -> None:
    # node base.mjs in profiles/, once the type is among its RESOURCES
    assert rules.rules_of(type_)


def test_every_invariant_is_said_in_french() -> None:
    keys = {key for key in rules.keys() - rules.STRUCTURE if key != "inv-1"} | {"Task.inv-1", "Parameters.inv-1"}
    assert keys == SENTENCES.keys()


def test_work_is_bounded_as_size_is() -> None:
    coding = [{"code": "a"}] * 3_000
    costly = OBSERVATION | {"code": {"coding": coding}, "component": [{"code": {"coding": coding[:1]}}] * 3_000}
    with pytest.raises(Refused) as refused:
        validated(costly | {"valueString": "x"})
    assert [issue.code for issue in refused.value.issues] == ["too-costly"]


def test_many_warnings_hide_no_error() -> None:
    entries = [{"fullUrl": UUID(int=i).urn, "resource": GOOD["procedure"]} for i in range(500)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert told(bundle) == set()
    assert told(bundle, "warning")
    entries[450]["resource"] = {key: value for key, value in GOOD["procedure"].items() if key != "recorder"}
    assert told(bundle) == {("Bundle.entry[450].resource.recorder", "binome-delegated-procedure")}
    assert len(validated(bundle | {"entry": entries[450:451] * 500})) == MOST
