"""Submission sessions that carry one mail after the other: few, young, not idle for long, so many mails each.

RFC 5321 sections 3.3 and 4.1.4 (several transactions in a session). Whether a session is still there, the MAIL of the next
mail finds out, before any byte of it leaves: one that is gone, or has had enough, leaves no doubt, and another is opened.
"""

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol


class Open(Protocol):
    """A session as it is kept."""

    def close(self) -> None: ...


@dataclass(slots=True)
class _Kept:
    session: Open
    born: float
    used: float
    mails: int


@dataclass(slots=True)
class Sessions:
    """Sessions by what they are to: the server, and who we are there."""

    most: int = 8
    #: Seconds.
    idle: float = 5.0
    life: float = 60.0
    mails: int = 100
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free: dict[Hashable, list[_Kept]] = field(default_factory=dict)
    #: Those that are in use.
    _out: dict[int, _Kept] = field(default_factory=dict)

    def take(self, key: Hashable) -> Open | None:
        """One that may be used again; None when there is none."""
        old, taken, now = [], None, time.monotonic()
        with self._lock:
            free = self._free.get(key, [])
            while free and taken is None:
                one = free.pop()
                if now - one.used < self.idle and now - one.born < self.life:
                    taken = one
                    self._out[id(one.session)] = one
                else:
                    old.append(one)
        for one in old:
            one.session.close()
        return taken.session if taken else None

    def give(self, key: Hashable, session: Open) -> bool:
        """Keep it for the next mail; False when it has done enough, or enough are kept."""
        now = time.monotonic()
        with self._lock:
            one = self._out.pop(id(session), None) or _Kept(session, now, now, 0)
            one.used, one.mails = now, one.mails + 1
            free = self._free.setdefault(key, [])
            if one.mails >= self.mails or now - one.born >= self.life or len(free) >= self.most:
                return False
            free.append(one)
            return True

    def forget(self, session: Open) -> None:
        """It is closed."""
        with self._lock:
            self._out.pop(id(session), None)

    def __del__(self) -> None:
        # Whoever drops the clients drops what they kept.
        self.close()

    def close(self) -> None:
        """All that are free."""
        with self._lock:
            old = [one for some in self._free.values() for one in some]
            self._free.clear()
        for one in old:
            one.session.close()
