"""What an identity sheet is made of: statements, items, the six questions, the versions, the whole."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mappings.domain.changes import Change
from mappings.domain.cooperation import Period
from mappings.domain.evidence import TO_VALIDATE, Certainty
from mappings.domain.life.halts import NOT_HALTED, Halts
from mappings.domain.protocol import AnnexCheck, Completeness, Override, Regime, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that the sheet says, how it is known, and what is said beneath it."""

    text: str
    source: str
    certainty: Certainty
    details: tuple["Statement", ...] = ()

    @property
    def to_validate(self) -> bool:
        return self.certainty in TO_VALIDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One titled item; without any statement, nothing is known of it."""

    #: Name outside: in the JSON, and in the address within the page.
    key: str
    title: str
    statements: tuple[Statement, ...]
    #: One of the five that no sheet may lack.
    mandatory: bool = False
    #: What the definition says of this part of itself; None = it does not.
    completeness: Completeness | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One of the six questions: who, what, when, how, where, why."""

    key: str
    title: str
    items: tuple[Item, ...]

    @property
    def is_answered(self) -> bool:
        return any(item.statements for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version among those of the protocol."""

    version: str
    title: str
    period: Period | None
    status: str
    in_force: bool
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The sheet of one version, read on one day."""

    id: str
    version: str
    title: str
    short_title: str
    regime: Regime
    status: str
    #: How its title and its dates are known.
    source: str
    certainty: Certainty
    day: dt.date
    period: Period | None
    in_force: bool
    #: The order or the declaration that it rests on; None = not known.
    legal_basis: Statement | None
    questions: tuple[Question, ...]
    versions: tuple[VersionLine, ...]
    #: The version before; empty = this is the first one.
    previous: str
    changes: tuple[Change, ...]
    completeness: tuple[tuple[Section, Completeness], ...]
    gaps: tuple[Statement, ...]
    annex_check: AnnexCheck | None
    override: Override | None
    #: What authorities have suspended: it is no part of the definition.
    halts: Halts = NOT_HALTED
    #: Inclusion criteria that the known text leaves open for everybody: this version includes nobody.
    open_for_everybody: tuple[str, ...] = ()

    @property
    def items(self) -> Iterator[Item]:
        return (item for question in self.questions for item in question.items)

    @property
    def missing(self) -> tuple[Item, ...]:
        """The mandatory items of which nothing is known."""
        return tuple(item for item in self.items if item.mandatory and not item.statements)

    @property
    def unanswered(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if not question.is_answered)

    @property
    def statements(self) -> Iterator[Statement]:
        """All that is said, in its order, with what is said beneath."""
        if self.legal_basis:
            yield self.legal_basis
        for item in self.items:
            yield from _flat(item.statements)
        yield from self.gaps

    @property
    def sources(self) -> tuple[str, ...]:
        """Each citation once, in the order in which it is met: its number on the sheet is its place, from 1."""
        return tuple(dict.fromkeys([self.source, *(statement.source for statement in self.statements)]))

    @property
    def to_validate(self) -> int:
        """How many statements are « à valider »."""
        return sum(statement.to_validate for statement in self.statements)


def _flat(statements: Iterable[Statement]) -> Iterator[Statement]:
    for statement in statements:
        yield statement
        yield from _flat(statement.details)
