"""What an act record prescribes and dispenses, each named by its place on the closed list of the protocol."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, cast

from mappings.domain.act import Dispense, Prescription
from mappings.domain.kinds import KINDS, Noun, PrescriptionKind
from mappings.domain.protocol import Activity, Protocol
from mappings.elements import Element

_STATUSES: Final = {"active": False, "stopped": True}
#: What is said of a thing of the list that is told as what it is not.
_OTHER: Final[dict[Noun, str]] = {
    "acte": "Cet élément est un acte",
    "prescription": "Cet élément est une prescription",
    "délivrance": "Cet élément est une délivrance",
}


def listed(element: Element, key: str, protocol: Protocol) -> Activity | None:
    """The act of the closed list that ``key`` names."""
    wanted = element.text(key)
    found = next((activity for activity in protocol.activities if activity.id == wanted), None)
    if found is None and wanted.strip():
        text = "Cet acte n’est pas sur la liste limitative du protocole."
        element.fault("business-rule", key, text, "CSP L4011-2")
    return found


def prescriptions_of(act: Element, protocol: Protocol, ids: Callable[[], str]) -> tuple[Prescription, ...]:
    return tuple(_prescription(each, protocol, ids) for each in act.children("prescriptions"))


def dispenses_of(
    act: Element,
    protocol: Protocol,
    prescriptions: Sequence[Prescription],
    ids: Callable[[], str],
    end: dt.datetime,
) -> tuple[Dispense, ...]:
    """``end`` of the act: when what says no other time was handed over."""
    return tuple(_dispense(each, protocol, prescriptions, ids, end) for each in act.children("dispenses"))


def _prescription(element: Element, protocol: Protocol, ids: Callable[[], str]) -> Prescription:
    element.only(("activity", "text", "instructions", "status"))
    activity = _as(element, protocol, "prescription")
    return Prescription(
        id=ids(),
        kind=cast(PrescriptionKind, activity.kind) if activity else "ServiceRequest",
        activity=activity.canonical if activity else "",
        text=_text(element, activity),
        instructions=element.optional_text("instructions"),
        stopped=element.one_of("status", _STATUSES) if element.has("status") else False,
    )


def _dispense(
    element: Element,
    protocol: Protocol,
    prescriptions: Sequence[Prescription],
    ids: Callable[[], str],
    end: dt.datetime,
) -> Dispense:
    element.only(("activity", "text", "quantity", "unit", "handed_over", "prescription", "instructions"))
    activity = _as(element, protocol, "délivrance")
    if element.has("unit") and not element.has("quantity"):
        element.fault("required", "quantity", "« quantity » est obligatoire avec « unit ».")
    return Dispense(
        id=ids(),
        activity=activity.canonical if activity else "",
        text=_text(element, activity),
        quantity=element.optional_number("quantity"),
        unit=element.optional_text("unit"),
        handed_over=element.optional_instant("handed_over") or end,
        prescriptions=_answered(element, prescriptions),
        instructions=element.optional_text("instructions"),
    )


def _as(element: Element, protocol: Protocol, noun: Noun) -> Activity | None:
    """The thing of the list, when it is what ``noun`` says."""
    activity = listed(element, "activity", protocol)
    if activity is not None and KINDS[activity.kind].noun != noun:
        text = f"{_OTHER[KINDS[activity.kind].noun]}, pas une {noun}."
        element.fault("business-rule", "activity", text, "CSP L4011-2")
        return None
    return activity


def _text(element: Element, activity: Activity | None) -> str:
    return element.optional_text("text") or (activity.product or activity.title if activity else "")


def _answered(element: Element, prescriptions: Sequence[Prescription]) -> tuple[str, ...]:
    """The prescription of the same act that a dispensing answers, told by its place, from 1."""
    place = element.optional_number("prescription")
    if place is None:
        return ()
    found = [one for n, one in enumerate(prescriptions, 1) if n == place and one.kind == "MedicationRequest"]
    if not found:
        text = "« prescription » doit être le rang, à partir de 1, d’une prescription de médicament de cet acte."
        element.fault("value", "prescription", text)
    return tuple(one.id for one in found)
