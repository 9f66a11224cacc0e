"""A practice at work: the scenario's team on a store of its own, acts recorded and sent without any network."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

from mappings.cda import report_to_cda
from service.acknowledge import Acknowledge
from service.app import compose, composed, create_app
from service.clock import random_identifiers
from service.composition import Composition
from service.config import Settings
from service.demonstration import SCENARIO, records
from service.finding import found
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome, Receipt
from service.outbox.retry import RetryPolicy
from service.store import open_store
from service.store.engine import Row
from service.store.unit import Seal, Unit
from tests.filling import contents_of, put
from tests.mappings.reports import REPORT

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / SCENARIO
WEBER, BENALI = "99900002017", "99900002025"
#: Friday 20 November 2026, 11:00 in France.
MORNING = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
ACCEPTED: Mapping[Destination, Receipt] = {
    Destination.DMP: Receipt(Outcome.ACCEPTED, "Success"),
    Destination.MSSANTE_PROFESSIONAL: Receipt(Outcome.ACCEPTED, "250 2.0.0", "QUEUE-1"),
    Destination.MSSANTE_PATIENT: Receipt(Outcome.ACCEPTED, "250 2.0.0", "QUEUE-2"),
}
BUSY = Receipt(Outcome.UNREACHABLE, "XDSRepositoryBusy")
#: What every document is sealed with here: which act it tells of does not matter.
_PDF = b"%PDF-1.4 a stand-in"
_CDA = report_to_cda(REPORT, _PDF)
#: What the store of a practice holds before its first act, once one has been filled.
_FILLED: dict[str, list[Row]] = {}
#: Whoever is called there does not answer, whatever else runs on the machine.
_NOBODY = "http://127.0.0.1:9"


@dataclass
class Hand:
    """A clock that the test turns."""

    now: dt.datetime = MORNING

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


@dataclass
class Practice:
    """The composed web process, and hands to let time pass and deliveries end."""

    composition: Composition
    app: Flask
    hand: Hand
    count: int = field(default=0)

    def post(self, door: str, record: Any) -> Any:
        answer = self.app.test_client().post(f"/records/{door}", json=record)
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        return answer.json

    def act(self, **changes: Any) -> str:
        """Record the scenario's act with ``changes``; gives the id of its Procedure."""
        self.count += 1
        record = {**records("acts", FOLDER)[0], "identifier": f"ACTE-{self.count:04}", **changes}
        return str(self.post("acts", record)["act"]).partition("/")[2]

    def reorientation(self, **changes: Any) -> str:
        return self.act(
            status="not-done",
            status_reason="worsening",
            prescriptions=[],
            conclusion="Douleur en aggravation : avis du médecin.",
            **changes,
        )

    def tasks(self, procedure_id: str) -> list[dict[str, Any]]:
        tasks = found(self.composition.store, "Task", [("focus", "Procedure", procedure_id)])
        return [json.loads(version.body) for version in tasks]

    def deliver(self, receipts: Mapping[Destination, Receipt] = ACCEPTED) -> None:
        """Settle every due envelope with the receipt of its destination."""
        store = self.composition.store
        acknowledge = Acknowledge(
            store=store,
            clock=self.hand,
            ids=random_identifiers,
            policy=RetryPolicy(
                base=dt.timedelta(seconds=60), cap=dt.timedelta(seconds=600), budget=dt.timedelta(hours=1)
            ),
            draw=lambda: 0.5,
        )
        for lease in store.claim(self.hand(), "worker", 60, 100, random_identifiers):
            document = store.document(lease.envelope.document_id)
            assert document is not None
            seals = [Seal(envelope_id=lease.envelope.id, payload=b"payload")]
            if document.cda is None:
                seals.append(Seal(document_id=document.id, cda=_CDA, pdf=_PDF))
            if lease.envelope.payload is None:
                store.commit(Unit(chain=document.chain, recorded=self.hand(), seals=tuple(seals)))
            self.hand.forward(seconds=1)
            sealed = store.document(document.id)
            assert sealed is not None
            acknowledge.attempt(lease, sealed, receipts[lease.envelope.destination])


def open_practice(folder: Path, **chosen: Any) -> Practice:
    """The scenario's team and patients on a fresh store; mailboxes given, so that no directory is asked."""
    hand = Hand(MORNING - dt.timedelta(days=1))
    settings = Settings(
        database=f"sqlite:///{folder / 'console.sqlite'}",
        keys=str(folder / "keys"),
        protocols=str(ROOT / "fixtures/protocols"),
        **({"directory": _NOBODY} | chosen),
    )
    store = open_store(settings.database)
    if _FILLED:
        put(_FILLED, store)
        composition = composed(settings, store, hand, random_identifiers)
        practice = Practice(composition, create_app(composition), hand)
    else:
        composition = compose(settings, store=store, clock=hand)
        practice = Practice(composition, create_app(composition), hand)
        for name in ("enrolments", "consents", "inclusions"):
            for record in records(name, FOLDER):
                practice.post(name, record)
        _FILLED.update(contents_of(store))
    hand.now = MORNING
    return practice
