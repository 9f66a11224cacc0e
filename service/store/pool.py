"""A bounded pool of connections: the last one given back is the next one lent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

C = TypeVar("C")


class Pool(Generic[C]):
    """At most ``size`` connections at once; a borrower beyond that waits."""

    def __init__(self, size: int, connect: Callable[[], C], close: Callable[[C], None]) -> None:
        self._places = threading.BoundedSemaphore(size)
        self._connect = connect
        self._close = close
        self._idle: list[C] = []

    @contextmanager
    def lend(self, fatal: tuple[type[Exception], ...]) -> Iterator[C]:
        """A connection. After one of ``fatal`` it and all idle ones are closed: the server may have gone."""
        with self._places:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            except fatal:
                self._close(connection)
                self.close()
                raise
            except BaseException:
                self._idle.append(connection)
                raise
            self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections; lent ones live on until they are given back."""
        while self._idle:
            try:
                self._close(self._idle.pop())
            except IndexError:
                return
