"""Threads that read, keep and learn what changed while others write: each slow one stopped where it hurts most."""

import threading
import time
from typing import Any

import pytest

from service.store import Store, kept, open_store
from tests.store.keeping import deaf
from tests.stores import unit, write


def test_what_was_found_before_a_commit_is_not_kept_after_it(mine: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread is slow to keep what it found; meanwhile it was written anew, and another thread knows."""
    mine.commit(unit(writes=(write("a"), write("b"))))
    look = kept._look

    def slowly(session: Any, key: Any) -> Any:
        found = look(session, key)
        if key[1] == "b":
            mine.commit(unit(writes=(write("b", 2),)))
            mine.read("Procedure", "a")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(kept, "_look", slowly)
        old = mine.read("Procedure", "b")
    new = mine.read("Procedure", "b")
    assert (old and old.version, new and new.version) == (1, 2)


def test_what_changed_is_learnt_of_the_state_that_was_seen(mine: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread is slow to keep what it found, another slow to learn what changed: between them it was written anew."""
    mine.commit(unit(writes=(write("a"),)))
    look, pulse = kept._look, mine._engine.pulse()
    assert pulse is not None

    def slowly(session: Any, key: Any) -> Any:
        found, seen = look(session, key), pulse.header.raw
        mine.commit(unit(writes=(write("a", 2),)))
        with mine._reading() as another:
            mine._known._catch_up(another, pulse, seen)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(kept, "_look", slowly)
        old = mine.read("Procedure", "a")
    new = mine.read("Procedure", "a")
    assert (old and old.version, new and new.version) == (1, 2)


def test_nobody_goes_back_to_a_state_that_is_over(mine: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread has learnt what changed, and comes to tell it when another is further: what that one kept stays."""
    mine.commit(unit(writes=(write("a"), write("b"))))
    own, lock = mine._known, mine._known._changing

    class Late:
        entered = 0

        def __enter__(self) -> None:
            self.entered += 1
            if self.entered == 2:
                own._changing = lock
                mine.commit(unit(writes=(write("a", 2),)))
                mine.read("Procedure", "a")
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()

    own._changing = Late()  # type: ignore[assignment]
    mine.read("Procedure", "b")
    deaf(mine, monkeypatch)
    found = mine.read("Procedure", "a")
    assert (found and found.version) == 2


def test_a_reader_is_never_behind_what_was_acknowledged_before_it_asked(mine: Store, url: str) -> None:
    """Threads of two stores read while both write, turn by turn."""
    other = open_store(url)
    acknowledged, behind, ended = [0], list[tuple[int, int]](), threading.Event()

    def read(store: Store) -> None:
        while not ended.is_set():
            at_least = acknowledged[0]
            found = store.read("Procedure", "a")
            if (found.version if found else 0) < at_least:
                behind.append((found.version if found else 0, at_least))
            time.sleep(0)  # lets the others have the interpreter

    readers = [threading.Thread(target=read, args=(store,)) for store in (mine, other)]
    for reader in readers:
        reader.start()
    for version in range(1, 101):
        (mine, other)[version % 2].commit(unit(writes=(write("a", version),)))
        acknowledged[0] = version
    ended.set()
    for reader in readers:
        reader.join()
    other.close()
    assert behind == []
