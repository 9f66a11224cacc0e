"""From an act told anew to the resources that must change: what the flat door sends in the words of FHIR.

Only what differs is touched, and of that only what the record tells: the rest of a resource, which may have come from a
FHIR client, stays as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.act import DelegatedAct, Observation
from mappings.fhir.act.issued_anew import issued_anew
from mappings.fhir.act.reading import act_from_fhir, unanswered_of
from mappings.fhir.act.retraction import IN_ERROR
from mappings.fhir.act.writing import Placement, act_to_fhir, delegation_of

Resource = dict[str, Any]

_TOLD: Final = ("performedPeriod", "statusReason", "note")


def corrected(
    procedure: Resource,
    findings: Sequence[Resource],
    issued: Sequence[Resource],
    told: DelegatedAct,
    place: Placement,
    asked: frozenset[str],
) -> Iterator[tuple[Resource, bool]]:
    """The act, then what else changes, each with whether it is new; ``asked``: LOINC codes of the protocol's questions.

    ``findings`` are in force; ``issued`` holds what was entered in error too.
    """
    told = replace(told, id=str(procedure["id"]))
    (response,) = (one for one in findings if one["resourceType"] == "QuestionnaireResponse")
    observations = [one for one in findings if one["resourceType"] == "Observation"]
    recorded = act_from_fhir(procedure, [response], observations, [])
    new_procedure, new_response, *others = act_to_fhir(told, place)
    yield _procedure(procedure, recorded, new_procedure, told), False
    if told.answers != unanswered_of(response) | recorded.answers:
        yield {**response, "status": "amended", "item": new_response["item"]}, False
    new = {one["id"]: one for one in others}
    yield from _observations(observations, recorded.observations, told.observations, new.__getitem__, asked)
    yield from issued_anew(issued, told, delegation_of(told), fictitious=place.fictitious)


def _procedure(before: Resource, recorded: DelegatedAct, after: Resource, told: DelegatedAct) -> Resource:
    made = dict(before)
    differs = {
        "performedPeriod": (told.start, told.end) != (recorded.start, recorded.end),
        "statusReason": told.status_reason != recorded.status_reason,
        "note": told.conclusion != recorded.conclusion,
    }
    for name in (one for one in _TOLD if differs[one]):
        made.pop(name, None)
        if name in after:
            made[name] = after[name]
    if differs["performedPeriod"]:
        made.pop("performedDateTime", None)
    if told.recourse != recorded.recourse:
        kept = [one for one in before["extension"] if one["url"] != systems.EXT_RECOURSE]
        made["extension"] = kept + [one for one in after["extension"] if one["url"] == systems.EXT_RECOURSE]
    return made


def _observations(
    before: Sequence[Resource],
    recorded: Sequence[Observation],
    told: Sequence[Observation],
    new: Callable[[str], Resource],
    asked: frozenset[str],
) -> Iterator[tuple[Resource, bool]]:
    """A measure is known by its code; one that a question no longer gives was not made."""
    known = {(one.system, one.code): (one, resource) for one, resource in zip(recorded, before, strict=True)}
    for one in told:
        on_record = known.pop((one.system, one.code), None)
        if on_record is None:
            yield new(one.id), True
        elif (one.value, one.unit) != (on_record[0].value, on_record[0].unit):
            yield _with_value(on_record[1], new(one.id)), False
    for (system, code), (_, resource) in known.items():
        if system == systems.LOINC and code in asked:
            yield {**resource, "status": IN_ERROR}, False


def _with_value(before: Resource, after: Resource) -> Resource:
    kept = {name: value for name, value in before.items() if not _is_value(name)}
    return kept | {name: value for name, value in after.items() if _is_value(name)} | {"status": "corrected"}


def _is_value(name: str) -> bool:
    return name.startswith("value") or name == "dataAbsentReason"
