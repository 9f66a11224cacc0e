"""Bodies kept small until they are sent: thousands of cases are built before the first one is tried, in every process."""

import zlib
from collections.abc import Callable, Iterator, Mapping

#: Shorter ones are left as they are.
_LONG = 10_000


def packed(body: bytes) -> Callable[[], bytes]:
    """What gives ``body`` back: what is long here says one thing again and again."""
    if len(body) < _LONG:
        return lambda: body
    small = zlib.compress(body, 1)
    return lambda: zlib.decompress(small)


class Bodies(Mapping[str, bytes]):
    """Bodies by name."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self._kept = {name: packed(body) for name, body in bodies.items()}

    def __getitem__(self, name: str) -> bytes:
        return self._kept[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
