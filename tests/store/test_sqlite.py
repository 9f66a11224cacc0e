"""The embedded engine starts only in settings that survive a power loss."""

import multiprocessing
from pathlib import Path

import apsw
import pytest

from service.store import Unconfirmed, UnsafeSettings, open_store
from service.store.sqlite import EXTRA, FULL, check_settings
from tests.stores import act, unit, write
from tests.waiting import PATIENCE

NORMAL = 1


@pytest.mark.parametrize(
    ("version", "journal", "synchronous", "safe"),
    [
        ("3.54.1", "wal", FULL, True),
        ("3.51.3", "wal", FULL, True),
        ("3.51.3", "wal", EXTRA, True),
        ("3.51.3", "wal", NORMAL, False),
        ("3.51.3", "wal", 0, False),
        ("3.51.2", "wal", FULL, False),
        ("3.51.2", "wal", EXTRA, False),
        ("3.40.1", "wal", FULL, False),
        ("3.7.0", "wal", FULL, False),
        ("3.7.0.1", "wal", FULL, False),
        ("3.40.1", "delete", EXTRA, True),
        ("3.40.1", "delete", FULL, False),
        ("3.54.1", "delete", FULL, False),
        ("3.54.1", "memory", EXTRA, False),
        ("3.54.1", "off", EXTRA, False),
        ("3.54.1", "truncate", EXTRA, False),
    ],
)
def test_settings(version: str, journal: str, synchronous: int, safe: bool) -> None:
    if safe:
        check_settings(version, journal, synchronous)
    else:
        with pytest.raises(UnsafeSettings):
            check_settings(version, journal, synchronous)


def test_an_old_engine_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.40.1")
    with pytest.raises(UnsafeSettings):
        open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")


def test_folders_are_made_and_memory_is_refused(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'a' / 'b' / 'x.sqlite'}").close()
    assert (tmp_path / "a" / "b" / "x.sqlite").exists()
    for url in ("sqlite:///:memory:", "sqlite:///", "mysql://x"):
        with pytest.raises(ValueError, match="BINOME_DATABASE"):
            open_store(url)


def test_readers_cannot_write(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with pytest.raises(apsw.ReadOnlyError), store._engine.reading() as session:
        session.run_all("DELETE FROM chain_head", [()])
    store.close()


def _commit_many(path: str, name: str) -> None:
    store = open_store(path)
    for n in range(40):
        store.commit(unit(writes=(write(f"{name}-{n}"),)))
    store.close()


def test_processes_share_one_chain(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=_commit_many, args=(url, name)) for name in "abc"]
    for child in children:
        child.start()
    for child in children:
        child.join(PATIENCE)
        assert child.exitcode == 0
    store = open_store(url)
    assert [link.sequence for link in store.links("Organization/msp-fictive")] == list(range(1, 121))
    store.close()


def test_no_room(tmp_path: Path) -> None:
    """Disk full: nothing acknowledged, nothing stored, and the store goes on when there is room."""
    store = open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")
    store.commit(act("before"))
    store._engine._writer.pragma("max_page_count", store._engine._writer.pragma("page_count") + 2)
    with pytest.raises(Unconfirmed):
        store.commit(act("during"))
    assert store.read("Procedure", "during-0") is None
    store.commit(act("after"))
    assert store.read("Procedure", "after-0") is not None
    assert store.head("Organization/msp-fictive").sequence == 22
    store.close()
