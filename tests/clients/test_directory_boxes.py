"""Which box a mail goes to: the only one, else that of the structure, else somebody's choice; never the first by chance."""

from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.datatypes import mailbox
from service.clients.directory import Absence, Box, Choice, Directory, DirectorySettings
from service.clients.directory.boxes import choose
from tests.clients.test_directory import BASE, HUGO, RPPS, Time, bundle, resource

HERE, THERE = "h.weber-fictif@msp.formation.mssante.fr", "weber-fictif@hopital.formation.mssante.fr"
FINESS = "670999990"
OWN = HUGO.mailbox


def situation(n: int, *boxes: dict[str, Any], finess: str = "", active: bool = True) -> dict[str, Any]:
    organization: dict[str, Any] = {"reference": f"Organization/001-{n}"}
    if finess:
        organization["identifier"] = {"system": "https://finess.esante.gouv.fr", "value": finess}
    return {
        "resourceType": "PractitionerRole",
        "active": active,
        "practitioner": {"reference": "Practitioner/003-1"},
        "organization": organization,
        "telecom": list(boxes),
    }


def own(*boxes: dict[str, Any]) -> dict[str, Any]:
    return resource(telecom=list(boxes))


#: What the directory lists, and what is chosen for the work in FINESS.
CASES: dict[str, tuple[list[dict[str, Any]], Choice]] = {
    "the professional's only one": ([own(mailbox(OWN, "PER"))], Choice(OWN)),
    "the only one, in another structure": ([own(), situation(2, mailbox(THERE, "PER"))], Choice(THERE)),
    "the same one in two places": ([own(mailbox(OWN, "PER")), situation(1, mailbox(OWN.upper(), "PER"))], Choice(OWN)),
    "one of theirs and one in this structure": (
        [own(mailbox(OWN, "PER")), situation(1, mailbox(HERE, "PER"))],
        Choice(HERE),
    ),
    "this structure by its number alone": (
        [own(mailbox(OWN, "PER")), situation(9, mailbox(HERE, "PER"), finess=FINESS)],
        Choice(HERE),
    ),
    "one in this structure and one elsewhere": (
        [own(), situation(2, mailbox(THERE, "PER")), situation(1, mailbox(HERE, "PER"))],
        Choice(HERE),
    ),
    "one of theirs and one elsewhere": (
        [own(mailbox(OWN, "PER")), situation(2, mailbox(THERE, "PER"))],
        Choice(among=(OWN, THERE)),
    ),
    "two of theirs": ([own(mailbox(OWN, "PER"), mailbox(THERE, "PER"))], Choice(among=(OWN, THERE))),
    "two in this structure": (
        [own(), situation(1, mailbox(HERE, "PER"), mailbox(THERE, "PER"))],
        Choice(among=(HERE, THERE)),
    ),
    "one in a situation that has ended": (
        [own(mailbox(OWN, "PER")), situation(1, mailbox(HERE, "PER"), active=False)],
        Choice(OWN),
    ),
    "a practice's, a structure's, a software's": (
        [own(mailbox("c@cab.formation.mssante.fr", "CAB")), situation(1, mailbox("o@org.formation.mssante.fr", "ORG"))],
        Choice(),
    ),
    "a practice's beside theirs": (
        [own(mailbox("c@cab.formation.mssante.fr", "CAB"), mailbox(OWN, "PER"))],
        Choice(OWN),
    ),
    "an ordinary address": ([own({"system": "email", "value": "hugo@ordinaire.example"})], Choice()),
    "no address at all": ([own(mailbox("hugo weber <x>\r\nBcc: y@z.fr", "PER"))], Choice()),
    "none": ([own()], Choice()),
}


@pytest.mark.parametrize(("listed", "chosen"), CASES.values(), ids=CASES)
@responses.activate
def test_the_box_for_the_work_in_a_structure(listed: list[dict[str, Any]], chosen: Choice) -> None:
    structure = {"resourceType": "Organization", "id": "001-1", "identifier": [{"value": FINESS}]}
    responses.get(f"{BASE}/Practitioner", json=bundle(*listed))
    responses.get(f"{BASE}/Organization", json=bundle(structure))
    # The order in which the directory lists them says nothing.
    for order in (listed, [listed[0], *reversed(listed[1:])]):
        responses.upsert("GET", f"{BASE}/Practitioner", json=bundle(*order))
        directory = Directory(DirectorySettings(base=BASE, key="sesame", seconds=60), Time())
        assert directory.mailbox_of(RPPS, FINESS) == chosen


@responses.activate
def test_while_the_structure_cannot_be_looked_up_nobody_guesses() -> None:
    responses.get(f"{BASE}/Practitioner", json=bundle(own(mailbox(OWN, "PER")), situation(1, mailbox(HERE, "PER"))))
    responses.get(f"{BASE}/Organization", status=503)
    directory = Directory(DirectorySettings(base=BASE, key="sesame", seconds=60), Time())
    assert directory.mailbox_of(RPPS, FINESS) == Choice(among=(HERE, OWN))
    assert directory.mailbox_of(RPPS) == Choice(among=(HERE, OWN))


@responses.activate
def test_the_structure_is_asked_for_only_where_it_decides() -> None:
    responses.get(f"{BASE}/Practitioner", json=bundle(own(mailbox(OWN, "PER"))))
    directory = Directory(DirectorySettings(base=BASE, key="sesame", seconds=60), Time())
    assert directory.mailbox_of(RPPS, FINESS) == Choice(OWN)
    assert len(responses.calls) == 1


@responses.activate
def test_a_professional_who_moved_is_written_to_where_they_are() -> None:
    time = Time()
    directory = Directory(DirectorySettings(base=BASE, key="sesame", seconds=60), time)
    responses.get(f"{BASE}/Practitioner", json=bundle(own(mailbox(OWN, "PER"))))
    assert directory.mailbox_of(RPPS) == Choice(OWN)
    responses.upsert("GET", f"{BASE}/Practitioner", json=bundle(own(mailbox(THERE, "PER"))))
    time.passes(days=1)
    assert directory.mailbox_of(RPPS) == Choice(THERE)
    # And the box of before is not an answer of today when nobody answers.
    responses.upsert("GET", f"{BASE}/Practitioner", status=503)
    time.passes(days=1)
    assert directory.mailbox_of(RPPS) is Absence.UNAVAILABLE


@pytest.mark.parametrize("gone", [bundle(), bundle(own() | {"active": False})], ids=["nobody", "struck off"])
@responses.activate
def test_who_is_there_no_more_does_not_come_back_with_an_outage(gone: dict[str, Any]) -> None:
    time = Time()
    directory = Directory(DirectorySettings(base=BASE, key="sesame", seconds=60), time)
    responses.get(f"{BASE}/Practitioner", json=bundle(own(mailbox(OWN, "PER"))))
    directory.about(RPPS)
    time.passes(days=1)
    responses.upsert("GET", f"{BASE}/Practitioner", json=gone)
    assert directory.about(RPPS) in (Absence.UNKNOWN, Absence.INACTIVE)
    responses.upsert("GET", f"{BASE}/Practitioner", status=503)
    assert directory.about(RPPS) is Absence.UNAVAILABLE


box = st.builds(
    Box,
    st.sampled_from([OWN, HERE, THERE, OWN.upper()]),
    st.frozensets(st.sampled_from(["Organization/1", "Organization/2", FINESS]), max_size=2),
)


@given(st.lists(box, max_size=6), st.frozensets(st.sampled_from(["Organization/1", FINESS]), max_size=2))
def test_what_is_chosen_does_not_depend_on_an_order_and_is_the_only_one_it_could_be(
    boxes: list[Box], structures: frozenset[str]
) -> None:
    chosen = choose(boxes, structures)
    assert chosen == choose(list(reversed(boxes)), structures)
    every = {one.address.lower() for one in boxes}
    here = {one.address.lower() for one in boxes if one.structures & structures}
    assert not (chosen.address and chosen.among)
    if chosen.address:
        assert {chosen.address} in (every, here)
    else:
        assert set(chosen.among) == every
        assert len(every) != 1
        assert len(here) != 1
