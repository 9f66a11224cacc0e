"""A service behind its doors: the demonstration team on a store of its own, a clock that stands still."""

import copy
import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mappings.fhir.bundle import rewritten
from mappings.fhir.json import parse
from mappings.fhir.xml import resource_from_xml
from service.app import compose, composed, create_app
from service.composition import Composition
from service.config import Settings
from service.demonstration import records
from service.records import routes
from service.store import Store, open_store

NOW = dt.datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=dt.UTC)
DELEGATOR, OTHER_DELEGATOR = "99900002017", "99900002025"
ACT: dict[str, Any] = records("acts")[0]
_REQUESTS = count(1)


def settings(folder: Path) -> Settings:
    """A store in ``folder``; whoever is called outside is not there."""
    nobody = "http://127.0.0.1:9"
    return Settings(
        database=f"sqlite:///{folder / 'binome.sqlite'}",
        keys=str(folder / "keys"),
        exports=str(folder / "exports"),
        dmp_repository=nobody,
        dmp_registry=nobody,
        dmp_patients=nobody,
        directory=nobody,
        mssante="127.0.0.1:9",
    )


def identifiers(seed: int) -> Callable[[], str]:
    """Identifiers that come in the same order every time."""
    numbers = count(seed << 64)
    return lambda: str(UUID(int=next(numbers), version=4))


class House:
    """One web process and a client on its doorstep; ``published``, its folder is the copy of another's."""

    def __init__(self, folder: Path, store: Store | None = None, *, published: bool = False) -> None:
        self.settings = settings(folder)
        store, ids = store or open_store(self.settings.database), identifiers(next(_REQUESTS))
        self.composition: Composition = (
            composed(self.settings, store, lambda: NOW, ids)
            if published
            else compose(self.settings, store=store, clock=lambda: NOW, ids=ids)
        )
        self.store = self.composition.store
        self.app: Flask = create_app(self.composition)
        self.client: FlaskClient = self.app.test_client()

    def state(self) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
        """What any change would change: the length of every chain, the envelopes."""
        return {chain: self.store.head(chain).sequence for chain in self.store.chains()}, self.store.backlog()

    def token(self, rpps: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.composition.issuer.token(rpps)}"}

    def load(self) -> None:
        for door in ("enrolments", "consents", "inclusions"):
            for record in records(door):
                answer = self.client.post(f"/records/{door}", json=record)
                assert answer.status_code == 201, answer.text


def act(**changes: Any) -> dict[str, Any]:
    """The good act under an identifier of its own, with ``changes``; None leaves an element out."""
    record = copy.deepcopy(ACT) | {"identifier": f"ACTE-{next(_REQUESTS)}"} | changes
    return {key: value for key, value in record.items() if value is not None}


def outcome(answer: TestResponse, status: int | None = None) -> OperationOutcome:
    """The OperationOutcome that a refusal is; fails when it is anything else."""
    assert answer.status_code >= 400, answer.text
    assert status is None or answer.status_code == status, (answer.status_code, answer.text)
    read = parse if answer.mimetype == "application/fhir+json" else resource_from_xml
    told = OperationOutcome.model_validate(read(answer.data))
    assert told.issue
    for issue in told.issue:
        assert issue.severity == "error"
        assert issue.details.text.endswith((".", ":"))
    return told


def expressions(told: OperationOutcome) -> list[str]:
    return [expression for issue in told.issue for expression in issue.expression or ()]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration team and patients on record."""
    folder = tmp_path_factory.mktemp("furnished")
    house = House(folder)
    house.load()
    house.store.close()
    return folder


@pytest.fixture
def house(furnished: Path, tmp_path: Path) -> Iterator[House]:
    """A house that the test may change."""
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    house = House(tmp_path, published=True)
    yield house
    house.store.close()


@pytest.fixture(scope="module")
def shared(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house for tests that change nothing, or do not mind what the others change."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(furnished, folder, dirs_exist_ok=True)
    house = House(folder, published=True)
    yield house
    house.store.close()


def transaction(house: House, record: dict[str, Any] | None = None) -> dict[str, Any]:
    """The good act as a FHIR client sends it: a transaction whose entries name each other by urn:uuid."""
    told = record or act()
    with house.app.app_context():
        entries = routes._entries_of_act(told)
    names = {f"{entry.type}/{entry.resource['id']}": f"urn:uuid:{entry.resource['id']}" for entry in entries}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": names[f"{entry.type}/{entry.resource['id']}"],
                "resource": rewritten({k: v for k, v in entry.resource.items() if k != "id"}, names),
                "request": {"method": "POST", "url": entry.type},
            }
            for entry in entries
        ],
    }
