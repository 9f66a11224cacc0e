"""The list in force on a day, what it lacks, what it does not cover: pure, case by case."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.domain.cooperation import Enrolment, Period
from mappings.domain.declaration import (
    Declaration,
    Member,
    Remark,
    Standing,
    TracedAct,
    between,
    difference,
    in_force,
    uncovered,
)

NAME = "https://binome.example/fhir/PlanDefinition/pc-x"
V1, V2 = f"{NAME}|1", f"{NAME}|2"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def noon(text: str) -> dt.datetime:
    return dt.datetime.combine(day(text), dt.time(12), dt.UTC)


def member(n: int, **changes: Any) -> Member:
    told: dict[str, Any] = {
        "function": "DELEGATEE" if n % 2 else "DELEGATOR",
        "family": f"NOM-{n}-FICTIF",
        "given": "Camille",
        "profession": "70" if n % 2 else "10",
        "rpps": f"9990000{n:04}",
    }
    return Member(**(told | changes))


def declared(on: str, *members: Member, dossier: str = "1", **changes: Any) -> Declaration:
    told: dict[str, Any] = {
        "dossier": dossier,
        "declared": noon(on),
        "modified": noon(on),
        "state": "lodged",
        "digest": b"",
        "protocol": V1,
        "finess": "380999990",
        "members": members,
    }
    return Declaration(**(told | changes))


def standing(person: Member, status: Any = "active", start: str = "2026-01-01", end: str = "") -> Standing:
    enrolment = Enrolment(
        id=person.number,
        identifier=person.number,
        function=person.function,
        status=status,
        protocol=V1,
        period=Period(start=day(start), end=day(end) if end else None),
        practitioner_id=person.rpps,
        rpps=person.rpps,
        organization_id="x",
    )
    return Standing(enrolment=enrolment, member=person)


A, B = declared("2026-03-01", member(1), member(2)), declared("2026-06-01", member(1), dossier="2")


@pytest.mark.parametrize(
    ("lists", "on", "held"),
    [
        ([], "2026-07-01", None),
        ([A, B], "2026-02-28", None),
        ([A, B], "2026-03-01", A),
        ([B, A], "2026-05-31", A),
        ([B, A], "2026-06-01", B),
        ([A, replace(B, state="draft")], "2026-07-01", A),
        ([A, replace(B, remarks=(Remark(row=0, text="x", aside=True),))], "2026-07-01", A),
        ([A, replace(B, remarks=(Remark(row=3, text="x", aside=True),))], "2026-07-01", B.dossier),
        ([A, replace(B, protocol="https://binome.example/fhir/PlanDefinition/pc-autre|1")], "2026-07-01", A),
        ([A, replace(B, protocol=V2)], "2026-07-01", "2"),
        ([replace(A, state="refused", decided=noon("2026-04-01"))], "2026-03-31", "1"),
        ([replace(A, state="refused", decided=noon("2026-04-01"))], "2026-04-01", None),
        ([replace(A, state="closed")], "2026-03-01", None),
        ([replace(A, state="accepted", decided=noon("2026-04-01"))], "2026-03-02", "1"),
    ],
)
def test_the_list_in_force(lists: list[Declaration], on: str, held: Any) -> None:
    found = in_force(lists, V1, day(on))
    assert (found.dossier if found else None) == (held.dossier if isinstance(held, Declaration) else held)


def test_a_refusal_is_of_all_that_the_dossier_ever_said() -> None:
    later = replace(
        A, declared=noon("2026-04-01"), modified=noon("2026-05-01"), state="refused", decided=noon("2026-05-01")
    )
    other = declared("2026-01-01", member(1), dossier="0")
    assert in_force([A, later, other], V1, day("2026-04-30")) == later
    assert in_force([A, later, other], V1, day("2026-05-01")) == other
    reopened = replace(later, declared=noon("2026-06-01"), modified=noon("2026-06-01"), state="lodged", decided=None)
    assert in_force([A, later, reopened], V1, day("2026-06-01")) == reopened


@pytest.mark.parametrize(
    ("standings", "on", "told"),
    [
        ([standing(member(1)), standing(member(2))], "2026-07-01", ((), (), 0)),
        ([standing(member(1)), standing(member(2)), standing(member(3))], "2026-07-01", ((3,), (), 0)),
        (
            [standing(member(1)), standing(member(2)), standing(member(3), start="2026-08-01")],
            "2026-07-01",
            ((), (), 0),
        ),
        ([standing(member(1)), standing(member(2)), standing(member(3), "declared")], "2026-07-01", ((), (), 0)),
        ([standing(member(1))], "2026-07-01", ((), (2,), 0)),
        ([standing(member(1)), standing(member(2), "suspended")], "2026-07-01", ((), (), 0)),
        ([standing(member(1)), standing(member(2), "suspended", end="2026-05-01")], "2026-07-01", ((), (), 0)),
        ([standing(member(1)), standing(member(2), "declared")], "2026-07-01", ((), (), 0)),
        ([standing(member(1)), standing(member(2), "refused", end="2026-12-01")], "2026-07-01", ((), (2,), 0)),
        ([standing(member(1)), standing(member(2), "ended", end="2026-07-01")], "2026-07-01", ((), (), 0)),
        ([standing(member(1)), standing(member(2), "ended", end="2026-06-30")], "2026-07-01", ((), (2,), 0)),
        ([standing(member(1)), standing(member(2), "active", end="2026-06-30")], "2026-07-01", ((), (2,), 0)),
        ([standing(member(1)), standing(member(2, profession="60"))], "2026-07-01", ((), (), 1)),
        ([standing(member(1)), standing(member(2, family="AUTRE"))], "2026-07-01", ((), (), 0)),
    ],
)
def test_what_must_be_declared_again(standings: list[Standing], on: str, told: Any) -> None:
    found = difference(A, standings, V1, day(on))
    assert bool(found.named) is any(one.member.family == "AUTRE" for one in standings)
    numbers = lambda members: tuple(int(m.rpps[-4:]) for m in members)  # noqa: E731
    assert (numbers(found.joined), numbers(found.left), len(found.changed)) == told
    assert bool(found) == (told != ((), (), 0))


def test_another_version_in_force_must_be_declared() -> None:
    at_work = [standing(member(1)), standing(member(2))]
    assert difference(A, at_work, V1, day("2026-07-01")).protocol is None
    found = difference(A, at_work, V2, day("2026-07-01"))
    assert found.protocol == (V1, V2)
    assert found


def test_who_has_no_rpps_is_not_said_to_have_left() -> None:
    listed = replace(A, members=(*A.members, member(5, rpps="", adeli="389999999")))
    assert not difference(listed, [standing(member(1)), standing(member(2))], V1, day("2026-07-01"))


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ({}, ()),
        ({"day": day("2026-02-28")}, ("no-declaration",)),
        ({"delegatee_rpps": "x"}, ("delegatee-not-listed",)),
        ({"delegator_rpps": "x"}, ("delegator-not-listed",)),
        (
            {"delegatee_rpps": member(2).rpps, "delegator_rpps": member(1).rpps},
            ("delegatee-not-listed", "delegator-not-listed"),
        ),
        ({"protocol": V2}, ()),
        ({"protocol": "https://binome.example/fhir/PlanDefinition/pc-autre|1"}, ("no-declaration",)),
    ],
)
def test_what_no_declaration_covers(act: dict[str, Any], why: tuple[str, ...]) -> None:
    told = TracedAct(
        id="a", day=day("2026-05-01"), protocol=V1, delegatee_rpps=member(1).rpps, delegator_rpps=member(2).rpps
    )
    assert uncovered(replace(told, **act), [B, A]) == why


people = st.lists(st.integers(1, 12).map(member), unique_by=lambda m: m.rpps, max_size=12)


@given(people, people)
def test_from_one_list_to_another_and_back(before: list[Member], after: list[Member]) -> None:
    one, two = declared("2026-03-01", *before), declared("2026-06-01", *after, dossier="2")
    there, back = between(one, two), between(two, one)
    assert set(there.joined) == set(back.left) == set(after) - set(before)
    assert set(there.left) == set(back.joined) == set(before) - set(after)
    assert {m for m in before if m not in there.left} | set(there.joined) == set(after)
    assert not between(one, one)
    # A list compared with a team at work that is the other list says the same.
    at_work = difference(one, [standing(m) for m in after], V1, day("2026-07-01"))
    assert (at_work.joined, at_work.left) == (there.joined, there.left)
