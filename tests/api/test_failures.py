"""When the fault is ours: an incident number and no data; a store that fails is told as such, and may be asked again."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw
import pytest

from mappings.fhir.json import dump, parse
from service.store import Unconfirmed
from service.store.unit import Unit
from tests.api.test_interactions import JSON, XML, number, patient
from tests.doors import House, act, outcome

SECRET = "TEST-TILLEUL"


class Ill(Exception):
    """A defect whose text quotes what it should not."""


def test_a_defect_has_a_number_and_tells_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise Ill(SECRET)

    monkeypatch.setattr(type(house.store), "search", fail)
    caplog.set_level(logging.DEBUG)
    for accept in (JSON, XML, "application/pdf"):
        answer = house.client.get(f"/fhir/Patient?family={SECRET}", headers={"Accept": accept})
        told = outcome(answer, 500 if accept != "application/pdf" else 406)
        assert SECRET not in answer.text
        assert "Ill" not in answer.text
        if answer.status_code == 500:
            number = re.search(r"[0-9a-f-]{36}", told.issue[0].details.text)
            assert number is not None
            assert f"incident {number[0]} Ill at " in caplog.text
    assert SECRET not in caplog.text


@contextmanager
def failing(house: House, monkeypatch: pytest.MonkeyPatch, method: str, error: Exception) -> Iterator[None]:
    @contextmanager
    def fail(_: Any) -> Iterator[Any]:
        raise error
        yield

    with monkeypatch.context() as patch:
        patch.setattr(type(house.store._engine), method, fail)
        yield


@pytest.mark.parametrize(
    "error", [apsw.IOError(SECRET), apsw.BusyError(SECRET), apsw.CorruptError(SECRET), OSError(SECRET)]
)
@pytest.mark.parametrize("method", ["reading", "writing"])
def test_a_store_that_fails_may_be_asked_again(
    house: House, monkeypatch: pytest.MonkeyPatch, method: str, error: Exception
) -> None:
    record, new = act(), patient()
    with failing(house, monkeypatch, method, error):
        answers = [
            house.client.post("/records/acts", json=record),
            # A condition makes it read; a plain creation only writes.
            house.client.post(
                "/fhir/Patient", data=dump(new), content_type=JSON, headers={"If-None-Exist": number(new)}
            ),
        ]
        if method == "reading":
            answers += [
                house.client.get(url)
                for url in (
                    "/fhir/Patient",
                    "/fhir/Patient/x",
                    "/fhir/Patient/x/_history",
                    "/fhir/Procedure/x/$trace",
                    "/fhir/Provenance/$verify-chain",
                    "/readyz",
                    "/metrics",
                )
            ]
        assert house.client.get("/healthz").status_code == 200
    for answer in answers:
        told = outcome(answer, 503)
        assert answer.headers["Retry-After"] == "2"
        assert [issue.code for issue in told.issue] == ["transient"]
        assert SECRET not in answer.text
    for _ in range(2):
        assert house.client.post("/records/acts", json=record).status_code in (200, 201)
        assert house.client.post("/fhir/Patient", data=dump(new), content_type=JSON).status_code in (200, 201)
    assert len(parse(house.client.get("/fhir/Procedure").data)["entry"]) == 1
    assert len(parse(house.client.get(f"/fhir/Patient?{number(new)}").data)["entry"]) == 1


def test_a_commit_that_fails_is_told_as_unconfirmed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, record = type(house.store).commit, act()

    def lost(store: Any, unit: Unit) -> Any:
        commit(store, unit)
        raise Unconfirmed("the answer was lost")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.store), "commit", lost)
        outcome(house.client.post("/records/acts", json=record, headers={"Idempotency-Key": "k"}), 503)
    after = house.state()
    again = house.client.post("/records/acts", json=record, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert house.state() == after


def test_a_closed_store_is_told_as_such(house: House) -> None:
    house.store.close()
    outcome(house.client.post("/records/acts", json=act()), 503)
