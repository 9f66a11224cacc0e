"""Who asks, when, and what a search is read into."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, Literal

from mappings.issues import Issue, Refused
from service.store import Store
from service.store.search import Condition, Order

#: Most resources that a chain, or the words of a code, may lead through.
MOST_BETWEEN: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a search is read with."""

    store: Store
    now: dt.datetime
    #: Address of the FHIR base, as the caller writes it; a reference may begin with it.
    base: str = ""
    #: A parameter that is unknown, or empty, is left aside rather than refused.
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """Resources asked for beside the results: ``source:param:target``, either way."""

    source: str
    #: ``*`` is every reference.
    param: str
    #: Empty is any type.
    target: str
    #: Also of what was included.
    iterate: bool


@dataclass(slots=True)
class Query:
    """What to ask the store, and how to show it."""

    of: tuple[str, ...]
    every: list[Condition] = field(default_factory=list)
    none: list[Condition] = field(default_factory=list)
    order: Order = Order()
    count: int = 50
    total: Literal["none", "estimate", "accurate"] = "none"
    summary: Literal["false", "true", "text", "data", "count"] = "false"
    elements: frozenset[str] = frozenset()
    includes: list[Include] = field(default_factory=list)
    revincludes: list[Include] = field(default_factory=list)
    #: Pairs that were left aside.
    ignored: list[tuple[str, str]] = field(default_factory=list)


class Malformed(ValueError):
    """The value is not one of those that the parameter takes, whatever is known here."""


class Unknown(ValueError):
    """What is named is not known here: left aside for who is lenient."""

    def __init__(self, sentence: str = "ce paramètre n’est pas connu pour ce type.") -> None:
        super().__init__(sentence)


def too_costly(text: str) -> Refused:
    return Refused(Issue("too-costly", "", text, "FHIR R4, search.html"))
