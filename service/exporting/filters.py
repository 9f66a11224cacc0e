"""``_typeFilter``: the conditions of a search, held to one version at a time (Bulk Data Access 2.0, export.html).

The index finds what is current now; an export tells what stood at its number. So the entries of each version are made
anew from its bytes and compared here. What a chain leads to was looked up when the export was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.store.conditions import Bits, Condition, Entry, Named, Recorded, Span, Text
from service.store.exports import Standing
from service.store.instants import micros
from service.store.unit import Index

_KINDS: Final[dict[str, Any]] = {kind.__name__: kind for kind in (Span, Text, Bits, Named, Recorded)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A search on one type: every condition is met, and none of the others."""

    type: str
    every: Sequence[Condition]
    none: Sequence[Condition] = ()

    def meets(self, standing: Standing, index: Index) -> bool:
        met = _Version(standing, index, frozenset(index.terms)).meets
        return all(met(condition) for condition in self.every) and not any(met(condition) for condition in self.none)

    def told(self) -> list[Any]:
        """As JSON keeps it."""
        return [
            self.type,
            [_told(condition) for condition in self.every],
            [_told(condition) for condition in self.none],
        ]


def read_filter(told: Sequence[Any]) -> Filter:
    """What ``told`` gave."""
    type_, every, none = told
    return Filter(type=type_, every=[_read(each) for each in every], none=[_read(each) for each in none])


@dataclass(frozen=True, slots=True)
class _Version:
    standing: Standing
    index: Index
    terms: frozenset[int]

    def meets(self, condition: Condition) -> bool:
        """Whether one of the alternatives holds."""
        return any(self._holds(one) for one in condition)

    def _holds(self, one: Entry) -> bool:
        match one:
            case int():
                return one in self.terms
            case Span(space, low_from, low_before, high_after, high_to):
                return any(
                    its == space and low_from <= low < low_before and high_after < high <= high_to
                    for its, low, high in self.index.spans
                )
            case Text(space, part, anywhere):
                texts = [text for its, text in self.index.texts if its == space]
                return any(part in text if anywhere else text.startswith(part) for text in texts)
            case Bits(mask, are_set):
                return self.index.mask & mask == (mask if are_set else 0)
            case Named(type_, ids):
                return self.standing.type == type_ and self.standing.id in ids
            case Recorded(low, high):
                return low <= micros(self.standing.recorded) < high


def _told(condition: Condition) -> list[Any]:
    return [one if isinstance(one, int) else [type(one).__name__, *one] for one in condition]


def _read(told: Sequence[Any]) -> Condition:
    return [one if isinstance(one, int) else _entry(*one) for one in told]


def _entry(kind: str, *values: Any) -> Entry:
    entry: Entry = _KINDS[kind](*(tuple(value) if isinstance(value, list) else value for value in values))
    return entry
