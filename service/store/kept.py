"""Versions that were read, kept in this process for as long as they are what is on record.

A version that is kept is given without asking the database, when the engine's pulse says that nothing was committed
since it was last known to be current. When something was, whoever asks next learns which resources have a version more,
and only those are dropped: a version never changes and is never taken away, which the schema holds. PostgreSQL has no
pulse: nothing is kept (docs/decisions/0063-a-read-without-the-database.md).
"""

import threading
from typing import Final

from service.store import rows
from service.store.engine import Engine, Pulse, Session
from service.store.unit import StoredVersion

#: (type, id, version); of the current one, no version.
Key = tuple[str, str, int | None]

#: Bytes of one process, and what a version takes beside its body.
MOST: Final = 16 * 1024 * 1024
BESIDE: Final = 400
#: Once there is no room, one in so many is kept: who reads through everything does not put out what others ask for.
_ONE_IN: Final = 8
#: Changes that are looked at one by one; after more, nothing is kept.
_FEW: Final = 500
_VERSIONS: Final = f"SELECT {rows.VERSION} FROM resource_version v WHERE v.type = ? AND v.id = ?"
_CURRENT: Final = f"{_VERSIONS} ORDER BY v.version DESC LIMIT 1"
_ONE: Final = f"{_VERSIONS} AND v.version = ?"
_SINCE: Final = "SELECT number, type, id FROM resource_version WHERE number > ? ORDER BY number LIMIT ?"
_LAST: Final = "SELECT coalesce(max(number), 0) FROM resource_version"
_SCHEMA: Final = "PRAGMA schema_version"
#: Without them a version may change under its number.
_FIXED: Final = """
    SELECT count(*) FROM sqlite_schema
    WHERE type = 'trigger' AND name IN ('resource_version_is_kept', 'resource_version_is_fixed')"""


class Kept:
    """What one process keeps. Safe for many threads: what is kept is looked at without a lock, and changed under one."""

    def __init__(self, engine: Engine, most: int = MOST) -> None:
        self._engine = engine
        self._most = most
        self._changing = threading.Lock()
        self._versions: dict[Key, StoredVersion] = {}
        self.weight = self._beyond = 0
        self._pulse: Pulse | None = None
        #: The state of the database that everything kept belongs to, its schema, the last number written by then.
        self._state = b""
        self._schema = self._last = 0

    def get(self, key: Key) -> StoredVersion | None:
        """None when it is not known without asking."""
        pulse = self._pulse
        # In this order: what is kept once the states were found alike is what was on record after we were asked.
        if pulse is not None and pulse.header.raw == self._state:
            self._engine.durable.shown()
            return self._versions.get(key)
        return None

    def read(self, session: Session, key: Key) -> StoredVersion | None:
        """What is kept by now, or what is found, to be kept."""
        pulse = self._engine.pulse()
        if pulse is None or not pulse.sound(state := pulse.header.raw):
            return _look(session, key)
        # Whatever is asked of the database from here on is what is on record at ``state`` or later.
        if state != self._state or pulse is not self._pulse:
            self._catch_up(session, pulse, state)
        if state == self._state and (kept := self._versions.get(key)) is not None:
            return kept
        found = _look(session, key)
        if found is not None:
            self._keep(state, key, found)
        return found

    def _catch_up(self, session: Session, pulse: Pulse, state: bytes) -> None:
        """Drop what was written anew since; what is left is what is on record at ``state``."""
        with self._changing:
            known, last = (self._pulse, self._state, self._schema), self._last
        schema: int = session.rows(_SCHEMA)[0][0]
        news = None
        if (pulse, schema) == (known[0], known[2]):
            news = session.rows(_SINCE, (last, _FEW + 1))
        elif session.rows(_FIXED)[0][0] != 2:
            return
        if news is None or len(news) > _FEW:
            news, last = None, session.rows(_LAST)[0][0]
        elif news:
            last = news[-1][0]
        if pulse.header.raw != state:
            # ``last`` may be later than ``state``: another thread that found something by then would keep it unnoticed.
            return
        with self._changing:
            if (self._pulse, self._state, self._schema) != known:
                return  # another thread was faster; nobody goes back
            if news is None:
                self._versions.clear()
                self.weight = 0
            else:
                for _, type, id in news:
                    self._drop((type, id, None))
            self._pulse, self._schema, self._last = pulse, schema, last
            # At the end: from here on the others look at what is kept.
            self._state = state

    def _keep(self, state: bytes, key: Key, found: StoredVersion) -> None:
        weight = _weight(found)
        if weight > self._most // 8:
            return
        with self._changing:
            if state != self._state:
                return
            if self.weight + weight > self._most:
                self._beyond += 1
                if self._beyond % _ONE_IN:
                    return
            self._drop(key)
            # The same texts once.
            self._versions[found.type, found.id, key[2]] = found
            self.weight += weight
            while self.weight > self._most:
                self._drop(next(iter(self._versions)))

    def _drop(self, key: Key) -> None:
        if (dropped := self._versions.pop(key, None)) is not None:
            self.weight -= _weight(dropped)


def _look(session: Session, key: Key) -> StoredVersion | None:
    found = session.rows(_CURRENT, key[:2]) if key[2] is None else session.rows(_ONE, key)
    return rows.stored_version(found[0]) if found else None


def _weight(version: StoredVersion) -> int:
    return len(version.body) + BESIDE
