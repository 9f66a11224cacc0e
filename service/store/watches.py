"""Who watches for what, and what a write is to them. Pure; the rows are in ``subscriptions``.

A process keeps what it read of the watches, and is told by one number, under the writer's lock, that they changed:
without any subscription a write costs the look into an empty table in memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from service.store.unit import Index


class Watcher(NamedTuple):
    """One subscription's watch over the writes of one type."""

    subscription: str
    every: tuple[frozenset[int], ...]
    none: frozenset[int]
    becoming: bool
    #: Microseconds since 1970; no write from then on is an event.
    ends: int


@dataclass(slots=True)
class Watchers:
    """All that watch the writes of one type, so that a write looks at few of them however many they are."""

    #: By the terms of one of their conditions: the last, for what narrows a topic comes after it.
    by_term: dict[int, list[Watcher]] = field(default_factory=dict)
    #: Those without condition.
    others: list[Watcher] = field(default_factory=list)

    def add(self, watcher: Watcher) -> None:
        if not watcher.every:
            self.others.append(watcher)
        for term in watcher.every[-1] if watcher.every else ():
            self.by_term.setdefault(term, []).append(watcher)

    def candidates(self, terms: Sequence[int]) -> Iterable[Watcher]:
        """Each once."""
        near = (watcher for term in terms if term in self.by_term for watcher in self.by_term[term])
        return {watcher.subscription: watcher for watcher in chain(self.others, near)}.values()


@dataclass(slots=True)
class Watching:
    """What one process knows of the watches, and the change it was read at."""

    change: int = -1
    by_type: Mapping[str, Watchers] = field(default_factory=dict)


def meeting(watchers: Watchers | None, index: Index, stale: Index, now: int) -> Iterable[str]:
    """Subscriptions of which a write is an event, among those that watch its type: by its entries, and those it takes away."""
    # What is deleted has no entries left, and is an event of nobody.
    if watchers is None or not index.terms:
        return ()
    return (
        watcher.subscription
        for watcher in watchers.candidates(index.terms)
        if now < watcher.ends and _meets(watcher, index) and not (watcher.becoming and _meets(watcher, stale))
    )


def _meets(watcher: Watcher, index: Index) -> bool:
    terms = index.terms
    return (
        bool(terms)
        and all(not alternatives.isdisjoint(terms) for alternatives in watcher.every)
        and watcher.none.isdisjoint(terms)
    )
