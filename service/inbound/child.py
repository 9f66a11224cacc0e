"""The process that reads one mail and may die of it: bytes in, JSON out, memory and time bounded by itself first.

Started by ``confined``; knows no store, no setting, no network.
"""

import contextlib
import json
import resource
import sys
from typing import Any

from mappings.mail.reading import Unreadable, reading_of, told


def main(megabytes: int, seconds: int) -> int:
    """Read standard input; a JSON object on standard output says what it is, or why it is not to be read."""
    _bound(megabytes, seconds)
    raw = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {"reading": told(reading_of(raw))}
    except Unreadable as refusal:
        answer = {"unreadable": refusal.code}
    sys.stdout.write(json.dumps(answer))
    return 0


def _bound(megabytes: int, seconds: int) -> None:
    """No more memory, time, files or processes than one mail may need."""
    for limit, value in (
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # already lower
            resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
