"""Suspensions and reviews of a protocol: which days they cover, what may follow what."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.cooperation import Period
from mappings.domain.life.events import Events, Reviewed, Suspension, with_resumption, with_review, with_suspension
from mappings.fhir.protocol_life import events_from_fhir, events_to_fhir
from mappings.issues import Refused

URL = "https://binome.example/fhir/PlanDefinition/pl-exemple"
FEBRUARY, MARCH = dt.date(2027, 2, 1), dt.date(2027, 3, 15)
DAY = dt.timedelta(days=1)


def suspension(start: dt.date = FEBRUARY, structure: str = "", reason: str = "Motif (fictif)") -> Suspension:
    return Suspension(
        organization_id=structure,
        period=Period(start=start),
        authority="ARS (fictive)",
        reason=reason,
        source="Décision 1 (fictive)",
    )


def review(on: dt.date, version: str = "2026.1") -> Reviewed:
    return Reviewed(on=on, by="Dr TEST-RELECTRICE", rpps="99900001019", version=version, changed=False)


NONE = Events(protocol=URL)


def test_days_of_a_suspension() -> None:
    lifted = with_resumption(with_suspension(NONE, suspension()), "", MARCH)
    told = {day: lifted.suspended("msp", day) is not None for day in (FEBRUARY - DAY, FEBRUARY, MARCH - DAY, MARCH)}
    assert list(told.values()) == [False, True, True, False]
    assert lifted.next_suspension("msp", FEBRUARY - DAY) == FEBRUARY
    assert lifted.next_suspension("msp", FEBRUARY) is None


def test_of_one_structure_only() -> None:
    events = with_suspension(NONE, suspension(structure="msp"))
    assert events.suspended("msp", MARCH)
    assert events.suspended("autre", MARCH) is None
    assert events.suspended("", MARCH) is None


def test_told_again_is_once_and_another_one_over_it_is_refused() -> None:
    once = with_suspension(NONE, suspension())
    assert with_suspension(once, suspension()) == once
    with pytest.raises(Refused, match="conflict"):
        with_suspension(once, suspension(MARCH))
    with pytest.raises(Refused, match="conflict"):
        with_suspension(once, suspension(FEBRUARY - DAY))
    lifted = with_resumption(once, "", MARCH)
    assert with_suspension(lifted, suspension()) == lifted
    assert with_resumption(lifted, "", MARCH) == lifted
    assert len(with_suspension(lifted, suspension(MARCH)).suspensions) == 2
    # Another scope is another decision.
    assert len(with_suspension(once, suspension(structure="msp")).suspensions) == 2


@pytest.mark.parametrize("day", [FEBRUARY, FEBRUARY - DAY])
def test_nothing_is_lifted_before_it_has_begun(day: dt.date) -> None:
    with pytest.raises(Refused, match="not-found"):
        with_resumption(with_suspension(NONE, suspension()), "", day)


def test_the_last_review_of_a_day() -> None:
    events = with_review(with_review(NONE, review(MARCH)), review(FEBRUARY))
    assert with_review(events, review(MARCH)) == events
    assert events.last_review(FEBRUARY - DAY) is None
    assert events.last_review(FEBRUARY) == review(FEBRUARY)
    assert events.last_review(MARCH + DAY) == review(MARCH)


days = st.dates(dt.date(2027, 1, 1), dt.date(2027, 3, 1))
scopes = st.sampled_from(["", "msp", "cpts"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), scopes, days), max_size=12))
def test_whatever_is_told_a_day_is_suspended_by_one_decision_of_a_scope(told: list[tuple[bool, str, dt.date]]) -> None:
    """And each day that was suspended before a refusal still is: a refused command changes nothing."""
    events = NONE
    for begins, scope, day in told:
        try:
            events = with_suspension(events, suspension(day, scope)) if begins else with_resumption(events, scope, day)
        except Refused:
            continue
        eve = day - DAY
        mine = [one for one in events.suspensions if one.organization_id == scope]
        assert [one.period.covers(day) for one in mine].count(True) == int(
            begins or any(one.period.covers(day) for one in mine)
        )
        assert begins or any(one.period.covers(eve) for one in mine)
    for scope in ("", "msp", "cpts"):
        of_scope = [one.period for one in events.suspensions if one.organization_id == scope]
        for number in range(70):
            day = dt.date(2027, 1, 1) + number * DAY
            assert sum(period.covers(day) for period in of_scope) <= 1
    assert events_from_fhir(events_to_fhir(events)) == events


def test_a_record_that_does_not_read_is_refused() -> None:
    resource = events_to_fhir(with_review(with_suspension(NONE, suspension(structure="msp")), review(MARCH)))
    assert events_from_fhir(resource).reviews == (review(MARCH),)
    resource["extension"][0]["extension"][1] = {"url": "period", "valuePeriod": {"end": "2027-02-01"}}
    with pytest.raises(Refused):
        events_from_fhir(resource)
