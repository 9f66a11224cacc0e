"""One run: the service under load, its destinations under bad weather, its processes killed, then the reckoning.

The sandbox and the clients live here and survive; everything of the service is a child process on loopback, with
its own database, keys and ports. Every wait has an end, and no child is left behind.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import requests
from flask import Flask

from service.demonstration import load
from service.demonstration import people as team
from service.processes import free_ports
from service.sandbox.server import Sandbox
from service.store import open_store
from tests.chaos import acts, reading
from tests.chaos.checker import judge, repeats
from tests.chaos.ledgers import Ledgers
from tests.chaos.load import Clients
from tests.chaos.nemesis import Budget, Nemesis, answers, strike_web, strike_worker
from tests.chaos.victims import Victim
from tests.chaos.weather import Weather
from tests.chaos.witness import Witness

_PENDING: Final = ("queued", "sending", "in-doubt")
_KEY: Final = "chaos"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done."""

    kills: int
    seed: int
    #: Url of an empty database.
    database: str
    #: Empty folder for keys and logs.
    folder: Path
    clients: int = 6
    workers: int = 2
    #: New acts a second, when the web process is up.
    rate: float = 20.0
    #: The clients go on until so many are acknowledged, within ``seconds``: on a machine with much else to do, kills come
    #: sooner than acts.
    acts: int = 0
    #: Mean time between two faults of the destinations.
    weather: float = 0.25
    #: Longest time for the kills, then for what was interrupted to heal, seconds.
    seconds: float = 480.0
    healing: float = 90.0
    #: Modules to run, with their arguments; others than these hold planted bugs.
    web: tuple[str, ...] = ("service.cli", "serve")
    worker: tuple[str, ...] = ("service.cli", "worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it."""

    figures: dict[str, Any]
    #: Every set of the checker; all empty when every promise was kept.
    sets: dict[str, list[str]]

    @property
    def holds(self) -> bool:
        figures = self.figures
        return not any(self.sets.values()) and figures["kills"] >= figures["kills asked"] and figures["healed"]


def run(plan: Plan, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Do it all; the report is complete whatever was found."""
    begun = time.monotonic()
    with Sandbox(people=team(), directory_key=_KEY) as sandbox:
        witness = _watch(sandbox)
        port = free_ports(1)[0]
        weather = Weather(sandbox.state.faults, plan.seed, plan.weather)
        with _nemeses(plan, _environment(plan, sandbox, port), port) as nemeses:
            clients = _prepare(plan, port, nemeses)
            clients.start()
            weather.start()
            try:
                for nemesis in nemeses:
                    nemesis.start()
                for nemesis in nemeses:
                    nemesis.wait()
                clients.wait(plan.acts, begun + plan.seconds)
            finally:
                weather.clear_up()
                clients.stop()
            killed = time.monotonic()
            kills = sum((nemesis.kills for nemesis in nemeses), Counter[str]())
            tell(f"{kills.total()} kills in {killed - begun:.0f} s")
            until = time.monotonic() + plan.healing
            clients.settle(until)
            repeated = clients.repeat(until)
            healed = _heal(port, until)
            tell(f"healed after {time.monotonic() - killed:.0f} s" if healed else "not healed in time")
        ledgers = _ledgers(plan, sandbox, witness, clients)
    figures = {
        "seed": plan.seed,
        "store": plan.database.partition(":")[0],
        "kills asked": plan.kills,
        "kills": kills.total(),
        **{f"kills, {name}": count for name, count in sorted(kills.items())},
        **_figures(ledgers),
        "acts posted once more at the end": repeated,
        "faults of the destinations": weather.struck,
        "healed": healed,
        "seconds": round(time.monotonic() - begun, 1),
    }
    return Report(figures=figures, sets=judge(ledgers))


def _watch(sandbox: Sandbox) -> Witness:
    assert sandbox._http is not None
    app = cast(Flask, sandbox._http.app)
    witness = Witness(app.wsgi_app, sandbox.state.registry)
    app.wsgi_app = witness  # type: ignore[method-assign]  # how Flask is wrapped
    return witness


def _environment(plan: Plan, sandbox: Sandbox, port: int) -> dict[str, str]:
    """Nothing of ours leaks in: the children know what is said here."""
    host, smtp = sandbox.smtp_address
    settings = {
        "database": plan.database,
        "port": port,
        "processes": 2,
        # Each is a victim by itself: what is killed is what delivers.
        "worker_processes": 1,
        "dmp_repository": sandbox.repository_url,
        "dmp_registry": sandbox.registry_url,
        "dmp_patients": sandbox.patients_url,
        "directory": sandbox.directory_url,
        "directory_key": _KEY,
        "mssante": f"{host}:{smtp}",
        "keys": plan.folder / "keys",
        # Short, so that what a kill interrupts is taken up again within the run.
        "attempt_seconds": 3,
        "lease_seconds": 7,
        "retry_base_seconds": 1,
        "retry_cap_seconds": 4,
    }
    return {"LANG": "C.UTF-8", **{f"BINOME_{name.upper()}": str(value) for name, value in settings.items()}}


@contextmanager
def _nemeses(plan: Plan, environment: dict[str, str], port: int) -> Iterator[list[Nemesis]]:
    """Every victim with who kills it, the web process first; none of their processes outlives the block."""
    mark = f"{plan.folder.name}-{port}"
    shared: dict[str, Any] = {"seed": plan.seed, "until": time.monotonic() + plan.seconds}
    # Half the kills for the web process, the other half for the workers together.
    of_web, of_workers = Budget(plan.kills - plan.kills // 2), Budget(plan.kills // 2)
    web = Victim((sys.executable, "-m", *plan.web), environment, f"{mark}-web", plan.folder / "web.log")
    nemeses = [Nemesis("web", web, lambda: answers(port), strike_web, budget=of_web, calm=1.2, **shared)]
    for n in range(1, plan.workers + 1):
        worker = Victim(
            (sys.executable, "-m", *plan.worker), environment, f"{mark}-worker-{n}", plan.folder / f"worker-{n}.log"
        )
        nemeses.append(
            Nemesis(f"worker {n}", worker, lambda: True, strike_worker, budget=of_workers, calm=8.0, **shared)
        )
    draw = random.Random(f"{plan.seed} end")
    try:
        yield nemeses
        for nemesis in reversed(nemeses):
            nemesis.rest()
            nemesis.victim.end(draw)
    finally:
        for nemesis in nemeses:
            nemesis.rest()
            nemesis.victim.kill_all(draw)


def _prepare(plan: Plan, port: int, nemeses: list[Nemesis]) -> Clients:
    """Service up, team and patients on record, clients ready."""
    for nemesis in nemeses:
        nemesis.revive()
    base = f"http://127.0.0.1:{port}"
    load(base)
    people = acts.people(20)
    for door, some in (("consents", acts.consents(people)), ("inclusions", acts.inclusions(people))):
        for record in some:
            answer = requests.post(f"{base}/records/{door}", json=record, timeout=30)
            if not answer.ok:
                raise RuntimeError(f"{door}: {answer.status_code} {answer.text[:400]}")
    return Clients(port, acts.requests(plan.seed, people), plan.seed, threads=plan.clients, rate=plan.rate)


def _heal(port: int, until: float) -> bool:
    """Whether every envelope came to its end in time, as the service's own figures tell."""
    while time.monotonic() < until:
        try:
            text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        except requests.RequestException:
            text = ""
        rows = [line for line in text.splitlines() if line.startswith("binome_envelopes{")]
        if rows and not any(f'state="{state}"' in row for row in rows for state in _PENDING):
            return True
        time.sleep(0.2)
    return False


def _ledgers(plan: Plan, sandbox: Sandbox, witness: Witness, clients: Clients) -> Ledgers:
    store = open_store(plan.database, test=True)
    try:
        return Ledgers(
            sent=clients.sent(),
            kept=reading.kept(store),
            unproved=reading.unproved(store),
            brought=witness.brought(),
            registered=reading.registered(sandbox.state.registry),
            letters=reading.letters(sandbox.state.mailboxes),
            defects=reading.defects(plan.folder.glob("*.log")),
        )
    finally:
        store.close()


def _figures(ledgers: Ledgers) -> dict[str, Any]:
    tried = [one for act in ledgers.kept for envelope in act.envelopes for one in envelope.journal]
    outcomes = Counter(one.outcome or "never settled" for one in tried)
    return {
        "acts sent": len(ledgers.sent),
        "acts acknowledged": sum(sent.acknowledged for sent in ledgers.sent),
        "acts stored": len(ledgers.kept),
        "acts told to be in error": sum(sent.retracted for sent in ledgers.sent),
        "envelopes cancelled": sum(e.state == "cancelled" for act in ledgers.kept for e in act.envelopes),
        "requests cut under way": sum(sent.broken for sent in ledgers.sent),
        "envelopes": sum(len(act.envelopes) for act in ledgers.kept),
        "attempts": len(tried),
        **{f"attempts, {outcome}": count for outcome, count in sorted(outcomes.items())},
        "submissions brought to the shared record": len(ledgers.brought),
        "documents in the shared record": len(ledgers.registered),
        "mails": len(ledgers.letters),
        "mail repeats": repeats(ledgers),
    }
