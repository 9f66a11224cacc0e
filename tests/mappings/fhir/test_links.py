"""Links of a resource: what is read off its text is what a walk through it finds, whatever the texts hold."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.bundle import references, rewritten, targets_of

_PARTS = [
    "a",
    "é",
    "\n",
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "reference",
    '"reference":"',
    "Patient/1",
    "urn:uuid:1",
]
_TEXTS = st.lists(st.sampled_from(_PARTS), max_size=6).map("".join)
_NAMES = st.one_of(st.sampled_from(["reference", "url", "div", 'a"reference', ',"reference', '{"reference']), _TEXTS)
_LEAVES = st.one_of(_TEXTS, st.none(), st.booleans(), st.integers(-9, 9))
_NODES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_NAMES, inner, max_size=4)),
    max_leaves=20,
)
_RESOURCES = st.dictionaries(_NAMES, _NODES, max_size=6)


@given(_RESOURCES)
def test_every_reference_is_found_and_nothing_else(resource: dict[str, Any]) -> None:
    assert sorted(targets_of(resource)) == sorted(target for target, _ in references(resource, "X"))


@given(_RESOURCES, st.dictionaries(_TEXTS, st.just("Patient/2"), max_size=3))
def test_references_are_rewritten_where_they_stand(resource: dict[str, Any], targets: Mapping[str, str]) -> None:
    before = list(references(resource, "X"))
    after = list(references(rewritten(resource, targets), "X"))
    assert after == [(targets.get(target, target), place) for target, place in before]
