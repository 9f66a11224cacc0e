"""What the law or the protocol forbids is forbidden by the same rule, whichever the door."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from mappings.fhir.json import dump, parse
from mappings.fhir.xml import resource_to_xml
from service.demonstration import records
from tests.doors import House, act, expressions, outcome, transaction

Json = dict[str, Any]
DELEGATEE, SPARE_DELEGATEE, SPARE_DELEGATOR = "99900001019", "99900001050", "99900002058"


def enrolment(rpps: str, **changes: Any) -> tuple[str, Json]:
    (record,) = (one for one in records("enrolments") if one["rpps"] == rpps)
    return "enrolments", copy.deepcopy(record) | changes


def elsewhere(rpps: str) -> tuple[str, Json]:
    """The same professional, enrolled in another structure."""
    door, record = enrolment(rpps)
    structure = record["structure"] | {"finess": "380999982", "name": "MSP DU HAMEAU (FICTIVE)"}
    return door, record | {"identifier": "AILLEURS", "structure": structure}


def inclusion(consent: str, patient: str, start: str) -> tuple[str, Json]:
    record = copy.deepcopy(records("inclusions")[0])
    number = {"local_identifier": {"system": "1.2.250.1.999.1.1.20260.2", "value": patient}}
    return "inclusions", record | {"identifier": "INCL-X", "consent": consent, "patient": number, "start": start}


#: (what is on record besides the team, what the act says)
SAID: dict[str, tuple[list[tuple[str, Json]], Json]] = {
    "enrolment over": (
        [enrolment(SPARE_DELEGATEE, status="ended", period={"start": "2026-09-01", "end": "2026-10-01"})],
        {"delegatee_rpps": SPARE_DELEGATEE},
    ),
    "enrolment suspended": ([enrolment(SPARE_DELEGATEE, status="suspended")], {"delegatee_rpps": SPARE_DELEGATEE}),
    "enrolment to come": (
        [enrolment(SPARE_DELEGATEE, period={"start": "2026-11-21"})],
        {"delegatee_rpps": SPARE_DELEGATEE},
    ),
    "training over": (
        [
            enrolment(
                SPARE_DELEGATEE,
                training=[
                    {"module": "Formation torsion de cheville", "completed": "2020-01-01", "valid_until": "2026-11-19"}
                ],
            )
        ],
        {"delegatee_rpps": SPARE_DELEGATEE},
    ),
    "training to come": (
        [enrolment(SPARE_DELEGATEE, training=[{"module": "Formation torsion de cheville", "completed": "2026-11-21"}])],
        {"delegatee_rpps": SPARE_DELEGATEE},
    ),
    "training in something else": (
        [enrolment(SPARE_DELEGATEE, training=[{"module": "Macramé", "completed": "2026-01-01"}])],
        {"delegatee_rpps": SPARE_DELEGATEE},
    ),
    "délégant unknown": ([], {"delegator_rpps": "99900003015"}),
    "délégant of another structure": ([elsewhere(SPARE_DELEGATOR)], {"delegator_rpps": SPARE_DELEGATOR, "delegator_enrolment": "AILLEURS"}),
    "délégant not among the named": (
        [
            enrolment(
                SPARE_DELEGATEE,
                delegators=[
                    {"identifier": "pc-torsion-cheville-2026.1-380999990-DELEGATOR-99900002017", "rpps": "99900002017"}
                ],
            )
        ],
        {"delegatee_rpps": SPARE_DELEGATEE, "delegator_rpps": "99900002025"},
    ),
    "délégant in the place of the délégué": ([], {"delegatee_rpps": "99900002025", "delegatee_enrolment": "pc-torsion-cheville-2026.1-380999990-DELEGATOR-99900002025"}),
    "délégué in the place of the délégant": ([], {"delegator_rpps": "99900001027", "delegator_enrolment": "pc-torsion-cheville-2026.1-380999990-DELEGATEE-99900001027"}),
    "number of somebody else": ([], {"delegatee_rpps": "99900001027", "delegatee_enrolment": f"pc-torsion-cheville-2026.1-380999990-DELEGATEE-{DELEGATEE}"}),
    "consent refused": ([inclusion("CONS-0005", "PAT-0005", "2026-11-19")], {"inclusion": "INCL-X"}),
    "consent withdrawn": ([], {"inclusion": "INCL-0006"}),
    "inclusion not begun": ([inclusion("CONS-0001", "PAT-0001", "2026-11-21")], {"inclusion": "INCL-X"}),
    "patient too old": ([inclusion("CONS-0003", "PAT-0003", "2026-11-18")], {"inclusion": "INCL-X"}),
    "act to come": ([], {"performed": {"start": "2026-11-22T10:00:00+01:00"}}),
    "end before start": ([], {"performed": {"start": "2026-11-20T10:00:00+01:00", "end": "2026-11-20T09:00:00+01:00"}}),
    "exam incomplete": ([], {"exam": {"douleur": 6}}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_the_law_is_the_same_on_every_door(house: House, name: str) -> None:
    on_record, changes = SAID[name]
    for door, record in on_record:
        answer = house.client.post(f"/records/{door}", json=record)
        assert answer.status_code in (200, 201), answer.text
    sent = act(**changes)
    bundle = transaction(house, sent)
    before = house.state()
    texts = []
    for url, kind, body in (
        ("/records/acts", "application/json", dump(sent)),
        ("/fhir", "application/fhir+json", dump(bundle)),
        ("/fhir", "application/fhir+xml", resource_to_xml(bundle)),
    ):
        told = outcome(house.client.post(url, data=body, content_type=kind), 422)
        assert expressions(told)
        assert all(issue.code == "business-rule" for issue in told.issue), told
        texts.append([issue.details.text for issue in told.issue])
    assert texts[0] == texts[1] == texts[2]
    assert house.state() == before


def exam(**answers: Any) -> Json:
    return {"exam": act()["exam"] | answers}


def answered(link_id: str, answer: Json) -> Callable[[Json], None]:
    """The transaction's exam with this answer."""

    def spoil(bundle: Json) -> None:
        items = bundle["entry"][1]["resource"]["item"]
        items[:] = [item for item in items if item["linkId"] != link_id] + [{"linkId": link_id, "answer": [answer]}]

    return spoil


def everywhere(old: str, new: str) -> Callable[[Json], None]:
    def spoil(bundle: Json) -> None:
        changed = parse(dump(bundle).replace(old.encode(), new.encode()))
        assert changed != bundle
        bundle.update(changed)

    return spoil


#: (what the record says, what is done to the transaction)
UNKNOWN: dict[str, tuple[Json, Callable[[Json], None]]] = {
    "protocol version": (
        {"protocol": "pc-torsion-cheville|1999.1"},
        everywhere("pc-torsion-cheville|2026.1", "pc-torsion-cheville|1999.1"),
    ),
    "protocol": ({"protocol": "pc-autre|2026.1"}, everywhere("PlanDefinition/pc-torsion-cheville|", "PlanDefinition/pc-autre|")),
    "act": ({"act": "torsion-chirurgie"}, everywhere("torsion-prise-en-charge", "torsion-chirurgie")),
    "prescription": ({"prescriptions": [{"activity": "torsion-platre"}]}, everywhere("torsion-attelle", "torsion-platre")),
    "answer": (exam(**{"risque-thrombo-embolique": "peut-être"}), answered("risque-thrombo-embolique", {"valueCoding": {"code": "peut-être"}})),
    "answer of another kind": (exam(douleur="six"), answered("douleur", {"valueString": "six"})),
    "answer above the highest": (exam(douleur=11), answered("douleur", {"valueInteger": 11})),
    "answer below the lowest": (exam(douleur=-1), answered("douleur", {"valueInteger": -1})),
    "question": (exam(poids=70), answered("poids", {"valueInteger": 70})),
    "reason": ({"status": "not-done", "status_reason": "fatigue"}, lambda bundle: bundle["entry"][0]["resource"].update(status="not-done")),
    "inclusion": ({"inclusion": "INCL-9999"}, lambda bundle: bundle["entry"][0]["resource"].update(basedOn=[{"reference": "CarePlan/none"}])),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_refused_on_every_door(house: House, name: str) -> None:
    changes, spoil = UNKNOWN[name]
    bundle = transaction(house)
    spoil(bundle)
    before = house.state()
    for url, kind, body in (
        ("/records/acts", "application/json", dump(act(**changes))),
        ("/fhir", "application/fhir+json", dump(bundle)),
        ("/fhir", "application/fhir+xml", resource_to_xml(bundle)),
    ):
        told = outcome(house.client.post(url, data=body, content_type=kind))
        assert told.issue
        assert expressions(told)
    assert house.state() == before


@pytest.mark.parametrize("entry", range(5))
def test_nothing_is_told_of_another_patient(house: House, entry: int) -> None:
    """T41: what belongs to the act is of the act's patient, whose inclusion it is."""
    bundle = transaction(house)
    mine = bundle["entry"][entry]["resource"]["subject"]["reference"]
    patients = parse(house.client.get("/fhir/Patient").data)["entry"]
    other = next(f"Patient/{p['resource']['id']}" for p in patients if not mine.endswith(p["resource"]["id"]))
    bundle["entry"][entry]["resource"]["subject"] = {"reference": other}
    before = house.state()
    for kind, body in (("application/fhir+json", dump(bundle)), ("application/fhir+xml", resource_to_xml(bundle))):
        told = outcome(house.client.post("/fhir", data=body, content_type=kind), 422)
        assert any("subject" in expression for expression in expressions(told))
    assert house.state() == before


#: Where what is another patient's may be pointed at: the entry, the element, and what of the other act.
OTHERS: dict[str, tuple[int, str, str]] = {
    "why the act was done": (0, "reasonReference", "Observation"),
    "what a measure derives from": (2, "derivedFrom", "QuestionnaireResponse"),
    "what a measure groups": (2, "hasMember", "Observation"),
    "why a measure was prescribed": (3, "reasonReference", "Observation"),
    "what a prescription replaces": (3, "replaces", "ServiceRequest"),
    "what supports a prescription": (3, "supportingInfo", "Procedure"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_no_element_of_an_act_points_at_what_is_another_patients(house: House, name: str) -> None:
    entry, element, type_ = OTHERS[name]
    bundle = transaction(house)
    mine = bundle["entry"][0]["resource"]["subject"]["reference"]
    for record in records("acts"):
        assert house.client.post("/records/acts", json=record).status_code == 201
    everything = parse(house.client.get(f"/fhir/{type_}").data)["entry"]
    other = next(one["resource"] for one in everything if one["resource"]["subject"]["reference"] != mine)
    resource = bundle["entry"][entry]["resource"]
    resource[element] = [*resource.get(element, ()), {"reference": f"{type_}/{other['id']}"}]
    before = house.state()
    told = outcome(house.client.post("/fhir", data=dump(bundle), content_type="application/fhir+json"), 422)
    assert [issue.code for issue in told.issue] == ["business-rule"]
    assert any(f".{element}" in one for one in expressions(told)), told
    assert house.state() == before


@pytest.mark.parametrize("version", ["2", "99", "0", "01x", "x", "１", "9" * 30])
def test_a_version_that_never_was_is_not_pointed_at(house: House, version: str) -> None:
    bundle = transaction(house)
    subject = bundle["entry"][0]["resource"]["subject"]
    subject["reference"] += f"/_history/{version}"
    before = house.state()
    told = outcome(house.client.post("/fhir", data=dump(bundle), content_type="application/fhir+json"), 422)
    assert any("subject" in one for one in expressions(told)), told
    assert house.state() == before


#: Where another patient, or the inclusion of another, may stand in an act and in what belongs to it.
ELSEWHERE: dict[str, tuple[int, str, bool]] = {
    "a second inclusion of the act": (0, "basedOn", True),
    "the inclusion of the exam": (1, "basedOn", True),
    "who answered the exam": (1, "source", False),
    "the inclusion of a measure": (2, "basedOn", True),
    "who measured": (2, "performer", True),
    "what is measured": (2, "focus", True),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_element_of_an_act_names_another_patient(house: House, name: str) -> None:
    entry, element, many = ELSEWHERE[name]
    bundle = transaction(house)
    resource = bundle["entry"][entry]["resource"]
    type_ = "CarePlan" if element == "basedOn" else "Patient"
    mine = bundle["entry"][0]["resource"]["basedOn"][0] if type_ == "CarePlan" else resource["subject"]
    everybody = parse(house.client.get(f"/fhir/{type_}").data)["entry"]
    other = next(
        {"reference": f"{type_}/{one['resource']['id']}"}
        for one in everybody
        if not mine["reference"].endswith(one["resource"]["id"])
    )
    resource[element] = [*resource.get(element, ()), other] if many else other
    before = house.state()
    for kind, body in (("application/fhir+json", dump(bundle)), ("application/fhir+xml", resource_to_xml(bundle))):
        told = outcome(house.client.post("/fhir", data=body, content_type=kind), 422)
        assert [issue.code for issue in told.issue] == ["business-rule"]
        assert any(f".{element}" in one for one in expressions(told)), told
    assert house.state() == before
