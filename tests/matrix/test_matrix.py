"""Who may act, cell by cell: the rules of the service, and a small table written from the sheet, say the same."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import product
from operator import itemgetter
from typing import Any

import pytest

from service.rules import RULES, Rule, consent, enrolments, professions, protocol
from tests.matrix.cases import FAMILIES, ruled
from tests.matrix.cells import PROFESSIONS, cells, versions
from tests.matrix.reference import ADMIT, Cell, Table, differences, faults_of, protocols, reference, unsaid

NAMES = [name for name, _, _ in FAMILIES]
Judged = list[tuple[Cell, frozenset[str]]]


@cache
def judged(name: str) -> Judged:
    """Every cell of a protocol with what the rules say of it, once; equal faults are one set."""
    known: dict[frozenset[str], frozenset[str]] = {}
    found = [(cell, ruled(cell)) for cell in cells(reference(), name)]
    return [(cell, known.setdefault(faults, faults)) for cell, faults in found]


def everything() -> Iterator[Judged]:
    return map(judged, protocols(reference()))


def differing(table: Table, name: str) -> Iterator[tuple[Cell, frozenset[str], frozenset[str]]]:
    """The cells of a protocol on which ``table`` and the rules do not say the same: (cell, table, rules)."""
    for cell, by_rules in judged(name):
        by_table = faults_of(table, cell)
        if by_table != by_rules - unsaid(table, cell):
            yield cell, by_table, by_rules


def in_words(cell: Cell, by_table: frozenset[str], by_rules: frozenset[str]) -> str:
    version = versions()[cell.protocol][cell.version].version
    patient = "fictitious" if cell.fictitious else "real"
    said = [" and ".join(sorted(each)) or "may act" for each in (by_table, by_rules)]
    return (
        f"{cell.protocol}|{version} on {cell.day}, profession {cell.profession} for {'/'.join(cell.delegator)} "
        f"in {cell.structure or 'no type'}, training {cell.training}, consent {cell.consent}, {patient} patient: "
        f"the table says {said[0]}, the rules say {said[1]}"
    )


def test_the_rules_say_what_the_table_says() -> None:
    table = reference()
    found = [each for name in protocols(table) for each in differing(table, name)]
    count = sum(len(each) for each in everything())
    print(f"{count} cells, {len(found)} differ")
    plainest = sorted(found, key=lambda each: len(each[1] | each[2]))[:10]
    assert not found, "\n".join([f"{len(found)} of {count} cells differ:", *(in_words(*each) for each in plainest)])
    assert count > 50_000


def test_the_matrix_meets_every_family_alone_and_people_who_may_act() -> None:
    """A fault that never came alone, or an act that nobody may do, would be judged by no cell."""
    met = Counter(faults for each in everything() for _, faults in each)
    assert met[frozenset()] > 500
    assert {name for name in NAMES if not met[frozenset({name})]} == set()
    assert set().union(*met) == set(NAMES)


def test_every_national_protocol_is_in_the_table() -> None:
    table = reference()
    national = {id_ for id_, each in versions().items() if each[0].regime == table["rules"]["regime"]}
    assert set(protocols(table)) == national
    undeclared = [version for id_, each in versions().items() if id_ not in national for version in each]
    assert [version.canonical for version in undeclared if version.period is not None] == []


def test_the_sample_meets_every_state_in_every_version() -> None:
    """Of the whole product one cell in a few is judged: none of its combinations is lost by that."""
    rules = reference()["rules"]
    states = set(product(rules["training"], rules["consent"], (True, False), PROFESSIONS))
    for each in everything():
        for version in {cell.version for cell, _ in each}:
            met = {(c.training, c.consent, c.fictitious, c.profession) for c, _ in each if c.version == version}
            assert met == states


def test_a_known_difference_is_still_there() -> None:
    """What was mended, in the catalogue or in the table, leaves the list of differences."""
    mended = [
        difference["why"]
        for difference in differences()
        if not any(differing(reference(without=difference), difference["protocol"]))
    ]
    assert mended == []


def changed(path: tuple[Any, ...], value: Any) -> Table:
    """The table with one value changed; None takes it away."""
    table = reference()
    node = table
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return table


def errors(table: Table, name: str) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    """Every error of one entry of a protocol: its mark is another, its day the one beside, it is gone, or one too many."""
    for line in ("versions", "delegators", "delegatees", "structures"):
        for n, entry in enumerate(table[name][line]):
            if entry.get("is", "doctor") not in table["professions"] | table["structures"]:
                continue  # Without a code it says nothing of any cell.
            if "mark" not in entry:
                yield f"{line}-{n}-gone", (name, line, n), None
            else:
                yield f"{line}-{n}-mark", (name, line, n, "mark"), "D" if entry["mark"] in ADMIT else "S"
            if entry.get("mark", "S") in ADMIT or entry.get("demonstration"):
                days = [(key, day, by) for key, day in entry.items() if isinstance(day, dt.date) for by in (-1, 1)]
                for key, day, by in days:
                    yield f"{line}-{n}-{key}{by:+}", (name, line, n, key), day + dt.timedelta(by)
    for line, kinds in (("delegatees", "professions"), ("structures", "structures")):
        for more in table[kinds].keys() - {entry["is"] for entry in table[name][line]}:
            yield f"{line}-and-{more}", (name, line), [*table[name][line], {"is": more, "mark": "S"}]
    yield "training", (name, "training", "asked"), not table[name]["training"].get("asked", True)


ERRORS = [
    pytest.param(name, path, value, id=f"{name}-{what}")
    for name in protocols(reference())
    for what, path, value in sorted(errors(reference(), name), key=itemgetter(0))
]


@pytest.mark.parametrize(("name", "path", "value"), ERRORS)
def test_the_matrix_sees_an_error_in_any_entry(name: str, path: tuple[Any, ...], value: Any) -> None:
    assert any(differing(changed(path, value), name))


GENERAL: list[tuple[tuple[str, ...], Any]] = [
    (("rules", "status"), "active"),
    *((("rules", "training", state), not holds) for state, holds in reference()["rules"]["training"].items()),
    *((("rules", "consent", state), not holds) for state, holds in reference()["rules"]["consent"].items()),
]


@pytest.mark.parametrize(("path", "value"), GENERAL, ids=lambda each: "-".join(each) if isinstance(each, tuple) else "")
def test_the_matrix_sees_an_error_in_any_rule(path: tuple[str, ...], value: Any) -> None:
    assert any(differing(changed(path, value), "pc-torsion-cheville"))


@pytest.mark.parametrize(
    "rule",
    [
        protocol.protocol_was_in_force,
        protocol.draft_protocol_meets_nobody,
        consent.consent_was_in_force,
        enrolments.delegatee_is_trained,
        professions.professions_are_admitted,
        professions.structure_is_admitted,
    ],
    ids=lambda rule: rule.__name__,
)
def test_the_matrix_sees_a_rule_that_is_gone(rule: Rule) -> None:
    """The other way round: it is the service that forgets to look."""
    left = tuple(each for each in RULES if each is not rule)
    assert any(ruled(cell, left) != found for cell, found in judged("pc-torsion-cheville"))


def test_a_table_is_changed_alone() -> None:
    before = deepcopy(reference())
    changed(("rules", "status"), "active")
    assert reference() == before
