"""Workers of a process each over one outbox: some die, some are stopped and go on when their leases are others' (F24, F12).

``rounds`` needs no more than a store that processes share; ``deliveries`` and ``acts`` a ``Line`` to one.
"""

import itertools
import random
from typing import Final

from tests.chaos.field import Field
from tests.chaos.line import Line
from tests.chaos.points import DMP, DOCTOR, PATIENT

#: Where one may be stopped although no real time passes: outside the call. A call under way has its own end.
_STOPS: Final = ((DMP, "K10"), (DMP, "K13"), (DMP, "K23"), (DOCTOR, "K13"), (DOCTOR, "K18"), (PATIENT, "K18"))
_KILLS: Final = ((DMP, "K13"), (DMP, "K21"), (DMP, "K23"), (DOCTOR, "K16"), (DOCTOR, "K17"), (PATIENT, "K18"))
#: Commits of a worker that opens its store.
_OPENING: Final = 1


def rounds(here: Field, draw: random.Random, count: int, most: int = 8, acts: int = 6) -> None:
    """Two leave their leases behind; others work beside these, then take them over; who was stopped goes on."""
    for number in range(count):
        for _ in range(acts):
            here.act()
        (stopped_at, stop), (killed_at, kill) = draw.choice(_STOPS), draw.choice(_KILLS)
        stopped = here.work(failpoint=f"{stop}:stop:{stopped_at}:1", passing=False)
        killed = here.work(failpoint=f"{kill}:kill:{killed_at}:1", passing=False)
        if (stopped["ended"], killed["ended"]) != ("stopped", "killed"):
            here.astray.append(f"round {number}: {stop} {stopped['ended']}, {kill} {killed['ended']}")
            continue
        # The leases of those two still hold.
        _together(here, draw.randint(2, most), number)
        here.pass_()
        if draw.random() < 0.5:
            _together(here, draw.randint(2, most), number)
            if here.go_on(stopped["pid"])["ended"] != "done":
                here.astray.append(f"round {number}: it did not go on")
        else:
            _together(here, draw.randint(2, most), number, beside=stopped["pid"])
        here.heal()


def _together(here: Field, count: int, number: int, beside: int = 0) -> None:
    ends = here.crowd(count, [beside] if beside else [])
    if ends != {"done"}:
        here.astray.append(f"round {number}: {sorted(ends)}")


def deliveries(here: Field, line: Line, *, durable: bool, step: int = 1) -> int:
    """One act after the other, the line cut at each commit of its delivery in turn; gives how many commits that is."""
    for at in itertools.count(_OPENING + 1, step):
        here.act()
        struck = line.struck
        line.cut(at, durable=durable)
        here.work()
        passed = line.struck == struck
        line.cut(0, durable=durable)
        here.heal()
        if passed:
            return at - _OPENING - 1
    raise AssertionError("a delivery has an end")


def acts(here: Field, line: Line, draw: random.Random, count: int) -> int:
    """Posted by clients whose answer is lost, before or after it was durable; gives how often they were told so."""
    asked = 0
    for number in range(count):
        line.cut(1, durable=draw.random() < 0.5)
        asked += here.act(key=f"key-{number}" if draw.random() < 0.5 else "") - 1
    return asked
