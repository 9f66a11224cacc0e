"""How attempts ended, told of many envelopes at once as it is told of each."""

from service.outbox.envelope import State
from service.store import Store
from tests.store.test_delivery import NOW, document, envelope, later, settled, tokens, unit


def test_what_is_told_of_many_is_what_is_told_of_each(store: Store) -> None:
    store.commit(
        unit(documents=(document("x"),), envelopes=(envelope("e", "x"), envelope("f", "x"), envelope("g", "x")))
    )
    source = tokens()
    leases = store.claim(NOW, "w", 60, 2, source)
    assert store.outcomes_of(["e", "f", "g"]) == {}, "an attempt that has not ended has no outcome"
    store.commit(unit(settlements=tuple(settled(x.envelope.id, x.token, 1, State.QUEUED, 1) for x in leases)))
    (again,) = store.claim(later(2), "w", 60, 1, source)
    store.commit(unit(settlements=(settled(again.envelope.id, again.token, again.number, State.ACCEPTED, 3),)))
    names = ["e", "f", "g", "unheard-of"]
    each = {name: frozenset(one.outcome for one in store.attempts_of(name) if one.outcome) for name in names}
    assert store.outcomes_of(names) == {name: told for name, told in each.items() if told}
    assert sum(map(len, each.values())) >= 2
    assert store.outcomes_of([]) == {}
