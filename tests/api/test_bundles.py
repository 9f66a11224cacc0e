"""Transactions and batches: their rules, their order, all or nothing (R4 4.0.1, http.html#transaction), on both stores."""

import base64
import datetime as dt
import json
from typing import Any

import pytest

from mappings.fhir.json import parse
from mappings.fhir.structure import check
from service.ledger.verify import verify
from tests.api.test_interactions import number, patient
from tests.house import NOON, House, Json, act_bundle, issues, team_records


def bundle(*entries: Json, kind: str = "transaction") -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method: str, url: str, resource: Json | None = None, full_url: str = "", **request: str) -> Json:
    made: Json = {"request": {"method": method, "url": url} | request}
    if resource is not None:
        made["resource"] = resource
    return made | ({"fullUrl": full_url} if full_url else {})


def done(both: House, sent: Json, **headers: str) -> list[Json]:
    answer = both.fhir("POST", "/", sent, **headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json["type"], check(answer.json)) == (f"{sent['type']}-response", [])
    entries: list[Json] = answer.json["entry"]
    assert len(entries) == len(sent["entry"])
    return entries


def created(both: House) -> Json:
    made: Json = both.fhir("POST", "/Patient", patient()).json
    return made


def statuses(entries: list[Json]) -> list[str]:
    return [one["response"]["status"][:3] for one in entries]


def binary(operations: list[Json]) -> Json:
    data = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}


BORN = [{"op": "replace", "path": "/birthDate", "value": "1990-05-13"}]


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_everything_that_may_be_asked_is_answered_in_its_place(both: House, kind: str) -> None:
    gone, changed, patched, kept = (created(both) for _ in range(4))
    new = patient()
    told = done(
        both,
        bundle(
            entry("GET", f"Patient/{kept['id']}"),
            entry("GET", f"Patient?{number(new)}"),
            entry("PUT", f"Patient/{changed['id']}", changed | {"birthDate": "1990-05-13"}, ifMatch='W/"1"'),
            entry("POST", "Patient", new),
            entry("POST", "Patient", kept, ifNoneExist=number(kept)),
            entry("PATCH", f"Patient/{patched['id']}", binary(BORN)),
            entry("DELETE", f"Patient/{gone['id']}"),
            entry("GET", f"Patient/{kept['id']}", ifNoneMatch='W/"1"'),
            entry("GET", "Patient/never"),
            entry("HEAD", f"Patient/{kept['id']}/_history"),
            kind=kind,
        ),
    )
    assert statuses(told) == ["200", "200", "200", "201", "200", "200", "204", "304", "404", "200"]
    assert told[0]["resource"] == kept
    # In a transaction readings come last.
    assert len(told[1]["resource"].get("entry", ())) == (1 if kind == "transaction" else 0)
    assert told[2]["response"]["etag"] == 'W/"2"'
    location = told[3]["response"]["location"]
    assert both.fhir("GET", f"/{location}").json["identifier"] == new["identifier"]
    assert told[8]["response"]["outcome"]["issue"][0]["code"] == "not-found"
    assert [e["resource"]["resourceType"] for e in told if "resource" in e] == ["Patient", "Bundle"] + (
        ["Bundle"] if "resource" in told[9] else []
    )
    assert both.fhir("GET", f"/Patient/{patched['id']}").json["birthDate"] == "1990-05-13"
    assert both.fhir("GET", f"/Patient/{gone['id']}").status_code == 410
    assert verify(both.store) == []


def test_conditions_hold_inside(both: House) -> None:
    one, two = created(both), created(both)
    new = patient()
    told = done(
        both,
        bundle(
            entry("PUT", f"Patient?{number(one)}", {k: v for k, v in one.items() if k != "id"} | {"active": False}),
            entry("PUT", f"Patient?{number(new)}", new),
            entry("DELETE", f"Patient?{number(two)}"),
            entry("DELETE", "Patient?identifier=urn:a|rien"),
        ),
    )
    assert statuses(told) == ["200", "201", "204", "204"]
    assert told[0]["response"]["location"].startswith(f"Patient/{one['id']}/")
    told = done(both, bundle(entry("PATCH", f"Patient?{number(new)}", binary(BORN))))
    assert statuses(told) == ["200"]


def test_a_condition_that_finds_nothing_replaces_nothing(both: House) -> None:
    """Whoever is on record under the id that is sent is somebody else."""
    one, standing = created(both), both.standing
    before, another = standing(), patient()
    sent = another | {"id": one["id"]}
    for answer in (
        both.fhir("PUT", f"/Patient?{number(another)}", sent),
        both.fhir("POST", "/", bundle(entry("PUT", f"Patient?{number(another)}", sent))),
    ):
        assert (answer.status_code, [code for code, _ in issues(answer)]) == (409, ["duplicate"])
    assert standing() == before
    answer = both.fhir("PUT", f"/Patient?{number(one)}", one | {"active": False})
    assert (answer.status_code, answer.json["meta"]["versionId"]) == (200, "2")


def test_what_must_not_be_there_yet_is_not_replaced(both: House) -> None:
    one, new = created(both), patient() | {"id": "premier"}
    before, absent = both.standing(), {"If_None_Match": "*"}
    changed = one | {"active": False}
    for answer in (
        both.fhir("PUT", f"/Patient/{one['id']}", changed, **absent),
        both.fhir("PUT", f"/Patient?{number(one)}", changed, **absent),
        both.fhir("POST", "/", bundle(entry("PUT", f"Patient/{one['id']}", changed, ifNoneMatch="*"))),
    ):
        assert (answer.status_code, [code for code, _ in issues(answer)]) == (412, ["conflict"])
    assert both.fhir("PUT", f"/Patient/{one['id']}", changed, If_None_Match="1 ou 2").status_code == 400
    assert both.standing() == before
    assert [both.fhir("PUT", "/Patient/premier", new, **absent).status_code for _ in range(2)] == [201, 412]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("door", ["", "transaction", "batch"])
def test_versions_that_must_not_be_in_force_stop_a_write(both: House, method: str, door: str) -> None:
    one = created(both)
    url, changed = f"Patient/{one['id']}", one | {"active": False}
    fhirpath = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "add"}, {"name": "path", "valueString": "Patient"}, {"name": "name", "valueString": "active"},
        {"name": "value", "valueBoolean": False}]}]}  # fmt: skip
    body = {"PUT": changed, "PATCH": fhirpath, "DELETE": None}[method]

    def status(tags: str) -> int:
        if not door:
            return both.fhir(method, f"/{url}", body, If_None_Match=tags).status_code
        answer = both.fhir("POST", "/", bundle(entry(method, url, body, ifNoneMatch=tags), kind=door))
        return answer.status_code if door == "transaction" else int(answer.json["entry"][0]["response"]["status"][:3])

    before = both.standing()
    assert [status(tags) for tags in ("*", 'W/"1"', '"7", W/"1"', "1")] == [412] * 4
    assert both.standing() == before
    assert status('W/"2", "autre"') in (200, 204)
    assert both.standing() != before


def test_a_condition_may_name_its_type_and_no_other(both: House) -> None:
    one = created(both)
    known = f"Patient?{number(one)}"
    same = patient() | {"identifier": one["identifier"]}
    assert both.fhir("POST", "/Patient", same, If_None_Exist=known).status_code == 200
    before = both.standing()
    other = known.replace("Patient", "Practitioner")
    for answer in (
        both.fhir("POST", "/Patient", same, If_None_Exist=other),
        both.fhir("POST", "/", bundle(entry("POST", "Patient", same, ifNoneExist=other))),
    ):
        assert answer.status_code == 422
        assert "cherche une ressource Practitioner" in answer.json["issue"][0]["details"]["text"]
    assert both.standing() == before


@pytest.mark.parametrize("wanted", ["minimal", "representation", "OperationOutcome"])
@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_what_comes_back_is_what_is_preferred(both: House, kind: str, wanted: str) -> None:
    asked = bundle(entry("POST", "Patient", patient()), kind=kind)
    (told,) = done(both, asked, Prefer=f"return={wanted}")
    assert ("resource" in told, "outcome" in told["response"]) == (
        wanted == "representation",
        wanted == "OperationOutcome",
    )


def test_entries_name_each_other_by_urn_and_by_address(both: House) -> None:
    consent = both.found("Consent")[0]
    called = consent["identifier"][0]
    said = {key: value for key, value in consent.items() if key not in ("id", "meta")}
    for name, reference in (
        ("urn:uuid:7d5a7a4e-8f3c-4a4e-9a53-0c6f5b1d2e3f", "urn:uuid:7d5a7a4e-8f3c-4a4e-9a53-0c6f5b1d2e3f"),
        ("http://ailleurs.example/fhir/Patient/p1", "http://ailleurs.example/fhir/Patient/p1"),
        ("http://ailleurs.example/fhir/Patient/p1", "Patient/p1"),
    ):
        one = said | {"patient": {"reference": reference}, "identifier": [called | {"value": reference}]}
        told = done(
            both,
            bundle(
                entry("POST", "Consent", one, "http://ailleurs.example/fhir/Consent/c1"),
                entry("POST", "Patient", patient(), name),
            ),
        )
        kept = both.fhir("GET", f"/{told[0]['response']['location']}").json
        assert told[1]["response"]["location"].startswith(f"{kept['patient']['reference']}/_history/")
        both.fhir("DELETE", f"/{told[0]['response']['location'].partition('/_history')[0]}")


@pytest.mark.parametrize(
    "name", ["urn:uuid:7d5a7a4e-8f3c-4a4e-9a53-0c6f5b1d2e3f", "http://ailleurs.example/fhir/Patient/p1"]
)
def test_a_narrative_names_the_other_entries_too(both: House, name: str) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{name}">{name}</a><a href="http://e.example">x</a></div>'
    told = done(
        both,
        bundle(
            entry("POST", "Patient", patient() | {"text": {"status": "additional", "div": div}}),
            entry("POST", "Patient", patient("TEST-CHENE"), name),
        ),
    )
    first, second = (one["response"]["location"].partition("/_history")[0] for one in told)
    kept = both.fhir("GET", f"/{first}").json["text"]["div"]
    assert kept == div.replace(f'"{name}"', f'"{second}"')


def test_a_relative_reference_elsewhere_is_of_this_server(both: House) -> None:
    """Its entry stands under another base: the reference is not the fullUrl's (bundle.html#references)."""
    consent = both.found("Consent")[0]
    said = {key: value for key, value in consent.items() if key not in ("id", "meta")}
    one = said | {"patient": {"reference": "Patient/p1"}, "identifier": [consent["identifier"][0] | {"value": "x"}]}
    refused = both.fhir(
        "POST",
        "/",
        bundle(
            entry("POST", "Consent", one, "urn:uuid:7d5a7a4e-8f3c-4a4e-9a53-0c6f5b1d2e3f"),
            entry("POST", "Patient", patient(), "http://ailleurs.example/fhir/Patient/p1"),
        ),
    )
    assert (refused.status_code, issues(refused)) == (422, [("value", "Bundle.entry[0].resource.patient.reference")])


def test_an_absolute_reference_to_this_server_is_its_own(both: House) -> None:
    consent = both.found("Consent")[0]
    patient_ = consent["patient"]["reference"]
    said = {key: value for key, value in consent.items() if key not in ("id", "meta")}
    one: Json = said | {"identifier": [consent["identifier"][0] | {"value": "x"}]}
    for base, status in (("http://localhost/fhir/", 201), ("http://ailleurs.example/fhir/", 422)):
        answer = both.fhir("POST", "/Consent", one | {"patient": {"reference": base + patient_}})
        assert answer.status_code == status, answer.text
        assert status != 201 or answer.json["patient"]["reference"] == patient_


def test_two_entries_about_one_resource_are_refused(both: House) -> None:
    one = created(both)
    new = patient()
    url, sought = f"Patient/{one['id']}", f"Patient?{number(one)}"
    standing = both.standing()
    for entries in (
        [entry("PUT", url, one | {"active": False}), entry("DELETE", url)],
        [entry("DELETE", url), entry("DELETE", sought)],
        [entry("PUT", url, one), entry("PATCH", sought, binary(BORN))],
        [entry("POST", "Patient", one, ifNoneExist=number(one)), entry("DELETE", url)],
        [entry("POST", "Patient", new, ifNoneExist=number(new))] * 2,
    ):
        refused = both.fhir("POST", "/", bundle(*entries))
        # The one told is the later in the order of carrying out.
        assert (refused.status_code, [code for code, _ in issues(refused)]) == (422, ["invariant"])
        assert issues(refused)[0][1] in ("Bundle.entry[0]", "Bundle.entry[1]")
    twins = both.fhir("POST", "/", bundle(entry("POST", "Patient", new), entry("POST", "Patient", new)))
    assert (twins.status_code, issues(twins)) == (409, [("duplicate", "Bundle.entry[1].resource.identifier")])
    assert both.standing() == standing


def test_one_version_that_was_not_seen_undoes_them_all(both: House) -> None:
    one, two = created(both), created(both)
    standing = both.standing()
    changes = [
        entry("PUT", f"Patient/{one['id']}", one | {"active": False}, ifMatch='W/"1"'),
        entry("DELETE", f"Patient/{two['id']}", ifMatch='W/"2"'),
    ]
    refused = both.fhir("POST", "/", bundle(*changes))
    assert (refused.status_code, issues(refused)) == (412, [("conflict", "Bundle.entry[1]")])
    assert both.standing() == standing


def faults() -> dict[str, Json]:
    """Entries that nothing can be done with, each in its own way."""
    return {
        "no request": {"resource": patient()},
        "structure": entry("POST", "Patient", patient() | {"gender": "feminine"}),
        "reading": entry("POST", "Patient", patient() | {"identifier": []}),
        "unknown type": entry("POST", "Foo", {"resourceType": "Foo"}),
        "server's own": entry("POST", "Task", {"resourceType": "Task", "status": "draft", "intent": "order"}),
        "dangling": entry("POST", "Patient", patient() | {"managingOrganization": {"reference": "Organization/x"}}),
        "patch of nothing": entry("PATCH", "Patient/never", binary(BORN)),
        "an act deleted": entry("DELETE", "Procedure/x"),
        "a version unseen": entry("PUT", "Patient/new", patient() | {"id": "new"}, ifMatch='W/"3"'),
        "several": entry("DELETE", "Patient?birthdate=gt1900"),
    }


@pytest.mark.parametrize("name", faults())
def test_a_bundle_that_fails_at_any_entry_leaves_nothing(both: House, name: str) -> None:
    gone = created(both)
    good = [
        *act_bundle()["entry"],
        entry("POST", "Patient", patient()),
        entry("DELETE", f"Patient/{gone['id']}"),
    ]
    standing, last = both.standing(), both.fhir("GET", "/_history?_count=1").json
    for k in range(len(good) + 1):
        answer = both.fhir("POST", "/", bundle(*good[:k], faults()[name], *good[k:]))
        assert 400 <= answer.status_code < 500, answer.text
        assert {expression.partition("]")[0] for _, expression in issues(answer) if expression} <= {f"Bundle.entry[{k}"}
        assert both.standing() == standing
        assert both.fhir("GET", "/_history?_count=1").json["entry"] == last["entry"]
    assert both.fhir("POST", "/", bundle(*good)).status_code == 200


def test_a_batch_goes_on_after_a_fault(both: House) -> None:
    entries = [one for fault in faults().values() for one in (fault, entry("POST", "Patient", patient()))]
    told = done(both, bundle(*entries, kind="batch"))
    assert set(statuses(told)[1::2]) == {"201"}
    assert all(status[0] == "4" for status in statuses(told)[::2])
    assert all(one["response"]["outcome"]["issue"] for one in told[::2])
    for url in ("", "/", "http://e/Patient", "Foo", "Patient/x/y", "//", "Bundle"):
        (one,) = done(both, bundle(entry("POST", url or "?", bundle(kind="batch")), kind="batch"))
        assert one["response"]["status"][0] == "4"


def test_a_batch_again_has_one_effect(both: House) -> None:
    sent = bundle(entry("POST", "Patient", patient()), entry("POST", "Patient", patient()), kind="batch")
    first = done(both, sent, Idempotency_Key="k")
    standing = both.standing()
    again = done(both, sent, Idempotency_Key="k")
    assert [one["response"]["etag"] for one in again] == [one["response"]["etag"] for one in first]
    assert both.standing() == standing


def test_readings_alone_change_nothing(both: House) -> None:
    one = created(both)
    standing = both.standing()
    told = done(both, bundle(entry("GET", f"Patient/{one['id']}"), entry("GET", "Patient?_count=1")))
    assert statuses(told) == ["200", "200"]
    assert both.standing() == standing


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_a_bundle_is_answered_in_one_form_whatever_its_entries_ask(both: House, kind: str) -> None:
    one = created(both)
    asked = [
        f"Patient/{one['id']}?_format=xml",
        "Patient?%5Fformat=xml&_count=1",
        "Patient?_format=nothing&_pretty=true",
    ]
    entries = [entry("POST", "Patient", patient()), *(entry("GET", url) for url in asked)]
    told = done(both, bundle(*entries, kind=kind))
    assert statuses(told) == ["201", "200", "200", "200"]
    assert told[1]["resource"] == one
    answer = both.fhir("POST", "/", bundle(*entries[1:], kind=kind), Accept="application/fhir+xml")
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+xml")


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_the_entries_of_a_bundle_are_handled_as_the_whole(both: House, kind: str) -> None:
    asked = bundle(entry("GET", "Patient?colour=blue&_count=1"), kind=kind)
    for handling, status in (("strict", "400"), ("lenient", "200")):
        assert statuses(done(both, asked, Prefer=f"handling={handling}")) == [status]


def test_readings_of_a_transaction_stop_where_they_grow_too_long(both: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is changed is changed all the same, and what is not read is told."""
    monkeypatch.setattr("service.api.bundles.LARGEST_ANSWER", 1_000)
    readings = [entry("GET", "Patient?_count=1")] * 3
    told = done(both, bundle(readings[0], entry("POST", "Patient", patient()), *readings[1:]))
    assert statuses(told) == ["200", "201", "413", "413"]
    assert told[3]["response"]["outcome"]["issue"][0]["code"] == "too-costly"


def test_an_act_in_a_batch_is_refused_piece_by_piece(both: House) -> None:
    """An act is judged whole: that is what a transaction is for."""
    sent = act_bundle() | {"type": "batch"}
    told = done(both, sent)
    assert all(status[0] == "4" for status in statuses(told))
    assert both.found("Procedure") == []


def test_a_conditional_reference_leads_to_one(both: House) -> None:
    record = team_records("consents")[0]
    consent = both.found(f"Consent?identifier={record['identifier']}")[0]
    patients = both.fhir("GET", f"/{consent['patient']['reference']}").json
    said = {key: value for key, value in consent.items() if key not in ("id", "meta")}
    one: dict[str, Any] = said | {"identifier": [consent["identifier"][0] | {"value": "x"}]}
    for target, status in (
        (f"Patient?{number(patients)}", 200),
        ("Patient?identifier=urn:a|rien", 422),
        ("Patient?family=TEST", 400),
        ("https://elsewhere.example/fhir/Patient?identifier=urn:a|rien", 422),
    ):
        one["patient"] = {"reference": target}
        answer = both.fhir("POST", "/", bundle(entry("POST", "Consent", one)))
        assert answer.status_code == status, answer.text
    assert parse(both.client.get(f"/fhir/Consent?patient={consent['patient']['reference']}").data)["entry"]


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_what_is_read_or_written_says_when(both: House, kind: str) -> None:
    made = created(both)
    read = entry("GET", f"Patient/{made['id']}")
    told = done(both, bundle(read, entry("POST", "Patient", patient()), kind=kind))
    instants = [dt.datetime.fromisoformat(one["response"]["lastModified"]) for one in told]
    assert {instant.replace(microsecond=0) for instant in instants} == {NOON}


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_head_is_told_without_the_resource(both: House, kind: str) -> None:
    url = f"Patient/{created(both)['id']}"
    (told,) = done(both, bundle(entry("HEAD", url), kind=kind))
    assert (told["response"]["status"], told["response"]["etag"], "resource" in told) == ("200 OK", 'W/"1"', False)
