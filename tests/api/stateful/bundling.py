"""Several changes at once: batches entry by entry, transactions whole or not at all; acts, and their acknowledgement."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from mappings.fhir.json import dump
from tests.api.stateful.histories import history_of
from tests.api.stateful.model import Change, Expected
from tests.api.stateful.pair import JSON, JSON_PATCH
from tests.api.stateful.patches import BIRTH, GIVEN, NEVER, binary, patch_of
from tests.api.stateful.resources import Json, identifiers, pointers
from tests.api.stateful.searching import Searching
from tests.api.stateful.writing import TYPES
from tests.house import act_bundle

_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2}
_NEW = "urn:uuid:7d5a7a4e-8f3c-4a4e-9a53-0c6f5b1d2e3f"
#: Entries that nothing can be done with.
_BAD: tuple[Json, ...] = (
    {"request": {"method": "PATCH", "url": "Patient/nobody"}, "resource": binary([])},
    {"request": {"method": "POST", "url": "Task"}, "resource": {"resourceType": "Task", "status": "draft"}},
    {"request": {"method": "PUT", "url": "Patient/0"}, "resource": {"resourceType": "Patient", "id": "0"}},
    {"request": {"method": "DELETE", "url": "Procedure/0"}},
)
#: What the server makes around the act of the fixtures, beside what the client sent.
_MADE = {"Task", "Provenance"}
DELEGATOR = "99900002017"


class Bundling(Searching):
    """The rules that write several."""

    acts = acknowledgements = 0

    def post(self, kind: str, entries: list[Json]) -> Any:
        body = dump({"resourceType": "Bundle", "type": kind, "entry": entries})
        return self.pair.ask("POST", "/", body, Content_Type=JSON)

    def asked(self, data: st.DataObject, type_: str) -> tuple[Change, Json]:
        """One entry, and the change it asks."""
        method = data.draw(st.sampled_from(["POST", "PUT", "PATCH", "DELETE"] if type_ != "Observation" else ["POST"]))
        if method == "PATCH":
            type_ = "Patient"
        id_ = "" if method == "POST" else self.key(data, (type_,))[1]
        url = f"{type_}/{id_}" if id_ else type_
        entry: Json = {"request": {"method": method, "url": url}}
        if method == "DELETE":
            return Change(method=method, type=type_, id=id_, same=""), entry
        if method == "PATCH":
            said, made = patch_of(data.draw(st.sampled_from([BIRTH, GIVEN, NEVER])), "1992-12-31", JSON_PATCH)
            return Change(method=method, type=type_, id=id_, same="", patch=made), entry | {"resource": binary(said)}
        resource = self.resource(data, type_) | ({"id": id_} if id_ else {})
        same = f"{method} {url} {dump(resource)!r}"
        return Change(method=method, type=type_, id=id_, same=same, resource=resource), entry | {"resource": resource}

    def check_entry(self, expected: Expected, told: Json) -> None:
        """What is told of one entry; the model goes on."""
        response = told["response"]
        assert int(response["status"][:3]) == expected.status, (expected, told)
        if expected.status >= 400:
            return
        id_ = expected.id
        if expected.writes and expected.body is not None:
            type_, id_, _, version = response["location"].split("/")
            assert (type_, int(version)) == (expected.change.type, expected.version)
            assert expected.id in ("", id_)
        if expected.version:
            assert response["etag"] == f'W/"{expected.version}"'
        self.kept(self.model.record(expected, id_, self.pair.now))

    @rule(data=st.data(), types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=4))
    def batch(self, data: st.DataObject, types: list[str]) -> None:
        """Each entry is carried out by itself, in the order asked."""
        asked = [self.asked(data, type_) for type_ in types]
        answer = self.post("batch", [entry for _, entry in asked])
        assert answer.status == 200, answer
        for (change, _), told in zip(asked, answer.json["entry"], strict=True):
            self.check_entry(self.model.expect(change), told)

    @rule(data=st.data(), types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=4))
    def transaction(self, data: st.DataObject, types: list[str]) -> None:
        """In the order of the specification, all or nothing: one entry that fails alone undoes them all."""
        asked = [self.asked(data, type_) for type_ in types]
        if not self._apart(asked):
            return
        if data.draw(st.booleans()):
            bad, place = data.draw(st.sampled_from(_BAD)), data.draw(st.integers(0, len(asked)))
            entries = [entry for _, entry in asked]
            answer = self.post("transaction", [*entries[:place], bad, *entries[place:]])
            assert 400 <= answer.status < 500, answer
            self.nothing_new()
        same = repr([entry for _, entry in asked])
        asked = [(replace(change, same=same), entry) for change, entry in asked]
        beside = {(change.type, change.id) for change, _ in asked if change.method == "PUT"}
        expected = {n: self.model.expect(change, beside) for n, (change, _) in enumerate(asked)}
        answer = self.post("transaction", [entry for _, entry in asked])
        if any(one.status >= 400 for one in expected.values()):
            assert 400 <= answer.status < 500, (expected, answer)
            self.nothing_new()
            return
        assert answer.status == 200, (expected, answer)
        if "Idempotent-Replayed" in answer.headers:
            assert any(one.replayed for one in expected.values())
            return
        told = answer.json["entry"]
        for n in sorted(expected, key=lambda n: _ORDER[asked[n][0].method]):
            self.check_entry(expected[n], told[n])

    def _apart(self, asked: list[tuple[Change, Json]]) -> bool:
        """Whether no entry is about what another is about, bears its identifier, or points at what it deletes."""
        keys = [(change.type, change.id) for change, _ in asked if change.id]
        born = [(c.type, one) for c, _ in asked for one in identifiers(c.resource) if c.type != "Observation"]
        deleted = {(change.type, change.id) for change, _ in asked if change.method == "DELETE"}
        pointed = [change.resource for change, _ in asked] + [self.model.body(key) for key in set(keys) - deleted]
        return len(keys) == len(set(keys)) and len(born) == len(set(born)) and not deleted & pointers(pointed)

    @rule(data=st.data())
    def born_together(self, data: st.DataObject) -> None:
        """Entries name each other by a urn: what is kept names what was made of it."""
        patient, observation = self.resource(data, "Patient"), self.resource(data, "Observation")
        about = Change(method="POST", type="Patient", same=f"born {len(self.model.log)}", resource=patient)
        expected = self.model.expect(about)
        answer = self.post("transaction", [
            {"request": {"method": "POST", "url": "Observation"}, "resource": observation | {"subject": {"reference": _NEW}}},
            {"request": {"method": "POST", "url": "Patient"}, "resource": patient, "fullUrl": _NEW},
        ])  # fmt: skip
        if expected.status != 201:
            assert answer.status == expected.status, (expected, answer)
            return
        assert answer.status == 200, answer
        first, second = answer.json["entry"]
        id_ = second["response"]["location"].split("/")[1]
        kept = observation | {"subject": {"reference": f"Patient/{id_}"}}
        # The patient counts as there for what points at it, and is written after it.
        told = Change(method="POST", type="Observation", same="", resource=kept)
        self.check_entry(Expected(status=201, change=told, version=1, body=kept, writes=True), first)
        self.check_entry(expected, second)

    # Acts

    @rule(again=st.booleans())
    @precondition(lambda self: self.acts < 2)
    def act(self, again: bool) -> None:
        """The whole transaction of an act; the same again is answered again and adds nothing."""
        known = len(self.model.log)
        sent = dump(act_bundle(f"ACTE-{self.acts}"))
        answer = self.pair.ask("POST", "/", sent, Content_Type=JSON)
        assert answer.status == 200, answer
        self.acts += 1
        new = history_of(self.pair, "/_history?_count=50", known)
        assert {entry["response"]["location"].split("/")[0] for entry in answer.json["entry"]} | _MADE <= {
            one.type for one in new
        }
        assert {one.recorded for one in new} == {self.pair.now}
        self.model.absorb(new)
        if again:
            repeated = self.pair.ask("POST", "/", sent, Content_Type=JSON)
            assert (repeated.status, repeated.body) == (200, answer.body)
            assert repeated.headers["Idempotent-Replayed"] == "true"

    @rule()
    @precondition(lambda self: self.acknowledgements < 2 * self.acts)
    def acknowledge(self) -> None:
        """By the délégant, who may say it twice."""
        self.acknowledgements += 1
        task = next(one for one in reversed(self.model.log) if one.type == "Task")
        done = (task.body or {})["status"] == "completed"
        known = len(self.model.log)
        url, token = f"/Task/{task.id}/$acknowledge", self.pair.token(DELEGATOR)
        assert self.pair.ask("POST", url).status == 401
        answer = self.pair.ask("POST", url, Authorization=token)
        assert (answer.status, answer.json["status"]) == (200, "completed")
        new = history_of(self.pair, "/_history?_count=50", known)
        assert [one.type for one in new] == ([] if done else ["Task", "Provenance"])
        self.model.absorb(new)
