"""The command ``binome worker`` with two processes over one store: what waits leaves once, whoever dies."""

import datetime as dt
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.outbox.envelope import Envelope
from service.processes import children
from tests.stores import EMBEDDED, database, postgres_server  # noqa: F401  # fixtures
from tests.waiting import PATIENCE, until
from tests.whole.cores import TO_SHARE, are_shared_out, descendants
from tests.whole.test_whole_way import ALL_ACCEPTED, Way, way  # noqa: F401  # fixtures


def workers(way: Way) -> set[str]:  # noqa: F811
    """Names of the processes that have told where their lanes stand."""
    return {lane.worker for lane in way.store.lanes(dt.datetime.now(dt.UTC))}


@contextmanager
def command(way: Way, folder: Path) -> Iterator[int]:  # noqa: F811
    """The command at work with both its processes; its pid. Ended as a service manager ends it."""
    names = ("database", "keys", "dmp_repository", "dmp_registry", "dmp_patients", "mssante", "attempt_seconds")
    environment = {f"BINOME_{name.upper()}": str(getattr(way.composition.settings, name)) for name in names}
    environment |= {"BINOME_WORKER_PROCESSES": "2", "BINOME_EXPORTS": str(folder / "exports")}
    with children([("worker",)], environment) as (process,):
        until(lambda: len(workers(way)) == 2)
        yield process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def waiting(way: Way, acts: int) -> list[Envelope]:  # noqa: F811
    """Envelopes of so many fresh acts."""
    made = [way.act(f"W-{n}")["act"] for n in range(acts)]
    return [one for act in made for one in way.store.envelopes_of(f"{act}/_history/1")]


def assert_left_once(way: Way, envelopes: list[Envelope]) -> None:  # noqa: F811
    until(lambda: {state for _, state in way.store.backlog()} == {"accepted"})
    assert [len(way.store.attempts_of(one.id)) for one in envelopes] == [1] * len(envelopes)
    documents = {one.document_id for one in envelopes}
    assert [one["stored"] for one in way.documents()] == [1] * len(documents)
    assert len(envelopes) == len(documents) * len(ALL_ACCEPTED)


@EMBEDDED
def test_two_processes_drain_a_backlog_each_envelope_once(way: Way, tmp_path: Path) -> None:  # noqa: F811
    envelopes = waiting(way, 20)
    with command(way, tmp_path) as pid:
        assert len(descendants(pid)) == 2
        assert_left_once(way, envelopes)
        left = descendants(pid)
    assert not any(Path(f"/proc/{one}").exists() for one in left)


@EMBEDDED
def test_one_is_killed_the_other_goes_on_and_another_comes(way: Way, tmp_path: Path) -> None:  # noqa: F811
    with command(way, tmp_path) as pid:
        known, first = workers(way), descendants(pid)
        os.kill(first[0], signal.SIGKILL)
        assert_left_once(way, waiting(way, 3))
        until(lambda: len(workers(way)) == 3)
        assert known < workers(way)
        assert len(set(descendants(pid)) - set(first)) == 1


@EMBEDDED
@TO_SHARE
def test_each_keeps_to_its_cores(way: Way, tmp_path: Path) -> None:  # noqa: F811
    with command(way, tmp_path) as pid:
        assert are_shared_out(pid)
