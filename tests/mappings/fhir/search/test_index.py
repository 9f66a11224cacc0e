"""What is entered for a resource: all that is published can be asked, and an act costs few entries."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mappings.fhir.definitions import definition
from mappings.fhir.search import (
    COMPARTMENTS,
    PARAMETERS,
    bit_of,
    date_range,
    entered,
    entries,
    index_of,
    parameters_of,
    place,
    precision_range,
    read_by,
    single,
    targets,
    term,
)  # fmt: skip
from mappings.fhir.structure import check
from tests.mappings.fhir.mutations import mutant

ROOT = Path(__file__).parents[4]
PUBLISHED = [json.loads(path.read_text()) for path in sorted((ROOT / "profiles/compiled").glob("SearchParameter-*"))]
#: What R4 4.0.1 says itself, drawn from its definitions by ``profiles/base.mjs``.
R4: dict[str, Any] = json.loads((Path(__file__).parent / "r4.json").read_text())
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published["code"])
def test_what_is_published_can_be_asked(published: dict[str, object]) -> None:
    bases = published["base"]
    assert isinstance(bases, list)
    kept = [type_ for type_ in bases if type_ in PARAMETERS]
    assert kept
    for type_ in kept:
        assert parameters_of(type_)[str(published["code"])].kind == published["type"]


@pytest.mark.parametrize("type_", sorted(PARAMETERS))
def test_what_can_be_asked_is_of_the_standard_or_is_published(type_: str) -> None:
    standard = R4["SearchParameter"][type_] | R4["SearchParameter"]["Resource"]
    ours = {published["code"] for published in PUBLISHED if type_ in published["base"]}
    for name, parameter in parameters_of(type_).items():
        if name in standard:
            assert parameter.kind == standard[name], name
            assert name not in ours, "published anew"
        else:
            assert name in ours, name


@pytest.mark.parametrize("type_", sorted(PARAMETERS))
def test_every_path_is_one_of_the_definition(type_: str) -> None:
    assert len(entered(type_)) <= 63, "one bit each"
    for name in parameters_of(type_):
        assert bit_of(type_, name)
        single(type_, name)
        for row in read_by(type_, name):
            assert not row.union
            for path in [part.path for part in row.parts] or [row.path]:
                of = "Extension" if row.extension else type_
                for step in (*row.path, *path) if row.parts else path:
                    element = definition(of).elements.get(step.partition("[")[0])
                    assert element or step.endswith("?"), (name, step)
                    of = element.type if element else ""


def test_compartments_are_those_of_the_standard() -> None:
    for compartment, members in COMPARTMENTS.items():
        standard = {
            type_: names for type_, names in R4["CompartmentDefinition"][compartment].items() if type_ in PARAMETERS
        }
        # A professional himself, which is his compartment's name; and the duties about a patient, which R5 counts in.
        standard.pop("Practitioner", None)
        also = {"Task": ["focus", "patient"]} if compartment == "Patient" else {}
        assert {type_: sorted(names) for type_, names in members.items()} == standard | also


def test_every_member_of_a_compartment_names_its_owner() -> None:
    for compartment, members in COMPARTMENTS.items():
        for type_, names in members.items():
            assert all(compartment in targets(type_, name) for name in names), (compartment, type_)


@given(DECIMALS, DECIMALS)
def test_numbers_stand_in_their_order(one: Decimal, other: Decimal) -> None:
    if float(one) < float(other):
        assert place(one) < place(other)
    if one == other:
        assert place(one) == place(other)
    assert -(2**63) < place(one) < 2**63 - 1


def test_a_number_means_what_rounds_to_it() -> None:
    low, high = precision_range(Decimal("5.40"))
    assert low <= place(Decimal("5.395")) < high
    assert not low <= place(Decimal("5.39")) < high
    assert not low <= place(Decimal("5.405")) < high
    assert place(Decimal("-0.0")) == place(Decimal(0))


@pytest.mark.parametrize(
    ("date", "low", "high"),
    [
        ("2026-11-20", "2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z"),
        ("2026-07-20", "2026-07-19T22:00:00Z", "2026-07-20T22:00:00Z"),
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("2026-07", "2026-06-30T22:00:00Z", "2026-07-31T22:00:00Z"),
        ("2026", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"),
        ("2026-11-20T10:05:00+01:00", "2026-11-20T09:05:00Z", "2026-11-20T09:05:01Z"),
        ("2026-11-20T10:05:00+02:00", "2026-11-20T08:05:00Z", "2026-11-20T08:05:01Z"),
        ("2026-07-20T10:05", "2026-07-20T08:05:00Z", "2026-07-20T08:06:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", "2017-01-01T00:00:01Z"),
    ],
)
def test_a_date_without_zone_is_a_french_one(date: str, low: str, high: str) -> None:
    assert date_range(date) == (date_range(low)[0], date_range(high)[0])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutant())
def test_what_was_entered_before_makes_no_difference(resource: dict[str, Any]) -> None:
    """The entries of an element are those that a program which has seen nothing makes."""
    assume(str(resource.get("resourceType")) in PARAMETERS and not check(resource))
    first = index_of(resource)
    assert index_of(resource) == first
    entries._ELEMENTS.__init__(1)  # type: ignore[misc]  # forgets
    assert index_of(resource) == first


def test_references_to_one_thing_stand_side_by_side_and_are_told_apart() -> None:
    named = [
        term(type_, name, *of, "7c9e6679-7425-40de-944b-e07fc1f90ae7")
        for type_, name in (("Procedure", "subject"), ("Task", "subject"), ("AuditEvent", "entity"))
        for of in (("/", "Patient"), ("/", "Group"))
    ]
    assert len({one >> 32 for one in named}) == 1
    rare = term("Consent", "patient", "/", "Patient", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
    assert rare >> 32 not in {one >> 32 for one in named}
    assert len(set(named)) == len(named)
    statuses = {
        term(type_, "status", "=", "completed") >> 32 for type_ in ("Procedure", "Task", "QuestionnaireResponse")
    }
    assert len(statuses) == 3


def test_a_term_is_of_its_type_and_its_parameter() -> None:
    resource = {"resourceType": "Task", "id": "t", "status": "requested", "for": {"reference": "Patient/1"}}
    entries = index_of(resource)
    assert term("Task", "subject", "/", "Patient", "1") in entries.terms
    assert term("Task", "status", "=", "requested") in entries.terms
    found_by = ("subject", "patient", "status")
    assert entries.mask == sum(bit_of("Task", name) for name in found_by)
    group = index_of(resource | {"for": {"reference": "Group/1"}})
    assert group.mask == bit_of("Task", "subject") | bit_of("Task", "status")
