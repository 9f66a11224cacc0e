"""A report hidden, shown again, archived, corrected and taken back, against the sandbox's two records and on both stores."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.domain.showing import Showing
from mappings.records.showing import showing_to_record
from service.ledger.verify import verify
from service.outbox.envelope import CHANGES_SHOWING, SHARED_RECORD, Envelope, State
from service.sandbox.pdsm_updates import ARCHIVED, DELETED, flag
from service.versions import documents_of, envelopes_of_act
from tests.intake.correcting import reason
from tests.stores import database, postgres_server  # noqa: F401  # fixtures
from tests.whole.test_whole_way import DELEGATOR, Way, way_over

DELEGATEE = "99900001019"
ROADS: dict[str, dict[str, str]] = {
    "xds": {"dmp_mode": "INDIRECTE_RENFORCEE"},
    "pdsm": {"shared_record": "pdsm", "pdsm_deletion": "is-deleted"},
}


@pytest.fixture(params=list(ROADS))
def way(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Way]:  # noqa: F811  # the imported fixture
    with way_over(database, tmp_path, **ROADS[request.param]) as one:
        yield one


def ask(way: Way, act: str, rpps: str = DELEGATEE, **wanted: bool) -> Any:
    bearer = {"Authorization": f"Bearer {way.composition.issuer.token(rpps)}"}
    body = showing_to_record(Showing(**wanted)) | {"reason": "Demandé par un test."}
    return way.client.put(f"/records/acts/{act}/visibility", json=body, headers=bearer)


def sent(way: Way, act: str) -> list[Envelope]:
    """What went, or goes, to the shared record."""
    stored = way.store.read("Procedure", act)
    assert stored is not None
    return [one for one in envelopes_of_act(way.store, act, stored.version) if one.destination in SHARED_RECORD]


def shown(way: Way, act: str) -> list[tuple[str, frozenset[str]]]:
    """Of each version of the report that the record holds, where it stands there and from whom it is hidden."""
    found = []
    for document in documents_of(way.store, sent(way, act)):
        for entry in way.sandbox.state.registry.by_unique_id(document.unique_id):
            labels = {code for code in ("MASQUE_PS", "INVISIBLE_PATIENT") if code.encode() in entry.metadata}
            found.append((entry.status.rpartition(":")[2].lower(), frozenset(labels)))
        for held in way.sandbox.state.fhir_record.by_unique_id(document.unique_id):
            resource = way.sandbox.state.fhir_record.shown(held)
            codes = {label["coding"][0]["code"] for label in resource["securityLabel"]} - {"N"}
            status = {"current": "approved", "superseded": "deprecated"}[resource["status"]]
            status = "deleted" if flag(resource, DELETED) else "archived" if flag(resource, ARCHIVED) else status
            found.append((status, frozenset(codes)))
    return found


def test_hidden_shown_again_and_archived(way: Way) -> None:
    act = way.act("S-1")["act"].partition("/")[2]
    way.deliver()
    assert shown(way, act) == [("approved", frozenset())]
    answer = ask(way, act, DELEGATOR, masked=True, hidden=True)
    assert answer.status_code == 200, answer.text
    assert [one["change"] for one in answer.json["changes"]] == ["mask", "hide"]
    way.deliver()
    assert shown(way, act) == [("approved", {"MASQUE_PS", "INVISIBLE_PATIENT"})]
    ask(way, act, masked=True)
    way.deliver()
    assert shown(way, act) == [("approved", {"MASQUE_PS"})]
    ask(way, act, masked=True, archived=True)
    way.deliver()
    assert shown(way, act) == [("archived", {"MASQUE_PS"})]
    told = ask(way, act, masked=True, archived=True).json
    assert [(one["change"], one["status"]) for one in told["changes"]] == [
        (change, "completed") for change in ("mask", "hide", "reveal", "archive")
    ]
    assert list(verify(way.store)) == []
