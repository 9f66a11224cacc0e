"""What an act issued, told anew: which prescription or dispensing changes, which is added, which was never.

A record of ours names none of them: one is known by what it says, else by its place on the closed list. What the record
no longer tells was entered in error; what is told to be stopped stays, and is no longer to be followed.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from mappings.codes import systems
from mappings.domain.act import DelegatedAct, Dispense, Prescription
from mappings.fhir.act.dispensed import dispense_from_fhir, dispense_to_fhir
from mappings.fhir.act.prescribed import prescription_from_fhir, prescription_to_fhir
from mappings.fhir.act.reader import Reader
from mappings.fhir.act.retraction import in_error, is_in_error

Resource = dict[str, Any]
T = TypeVar("T", Prescription, Dispense)

_SYSTEM: Final = f"{systems.IDENTIFIER}act"
_NUMBERED: Final = re.compile(r"\.([1-9][0-9]{0,8})")
#: What a record tells of each, and the elements that say it.
_PRESCRIBED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("medicationCodeableConcept", "code"),
    "instructions": ("dosageInstruction", "patientInstruction"),
    "stopped": ("status",),
}
_DISPENSED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("medicationCodeableConcept",),
    "quantity": ("quantity",),
    "unit": ("quantity",),
    "handed_over": ("whenHandedOver",),
    "prescriptions": ("authorizingPrescription",),
    "instructions": ("dosageInstruction",),
}


def issued_anew(
    issued: Sequence[Resource], told: DelegatedAct, delegation: list[Resource], *, fictitious: bool
) -> Iterator[tuple[Resource, bool]]:
    """What changes of ``issued``, with whether it is new; ``told`` bears the id of the act on record.

    ``issued`` holds what was entered in error too: no number is given twice.
    """
    live = [one for one in issued if not is_in_error(one)]
    number = max((_number(one, told.identifier) for one in issued), default=0)
    orders = [one for one in live if one["resourceType"] != "MedicationDispense"]
    prescribed = _paired(told.prescriptions, _read(orders, prescription_from_fhir), _PRESCRIBED)
    names = {one.id: before[1]["id"] for one, before in prescribed if before}
    for one, before in prescribed:
        number += before is None
        made = prescription_to_fhir(told, one, number, delegation, fictitious=fictitious)
        yield from _changed(one, made, before, _PRESCRIBED)

    handed = [
        replace(one, prescriptions=tuple(names.get(id_, id_) for id_ in one.prescriptions)) for one in told.dispenses
    ]
    dispenses = [one for one in live if one["resourceType"] == "MedicationDispense"]
    dispensed = _paired(handed, _read(dispenses, dispense_from_fhir), _DISPENSED)
    for each, known in dispensed:
        number += known is None
        made = dispense_to_fhir(told, each, number, delegation, fictitious=fictitious)
        yield from _changed(each, made, known, _DISPENSED)

    stays = {id(before[1]) for _, before in prescribed if before} | {id(known[1]) for _, known in dispensed if known}
    yield from ((in_error(one), False) for one in live if id(one) not in stays)


def _read(live: Sequence[Resource], read: Callable[[Reader, Resource, int], T]) -> list[tuple[T, Resource]]:
    return [(read(Reader(), one, n), one) for n, one in enumerate(live)]


def _paired(
    told: Sequence[T], recorded: Sequence[tuple[T, Resource]], fields: Mapping[str, Any]
) -> list[tuple[T, tuple[T, Resource] | None]]:
    """Each with what of the record it is, None when it is new: what says the same first, then what the list names alike."""
    left = list(recorded)
    found: dict[int, tuple[T, Resource]] = {}
    for only_the_same in (True, False):
        for place, one in enumerate(told):
            if place in found:
                continue
            for each in left:
                if _listed_alike(one, each[0]) and not (only_the_same and _differs(one, each[0], fields)):
                    found[place] = each
                    left.remove(each)
                    break
    return [(one, found.get(place)) for place, one in enumerate(told)]


def _listed_alike(one: T, recorded: T) -> bool:
    """What was stopped is not taken up again: it would be another."""
    resumed = isinstance(one, Prescription) and isinstance(recorded, Prescription) and recorded.stopped > one.stopped
    return one.activity == recorded.activity and not resumed


def _differs(one: T, recorded: T, fields: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Elements that say otherwise; of what a dispensing answers the order says nothing."""
    values = [(name, getattr(one, name), getattr(recorded, name)) for name in fields]
    return [
        element
        for name, mine, theirs in values
        if (set(mine) != set(theirs) if name == "prescriptions" else mine != theirs)
        for element in fields[name]
    ]


def _changed(
    one: T, made: Resource, before: tuple[T, Resource] | None, fields: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Resource, bool]]:
    """The whole when it is new; else what was, with what is told otherwise: what a FHIR client said besides stays."""
    if before is None:
        yield made, True
        return
    recorded, resource = before
    differs = _differs(one, recorded, fields)
    if differs:
        kept = {name: value for name, value in resource.items() if name not in differs}
        yield kept | {name: made[name] for name in differs if name in made}, False


def _number(resource: Resource, act: str) -> int:
    """The place that its identifier gives it among what the act issued; 0 when it gives none."""
    values = (str(one.get("value", "")) for one in resource.get("identifier", ()) if one.get("system") == _SYSTEM)
    found = (_NUMBERED.fullmatch(one.removeprefix(act)) for one in values if one.startswith(act))
    return max((int(one[1]) for one in found if one), default=0)
