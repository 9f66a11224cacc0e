"""Each member held against the directory: an outage says nothing of anybody."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mappings.domain.declaration import Member
from mappings.records.enrolment import enrolment_from_record
from service.clients.directory import Directory, DirectorySettings
from service.declarations.checking import check_members, recorded_mailboxes
from service.sandbox.directory import Situation
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from service.store import open_store
from tests.declarations.scene import FINESS, at, team
from tests.house import Clock, House

READ = [enrolment_from_record(record) for record in team()[:3]]
MEMBERS = [
    Member(function="DELEGATEE", family=r.practitioner.family, given=r.practitioner.given, profession="70", rpps=r.practitioner.rpps)
    for r in READ
]  # fmt: skip
ELSEWHERE = replace(READ[0].organization, id="autre", finess="380999982", name="AUTRE STRUCTURE (FICTIVE)")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The first is at work here, the second elsewhere; the third is in no directory."""
    people = [
        Situation(READ[0].practitioner, READ[0].organization),
        Situation(READ[1].practitioner, ELSEWHERE),
    ]
    with Sandbox(validate=False, people=people) as started:
        yield started


def directory(sandbox: Sandbox) -> Directory:
    return Directory(DirectorySettings(base=sandbox.directory_url, key="x", seconds=60), lambda: at("2026-11-20"))


def verdicts(sandbox: Sandbox, *members: Member, finess: str = FINESS) -> list[tuple[str, str, str]]:
    return [(c.known, c.profession, c.activity) for c in check_members(members, finess, directory(sandbox), Clock())]


def test_known_of_that_profession_at_work_there(sandbox: Sandbox) -> None:
    assert verdicts(sandbox, *MEMBERS) == [
        ("yes", "yes", "yes"),
        ("yes", "yes", "no"),
        ("no", "unverified", "unverified"),
    ]
    assert verdicts(sandbox, replace(MEMBERS[0], profession="10")) == [("yes", "no", "yes")]
    assert verdicts(sandbox, replace(MEMBERS[0], rpps="", adeli="389999999")) == [("unverified",) * 3]


def test_a_structure_that_the_directory_does_not_have_says_nothing_of_anybody(sandbox: Sandbox) -> None:
    assert verdicts(sandbox, MEMBERS[0], finess="380999974") == [("yes", "yes", "unverified")]


@pytest.mark.parametrize("kind", ["5xx", "4xx", "html", "empty", "truncated", "cut"])
def test_an_outage_is_not_verified_and_never_false(sandbox: Sandbox, kind: str) -> None:
    sandbox.state.faults.order(Fault(destination="directory", kind=kind, at="search", times=100, code=503))
    assert verdicts(sandbox, *MEMBERS) == [("unverified",) * 3] * 3


def test_an_outage_between_the_two_questions(sandbox: Sandbox) -> None:
    sandbox.state.faults.order(
        Fault(destination="directory", kind="5xx", at="search", times=100, code=503, match=FINESS)
    )
    assert verdicts(sandbox, MEMBERS[0]) == [("yes", "yes", "unverified")]


def test_a_structure_is_asked_for_once(sandbox: Sandbox) -> None:
    known = directory(sandbox)
    assert known.works_in(MEMBERS[0].rpps, FINESS) is True
    sandbox.state.faults.order(Fault(destination="directory", kind="5xx", at="search", times=100, code=503))
    assert known.works_in(MEMBERS[0].rpps, FINESS) is True


def test_a_slow_directory_is_not_waited_for_without_end(sandbox: Sandbox) -> None:
    class Slow(Clock):
        """Each look at it, nine seconds have passed."""

        def __call__(self) -> dt.datetime:
            self.pass_(seconds=9)
            return self.now

    told = check_members(MEMBERS * 2, FINESS, directory(sandbox), Slow())
    assert [one.known for one in told] == ["yes", "yes", *["unverified"] * 4]


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ("", "to-choose"),
        ("PARTIE-fictif@cpts.formation.mssante.fr", "moved"),
        (READ[0].practitioner.mailbox.upper(), "yes"),
    ],
)
def test_the_mailbox_on_record_beside_those_of_the_directory(sandbox: Sandbox, recorded: str, said: str) -> None:
    boxes = {MEMBERS[0].rpps: recorded}
    (check,) = check_members(MEMBERS[:1], FINESS, directory(sandbox), Clock(), boxes)
    assert (check.mailbox, check.is_whole) == (said, said == "yes")


@pytest.mark.parametrize(("recorded", "said"), [("", "none"), ("rouge-fictif@cpts.formation.mssante.fr", "yes")])
def test_a_box_that_is_not_published_is_held_against_nobody(recorded: str, said: str) -> None:
    unlisted = replace(READ[0].practitioner, mailbox="")
    with Sandbox(validate=False, people=[Situation(unlisted, READ[0].organization)]) as red:
        (check,) = check_members(MEMBERS[:1], FINESS, directory(red), Clock(), {MEMBERS[0].rpps: recorded})
    assert (check.mailbox, check.is_whole) == (said, True)


def test_during_an_outage_what_was_learnt_before_is_told_with_its_date(sandbox: Sandbox) -> None:
    clock = Clock()
    known = Directory(DirectorySettings(base=sandbox.directory_url, key="x", seconds=60), clock)
    boxes = {one.rpps: READ[n].practitioner.mailbox for n, one in enumerate(MEMBERS)}
    learnt = clock()
    assert [c.as_of for c in check_members(MEMBERS, FINESS, known, clock, boxes)] == [None, None, None]
    sandbox.state.faults.order(Fault(destination="directory", kind="5xx", at="search", times=100, code=503))
    clock.pass_(days=3)
    first, second, third = check_members(MEMBERS, FINESS, known, clock, boxes)
    # Nobody who was known becomes unknown; nothing of three days ago passes for today's.
    assert [(c.known, c.profession, c.mailbox, c.as_of) for c in (first, second)] == [("yes", "yes", "yes", learnt)] * 2
    assert not first.is_whole
    assert (third.known, third.as_of) == ("unverified", None)


def test_the_mailboxes_on_record(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}")
    try:
        House(store, tmp_path, people=1)
        numbers = [*MEMBERS[:1], replace(MEMBERS[0], rpps=""), replace(MEMBERS[0], rpps="99900009999")]
        assert recorded_mailboxes(store, numbers) == {MEMBERS[0].rpps: READ[0].practitioner.mailbox}
    finally:
        store.close()
