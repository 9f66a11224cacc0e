"""A worker is killed, or stopped beyond its lease, at each named point of a delivery; faults of the destinations, one by one.

The checker then holds every ledger against the others.
"""

import random
import time
from collections.abc import Sequence
from typing import Final

from service.outbox.envelope import Destination
from tests.chaos.field import LEASE, Field

DMP = Destination.DMP.value
DOCTOR, PATIENT = Destination.MSSANTE_PROFESSIONAL.value, Destination.MSSANTE_PATIENT.value
_ANYWHERE: Final = ("K10", "K13", "K14", "K19")
#: The first of a document to leave seals it for all, the shared record's here.
POINTS: Final = {
    DMP: (*_ANYWHERE, "K11", "K12", "K20", "K21", "K22", "K23"),
    DOCTOR: (*_ANYWHERE, "K15", "K16", "K17", "K18"),
    PATIENT: (*_ANYWHERE, "K15", "K16", "K17", "K18"),
}
#: Points that a second attempt does not pass: what it sends is rendered and sealed.
_FIRST_ONLY: Final = frozenset({"K11", "K12"})
#: Where a stop of twice the lease is played: before, in and after the call.
STOPS: Final = {DMP: ("K13", "K20", "K21", "K22", "K23"), DOCTOR: ("K13", "K14", "K15", "K16", "K17", "K18")}
#: (destination, kind, where) of faults that heal, of both wires.
FAULTS: Final = (
    *(("xds", kind, "ITI-41") for kind in ("busy", "registry-busy", "fault", "5xx", "html", "empty", "partial")),
    *(("xds", kind, "ITI-41") for kind in ("store-then-fault", "cut", "cut-before", "truncated", "other-answer")),
    *(("xds", kind, "ITI-18") for kind in ("busy", "fault", "5xx", "cut", "cut-before", "truncated")),
    *(("mail", kind, at) for kind in ("4xx", "cut-before") for at in ("rcpt", "data", "mail")),
    ("mail", "cut", "data"),
)


def cases(draw: random.Random) -> list[tuple[str, str, int]]:
    """Every (destination, point, attempt), in an order of the seed's."""
    found = [
        (destination, point, attempt)
        for destination, points in POINTS.items()
        for point in points
        for attempt in (1, 2)
        if not (attempt == 2 and point in _FIRST_ONLY)
    ]
    draw.shuffle(found)
    return found


def kill(here: Field, destination: str, point: str, attempt: int, draw: random.Random) -> None:
    """The worker dies there; the next one takes over when the lease is over."""
    here.act()
    if attempt == 2:
        if destination == DMP:
            here.fault("xds", draw.choice(("busy", "cut-before", "fault")), "ITI-41")
        else:
            here.fault("mail", draw.choice(("4xx", "cut-before")), draw.choice(("rcpt", "data", "mail")), 2)
    answer = here.work(failpoint=f"{point}:kill:{destination}:{attempt}", turns=attempt)
    if answer["ended"] != "killed":
        here.astray.append(f"{point} {destination} {attempt}: {answer['ended']}")
    here.heal()


def stop_all(here: Field, stops: Sequence[tuple[str, str]]) -> None:
    """Workers are stopped there for more than twice their lease; others take over; then the first go on (F24)."""
    stopped = []
    for destination, point in stops:
        here.act()
        answer = here.work(failpoint=f"{point}:stop:{destination}:1")
        if answer["ended"] == "stopped":
            stopped.append(((destination, point), answer["pid"]))
        else:
            here.astray.append(f"{point} {destination}: {answer['ended']}")
    begun = time.monotonic()
    here.heal()
    time.sleep(max(0.0, 2 * LEASE - (time.monotonic() - begun)))
    for case, pid in stopped:
        if (ended := here.go_on(pid)["ended"]) != "done":
            here.astray.append(f"{case}, gone on: {ended}")
    here.heal()


def strike(here: Field, destination: str, kind: str, at: str) -> None:
    """One fault, at the first sending; a question is asked only after a doubt (F15, F16, F18, F19)."""
    here.act()
    if at == "ITI-18":
        here.fault("xds", "cut", "ITI-41")
    here.fault(destination, kind, at)
    here.work(turns=2)
    here.heal()
