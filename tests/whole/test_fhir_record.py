"""The whole way where the shared record is reached by FHIR: the same promises, on both stores."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from service.composition import pdsm_record, publishes_simply, road_to_the_record
from service.config import Settings
from service.ledger.verify import verify
from service.outbox.envelope import Destination, Document, State
from service.worker import Worker, compose
from tests.stores import database, postgres_server  # noqa: F401  # fixtures
from tests.waiting import PATIENCE
from tests.whole.test_whole_way import DELEGATOR, Way, way_over


@pytest.fixture
def way(database: str, tmp_path: Path) -> Iterator[Way]:  # noqa: F811  # the imported fixture
    with way_over(database, tmp_path, shared_record="pdsm") as one:
        yield one


def held(way: Way) -> list[dict[str, Any]]:
    return list(requests.get(f"{way.sandbox.http_url}/pdsm/documents", timeout=PATIENCE).json())


def test_the_report_reaches_the_fhir_record_and_not_the_other(way: Way) -> None:
    made = way.act("F-1")
    way.deliver()
    assert way.states(made["act"]) == dict.fromkeys(set(Destination) - {Destination.DMP}, State.ACCEPTED)
    (document,) = held(way)
    envelopes = way.store.envelopes_of(f"{made['act']}/_history/1")
    stored = way.store.document(envelopes[0].document_id)
    assert stored is not None
    assert (document["uniqueId"], document["stored"], document["size"]) == (stored.unique_id, 1, len(stored.cda or b""))
    assert way.documents() == []
    (reference,) = [
        entry["resource"]
        for entry in way.client.get(f"/fhir/{made['act']}/$trace").get_json()["entry"]
        if entry["resource"]["resourceType"] == "DocumentReference"
    ]
    (envelope,) = [one for one in envelopes if one.destination is Destination.PDSM]
    assert reference["identifier"][0]["value"] == envelope.entry_uuid
    (attempt,) = way.store.attempts_of(envelope.id)
    assert attempt.receiver_id == f"DocumentReference/{document['document'][0]}"
    _consulted(way, stored)
    assert list(verify(way.store)) == []


def _consulted(way: Way, stored: Document) -> None:
    """The délégant reads back what the délégué's report left in the record; altered bytes are set aside."""
    bearer = {"Authorization": f"Bearer {way.composition.issuer.token(DELEGATOR)}"}
    (plan,) = way.client.get("/fhir/CarePlan?identifier=INCL-0001").get_json()["entry"]
    base = f"/records/patients/{plan['resource']['subject']['reference'].partition('/')[2]}/documents"
    (listed,) = way.client.get(base, headers=bearer).get_json()["documents"]
    assert listed["unique_id"] == stored.unique_id
    opened = way.client.get(f"{base}/{stored.unique_id}", headers=bearer).get_json()
    assert (opened["set_aside"], opened["file"], opened["title"]) == (None, "application/pdf", listed["title"])
    assert way.client.get(f"{base}/{stored.unique_id}/file", headers=bearer).data == stored.pdf
    way.order(destination="pdsm", kind="altered", times=1)
    altered = way.client.get(f"{base}/{stored.unique_id}", headers=bearer).get_json()
    assert "empreinte différente" in altered["set_aside"]
    way.order(destination="pdsm", kind="cut", at="ITI-68", times=1)
    assert way.client.get(f"{base}/{stored.unique_id}", headers=bearer).status_code == 503
    found = way.client.get("/fhir/AuditEvent?type=110107,110112").get_json()["entry"]
    outcomes = [(one["resource"]["outcome"], one["resource"].get("outcomeDesc")) for one in found]
    assert sorted(outcomes, key=str) == [("0", None)] * 3 + [("4", "cut"), ("4", "set-aside")]


@pytest.mark.parametrize("kind", ["busy", "cut"])
def test_the_fhir_record_has_the_document_once_after(way: Way, kind: str) -> None:
    way.order(destination="pdsm", kind=kind, times=1)
    made = way.act(f"F-{kind}")
    way.deliver()
    assert way.states(made["act"])[Destination.PDSM] is State.ACCEPTED
    (document,) = held(way)
    assert document["stored"] == 1
    (envelope,) = [
        one for one in way.store.envelopes_of(f"{made['act']}/_history/1") if one.destination is Destination.PDSM
    ]
    assert envelope.attempts == 2, "the fault must have been met"


def test_what_waits_keeps_its_road_when_the_setting_changes_and_a_refusal_is_somebodys_task(way: Way) -> None:
    made = way.act("F-road")
    assert way.states(made["act"])[Destination.PDSM] is State.QUEUED
    other = replace(way.composition.settings, shared_record="xds")
    assert road_to_the_record(other) is Destination.DMP
    way.worker = Worker(way.store, compose(other, way.store, clock=way.clock), other, way.clock, way.composition.ids)
    way.order(destination="pdsm", kind="unknown-patient", times=1)
    way.deliver()
    assert way.states(made["act"])[Destination.PDSM] is State.REFUSED
    (task,) = way.tasks("resolve-delivery")
    assert "Destination : dossier partagé." in str(task)


@pytest.mark.parametrize("deletion", ["is-deleted", ""])
def test_an_act_in_error_is_withdrawn_where_the_installation_says_what_deletes(
    database: str,  # noqa: F811  # the imported fixture
    tmp_path: Path,
    deletion: str,
) -> None:
    with way_over(database, tmp_path, shared_record="pdsm", pdsm_deletion=deletion) as way:
        made = way.act("F-error")
        way.deliver()
        told = way.client.get(f"/fhir/{made['act']}").get_json() | {"status": "entered-in-error"}
        headers = {"Content-Type": "application/fhir+json"}
        assert way.client.put(f"/fhir/{made['act']}", json=told, headers=headers).status_code == 200
        way.deliver()
        envelopes = way.store.envelopes_of(f"{made['act']}/_history/1")
        withdrawn = {one.destination: one.state for one in envelopes if one.purpose == "withdraw"}
        assert (Destination.PDSM in withdrawn) is bool(deletion)
        assert set(withdrawn.values()) == {State.ACCEPTED}
        tasks = way.client.get("/fhir/Task?code=withdraw-report").get_data(as_text=True)
        assert ("dossier partagé" in tasks) is not bool(deletion)
        (document,) = held(way)
        assert document["status"] == ("superseded" if deletion else "current")
        said = way.client.get("/fhir/DocumentReference").get_json()["entry"]
        assert [one["resource"]["status"] for one in said] == ["entered-in-error"], "nothing says that it is there"
        # What is asked alone is sealed: no document leaves with a withdrawal.
        for one in envelopes:
            if one.purpose == "withdraw" and one.destination is Destination.PDSM:
                assert json.loads(one.payload or b"") == {
                    "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{document['uniqueId']}"},
                    "purpose": "withdraw",
                }
        assert list(verify(way.store)) == []


@pytest.mark.parametrize(
    ("setting", "asked"),
    [
        *(("shared_record", road_to_the_record), ("pdsm_publish", publishes_simply), ("pdsm_search", pdsm_record)),
        *(("pdsm_patch", pdsm_record), ("pdsm_deletion", pdsm_record)),
    ],
)
def test_a_road_that_is_none_stops_the_start(setting: str, asked: Any) -> None:
    asked(Settings())
    with pytest.raises(ValueError, match=f"BINOME_{setting.upper()} prend"):
        asked(replace(Settings(), **{setting: "both"}))


def test_the_draft_for_the_dmp_is_off_unless_asked_for() -> None:
    assert pdsm_record(Settings()).asks_for_patient is False
    assert pdsm_record(Settings(pdsm_dmp_draft=1)).asks_for_patient is True
