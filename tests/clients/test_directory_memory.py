"""What the directory's client remembers, against a model: never an old answer as one of today, never a known professional
made unknown by an outage."""

import datetime as dt
import json
from typing import Any

import responses
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.clients.directory import Absence, Directory, DirectorySettings, Said
from service.clients.directory.client import FRESH
from tests.clients.test_directory import BASE, HUGO, RPPS, Time, bundle, resource

#: Answers that say something, by what they say; and those that say nothing.
BOXES = ("un@medecin.formation.mssante.fr", "deux@medecin.formation.mssante.fr")
SILENCES: tuple[dict[str, Any], ...] = (
    {"status": 503},
    {"status": 429},
    {"body": b"<html/>"},
    {"body": b'{"resourceType": "Bundle", "entry": ['},
    {"json": bundle(resource(), following=f"{BASE}/_page?id=1")},
)


class Memory(RuleBasedStateMachine):
    """The directory changes its answers and falls silent; time passes; questions come at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.time = Time()
        self.mock = responses.RequestsMock(assert_all_requests_are_fired=False)
        self.mock.start()
        self.mock.get(f"{BASE}/_page", status=503)
        self.directory = Directory(DirectorySettings(base=BASE, key="sesame", seconds=60), self.time)
        #: What the directory last answered when asked, and when; None when it never did or said that nobody is there.
        self.last: tuple[str, dt.datetime] | None = None
        self.speaks: str | Absence | None = None
        self.silent()

    def teardown(self) -> None:
        self.mock.stop()
        self.mock.reset()

    def silent(self, how: int = 0) -> None:
        self.speaks = None
        self.mock.upsert("GET", f"{BASE}/Practitioner", **SILENCES[how])

    @rule(how=st.integers(0, len(SILENCES) - 1))
    def falls_silent(self, how: int) -> None:
        self.silent(how)

    @rule(box=st.sampled_from(BOXES))
    def says(self, box: str) -> None:
        from mappings.fhir.datatypes import mailbox

        self.speaks = box
        self.mock.upsert("GET", f"{BASE}/Practitioner", json=bundle(resource(telecom=[mailbox(box, "PER")])))

    @rule(gone=st.booleans())
    def says_nobody(self, gone: bool) -> None:
        self.speaks = Absence.INACTIVE if gone else Absence.UNKNOWN
        answer = bundle(resource(active=False)) if gone else bundle()
        self.mock.upsert("GET", f"{BASE}/Practitioner", body=json.dumps(answer))

    @rule(minutes=st.sampled_from([1, 61, 12 * 60, 24 * 60 - 1, 24 * 60, 3 * 24 * 60]))
    def passes(self, minutes: int) -> None:
        self.time.passes(minutes=minutes)

    @rule()
    def is_asked(self) -> None:
        now, before = self.time(), len(self.mock.calls)
        said = self.directory.about(RPPS)
        young = self.last is not None and now < self.last[1] + FRESH
        called = len(self.mock.calls) > before
        if young:
            # Its day is not over: nobody is called, whatever the directory says by now.
            assert not called
        elif called and isinstance(self.speaks, str) and not isinstance(self.speaks, Absence):
            self.last = self.speaks, now
        elif called and isinstance(self.speaks, Absence):
            self.last = None
            assert said is self.speaks
            return
        if self.last is None:
            assert said in (Absence.UNAVAILABLE, Absence.UNREADABLE)
            return
        # Once known, known: by the last answer, under its own date, and as of today only within its day.
        assert isinstance(said, Said)
        assert (said.practitioner.mailbox, said.learnt_at) == self.last
        assert said.practitioner.rpps == HUGO.rpps
        assert said.fresh is (now < self.last[1] + FRESH)

    @invariant()
    def nothing_old_is_of_today(self) -> None:
        now = self.time()
        if self.last is not None and now >= self.last[1] + FRESH and self.speaks is None:
            found = self.directory.practitioner_by_rpps(RPPS)
            assert found is Absence.UNAVAILABLE
            assert isinstance(self.directory.about(RPPS), Said)


TestMemory = Memory.TestCase
TestMemory.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
