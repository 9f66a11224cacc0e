"""An enrolment without a mailbox: what the directory has, what is on record already, and what nobody guesses."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mappings.records.enrolment import enrolment_from_record
from service.app import create_app
from service.clients.directory import Directory, DirectorySettings
from service.sandbox.directory import Situation
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from service.store import Store, open_store
from tests.house import House, Json, team_records

RECORD = team_records("enrolments")[10]
READ = enrolment_from_record(RECORD)
OWN, HERE = READ.practitioner.mailbox, "ici-fictif@cpts.formation.mssante.fr"
ELSEWHERE = replace(READ.organization, id="autre", finess="380999982", name="AUTRE STRUCTURE (FICTIVE)")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}")
    yield opened
    opened.close()


class Lookup:
    """One house whose directory is the sandbox's."""

    def __init__(self, store: Store, folder: Path, sandbox: Sandbox) -> None:
        self.house, self.sandbox = House(store, folder, people=0), sandbox
        self.restarted()

    def restarted(self) -> None:
        """A new process: it remembers nothing of the directory."""
        directory = Directory(DirectorySettings(base=self.sandbox.directory_url, key="x", seconds=60), self.house.clock)
        self.house.app = create_app(replace(self.house.composition, directory=directory))

    def enrolled(self, **changes: str) -> str:
        """The mailbox on record after an enrolment told without one, or with what is in ``changes``."""
        told: Json = {key: value for key, value in RECORD.items() if key != "mailbox"} | changes
        answer = self.house.post("enrolments", told)
        assert answer.status_code in (200, 201), answer.json
        (one,) = self.house.found(f"Practitioner?identifier={READ.practitioner.rpps}")
        return next((each["value"] for each in one.get("telecom", ())), "")

    def silent(self) -> None:
        self.restarted()
        self.sandbox.state.faults.order(Fault(destination="directory", kind="5xx", at="search", times=100, code=503))


def lookup_of(store: Store, folder: Path, *people: Situation) -> Iterator[Lookup]:
    with Sandbox(validate=False, people=people) as sandbox:
        yield Lookup(store, folder, sandbox)


@pytest.fixture
def alone(store: Store, tmp_path: Path) -> Iterator[Lookup]:
    yield from lookup_of(store, tmp_path, Situation(READ.practitioner, READ.organization))


@pytest.fixture
def here(store: Store, tmp_path: Path) -> Iterator[Lookup]:
    """One of their own, and one for this structure."""
    yield from lookup_of(store, tmp_path, Situation(READ.practitioner, READ.organization, HERE))


@pytest.fixture
def elsewhere(store: Store, tmp_path: Path) -> Iterator[Lookup]:
    """One of their own, and one for another structure."""
    people = (Situation(READ.practitioner, READ.organization), Situation(READ.practitioner, ELSEWHERE, HERE))
    yield from lookup_of(store, tmp_path, *people)


def test_the_only_one_is_taken(alone: Lookup) -> None:
    assert alone.enrolled() == OWN


def test_the_one_of_the_structure_is_taken(here: Lookup) -> None:
    assert here.enrolled() == HERE


def test_of_several_none_is_guessed_and_the_one_given_is_kept(elsewhere: Lookup) -> None:
    assert elsewhere.enrolled() == ""
    assert elsewhere.enrolled(mailbox=OWN) == OWN
    # Still one of theirs: it stays.
    assert elsewhere.enrolled() == OWN


def test_one_that_is_theirs_no_more_is_not_kept_among_several(elsewhere: Lookup) -> None:
    assert elsewhere.enrolled(mailbox="partie-fictif@cpts.formation.mssante.fr") != ""
    assert elsewhere.enrolled() == ""


def test_an_outage_loses_neither_the_enrolment_nor_the_box_on_record(alone: Lookup) -> None:
    assert alone.enrolled() == OWN
    alone.silent()
    assert alone.enrolled() == OWN


def test_an_outage_at_the_first_enrolment_leaves_it_without_a_box(alone: Lookup) -> None:
    alone.silent()
    assert alone.enrolled() == ""


def test_a_professional_who_moved_is_enrolled_anew_with_the_new_box(alone: Lookup) -> None:
    assert alone.enrolled(mailbox="ancienne-fictif@cpts.formation.mssante.fr") != OWN
    assert alone.enrolled() == OWN
