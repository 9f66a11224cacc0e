"""What was made lately of what comes again and again: bounded, and forgotten a half at a time."""

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """At least the last ``count`` different keys that were asked for, at most twice as many.

    Two halves: what is asked for stays in the young one; when that is full it becomes the old one, and what was
    asked for in neither is forgotten. Threads may share it: at worst something is made twice.
    """

    __slots__ = ("_count", "_old", "_young")

    def __init__(self, count: int) -> None:
        self._count = count
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """What was kept under ``key``."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.keep(key, found)
        return found

    def keep(self, key: K, value: V) -> None:
        young = self._young
        if len(young) >= self._count:
            self._old, self._young = young, {}
            young = self._young
        young[key] = value


#: Characters from which a text is long; of those that a cache holds together, at most.
LONG: Final = 1_024
_TOGETHER: Final = 4 * 1024 * 1024


class LongTexts:
    """Keeps a cache of what is made of texts from growing by their length: it counts entries only.

    To be told of every text that is not found in it, which costs nothing where it is found. Threads may share it: at
    worst it is emptied once too often.
    """

    __slots__ = ("_length",)

    def __init__(self) -> None:
        self._length = 0

    def came(self, text: str, forget: Callable[[], None]) -> None:
        """``text`` is about to be kept; all is forgotten when the long ones are too long together."""
        if len(text) > LONG:
            self._length += len(text)
            if self._length > _TOGETHER:
                self._length = len(text)
                forget()
