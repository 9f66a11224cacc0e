"""Instants as the tables keep them: whole microseconds since 1970, UTC."""

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def micros(instant: dt.datetime) -> int:
    """Exact; a naive instant is a ``TypeError``."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(micros: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=micros)
