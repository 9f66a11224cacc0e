"""A worker is killed, or stopped beyond its lease, at each named point of a delivery; faults of the destinations, one by one.

One store, one sandbox and one forking parent for all cases; the checker then holds every ledger against the others. Time
is the order's: no lease is waited for, but by the stopped ones.
"""

import datetime as dt
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from service.app import compose, create_app
from service.clock import system_clock
from service.config import Settings
from service.demonstration import people as team
from service.demonstration import records
from service.outbox.envelope import Destination
from service.sandbox.faults import fault_from_json
from service.sandbox.server import Sandbox
from service.store import open_store
from tests.chaos import acts, reading
from tests.chaos.checker import judge, repeats
from tests.chaos.harness import _watch
from tests.chaos.ledgers import Ledgers, Sent
from tests.chaos.witness import Witness

DMP = Destination.DMP.value
DOCTOR, PATIENT = Destination.MSSANTE_PROFESSIONAL.value, Destination.MSSANTE_PATIENT.value
_ANYWHERE: Final = ("K10", "K13", "K14", "K19")
#: The first of a document to leave seals it for all, the shared record's here.
POINTS: Final = {
    DMP: (*_ANYWHERE, "K11", "K12", "K20", "K21", "K22", "K23"),
    DOCTOR: (*_ANYWHERE, "K15", "K16", "K17", "K18"),
    PATIENT: (*_ANYWHERE, "K15", "K16", "K17", "K18"),
}
#: Points that a second attempt does not pass: what it sends is rendered and sealed.
_FIRST_ONLY: Final = frozenset({"K11", "K12"})
#: Where a stop of twice the lease is played: before, in and after the call.
STOPS: Final = {DMP: ("K13", "K20", "K21", "K22", "K23"), DOCTOR: ("K13", "K14", "K15", "K16", "K17", "K18")}
#: (destination, kind, where) of faults that heal, of both wires.
FAULTS: Final = (
    *(("xds", kind, "ITI-41") for kind in ("busy", "registry-busy", "fault", "5xx", "html", "empty", "partial")),
    *(("xds", kind, "ITI-41") for kind in ("store-then-fault", "cut", "cut-before", "truncated", "other-answer")),
    *(("xds", kind, "ITI-18") for kind in ("busy", "fault", "5xx", "cut", "cut-before", "truncated")),
    *(("mail", kind, at) for kind in ("4xx", "cut-before") for at in ("rcpt", "data", "mail")),
    ("mail", "cut", "data"),
)
_ATTEMPT, _LEASE = 3, 12
_KEY: Final = "points"


@dataclass
class Field:
    """Where the cases are played."""

    folder: Path
    seed: int
    sandbox: Sandbox
    witness: Witness
    now: dt.datetime = field(default_factory=system_clock)
    ended: Counter[str] = field(default_factory=Counter)
    sent: list[Sent] = field(default_factory=list)
    #: Cases that did not go as played: the point was never reached, or a worker failed.
    astray: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        host, smtp = self.sandbox.smtp_address
        self.settings = Settings(
            database=f"sqlite:///{self.folder / 'binome.sqlite'}",
            keys=str(self.folder / "keys"),
            dmp_repository=self.sandbox.repository_url,
            dmp_registry=self.sandbox.registry_url,
            dmp_patients=self.sandbox.patients_url,
            directory=self.sandbox.directory_url,
            directory_key=_KEY,
            mssante=f"{host}:{smtp}",
            attempt_seconds=_ATTEMPT,
            lease_seconds=_LEASE,
            breaker_failures=1000,
        )
        self.store = open_store(self.settings.database, test=True)
        composition = compose(self.settings, store=self.store, clock=lambda: self.now)
        self._client = create_app(composition).test_client()
        persons = acts.people(8)
        for door in ("enrolments", "consents", "inclusions"):
            for record in records(door):
                self._post(f"/records/{door}", record)
        for door, some in (("consents", acts.consents(persons)), ("inclusions", acts.inclusions(persons))):
            for record in some:
                self._post(f"/records/{door}", record)
        self._requests = acts.requests(self.seed, [one for one in persons if one.destinations == acts.ALL])
        with (self.folder / "worker.log").open("ab") as log:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.zygote"],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def close(self) -> None:
        with self._zygote:
            assert self._zygote.stdin is not None
            self._zygote.stdin.close()
            self._zygote.wait(30)
        self.store.close()

    def _post(self, path: str, record: dict[str, Any]) -> None:
        answer = self._client.post(path, json=record)
        assert answer.status_code in (200, 201), answer.text

    def act(self) -> None:
        request = next(self._requests)
        answer = self._client.post(request.path, data=request.body, content_type=request.content_type)
        assert answer.status_code in (200, 201), answer.text
        sent = Sent(identifier=request.identifier, destinations=request.destinations)
        sent.answers.add(answer.data)
        sent.procedures.add(acts.procedure_named(answer.data))
        self.sent.append(sent)

    def fault(self, destination: str, kind: str, at: str, times: int = 1) -> None:
        self.sandbox.state.faults.order(
            fault_from_json({"destination": destination, "kind": kind, "at": at, "times": times, "seconds": 0.2})
        )

    def work(self, *, failpoint: str = "", turns: int = 1) -> dict[str, Any]:
        """A worker of its own process; time has passed by then."""
        answer = self._order({"failpoint": failpoint, "turns": turns, "now": self.now.isoformat()})
        self.now += dt.timedelta(minutes=31 * turns)
        return answer

    def go_on(self, pid: int) -> dict[str, Any]:
        return self._order({"go_on": pid})

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        names = (
            "database",
            "keys",
            "dmp_repository",
            "dmp_registry",
            "dmp_patients",
            "mssante",
            "attempt_seconds",
            "lease_seconds",
        )
        order["environment"] = {
            f"BINOME_{name.upper()}": str(getattr(self.settings, name)) for name in (*names, "breaker_failures")
        }
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        answer: dict[str, Any] = json.loads(self._zygote.stdout.readline())
        self.ended[answer["ended"]] += 1
        return answer

    def heal(self) -> None:
        """No fault any more, and time enough for everything."""
        self.sandbox.state.faults.clear()
        for _ in range(6):
            if self.work(turns=3)["ended"] != "done":
                self.astray.append("a worker failed")
            states = {state for _, state in self.store.backlog()}
            if states <= {"accepted"}:
                return
        self.astray.append(f"not healed: {sorted(states)}")

    def ledgers(self) -> Ledgers:
        return Ledgers(
            sent=tuple(self.sent),
            kept=reading.kept(self.store),
            unproved=reading.unproved(self.store),
            brought=self.witness.brought(),
            registered=reading.registered(self.sandbox.state.registry),
            letters=reading.letters(self.sandbox.state.mailboxes),
            defects=reading.defects(self.folder.glob("*.log")),
        )


@contextmanager
def a_field(folder: Path, seed: int) -> Iterator[Field]:
    with Sandbox(people=team(), directory_key=_KEY) as sandbox:
        witness = _watch(sandbox)
        made = Field(folder, seed, sandbox, witness)
        try:
            yield made
        finally:
            made.close()


def cases(draw: random.Random) -> list[tuple[str, str, int]]:
    """Every (destination, point, attempt), in an order of the seed's."""
    found = [
        (destination, point, attempt)
        for destination, points in POINTS.items()
        for point in points
        for attempt in (1, 2)
        if not (attempt == 2 and point in _FIRST_ONLY)
    ]
    draw.shuffle(found)
    return found


def kill(here: Field, destination: str, point: str, attempt: int, draw: random.Random) -> None:
    """The worker dies there; the next one takes over when the lease is over."""
    here.act()
    if attempt == 2:
        if destination == DMP:
            here.fault("xds", draw.choice(("busy", "cut-before", "fault")), "ITI-41")
        else:
            here.fault("mail", draw.choice(("4xx", "cut-before")), draw.choice(("rcpt", "data", "mail")), 2)
    answer = here.work(failpoint=f"{point}:kill:{destination}:{attempt}", turns=attempt)
    if answer["ended"] != "killed":
        here.astray.append(f"{point} {destination} {attempt}: {answer['ended']}")
    here.heal()


def stop_all(here: Field, stops: Sequence[tuple[str, str]]) -> None:
    """Workers are stopped there for more than twice their lease; others take over; then the first go on (F24)."""
    stopped = []
    for destination, point in stops:
        here.act()
        answer = here.work(failpoint=f"{point}:stop:{destination}:1")
        if answer["ended"] == "stopped":
            stopped.append(((destination, point), answer["pid"]))
        else:
            here.astray.append(f"{point} {destination}: {answer['ended']}")
    begun = time.monotonic()
    here.heal()
    time.sleep(max(0.0, 2 * _LEASE - (time.monotonic() - begun)))
    for case, pid in stopped:
        if (ended := here.go_on(pid)["ended"]) != "done":
            here.astray.append(f"{case}, gone on: {ended}")
    here.heal()


def strike(here: Field, destination: str, kind: str, at: str) -> None:
    """One fault, at the first sending; a question is asked only after a doubt (F15, F16, F18, F19)."""
    here.act()
    if at == "ITI-18":
        here.fault("xds", "cut", "ITI-41")
    here.fault(destination, kind, at)
    here.work(turns=2)
    here.heal()


def sets(here: Field) -> tuple[dict[str, list[str]], int]:
    """The checker's sets, with what went astray; and how many mails came more than once."""
    ledgers = here.ledgers()
    return {**judge(ledgers), "astray": here.astray}, repeats(ledgers)


def violations(found: dict[str, list[str]]) -> Sequence[str]:
    return [f"{name}: {one}" for name, members in found.items() for one in members[:10]]
