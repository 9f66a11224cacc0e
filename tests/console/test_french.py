"""Dates, hours and names as the pages write them."""

import datetime as dt

import pytest

from mappings.domain.people import Practitioner
from service.console import french, words
from service.outbox.envelope import Destination, State
from service.outbox.receipt import Outcome


@pytest.mark.parametrize(
    ("at", "written", "machine"),
    [
        (dt.date(2026, 11, 1), "1er novembre 2026", "2026-11-01"),
        (dt.datetime(2026, 11, 20, 9, 5, tzinfo=dt.UTC), "20 novembre 2026 à 10 h 05", "2026-11-20T10:05:00+01:00"),
        # The same hour of the clock, an hour earlier of the sun: summer time.
        (dt.datetime(2026, 7, 20, 8, 5, tzinfo=dt.UTC), "20 juillet 2026 à 10 h 05", "2026-07-20T10:05:00+02:00"),
        # Already the next year in France.
        (dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC), "1er janvier 2027 à 0 h 00", "2027-01-01T00:00:00+01:00"),
    ],
)
def test_moments(at: dt.date, written: str, machine: str) -> None:
    assert french.moment(at).replace(french.NBSP, " ") == written
    assert french.machine(at) == machine


def test_a_date_never_breaks_inside() -> None:
    at = dt.datetime(2026, 11, 20, 9, 5, tzinfo=dt.UTC)
    assert french.moment(at).split(" ") == ["20\u00a0novembre\u00a02026", "à\u00a010\u00a0h\u00a005"]


def test_names() -> None:
    person = Practitioner(
        id="p", rpps="99900002025", family="BENALI-FICTIF", given="Nadia", prefix="MME", suffix="DR", profession="10"
    )
    assert french.name(person) == "Dr\u00a0Nadia BENALI-FICTIF"
    assert french.of(french.name(person)) == "du Dr\u00a0Nadia BENALI-FICTIF"
    assert french.of("Mme\u00a0Prune DRAGON-FICTIF") == "de Mme\u00a0Prune DRAGON-FICTIF"


def test_typeset() -> None:
    assert french.typeset("« l'entorse » : oui ; 5 %") == ("«\u00a0l’entorse\u00a0»\u00a0: oui\u00a0; 5\u00a0%")


@pytest.mark.parametrize(("count", "written"), [(0, "0 acte"), (1, "1 acte"), (2, "2 actes")])
def test_counted(count: int, written: str) -> None:
    assert french.counted(count, "acte", "actes").replace(french.NBSP, " ") == written


@pytest.mark.parametrize(
    ("count", "written"),
    [(1, "1 octet"), (999, "999 octets"), (1000, "1 ko"), (999_999, "999 ko"), (1_450_000, "1,4 Mo")],
)
def test_sizes(count: int, written: str) -> None:
    assert french.size(count).replace(french.NBSP, " ") == written


def test_every_code_of_ours_has_words() -> None:
    assert set(words.DESTINATIONS) == set(words.SHORT_DESTINATIONS) == set(Destination)
    assert set(words.STATES) == set(State)
    assert set(Outcome) <= set(words.ANSWERS)


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("0465710001", "04 65 71 00 01"),
        ("04.65.71.00.01", "04 65 71 00 01"),
        ("+33465710001", "+33 4 65 71 00 01"),
        ("+33 4 65 71 00 01", "+33 4 65 71 00 01"),
        # Neither national nor French: nobody here knows how it is grouped.
        ("3114", "3114"),
        ("+32470123456", "+32470123456"),
    ],
)
def test_a_phone_number_is_read_by_pairs(told: str, written: str) -> None:
    assert french.phone(told).replace(french.NBSP, " ") == written
