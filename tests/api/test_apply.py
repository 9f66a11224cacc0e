"""``PlanDefinition/$apply``: a proposal from what is on record; unknown proposes no act, and nothing is written."""

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from mappings.codes import systems
from mappings.domain.act import Answer
from mappings.fhir.json import dump, parse
from mappings.fhir.questionnaire import ANSWER_SYSTEM
from mappings.fhir.validation import validated
from mappings.fhir.xml import resource_from_xml, resource_to_xml
from tests.api.test_interactions import JSON, XML, body, post, put
from tests.doors import House, act, expressions, outcome
from tests.house import House as Practice
from tests.house import act_record
from tests.mappings.torsion import OTTAWA, PLAIN

Json = dict[str, Any]

URL = f"{systems.PLAN_DEFINITION}pc-torsion-cheville"
EXAM = f"{systems.QUESTIONNAIRE}torsion-examen|2026.1"
X_RAY = f"{systems.ACTIVITY_DEFINITION}torsion-radiographie|2026.1"
DELEGATEE = "99900001019"


def first(house: House, query: str) -> Json:
    found: Json = parse(house.client.get(f"/fhir/{query}").data)["entry"][0]["resource"]
    return found


def inclusion(house: House) -> Json:
    return first(house, f"CarePlan?identifier={systems.IDENTIFIER}inclusion|INCL-0001")


def asked(house: House, **parameters: str) -> dict[str, str]:
    plan = inclusion(house)
    wanted = {"subject": plan["subject"]["reference"], "practitioner": plan["author"]["reference"]} | parameters
    return {name: value for name, value in wanted.items() if value}


def applied(house: House, path: str = "pc-torsion-cheville/", **parameters: str) -> TestResponse:
    return house.client.get(f"/fhir/PlanDefinition/{path}$apply?{urlencode(asked(house, **parameters))}")


def filled(house: House, answers: dict[str, Answer], **elements: Any) -> Json:
    """The exam form of the inclusion, as a client fills it in."""
    plan = inclusion(house)
    items = [
        {"linkId": link_id} | ({} if value is None else {"answer": [told(value)]}) for link_id, value in answers.items()
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": EXAM,
        "status": "completed",
        "subject": plan["subject"],
        "basedOn": [{"reference": f"CarePlan/{plan['id']}"}],
        "authored": "2026-11-21T09:30:00+01:00",
        "item": items,
    } | elements


def told(value: Answer) -> Json:
    match value:
        case bool():
            return {"valueBoolean": value}
        case Decimal():
            return {"valueDecimal": value}
    return (
        {"valueCoding": {"system": ANSWER_SYSTEM, "code": value}}
        if value in ("absent", "present")
        else {"valueString": value}
    )


def on_record(house: House, answers: dict[str, Answer], **elements: Any) -> None:
    answer = post(house, filled(house, answers, **elements))
    assert answer.status_code == 201, answer.text


def contained(plan: Json, *types: str) -> list[Json]:
    return [one for one in plan["contained"] if one["resourceType"] in types]


def acts(plan: Json) -> list[str]:
    return [one["instantiatesCanonical"][1] for one in contained(plan, "ServiceRequest", "MedicationRequest")]


def steps(plan: Json) -> list[str]:
    (group,) = contained(plan, "RequestGroup")
    return [action["id"] for action in group.get("action", ())]


def judged(plan: Json) -> dict[str, str]:
    """By the id of each action that is told of: true, false or undetermined."""
    (told,) = contained(plan, "OperationOutcome")
    return {
        issue["expression"][0].partition("id='")[2].partition("'")[0]: issue["details"]["coding"][0]["code"]
        for issue in told["issue"]
        if "coding" in issue["details"] and "id='" in issue.get("expression", [""])[0]
    }


# ── what is proposed ──────────────────────────────────────────────────────────────────────────────────────


def test_without_answers_nothing_is_known_and_no_act_is_proposed(shared: House) -> None:
    plan = body(applied(shared))
    assert (plan["status"], plan["intent"]) == ("draft", "proposal")
    assert plan["instantiatesCanonical"] == [f"{URL}|2026.1"]
    assert acts(plan) == []
    assert steps(plan) == ["examen", "risque-thrombo-embolique"]
    (exam, call) = contained(plan, "Task")
    assert {one["valueString"] for one in exam["input"]} >= {"plaie", "douleur", "delegant-consulte"}
    assert exam["instantiatesCanonical"] == EXAM
    assert call["owner"] == inclusion(shared)["extension"][0]["valueReference"]
    truths = judged(plan)
    assert truths.pop("age") == "true"
    assert set(truths.values()) == {"undetermined"}
    assert len(truths) >= 6


def test_a_whole_exam_proposes_the_acts_that_its_answers_allow(house: House) -> None:
    on_record(house, PLAIN)
    plain = body(applied(house))
    every = {one.canonical for one in house.composition.catalogue[f"{URL}|2026.1"].activities}
    assert set(acts(plain)) == every - {X_RAY}
    assert judged(plain)["plaie"] == "false"
    on_record(house, OTTAWA, authored="2026-11-21T09:40:00+01:00")
    assert set(acts(body(applied(house)))) == every


@pytest.mark.parametrize(
    ("answers", "ways"),
    [
        ({"plaie": None}, ["examen"]),
        ({"plaie": True}, ["reorientation"]),
        ({"risque-thrombo-embolique": "present"}, ["risque-thrombo-embolique"]),
        ({"risque-thrombo-embolique": None}, ["examen", "risque-thrombo-embolique"]),
        ({"douleur": None}, ["examen"]),
        # An answer that the question does not admit says nothing.
        ({"douleur": Decimal(11)}, ["examen"]),
        ({"plaie": Decimal(0)}, ["examen"]),
    ],
)
def test_whatever_is_not_known_keeps_every_act_away(house: House, answers: dict[str, Answer], ways: list[str]) -> None:
    on_record(house, PLAIN | answers)
    plan = body(applied(house))
    assert acts(plan) == []
    asked_for = [step for step in steps(plan) if step in ways]
    assert asked_for == ways
    (told,) = contained(plan, "OperationOutcome")
    assert [issue for issue in told["issue"] if issue["severity"] == "warning"]


def test_whoever_is_out_goes_back_with_the_reason(house: House) -> None:
    on_record(house, PLAIN | {"plaie": True})
    (task,) = contained(body(applied(house)), "Task")
    assert task["code"]["coding"][0]["code"] == "reorient"
    assert task["reasonCode"]["coding"][0]["code"] == "exclusion-other"


def test_a_question_answered_twice_is_not_known(house: House) -> None:
    response = filled(house, PLAIN)
    response["item"].append({"linkId": "plaie", "answer": [{"valueBoolean": False}]})
    assert post(house, response).status_code == 201
    plan = body(applied(house))
    assert judged(plan)["plaie"] == "undetermined"
    assert acts(plan) == []


@pytest.mark.parametrize(
    "elements",
    [
        {"status": "in-progress"},
        {"status": "entered-in-error"},
        {"questionnaire": f"{systems.QUESTIONNAIRE}torsion-information|2026.1"},
        {"questionnaire": f"{systems.QUESTIONNAIRE}torsion-examen|2025.1"},
        {"basedOn": []},
    ],
    ids=str,
)
def test_answers_of_something_else_are_not_believed(house: House, elements: Json) -> None:
    elements = {"authored": "2026-11-21T09:50:00+01:00"} | elements
    response = {key: value for key, value in filled(house, PLAIN, **elements).items() if value != []}
    assert post(house, response).status_code == 201
    assert acts(body(applied(house))) == []


def test_the_visit_is_told_back(shared: House) -> None:
    plan = body(applied(shared, encounter="Encounter/v1"))
    assert plan["encounter"] == {"reference": "Encounter/v1"}
    assert {one["encounter"]["reference"] for one in contained(plan, "RequestGroup", "Task")} == {"Encounter/v1"}


def test_the_exam_of_a_recorded_act_counts_for_the_next(house: House) -> None:
    assert house.client.post("/records/acts", json=act()).status_code == 201
    assert X_RAY in acts(body(applied(house)))


def test_no_answer_is_told(house: House) -> None:
    on_record(house, PLAIN | {"delai-traumatisme": Decimal("5.25")})
    text = applied(house).text
    assert "trottoir" not in text
    assert "5.25" not in text


# ── what it is ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_way_of_asking_gets_the_same_valid_answer_and_writes_nothing(house: House) -> None:
    on_record(house, PLAIN)
    before = house.state()
    plan = body(applied(house))
    parameters = [{"name": name, "valueString": value} for name, value in asked(house).items()]
    definition = parse(house.client.get("/fhir/PlanDefinition/pc-torsion-cheville").data)

    def posted(path: str, *more: Json, kind: str = JSON) -> TestResponse:
        sent = {"resourceType": "Parameters", "parameter": [*parameters, *more]}
        data = dump(sent) if kind == JSON else resource_to_xml(sent)
        return house.client.post(f"/fhir/PlanDefinition/{path}$apply", data=data, content_type=kind)

    others = [
        applied(house, "", planDefinition=f"{URL}|2026.1"),
        applied(house, "", planDefinition=URL),
        posted("pc-torsion-cheville/"),
        posted("pc-torsion-cheville/", kind=XML),
        posted("", {"name": "planDefinition", "valueCanonical": f"{URL}|2026.1"}),
        posted("", {"name": "planDefinition", "resource": definition}),
        posted("pc-torsion-cheville/", {"name": "userType", "valueCodeableConcept": {"text": "délégué"}}),
    ]
    assert [body(other) == plan for other in others] == [True] * len(others)
    as_xml = applied(house, _format="xml")
    assert as_xml.mimetype == XML
    assert resource_from_xml(as_xml.data) == plan
    assert house.state() == before
    assert [issue for issue in validated(plan) if issue.severity == "error"] == []


def test_it_is_announced(shared: House) -> None:
    statement = parse(shared.client.get("/fhir/metadata").data)
    (definition,) = [one for one in statement["rest"][0]["resource"] if one["type"] == "PlanDefinition"]
    (operation,) = [one for one in definition["operation"] if one["name"] == "apply"]
    assert operation["definition"] == "http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply"
    assert "%reponses" in operation["documentation"]


def test_the_professional_behind_the_call_is_the_delegatee(house: House) -> None:
    query = urlencode(asked(house, practitioner=""))
    url = f"/fhir/PlanDefinition/pc-torsion-cheville/$apply?{query}"
    nobody = outcome(house.client.get(url), 422)
    assert expressions(nobody) == ["Parameters.parameter.where(name='practitioner')"]
    plan = body(house.client.get(url, headers=house.token(DELEGATEE)))
    assert plan["author"]["identifier"]["value"] == DELEGATEE


def test_a_patient_who_is_not_included_yet_may_be(house: House) -> None:
    plan = inclusion(house)
    ended = plan | {"status": "completed", "period": plan["period"] | {"end": "2026-11-20"}}
    on_record(house, PLAIN)
    assert put(house, ended).status_code == 200
    proposed = body(applied(house))
    # The answers went with the inclusion that is over.
    assert acts(proposed) == []
    assert "basedOn" not in proposed
    on_record(house, PLAIN, basedOn=[{"reference": f"CarePlan/{plan['id']}"}])
    assert acts(body(applied(house))) == []
    fresh = {key: value for key, value in filled(house, PLAIN).items() if key != "basedOn"}
    assert post(house, fresh).status_code == 201
    assert acts(body(applied(house)))


def test_an_inclusion_that_is_still_a_draft_may_be_judged(house: House) -> None:
    on_record(house, PLAIN)
    assert put(house, inclusion(house) | {"status": "draft"}).status_code == 200
    plan = body(applied(house))
    assert acts(plan)
    assert plan["basedOn"] == [{"reference": f"CarePlan/{inclusion(house)['id']}"}]


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────


def test_only_one_patient_at_a_time(shared: House) -> None:
    other = parse(shared.client.get("/fhir/Patient?_count=2").data)["entry"][1]["resource"]
    query = urlencode([*asked(shared).items(), ("subject", f"Patient/{other['id']}")])
    told = outcome(shared.client.get(f"/fhir/PlanDefinition/pc-torsion-cheville/$apply?{query}"), 400)
    assert "un seul patient" in str(told.issue[0].details.text)


@pytest.mark.parametrize(
    ("parameters", "status", "at"),
    [
        ({"subject": ""}, 422, "subject"),
        ({"subject": "Group/1"}, 422, "subject"),
        ({"subject": "Patient/nobody"}, 422, "subject"),
        ({"practitioner": "Practitioner/nobody"}, 422, "practitioner"),
        ({"organization": "Organization/nowhere"}, 422, "practitioner"),
        ({"planDefinition": URL}, 400, "planDefinition"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_said_where(shared: House, parameters: dict[str, str], status: int, at: str) -> None:
    told = outcome(applied(shared, **parameters), status)
    assert f"Parameters.parameter.where(name='{at}')" in expressions(told)


def test_a_parameter_or_a_definition_that_is_not_known(shared: House) -> None:
    outcome(applied(shared, motDePasse="x"), 400)
    outcome(applied(shared, ""), 422)
    outcome(applied(shared, "", planDefinition=f"{URL}|2020.1"), 422)
    outcome(applied(shared, "nobody/"), 404)


def test_a_definition_that_is_not_the_published_one_is_not_applied(shared: House) -> None:
    definition = parse(shared.client.get("/fhir/PlanDefinition/pc-torsion-cheville").data)
    definition["action"][1]["action"][0]["condition"][0]["expression"]["expression"] = "true"
    parameters = [{"name": name, "valueString": value} for name, value in asked(shared).items()]
    parameters.append({"name": "planDefinition", "resource": definition})
    sent = dump({"resourceType": "Parameters", "parameter": parameters})
    outcome(shared.client.post("/fhir/PlanDefinition/$apply", data=sent, content_type=JSON), 422)


def enrolment(house: House) -> Json:
    return parse(house.client.get(f"/fhir/{inclusion(house)['author']['reference']}").data)


def suspended(house: House) -> TestResponse:
    role = enrolment(house)
    for one in role["extension"]:
        if one["url"] == systems.EXT_ENROLMENT_STATUS:
            one["valueCode"] = "suspended"
    return put(house, role | {"active": False})


def untrained(house: House) -> TestResponse:
    role = enrolment(house)
    for one in role["extension"]:
        if one["url"] == systems.EXT_TRAINING:
            one["extension"].append({"url": "validUntil", "valueDate": "2026-11-20"})
    return put(house, role)


def withdrawn(house: House) -> TestResponse:
    consent = first(house, f"Consent?identifier={systems.IDENTIFIER}consent|CONS-0001")
    provision = consent["provision"] | {"period": {"start": "2026-11-16", "end": "2026-11-20"}}
    return put(house, consent | {"status": "inactive", "provision": provision})


def held(house: House) -> TestResponse:
    return put(house, inclusion(house) | {"status": "on-hold"})


def of_another_kind(house: House) -> TestResponse:
    structure = first(house, "Organization?identifier=380999990")
    for one in (
        coding for kind in structure["type"] for coding in kind["coding"] if coding["system"] == systems.FACILITY
    ):
        one["code"] = "SA01"
    return put(house, structure)


@pytest.mark.parametrize(
    ("change", "reference"),
    [
        (suspended, "CSP L4011-1"),
        (untrained, "CSP L4011-2"),
        (withdrawn, "CSP L1111-4"),
        (held, "CSP L4011-2"),
        (of_another_kind, "CSP L4011-2"),
    ],
)
def test_what_the_law_would_refuse_of_the_act_is_refused_before_it(house: House, change: Any, reference: str) -> None:
    on_record(house, PLAIN)
    assert acts(body(applied(house)))
    changed = change(house)
    assert changed.status_code == 200, changed.text
    told = outcome(applied(house), 422)
    assert [issue for issue in told.issue if f"({reference})" in str(issue.diagnostics)]
    # The same is refused of the act itself.
    at = dt.datetime(2026, 11, 21, 9, 55, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    period = {"start": at.isoformat(), "end": at.isoformat()}
    assert house.client.post("/records/acts", json=act(performed=period)).status_code == 422


def test_either_store_proposes_and_stays_as_it_was(both: Practice) -> None:
    assert both.post("acts", act_record()).status_code == 201
    (plan,) = both.found(f"CarePlan?identifier={systems.IDENTIFIER}inclusion|INCL-0001")
    before = both.standing()
    query = urlencode({"subject": plan["subject"]["reference"], "practitioner": plan["author"]["reference"]})
    answer = both.fhir("GET", f"/PlanDefinition/pc-torsion-cheville/$apply?{query}")
    assert answer.status_code == 200, answer.json
    assert X_RAY in acts(answer.json)
    assert both.standing() == before
