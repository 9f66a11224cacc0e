"""``$validate``: 200 and an OperationOutcome whatever is found; nothing is stored."""

from typing import Any

import pytest

from conformance.agreement.cases import cases
from conformance.agreement.verdicts import ours, places
from mappings.codes import systems
from mappings.fhir.json import dump, parse
from mappings.fhir.search import PARAMETERS
from mappings.fhir.structure import check
from mappings.fhir.xml import resource_to_xml
from tests.api.test_interactions import JSON, XML, body
from tests.doors import House, outcome
from tests.mappings.fhir.validation.examples import GOOD

Json = dict[str, Any]
PROFILE = f"{systems.PROFILE}binome-delegated-procedure"


def asked(shared: House, path: str, sent: Json | bytes, kind: str = JSON, **headers: str) -> list[tuple[str, str]]:
    """(severity, expression) of each issue of the answer."""
    before = shared.state()
    data = sent if isinstance(sent, bytes) else dump(sent)
    answer = shared.client.post(f"/fhir/{path}", data=data, content_type=kind, headers=headers)
    assert answer.status_code == 200, answer.text
    told = body(answer)
    assert told["resourceType"] == "OperationOutcome"
    assert check(told) == []
    assert shared.state() == before
    return [(issue["severity"], issue.get("expression", [""])[0]) for issue in told["issue"]]


def errors(found: list[tuple[str, str]]) -> list[str]:
    return [expression for severity, expression in found if severity == "error"]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_resource_is_said_to_be_valid(shared: House, name: str) -> None:
    found = asked(shared, f"{GOOD[name]['resourceType']}/$validate", GOOD[name])
    assert found[0] == ("information", "")
    assert errors(found) == []


def test_every_case_put_to_the_official_validator_is_answered_as_it_is_judged(shared: House) -> None:
    told = {}
    served = {name: case for name, case in cases().items() if case["resourceType"] in (*PARAMETERS, "Bundle")}
    assert len(served) > 800
    for name, case in served.items():
        answer = shared.client.post(f"/fhir/{case['resourceType']}/$validate", data=dump(case), content_type=JSON)
        issues = body(answer)["issue"]
        told[name] = places(issue.get("expression", [""])[0] for issue in issues if issue["severity"] == "error")
    assert told == {name: ours(case) for name, case in served.items()}


def test_faults_are_told_with_their_place(shared: House) -> None:
    procedure = GOOD["procedure"] | {"performer": [], "unknown": 1}
    found = asked(shared, "Procedure/$validate", procedure)
    assert errors(found)[:2] == ["Procedure.performer", "Procedure.unknown"]
    assert ("information", "") not in found


def test_the_resource_may_stand_in_parameters_with_profile_and_mode(shared: House) -> None:
    bare = {key: value for key, value in GOOD["procedure"].items() if key not in ("meta", "recorder")}
    parameters = [{"name": "resource", "resource": bare}, {"name": "mode", "valueCode": "create"}]
    sent: Json = {"resourceType": "Parameters", "parameter": parameters}
    assert errors(asked(shared, "Procedure/$validate", sent)) == []
    parameters.append({"name": "profile", "valueUri": PROFILE})
    assert errors(asked(shared, "Procedure/$validate", sent)) == ["Procedure.recorder"]
    assert errors(asked(shared, f"Procedure/$validate?profile={PROFILE}", bare)) == ["Procedure.recorder"]
    parameters[2]["valueUri"] = "http://other/p"
    assert errors(asked(shared, "Procedure/$validate", sent)) == [""]


def test_both_formats(shared: House) -> None:
    sent = resource_to_xml(GOOD["procedure"])
    assert errors(asked(shared, "Procedure/$validate", sent, XML, Accept=XML)) == []


@pytest.mark.parametrize("sent", [b"{", b"[]", b'{"resourceType": "Procedure", "resourceType": "x"}', b"<x/>"])
def test_what_is_not_fhir_at_all_is_told_the_same_way(shared: House, sent: bytes) -> None:
    assert errors(asked(shared, "Procedure/$validate", sent, XML if sent.startswith(b"<") else JSON))


@pytest.mark.parametrize(
    ("path", "sent", "expression"),
    [
        ("Procedure/$validate", GOOD["task-reorient"], "resourceType"),
        ("Task/$validate?mode=create", GOOD["task-reorient"], ""),
        ("Provenance/$validate?mode=update", {"resourceType": "Provenance"}, ""),
        ("Patient/$validate?mode=update", GOOD["patient"] | {"id": None}, "Patient.id"),
        ("Procedure/$validate?mode=none", GOOD["procedure"], ""),
        ("Procedure/$validate?mode=profile", GOOD["procedure"], ""),
        ("Procedure/$validate?mode=delete", GOOD["procedure"], ""),
        ("Procedure/$validate", b"", ""),
        ("Procedure/$validate", {"resourceType": "Parameters"}, ""),
        ("Procedure/$validate", {"resourceType": "Parameters", "parameter": 5}, "Parameters.parameter"),
        ("Procedure/$validate", {"resourceType": "Parameters", "parameter": [5]}, "Parameters.parameter"),
        ("Procedure/$validate", {"resourceType": 5}, "resourceType"),
        ("Procedure/$validate", {}, "resourceType"),
    ],
)
def test_what_the_server_would_refuse_is_told_too(shared: House, path: str, sent: Any, expression: str) -> None:
    assert expression in errors(asked(shared, path, sent))


@pytest.mark.parametrize("status", ["completed", "entered-in-error"])
def test_an_act_may_be_sent_again_corrected_or_in_error(shared: House, status: str) -> None:
    sent = GOOD["procedure"] | {"status": status}
    assert errors(asked(shared, "Procedure/$validate?mode=update", sent)) == []


@pytest.mark.parametrize("asked_in", ["the address", "the body"])
def test_a_parameter_of_no_operation_is_refused_unless_it_is_to_be_left_aside(shared: House, asked_in: str) -> None:
    sent: Json = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": GOOD["procedure"]}]}
    path = "Procedure/$validate"
    if asked_in == "the address":
        path += "?profil=x"
    else:
        sent["parameter"].append({"name": "profil", "valueUri": "x"})
    answer = shared.client.post(f"/fhir/{path}", data=dump(sent), content_type=JSON)
    assert outcome(answer, 400).issue[0].code == "not-supported"
    assert errors(asked(shared, path, sent, Prefer="handling=lenient")) == []


@pytest.mark.parametrize("type_", ["batch", "transaction"])
def test_what_it_says_is_the_resource_of_an_entry(shared: House, type_: str) -> None:
    patient = body(shared.client.get("/fhir/Patient?_count=1"))["entry"][0]["resource"]["id"]
    urls = [f"Patient/{patient}/$validate", "Patient/none/$validate"]
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    sent = dump({"resourceType": "Bundle", "type": type_, "entry": entries})
    one, other = body(shared.client.post("/fhir", data=sent, content_type=JSON))["entry"]
    assert one["resource"]["issue"][0]["severity"] == "information"
    assert "outcome" not in one["response"]
    assert "resource" not in other
    assert other["response"]["outcome"]["issue"][0]["code"] == "not-found"


def test_the_resource_on_record(shared: House) -> None:
    patient = body(shared.client.get("/fhir/Patient?_count=1"))["entry"][0]["resource"]
    path = f"Patient/{patient['id']}/$validate"
    assert errors(asked(shared, path, b"")) == []
    assert body(shared.client.get(f"/fhir/{path}"))["issue"][0]["severity"] == "information"
    assert errors(asked(shared, path, patient | {"id": "other"})) == ["Patient.id"]
    assert errors(asked(shared, f"{path}?mode=delete", b"")) == []
    outcome(shared.client.post("/fhir/Patient/none/$validate"), 404)


def test_every_type_is_validated_and_everything_on_record_is_valid(shared: House) -> None:
    for type_ in PARAMETERS:
        for entry in body(shared.client.get(f"/fhir/{type_}?_count=20")).get("entry", ()):
            resource = entry["resource"]
            assert errors(asked(shared, f"{type_}/{resource['id']}/$validate", b"")) == [], resource["id"]
    bundle = body(shared.client.get("/fhir/Patient?_count=5"))
    assert errors(asked(shared, "Bundle/$validate", bundle)) == []


def test_too_much_is_refused(shared: House) -> None:
    many = "&".join(f"profile={PROFILE}{n}" for n in range(30))
    outcome(shared.client.post(f"/fhir/Procedure/$validate?{many}", data=b"{}", content_type=JSON), 413)
    deep = b'{"a":' * 200 + b"1" + b"}" * 200
    outcome(shared.client.post("/fhir/Procedure/$validate", data=deep, content_type=JSON), 413)
    outcome(shared.client.post("/fhir/Procedure/$validate", data=b"x", content_type="text/plain"), 415)
    outcome(shared.client.get("/fhir/Procedure/$validate"), 405)


def test_no_identity_is_told(shared: House) -> None:
    patient = GOOD["patient"] | {"birthDate": "JEANNE", "gender": "SECRET"}
    answer = shared.client.post("/fhir/Patient/$validate", data=dump(patient), content_type=JSON)
    assert b"JEANNE" not in answer.data
    assert b"SECRET" not in answer.data
    assert parse(answer.data)["issue"]
