"""Documents made ahead: once each, nobody waits with a thread, and what cannot be made is the attempt's to tell."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from service import sealing
from service.delivery.press import Press
from service.outbox.envelope import Lease, State
from service.store import Store
from service.store.unit import Seal
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import House, act_record
from tests.stores import NOW, document, three_envelopes, tokens, unit
from tests.waiting import PATIENCE, until


class _Later:
    """A pool of no threads: what is submitted waits to be run."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], None]] = []

    def submit(self, task: Callable[..., None], *arguments: Any) -> None:
        self.tasks.append(lambda: task(*arguments))


def leases_of(store: Store, *documents: str) -> list[Lease]:
    for id in documents:
        store.commit(unit(documents=(document(id),), envelopes=three_envelopes(id)))
    store.commit(unit(seals=(Seal(document_id="a", cda=b"c", pdf=b"p"), Seal(envelope_id="a-0", payload=b"m"))))
    return store.claim(NOW, "w", 60, 10, tokens())


def test_a_document_is_made_once_and_what_is_sealed_leaves_at_once(store: Store) -> None:
    pool, made, started = _Later(), list[str](), list[str]()
    press = Press(
        cast(ThreadPoolExecutor, pool),
        lambda lease: made.append(lease.envelope.document_id),
        lambda lease: started.append(lease.envelope.id),
    )
    for lease in leases_of(store, "a", "b"):
        press.take(lease)
    assert started == ["a-0"]
    assert len(pool.tasks) == 2
    for task in pool.tasks:
        task()
    assert made == ["a", "b"]
    assert sorted(started) == ["a-0", "a-1", "a-2", "b-0", "b-1", "b-2"]


def test_what_comes_once_a_document_is_made_is_looked_at_again(store: Store) -> None:
    pool, started = _Later(), list[str]()
    press = Press(cast(ThreadPoolExecutor, pool), lambda lease: None, lambda lease: started.append(lease.envelope.id))
    first, *others = leases_of(store, "a")[1:]
    press.take(first)
    pool.tasks.pop()()
    for lease in others:
        press.take(lease)
    # What had ended holds nobody back.
    assert started == [first.envelope.id]
    pool.tasks.pop()()
    assert len(started) == 1 + len(others)


def at_work(round_: Round, wanted: Callable[[], bool]) -> None:
    worker = round_.worker()
    running = threading.Thread(target=worker.run)
    running.start()
    try:
        until(wanted)
    finally:
        worker.stop()
        running.join(PATIENCE)
    assert not running.is_alive()


def test_three_envelopes_of_an_act_leave_by_their_lanes_and_it_is_rendered_once(
    store: Store, keys: Any, monkeypatch: Any
) -> None:
    house = House(store, keys, people=1)
    round_ = Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")
    rendered, rendering = Counter[str](), sealing.report_to_pdf
    threads: set[str] = set()

    def counted(report: Any) -> bytes:
        rendered[report.unique_id] += 1
        threads.add(threading.current_thread().name.partition("_")[0])
        return rendering(report)

    monkeypatch.setattr(sealing, "report_to_pdf", counted)
    at_work(round_, lambda: set(round_.states().values()) == {State.ACCEPTED})
    assert list(rendered.values()) == [1]
    assert threads == {"press"}
    assert {one: len(round_.places[one].sent) for one in (DMP, DOCTOR, PATIENT)} == {DMP: 1, DOCTOR: 1, PATIENT: 1}
    round_.assert_proved()


def test_what_cannot_be_made_is_written_down_by_each_attempt(store: Store, keys: Any, monkeypatch: Any) -> None:
    house = House(store, keys, people=1)
    round_ = Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")

    def broken(_: Any) -> bytes:
        raise RuntimeError("the template did not compile")

    monkeypatch.setattr(sealing, "report_to_pdf", broken)
    at_work(round_, lambda: all(state is State.IN_DOUBT for state in round_.states().values()))
    assert {one.outcome for where in (DMP, DOCTOR, PATIENT) for one in round_.attempts(where)} == {"in-doubt"}
    assert round_.sendings() == 0
