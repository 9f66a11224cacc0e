"""What a test waits for is a condition; its bound is for what will never come, and no machine is as slow as that."""

import time
from collections.abc import Callable
from typing import Final

#: Longest wait for what other threads, processes and sockets do, seconds.
PATIENCE: Final = 60.0


def until(condition: Callable[[], object]) -> None:
    """Returns as soon as ``condition`` holds, and fails when it does not in ``PATIENCE``."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "what is waited for never came"
        time.sleep(0.005)
