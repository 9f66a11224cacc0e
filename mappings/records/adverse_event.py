"""Adverse event record: what happened, about which act; patient, protocol and délégant are the act's."""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from mappings.domain.adverse import Actuality, AdverseEvent, EventOutcome, EventStatus, Nature, Seriousness, Severity
from mappings.elements import Element, Json

Reporter = Literal["delegatee", "delegator"]

_STATUSES: Final[dict[str, EventStatus]] = {code: code for code in get_args(EventStatus)}
_ACTUALITIES: Final[dict[str, Actuality]] = {code: code for code in get_args(Actuality)}
_NATURES: Final[dict[str, Nature]] = {code: code for code in get_args(Nature)}
_SERIOUSNESS: Final[dict[str, Seriousness]] = {code: code for code in get_args(Seriousness)}
_SEVERITIES: Final[dict[str, Severity]] = {code: code for code in get_args(Severity) if code}
_OUTCOMES: Final[dict[str, EventOutcome]] = {code: code for code in get_args(EventOutcome) if code}
_REPORTERS: Final[dict[str, Reporter]] = {code: code for code in get_args(Reporter)}
_KEYS: Final = (
    "identifier",
    "act",
    "status",
    "actuality",
    "nature",
    "text",
    "detected_at",
    "seriousness",
    "severity",
    "outcome",
    "reported_by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventRecord:
    """One record, read as far as it goes without the act."""

    #: Business identifier of the act.
    act: str
    reporter: Reporter
    #: What is the event's own; the rest is the act's.
    said: dict[str, Any]

    def about(self, id: str, **of_the_act: Any) -> AdverseEvent:
        return AdverseEvent(id=id, **self.said, **of_the_act)


def adverse_event_from_record(record: Json) -> AdverseEventRecord:
    element = Element(record, "adverse_event")
    element.only(_KEYS)
    read = AdverseEventRecord(
        act=element.text("act"),
        reporter=element.one_of("reported_by", _REPORTERS),
        said={
            "identifier": element.text("identifier"),
            "status": element.one_of("status", _STATUSES) if element.has("status") else "submitted",
            "actuality": element.one_of("actuality", _ACTUALITIES) if element.has("actuality") else "actual",
            "nature": element.one_of("nature", _NATURES),
            "text": element.text("text"),
            "detected": element.instant("detected_at"),
            "seriousness": element.one_of("seriousness", _SERIOUSNESS),
            "severity": element.one_of("severity", _SEVERITIES) if element.has("severity") else "",
            "outcome": element.one_of("outcome", _OUTCOMES) if element.has("outcome") else "",
        },
    )
    element.refuse_faults()
    return read
