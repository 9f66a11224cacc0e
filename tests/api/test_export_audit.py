"""Who exports, and who takes the files: on record before anything leaves, in the chain of proof, on both stores."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from mappings.fhir.json import dump, parse
from service.exporting.slices import Exporting
from service.ledger.verify import verify
from service.store import Store, Unconfirmed
from tests.api.exports import ASYNC, path
from tests.doors import DELEGATOR, NOW, House, act, outcome

Json = dict[str, Any]


@pytest.fixture
def audited(store: Store, tmp_path: Path) -> House:
    house = House(tmp_path, store=store)
    house.load()
    assert house.client.post("/records/acts", json=act()).status_code == 201
    return house


def events(house: House, query: str = "") -> list[Json]:
    answer = house.client.get(f"/fhir/AuditEvent?type=http://dicom.nema.org/resources/ontology/DCM|110106{query}")
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in parse(answer.data).get("entry", ())]


def kick_off(house: House, address: str = "$export", **headers: str) -> str:
    answer = house.client.get(f"/fhir/{address}", headers={**ASYNC, **headers})
    assert answer.status_code == 202, answer.text
    return path(answer.headers["Content-Location"])


def done(house: House) -> None:
    keep = dt.timedelta(hours=24)
    assert Exporting(house.store, Path(house.settings.exports), keep, lambda: NOW, house.composition.ids).turn()


def details(event: Json) -> dict[str, str]:
    return {each["type"]: each["valueString"] for each in event["entity"][0].get("detail", ())}


def subtypes(event: Json) -> list[str]:
    return [each["code"] for each in event["subtype"]]


def test_who_asked_for_what_since_when(audited: House) -> None:
    status = kick_off(
        audited,
        "Patient/$export?_type=Patient,Procedure&_since=2026-11-20T10:00:00%2B01:00&_elements=Patient.gender,id"
        "&_typeFilter=Patient%3Ffamily%3DTEST-TILLEUL",
        **audited.token(DELEGATOR),
    )
    (event,) = events(audited)
    assert (subtypes(event), event["action"], event["outcome"]) == (["extract", "operation"], "E", "0")
    assert event["recorded"] == "2026-11-21T09:00:00.123456+00:00"
    assert event["entity"][0]["what"]["identifier"]["value"] == status.rpartition("/")[2]
    assert details(event) == {
        "level": "patient",
        "_type": "Patient,Procedure",
        "_since": "2026-11-20T09:00:00.000Z",
        "_elements": "Patient.gender,id",
        "_typeFilter": "1",
    }
    source, software, person = event["agent"]
    assert source["who"] == {"reference": "Device/binome"} == event["source"]["observer"]
    assert (software["who"]["identifier"]["value"], software["requestor"]) == ("development", False)
    assert (person["who"]["identifier"]["value"], person["requestor"]) == (DELEGATOR, True)
    assert [each["id"] for each in events(audited, f"&agent:identifier={DELEGATOR}")] == [event["id"]]
    # What a filter says may name somebody.
    assert "TILLEUL" not in str(event)
    assert verify(audited.store) == []


def test_a_file_that_is_taken_is_told_each_time(audited: House) -> None:
    status = kick_off(audited)
    (asked,) = events(audited)
    assert asked["agent"][1]["requestor"] is True
    assert len(asked["agent"]) == 2
    done(audited)
    told = audited.client.get(status).get_json()
    assert [subtypes(event) for event in events(audited)] == [["extract", "operation"]], "a status is no data"
    taken = told["output"][0]
    assert audited.client.head(path(taken["url"])).status_code == 200
    assert len(events(audited)) == 1, "nothing left"
    for times in (1, 2):
        answer = audited.client.get(path(taken["url"]), headers={"Accept-Encoding": "gzip"} if times == 2 else {})
        assert answer.status_code == 200
        found = [event for event in events(audited) if event["action"] == "R"]
        assert len(found) == times
        assert subtypes(found[-1]) == ["disclose", "read"]
        assert found[-1]["entity"][0]["what"] == asked["entity"][0]["what"]
        wanted = {"file": "1", "kind": "output", "type": taken["type"], "count": str(taken["count"])}
        assert details(found[-1]) == wanted
    for event in events(audited):
        assert str(event).count("reference") == 2, "of nobody, and of no content"
    assert verify(audited.store) == []


def test_patients_who_were_named_find_it_in_their_record(audited: House) -> None:
    some, others = (f"Patient/{entry['resource']['id']}" for entry in
                    parse(audited.client.get("/fhir/Patient?_count=2").data)["entry"])  # fmt: skip
    named = {"resourceType": "Parameters", "parameter": [{"name": "patient", "valueReference": {"reference": some}}]}
    asked = {"data": dump(named), "content_type": "application/fhir+json", "headers": ASYNC}
    assert audited.client.post("/fhir/Patient/$export", **asked).status_code == 202
    for patient, count in ((some, 1), (others, 0)):
        assert len(events(audited, f"&patient={patient}")) == count
        found = parse(audited.client.get(f"/fhir/{patient}/AuditEvent?action=E").data)
        assert len(found.get("entry", ())) == count


def test_the_team_whose_patients_are_exported_is_told(audited: House) -> None:
    (team,) = (e["resource"]["id"] for e in parse(audited.client.get("/fhir/CareTeam").data)["entry"][:1])
    kick_off(audited, f"Group/{team}/$export")
    (event,) = events(audited, f"&entity=CareTeam/{team}")
    assert details(event)["level"] == "group"


def test_what_cannot_be_put_on_record_is_not_done(audited: House, monkeypatch: pytest.MonkeyPatch) -> None:
    status = kick_off(audited)
    done(audited)
    url = path(audited.client.get(status).get_json()["output"][0]["url"])
    before = audited.state()

    def failed(*_: object) -> None:
        raise Unconfirmed("the database failed")

    with monkeypatch.context() as patched:
        patched.setattr(audited.store._group, "commit", failed)
        answer = audited.client.get(url)
        outcome(answer, 503)
        outcome(audited.client.get("/fhir/$export", headers=ASYNC), 503)
    assert audited.state() == before
    assert audited.store.exports.running("loopback", "") == 0
    assert audited.client.get(url).status_code == 200


def test_what_is_refused_is_no_export(audited: House) -> None:
    for _ in range(5):
        kick_off(audited)
    count = len(events(audited))
    outcome(audited.client.get("/fhir/$export", headers=ASYNC), 429)
    outcome(audited.client.get("/fhir/$export?_type=Foo", headers=ASYNC), 400)
    outcome(audited.client.get("/fhir/export-file/none.1"), 404)
    assert len(events(audited)) == count == 5


def test_its_events_are_of_the_structure_and_the_codes_of_r4(audited: House) -> None:
    status = kick_off(audited, "Patient/$export", **audited.token(DELEGATOR))
    done(audited)
    url = audited.client.get(status, headers=audited.token(DELEGATOR)).get_json()["output"][0]["url"]
    assert audited.client.get(path(url), headers=audited.token(DELEGATOR)).status_code == 200
    assert len(events(audited)) == 2
    for event in events(audited):
        answer = audited.client.get(f"/fhir/AuditEvent/{event['id']}/$validate")
        assert answer.status_code == 200
        told = {each["expression"][0]: each["severity"] for each in parse(answer.data)["issue"] if "expression" in each}
        # No narrative (dom-6); and the lifecycle's codes are IHE's choice, where R4 lists, extensibly, others.
        assert told == {"AuditEvent": "warning", "AuditEvent.subtype[0]": "warning"}
