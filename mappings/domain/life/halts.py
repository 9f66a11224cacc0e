"""What authorities have stopped of a protocol, as read on a day: told wherever the protocol is shown.

It is not of the definition, which never changes under its version: it stands beside it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from mappings.domain.life.events import Events, Suspension
from mappings.domain.people import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """The implementation by one structure, suspended on the day."""

    #: Empty when the structure is no more on record.
    name: str
    finess: str
    suspension: Suspension


@dataclass(frozen=True, slots=True, kw_only=True)
class Halts:
    """Every suspension of one protocol that counts on the day, and the next one that is known."""

    #: False: what is on record does not read, and nobody may act.
    known: bool = True
    #: Of the protocol, everywhere.
    whole: Suspension | None = None
    #: The next of the protocol, everywhere, that begins after the day.
    coming: Suspension | None = None
    structures: tuple[Halted, ...] = ()


NOT_HALTED = Halts()


def halts_of(events: Events | None, day: dt.date, structures: Mapping[str, Organization]) -> Halts:
    """``events`` None: what is on record does not read. ``structures`` by logical id."""
    if events is None:
        return Halts(known=False)
    everywhere = [one for one in events.suspensions if not one.organization_id]
    coming = [one for one in everywhere if one.period.start > day]
    local = [one for one in events.suspensions if one.organization_id and one.period.covers(day)]
    return Halts(
        whole=events.suspended("", day),
        coming=min(coming, key=lambda one: one.period.start, default=None),
        structures=tuple(_halted(one, structures.get(one.organization_id)) for one in local),
    )


def _halted(suspension: Suspension, structure: Organization | None) -> Halted:
    return Halted(
        name=structure.name if structure else "", finess=structure.finess if structure else "", suspension=suspension
    )
