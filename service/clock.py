"""The one clock and the one source of identifiers; composed into the stories by ``app`` and ``worker``."""

import datetime as dt
import os
import time
from collections.abc import Callable
from typing import Final

#: The instant now, aware, UTC, to the microsecond.
Clock = Callable[[], dt.datetime]
#: A fresh UUID, lower case, with hyphens.
Identifiers = Callable[[], str]

_VERSION: Final = 7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM: Final = ~((0xF << 76) | (0b11 << 62)) & ((1 << 80) - 1)
#: Asking the system is dear, above all where threads wait for each other: random bits are asked for in advance. Each is
#: taken once; a process that forks takes none of its parent's.
_AT_ONCE: Final = 64
_DRAWN: Final[list[bytes]] = []
os.register_at_fork(after_in_child=_DRAWN.clear)


def system_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def random_identifiers() -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): milliseconds, then 74 random bits.

    Ids that follow each other in time stand beside each other in the indexes: a commit then touches few pages.
    """
    try:
        drawn = _DRAWN.pop()
    except IndexError:
        some = os.urandom(_AT_ONCE * 10)
        _DRAWN.extend(some[start : start + 10] for start in range(10, len(some), 10))
        drawn = some[:10]
    random = int.from_bytes(drawn) & _RANDOM
    digits = f"{(time.time_ns() // 1_000_000 << 80) | _VERSION | _VARIANT | random:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
