"""Changes: create, update, patch, delete, on conditions or not; each foretold by the model, each compared."""

import copy
import datetime as dt
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.utils import format_datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from mappings.fhir.json import dump
from mappings.fhir.xml import resource_to_xml
from tests.api.stateful import values
from tests.api.stateful.asked import ASKED, identified
from tests.api.stateful.histories import history_of, versions_of
from tests.api.stateful.model import Change, Expected, Model, Version
from tests.api.stateful.pair import BASE, JSON, JSON_PATCH, XML, Answer, Furnished, Pair
from tests.api.stateful.patches import ADDRESS, BIRTH, GIVEN, NEVER, patch_of
from tests.api.stateful.resources import Json, identifiers

#: What clients may write by itself, and what of it they may write again.
TYPES = ("Patient", "Practitioner", "Organization", "Observation")
CHANGEABLE = TYPES[:3]
PREFERENCES = ("", "", "return=representation", "return=minimal", "return=OperationOutcome")


class Writing(RuleBasedStateMachine):
    """The pair, the model, and the rules that write. ``furnished`` is set by the test."""

    furnished: Furnished

    def __init__(self) -> None:
        super().__init__()
        self._open: AbstractContextManager[Pair] = self.furnished.copy()
        self.pair = self._open.__enter__()
        self.model = Model()
        self.model.absorb(history_of(self.pair, "/_history?_count=500"))
        #: What the machine wrote itself: the team stays as it is, so that acts are judged alike.
        self.ours: list[tuple[str, str]] = []

    def teardown(self) -> None:
        """Where nothing failed before: all is as the model has it, and the proofs are whole and the same."""
        try:
            if sys.exception() is None:
                self.check_whole()
        finally:
            self._open.__exit__(None, None, None)

    def check_whole(self) -> None:
        assert history_of(self.pair, "/_history?_count=500") == self.model.log
        for type_, id_ in dict.fromkeys([*self.ours, *(("Patient", id_) for id_ in values.IDS)]):
            last = self.model.last((type_, id_))
            answer = self.pair.ask("GET", f"/{type_}/{id_}")
            assert answer.status == (404 if last is None else 410 if last.body is None else 200), (last, answer)
            assert last is None or last.body is None or answer.json == last.body
        self.pair.check_proofs()

    # What is drawn

    def resource(self, data: st.DataObject, type_: str) -> Json:
        made: Callable[[], st.SearchStrategy[Json]] = {
            "Patient": lambda: values.patients(self.known("Organization"), self.known("Practitioner")),
            "Practitioner": values.practitioners,
            "Organization": lambda: values.organizations(self.known("Organization")),
            "Observation": lambda: values.observations(self.known("Patient")),
        }[type_]
        return data.draw(made())

    def known(self, type_: str) -> list[tuple[str, str]]:
        """What may be pointed at: what is there, what was, what never was."""
        return [*((type_, "never"),), *dict.fromkeys(one.key for one in self.model.log if one.type == type_)]

    def key(self, data: st.DataObject, types: tuple[str, ...] = CHANGEABLE) -> tuple[str, str]:
        """One of ours, or an id that a client chooses."""
        ours = [key for key in self.ours if key[0] in types]
        chosen = [(types[0], id_) for id_ in values.IDS]
        return data.draw(st.sampled_from([*ours, *ours, *chosen]) if ours else st.sampled_from(chosen))

    def condition(self, data: st.DataObject, type_: str, resource: Json | None) -> tuple[str, Any]:
        """A query, and what holds of what it finds. Whoever creates by it asks for the identifier that is created."""
        if resource is not None:
            (system, value), *_ = identifiers(resource)
            one = identified(system, value)
        else:
            one = data.draw(st.one_of(*ASKED[type_]))
        return one.text, lambda body: one.holds(body, self.model)

    # What is checked

    def change(self, change: Change, path: str, body: bytes, prefer: str = "", **headers: str) -> Expected:
        """Asked of both, and found to be what the model foretold."""
        expected = self.model.expect(change)
        named = {"Prefer": prefer, "Idempotency_Key": change.key}
        if change.if_match:
            named["If_Match"] = f'W/"{change.if_match}"'
        answer = self.pair.ask(change.method, path, body, **{k: v for k, v in (named | headers).items() if v})
        told = (expected.status, "return=OperationOutcome") == (204, prefer) and not expected.replayed
        assert answer.status == (200 if told else expected.status), (path, change, expected, answer)
        if answer.status >= 400:
            assert answer.json["resourceType"] == "OperationOutcome"
            return expected
        id_ = self.recorded(expected, answer)
        assert ("Idempotent-Replayed" in answer.headers) == expected.replayed
        assert answer.version == expected.version, (expected, answer)
        version = expected.found or self.model.last((change.type, id_))
        if expected.status != 204 and version is not None:
            assert answer.headers["Last-Modified"] == stamp(version.recorded)
            self.check_told(answer, version, prefer)
        return expected

    def recorded(self, expected: Expected, answer: Answer) -> str:
        """The model goes on; the id is the server's to choose where the client said none."""
        type_, id_ = expected.change.type, expected.id
        location = answer.headers.get("Location", "")
        if expected.writes and expected.body is not None:
            if not id_:
                id_ = location.removeprefix(f"{BASE}/{type_}/").partition("/")[0]
                assert self.model.last((type_, id_)) is None
            assert location == f"{BASE}/{type_}/{id_}/_history/{expected.version}"
        elif expected.status == 200:
            assert location.endswith(f"/_history/{expected.version}")
        else:
            assert not location
        self.kept(self.model.record(expected, id_, self.pair.now))
        return id_

    def kept(self, version: Version | None) -> None:
        if version is not None and version.key not in self.ours:
            self.ours.append(version.key)

    def check_told(self, answer: Answer, version: Version, prefer: str) -> None:
        if prefer == "return=minimal":
            assert answer.body == b""
        elif prefer == "return=OperationOutcome":
            assert answer.json["resourceType"] == "OperationOutcome"
        else:
            assert answer.json == version.body, (answer.json, version.body)

    def nothing_new(self) -> None:
        (newest,) = versions_of(self.pair.ask("GET", "/_history?_count=1").json["entry"])
        assert newest == self.model.log[-1]

    # Rules

    @initialize(data=st.data())
    def begin_with_some(self, data: st.DataObject) -> None:
        """What each example has to look for, whichever rules it then follows."""
        for type_ in ("Organization", "Practitioner", "Patient", "Patient", "Patient", "Observation", "Observation"):
            self.create(data, type_, xml=False, conditional=False, prefer="", key="")
        for _ in range(3):
            self.update(data, again=False, match=0, prefer="", key="")

    @rule(milliseconds=st.sampled_from([1, 999, 1000, 60_000, 600_000]))
    def time_passes(self, milliseconds: int) -> None:
        self.pair.clock.now += dt.timedelta(milliseconds=milliseconds)

    @rule(
        data=st.data(),
        type_=st.sampled_from([*TYPES, "Patient", "Patient"]),
        xml=st.sampled_from([False, False, True]),
        conditional=st.booleans(),
        prefer=st.sampled_from(PREFERENCES),
        key=st.sampled_from(["", "", "k1", "k2"]),
    )
    def create(self, data: st.DataObject, type_: str, xml: bool, conditional: bool, prefer: str, key: str) -> None:
        resource = self.resource(data, type_)
        conditional = conditional and bool(identifiers(resource))
        body = resource_to_xml(resource) if xml else dump(resource)
        query, holds = self.condition(data, type_, resource) if conditional else ("", None)
        same = f"POST {type_} {body!r}"
        change = Change(method="POST", type=type_, same=same, holds=holds, key=key, resource=resource)
        kind = {"Content_Type": XML if xml else JSON}
        self.change(change, f"/{type_}", body, prefer, **kind, **({"If_None_Exist": query} if query else {}))

    @rule(
        data=st.data(),
        again=st.sampled_from([False, False, True]),
        match=st.sampled_from([0, 0, -1, 0, 1]),
        prefer=st.sampled_from(PREFERENCES),
        key=st.sampled_from(["", "", "", "k1"]),
    )
    def update(self, data: st.DataObject, again: bool, match: int, prefer: str, key: str) -> None:
        """Of what is there, of what was deleted, or of an id that the client brings; ``again`` says nothing new."""
        type_, id_ = self.key(data)
        before = self.model.body((type_, id_))
        resource = copy.deepcopy(before) if again and before else self.resource(data, type_) | {"id": id_}
        body = dump(resource)
        change = Change(
            method="PUT", type=type_, id=id_, same=f"PUT {type_}/{id_} {body!r}", key=key, resource=resource,
            if_match=self.seen((type_, id_), match),
        )  # fmt: skip
        self.change(change, f"/{type_}/{id_}", body, prefer, Content_Type=JSON)

    def seen(self, key: tuple[str, str], match: int) -> int:
        """The version of If-Match: none, the last one, or one that is not in force."""
        last = self.model.last(key)
        return 0 if match == 0 else (last.version if last else 1) + (match == 1)

    @rule(data=st.data(), type_=st.sampled_from(CHANGEABLE))
    def update_by_condition(self, data: st.DataObject, type_: str) -> None:
        resource = self.resource(data, type_)
        if data.draw(st.booleans()):
            resource |= {"id": data.draw(st.sampled_from(values.IDS))}
        query, holds = self.condition(data, type_, resource)
        body = dump(resource)
        change = Change(method="PUT", type=type_, same=f"PUT {type_} {body!r}", holds=holds, resource=resource)
        self.change(change, f"/{type_}?{query}", body, Content_Type=JSON)

    @rule(data=st.data(), kind=st.sampled_from([JSON_PATCH, JSON]), name=st.sampled_from([BIRTH, GIVEN, ADDRESS, NEVER]),
          conditional=st.booleans(), match=st.sampled_from([0, 0, -1, 1]))  # fmt: skip
    def patch(self, data: st.DataObject, kind: str, name: str, conditional: bool, match: int) -> None:
        type_, id_ = self.key(data, ("Patient",))
        said, made = patch_of(name, data.draw(st.sampled_from(values.BIRTHS)), kind)
        query, holds = self.condition(data, type_, None) if conditional else ("", None)
        target = {"holds": holds} if conditional else {"id": id_, "if_match": self.seen((type_, id_), match)}
        change = Change(method="PATCH", type=type_, same="", patch=made, **target)
        path = f"/{type_}?{query}" if conditional else f"/{type_}/{id_}"
        self.change(change, path, json.dumps(said).encode(), Content_Type=kind)

    @rule(data=st.data(), match=st.sampled_from([0, 0, 0, -1, 1]), prefer=st.sampled_from(PREFERENCES))
    @precondition(lambda self: any(self.model.body(key) for key in self.ours))
    def delete(self, data: st.DataObject, match: int, prefer: str) -> None:
        type_, id_ = self.key(data)
        change = Change(method="DELETE", type=type_, id=id_, same="", if_match=self.seen((type_, id_), match))
        self.change(change, f"/{type_}/{id_}", b"", prefer)

    @rule(data=st.data(), type_=st.sampled_from(CHANGEABLE))
    def delete_by_condition(self, data: st.DataObject, type_: str) -> None:
        query, holds = self.condition(data, type_, None)
        self.change(Change(method="DELETE", type=type_, same="", holds=holds), f"/{type_}?{query}", b"")

    @rule(data=st.data(), type_=st.sampled_from(TYPES))
    def refused(self, data: st.DataObject, type_: str) -> None:
        """What cannot be kept leaves nothing."""
        resource = self.resource(data, type_) | data.draw(
            st.sampled_from([{"gender": "feminine"}, {"nom": "x"}, {"identifier": 5}, {"implicitRules": ""}])
        )
        answer = self.pair.ask("POST", f"/{type_}", json.dumps(resource, default=str).encode(), Content_Type=JSON)
        assert answer.status in (400, 422), answer
        assert answer.json["issue"]
        self.nothing_new()


def stamp(instant: dt.datetime) -> str:
    return format_datetime(instant, usegmt=True)
