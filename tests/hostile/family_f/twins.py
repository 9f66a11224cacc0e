"""Two houses alike, one over each engine: every hostile request is played at both, and held to account."""

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from werkzeug.test import TestResponse

from service.store import open_store
from tests.hostile.family_f.case import Case, Ground, bytes_of, url_of
from tests.hostile.family_f.rows import rows_of
from tests.house import House, Json


@dataclass(frozen=True)
class Played:
    """What one house answered, and what it cost."""

    status: int
    #: Of a refusal.
    body: Json | None
    text: str
    headers: str
    logged: str
    #: Of this process.
    seconds: float
    elapsed: float
    #: Above what it held before, at the worst moment.
    megabytes: float
    changed: frozenset[str]

    @property
    def codes(self) -> list[str]:
        return [issue["code"] for issue in (self.body or {}).get("issue", ())]

    @property
    def sentences(self) -> list[str]:
        return [issue["details"]["text"] for issue in (self.body or {}).get("issue", ())]


class Twin:
    """One house, and the hand that plays at it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.house = House(open_store(url, test=True), folder)
        self.ground = Ground(self.house)
        self.rows = rows_of(url)
        self._last = self.rows.dump()

    def play(self, case: Case) -> Played:
        url, body = url_of(case, self.ground), bytes_of(case, self.ground)
        with ears() as heard:
            held = _resident("VmRSS")
            Path("/proc/self/clear_refs").write_text("5")  # forgets the worst moment until now
            began, cpu = time.perf_counter(), time.process_time()
            answer = self.house.app.test_client().open(
                f"/fhir{url and '/'}{url}",
                method=case.method,
                data=body,
                headers={"Content-Type": case.kind} | dict(case.headers),
                environ_overrides=dict(case.environ),
            )
            cpu, elapsed = time.process_time() - cpu, time.perf_counter() - began
            worst = _resident("VmHWM") - held
        return Played(
            status=answer.status_code,
            body=_json(answer),
            text=answer.get_data(as_text=True) if answer.status_code >= 400 else "",
            headers="\n".join(f"{name}: {value}" for name, value in answer.headers),
            logged=heard.getvalue(),
            seconds=cpu,
            elapsed=elapsed,
            megabytes=worst / 1024,
            changed=self.changed(),
        )

    def changed(self) -> frozenset[str]:
        """The tables that differ from the last time somebody looked."""
        before, self._last = self._last, self.rows.dump()
        return frozenset(table for table, rows in self._last.items() if rows is not before.get(table))


class Twins:
    """Both; what was played once is not played again."""

    def __init__(self, urls: tuple[str, str], folder: Path) -> None:
        self.pair = tuple(Twin(url, folder / f"keys-{n}") for n, url in enumerate(urls))
        self._played: dict[str, tuple[Played, ...]] = {}

    def play(self, name: str, case: Case) -> tuple[Played, ...]:
        if name not in self._played:
            self._played[name] = tuple(twin.play(case) for twin in self.pair)
        return self._played[name]

    def close(self) -> None:
        for twin in self.pair:
            twin.rows.close()
            twin.house.store.close()


@contextmanager
def ears() -> Iterator[io.StringIO]:
    """All that any logger says, at the most talkative, and all that is printed."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _resident(which: str) -> int:
    """Kilobytes of memory that this process holds now (VmRSS), or held at its worst moment (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{which}:")[2].split()[0])


def _json(answer: TestResponse) -> Json | None:
    if answer.status_code < 400 or not (answer.mimetype or "").endswith("json"):
        return None
    found = answer.get_json(silent=True)
    return found if isinstance(found, dict) else None
