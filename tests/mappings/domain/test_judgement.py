"""The ankle sprain protocol judges: unknown never includes, a risk not excluded calls the délégant."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.codes.systems import ACTIVITY_DEFINITION
from mappings.domain.act import Answer
from mappings.domain.judgement import age_on, judge
from mappings.domain.logic import Truth
from tests.mappings.torsion import OTTAWA, PLAIN, torsion

PROTOCOL = torsion()
X_RAY = f"{ACTIVITY_DEFINITION}torsion-radiographie|2026.1"
OTTAWA_ITEMS = ["ottawa-quatre-pas", "ottawa-malleoles", "ottawa-naviculaire", "ottawa-base-m5"]
EXCLUSIONS = ["plaie", "polytraumatisme", "appui-impossible-24h", "chute-malaise"]


def test_plain_case() -> None:
    judgement = judge(PROTOCOL, PLAIN, 30)
    assert judgement.eligible is Truth.YES
    assert judgement.recourses == ()
    assert judgement.missing == ()
    assert [c for c, truth in judgement.activities.items() if truth is not Truth.YES] == [X_RAY]
    assert judgement.activities[X_RAY] is Truth.NO


def test_ottawa_case() -> None:
    judgement = judge(PROTOCOL, OTTAWA, 30)
    assert judgement.eligible is Truth.YES
    assert set(judgement.activities.values()) == {Truth.YES}


@pytest.mark.parametrize("link_id", OTTAWA_ITEMS)
def test_each_ottawa_criterion_alone_allows_the_x_ray(link_id: str) -> None:
    assert judge(PROTOCOL, PLAIN | {link_id: True}, 30).activities[X_RAY] is Truth.YES
    assert judge(PROTOCOL, PLAIN | {link_id: None}, 30).activities[X_RAY] is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("age", "eligible"),
    [(17, Truth.NO), (18, Truth.YES), (55, Truth.YES), (56, Truth.NO), (None, Truth.UNKNOWN)],
)
def test_age_bounds(age: int | None, eligible: Truth) -> None:
    assert judge(PROTOCOL, PLAIN, age).eligible is eligible


@pytest.mark.parametrize("link_id", EXCLUSIONS)
def test_each_exclusion(link_id: str) -> None:
    assert judge(PROTOCOL, PLAIN | {link_id: True}, 30).eligible is Truth.NO
    unknown = judge(PROTOCOL, PLAIN | {link_id: None}, 30)
    assert unknown.eligible is Truth.UNKNOWN
    assert [item.link_id for item in unknown.missing] == [link_id]


@given(st.sets(st.sampled_from(["traumatisme-torsion-recent", *EXCLUSIONS]), min_size=1), st.integers(0, 120))
def test_unknown_never_includes(unknown: set[str], age: int) -> None:
    answers: dict[str, Answer] = {link_id: answer for link_id, answer in PLAIN.items() if link_id not in unknown}
    assert judge(PROTOCOL, answers, age).eligible is not Truth.YES


@pytest.mark.parametrize(
    ("risk", "mandatory"), [("present", Truth.YES), ("non-exclu", Truth.YES), (None, Truth.UNKNOWN)]
)
@pytest.mark.parametrize(("consulted", "satisfied"), [(True, True), (False, False), (None, False)])
def test_recourse(risk: Answer, mandatory: Truth, consulted: Answer, satisfied: bool) -> None:
    answers = PLAIN | {"risque-thrombo-embolique": risk, "delegant-consulte": consulted}
    (recourse,) = judge(PROTOCOL, answers, 30).recourses
    assert (recourse.mandatory, recourse.satisfied) == (mandatory, satisfied)


def test_the_channel_is_asked_only_when_the_delegator_was_consulted() -> None:
    assert [i.link_id for i in judge(PROTOCOL, PLAIN | {"delegant-consulte": True}, 30).missing] == [
        "canal-consultation"
    ]
    answers = PLAIN | {"delegant-consulte": True, "canal-consultation": "telephone"}
    assert judge(PROTOCOL, answers, 30).missing == ()


def test_without_answers_every_required_question_is_missing_but_the_channel() -> None:
    missing = [item.link_id for item in judge(PROTOCOL, {}, None).missing]
    assert missing == list(PLAIN)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        ("2008-06-15", "2026-06-14", 17),
        ("2008-06-15", "2026-06-15", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2026-06-15", "2026-06-15", 0),
        ("2026-06-15", "2026-06-14", None),
    ],
)
def test_age_on(birth: str, day: str, age: int | None) -> None:
    assert age_on(dt.date.fromisoformat(birth), dt.date.fromisoformat(day)) == age
