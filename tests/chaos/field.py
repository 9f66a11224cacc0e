"""One store, one sandbox and one forking parent, over which cases of deliveries are played (``points``, ``crowds``).

The service answers in this process, workers are processes of their own. Time is the order's: no lease is waited for, but
by whoever is stopped within a call.
"""

import datetime as dt
import json
import subprocess
import sys
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
from service.sandbox.faults import fault_from_json
from service.sandbox.server import Sandbox
from service.store import open_store
from tests.chaos import acts, reading
from tests.chaos.checker import judge, repeats
from tests.chaos.harness import _watch
from tests.chaos.ledgers import Ledgers, Sent
from tests.chaos.witness import Witness

ATTEMPT: Final = 3
LEASE: Final = 12
#: How often an act is asked for at most.
_ASKED: Final = 4
#: How often a worker of a crowd looks again.
_LOOKS: Final = 5
#: Few, so that no worker takes all that waits.
_LANES: Final = 2
_KEY: Final = "points"


@dataclass
class Field:
    """Where the cases are played."""

    folder: Path
    seed: int
    sandbox: Sandbox
    witness: Witness
    #: Url of an empty database; a file of the folder when none is given.
    database: str = ""
    #: Longest time of one delivery and of a lease, seconds of the machine: short where somebody is stopped for longer.
    attempt: int = ATTEMPT
    lease: int = LEASE
    now: dt.datetime = field(default_factory=system_clock)
    ended: Counter[str] = field(default_factory=Counter)
    sent: list[Sent] = field(default_factory=list)
    #: Cases that did not go as played: the point was never reached, or a worker failed.
    astray: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        host, smtp = self.sandbox.smtp_address
        self.settings = Settings(
            database=self.database or f"sqlite:///{self.folder / 'binome.sqlite'}",
            keys=str(self.folder / "keys"),
            dmp_repository=self.sandbox.repository_url,
            dmp_registry=self.sandbox.registry_url,
            dmp_patients=self.sandbox.patients_url,
            directory=self.sandbox.directory_url,
            directory_key=_KEY,
            mssante=f"{host}:{smtp}",
            attempt_seconds=self.attempt,
            lease_seconds=self.lease,
            breaker_failures=1000,
            lanes=_LANES,
        )
        self.pass_(0)
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

    def act(self, key: str = "") -> int:
        """One act, asked for until it is recorded or refused: the same bytes, the same key; how often it was asked."""
        request = next(self._requests)
        sent = Sent(identifier=request.identifier, destinations=request.destinations)
        self.sent.append(sent)
        headers = {"Idempotency-Key": key} if key else {}
        asked = 0
        while True:
            asked += 1
            answer = self._client.post(
                request.path, data=request.body, content_type=request.content_type, headers=headers
            )
            if answer.status_code != 503 or asked == _ASKED:
                break
            sent.broken += 1
        assert answer.status_code in (200, 201), answer.text
        sent.answers.add(answer.data)
        sent.procedures.add(acts.procedure_named(answer.data))
        return asked

    def fault(self, destination: str, kind: str, at: str, times: int = 1) -> None:
        self.sandbox.state.faults.order(
            fault_from_json({"destination": destination, "kind": kind, "at": at, "times": times, "seconds": 0.2})
        )

    def work(self, *, failpoint: str = "", turns: int = 1, passing: bool = True) -> dict[str, Any]:
        """A worker of its own process; time has passed by then."""
        answer = self._order({"failpoint": failpoint, "turns": turns})
        self.pass_(turns if passing else 0)
        return answer

    def crowd(self, count: int, go_on: Sequence[int] = ()) -> set[str]:
        """Workers of a process each, all at once, and stopped ones that go on beside them; no time passes."""
        orders = [self._complete({"turns": 1, "looks": _LOOKS})] * count
        answers = self._said({"crowd": orders, "go_on_beside": list(go_on)})["crowd"]
        self.ended.update(answer["ended"] for answer in answers)
        return {answer["ended"] for answer in answers}

    def pass_(self, turns: int = 1) -> None:
        """Beyond any lease, and any pause between two attempts; for those who are stopped as well."""
        self.now += dt.timedelta(minutes=31 * turns)
        (self.folder / "clock").write_text(self.now.isoformat())

    def go_on(self, pid: int) -> dict[str, Any]:
        answer = self._said({"go_on": pid})
        self.ended[answer["ended"]] += 1
        return answer

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        answer = self._said(self._complete(order))
        self.ended[answer["ended"]] += 1
        return answer

    def _complete(self, order: dict[str, Any]) -> dict[str, Any]:
        names = (
            "database",
            "keys",
            "dmp_repository",
            "dmp_registry",
            "dmp_patients",
            "mssante",
            "attempt_seconds",
            "lease_seconds",
            "breaker_failures",
            "lanes",
        )
        environment = {f"BINOME_{name.upper()}": str(getattr(self.settings, name)) for name in names}
        clock = {"now": self.now.isoformat(), "clock": str(self.folder / "clock")}
        return {**order, **clock, "environment": environment}

    def _said(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        answer: dict[str, Any] = json.loads(self._zygote.stdout.readline())
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
def a_field(
    folder: Path, seed: int, database: str = "", *, attempt: int = ATTEMPT, lease: int = LEASE
) -> Iterator[Field]:
    with Sandbox(people=team(), directory_key=_KEY) as sandbox:
        witness = _watch(sandbox)
        made = Field(folder, seed, sandbox, witness, database, attempt, lease)
        try:
            yield made
        finally:
            made.close()


def sets(here: Field) -> tuple[dict[str, list[str]], int]:
    """The checker's sets, with what went astray; and how many mails came more than once."""
    ledgers = here.ledgers()
    return {**judge(ledgers), "astray": here.astray}, repeats(ledgers)


def violations(found: dict[str, list[str]]) -> Sequence[str]:
    return [f"{name}: {one}" for name, members in found.items() for one in members[:10]]
