"""Too many writes at once: 429 before anything is kept, reads as ever, and nothing lost, on both stores."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.app import compose
from service.config import Settings
from service.ledger.verify import verify
from service.store import Store, group, open_store
from tests.api.test_interactions import number, patient
from tests.house import House, Json, act_record, issues
from tests.waiting import PATIENCE, until

MOST = 3
METRIC = 'binome_writes_refused_total{process="'


@pytest.fixture
def bounded(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(group, "PATIENCE", 0.2)
    store = open_store(database, test=True, waiting=MOST)
    yield House(store, tmp_path)
    store.close()


@contextmanager
def held(database: str) -> Iterator[None]:
    """The writer's lock, taken as another process would."""
    other: Store = open_store(database, test=True)
    with other._engine.writing():
        yield
    other.close()


def asked(*calls: Callable[[], Any]) -> tuple[list[threading.Thread], list[Any]]:
    """The calls, each in a thread of its own, and the answers as they come."""
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda call=call: answers.append(call())) for call in calls]
    for thread in threads:
        thread.start()
    return threads, answers


def joined(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(PATIENCE)


def test_writes_beyond_the_bound_are_told_so_and_nothing_of_them_is_kept(bounded: House, database: str) -> None:
    there = bounded.fhir("POST", "/Patient", patient()).json
    some: list[Json] = [patient() for _ in range(MOST)]
    beyond, record = patient(), act_record(identifier="ACTE-DEBORDE")
    transaction = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "POST", "url": "Patient"}, "resource": patient()} for _ in range(2)],
    }
    refusals: tuple[Callable[[], Any], ...] = (
        lambda: bounded.fhir("POST", "/Patient", beyond, Idempotency_Key="k"),
        lambda: bounded.fhir("PUT", f"/Patient/{there['id']}", {**there, "active": True}),
        lambda: bounded.fhir("DELETE", f"/Patient/{there['id']}"),
        lambda: bounded.fhir("POST", "/", transaction),
        lambda: bounded.post("acts", record, Idempotency_Key="a"),
        lambda: bounded.fhir("GET", "/$export", Prefer="respond-async"),
    )
    with held(database):
        writers, kept = asked(*(lambda one=one: bounded.fhir("POST", "/Patient", one) for one in some))
        until(lambda: bounded.store.pressure()[0] == MOST)
        standing = bounded.standing()
        threads, refused = asked(*refusals)
        joined(threads)
        assert [answer.status_code for answer in refused] == [429] * len(refusals)
        for answer in refused:
            assert issues(answer) == [("throttled", "")]
            assert int(answer.headers["Retry-After"]) > 0
        # A batch tells it of each of its writes; what it reads is read.
        reading = {"request": {"method": "GET", "url": f"Patient/{there['id']}"}}
        batch = transaction | {"type": "batch", "entry": [transaction["entry"][0], reading]}  # type: ignore[index]
        told = bounded.fhir("POST", "/", batch).json["entry"]
        assert [one["response"]["status"][:3] for one in told] == ["429", "200"]
        for url in (f"/fhir/Patient/{there['id']}", "/fhir/Patient", "/readyz", "/metrics"):
            assert bounded.client.get(url).status_code == 200
        assert bounded.standing() == standing
        assert kept == []
    joined(writers)
    assert [answer.status_code for answer in kept] == [201] * MOST
    for one in some:
        assert len(bounded.found(f"Patient?{number(one)}")) == 1
    assert bounded.found(f"Patient?{number(beyond)}") == []
    assert bounded.store.exports.running("loopback", "") == 0
    text = bounded.client.get("/metrics").text
    (row,) = (line for line in text.splitlines() if line.startswith(METRIC))
    assert float(row.rpartition(" ")[2]) == len(refusals) + 1
    # The same again, under the same keys, is accepted, and once.
    again = [call() for call in (*refusals, refusals[0], refusals[4])]
    assert [answer.status_code for answer in again] == [201, 200, 204, 200, 201, 202, 200, 200]
    assert len(bounded.found(f"Patient?{number(beyond)}")) == 1
    assert len(bounded.found("Procedure?identifier=ACTE-DEBORDE")) == 1
    assert verify(bounded.store) == []


def test_it_is_told_in_xml_too(bounded: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise group.Overloaded("the writer is held")

    monkeypatch.setattr(bounded.store._group, "commit", full)
    answer = bounded.fhir("POST", "/Patient", patient(), Accept="application/fhir+xml")
    assert answer.status_code == 429
    assert b'<code value="throttled"/>' in answer.data


def test_the_bound_is_a_setting(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path / 'b.sqlite'}", keys=str(tmp_path / "keys"))
    assert settings.waiting_writes < settings.threads, "reads find a thread"
    store = compose(replace(settings, waiting_writes=2)).store
    assert store._group._most == 2
    store.close()
