"""What must be so: every version ever written, in its order, in a list. It shares nothing with the service.

The model is told what is asked before it is answered and says what the answer will be. What the server makes of itself
around an act is taken as it came (``absorb``); what a client wrote is predicted whole.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from tests.api.stateful.resources import Json, Key, identifiers, pointers, stamped, without_stamp

Holds = Callable[[Json], bool]

#: Types whose business identifier is borne by one resource only.
UNIQUE = ("Patient", "Practitioner", "Organization")


class Impossible(Exception):
    """A patch that cannot be made of this resource; its status."""


@dataclass(frozen=True)
class Version:
    """One version; ``body`` is None when it deletes."""

    type: str
    id: str
    version: int
    body: Json | None
    recorded: dt.datetime

    @property
    def key(self) -> Key:
        return self.type, self.id


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change asked. ``holds`` is its condition, where it has one."""

    method: str
    type: str
    #: What tells the same request again: the address, the format and the body.
    same: str
    id: str = ""
    holds: Holds | None = None
    if_match: int = 0
    key: str = ""
    resource: Json | None = None
    patch: Callable[[Json], Json] | None = None


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is answered. ``id`` is empty where the server chooses one."""

    status: int
    change: Change
    id: str = ""
    version: int = 0
    #: What is kept, without id and meta that are the server's; None for a deletion, or where nothing is written.
    body: Json | None = None
    writes: bool = False
    #: The version that is answered where nothing is written.
    found: Version | None = None
    replayed: bool = False


@dataclass(frozen=True)
class Done:
    """A request that was carried out, and what it was answered."""

    same: str
    key: Key
    version: int


@dataclass
class Model:
    """Versions in the order of writing, and what was asked under a name that counts once."""

    log: list[Version] = field(default_factory=list)
    #: By type, system and value: each claim of an identifier, the next one when its bearer is gone.
    claims: dict[tuple[str, str, str], list[Done]] = field(default_factory=dict)
    #: By Idempotency-Key.
    keys: dict[str, Done] = field(default_factory=dict)

    # What is on record

    def versions(self, key: Key) -> list[Version]:
        return [one for one in self.log if one.key == key]

    def last(self, key: Key) -> Version | None:
        return next((one for one in reversed(self.log) if one.key == key), None)

    def current(self, type_: str = "") -> list[Version]:
        """Versions in force, in the order of writing."""
        last = {one.key: one for one in self.log}
        kept = {id(one) for one in last.values() if one.body is not None}
        return [one for one in self.log if id(one) in kept and type_ in ("", one.type)]

    def body(self, key: Key) -> Json | None:
        last = self.last(key)
        return last.body if last else None

    def pointed_at(self, key: Key) -> bool:
        return any(one.key != key and key in pointers(one.body) for one in self.current())

    def bears(self, type_: str, system: str, value: str) -> bool:
        return any((system, value) in identifiers(one.body) for one in self.current(type_))

    # What is asked

    def expect(self, change: Change, beside: Collection[Key] = ()) -> Expected:
        """The answer; nothing changes before it is recorded. ``beside`` comes in the same commit."""
        if done := self.keys.get(change.key):
            return self._replayed(change, done) if done.same == change.same else Expected(status=422, change=change)
        id_, met = change.id, list[str]()
        if change.holds:
            met = [one.id for one in self.current(change.type) if change.holds(one.body or {})]
            if len(met) > 1:
                return Expected(status=412, change=change)
            told = str((change.resource or {}).get("id", "")) if change.method == "PUT" else ""
            if met and told not in ("", met[0]):
                return Expected(status=400, change=change)
            if met and change.method == "POST":
                return self._nothing(change, met[0])
            id_ = met[0] if met else told
            if not id_ and change.method == "PATCH":
                return Expected(status=404, change=change)
        last = self.last((change.type, id_)) if id_ else None
        in_force = last.version if last and last.body is not None else 0
        if change.if_match not in (0, in_force):
            return Expected(status=412, change=change)
        if change.method == "PUT" and change.holds and in_force and not met:
            return Expected(status=409, change=change)
        if change.method == "DELETE":
            return self._deleted(change, last)
        return self._written(change, id_, last, beside)

    def record(self, expected: Expected, id_: str, now: dt.datetime) -> Version | None:
        """What was expected has happened, under ``id_``."""
        change, kept = expected.change, None
        if expected.status >= 400 or expected.replayed:
            return None
        if expected.writes:
            body = None if expected.body is None else stamped(expected.body, id_, expected.version, now)
            self.log.append(kept := Version(change.type, id_, expected.version, body, now))
        done = Done(change.same, (change.type, id_), expected.version)
        if change.key:
            self.keys[change.key] = done
        if expected.writes and expected.status == 201 and change.type in UNIQUE:
            for system, value in identifiers(expected.body):
                self.claims.setdefault((change.type, system, value), []).append(done)
        return kept

    def absorb(self, versions: Iterable[Version]) -> None:
        """What came by another way than these changes."""
        for one in versions:
            self.log.append(one)
            if one.version == 1 and one.type in UNIQUE:
                for system, value in identifiers(one.body):
                    self.claims.setdefault((one.type, system, value), []).append(Done("", one.key, 1))

    def _written(self, change: Change, id_: str, last: Version | None, beside: Collection[Key]) -> Expected:
        before = last.body if last else None
        said = change.resource
        if change.patch is not None:
            if before is None:
                return Expected(status=410 if last else 404, change=change)
            try:
                said = change.patch(before)
            except Impossible as fault:
                return Expected(status=int(str(fault)), change=change)
        assert said is not None
        if before is not None and last and without_stamp(before) == without_stamp({**said, "id": id_}):
            return self._nothing(change, id_)
        version = last.version + 1 if last else 1
        others = pointers(said) - {(change.type, id_), *beside}
        if any(self.body(key) is None for key in others):
            return Expected(status=422, change=change)
        if before is None and change.type in UNIQUE and (repeated := self._claimed(change, said)):
            return repeated
        status = 200 if before is not None else 201
        return Expected(status=status, change=change, id=id_, version=version, body=said, writes=True)

    def _claimed(self, change: Change, said: Json) -> Expected | None:
        """A creation of what is there already: the same answer to the same request, a conflict for any other."""
        freed: set[tuple[str, str]] = set()
        while True:
            for system, value in identifiers(said):
                claims = self.claims.get((change.type, system, value), [])
                if not claims or (system, value) in freed:
                    continue
                if not self.bears(change.type, system, value):
                    freed.add((system, value))
                    break
                if claims[0].same == change.same:
                    return self._replayed(change, claims[0])
                return Expected(status=409, change=change)
            else:
                return None

    def _deleted(self, change: Change, last: Version | None) -> Expected:
        if last is None or last.body is None:
            return Expected(status=204, change=change, id=last.id if last else change.id)
        if self.pointed_at(last.key):
            return Expected(status=409, change=change)
        return Expected(status=204, change=change, id=last.id, version=last.version + 1, writes=True)

    def _nothing(self, change: Change, id_: str) -> Expected:
        found = self.last((change.type, id_))
        assert found is not None
        return Expected(status=200, change=change, id=id_, version=found.version, found=found)

    def _replayed(self, change: Change, done: Done) -> Expected:
        found = next((one for one in self.versions(done.key) if one.version == done.version), None)
        gone = found is None or found.body is None
        version = 0 if gone or found is None else found.version
        found = None if gone else found
        return Expected(
            status=204 if gone else 200, change=change, id=done.key[1], version=version, found=found, replayed=True
        )
