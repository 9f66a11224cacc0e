"""The store as one structure sees it: the same questions, and only what is seen in their answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mappings.issues import Issue, Refused
from service.scoping.sight import Sight
from service.store import Store
from service.store.history import Changes
from service.store.search import Found, Search
from service.store.unit import StoredVersion

#: Versions looked at together, and at most for one answer.
_CHUNK: Final = 200
_MOST: Final = 20_000


class ScopedStore(Store):
    """Reads through ``store``; what the stories write goes there too, and is judged by them."""

    def __init__(self, store: Store, sight: Sight) -> None:
        self._engine, self._group, self._known, self.exports = store._engine, store._group, store._known, store.exports
        self._sight = sight

    def _seen(self, version: StoredVersion | None) -> StoredVersion | None:
        return version if version is not None and self._sight.sees(version) else None

    def _kept(self, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        return [version for version in versions if self._sight.sees(version)]

    def read(self, type: str, id: str, version: int | None = None) -> StoredVersion | None:
        return self._seen(super().read(type, id, version))

    def read_many(self, keys: Sequence[tuple[str, str]]) -> list[StoredVersion]:
        return self._kept(super().read_many(keys))

    def history(self, type: str, id: str) -> list[StoredVersion]:
        return self._kept(super().history(type, id))

    def current_versions(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        return {(one.type, one.id): one.version for one in self.read_many(keys) if one.body}

    def standing(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, bool]]:
        return {(one.type, one.id): (one.version, bool(one.body)) for one in self.read_many(keys)}

    def count_versions(self, type: str, id: str) -> int:
        return len(self.history(type, id))

    def bearers(self, term: int) -> list[str]:
        return [one.version.id for one in self._all(Search(every=[[term]]), _MOST)]

    def bearers_of(self, terms: Sequence[int]) -> dict[int, list[str]]:
        found = {term: self.bearers(term) for term in terms}
        return {term: ids for term, ids in found.items() if ids}

    def events(self, subscription: str, first: int, last: int, count: int) -> Sequence[tuple[int, StoredVersion]]:
        found = super().events(subscription, first, last, count)
        return [(number, version) for number, version in found if self._sight.sees(version)]

    def changes(self, wanted: Changes) -> list[StoredVersion]:
        found: list[StoredVersion] = []
        below, looked = wanted.below, 0
        while len(found) < wanted.count:
            some = super().changes(replace(wanted, below=below, count=_CHUNK))
            found += self._kept(some)
            if len(some) < _CHUNK:
                break
            below, looked = some[-1].number, _further(looked)
        return found[: wanted.count]

    def beginnings(self, after: int, count: int) -> list[tuple[int, str, bytes]]:
        """All that is seen, at once: there is nothing after it."""
        seen = [] if after else self.changes(Changes(count=_MOST))
        return [(one.number, one.type, one.body) for one in seen if one.body]

    def chains(self) -> list[str]:
        return [chain for chain in super().chains() if chain == self._sight.mine]

    def search(self, wanted: Search) -> list[Found]:
        if wanted.before is None:
            return self._all(wanted, wanted.count)
        found: list[Found] = []
        before, looked = wanted.before, 0
        while len(found) < wanted.count:
            some = super().search(replace(wanted, before=before, count=_CHUNK))
            found = [one for one in some if self._sight.sees(one.version)] + found
            if len(some) < _CHUNK:
                break
            before, looked = some[0].place, _further(looked)
        return found[-wanted.count :] if wanted.count else []

    def count(self, wanted: Search, most: int) -> int:
        return len(self._all(wanted, min(most, _MOST)))

    def _all(self, wanted: Search, most: int) -> list[Found]:
        found: list[Found] = []
        after, looked = wanted.after, 0
        while len(found) < most:
            some = super().search(replace(wanted, after=after, count=_CHUNK))
            found += [one for one in some if self._sight.sees(one.version)]
            if len(some) < _CHUNK:
                break
            after, looked = some[-1].place, _further(looked)
        return found[:most]


def _further(looked: int) -> int:
    """``Refused`` rather than an answer that says nothing of what was not looked at."""
    if looked + _CHUNK >= _MOST:
        text = f"Cette demande porte sur plus de {_MOST} ressources pour une seule structure : précisez-la."
        raise Refused(Issue("too-costly", "", text, "FHIR R4, search.html"))
    return looked + _CHUNK
