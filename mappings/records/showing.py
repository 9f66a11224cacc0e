"""Visibility record: how the report of an act is to show in the shared record, the whole of it, and why."""

from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.showing import Showing
from mappings.elements import Element, Json

_FLAGS: Final = {"masked_from_professionals": "masked", "hidden_from_patient": "hidden", "archived": "archived"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowingRecord:
    """What is wanted, and the reason."""

    showing: Showing
    reason: str


def showing_from_record(record: Json) -> ShowingRecord:
    """All three are told each time: what is left out would be a guess."""
    element = Element(record, "visibility")
    element.only((*_FLAGS, "reason"))
    told = {name: element.flag(key) for key, name in _FLAGS.items()}
    reason = element.text("reason")
    element.refuse_faults()
    return ShowingRecord(showing=Showing(**told), reason=reason)


def showing_to_record(showing: Showing) -> dict[str, Any]:
    return {key: getattr(showing, name) for key, name in _FLAGS.items()}
