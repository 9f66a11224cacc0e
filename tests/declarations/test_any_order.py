"""Whatever the order in which the states of dossiers come, and however often, the same is on record in the end."""

import datetime as dt
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.fhir.json import parse
from mappings.records.dossier import declaration_from_dossier
from service.declarations import Keeping
from service.finding import found
from service.intake.knowledge import Readings
from service.ledger.verify import verify
from service.records.catalogue import load_catalogue
from service.store import open_store
from tests.declarations.scene import FORM, at, line, lodged, team
from tests.house import ROOT, Clock, Ids

Json = dict[str, Any]
CATALOGUE = load_catalogue(ROOT / "fixtures" / "protocols")
PEOPLE = [*team()[:3], *team()[10:12]]
TYPES = ("Task", "PractitionerRole", "Practitioner", "Organization", "CareTeam")


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, str]]:
    told = []
    for person in draw(st.lists(st.sampled_from(PEOPLE), unique_by=lambda p: str(p["rpps"]), max_size=5)):
        change: dict[str, str] = draw(
            st.sampled_from(
                [
                    {},
                    {"profession": "Médecin", "fonction": "Délégant"},
                    {"prenom": "Autre"},
                    {"profession": "Rebouteux"},
                    {"rpps": "12"},
                ]
            )
        )
        told.append(line(person, **change))
    return told


@st.composite
def histories(draw: st.DrawFn) -> list[Json]:
    """The states that one, two or three dossiers went through, each as the portal tells it."""
    states = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        day = at("2026-03-01") + dt.timedelta(days=draw(st.integers(0, 20)))
        start, changed, modified, members, state = day, day, day, draw(rows()), "en_construction"
        for _ in range(draw(st.integers(1, 4))):
            states.append(
                lodged(number, start.date().isoformat(), members, state=state, changed=changed, modified=modified)
            )
            modified += dt.timedelta(days=draw(st.integers(1, 9)))
            if draw(st.booleans()):
                changed, members = modified, draw(rows())
            else:
                state = draw(st.sampled_from(["en_construction", "en_instruction", "accepte", "refuse", "sans_suite"]))
    return states


def ends_with(nodes: Iterable[Json]) -> dict[str, Json]:
    """What is on record once ``nodes`` have come one after the other: every current resource, without its version."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'binome.sqlite'}")
        try:
            keeping = Keeping(store=store, clock=Clock(), ids=Ids(), readings=Readings())
            for node in nodes:
                declared = declaration_from_dossier(node, FORM, CATALOGUE)
                assert declared is not None
                keeping.keep(declared)
            assert list(verify(store, None)) == []
            told = [parse(version.body) for type_ in TYPES for version in found(store, type_, count=500)]
        finally:
            store.close()
    for resource in told:
        resource["meta"] = {k: v for k, v in resource["meta"].items() if k not in ("versionId", "lastUpdated")}
    return {f"{one['resourceType']}/{one['id']}": one for one in told}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.data())
def test_any_order_duplication_and_overlap_ends_the_same(states: list[Json], data: st.DataObject) -> None:
    often = data.draw(st.lists(st.sampled_from(states), max_size=4))
    shuffled = data.draw(st.permutations([*states, *often]))
    one, other = ends_with(states), ends_with(shuffled)
    assert one.keys() == other.keys()
    for key, resource in one.items():
        assert resource == other[key], key
