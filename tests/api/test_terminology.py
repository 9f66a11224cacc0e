"""``$expand``, ``$validate-code``, ``$lookup``, ``$subsumes`` on what is held here."""

from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.json import dump
from mappings.fhir.structure import check
from mappings.fhir.validation import validated
from tests.api.test_interactions import JSON, XML, body
from tests.doors import House, outcome

Json = dict[str, Any]
STATUS_SET = f"{systems.CANONICAL}/ValueSet/binome-enrolment-status"
STATUS = f"{systems.CODE_SYSTEM}binome-enrolment-status"
GENDER = "http://hl7.org/fhir/ValueSet/administrative-gender"
SEX = "http://hl7.org/fhir/administrative-gender"


def told(shared: House, path: str, **parameters: Any) -> Json:
    """By GET, or by POST of Parameters when one of them is complex; both formats say the same."""
    if any(isinstance(value, dict) for value in parameters.values()):
        return by_post(shared, path, parameters)
    answer = shared.client.get(f"/fhir/{path}", query_string={k.replace("_", "-"): v for k, v in parameters.items()})
    assert answer.status_code == 200, answer.text
    posted = by_post(shared, path, parameters)
    got = body(answer)
    assert check(got) == []
    assert [issue for issue in validated(got) if issue.severity == "error"] == []
    assert posted == got
    return got


def by_post(shared: House, path: str, parameters: Json) -> Json:
    rows = [{"name": n, ("valueCodeableConcept" if "coding" in v else "valueCoding") if isinstance(v, dict) else "valueString": v}
            for n, v in parameters.items()]  # fmt: skip
    sent = dump({"resourceType": "Parameters"} | ({"parameter": rows} if rows else {}))
    answer = shared.client.post(f"/fhir/{path}", data=sent, content_type=JSON, headers={"Accept": XML})
    assert answer.status_code == 200, answer.text
    got: Json = body(answer)
    return got


def values(parameters: Json) -> Json:
    return {
        each["name"]: next((value for key, value in each.items() if key.startswith("value")), None)
        for each in parameters["parameter"]
    }


def codes(value_set: Json) -> list[str]:
    return [each["code"] for each in value_set["expansion"].get("contains", ())]


def test_a_value_set_is_expanded_in_its_order(shared: House) -> None:
    found = told(shared, "ValueSet/$expand", url=STATUS_SET)
    assert codes(found) == ["declared", "active", "suspended", "ended", "refused"]
    assert found["expansion"]["contains"][0] == {"system": STATUS, "code": "declared", "display": "Déclarée"}
    assert found["expansion"]["total"] == 5
    assert codes(told(shared, "ValueSet/binome-enrolment-status/$expand")) == codes(found)
    assert codes(told(shared, "ValueSet/$expand", url=GENDER)) == ["male", "female", "other", "unknown"]


def test_an_expansion_is_filtered_and_paged(shared: House) -> None:
    assert codes(told(shared, "ValueSet/$expand", url=STATUS_SET, filter="Term")) == ["ended"]
    page = told(shared, "ValueSet/$expand", url=STATUS_SET, offset="1", count="2")
    assert codes(page) == ["active", "suspended"]
    assert (page["expansion"]["total"], page["expansion"]["offset"]) == (5, 1)
    assert codes(told(shared, "ValueSet/$expand", url=STATUS_SET, count="0")) == []
    assert codes(told(shared, "ValueSet/$expand", url=STATUS_SET, filter="zzz")) == []


@pytest.mark.parametrize(
    ("parameters", "result"),
    [
        ({"url": STATUS_SET, "system": STATUS, "code": "active"}, True),
        ({"url": STATUS_SET, "system": STATUS, "code": "none"}, False),
        ({"url": STATUS_SET, "system": "http://other", "code": "active"}, False),
        ({"url": STATUS_SET, "code": "active"}, True),
        ({"url": STATUS_SET, "system": STATUS, "code": "active", "display": "active"}, True),
        ({"url": STATUS_SET, "system": STATUS, "code": "active", "display": "Autre"}, False),
        ({"url": STATUS_SET, "coding": {"system": STATUS, "code": "ended"}}, True),
        (
            {"url": STATUS_SET, "codeableConcept": {"coding": [{"code": "x"}, {"system": STATUS, "code": "ended"}]}},
            True,
        ),
        ({"url": GENDER, "system": SEX, "code": "female"}, True),
    ],
)
def test_a_code_is_looked_for_in_a_value_set(shared: House, parameters: Json, result: bool) -> None:
    found = values(told(shared, "ValueSet/$validate-code", **parameters))
    assert found["result"] is result
    assert ("message" in found) is not result


def test_a_code_is_looked_for_in_a_code_system(shared: House) -> None:
    assert values(told(shared, "CodeSystem/$validate-code", url=STATUS, code="active"))["display"] == "Active"
    assert values(told(shared, "CodeSystem/$validate-code", url=STATUS, code="none"))["result"] is False
    assert values(told(shared, "CodeSystem/binome-enrolment-status/$validate-code", code="active"))["result"] is True
    coding = {"system": SEX, "code": "male"}
    assert values(told(shared, "CodeSystem/$validate-code", coding=coding))["result"] is True


def test_a_code_is_looked_up(shared: House) -> None:
    found = told(shared, "CodeSystem/$lookup", system=STATUS, code="ended")
    assert values(found)["display"] == "Terminée"
    assert [part["valueString"] for part in found["parameter"][-1]["part"] if part["name"] == "value"] == [
        "Arrêtée pour de bon."
    ]
    found = told(shared, "CodeSystem/$lookup", coding={"system": systems.ACT_REASON, "code": "TREAT"})
    assert found["parameter"][-1]["part"][1] == {"name": "value", "valueCode": "PurposeOfUse"}


def test_one_code_stands_under_another(shared: House) -> None:
    found = told(shared, "CodeSystem/$subsumes", system=systems.ACT_REASON, codeA="PurposeOfUse", codeB="TREAT")
    assert values(found) == {"outcome": "subsumes"}
    whole, part = ({"system": systems.ACT_REASON, "code": code} for code in ("PurposeOfUse", "TREAT"))
    assert values(told(shared, "CodeSystem/$subsumes", codingA=part, codingB=whole)) == {"outcome": "subsumed-by"}
    assert values(told(shared, "CodeSystem/$subsumes", codingA=whole, codingB=part)) == {"outcome": "subsumes"}


def test_one_version_is_held_of_each(shared: House) -> None:
    whole = codes(told(shared, "ValueSet/$expand", url=GENDER))
    assert codes(told(shared, "ValueSet/$expand", url=f"{GENDER}|4.0.1")) == whole
    assert codes(told(shared, "ValueSet/$expand", url=GENDER, valueSetVersion="4.0.1")) == whole
    assert values(told(shared, "CodeSystem/$validate-code", url=f"{SEX}|4.0.1", code="male"))["result"] is True
    assert values(told(shared, "CodeSystem/$lookup", system=SEX, version="4.0.1", code="male"))["display"] == "Male"


def test_what_changes_nothing_may_be_asked(shared: House) -> None:
    plain = told(shared, "ValueSet/$expand", url=GENDER)
    assert told(shared, "ValueSet/$expand", url=GENDER, activeOnly="true", displayLanguage="fr") == plain


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("ValueSet/$expand", 422),
        ("ValueSet/$expand?url=http://none", 404),
        ("ValueSet/none/$expand", 404),
        ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/mimetypes", 400),
        (f"ValueSet/$expand?url={STATUS_SET}&count=-1", 422),
        (f"ValueSet/$expand?url={STATUS_SET}&offset=9999999999", 422),
        (f"ValueSet/$validate-code?url={STATUS_SET}", 422),
        ("ValueSet/$validate-code?url=http://none&code=a", 404),
        ("ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/currencies&code=EUR", 400),
        ("CodeSystem/$validate-code?url=http://none&code=a", 404),
        ("CodeSystem/$lookup?system=http://none&code=a", 404),
        ("CodeSystem/$lookup", 422),
        (f"CodeSystem/$lookup?system={STATUS}&code=none", 404),
        (f"CodeSystem/$subsumes?system={STATUS}&codeA=active", 404),
        ("CodeSystem/$subsumes?codeA=active", 422),
        (f"ValueSet/$expand?url={GENDER}|9", 404),
        (f"ValueSet/$expand?url={GENDER}&valueSetVersion=9", 404),
        (f"ValueSet/$expand?url={GENDER}&exclude-system={SEX}", 400),
        (f"ValueSet/$expand?url={GENDER}&inconnu=1", 400),
        (f"ValueSet/$validate-code?url={GENDER}|9&code=male", 404),
        (f"ValueSet/$validate-code?url={GENDER}&code=male&systemVersion=9", 400),
        (f"CodeSystem/$validate-code?url={SEX}|9&code=male", 404),
        (f"CodeSystem/$validate-code?url={SEX}&version=9&code=male", 404),
        (f"CodeSystem/$lookup?system={SEX}&version=9&code=male", 404),
        (f"CodeSystem/$subsumes?system={SEX}&version=9&codeA=male&codeB=male", 404),
    ],
)
def test_what_is_not_held_or_not_asked_is_refused(shared: House, path: str, status: int) -> None:
    outcome(shared.client.get(f"/fhir/{path}"), status)


def test_a_definition_that_is_sent_is_not_left_aside(shared: House) -> None:
    rows = [
        {"name": "url", "valueUri": GENDER},
        {"name": "valueSet", "resource": {"resourceType": "ValueSet", "status": "active"}},
    ]
    sent = dump({"resourceType": "Parameters", "parameter": rows})
    outcome(shared.client.post("/fhir/ValueSet/$expand", data=sent, content_type=JSON), 400)


def test_codes_of_two_systems_are_not_compared(shared: House) -> None:
    rows = [
        {"name": f"coding{side}", "valueCoding": {"system": system, "code": "active"}}
        for side, system in (("A", STATUS), ("B", SEX))
    ]
    sent = dump({"resourceType": "Parameters", "parameter": rows})
    outcome(shared.client.post("/fhir/CodeSystem/$subsumes", data=sent, content_type=JSON), 422)


@pytest.mark.parametrize("sent", [{"resourceType": "Patient"}, {"resourceType": "Parameters", "parameter": [5]}, {}])
def test_bad_parameters_are_named(shared: House, sent: Json) -> None:
    assert outcome(shared.client.post("/fhir/ValueSet/$expand", data=dump(sent), content_type=JSON)).issue
