"""The whole way against real sockets, on both stores: an act, its three deliveries, every fault of a destination."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from service.app import compose, create_app
from service.composition import Composition
from service.config import Settings
from service.demonstration import people, records, sent
from service.ledger.verify import verify
from service.outbox.envelope import Destination, State
from service.sandbox.server import Sandbox
from service.store import open_store
from service.worker import Worker
from service.worker import compose as compose_worker
from tests.stores import database, postgres_server  # noqa: F401  # fixtures
from tests.waiting import PATIENCE

DELEGATOR = "99900002017"


class Clock:
    """The machine's clock, pushed forward by a test that will not wait."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead


class Way:
    """Web process and worker in this process, the destinations behind their sockets."""

    def __init__(self, composition: Composition, settings: Settings, sandbox: Sandbox, clock: Clock) -> None:
        self.composition = composition
        self.store = composition.store
        self.client = create_app(composition).test_client()
        self.sandbox = sandbox
        self.clock = clock
        self.worker = Worker(
            self.store,
            compose_worker(settings, self.store, clock=clock, ids=composition.ids),
            settings,
            clock,
            composition.ids,
        )

    def load(self) -> None:
        for door in ("enrolments", "consents", "inclusions"):
            for record in records(door):
                answer = self.client.post(f"/records/{door}", json=sent(record))
                assert answer.status_code == 201, answer.text

    def act(self, identifier: str) -> dict[str, Any]:
        answer = self.client.post("/records/acts", json={**records("acts")[0], "identifier": identifier})
        assert answer.status_code == 201, answer.text
        return answer.get_json()

    def order(self, **fault: Any) -> None:
        answer = requests.post(f"{self.sandbox.http_url}/faults", json=fault, timeout=PATIENCE)
        assert answer.ok, answer.text

    def deliver(self, minutes: int = 90) -> None:
        """All that is due, and again after each delay, until nothing is due within ``minutes``."""
        self.worker.drain()
        end = self.clock() + dt.timedelta(minutes=minutes)
        while (due := self.store.due_in(self.clock())) is not None and self.clock() < end:
            # What is due may be left alone for a while, with its destination.
            self.clock.ahead += dt.timedelta(seconds=max(due, 5) + 0.001)
            self.worker.drain()

    def states(self, act: str) -> dict[Destination, State]:
        return {e.destination: e.state for e in self.store.envelopes_of(f"{act}/_history/1")}

    def documents(self) -> list[dict[str, Any]]:
        return list(requests.get(f"{self.sandbox.http_url}/registry/documents", timeout=PATIENCE).json())

    def mails(self, address: str) -> list[bytes]:
        box = requests.get(f"{self.sandbox.http_url}/mailboxes/{address}", timeout=PATIENCE).json()
        url = f"{self.sandbox.http_url}/mailboxes/{address}"
        return [requests.get(f"{url}/{mail['id']}.eml", timeout=PATIENCE).content for mail in box]

    def tasks(self, code: str) -> list[dict[str, Any]]:
        answer = self.client.get(f"/fhir/Task?code={code}")
        return [entry["resource"] for entry in answer.get_json()["entry"]]


@contextmanager
def way_over(database: str, folder: Path, **chosen: str) -> Iterator[Way]:  # noqa: F811  # the imported fixture
    """The whole way, with some settings of one's own."""
    clock = Clock()
    with Sandbox(people=people(), directory_key="test", clock=clock) as sandbox:
        host, port = sandbox.smtp_address
        settings = Settings(
            database=database,
            keys=str(folder / "keys"),
            dmp_repository=sandbox.repository_url,
            dmp_registry=sandbox.registry_url,
            dmp_patients=sandbox.patients_url,
            directory=sandbox.directory_url,
            directory_key="test",
            mssante=f"{host}:{port}",
            pdsm=sandbox.pdsm_url,
            attempt_seconds=5,
            **chosen,  # type: ignore[arg-type]
        )
        store = open_store(database, test=True)
        try:
            composition = compose(settings, store=store, clock=clock)
            way = Way(composition, replace(settings), sandbox, clock)
            way.load()
            yield way
        finally:
            store.close()


@pytest.fixture
def way(database: str, tmp_path: Path) -> Iterator[Way]:  # noqa: F811  # the imported fixture
    with way_over(database, tmp_path) as one:
        yield one


ALL_ACCEPTED = dict.fromkeys(set(Destination) - {Destination.PDSM}, State.ACCEPTED)


def test_an_act_reaches_everybody_is_acknowledged_and_proved(way: Way) -> None:
    made = way.act("A-1")
    way.deliver()
    assert way.states(made["act"]) == ALL_ACCEPTED
    (document,) = way.documents()
    stored = way.store.document(way.store.envelopes_of(f"{made['act']}/_history/1")[0].document_id)
    assert stored is not None
    assert (document["uniqueId"], document["stored"]) == (stored.unique_id, 1)
    assert len(way.mails("antoine.weber-fictif@medecin.formation.mssante.fr")) == 1
    token = way.composition.issuer.token(DELEGATOR)
    done = way.client.post(f"/fhir/{made['tasks'][0]}/$acknowledge", headers={"Authorization": f"Bearer {token}"})
    assert done.get_json()["status"] == "completed"
    types = [e["resource"]["resourceType"] for e in way.client.get(f"/fhir/{made['act']}/$trace").get_json()["entry"]]
    assert (types.count("Provenance"), types.count("DocumentReference"), types.count("Communication")) == (2, 1, 2)
    assert list(verify(way.store)) == []


#: XDS faults that the second attempt must survive: the document ends there once, whatever was answered first.
@pytest.mark.parametrize(
    "kind", ["busy", "registry-busy", "fault", "store-then-fault", "cut", "cut-before", "html", "empty", "truncated"]
)
def test_the_record_has_the_document_once_after(way: Way, kind: str) -> None:
    way.order(destination="xds", kind=kind, times=1)
    made = way.act(f"A-{kind}")
    way.deliver()
    assert way.states(made["act"])[Destination.DMP] is State.ACCEPTED
    (document,) = way.documents()
    assert document["stored"] == 1
    attempts = [e for e in way.store.envelopes_of(f"{made['act']}/_history/1") if e.destination is Destination.DMP]
    assert attempts[0].attempts >= 2, "the fault must have been met"


@pytest.mark.parametrize(
    ("kind", "repeats"), [("4xx", {1}), ("cut-before", {1}), ("cut", {2})], ids=["4xx", "cut-before", "cut"]
)
def test_a_mail_arrives_with_the_same_bytes_after(way: Way, kind: str, repeats: set[int]) -> None:
    address = "antoine.weber-fictif@medecin.formation.mssante.fr"
    way.order(destination="mail", kind=kind, times=1, match=address, **({"at": "data"} if kind == "4xx" else {}))
    made = way.act(f"M-{kind}")
    way.deliver()
    assert way.states(made["act"]) == ALL_ACCEPTED
    mails = way.mails(address)
    assert len(mails) in repeats, "only a cut after the final dot may repeat a mail"
    assert len(set(mails)) == 1


def test_a_permanent_refusal_opens_a_task_and_stops(way: Way) -> None:
    way.order(destination="xds", kind="unknown-patient", times=9)
    made = way.act("A-refused")
    way.deliver()
    assert way.states(made["act"])[Destination.DMP] is State.REFUSED
    assert way.states(made["act"])[Destination.MSSANTE_PROFESSIONAL] is State.ACCEPTED
    (task,) = way.tasks("resolve-delivery")
    assert task["focus"]["reference"] == made["act"]


def test_when_the_budget_is_spent_somebody_gets_a_task(way: Way) -> None:
    way.order(destination="xds", kind="busy", times=10_000)
    made = way.act("A-exhausted")
    way.deliver(minutes=73 * 60)
    assert way.states(made["act"])[Destination.DMP] is State.EXHAUSTED
    assert len(way.tasks("resolve-delivery")) == 1
    assert list(verify(way.store)) == []


def test_a_bounce_handed_over_by_the_gateway_reopens_the_matter(way: Way) -> None:
    address = "antoine.weber-fictif@medecin.formation.mssante.fr"
    way.order(destination="mail", kind="bounce", times=1, match=address)
    made = way.act("A-bounce")
    way.deliver()
    assert way.states(made["act"])[Destination.MSSANTE_PROFESSIONAL] is State.ACCEPTED
    (notice,) = way.mails("binome.cpts-tilleuls@cpts.formation.mssante.fr")
    for _ in range(2):  # the same notice twice is one bounce
        answer = way.client.post("/records/receipts", data=notice, content_type="message/rfc822")
        assert answer.status_code == 204, answer.text
    assert way.states(made["act"])[Destination.MSSANTE_PROFESSIONAL] is State.REFUSED
    assert len(way.tasks("resolve-delivery")) == 1
    assert list(verify(way.store)) == []


def test_a_notice_that_answers_nothing_is_refused(way: Way) -> None:
    before = {chain: way.store.head(chain).sequence for chain in way.store.chains()}
    assert way.client.post("/records/receipts", data=b"hello", content_type="message/rfc822").status_code == 422
    assert way.client.post("/records/receipts", data=b"hello", content_type="text/plain").status_code == 415
    assert {chain: way.store.head(chain).sequence for chain in way.store.chains()} == before
