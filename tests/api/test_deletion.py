"""Deletion: what may go, what stands in the way, what stays of it (R4 4.0.1, http.html#delete), on both stores."""

from typing import Any

import pytest

from service.ledger.verify import verify
from tests.api.test_interactions import number, patient
from tests.house import House, Json, act_bundle, issues


def created(both: House, **changes: Any) -> Json:
    answer = both.fhir("POST", "/Patient", patient() | changes)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json
    return made


def test_what_is_deleted_is_gone_and_its_history_stays(both: House) -> None:
    made = created(both)
    url = f"/Patient/{made['id']}"
    before = both.standing()["resources"]["Patient"]
    answer = both.fhir("DELETE", url)
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (204, b"", 'W/"2"')
    assert "Content-Length" not in answer.headers
    assert both.standing()["resources"]["Patient"] == before - 1
    gone = both.fhir("GET", url)
    assert (gone.status_code, issues(gone)) == (410, [("deleted", "")])
    assert both.fhir("GET", f"{url}/_history/2").status_code == 410
    assert both.fhir("GET", f"{url}/_history/1").json == made
    assert both.found(f"Patient?{number(made)}") == []
    history = both.fhir("GET", f"{url}/_history").json
    assert [entry["request"]["method"] for entry in history["entry"]] == ["DELETE", "POST"]
    assert ["resource" in entry for entry in history["entry"]] == [False, True]
    assert history["entry"][0]["response"]["status"] == "204 No Content"
    assert verify(both.store) == []


def test_what_is_not_there_is_deleted_without_a_word(both: House) -> None:
    made = created(both)
    assert both.fhir("DELETE", f"/Patient/{made['id']}").status_code == 204
    standing = both.standing()
    for url in (f"/Patient/{made['id']}", "/Patient/never", f"/Patient?{number(made)}"):
        assert both.fhir("DELETE", url).status_code == 204
    assert both.standing() == standing


def test_only_the_version_seen_is_deleted(both: House) -> None:
    made = created(both)
    url = f"/Patient/{made['id']}"
    assert both.fhir("DELETE", url, If_Match='W/"2"').status_code == 412
    assert both.fhir("DELETE", url, If_Match='W/"1"').status_code == 204


def test_one_comes_back_under_the_same_id_and_the_same_identifier(both: House) -> None:
    made = created(both)
    url = f"/Patient/{made['id']}"
    for version in (2, 4, 6):
        assert both.fhir("DELETE", url).status_code == 204
        again = both.fhir("PUT", url, made)
        assert (again.status_code, again.headers["ETag"]) == (201, f'W/"{version + 1}"')
        assert [one["id"] for one in both.found(f"Patient?{number(made)}")] == [made["id"]]
    # While somebody bears the identifier, nobody else may.
    other = {key: value for key, value in made.items() if key not in ("id", "meta")} | {"birthDate": "1991-01-01"}
    assert both.fhir("POST", "/Patient", other).status_code == 409
    assert both.fhir("DELETE", url).status_code == 204
    new = both.fhir("POST", "/Patient", other, If_None_Exist=number(made))
    assert (new.status_code, new.json["id"] != made["id"]) == (201, True)
    assert both.fhir("POST", "/Patient", other, If_None_Exist=number(made)).status_code == 200
    assert verify(both.store) == []


def test_what_is_pointed_at_is_kept(both: House) -> None:
    both.fhir("POST", "/", act_bundle())
    (procedure,) = both.found("Procedure")
    (plan,) = [p for p in both.found("CarePlan") if f"CarePlan/{p['id']}" == procedure["basedOn"][0]["reference"]]
    of_it = [
        procedure["subject"],
        procedure["basedOn"][0],
        plan["supportingInfo"][0],
        procedure["performer"][0]["actor"],
    ]
    everybody = [{"reference": f"{t}/{r['id']}"} for t in ("Practitioner", "Organization") for r in both.found(t)]
    standing = both.standing()
    for reference in (one["reference"] for one in of_it + everybody):
        answer = both.fhir("DELETE", f"/{reference}")
        assert (answer.status_code, issues(answer)) == (409, [("processing", reference.partition("/")[0])])
    assert both.standing() == standing


def test_what_goes_together_may_go_together(both: House) -> None:
    plan = both.found("CarePlan")[0]
    about = [plan["subject"]["reference"], plan["supportingInfo"][0]["reference"], f"CarePlan/{plan['id']}"]
    consents = [f"Consent/{one['id']}" for one in both.found(f"Consent?patient={about[0]}")]
    urls = list(dict.fromkeys([*about, *consents]))
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "DELETE", "url": url}} for url in urls],
    }
    part = both.fhir("POST", "/", bundle | {"entry": bundle["entry"][:1]})
    assert (part.status_code, issues(part)) == (409, [("processing", "Bundle.entry[0]")])
    answer = both.fhir("POST", "/", bundle)
    assert answer.status_code == 200, answer.text
    assert {entry["response"]["status"] for entry in answer.json["entry"]} == {"204 No Content"}
    assert {both.fhir("GET", f"/{url}").status_code for url in urls} == {410}


def test_nothing_new_points_at_what_is_gone(both: House) -> None:
    made = created(both)
    consent = both.found("Consent")[0]
    assert both.fhir("DELETE", f"/Patient/{made['id']}").status_code == 204
    changed = consent | {"patient": {"reference": f"Patient/{made['id']}"}}
    refused = both.fhir("PUT", f"/Consent/{consent['id']}", changed)
    assert (refused.status_code, issues(refused)) == (422, [("value", "Consent.patient.reference")])


@pytest.mark.parametrize(
    "type_", ["Procedure", "Observation", "QuestionnaireResponse", "MedicationRequest", "MedicationDispense"]
)
def test_an_act_is_never_deleted(both: House, type_: str) -> None:
    both.fhir("POST", "/", act_bundle())
    standing = both.standing()
    urls = [f"/{type_}/{found['id']}" for found in both.found(type_)] or [f"/{type_}/x"]
    for url in (*urls, f"/{type_}?identifier=a|b"):
        answer = both.fhir("DELETE", url)
        allowed = (
            "GET, HEAD, OPTIONS, PATCH, PUT" if url.startswith(f"/{type_}/") else "GET, HEAD, OPTIONS, PATCH, POST, PUT"
        )
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
        assert "entered-in-error" in answer.json["issue"][0]["details"]["text"]
    assert both.fhir("DELETE", "/Task/x").status_code == 405
    assert both.standing() == standing


def test_a_condition_deletes_one_and_never_several(both: House) -> None:
    one, two = created(both), created(both)
    answer = both.fhir("DELETE", f"/Patient?family={one['name'][0]['family']}")
    assert (answer.status_code, [code for code, _ in issues(answer)]) == (412, ["multiple-matches"])
    assert both.fhir("DELETE", f"/Patient?{number(one)}").status_code == 204
    assert both.fhir("GET", f"/Patient/{one['id']}").status_code == 410
    assert both.fhir("GET", f"/Patient/{two['id']}").status_code == 200
    assert both.fhir("DELETE", "/Patient").status_code == 400
    assert both.fhir("DELETE", "/Patient?_count=1").status_code == 400


def test_a_deletion_may_be_told(both: House) -> None:
    made = created(both)
    answer = both.fhir("DELETE", f"/Patient/{made['id']}", Prefer="return=OperationOutcome")
    assert (answer.status_code, answer.json["issue"][0]["severity"]) == (200, "information")
