"""The one clock and the one source of identifiers; composed into the stories by ``app`` and ``worker``."""

import datetime as dt
import uuid
from collections.abc import Callable

#: The instant now, aware, UTC, to the microsecond.
Clock = Callable[[], dt.datetime]
#: A fresh random UUID, lower case, with hyphens.
Identifiers = Callable[[], str]


def system_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def random_identifiers() -> str:
    return str(uuid.uuid4())
