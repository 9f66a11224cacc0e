"""Search by name: the parameters of FHIR put into the terms of the index, for the stories and for the pages.

What comes from a caller's address is read by ``service.api.query``; here the service asks for itself.
"""

import datetime as dt
from collections.abc import Sequence

from mappings.fhir.json import parse
from mappings.fhir.search import (
    COMMON,
    LONG,
    PARAMETERS,
    canonical,
    entered_as,
    identified_as,
    index_of,
    parameter_of,
    parameters_of,
    single,
    term,
)
from mappings.fhir.search.dates import microseconds
from service.store import Store
from service.store.search import Condition, Found, Key, Order, Place, Search, Span
from service.store.unit import Index, StoredVersion

#: (param, system or type of the target, value or id); an empty system is any.
Match = tuple[str, str, str]


def found(
    store: Store, type_: str, *conditions: Sequence[Match], sort: str = "", count: int = 500
) -> list[StoredVersion]:
    """Current versions of ``type_`` that meet every condition by one of its alternatives."""
    return [one.version for one in page(store, type_, *conditions, sort=sort, count=count)]


def found_among(
    store: Store, types: Sequence[str], *conditions: Sequence[Match], count: int = 500
) -> list[StoredVersion]:
    """Current versions of any of the types that meet every condition, in the order of writing, by one search."""
    every = [[term_of(type_, *one) for type_ in types for one in condition] for condition in conditions]
    return [one.version for one in store.search(Search(every=every, count=count))]


def page(
    store: Store,
    type_: str,
    *conditions: Sequence[Match],
    sort: str = "",
    descending: bool = False,
    count: int = 500,
    after: Place | None = None,
    also: Sequence[Condition] = (),
) -> list[Found]:
    """The same with their places, from ``after`` on; ``sort`` is a parameter of date; ``also`` is in terms already."""
    wanted = Search(
        every=[*([term_of(type_, *one) for one in condition] for condition in conditions), *also],
        of=[term(type_)],
        order=Order((by_date(type_, sort, descending=descending),)) if sort else Order(),
        count=count,
        after=after,
    )
    return store.search(wanted)


def over(type_: str, param: str, at: dt.datetime) -> Condition:
    """A date or a period of ``param`` ended before an instant (prefix ``eb`` of FHIR's search)."""
    name, end = entered_as(type_, param), microseconds(at)
    return [Span(term(type_, name, *kind), low_before=end, high_to=end) for kind in ((), (LONG,))]


def by_date(type_: str, param: str, *, descending: bool = False) -> Key:
    """The order of a parameter whose values are intervals, short and long ones."""
    name = entered_as(type_, param)
    return Key("span", (term(type_, name), term(type_, name, LONG)), descending, single(type_, param))


def term_of(type_: str, param: str, system: str, value: str) -> int:
    """The term under which ``param`` of ``type_``, which is no union, is entered.

    ``ValueError`` for a code that only its system finds.
    """
    param, _, modifier = param.partition(":")
    if modifier == "identifier":
        return term(type_, *identified_as(type_, param), "identifier|", system, value)
    name = entered_as(type_, param)
    parameter = parameter_of(type_, param)
    if parameter.kind == "reference" and canonical(type_, param):
        return term(type_, name, "=", f"{system}/{value}" if system else value)
    if parameter.kind == "reference":
        return term(type_, name, "/", system, value)
    if parameter.once and not system:
        raise ValueError("ce code s’écrit avec son système.")
    return term(type_, name, "|", system, value) if system else term(type_, name, "=", value)


def ids_with(store: Store, type_: str, param: str, system: str | None, value: str) -> list[str]:
    """Ids of the current versions with this token; None for any system, an empty one for none.

    Nothing has one of a type that is not kept, or under a parameter that the type has not.
    """
    if type_ not in PARAMETERS or param not in parameters_of(type_):
        return []
    if system == "":
        return store.bearers(term(type_, entered_as(type_, param), "|", "", value))
    return store.bearers(term_of(type_, param, system or "", value))


def ids_with_each(store: Store, param: str, tokens: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    """For each (type, system, value) the ids of the current versions with it: one look-up for all."""
    terms = [
        term_of(type_, param, system, value) if type_ in PARAMETERS and param in parameters_of(type_) else None
        for type_, system, value in tokens
    ]
    bearers = store.bearers_of([term for term in terms if term is not None])
    return [bearers.get(term, []) if term is not None else [] for term in terms]


def keep_found(store: Store) -> None:
    """The index is in the vocabulary of this program: where it is not, every current version is entered anew."""
    if store.vocabulary() != VOCABULARY:
        store.fill(VOCABULARY, lambda body: Index(*index_of(parse(body))))


#: Changes whenever an entry does.
VOCABULARY = f"7 {term(repr([COMMON, *PARAMETERS.items()])):x}"
