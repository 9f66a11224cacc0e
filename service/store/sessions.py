"""Sessions of the engine, lent for as long as a ``with``: whatever the database fails at is ``Unconfirmed``."""

from contextlib import AbstractContextManager
from types import TracebackType

from service.store.engine import Engine, Session
from service.store.failures import Unconfirmed


def reading(engine: Engine) -> "Lent":
    """To read by."""
    return Lent(engine, engine.reading())


def claiming(engine: Engine) -> "Lent":
    """A short transaction of its own, beside the writer's; nothing that is proved is written in it."""
    return Lent(engine, engine.claiming())


class Lent:
    """What the engine lends, with its failures told in the store's word."""

    __slots__ = ("_failures", "_lent")

    def __init__(self, engine: Engine, lent: AbstractContextManager[Session]) -> None:
        self._failures = engine.failures
        self._lent = lent

    def __enter__(self) -> Session:
        try:
            return self._lent.__enter__()
        except self._failures as failure:
            raise unconfirmed(failure) from failure

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._lent.__exit__(kind, failure, trace)
        except self._failures as its:
            raise unconfirmed(its) from its
        if isinstance(failure, self._failures):
            raise unconfirmed(failure) from failure


def unconfirmed(failure: BaseException) -> Unconfirmed:
    """Without the driver's words, which quote values."""
    return Unconfirmed(f"the database failed: {failure.__class__.__name__}")
