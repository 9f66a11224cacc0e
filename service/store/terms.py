"""Terms as the index keeps them: the place, their first half, then the number of the version, then the rest of the term.

Terms that begin alike stand together in the order of writing: eight resources of one act that name one person are eight
entries side by side, whatever they name him for. Whoever makes the terms decides what begins alike.
"""

from collections.abc import Iterable, Mapping, Sequence

from service.store.engine import Row

_REST = 0xFFFF_FFFF


def halves(term: int) -> tuple[int, int]:
    """Place, signed, and rest."""
    return term >> 32, term & _REST


def rows_of_terms(terms: Mapping[int, Iterable[int]]) -> list[Row]:
    """Rows of ``index_term``, of terms by number."""
    return [(term >> 32, number, term & _REST) for number, some in terms.items() for term in some]


def among(alias: str, terms: Sequence[int]) -> tuple[str, list[int]]:
    """Whether an entry is of one of ``terms``: the condition and its values."""
    if len(terms) == 1:
        return f"{alias}.place = ? AND {alias}.rest = ?", [*halves(terms[0])]
    marks = ",".join("?" * len(terms)) or "NULL"
    places = [term >> 32 for term in terms]
    return f"{alias}.place IN ({marks}) AND (({alias}.place << 32) | {alias}.rest) IN ({marks})", [*places, *terms]
