"""What is on record, with what this request is about to add laid over it. Remembers what was relied on."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from mappings.fhir.json import parse
from mappings.issues import Refused
from service.finding import ids_with
from service.store import Store
from service.store.unit import StoredVersion

Resource = dict[str, Any]
Key = tuple[str, str]
T = TypeVar("T")

#: Readings kept by one process before it forgets them all; a reading is a few hundred bytes.
_KEPT = 20_000


class Readings:
    """Readings of stored versions: a version never changes, so its reading is made once a process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int, str], Any] = {}
        #: What was asked after a key was known, the last time: a guess, never an answer.
        self._next: dict[Key, frozenset[Key]] = {}

    def guess_next(self, key: Key) -> frozenset[Key]:
        return self._next.get(key, frozenset())

    def remember_next(self, key: Key, asked: frozenset[Key]) -> None:
        if len(self._next) >= _KEPT:
            self._next.clear()
        self._next[key] = asked

    def reading(self, key: Key, version: int, read: Callable[[Resource], T], fetch: Callable[[], Resource]) -> T:
        whole = (*key, version, read.__name__)
        if whole not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[whole] = read(fetch())
        kept: T = self._kept[whole]
        return kept


class Knowledge:
    """One request's view: pending resources first, then the store's current versions."""

    def __init__(self, store: Store, readings: Readings) -> None:
        self._store = store
        self._readings = readings
        self._pending: dict[Key, tuple[int, Resource]] = {}
        self._current: dict[Key, int] = {}
        #: Last version of what was deleted.
        self._deleted: dict[Key, int] = {}
        self._found: dict[tuple[str, str, str, str], list[str]] = {}
        #: Resources on record as they stand, of the versions in ``_current``.
        self._whole: dict[Key, Resource] = {}
        #: What the decision rests on: checked again, under the lock, by the commit.
        self.relied: dict[Key, int] = {}

    def beside(self) -> "Knowledge":
        """What is on record without this request; the decision does not rest on what is read of it."""
        return Knowledge(self._store, self._readings)

    def add(self, resource: Resource, version: int) -> None:
        """``resource`` will be version ``version`` when this request commits."""
        self._pending[(resource["resourceType"], resource["id"])] = (version, resource)

    def remove(self, type_: str, id_: str) -> None:
        """This resource will be gone when this request commits."""
        key = (type_, id_)
        self._deleted[key] = self.last_version(*key) + 1
        self._current[key] = 0
        self._pending.pop(key, None)

    def is_new(self, type_: str, id_: str) -> None:
        """``id_`` has just been drawn: nothing on record bears it."""
        self._current[(type_, id_)] = 0

    def found(self, type_: str, param: str, system: str, value: str) -> list[str]:
        """Ids on record with this token, asked once."""
        token = (type_, param, system, value)
        if token not in self._found:
            self._found[token] = ids_with(self._store, type_, param, system, value)
        return self._found[token]

    def look_up(self, keys: Iterable[Key]) -> None:
        """Ask for the current versions of ``keys`` in one query, and of what was asked next the last time."""
        unknown = {key for key in keys if key not in self._current and key not in self._pending}
        if unknown:
            unknown = unknown.union(*map(self._readings.guess_next, unknown)) - self._current.keys()
            found = self._store.standing(list(unknown))
            for key in unknown:
                version, in_force = found.get(key, (0, True))
                self._current[key] = version if in_force else 0
                if not in_force:
                    self._deleted[key] = version

    def look_up_after(self, key: Key, keys: Iterable[Key]) -> None:
        """The same for ``keys`` that only the version of ``key`` could name: with luck they are known already."""
        asked = frozenset(keys)
        self._readings.remember_next(key, asked)
        self.look_up(asked)

    def version(self, type_: str, id_: str) -> int:
        """The version in force, 0 when there is none: never written, or deleted."""
        key = (type_, id_)
        if key in self._pending:
            return self._pending[key][0]
        if key not in self._current:
            self.look_up([key])
        return self._current[key]

    def last_version(self, type_: str, id_: str) -> int:
        """The same, but of what was deleted the version that says so."""
        return self.version(type_, id_) or self._deleted.get((type_, id_), 0)

    def rely_on(self, type_: str, id_: str) -> None:
        """The decision rests on this resource being there as it is, whatever it says."""
        key = (type_, id_)
        if key not in self._pending:
            self.relied[key] = self.version(type_, id_)

    def reading(self, type_: str, id_: str, read: Callable[[Resource], T]) -> T | None:
        """``read`` of the version in force, which the decision then relies on; None when there is none.

        What was accepted once but no longer reads as it should counts as absent: unknown, never in force.
        """
        key = (type_, id_)
        try:
            if key in self._pending:
                return read(self._pending[key][1])
            version = self.version(type_, id_)
            if not version:
                return None
            self.relied[key] = version
            return self._readings.reading(key, version, read, lambda: self._fetch(type_, id_, version))
        except Refused:
            return None

    def resource(self, type_: str, id_: str) -> Resource | None:
        """The resource itself, which the decision then relies on; it is kept for this request alone."""
        key = (type_, id_)
        if key in self._pending:
            return self._pending[key][1]
        version = self.version(type_, id_)
        if not version:
            return None
        self.relied[key] = version
        if key not in self._whole:
            self._whole[key] = self._fetch(type_, id_, version)
        return self._whole[key]

    def met(self, stored: StoredVersion) -> Resource | None:
        """The same of what a search has just found: it is not read again."""
        key = (stored.type, stored.id)
        if self._current.setdefault(key, stored.version) == stored.version and key not in self._whole:
            self._whole[key] = parse(stored.body)
        return self.resource(*key)

    def versioned(self, type_: str, id_: str) -> str:
        """``Type/id/_history/n`` of the version in force."""
        return f"{type_}/{id_}/_history/{self.version(type_, id_)}"

    def _fetch(self, type_: str, id_: str, version: int) -> Resource:
        stored = self._store.read(type_, id_, version)
        if stored is None:
            raise LookupError("a current version vanished from the store")
        return parse(stored.body)
