"""A bounded pool of connections: the last one given back is the next one lent."""

from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

C = TypeVar("C")


class Pool(Generic[C]):
    """At most ``size`` connections at once; a borrower beyond that waits."""

    def __init__(self, size: int, connect: Callable[[], C], close: Callable[[C], None]) -> None:
        # One token a place. Every request passes here: this queue costs a tenth of a semaphore.
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(size):
            self._places.put(None)
        self._connect = connect
        self._close = close
        self._idle: list[C] = []

    def lend(self, fatal: tuple[type[Exception], ...]) -> "Loan[C]":
        """A connection, for a ``with`` block. After one of ``fatal`` it and all idle ones are closed: the server may have gone."""
        return Loan(self, fatal)

    def close(self) -> None:
        """Close the idle connections; lent ones live on until they are given back."""
        while self._idle:
            try:
                self._close(self._idle.pop())
            except IndexError:
                return

    def _take(self) -> C:
        self._places.get()
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except BaseException:
            self._places.put(None)
            raise

    def _give_back(self, connection: C) -> None:
        self._idle.append(connection)
        self._places.put(None)

    def _give_up(self, connection: C) -> None:
        try:
            self._close(connection)
            self.close()
        finally:
            self._places.put(None)


class Loan(Generic[C]):
    """One connection while its ``with`` block lasts."""

    __slots__ = ("_connection", "_fatal", "_pool")
    _connection: C

    def __init__(self, pool: Pool[C], fatal: tuple[type[Exception], ...]) -> None:
        self._pool = pool
        self._fatal = fatal

    def __enter__(self) -> C:
        self._connection = self._pool._take()
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, self._fatal):
            self._pool._give_up(self._connection)
        else:
            self._pool._give_back(self._connection)
