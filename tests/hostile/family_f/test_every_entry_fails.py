"""A transaction that fails at entry k, for every k: not one row of either store is other than it was (http.html#trules)."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.hostile.family_f.case import Ground, bundle, entry, patient
from tests.hostile.family_f.twins import Twins
from tests.house import Json, act_bundle

Fault = Callable[[Ground], Json]


def good(g: Ground) -> list[Json]:
    """One of each method, an act among them, and readings."""
    return [
        entry("DELETE", "Patient/personne"),
        *act_bundle("ACTE-HOSTILE-K")["entry"],
        entry("POST", "Patient", patient("H-K-1"), "urn:uuid:1"),
        entry("POST", "Patient", patient("H-K-2", link=[{"other": {"reference": "urn:uuid:1"}, "type": "seealso"}])),
        entry("PUT", g["Patient", 1], g.told("Patient", 1) | {"active": False}),
        entry("PUT", "Patient/h-k-3", patient("H-K-3", id="h-k-3")),
        entry("GET", g["Patient", 1]),
        entry("GET", "Patient?_count=1"),
    ]


#: Each refused at another step: what is read, what is placed, what is judged, what is committed.
FAULTS: Final[dict[str, Fault]] = {
    "its form": lambda g: entry("POST", "Patient", patient("H-K-X", birthDate="2026-02-30")),
    "its address": lambda g: entry("POST", "Patient/x/y", patient("H-K-X")),
    "its method": lambda g: entry("DELETE", g["Procedure", 0]),
    "its version": lambda g: entry("PUT", g["Patient", 0], g.told("Patient", 0), ifMatch='W/"99"'),
    "its condition": lambda g: entry("DELETE", "Patient?gender=male,female"),
    "its reference": lambda g: entry(
        "POST", "Patient", patient("H-K-X", managingOrganization={"reference": "Organization/personne"})
    ),
    "its conditional reference": lambda g: entry(
        "POST",
        "Patient",
        patient("H-K-X", managingOrganization={"reference": "Organization?identifier=urn:x|personne"}),
    ),
    "its patch": lambda g: entry("PATCH", "Patient/personne", {"resourceType": "Parameters"}),
    "the law": lambda g: _act_of_another(g),
    "what points at it": lambda g: entry("DELETE", g["Organization", 0]),
    "a number that is taken": lambda g: entry(
        "POST", "Patient", patient("H-K-X", identifier=g.told("Patient", 0)["identifier"][1:])
    ),
    "a number taken in the same transaction": lambda g: entry("POST", "Patient", patient("H-K-1")),
}


def _act_of_another(g: Ground) -> Json:
    procedure: Json = act_bundle("ACTE-HOSTILE-K-X")["entry"][0]
    procedure["resource"]["basedOn"] = [{"reference": g["CarePlan", 1]}]
    return procedure | {"fullUrl": "urn:uuid:2"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_failure_at_any_place_leaves_every_row(twins: Twins, name: str) -> None:
    for twin in twins.pair:
        entries, fault = good(twin.ground), FAULTS[name](twin.ground)
        twin.changed()
        for k in range(len(entries) + 1):
            answer = twin.house.fhir("POST", "/", bundle(*entries[:k], fault, *entries[k:]))
            assert 400 <= answer.status_code < 500, answer.text
            assert answer.json["resourceType"] == "OperationOutcome"
            assert twin.changed() == frozenset()


def test_without_the_fault_it_is_carried_out(twins: Twins) -> None:
    """What fails above fails by its fault alone; and the rows are looked at, for now they change."""
    for twin in twins.pair:
        twin.changed()
        answer = twin.house.fhir("POST", "/", bundle(*good(twin.ground)))
        assert answer.status_code == 200, answer.text
        assert {"resource_version", "index_term", "chain_link", "envelope", "request"} <= twin.changed()
