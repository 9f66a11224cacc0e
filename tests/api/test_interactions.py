"""Read, vread, history, create, update, transaction, in JSON and in XML (R4 4.0.1, http.html)."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from mappings.fhir.json import dump, parse
from mappings.fhir.patient import patient_to_fhir
from mappings.fhir.structure import check
from mappings.fhir.xml import resource_from_xml, resource_to_xml
from mappings.records.people import patient_from_record
from tests.doors import House, act, expressions, outcome, transaction

JSON, XML = "application/fhir+json", "application/fhir+xml"


def patient(family: str = "TEST-SORBIER") -> dict[str, Any]:
    """A patient nobody has met, as a client writes it."""
    read = patient_from_record(
        {
            "identity_status": "provisional",
            "local_identifier": {"system": "1.2.250.1.999.1.1.20260.2", "value": act()["identifier"]},
            "birth_family": family,
            "birth_given": "LISE",
            "gender": "female",
            "birth_date": "1990-05-12",
        }
    )
    return {key: value for key, value in patient_to_fhir(read).items() if key != "id"}


def number(patient: dict[str, Any]) -> str:
    identifier = patient["identifier"][0]
    return f"identifier={identifier['system']}|{identifier['value']}"


def said(resource: dict[str, Any]) -> dict[str, Any]:
    """What a client said: all but the server's own elements."""
    meta = {k: v for k, v in resource["meta"].items() if k not in ("versionId", "lastUpdated")}
    return {k: v for k, v in resource.items() if k != "id"} | {"meta": meta}


def post(house: House, resource: dict[str, Any], kind: str = JSON, **headers: str) -> TestResponse:
    body = dump(resource) if kind == JSON else resource_to_xml(resource)
    type_ = "" if resource["resourceType"] == "Bundle" else f"/{resource['resourceType']}"
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return house.client.post(f"/fhir{type_}", data=body, content_type=kind, headers=given)


def put(house: House, resource: dict[str, Any], **headers: str) -> TestResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"/fhir/{resource['resourceType']}/{resource['id']}"
    return house.client.put(url, data=dump(resource), content_type=JSON, headers=given)


def body(answer: TestResponse) -> dict[str, Any]:
    """The resource in an answer, which must be of the structure it claims."""
    read = resource_from_xml if answer.mimetype == XML else parse
    resource = read(answer.data)
    assert check(resource) == []
    return resource


# ── create, read, vread, history ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sent", [JSON, XML])
@pytest.mark.parametrize("wanted", [JSON, XML])
def test_what_was_created_is_read_back(house: House, sent: str, wanted: str) -> None:
    new = patient()
    created = post(house, new, sent, Accept=wanted)
    assert (created.status_code, created.mimetype) == (201, wanted)
    assert said(body(created)) == new
    assert created.headers["ETag"] == 'W/"1"'
    assert created.headers["Last-Modified"] == "Sat, 21 Nov 2026 09:00:00 GMT"
    location = created.headers["Location"]
    assert location == f"http://localhost/fhir/Patient/{body(created)['id']}/_history/1"
    for url in (location, location.removesuffix("/_history/1")):
        read = house.client.get(url, headers={"Accept": wanted})
        assert (read.status_code, read.mimetype) == (200, wanted)
        assert body(read) == body(created)
        assert (read.headers["ETag"], read.headers["Last-Modified"]) == ('W/"1"', created.headers["Last-Modified"])
    assert body(created)["meta"]["versionId"] == "1"


def test_every_version_is_kept(house: House) -> None:
    first = body(post(house, patient()))
    second = put(house, first | {"birthDate": "1990-05-13"}, If_Match='W/"1"')
    assert (second.status_code, second.headers["ETag"]) == (200, 'W/"2"')
    url = f"/fhir/Patient/{first['id']}"
    assert body(house.client.get(f"{url}/_history/1"))["birthDate"] == "1990-05-12"
    assert body(house.client.get(url))["birthDate"] == "1990-05-13"
    history = body(house.client.get(f"{url}/_history"))
    assert (history["type"], history["total"]) == ("history", 2)
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["2", "1"]
    assert [entry["request"]["method"] for entry in history["entry"]] == ["PUT", "POST"]
    outcome(house.client.get(f"{url}/_history/3"), 404)


def test_an_update_that_says_nothing_new_changes_nothing(house: House) -> None:
    first = body(post(house, patient()))
    before = house.state()
    again = put(house, first)
    assert (again.status_code, again.headers["ETag"]) == (200, 'W/"1"')
    assert house.state() == before


def test_an_update_of_another_version_is_refused(house: House) -> None:
    first = body(post(house, patient()))
    for etag in ('W/"2"', '"7"', 'W/"0"', '"00"'):
        outcome(house.client.delete(f"/fhir/Patient/{first['id']}", headers={"If-Match": etag}), 412)
        outcome(put(house, first | {"birthDate": "1990-05-13"}, If_Match=etag), 412)
    for etag in ('W/"-1"', f'W/"{"9" * 1500}"', 'W/"٣٣٣٣٣٣٣٣٣٣"', 'W/"2", "x"'):
        outcome(put(house, first | {"birthDate": "1990-05-13"}, If_Match=etag), 412)
    for etag in ("x", 'W/"1', 'W/"1", *', ",", f'W/"{"9" * 5000}"'):
        outcome(put(house, first | {"birthDate": "1990-05-13"}, If_Match=etag), 400)
    sent = {"request": {"method": "PUT", "url": f"Patient/{first['id']}", "ifMatch": "x"}, "resource": first}
    outcome(post(house, {"resourceType": "Bundle", "type": "transaction", "entry": [sent]}), 400)


def test_an_update_of_one_of_several_versions_or_of_any_is_carried_out(house: House) -> None:
    first = body(post(house, patient()))
    for day, etag in ((13, '"x", W/"1"'), (14, 'W/"2",W/"a,b"'), (15, "*")):
        assert put(house, first | {"birthDate": f"1990-05-{day}"}, If_Match=etag).status_code == 200
    url = f"/fhir/Patient/{first['id']}"
    entry = {"request": {"method": "DELETE", "url": f"Patient/{first['id']}", "ifMatch": "*"}}
    assert post(house, {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).status_code == 200
    outcome(house.client.delete(url, headers={"If-Match": "*"}), 412)
    outcome(put(house, first, If_Match="*"), 412)


def test_a_conditional_create_finds_what_is_there(house: House) -> None:
    new = patient()
    assert post(house, new, If_None_Exist=number(new)).status_code == 201
    again = post(house, new, If_None_Exist=number(new))
    assert (again.status_code, again.headers["ETag"]) == (200, 'W/"1"')
    told = outcome(post(house, new | {"birthDate": "1990-05-13"}), 409)
    assert expressions(told) == ["identifier"]
    for other in ("inconnu=x", "identifier=", "_count=3", "identifier=a%7C%00", "birthdate=x", "?", "&"):
        outcome(post(house, new, If_None_Exist=other), 400)
    for other in (f"{number(new)}&birthdate=1990-05-12", f"family={new['name'][0]['family']}&birthdate=1990-05-12"):
        assert post(house, new, If_None_Exist=other).status_code == 200


def test_minimal_is_no_body(house: House) -> None:
    answer = post(house, patient(), Prefer="return=minimal")
    assert (answer.status_code, answer.data) == (201, b"")
    assert answer.headers["Location"]
    assert answer.headers["ETag"]


def test_what_is_there_already_is_told_without_its_content(house: House) -> None:
    new = patient()
    first = post(house, new)
    made = body(first)
    found = post(house, new, If_None_Exist=number(new), Prefer="return=minimal")
    same = put(house, made, Prefer="return=minimal")
    for answer in (found, same):
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["Location"] == first.headers["Location"]


def test_a_repeat_is_not_judged_anew_by_its_conditions(house: House) -> None:
    mine = patient() | {"id": "mine"}
    headers = {"Idempotency_Key": "k", "If_None_Match": "*"}
    first = put(house, mine, **headers)
    again = put(house, mine, **headers)
    assert (first.status_code, again.status_code, again.data) == (201, 200, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_same_key_gets_the_same_answer(house: House) -> None:
    new = patient()
    first = post(house, new, Idempotency_Key="k")
    before = house.state()
    again = post(house, new, Idempotency_Key="k")
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    told = post(house, new, Idempotency_Key="k", Prefer="return=OperationOutcome")
    assert body(told)["resourceType"] == "OperationOutcome"
    outcome(post(house, patient(), Idempotency_Key="k"), 422)
    assert house.state() == before


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────────


def test_the_id_of_the_address_and_of_the_resource_agree(house: House) -> None:
    answer = house.client.put("/fhir/Patient/a", data=dump(patient() | {"id": "b"}), content_type=JSON)
    assert expressions(outcome(answer, 400)) == ["Patient.id"]
    answer = house.client.post("/fhir/Organization", data=dump(patient()), content_type=JSON)
    assert expressions(outcome(answer, 422)) == ["resourceType"]


@pytest.mark.parametrize("type_", ["Task", "Provenance", "AuditEvent", "CareTeam", "PlanDefinition"])
def test_what_the_server_keeps_is_not_written(shared: House, type_: str) -> None:
    resource = {"resourceType": type_, "id": "x"}
    for answer in (
        post(shared, resource),
        put(shared, resource),
    ):
        assert 400 <= answer.status_code < 500
        outcome(answer)


def test_a_bundle_has_one_address(shared: House) -> None:
    told = outcome(shared.client.post("/fhir/Bundle", data=dump(transaction(shared)), content_type=JSON), 400)
    assert "POST /fhir" in told.issue[0].details.text


@pytest.mark.parametrize("type_", ["document", "searchset", "history", "collection", "message"])
def test_only_transactions_and_batches_are_carried_out(shared: House, type_: str) -> None:
    told = outcome(post(shared, transaction(shared) | {"type": type_}), 422)
    assert expressions(told) == ["Bundle.type"]


@pytest.mark.parametrize(
    "url",
    [
        "/fhir/Patient/none",
        "/fhir/Patient/none/_history",
        "/fhir/Patient/none/_history/1",
        "/fhir/Procedure/x/$trace",
        "/fhir/_history/1",
        "/fhir/Patient/_history/1",
        "/fhir//Patient",
        "/fhir/Patient/x/_history/x",
    ],
)
def test_what_is_not_there_is_not_found(shared: House, url: str) -> None:
    outcome(shared.client.get(url), 404)
    outcome(shared.client.get(url, headers={"Accept": XML}), 404)


@pytest.mark.parametrize("url", ["Encounter", "Encounter/1", "Encounter/1/_history", "Encounter/_search", "patient/1"])
def test_nothing_may_be_done_to_a_type_that_is_not_kept(shared: House, url: str) -> None:
    for method in ("OPTIONS", "DELETE", "TRACE"):
        answer = shared.client.open(f"/fhir/{url}", method=method)
        outcome(answer, 404)
        assert "Allow" not in answer.headers
    kept = shared.client.options(f"/fhir/{url.replace('Encounter', 'Patient').replace('patient', 'Patient')}")
    assert kept.status_code == 200
    assert kept.headers["Allow"]


@pytest.mark.parametrize("url", ["/fhir/Foo", "/fhir/Foo/1", "/fhir/Foo/1/_history", "/fhir/patient"])
def test_what_is_not_kept_is_said_so(shared: House, url: str) -> None:
    outcome(shared.client.get(url), 404)
    if url.count("/") == 2:
        outcome(shared.client.post(url, data=dump(patient()), content_type=JSON), 404)


# ── transaction ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [JSON, XML])
def test_a_transaction_is_answered_entry_by_entry(house: House, kind: str) -> None:
    sent = transaction(house)
    answer = post(house, sent, kind, Accept=kind)
    assert (answer.status_code, answer.mimetype) == (200, kind)
    told = body(answer)
    assert told["type"] == "transaction-response"
    assert len(told["entry"]) == len(sent["entry"])
    for entry, response in zip(sent["entry"], (entry["response"] for entry in told["entry"]), strict=True):
        assert (response["status"], response["etag"]) == ("201 Created", 'W/"1"')
        read = body(house.client.get(f"/fhir/{response['location']}"))
        assert read["resourceType"] == entry["resource"]["resourceType"]
        assert "urn:uuid" not in house.client.get(f"/fhir/{response['location']}").text


def test_an_empty_transaction_does_nothing(shared: House) -> None:
    before = shared.state()
    assert body(post(shared, {"resourceType": "Bundle", "type": "transaction"}))["type"] == "transaction-response"
    assert shared.state() == before


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"request": {"method": "DELETE", "url": "Patient"}}, "Bundle.entry[0]"),
        ({"request": {"method": "DELETE", "url": "Procedure/x"}}, "Bundle.entry[0]"),
        ({"request": {"method": "PATCH", "url": "Patient/x"}}, "Bundle.entry[0]"),
        ({"request": {"method": "PATCH", "url": "Patient/x"}, "resource": patient()}, "Bundle.entry[0].resource"),
        (
            {"request": {"method": "POST", "url": "Patient/x"}, "resource": {"resourceType": "Patient"}},
            "Bundle.entry[0]",
        ),
        ({"request": {"method": "PUT", "url": "Patient"}, "resource": {"resourceType": "Patient"}}, "Bundle.entry[0]"),
        ({"request": {"method": "POST", "url": "http://e/Patient"}, "resource": {"resourceType": "Patient"}}, "Bundle"),
        (
            {"request": {"method": "POST", "url": 5}, "resource": {"resourceType": "Patient"}},
            "Bundle.entry[0].request.url",
        ),
        ({"resource": {"resourceType": "Patient"}}, "Bundle.entry[0]"),
        ({"fullUrl": {}}, "Bundle.entry[0].fullUrl"),
        (5, "Bundle.entry[0]"),
        ([], "Bundle.entry[0]"),
        (None, "Bundle.entry[0]"),
        ({}, "Bundle.entry[0]"),
        ({"resource": 5, "request": {"method": "POST", "url": "Patient"}}, "Bundle.entry[0].resource"),
    ],
)
def test_a_bad_entry_is_named(shared: House, entry: Any, where: str) -> None:
    before = shared.state()
    told = outcome(post(shared, {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}))
    assert all(expression.startswith(where) for expression in expressions(told))
    assert expressions(told)
    assert shared.state() == before


@pytest.mark.parametrize("entries", [5, {}, "x", None, [[]]])
def test_a_bad_list_of_entries_is_named(shared: House, entries: Any) -> None:
    told = outcome(post(shared, {"resourceType": "Bundle", "type": "transaction", "entry": entries}), 400)
    assert expressions(told)[0].startswith("Bundle.entry")


def test_one_bad_entry_undoes_them_all(house: House) -> None:
    sent = transaction(house)
    sent["entry"].append(
        {"request": {"method": "POST", "url": "Patient"}, "resource": patient() | {"gender": "feminine"}}
    )
    before = house.state()
    told = outcome(post(house, sent))
    assert expressions(told) == [f"Bundle.entry[{len(sent['entry']) - 1}].resource.gender"]
    assert house.state() == before


def test_too_many_entries_are_refused(shared: House) -> None:
    entry = {"request": {"method": "POST", "url": "Patient"}, "resource": {"resourceType": "Patient"}}
    outcome(post(shared, {"resourceType": "Bundle", "type": "transaction", "entry": [entry] * 501}), 413)


def test_two_entries_of_one_name_are_refused(shared: House) -> None:
    sent = transaction(shared)
    sent["entry"][1]["fullUrl"] = sent["entry"][0]["fullUrl"]
    assert expressions(outcome(post(shared, sent), 422)) == ["Bundle.entry[1].fullUrl"]
