"""Slices on both stores: killed, overtaken, cancelled or failed, what an export holds is one version of each, once."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.exporting import files, selection, slices
from service.exporting.request import ExportRequest
from service.exporting.slices import Exporting
from service.store import Store, open_store
from service.store.exports import ExportJob
from service.store.unit import Fenced, Write
from tests.stores import NOW, later, tokens, unit, write
from tests.waiting import PATIENCE, until

TYPES = ("Patient", "Procedure")
KEEP = dt.timedelta(hours=1)


def resource(type_: str, id_: str, version: int = 1, size: int = 0) -> Write:
    body = orjson.dumps({"resourceType": type_, "id": id_, "meta": {"versionId": str(version)}, "text": "x" * size})
    return write(id_, version, body, type_)


def fill(store: Store, count: int, prefix: str = "r", size: int = 0) -> None:
    for start in range(0, count, 100):
        some = range(start, min(start + 100, count))
        store.commit(unit(writes=tuple(resource(TYPES[n % 2], f"{prefix}-{n}", size=size) for n in some)))


def job(store: Store, id_: str = "job", **parts: Any) -> ExportJob:
    request = ExportRequest(level="system", types=TYPES, url="http://localhost/fhir/$export", token=False)
    made = ExportJob(
        **{
            "id": id_,
            "client": "client",
            "rpps": "",
            "started": NOW,
            "number": store.exports.last_number(),
            "asked": request.dump(),
        }
        | parts
    )
    assert store.exports.add(made, 10)
    return made


def exporting(store: Store, folder: Path, now: dt.datetime = NOW) -> Exporting:
    return Exporting(store, folder, KEEP, lambda: now, tokens())


def held(store: Store, folder: Path, id_: str = "job") -> Counter[tuple[str, str, str]]:
    """(type, id, version) of every line of every file that counts."""
    found: Counter[tuple[str, str, str]] = Counter()
    for file in store.exports.files(id_):
        text = b"".join(files.inflated(folder / id_, file))
        told = [orjson.loads(line) for line in text.splitlines()]
        assert (len(told), len(text)) == (file.count, file.size)
        assert {each["resourceType"] for each in told} <= {file.type}
        found.update((each["resourceType"], each["id"], each["meta"]["versionId"]) for each in told)
    return found


def expected(count: int, prefix: str = "r") -> Counter[tuple[str, str, str]]:
    return Counter((TYPES[n % 2], f"{prefix}-{n}", "1") for n in range(count))


def state(store: Store, id_: str = "job") -> str:
    found = store.exports.read(id_)
    assert found is not None
    return found.state


#: Exports until nothing is left, in windows of twenty numbers; the clock is ahead by so many seconds.
CHILD = """
import datetime as dt, signal, sys, uuid
from pathlib import Path
from service.exporting import slices
from service.store import open_store
slices.WINDOW = 20
store = open_store(sys.argv[1], test=True)
ahead = dt.timedelta(seconds=float(sys.argv[3]))
clock = lambda: dt.datetime.now(dt.UTC) + ahead
advance, upto = store.exports.advance, int(sys.argv[4])
def advanced(job, reached, *more):
    advance(job, reached, *more)
    # Whoever is to kill it finds it at work, however late.
    if reached >= upto:
        signal.pause()
store.exports.advance = advanced
one = slices.Exporting(store, Path(sys.argv[2]), dt.timedelta(hours=1), clock, lambda: str(uuid.uuid4()))
print("ready", flush=True)
while one.turn():
    pass
"""


def child(url: str, folder: Path, ahead: float, upto: int = 1_000_000) -> subprocess.Popen[bytes]:
    """Exports until ``upto`` is reached, by a clock so many seconds ahead."""
    root = Path(__file__).parents[2]
    made = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(folder), str(ahead), str(upto)],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert made.stdout is not None
    assert made.stdout.readline() == b"ready\n"
    return made


def ended(process: subprocess.Popen[bytes]) -> None:
    process.wait(PATIENCE)
    assert process.stdout is not None
    process.stdout.close()


def test_killed_in_the_middle_and_resumed(database: str, tmp_path: Path) -> None:
    store = open_store(database, test=True)
    fill(store, 3_000)
    job(store)
    folder, draw, reached = tmp_path / "exports", random.Random(7), []
    for turn in range(4):
        before = reached[-1] if reached else 0
        process = child(database, folder, turn * 120, before + 600)
        # Killed at work: once some slices of its own are durable, or a moment later.
        until(partial(_has_reached, store, before + 200))
        time.sleep(draw.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        ended(process)
        reached.append(_reached(store))
        assert state(store) == "running"
    assert reached == sorted(set(reached))
    assert reached[-1] < 3_000
    assert held(store, folder) <= expected(3_000)
    last = child(database, folder, 4 * 120)
    ended(last)
    assert state(store) == "complete"
    assert held(store, folder) == expected(3_000)
    assert {file.attempt for file in store.exports.files("job")} == {1, 2, 3, 4, 5}
    store.close()


def _reached(store: Store) -> int:
    found = store.exports.read("job")
    assert found is not None
    return found.reached


def _has_reached(store: Store, count: int) -> bool:
    return _reached(store) >= count


def test_what_is_written_meanwhile_changes_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 100)
    job(store)
    monkeypatch.setattr(slices, "WINDOW", 7)
    advance, turn = store.exports.advance, iter(range(1_000))

    def meanwhile(*arguments: Any) -> None:
        advance(*arguments)
        n = next(turn)
        store.commit(
            unit(writes=(resource("Patient", f"r-{(n * 14) % 100}", 2 + n // 50), resource("Patient", f"n-{n}")))
        )

    monkeypatch.setattr(store.exports, "advance", meanwhile)
    assert exporting(store, tmp_path).turn()
    assert held(store, tmp_path) == expected(100)
    assert store.exports.last_number() > 100


def test_who_has_lost_the_lease_settles_nothing(store: Store, tmp_path: Path) -> None:
    fill(store, 10)
    job(store)
    first = store.exports.claim(NOW, 60, "a")
    assert first is not None
    assert store.exports.claim(later(59), 60, "b") is None
    second = store.exports.claim(later(60), 60, "b")
    assert second is not None
    assert (first.attempts, second.attempts) == (1, 2)
    for late in (
        lambda: store.exports.advance(first, 10, (), later(120)),
        lambda: store.exports.end(first, "complete", later(120)),
        lambda: store.exports.leave(first, NOW, defect=True),
    ):
        with pytest.raises(Fenced):
            late()
    assert state(store) == "running"
    store.exports.end(second, "complete", later(120))
    assert state(store) == "complete"


def test_a_cancelled_export_stops_at_its_slice_and_its_files_go(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 100)
    job(store)
    monkeypatch.setattr(slices, "WINDOW", 10)
    settle = files.Parts.settle

    def cancelled(parts: files.Parts) -> Any:
        store.exports.cancel("job", NOW)
        return settle(parts)

    monkeypatch.setattr(files.Parts, "settle", cancelled)
    assert exporting(store, tmp_path).turn()
    assert state(store) == "cancelled"
    # Somebody might be writing still, as far as anybody knows.
    assert not exporting(store, tmp_path, later(59)).turn()
    assert (tmp_path / "job").exists()
    assert not exporting(store, tmp_path, later(61)).turn()
    assert not (tmp_path / "job").exists()
    assert store.exports.read("job") is None
    assert store.exports.files("job") == []


def test_stopped_politely_another_goes_on_at_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 100)
    job(store)
    monkeypatch.setattr(slices, "WINDOW", 10)
    first = exporting(store, tmp_path)
    settle = files.Parts.settle

    def stopping(parts: files.Parts) -> Any:
        first.stop()
        return settle(parts)

    with monkeypatch.context() as patched:
        patched.setattr(files.Parts, "settle", stopping)
        assert first.turn()
    assert state(store) == "running"
    assert sum(held(store, tmp_path).values()) == 10
    assert exporting(store, tmp_path).turn()
    assert held(store, tmp_path) == expected(100)


def test_who_goes_on_names_the_same_elements(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, 100, size=50)
    asked = ExportRequest(level="system", types=TYPES, elements=(("Patient", "text"), ("", "id")), url="", token=False)
    job(store, asked=asked.dump())
    monkeypatch.setattr(slices, "WINDOW", 10)
    for turn in range(10):
        one = exporting(store, tmp_path)
        if turn < 9:
            settle = files.Parts.settle

            def stopping(parts: files.Parts, one: Exporting = one, settle: Any = settle) -> Any:
                one.stop()
                return settle(parts)

            with monkeypatch.context() as patched:
                patched.setattr(files.Parts, "settle", stopping)
                assert one.turn()
            assert state(store) == "running"
        else:
            assert one.turn()
    assert state(store) == "complete"
    assert held(store, tmp_path) == expected(100)
    lines = [
        orjson.loads(line)
        for file in store.exports.files("job")
        for line in b"".join(files.inflated(tmp_path / "job", file)).splitlines()
    ]
    assert {file.attempt for file in store.exports.files("job")} == set(range(1, 11))
    for line in lines:
        assert ("text" in line) == (line["resourceType"] == "Patient")
        assert [tag["code"] for tag in line["meta"]["tag"]] == ["SUBSETTED"]


def test_a_defect_is_tried_again_and_not_for_ever(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 10)
    job(store)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files.Part, "add", full)
        assert exporting(store, tmp_path).turn()
        assert not exporting(store, tmp_path, later(29)).turn()
        assert exporting(store, tmp_path, later(30)).turn()
        assert state(store) == "running"
    job(store, "other")
    with monkeypatch.context() as patched:
        patched.setattr(files.Part, "add", full)
        assert exporting(store, tmp_path, later(100)).turn()
        assert exporting(store, tmp_path, later(100)).turn()
    assert state(store) == "failed"
    assert exporting(store, tmp_path, later(200)).turn()
    assert held(store, tmp_path, "other") == expected(10)


def test_memory_does_not_grow_with_what_is_exported(store: Store, tmp_path: Path) -> None:
    for _ in range(3):
        fill(store, 20, prefix=str(_), size=1_000_000)
    job(store)
    tracemalloc.start()
    assert exporting(store, tmp_path).turn()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(held(store, tmp_path).values()) == 60
    assert peak < 20_000_000


def test_an_empty_store_exports_nothing(store: Store, tmp_path: Path) -> None:
    job(store)
    assert exporting(store, tmp_path).turn()
    assert (state(store), store.exports.files("job")) == ("complete", [])


def test_a_proof_is_in_the_record_of_what_it_proves_near_or_far(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "_REMEMBERED", 4)
    mine, others = {"reference": "Patient/mine"}, {"reference": "Patient/other"}
    bodies: list[dict[str, Any]] = [
        {"resourceType": "Procedure", "id": "p", "subject": mine},
        {"resourceType": "Procedure", "id": "q", "subject": others},
        {"resourceType": "Provenance", "id": "near", "target": [{"reference": "Procedure/p/_history/1"}]},
        {"resourceType": "Provenance", "id": "alien", "target": [{"reference": "Procedure/q/_history/1"}]},
        *({"resourceType": "Procedure", "id": f"q{n}", "subject": others} for n in range(10)),
        {"resourceType": "Provenance", "id": "far", "target": [{"reference": "Procedure/p/_history/1"}]},
        {"resourceType": "Provenance", "id": "nowhere", "target": [{"reference": "Procedure/none/_history/1"}]},
    ]
    for body in bodies:
        told = orjson.dumps(body | {"meta": {"versionId": "1"}})
        store.commit(unit(writes=(write(body["id"], 1, told, body["resourceType"]),)))
    request = ExportRequest(
        level="patient", types=("Procedure", "Provenance"), patients=("mine",), url="http://x", token=False
    )
    job(store, asked=request.dump())
    assert exporting(store, tmp_path).turn()
    assert {id_ for _, id_, _ in held(store, tmp_path)} == {"p", "near", "far"}


def test_two_workers_share_the_jobs(database: str, tmp_path: Path) -> None:
    store = open_store(database, test=True)
    fill(store, 300)
    names = [f"job-{n}" for n in range(4)]
    for name in names:
        job(store, name)
    workers = [child(database, tmp_path, 0) for _ in range(2)]
    for worker in workers:
        ended(worker)
    for name in names:
        assert state(store, name) == "complete"
        assert held(store, tmp_path, name) == expected(300)
        assert {file.attempt for file in store.exports.files(name)} == {1}
    store.close()
