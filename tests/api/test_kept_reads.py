"""What is kept in the process is answered as what is read from the database: same status, headers and bytes, to whoever asks."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mappings.fhir.json import dump
from tests.api.test_interactions import body, patient, post, put
from tests.doors import House

JSON, XML = "application/fhir+json", "application/fhir+xml"
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Accept": XML},
    {"Accept": "text/html"},
    {"Accept": "application/json;q=0.5, application/fhir+xml"},
    {"Accept-Encoding": "gzip"},
    {"If-None-Match": 'W/"1"'},
    {"If-None-Match": 'W/"2"'},
    {"If-None-Match": "*"},
    {"If-Modified-Since": "Sat, 21 Nov 2026 09:00:00 GMT"},
    {"If-Modified-Since": "Sat, 21 Nov 2026 08:59:59 GMT"},
    {"Authorization": "Bearer nobody's"},
    {"Origin": "https://dossier.example"},
)
QUERIES = (
    "",
    "_format=xml",
    "_format=json",
    "_format=turtle",
    "_pretty=true",
    "_summary=true",
    "_summary=count",
    "_elements=id",
)


class Twins:
    """Two web processes on one database; the second keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.keeping, self.asking = House(folder), House(folder)
        self.asking.store._known._most = 0

    def agree(self, method: str, path: str, query: str = "", headers: dict[str, str] | None = None) -> int:
        """Whatever was kept before, and once more when it surely is; the status."""
        asked = [house.client.open(path, method=method, query_string=query, headers=headers or {}) for house in self]
        told = [(answer.status, answer.headers.to_wsgi_list(), answer.data) for answer in asked]
        assert told[0] == told[1] == told[2], (method, path, query, headers)
        return asked[0].status_code

    def __iter__(self) -> Iterator[House]:
        return iter((self.asking, self.keeping, self.keeping))


@pytest.fixture
def twins(furnished: Path, tmp_path: Path) -> Iterator[Twins]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    both = Twins(tmp_path)
    yield both
    for house in (both.keeping, both.asking):
        house.store.close()


def delete(house: House, path: str) -> None:
    assert house.client.delete(path).status_code in (200, 204)


def test_every_shape_of_a_read_is_answered_alike(twins: Twins) -> None:
    """One that stands, one that changed, one that was deleted, one that is long, one that never was; before and after a write."""
    standing, changed, gone = (body(post(twins.asking, patient(name))) for name in ("UN", "DEUX", "TROIS"))
    put(twins.asking, changed)
    delete(twins.asking, f"/fhir/Patient/{gone['id']}")
    plan = body(twins.asking.client.get("/fhir/PlanDefinition?_count=1"))["entry"][0]["resource"]
    assert len(dump(plan)) > 4096
    some = [f"Patient/{one['id']}" for one in (standing, changed, gone)]
    paths = [
        *some,
        f"{some[1]}/_history/1",
        f"{some[1]}/_history/3",
        f"{some[2]}/_history/2",
        "Patient/nobody",
        "Slot/x",
    ]
    paths += [f"PlanDefinition/{plan['id']}", f"{some[0]}/", f"{some[0]}/_history", f"{some[0]}/$meta"]
    met = set[int]()
    for turn in range(2):
        for path, headers in itertools.product(paths, HEADERS):
            met.add(twins.agree("GET", f"/fhir/{path}", "", headers))
        for path, query in itertools.product(paths, QUERIES):
            met.add(twins.agree("GET", f"/fhir/{path}", query))
        for path in paths:
            met.add(twins.agree("HEAD", f"/fhir/{path}"))
        if turn == 0:
            # The other process writes: what was kept is there, and is no longer what is on record.
            put(twins.asking, standing)
            delete(twins.asking, f"/fhir/{some[1]}")
            put(twins.asking, gone)
    assert met >= {200, 304, 400, 401, 404, 406, 410}


def test_a_read_that_is_kept_asks_nothing_of_the_database(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    house = twins.keeping
    made, gone = body(post(house, patient())), body(post(house, patient("AUTRE")))
    delete(house, f"/fhir/Patient/{gone['id']}")
    asked = [(f"/fhir/Patient/{made['id']}", headers) for headers in ({}, {"If-None-Match": "*"}, {"Accept": XML})]
    asked += [(f"/fhir/Patient/{gone['id']}", {}), (f"/fhir/Patient/{made['id']}/_history/1", {})]
    before = [house.client.get(path, headers=headers) for path, headers in asked]
    monkeypatch.setattr(house.store._engine, "reading", None)
    after = [house.client.get(path, headers=headers) for path, headers in asked]
    assert [(one.status_code, one.data) for one in after] == [(one.status_code, one.data) for one in before]
    assert [one.status_code for one in after] == [200, 304, 200, 410, 200]
    assert house.client.get("/fhir/Patient/nobody").status_code == 500
