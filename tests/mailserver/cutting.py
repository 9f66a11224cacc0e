"""A relay on loopback that breaks the line where a test says: after so many bytes sent, or before the answer to all of them."""

import contextlib
import select
import socket
from collections.abc import Callable, Iterator

from tests.clients.scripted import listener

_CHUNK = 1 << 14


@contextlib.contextmanager
def relay(port: int, *, after: int, whole: bool = False) -> Iterator[int]:
    """The port of a relay to ``port`` that passes ``after`` bytes from the caller on, then no more.

    ``whole``: what the caller says beyond is passed on too, and what is answered from then on is not.
    """
    with listener(_broken(port, after, whole)) as opened:
        yield opened


def _broken(port: int, after: int, whole: bool) -> Callable[[socket.socket], None]:
    def play(caller: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as server:
            passed = 0
            while True:
                readable, _, _ = select.select([caller, server], [], [], 10)
                if caller in readable:
                    said = caller.recv(_CHUNK)
                    if not said:
                        return
                    server.sendall(said if whole else said[: max(0, after - passed)])
                    passed += len(said)
                    if passed >= after and not whole:
                        return
                elif server in readable:
                    # The answer to the whole message: it is read here, and goes no further.
                    answered = server.recv(_CHUNK)
                    if passed >= after or not answered:
                        return
                    caller.sendall(answered)
                else:
                    return

    return play
