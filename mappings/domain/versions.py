"""Which version of a protocol counts on a day, and which one stood before it."""

import datetime as dt
from collections.abc import Iterable, Sequence

from mappings.domain.protocol import Protocol


def versions_of(protocols: Iterable[Protocol], id_: str) -> tuple[Protocol, ...]:
    """The versions of one protocol, from the oldest; one whose date of effect is not known comes last."""
    found = [protocol for protocol in protocols if protocol.id == id_]
    return tuple(sorted(found, key=_place))


def version_on(versions: Iterable[Protocol], day: dt.date) -> Protocol | None:
    """The one in force on ``day``; None when there was none."""
    return next((version for version in versions if version.in_force(day)), None)


def version_shown(versions: Sequence[Protocol], day: dt.date) -> Protocol:
    """The one in force on ``day``, else the last one begun by then, else the first one to come."""
    begun = [version for version in versions if version.period and version.period.start <= day]
    return version_on(versions, day) or (begun[-1] if begun else versions[0])


def predecessor(versions: Iterable[Protocol], protocol: Protocol) -> Protocol | None:
    return next((version for version in versions if version.canonical == protocol.predecessor), None)


def successor(versions: Iterable[Protocol], protocol: Protocol) -> Protocol | None:
    return next((version for version in versions if version.predecessor == protocol.canonical), None)


def _place(protocol: Protocol) -> tuple[bool, dt.date, str]:
    start = protocol.period.start if protocol.period else dt.date.max
    return protocol.period is None, start, protocol.version
