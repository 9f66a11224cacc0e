"""A corrected act against real sockets: the registry, the FHIR record and the mailboxes of the sandbox judge its versions."""

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.demonstration import records
from service.ledger.verify import verify
from service.outbox.envelope import Destination, State
from service.versions import documents_of, envelopes_of_act, last_by_destination
from tests.stores import EMBEDDED, database, postgres_server  # noqa: F401  # fixtures
from tests.whole.test_whole_way import Way, way_over

DOCTOR = "antoine.weber-fictif@medecin.formation.mssante.fr"


@pytest.fixture
def way(database: str, tmp_path: Path) -> Iterator[Way]:  # noqa: F811  # the imported fixture
    with way_over(database, tmp_path) as one:
        yield one


def correct(way: Way, made: dict[str, Any], identifier: str, conclusion: str) -> dict[str, Any]:
    body = {
        "reason": "Conclusion incomplète.",
        "act": {**records("acts")[0], "identifier": identifier, "conclusion": conclusion},
    }
    answer = way.client.put(f"/records/acts/{made['act'].partition('/')[2]}", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def names(way: Way, made: dict[str, Any], version: int) -> list[str]:
    envelopes = envelopes_of_act(way.store, made["act"].partition("/")[2], version)
    assert {one.state for one in last_by_destination(envelopes).values()} == {State.ACCEPTED}
    return [one.unique_id for one in documents_of(way.store, envelopes)]


#: What goes wrong when the new version is brought.
@EMBEDDED
@pytest.mark.parametrize("kind", ["", "store-then-fault", "cut-before"])
def test_the_registry_shows_the_last_version_and_keeps_the_former(way: Way, kind: str) -> None:
    made = way.act(f"C-{kind}")
    way.deliver()
    correct(way, made, f"C-{kind}", "Conclusion complète.")
    if kind:
        way.order(destination="xds", kind=kind, at="ITI-41", times=1)
    way.deliver()
    first, second = names(way, made, 2)
    registry = way.sandbox.state.registry
    (former,), (current,) = registry.by_unique_id(first), registry.by_unique_id(second)
    assert [one.status.rpartition(":")[2] for one in (former, current)] == ["Deprecated", "Approved"]
    links = [one for one in registry.links_of({current.entry_uuid}) if one.kind.endswith(":RPLC")]
    assert [(one.source, one.target) for one in links] == [(current.entry_uuid, former.entry_uuid)]
    assert [one["stored"] for one in way.documents()] == [1, 1]
    mails = [email.message_from_bytes(one, policy=email.policy.default) for one in way.mails(DOCTOR)]
    assert [one["In-Reply-To"] for one in mails] == [None, mails[0]["Message-ID"]]
    assert list(verify(way.store)) == []


def test_a_version_corrected_before_it_left_is_nobodys(way: Way) -> None:
    made = way.act("C-early")
    correct(way, made, "C-early", "Conclusion complète.")
    way.deliver()
    first, second = names(way, made, 2)
    registry = way.sandbox.state.registry
    assert registry.by_unique_id(first) == []
    assert [one.status.rpartition(":")[2] for one in registry.by_unique_id(second)] == ["Approved"]
    assert len(way.mails(DOCTOR)) == 1


@EMBEDDED
@pytest.mark.parametrize("publish", ["provide", "simplified"])
def test_the_fhir_record_supersedes_the_former(database: str, tmp_path: Path, publish: str) -> None:  # noqa: F811
    with way_over(database, tmp_path, shared_record="pdsm", pdsm_publish=publish) as way:
        made = way.act("C-pdsm")
        way.deliver()
        correct(way, made, "C-pdsm", "Conclusion complète.")
        way.order(destination="pdsm", kind="store-then-fault", times=1)
        way.deliver()
        first, second = names(way, made, 2)
        record = way.sandbox.state.fhir_record
        assert [record.status(one) for name in (first, second) for one in record.by_unique_id(name)] == [
            "superseded", "current",
        ]  # fmt: skip
        (held,) = record.by_unique_id(second)
        assert [one["code"] for one in held.document["relatesTo"]] == ["replaces"]
        assert Destination.PDSM in last_by_destination(envelopes_of_act(way.store, made["act"].partition("/")[2], 2))
