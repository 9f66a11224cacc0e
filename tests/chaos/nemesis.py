"""Kills the web process or the worker at random moments, and starts it again, as a supervisor would."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from tests.chaos.victims import Victim

#: Longest start, under load, seconds.
_START: Final = 40.0


class Budget:
    """How many kills are still to be made, by those who share them."""

    def __init__(self, kills: int) -> None:
        self._left = kills
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


class Nemesis:
    """One victim: let it run, kill it, start it again, until the budget is spent; from then on only keep it up."""

    def __init__(
        self,
        name: str,
        victim: Victim,
        ready: Callable[[], bool],
        strike: Callable[[Victim, random.Random], str],
        *,
        seed: int,
        budget: Budget,
        until: float,
        calm: float,
    ) -> None:
        self.victim = victim
        self.kills: Counter[str] = Counter()
        self.failure: BaseException | None = None
        self._name = name
        self._ready = ready
        self._strike = strike
        self._draw = random.Random(f"{seed} {name}")
        self._budget = budget
        self._until = until
        self._calm = calm
        self._spent = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name=f"nemesis-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        """Until the budget is spent and the victim is up; what went wrong on the way is raised here."""
        self._spent.wait()
        if self.failure is not None:
            raise self.failure

    def rest(self) -> None:
        """Keep it up no longer."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_START)

    def revive(self) -> None:
        """Running and ready, whatever it was; ``TimeoutError`` when it does not start."""
        until = time.monotonic() + _START
        while not (self.victim.alive() and self._ready()):
            if not self.victim.alive():
                # Orphans of a dead first process would share the port and the database with the new one.
                self.victim.kill_all(self._draw)
                self.victim.start()
            if time.monotonic() > until:
                raise TimeoutError(f"{self._name} is not ready after {_START:.0f} s")
            time.sleep(0.02)

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as failure:
            self.failure = failure
        finally:
            self._spent.set()

    def _run(self) -> None:
        while not self._over.is_set() and time.monotonic() < self._until and self._budget.take():
            # One kill in eight strikes a process that has not finished starting.
            if self._draw.random() < 0.125 and self.victim.alive():
                time.sleep(self._draw.uniform(0, 0.5))
            else:
                self.revive()
                time.sleep(self._draw.uniform(0, self._calm))
            self.kills[f"{self._name} {self._strike(self.victim, self._draw)}"] += 1
            if not self.victim.alive():
                self.victim.kill_all(self._draw)
                self.victim.start()
        self.revive()
        self._spent.set()
        while not self._over.wait(0.2):
            self.revive()


def strike_web(victim: Victim, draw: random.Random) -> str:
    """The whole set; or one child, which is respawned; or the first process, whose orphans go on for a while."""
    kind = draw.choice(("all", "all", "all", "child", "child", "first"))
    if kind == "child" and victim.kill_child(draw):
        return "child"
    if kind == "first":
        victim.kill_first()
        time.sleep(draw.uniform(0, 0.3))
    victim.kill_all(draw)
    return "first, then orphans" if kind == "first" else "all"


def strike_worker(victim: Victim, draw: random.Random) -> str:
    victim.kill_all(draw)
    return "all"


def answers(port: int) -> bool:
    """Whether the web process says that it can serve."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
