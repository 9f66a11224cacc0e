"""When to try again, or never: exponential backoff with full jitter inside a budget.

Full jitter: the delay is drawn evenly between nothing and the ceiling, so that a destination that comes
back is not met by all waiting envelopes at once. The decision neither sleeps nor reads a clock; the draw
is passed in.
"""

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

#: Doublings beyond which every ceiling is the cap; keeps the power a finite float.
_DOUBLINGS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient a delivery is."""

    #: Ceiling of the delay after the first attempt.
    base: dt.timedelta = dt.timedelta(seconds=30)
    #: Highest ceiling, whatever the number of attempts.
    cap: dt.timedelta = dt.timedelta(minutes=30)
    #: Time from sealing to the human task.
    budget: dt.timedelta = dt.timedelta(hours=72)


def deadline(created_at: dt.datetime, policy: RetryPolicy) -> dt.datetime:
    """The instant after which a failing delivery becomes a human task."""
    return created_at + policy.budget


def ceiling(number: int, policy: RetryPolicy) -> dt.timedelta:
    """The longest delay after attempt ``number`` (from 1): the base, doubled each time, up to the cap."""
    doubled = policy.base.total_seconds() * 2.0 ** min(number - 1, _DOUBLINGS)
    return dt.timedelta(seconds=min(doubled, policy.cap.total_seconds()))


def next_attempt(
    now: dt.datetime, number: int, deadline: dt.datetime, draw: float, policy: RetryPolicy, retry_after: str = ""
) -> dt.datetime | None:
    """When to try again after attempt ``number``; None when the budget is spent.

    A delay that would pass the deadline ends on it, so that the last attempt uses the whole budget. ``retry_after``: what
    the destination said, as it came; not before then, but it keeps nobody away for longer than the longest ceiling.
    """
    if now >= deadline:
        return None
    asked = dt.timedelta(seconds=min(seconds_of(retry_after, now) or 0.0, policy.cap.total_seconds()))
    return min(now + asked + ceiling(number, policy) * draw, deadline)


def seconds_of(retry_after: str, now: dt.datetime) -> float | None:
    """What a ``Retry-After`` asks for (RFC 9110, section 10.2.3: seconds, or a date); None when it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):  # an offset from Greenwich may be any number
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - now).total_seconds())
