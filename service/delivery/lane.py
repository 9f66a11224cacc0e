"""One destination's lane: how many attempts may be under way, how many a second, and when none may be.

A recipient that does not answer, or not soon, has no more than its share of the lane, and after some failures in a row
is left alone for a while; when several recipients fail in a row it is the destination that is. Half open, one attempt
goes to see. The time is passed in.
"""

import datetime as dt
import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from service.clients.breaker import Standing
from service.delivery.gate import Gate
from service.outbox.envelope import Destination, Lease
from service.outbox.sign import Sign
from service.outbox.wanted import Wanted

#: An attempt that took no longer does not hold up those behind it, seconds.
_BRISK: Final = 1.0
#: Envelopes claimed ahead for one attempt that may be under way, while attempts are brisk.
_AHEAD: Final = 3
#: Recipients remembered.
_BOXES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePolicy:
    """What a destination bears."""

    #: Attempts under way at once.
    calls: int
    #: Attempts begun a second, on average; 0 for no bound.
    rate: float
    #: Failures in a row after which it is left alone, and for how long.
    failures: int
    pause: dt.timedelta


@dataclass(slots=True)
class _Box:
    """One recipient."""

    gate: Gate
    #: It answered soon, the last time.
    brisk: bool = False


@dataclass(slots=True)
class _Bucket:
    """Attempts that may begin now: so many a second, and no more than a second's worth are saved."""

    rate: float
    tokens: float = field(init=False)
    filled: dt.datetime | None = None

    def __post_init__(self) -> None:
        self.tokens = max(1.0, self.rate)

    def left(self, now: dt.datetime) -> int:
        if self.filled is not None and now > self.filled:
            gained = (now - self.filled).total_seconds() * self.rate
            self.tokens = min(max(1.0, self.rate), self.tokens + gained)
        self.filled = now
        return int(self.tokens)

    def next_in(self) -> float:
        return max(0.0, (1.0 - self.tokens) / self.rate)


class Lane:
    """Safe for many threads."""

    def __init__(self, destination: Destination, policy: LanePolicy, now: dt.datetime) -> None:
        self.destination = destination
        self._policy = policy
        self._lock = threading.Lock()
        self._gate = self._fresh_gate()
        self._boxes: OrderedDict[str, _Box] = OrderedDict()
        #: Held envelopes by recipient.
        self._held: Counter[str] = Counter()
        #: Recipients that failed since the destination last answered.
        self._failing: set[str] = set()
        self._brisk = False
        self._bucket = _Bucket(policy.rate) if policy.rate else None
        #: The standing that was last seen, and since when it is so.
        self._told, self._since = Standing.CLOSED, now

    def wanted(self, now: dt.datetime) -> Wanted | None:
        """What the lane is ready to take now; None when nothing."""
        with self._lock:
            limit = self._room(now)
            if limit < 1:
                return None
            return Wanted(destination=self.destination, limit=limit, share=self._share, without=self._without(now))

    def took(self, leases: Sequence[Lease], now: dt.datetime) -> None:
        """These were claimed for it."""
        with self._lock:
            if leases and self._gate.standing(now) is Standing.HALF_OPEN:
                self._gate.probe(now)
            for lease in leases:
                recipient = lease.envelope.recipient
                self._held[recipient] += 1
                box = self._boxes.get(recipient)
                if box is not None and box.gate.standing(now) is Standing.HALF_OPEN:
                    box.gate.probe(now)
            if self._bucket is not None:
                self._bucket.tokens -= len(leases)

    def ended(self, lease: Lease, sign: Sign, now: dt.datetime, seconds: float) -> list[str]:
        """One of them is over; envelopes that need not wait any longer, now that it answers again."""
        recipient = lease.envelope.recipient
        with self._lock:
            self._held[recipient] -= 1
            if not self._held[recipient]:
                del self._held[recipient]
            if sign is Sign.NONE:
                return []
            box = self._box(recipient)
            box.brisk = self._brisk = sign is Sign.ANSWERED and seconds <= _BRISK
            if sign is Sign.DOWN:
                self._down(lease.envelope.id, recipient, now)
            if sign is not Sign.ANSWERED:
                box.gate.failed(lease.envelope.id, now)
                # It answered, if only to say that this recipient cannot be reached.
                return self._up(now) if sign is Sign.RECIPIENT_DOWN else []
            was_shut = box.gate.is_shut(now)
            failed = box.gate.answered()
            return [*self._up(now), *(failed if was_shut else ())]

    def next_in(self, now: dt.datetime) -> float | None:
        """Seconds until it may want something again by the mere passing of time; None when that does not depend on it."""
        with self._lock:
            waits = [box.gate.shut_until for box in self._boxes.values()]
            until = [one for one in (*waits, self._gate.shut_until) if one is not None and one > now]
            times = [(one - now).total_seconds() for one in until]
            if self._bucket is not None and self._bucket.left(now) < 1:
                times.append(self._bucket.next_in())
            return min(times) if times else None

    def standing(self, now: dt.datetime) -> tuple[Standing, dt.datetime, int, int]:
        """The breaker and since when it stands so, envelopes held, recipients left alone."""
        with self._lock:
            standing = self._gate.standing(now)
            if standing is not self._told:
                self._told, self._since = standing, now
            return standing, self._since, self._held.total(), len(self._without(now, full=False))

    def _room(self, now: dt.datetime) -> int:
        standing, held = self._gate.standing(now), self._held.total()
        if standing is Standing.OPEN:
            return 0
        if standing is Standing.HALF_OPEN:
            return 0 if held else 1
        room = self._most() - held
        # Claims are made for several at once: each is a durable commit.
        if self._brisk and held > self._policy.calls:
            return 0
        return room if self._bucket is None else min(room, self._bucket.left(now))

    def _most(self) -> int:
        return self._policy.calls * (_AHEAD if self._brisk else 1)

    def _share(self, recipient: str) -> int:
        """How many more of this recipient: half the lane, until it is known to answer soon."""
        box = self._boxes.get(recipient)
        if box is not None and box.gate.shut_until is not None:
            most = 1
        else:
            most = self._most() if box is not None and box.brisk else max(1, self._policy.calls // 2)
        return most - self._held[recipient]

    def _without(self, now: dt.datetime, *, full: bool = True) -> frozenset[str]:
        paused = {name for name, box in self._boxes.items() if box.gate.standing(now) is Standing.OPEN}
        if full:
            paused |= {name for name in list(self._held) if self._share(name) < 1}
        return frozenset(paused)

    def _down(self, envelope_id: str, recipient: str, now: dt.datetime) -> None:
        self._failing.add(recipient)
        # One that fails alone is left alone; it does not close the way to the others.
        if len(self._failing) > 1 or self._gate.standing(now) is not Standing.CLOSED:
            self._gate.failed(envelope_id, now)

    def _up(self, now: dt.datetime) -> list[str]:
        self._failing.clear()
        was_shut = self._gate.is_shut(now)
        failed = self._gate.answered()
        if not was_shut:
            return []
        # What its recipients failed at meanwhile was the destination.
        for box in self._boxes.values():
            failed += box.gate.answered()
        return failed

    def _box(self, recipient: str) -> _Box:
        box = self._boxes.pop(recipient, None) or _Box(self._fresh_gate())
        self._boxes[recipient] = box
        if len(self._boxes) > _BOXES:
            self._boxes.popitem(last=False)
        return box

    def _fresh_gate(self) -> Gate:
        return Gate(self._policy.failures, self._policy.pause)
