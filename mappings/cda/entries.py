"""One entry for one row of a narrative: what was observed, done, prescribed, handed over.

CI-SIS, FR-Simple-Observation (1.2.250.1.213.1.1.3.48) and FR-Acte (1.2.250.1.213.1.1.3.62). What no nomenclature has a
code for is OTH and refers to its own words; what is not known is UNK. Prescriptions bear no template: those of the CI-SIS
want a dose and a way of giving, which the acts do not have.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from mappings.cda.datatypes import (
    add_interval,
    add_reference,
    add_templates,
    add_unique_id,
    day,
    timestamp,
    typed_value,
)
from mappings.domain.people import Code
from mappings.domain.report import ActReport, Entry, EntryKind
from mappings.markup import Element

_SIMPLE_OBSERVATION: Final = ("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48")
#: FR-Acte of an act that is told as an event: IHE PCC, CCD, CI-SIS.
_PROCEDURE: Final = ("1.3.6.1.4.1.19376.1.5.3.1.4.19", "2.16.840.1.113883.10.20.1.29", "1.2.250.1.213.1.1.3.62")


def add_entry(parent: Element, report: ActReport, entry: Entry, at: str) -> None:
    """``at``: place of the row in the narrative."""
    _WRITERS[entry.kind](parent, report, entry, at)


def _observation(parent: Element, report: ActReport, entry: Entry, at: str) -> None:
    observation = parent.add("observation", classCode="OBS", moodCode="EVN")
    add_templates(observation, *_SIMPLE_OBSERVATION)
    _said(observation, report, entry.code, at, words=f"{at}-l")
    observation.leaf("statusCode", code="completed")
    observation.leaf("effectiveTime", value=timestamp(report.start))
    _value(observation, entry)


def _act(parent: Element, report: ActReport, entry: Entry, at: str) -> None:
    procedure = parent.add("procedure", classCode="PROC", moodCode="EVN")
    add_templates(procedure, *_PROCEDURE)
    _said(procedure, report, entry.code, at, words=f"{at}-t")
    procedure.leaf("statusCode", code="completed" if entry.kind == "act" else "cancelled")
    add_interval(procedure, "effectiveTime", report.start, report.end)


def _medication(parent: Element, report: ActReport, entry: Entry, at: str) -> None:
    order = parent.add("substanceAdministration", classCode="SBADM", moodCode="RQO")
    add_unique_id(order, report, at)
    add_reference(order, "text", f"{at}-t")
    order.leaf("statusCode", code="active")
    product = order.add("consumable").add("manufacturedProduct", classCode="MANU")
    material = product.add("manufacturedMaterial")
    _code(material, None, f"{at}-l")
    # no brand is named, and FR-Produit-de-sante wants that said
    material.leaf("name", nullFlavor="NA")


def _request(parent: Element, report: ActReport, entry: Entry, at: str) -> None:
    order = parent.add("act", classCode="ACT", moodCode="RQO")
    _said(order, report, None, at, words=f"{at}-l")
    order.leaf("statusCode", code="active")


def _referral(parent: Element, report: ActReport, entry: Entry, at: str) -> None:
    handed_over = parent.add("act", classCode="ACT", moodCode="EVN")
    _said(handed_over, report, None, at, words=f"{at}-t")
    handed_over.leaf("statusCode", code="completed")
    handed_over.leaf("effectiveTime", value=timestamp(report.start))


_WRITERS: Final[Mapping[EntryKind, Callable[[Element, ActReport, Entry, str], None]]] = {
    "observation": _observation,
    "act": _act,
    "not-done": _act,
    "medication": _medication,
    "request": _request,
    "referral": _referral,
}


def _said(parent: Element, report: ActReport, code: Code | None, at: str, *, words: str) -> None:
    add_unique_id(parent, report, at)
    _code(parent, code, words)
    add_reference(parent, "text", f"{at}-t")


def _code(parent: Element, code: Code | None, words: str) -> None:
    if code is None:
        element = parent.add("code", nullFlavor="OTH")
    else:
        shown = {"displayName": code.display} if code.display else {}
        element = parent.add("code", code=code.code, codeSystem=code.system, **shown)
    add_reference(element, "originalText", words)


def _value(parent: Element, entry: Entry) -> None:
    match entry.value:
        case None:
            typed_value(parent, "CD", nullFlavor="UNK")
        case bool():
            typed_value(parent, "BL", value="true" if entry.value else "false")
        case Decimal() if entry.unit in ("", "{score}") and entry.value == entry.value.to_integral_value():
            typed_value(parent, "INT", value=f"{entry.value:.0f}")
        case Decimal():
            typed_value(parent, "PQ", value=f"{entry.value:f}", unit=entry.unit or "1")
        case (low, high) if low == high:
            typed_value(parent, "INT", value=str(low))
        case (low, high):
            span = typed_value(parent, "IVL_INT")
            span.leaf("low", value=str(low))
            span.leaf("high", value=str(high))
        case dt.date():
            typed_value(parent, "TS", value=day(entry.value))
        case Code(code=code, display=display, system=system):
            typed_value(parent, "CD", code=code, displayName=display, codeSystem=system)
        case _:
            typed_value(parent, "ST").say(entry.value)
