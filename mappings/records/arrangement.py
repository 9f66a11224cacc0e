"""A team's own record: how its délégants are reached, and within what time they answer."""

from dataclasses import dataclass

from mappings.domain.availability import Arrangement
from mappings.domain.identity import team_id, team_identifier
from mappings.elements import Element, Json
from mappings.records.availability import read_arrangement
from mappings.records.people import read_finess, read_protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangementRecord:
    """Which team, and what it has agreed on."""

    team_id: str
    arrangement: Arrangement


def arrangement_from_record(record: Json) -> ArrangementRecord:
    """The whole of what was agreed on: what is not told any more is not known any more."""
    element = Element(record, "team")
    element.only(("protocol", "structure_finess", "contacts", "hours", "open_on_holidays", "response_minutes"))
    protocol = read_protocol(element, versioned=True)
    finess = read_finess(element, "structure_finess")
    arrangement = read_arrangement(element)
    element.refuse_faults()
    return ArrangementRecord(team_id=team_id(team_identifier(protocol, finess)), arrangement=arrangement)
