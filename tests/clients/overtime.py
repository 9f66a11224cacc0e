"""The time of a conversation is over when a test says so, and not when the machine is slow."""

import math

import pytest

from service.clients.deadline import Line


class Over:
    """Called, every conversation that is under way has used its time, and is cut as its watch would cut it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lines: list[Line] = []
        #: Seconds that the conversations were given, in turn.
        self.given: list[float] = []
        begun = Line.__init__

        def remembered(line: Line, seconds: float = float("inf")) -> None:
            begun(line, seconds)
            # Without an end, it is of a connection that is made ready and is no conversation yet.
            if math.isfinite(seconds):
                self.given.append(seconds)
                self._lines.append(line)

        monkeypatch.setattr(Line, "__init__", remembered)

    def __call__(self) -> None:
        for line in tuple(self._lines):
            line.ends = 0.0
            line.cut()
