"""Each entry of a request put in its place: id, version, what it follows, references resolved."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.fhir.bundle import Entry, condition, references, rewritten, targets_of
from mappings.issues import Issue, Refused
from service.clock import Identifiers
from service.finding import ids_with
from service.intake.knowledge import Knowledge
from service.store import Store
from service.writes import stamped, unchanged

Resource = dict[str, Any]

#: What a client may write. The rest is the server's: CareTeam is a projection, Task and proofs follow from acts.
OPEN_TYPES: Final = frozenset(
    {
        "Patient",
        "Practitioner",
        "Organization",
        "PractitionerRole",
        "Consent",
        "CarePlan",
        "QuestionnaireResponse",
        "Observation",
        "Procedure",
        "MedicationRequest",
        "ServiceRequest",
    }
)
#: Acts and what belongs to them are never changed in place by a client.
UPDATABLE: Final = OPEN_TYPES - {
    "QuestionnaireResponse",
    "Observation",
    "Procedure",
    "MedicationRequest",
    "ServiceRequest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One entry in its place. ``resource`` is stamped; ``writes`` False when it is already on record."""

    entry: Entry
    id: str
    version: int
    resource: Resource
    previous: Resource | None
    writes: bool
    #: Literal references of ``resource``.
    points_at: frozenset[str]


def place(
    entries: Sequence[Entry], knowledge: Knowledge, store: Store, ids: Identifiers, now: dt.datetime
) -> list[Placed]:
    """All entries, admitted before, in their place; ``Refused`` when a condition or a version does not hold."""
    existing = {n: _existing(entry, store) for n, entry in enumerate(entries)}
    names: dict[int, str] = {}
    for n, entry in enumerate(entries):
        names[n] = existing[n] or entry.id
        if not names[n]:
            names[n] = ids()
            knowledge.is_new(entry.type, names[n])
    targets = {entry.full_url: f"{entry.type}/{names[n]}" for n, entry in enumerate(entries) if entry.full_url}
    said = [targets_of(entry.resource) for entry in entries]
    if any("?" in target for some in said for target in some):
        targets |= _conditional(entries, store)
    points_at = [frozenset(targets.get(target, target) for target in some) for some in said]
    # Asked at once: the entries themselves, and all that they point at.
    keys = {key for target in frozenset().union(*points_at) if (key := _key(target))}
    knowledge.look_up(keys | {(entry.type, names[n]) for n, entry in enumerate(entries)})
    placed = [
        _placed(entry, names[n], bool(existing[n]) and entry.method == "POST", targets, points_at[n], knowledge, now)
        for n, entry in enumerate(entries)
    ]
    for item in placed:
        if item.writes:
            knowledge.add(item.resource, item.version)
    return placed


def dangling(placed: Iterable[Placed], knowledge: Knowledge) -> list[Issue]:
    """References of what will be written that lead to nothing on this server."""
    written = [item for item in placed if item.writes]
    targets = {target for item in written for target in item.points_at if not target.startswith("#")}
    loose = {target for target in targets if not ((key := _key(target)) and knowledge.version(*key))}
    if not loose:
        return []
    return [
        Issue(
            "value",
            located(expression, item.entry),
            "Cette référence ne désigne aucune ressource de ce serveur.",
            "FHIR R4, references.html",
        )
        for item in written
        for target, expression in references(item.resource, item.entry.type)
        if target in loose
    ]


def located(expression: str, entry: Entry) -> str:
    """A FHIRPath from the resource, told from the request's top when the entry stands in a Bundle."""
    if not entry.expression or not expression.startswith(entry.type):
        return expression
    return f"{entry.expression}.resource{expression.removeprefix(entry.type)}"


def admission(entry: Entry) -> Iterable[Issue]:
    """What a client may not write, or not so."""
    if entry.type not in OPEN_TYPES:
        yield Issue(
            "not-supported",
            entry.expression or entry.type,
            f"Une ressource {entry.type} ne peut pas être écrite par un client : elle est tenue par le serveur.",
            "Binôme, déclaration de capacité",
        )
    elif entry.method == "PUT" and entry.type not in UPDATABLE:
        yield Issue(
            "not-supported",
            entry.expression or entry.type,
            f"Une ressource {entry.type} transmise ne se modifie pas en place.",
            "Binôme, déclaration de capacité",
        )


def _existing(entry: Entry, store: Store) -> str:
    """Id that a conditional create or update finds; empty when there is none."""
    if entry.if_none_exist is None:
        return ""
    system, value = entry.if_none_exist
    found = ids_with(store, entry.type, "identifier", system, value)
    if len(found) > 1:
        raise Refused(
            Issue(
                "multiple-matches",
                f"{entry.expression}.request.ifNoneExist".lstrip("."),
                "Plusieurs ressources répondent à la condition de création.",
                "FHIR R4, http.html#ccreate",
            )
        )
    return found[0] if found else ""


def _conditional(entries: Sequence[Entry], store: Store) -> dict[str, str]:
    """Targets of conditional references (``Patient?identifier=system|value``), one look-up each."""
    wanted = {
        target: located(expression, entry)
        for entry in entries
        for target, expression in references(entry.resource, entry.type)
        if "?" in target
    }
    targets, issues = {}, []
    for target, expression in wanted.items():
        type_ = target.partition("?")[0]
        pair = condition(target, expression)
        found = ids_with(store, type_, "identifier", *pair) if pair else []
        if len(found) == 1:
            targets[target] = f"{type_}/{found[0]}"
        else:
            issues.append(
                Issue(
                    "multiple-matches" if found else "value",
                    expression,
                    "Cette référence conditionnelle ne désigne pas exactement une ressource.",
                    "FHIR R4, http.html#trules",
                )
            )
    if issues:
        raise Refused(issues)
    return targets


def _placed(
    entry: Entry,
    id_: str,
    exists: bool,
    targets: dict[str, str],
    points_at: frozenset[str],
    knowledge: Knowledge,
    now: dt.datetime,
) -> Placed:
    current = knowledge.version(entry.type, id_)
    if entry.if_match and entry.if_match != current:
        raise Refused(
            Issue(
                "conflict",
                entry.expression or entry.type,
                "La version en vigueur n’est pas celle que désigne If-Match.",
                "FHIR R4, http.html#concurrency",
            )
        )
    previous = knowledge.resource(entry.type, id_) if current else None
    resource = {**rewritten(entry.resource, targets), "id": id_}
    if exists or (previous is not None and unchanged(previous, resource)):
        kept = previous if previous is not None else resource
        return Placed(
            entry=entry, id=id_, version=current, resource=kept, previous=None, writes=False, points_at=points_at
        )
    version = current + 1
    return Placed(
        entry=entry,
        id=id_,
        version=version,
        resource=stamped(resource, version, now),
        previous=previous,
        writes=True,
        points_at=points_at,
    )


def _key(target: str) -> tuple[str, str] | None:
    parts = target.split("/")
    return (parts[0], parts[1]) if len(parts) in (2, 4) and ":" not in target else None
