"""A report hidden, shown again, archived, corrected and taken back, against the sandbox's two records and on both stores."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
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


STEPS = ("mask", "unmask", "hide", "reveal", "archive", "correct", "deliver", "down", "in error")


class Story:
    """One act under any sequence of gestures, and what the record ought to show of it at the end."""

    def __init__(self, way: Way, number: int) -> None:
        self.way, self.wanted, self.versions = way, Showing(), 1
        self.in_error = False
        self.act = way.act(f"S-{number}")["act"].partition("/")[2]

    def go(self, step: str) -> None:
        if step == "deliver":
            self.way.deliver()
        elif step == "down":
            road = self.way.composition.settings.shared_record
            # One change done of which the answer is lost, and one question that is not answered.
            change, question = {"xds": ("ITI-57", "ITI-18"), "pdsm": ("PATCH", "ITI-67")}[road]
            self.way.order(destination=road, kind="cut", at=change, times=1)
            self.way.order(destination=road, kind="busy", at=question, times=1)
        elif step == "correct":
            self._correct()
        elif step == "in error":
            self._take_back()
        else:
            self._change(step)

    def _change(self, step: str) -> None:
        wanted = self.wanted.after([step])
        answer = ask(self.way, self.act, masked=wanted.masked, hidden=wanted.hidden, archived=wanted.archived)
        again = ask(self.way, self.act, masked=wanted.masked, hidden=wanted.hidden, archived=wanted.archived)
        if self.in_error:
            assert wanted == self.wanted or answer.status_code == 409
            return
        assert (answer.status_code, again.json) == (200, answer.json), answer.text
        self.wanted = wanted

    def _correct(self) -> None:
        procedure = self.way.client.get(f"/fhir/Procedure/{self.act}").get_json()
        body = procedure | {"note": [{"text": f"Conclusion {self.versions}."}]}
        headers = {"Content-Type": "application/fhir+json", "X-Provenance": reason()}
        answer = self.way.client.put(f"/fhir/Procedure/{self.act}", json=body, headers=headers)
        assert (answer.status_code == 200) is not self.in_error, answer.text
        if not self.in_error:
            self.versions += 1
            # What was archived was the version before.
            self.wanted = replace(self.wanted, archived=False)

    def _take_back(self) -> None:
        told = self.way.client.get(f"/fhir/Procedure/{self.act}").get_json() | {"status": "entered-in-error"}
        headers = {"Content-Type": "application/fhir+json"}
        assert self.way.client.put(f"/fhir/Procedure/{self.act}", json=told, headers=headers).status_code == 200
        self.in_error = True


def _judge(story: Story) -> None:
    way, act = story.way, story.act
    went = sent(way, act)
    assert {one.state for one in went} <= {State.ACCEPTED, State.CANCELLED}, [(o.purpose, o.state) for o in went]
    held = shown(way, act)
    in_force = [one for one in held if one[0] in ("approved", "archived")]
    if story.in_error:
        assert in_force == [], "nothing of an act in error is in force"
    else:
        # The last version, as it is asked to show; the archive may hold some before it.
        status = "archived" if story.wanted.archived else "approved"
        assert in_force[-1] == (status, story.wanted.visibility)
        assert {one for one, _ in in_force[:-1]} <= {"archived"}
    tasks = [
        one["resource"]
        for one in way.client.get(f"/fhir/Task?code=update-report&focus=Procedure/{act}").json.get("entry", ())
    ]
    assert {one["status"] for one in tasks} <= {"completed", "cancelled"}
    changed = [one for one in went if one.purpose in CHANGES_SHOWING]
    assert {one["id"] for one in tasks} == {one.id for one in changed}, "one Task, one envelope, one change"
    for one in changed:
        answers = [each.outcome for each in way.store.attempts_of(one.id)]
        assert answers.count("accepted") == (one.state is State.ACCEPTED), "each gesture once"
    published = [
        one for one in way.client.get(f"/fhir/DocumentReference?related=Procedure/{act}").json.get("entry", ())
    ]
    last = [one["resource"] for one in published if one["resource"]["status"] == "current"]
    for reference in last:
        codes = {label["coding"][0]["code"] for label in reference["securityLabel"]} - {"N"}
        assert codes == story.wanted.visibility, "our own record says what the other shows"


@pytest.fixture
def numbers() -> Iterator[int]:
    return iter(range(1, 1000))


@example(["mask", "correct"])
@example(["deliver", "mask", "correct"])
@example(["deliver", "archive", "correct", "hide", "archive"])
@example(["hide", "deliver", "down", "reveal", "mask", "in error"])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=7))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_ends_as_it_asks(way: Way, numbers: Iterator[int], steps: list[str]) -> None:
    story = Story(way, next(numbers))
    for step in steps:
        story.go(step)
    way.deliver()
    _judge(story)
    assert list(verify(way.store)) == []
