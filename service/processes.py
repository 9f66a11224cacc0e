"""Child processes of the commands that show Binôme whole: started here, waited for, ended by their own id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import requests

#: How long a process may take to end after being asked, seconds.
_GRACE: Final = 10.0


@contextmanager
def children(
    commands: Iterable[tuple[str, ...]], environment: Mapping[str, str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """``binome`` commands run beside this process, ended when the block ends."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "service.cli", *command],
                    env={**os.environ, **environment},
                    # a group of its own: a server's own children are ended with it, whatever became of their parent
                    start_new_session=True,
                )
            )
        yield started
    finally:
        for child in reversed(started):
            end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """Ask, wait, then insist; the group that ``child`` leads is ended with it."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def wait_until_ready(url: str, seconds: float = 60.0) -> float:
    """Seconds until ``url`` answered 200; ``TimeoutError`` when it did not in time."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return time.monotonic() - begun
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.05)
    raise TimeoutError(f"{url} was not ready after {seconds:.0f} s")


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on now.

    On each a connection has just been ended from its own side: the system gives such a port to nobody who asks for any,
    for a minute (TIME-WAIT, RFC 9293 section 3.6), and to whoever asks for it by its number with SO_REUSEADDR.
    """
    ports = []
    for _ in range(count):
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname()) as caller,
            server.accept()[0] as taken,
        ):
            taken.shutdown(socket.SHUT_RDWR)
            # Nothing more comes: whoever takes the port is no longer beside an open connection.
            caller.recv(1)
            ports.append(server.getsockname()[1])
    return ports
