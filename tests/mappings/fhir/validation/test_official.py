"""Our verdict on every case of ``conformance.agreement`` beside the one remembered of the official validator.

``make conformance`` asks that validator again; here its word is taken from ``official.json``, so that no Java is needed.
"""

from collections import Counter
from pathlib import Path

import pytest

from conformance.agreement.cases import cases
from conformance.agreement.explained import EXPLAINED, table, unforeseen
from conformance.agreement.families import FAMILIES
from conformance.agreement.official import digest, remembered
from conformance.agreement.suite import differences
from conformance.agreement.verdicts import difference, places
from tests.profiles.test_profiles import MUTATIONS

ROOT = Path(__file__).parents[4]


def test_what_is_remembered_was_said_of_these_very_cases() -> None:
    # python -m conformance.agreement writes it anew, where there is Java
    assert {name: told[0] for name, told in remembered().items()} == {name: digest(c) for name, c in cases().items()}


def test_every_difference_is_explained_and_every_explanation_holds() -> None:
    said = {name: verdict for name, (_, verdict) in remembered().items()}
    assert unforeseen(differences(cases(), said)) == []


def test_the_cases_are_enough_to_judge_by() -> None:
    kinds = Counter(name.partition(":")[0] for name in cases())
    assert kinds["profile"] == len(MUTATIONS)
    assert sum(kinds[family.__name__] for family in FAMILIES) == sum(FAMILIES.values())
    verdicts = [verdict for _, verdict in remembered().values()]
    assert sum(verdict == () for verdict in verdicts) > 200
    assert sum(bool(verdict) for verdict in verdicts) > 500


def test_each_case_is_explained_once() -> None:
    named = Counter(case for explained in EXPLAINED for case in explained.cases)
    assert [case for case, times in named.items() if times > 1] == []


def test_the_page_holds_the_table() -> None:
    assert f"\n\n{table()}\n\n" in (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ((), (), ""),
        (("Procedure.status",), ("Procedure",), ""),
        (("Procedure.code.coding[0].code",), ("Procedure.code",), ""),
        (("Procedure.performer[1]",), ("Procedure.performer",), ""),
        (("Procedure.code.coding[0].code",), ("Procedure",), "refused elsewhere"),
        (("Procedure.status",), ("Procedure.code",), "refused elsewhere"),
        (("Procedure.status",), (), "refused here alone"),
        ((), ("Procedure",), "refused there alone"),
        (("Procedure",), None, "no verdict there"),
    ],
)
def test_two_verdicts_are_the_same_or_not(here: tuple[str, ...], there: tuple[str, ...] | None, expected: str) -> None:
    assert difference(here, there) == expected


def test_places_are_spelled_one_way() -> None:
    told = [
        "Bundle.entry[0].resource/*Procedure/null*/.performed.ofType(Period)",
        "Patient.identifier:insNir",
        "Procedure.modifierExtension[0][url='https://example.org/x']",
    ]
    assert places(told) == (
        "Bundle.entry[0].resource.performed",
        "Patient.identifier",
        "Procedure.modifierExtension[0]",
    )


def test_what_is_unforeseen_is_told_both_ways() -> None:
    known = EXPLAINED[0].cases[0]
    met = {case: explained.kind for explained in EXPLAINED for case in explained.cases}
    assert unforeseen(met) == []
    assert unforeseen(met | {"other": "refused elsewhere"}) == ["other: refused elsewhere, and nothing explains it"]
    without = {name: kind for name, kind in met.items() if name != known}
    assert unforeseen(without) == [f"{known}: explained as {EXPLAINED[0].kind}, and is so no longer"]
    assert len(unforeseen(met | {known: "refused elsewhere"})) == 2
