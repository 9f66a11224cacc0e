"""The whole service in one process, over a store of the tests, with a clock that stands and ids that count."""

import datetime as dt
import json
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
from flask.testing import FlaskClient

from mappings.codes import systems
from service.app import compose, composed, create_app
from service.config import Settings
from service.finding import found
from service.store import Store
from tests.filling import Contents, contents_of, put

ROOT = Path(__file__).parents[1]
TEAM = ROOT / "fixtures" / "scenarios" / "torsion-cheville-equipe"
NOON = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)
#: Types whose current number tells that nothing was added.
TYPES = (
    "Patient",
    "PractitionerRole",
    "CareTeam",
    "Consent",
    "CarePlan",
    "Procedure",
    "Task",
    "Provenance",
    "AuditEvent",
)

Json = dict[str, Any]

#: What the store of an ordinary house holds once its people are in, and how many ids they took; by engine, ``people``
#: and ``whole``.
_FILLED: dict[tuple[type, int, bool], tuple[Contents, int]] = {}


def team_records(name: str) -> list[Json]:
    records: list[Json] = json.loads((TEAM / f"{name}.json").read_text(encoding="utf-8"))
    return records


def act_record(**changes: Any) -> Json:
    """The ordinary act of the team's scenario; ``exam`` and the rest as asked."""
    record = deepcopy(team_records("acts")[0])
    record["exam"] |= changes.pop("exam", {})
    return record | changes


class Ids:
    """Fresh UUIDs that count, after ``drawn`` others; the count stands at both ends."""

    def __init__(self, drawn: int = 0) -> None:
        self.drawn = drawn
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self.drawn = number = self.drawn + 1
            return f"{number:08x}-0000-7000-8000-{number:012x}"


class Clock:
    """Stands until it is moved."""

    def __init__(self, now: dt.datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


class House:
    """One service. ``people`` are the enrolment records to load: the first délégués and délégants of the team."""

    def __init__(self, store: Store, folder: Path, *, people: int = 2, whole: bool = False, **settings: Any) -> None:
        self.store = store
        self.clock = Clock()
        self.ids = Ids()
        self.settings = Settings(protocols=str(ROOT / "fixtures" / "protocols"), keys=str(folder / "keys"), **settings)
        # With settings of its own, or over a store that holds something, it is filled as any other.
        ordinary = not settings and not store.chains()
        filled = _FILLED.get(key := (type(store._engine), people, whole)) if ordinary else None
        if filled is not None:
            contents, drawn = filled
            put(contents, store)
            self.ids = Ids(drawn)
            self.composition = composed(self.settings, store, self.clock, self.ids)
        else:
            self.composition = compose(self.settings, store=store, clock=self.clock, ids=self.ids)
        self.app = create_app(self.composition)
        self.client: FlaskClient = self.app.test_client()
        if filled is not None:
            return
        self._fill(people, whole)
        if ordinary:
            _FILLED[key] = contents_of(store), self.ids.drawn

    def _fill(self, people: int, whole: bool) -> None:
        everybody = team_records("enrolments")
        enrolled = everybody if whole else everybody[:people] + everybody[10 : 10 + people]
        for record in enrolled:
            self._load("enrolments", record)
        for name in ("consents", "inclusions"):
            for record in team_records(name)[: None if whole else people]:
                self._load(name, record)

    def _load(self, door: str, record: Json) -> None:
        answer = self.post(door, record)
        assert answer.status_code in (200, 201), answer.json

    def post(self, door: str, record: Json, **headers: str) -> Any:
        """A flat record through ``/records``; ``Idempotency_Key`` stands for ``Idempotency-Key``."""
        return self.app.test_client().post(f"/records/{door}", json=record, headers=_named(headers))

    def fhir(self, method: str, path: str, body: Json | None = None, **headers: str) -> Any:
        named = _named(headers) | {"Content-Type": "application/fhir+json"}
        data = orjson.dumps(body, default=str) if body is not None else None
        return self.app.test_client().open(f"/fhir{path}", method=method, data=data, headers=named)

    def found(self, query: str) -> list[Json]:
        answer = self.fhir("GET", f"/{query}")
        assert answer.status_code == 200, answer.json
        return [entry["resource"] for entry in answer.json.get("entry", ())]

    def standing(self) -> Json:
        """All that a commit can change: the end of every chain, the outbox, the number of resources of each type."""
        return {
            "chains": {chain: self.store.head(chain) for chain in self.store.chains()},
            "outbox": self.store.backlog(),
            "resources": {type_: len(found(self.store, type_, count=1000)) for type_ in TYPES},
        }


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def leaves(client: FlaskClient, rpps: str) -> None:
    """No enrolment of this professional is in force any more."""
    found = client.get(f"/fhir/PractitionerRole?practitioner:identifier={systems.RPPS}|{rpps}").json
    assert found["entry"]
    for role in (entry["resource"] for entry in found["entry"]):
        text = json.dumps(role).replace('"valueCode": "active"', '"valueCode": "suspended"')
        ended = json.loads(text) | {"active": False}
        answer = client.put(f"/fhir/PractitionerRole/{role['id']}", json=ended, content_type="application/fhir+json")
        assert answer.status_code == 200, answer.text


def issues(answer: Any) -> list[tuple[str, str]]:
    """(code, expression) of each issue of an OperationOutcome."""
    assert answer.json["resourceType"] == "OperationOutcome", answer.json
    return [(issue["code"], issue.get("expression", [""])[0]) for issue in answer.json["issue"]]


def act_bundle(identifier: str = "ACTE-0001", conditional: bool = False) -> Json:
    """The ordinary act as a FHIR client sends it, knowing no id of this server: business identifiers only."""
    text = (ROOT / "fixtures" / "scenarios" / "acte-simple" / "1-request.fhir.json").read_text(encoding="utf-8")
    bundle: Json = json.loads(text.replace("ACTE-1001", identifier))
    procedure = bundle["entry"][0]
    if conditional:
        procedure["request"]["ifNoneExist"] = f"identifier={systems.IDENTIFIER}act|{identifier}"
    return bundle
