"""An exam recorded before its act: it names the act by its business identifier, and the act takes it when it comes.

R4 4.0.1, https://hl7.org/fhir/R4/references.html#logical: what is not on record is named by an identifier. The act is
judged with all that names it, as if it had come with it, and each becomes part of it, literally, in the same commit.
A prescription is not recorded before it is judged: it comes with its act.

An exam and its act may come at the same moment, each before the other is seen: those that name one act go one by one,
each under a number that only one commit can have.
"""

import bisect
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mappings.fhir.act import FINDINGS, IN_ERROR, act_of
from mappings.fhir.bundle import Entry, targets_of
from mappings.fhir.datatypes import reference_id
from mappings.issues import Issue, Refused
from service.finding import found_among
from service.intake.claims import LONGEST_IDENTIFIER, identifiers
from service.intake.conditions import located
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed
from service.store import Store
from service.store.unit import RequestClaim
from service.writes import stamped

Resource = dict[str, Any]

#: Most elements that an act takes.
_MOST: Final = 200
_REFERENCE: Final = "CSP L4011-2"
#: Turns that are looked up together: an act mostly has the one after its exam's.
_WIDTHS: Final = [1, 2, 4, 8]
#: How the scope of a turn begins; no scope of ``claims`` begins so.
_TURN: Final = "awaited"
#: An exam that was begun, or given up, is not the act's; nor is anything that was entered in error.
_TAKEN: Final = {"QuestionnaireResponse": frozenset({"completed", "amended"})}
_LATE: Final = "Cet acte est déjà enregistré : ce qui s’y rattache se transmet avec lui, ou s’y ajoute par une correction de l’acte."
_ONE_ACT: Final = "Un élément d’examen est d’un seul acte."
_INCLUSION: Final = (
    "Un examen enregistré avant son acte, qu’il nomme par son identifiant, désigne l’inclusion du patient (basedOn)."
)


def in_turn(placed: Sequence[Placed], store: Store, fingerprint: bytes) -> list[RequestClaim]:
    """Of each act that an exam names, or that brings none: a turn that nobody has had. To be drawn before anything is looked up."""
    acts = _awaiting(placed)
    named = {one for item in placed if item.entry.type in FINDINGS and item.effect == "created" for one in _acts(item)}
    named |= {_pair(one) for act in acts for one in identifiers(act.resource)}
    return [
        RequestClaim(scope=_turn(store, system, value), key=value, fingerprint=fingerprint, status=201, answer=b"")
        for system, value in sorted(named)
        # No act bears a longer one.
        if len(system) + len(value) <= LONGEST_IDENTIFIER
    ]


def is_turn(claim: RequestClaim) -> bool:
    """Whether somebody else had a turn that was drawn here: what was looked up may be otherwise by now."""
    return claim.scope.startswith(_TURN)


def _turn(store: Store, system: str, value: str) -> str:
    """The first that is free: all before it are taken."""

    def scope(number: int) -> str:
        return f"{_TURN}{number}:{system}"

    def free(numbers: Sequence[int]) -> Iterator[int]:
        had = store.requests([(scope(number), value) for number in numbers])
        return (number for number in numbers if (scope(number), value) not in had)

    above, widths = None, _WIDTHS
    while above is None:
        above = next(free(widths), None)
        widths = [width << len(_WIDTHS) for width in widths]
    # Half of it was had, or it is the very first.
    between = range(above // 2 + 1, above)
    return scope(above // 2 + 1 + bisect.bisect_left(between, True, key=lambda number: any(free([number]))))


def _acts(item: Placed) -> Iterator[tuple[str, str]]:
    parts = item.resource.get("partOf")
    yield from (one for part in (parts if isinstance(parts, list) else ()) if (one := _named(part)))


def _awaiting(placed: Sequence[Placed]) -> list[Placed]:
    """The acts of the request that bring no exam themselves."""
    with_exam = {act_of(p.resource) for p in placed if p.entry.type == "QuestionnaireResponse" and p.stays}
    return [p for p in placed if p.entry.type == "Procedure" and p.effect == "created" and p.id not in with_exam]


def taken(placed: Sequence[Placed], knowledge: Knowledge, store: Store, now: dt.datetime) -> list[Placed]:
    """What on record names an act of the request, which brings no exam itself: its next versions, part of that act."""
    return [
        _next(part, item, knowledge, now)
        for item in _awaiting(placed)
        for part in _naming(item.resource, knowledge, store)
        if _is_ready(part)
    ]


def as_recorded(act: Placed, placed: Sequence[Placed]) -> list[str]:
    """The versions of what was on record before the act, and that it was judged with."""
    return [
        f"{one.entry.type}/{one.id}/_history/{one.version - 1}"
        for one in placed
        if one.entry.type in FINDINGS and one.effect == "updated" and act_of(one.resource) == act.id
    ]


def out_of_turn(placed: Sequence[Placed], knowledge: Knowledge) -> list[Issue]:
    """Of an exam that names an act by its identifier: what no act could take, or an act that is there already."""
    coming = {
        (one["system"], one["value"]) for p in placed if p.entry.type == "Procedure" for one in identifiers(p.resource)
    }
    return [
        Issue(code, located(expression, item.entry), text, _REFERENCE)
        for item in placed
        if item.entry.type in FINDINGS and item.effect == "created" and item.resource.get("partOf")
        for code, expression, text in _faults(item.resource, coming, knowledge)
    ]


def _faults(resource: Resource, coming: set[tuple[str, str]], knowledge: Knowledge) -> Iterator[tuple[Any, str, str]]:
    type_ = resource["resourceType"]
    named = [(n, *one) for n, part in enumerate(resource["partOf"]) if (one := _named(part))]
    if named and not any(reference_id(one, "CarePlan") for one in resource.get("basedOn", ())):
        yield "required", f"{type_}.basedOn", _INCLUSION
    for n, system, value in named:
        if act_of(resource) or len(named) > 1:
            yield "business-rule", f"{type_}.partOf[{n}]", _ONE_ACT
        elif (system, value) in coming or knowledge.found("Procedure", "identifier", system, value):
            yield "business-rule", f"{type_}.partOf[{n}]", _LATE


def _named(part: Any) -> tuple[str, str] | None:
    """System and value of an act that is named by its identifier alone."""
    if not isinstance(part, dict) or "reference" in part or part.get("type", "Procedure") != "Procedure":
        return None
    one = part.get("identifier")
    told = identifiers({"identifier": one}) if isinstance(one, dict) else []
    return (told[0]["system"], told[0]["value"]) if told else None


def _naming(procedure: Resource, knowledge: Knowledge, store: Store) -> Iterator[Resource]:
    """What names this act, of the inclusion that it rests on and of no other."""
    known = identifiers(procedure)
    plan = next((id_ for one in procedure.get("basedOn", ())[:1] if (id_ := reference_id(one, "CarePlan"))), "")
    if not known or not plan:
        return
    names = [("part-of:identifier", one["system"], one["value"]) for one in known]
    some = found_among(store, tuple(FINDINGS), names, [("based-on", "CarePlan", plan)], count=_MOST + 1)
    if len(some) > _MOST:
        text = f"Plus de {_MOST} éléments d’examen nomment cet acte."
        raise Refused(Issue("too-costly", "Procedure.identifier", text, _REFERENCE))
    yield from (resource for one in some if (resource := knowledge.met(one)) is not None)


def _is_ready(part: Resource) -> bool:
    if act_of(part) or part.get("status") == IN_ERROR:
        return False
    return part.get("status") in _TAKEN.get(part["resourceType"], {part.get("status")})


def _next(before: Resource, act: Placed, knowledge: Knowledge, now: dt.datetime) -> Placed:
    type_, id_ = before["resourceType"], before["id"]
    own = set(map(_pair, identifiers(act.resource)))
    parts = [{"reference": f"Procedure/{act.id}", **part} if _named(part) in own else part for part in before["partOf"]]
    version = knowledge.version(type_, id_) + 1
    resource = stamped({**before, "partOf": parts}, version, now)
    knowledge.add(resource, version)
    return Placed(
        entry=Entry(expression="", method="PUT", type=type_, id=id_, resource=before),
        id=id_,
        version=version,
        resource=resource,
        previous=before,
        effect="updated",
        points_at=frozenset(targets_of(resource)),
    )


def _pair(identifier: dict[str, str]) -> tuple[str, str]:
    return identifier["system"], identifier["value"]
