"""A search URL read: known parameters, modifiers and prefixes only; the rest is refused, or left aside and told.

R4 4.0.1, https://hl7.org/fhir/R4/search.html.
"""

from collections.abc import Sequence
from typing import Final

from mappings.fhir.search import COMPARTMENTS, entered_as, members, term
from mappings.issues import Issue, Refused
from service.api.query.asking import Asking, Include, Query, Unknown, too_costly
from service.api.query.reader import add, left_aside, refused
from service.store.search import Condition

__all__ = ["Asking", "Include", "Query", "left_aside", "read_query", "too_costly", "within"]

#: Most values in one search, alternatives included, and the most characters that they make together.
_MOST_VALUES: Final = 200
_LONGEST: Final = 200_000


def read_query(types: Sequence[str], pairs: Sequence[tuple[str, str]], asking: Asking) -> Query:
    """The query that ``pairs`` of a search on ``types`` ask; ``Refused`` with every fault."""
    query, issues = Query(of=tuple(types)), list[Issue]()
    if sum(1 + value.count(",") for _, value in pairs) > _MOST_VALUES:
        raise too_costly(f"Une recherche porte sur {_MOST_VALUES} valeurs au plus.")
    if sum(len(key) + len(value) for key, value in pairs) > _LONGEST:
        raise too_costly(f"Une recherche tient en {_LONGEST} caractères.")
    for key, value in pairs:
        if asking.lenient and not value:
            query.ignored.append((key, value))
            continue
        try:
            add(query, key, value, asking)
        except Unknown as fault:
            if asking.lenient:
                query.ignored.append((key, value))
            else:
                issues.append(refused(key, fault))
        except ValueError as fault:
            issues.append(refused(key, fault))
        except Refused as refusal:
            issues += refusal.issues
    if issues:
        raise Refused(issues)
    return query


def within(compartment: str, id_: str, type_: str) -> Condition:
    """What belongs to the compartment of one resource; empty when nothing of the type does."""
    found = []
    for name in COMPARTMENTS[compartment].get(type_, ()):
        for one in members(type_, name):
            found.append(term(type_, entered_as(type_, one), "/", compartment, id_))
    return found
