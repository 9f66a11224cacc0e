"""Which acts a request corrects: by the act itself or by any part of it; each once, whatever it changes.

A new version of anything that an act is made of is a new version of the act: where the request does not tell the act
itself, its next version is made here, and says what the one before said.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mappings.fhir.act import BELONGINGS, act_of, is_in_error
from mappings.fhir.bundle import Entry
from mappings.issues import Issue, Refused
from service.intake.conditions import located
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed
from service.writes import stamped

_IN_ERROR: Final = "Cet acte est annulé, saisi par erreur : ce qui s’y rattache ne change plus."


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """One act of a request, with what of it is new."""

    procedure: Placed
    #: What belongs to it, changed or added.
    parts: tuple[Placed, ...]


def amended(placed: Sequence[Placed], knowledge: Knowledge, now: dt.datetime) -> list[Amended]:
    """The acts that are corrected, in their order; ``Refused`` where one of them is in error."""
    procedures = {one.id: one for one in placed if one.entry.type == "Procedure" and one.effect != "created"}
    acts = {id_: one for id_, one in procedures.items() if one.effect == "updated"}
    told = _parts(placed)
    # What is only added comes with the act, said again as it is.
    again = {id_ for id_, one in procedures.items() if one.entry.method in ("PUT", "PATCH")}
    changed = {act for act, some in told.items() if act in again or any(one.effect == "updated" for one in some)}
    issues = [
        Issue("not-supported", located(one.entry.type, one.entry), _IN_ERROR, "Binôme, actes saisis par erreur")
        for act, some in told.items()
        for one in some
        if _stands_in_error(act, acts, knowledge)
    ]
    if issues:
        raise Refused(issues)
    corrected = {id_: one for id_, one in acts.items() if not one.retracts}
    for id_ in sorted(changed - corrected.keys()):
        corrected[id_] = _next(id_, knowledge, now)
    return [Amended(procedure=one, parts=tuple(told.get(id_, ()))) for id_, one in corrected.items()]


def with_new_versions(placed: Sequence[Placed], acts: Sequence[Amended]) -> Iterator[Placed]:
    """``placed``, an act whose parts change in its new version; then the versions that no entry asks for."""
    versions = {one.procedure.id: one.procedure for one in acts}
    for one in placed:
        mine = versions.pop(one.id, None) if one.entry.type == "Procedure" else None
        yield one if mine is None else replace(mine, entry=one.entry)
    yield from versions.values()


def _parts(placed: Sequence[Placed]) -> Mapping[str, list[Placed]]:
    """By act on record, what of all that belongs to it the request writes."""
    new = {one.id for one in placed if one.entry.type == "Procedure" and one.effect == "created"}
    found: dict[str, list[Placed]] = {}
    for one in placed:
        if one.entry.type in BELONGINGS and one.stays:
            act = act_of(one.resource)
            if act and act not in new:
                found.setdefault(act, []).append(one)
    return found


def _stands_in_error(act: str, acts: Mapping[str, Placed], knowledge: Knowledge) -> bool:
    stored = acts[act].resource if act in acts else knowledge.resource("Procedure", act)
    return stored is not None and is_in_error(stored)


def _next(id_: str, knowledge: Knowledge, now: dt.datetime) -> Placed:
    before = knowledge.resource("Procedure", id_)
    version = knowledge.version("Procedure", id_) + 1
    if before is None:
        raise LookupError("a part of an act that is not on record")
    resource = stamped(before, version, now)
    knowledge.add(resource, version)
    return Placed(
        entry=Entry(expression="", method="PUT", type="Procedure", id=id_, resource=before),
        id=id_,
        version=version,
        resource=resource,
        previous=before,
        effect="updated",
    )
