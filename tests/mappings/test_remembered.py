"""Caches of what is made of texts count entries: long ones must not make them grow by their length."""

import tracemalloc
from collections.abc import Callable

import pytest

from mappings.fhir.search.entries import folded, index_of
from mappings.fhir.search.terms import term


def kept(make: Callable[[str], object], count: int, length: int) -> int:
    """Bytes that stay when so many texts were told once."""
    make("x" * length)
    tracemalloc.start()
    for number in range(count):
        make(f"{number:06}" + "x" * length)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held


MAKES: dict[str, Callable[[str], object]] = {
    "a term": lambda text: term("Patient", "identifier", "|", "urn:x", text),
    "as strings are compared": folded,
    "an element": lambda text: index_of({"resourceType": "Patient", "name": [{"family": text}]}),
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_long_texts_are_forgotten_before_they_are_too_many(make: Callable[[str], object]) -> None:
    assert kept(make, 100, 100_000) < 6_000_000


def test_what_was_forgotten_is_made_again_alike() -> None:
    long = "É" * 300_000
    before = term("Patient", "family", long), folded(long)
    for number in range(40):
        term("Patient", "family", f"{number}" + long)
        folded(f"{number}" + long)
    assert (term("Patient", "family", long), folded(long)) == before


def test_short_ones_stay() -> None:
    term.cache_clear()
    for _ in range(2):
        for number in range(1_000):
            term("Patient", "identifier", "|", "urn:x", str(number))
    told = term.cache_info()
    assert (told.hits, told.misses) == (1_000, 1_000)
