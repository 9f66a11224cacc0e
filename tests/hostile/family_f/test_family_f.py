"""Family F, and what of J is told at the doors: every case of the tables, played at a house over each engine.

A case is played once; each property is held to what was seen. What FHIR allows and what it refuses is the table's to
say, with the section that says it.
"""

import pytest

from service.ledger.verify import verify
from tests.hostile.family_f.case import CANARY, Case
from tests.hostile.family_f.tables import CASES
from tests.hostile.family_f.twins import Played, Twins
from tests.hostile.test_privacy import OF_A_PERSON

#: Seconds of this process, seconds until the answer, megabytes above what was held: for the largest of the cases.
SECONDS, ELAPSED, MEGABYTES = 10.0, 60.0, 192
every_case = pytest.mark.parametrize("name", CASES)


def both(twins: Twins, name: str) -> tuple[Case, tuple[Played, ...]]:
    return CASES[name], twins.play(name, CASES[name])


@every_case
def test_the_answer_is_one_that_fhir_allows(twins: Twins, name: str) -> None:
    case, played = both(twins, name)
    assert not any(500 <= status for status in case.answers)
    for one in played:
        assert one.status in case.answers, one.text


@every_case
def test_a_refusal_says_why(twins: Twins, name: str) -> None:
    """An OperationOutcome, its issues of the kinds foreseen, each with a sentence."""
    case, played = both(twins, name)
    for one in played:
        if one.status < 400:
            continue
        assert one.body is not None
        assert one.body["resourceType"] == "OperationOutcome"
        assert one.codes
        assert set(one.codes) <= set(case.codes), one.text
        assert all(sentence.endswith((".", ":")) for sentence in one.sentences)
        assert len(one.text) < 300_000


@every_case
def test_both_stores_give_the_same_verdict(twins: Twins, name: str) -> None:
    _, (one, other) = both(twins, name)
    assert (one.status, one.codes, one.sentences) == (other.status, other.codes, other.sentences)


@every_case
def test_the_store_stays_as_it_was(twins: Twins, name: str) -> None:
    """Every row of every table, unless the case is one that is carried out."""
    case, played = both(twins, name)
    for one in played:
        assert not one.changed or (case.writes and one.status < 300), one.changed


@every_case
def test_it_costs_a_bounded_time_and_room(twins: Twins, name: str) -> None:
    _, played = both(twins, name)
    for one in played:
        assert one.seconds < SECONDS
        assert one.elapsed < ELAPSED
        assert one.megabytes < MEGABYTES


@every_case
def test_nothing_of_it_is_repeated(twins: Twins, name: str) -> None:
    """Neither the canary nor anybody's name or number, in a refusal, in a header, in a log."""
    _, played = both(twins, name)
    for one in played:
        said = f"{one.text}\n{one.headers}\n{one.logged}".lower()
        assert not any(canary.lower() in said for canary in (CANARY, *OF_A_PERSON))


def test_the_houses_serve_on_after_all_of_it(twins: Twins) -> None:
    for name in CASES:
        twins.play(name, CASES[name])
    for twin in twins.pair:
        answer = twin.house.fhir("GET", f"/{twin.ground['Procedure', 0]}/$trace")
        assert answer.status_code == 200
        assert list(verify(twin.house.store)) == []
