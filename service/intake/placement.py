"""Each entry of a request put in its place: id, version, what it follows, references resolved."""

import datetime as dt
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mappings.fhir.act import is_in_error
from mappings.fhir.answering import NO_TASK
from mappings.fhir.arranging import NO_TEAM
from mappings.fhir.bundle import Entry, locally, references, rewritten, targets_of
from mappings.fhir.structure import check
from mappings.issues import Issue, IssueCode, Refused
from service.clock import Identifiers
from service.intake.asked import Effect, Matching
from service.intake.conditions import existing, located, referred
from service.intake.knowledge import Knowledge
from service.store import Store
from service.writes import stamped, unchanged

Resource = dict[str, Any]
#: What is kept of a resource that a client writes after the one before, where some of its elements are the server's.
Keep = Callable[[Resource, Resource | None], Resource]

#: What a client may bring into being. The rest is the server's: CareTeam is a projection, Task and proofs follow from acts.
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
        "MedicationDispense",
        "AdverseEvent",
        "Subscription",
    }
)
#: What a client writes and changes by itself; an act and its parts are corrected, or told to be in error.
UPDATABLE: Final = OPEN_TYPES - {
    "QuestionnaireResponse",
    "Observation",
    "Procedure",
    "MedicationRequest",
    "ServiceRequest",
    "MedicationDispense",
}


ACTS: Final = OPEN_TYPES - UPDATABLE
#: What a client may send again under its id: of a team, how it is reached (``mappings.fhir.arranging``); of a task, that an
#: answer was read (``mappings.fhir.answering``).
SENDABLE: Final = OPEN_TYPES | {"CareTeam", "Task"}
#: Why an act is not deleted.
UNDELETABLE: Final = (
    "Un acte délégué et ce qui s’y rattache ne se suppriment pas : le statut d’un acte saisi par erreur devient "
    "entered-in-error (PUT ou PATCH du Procedure), et sa preuve demeure."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One entry in its place. ``resource`` is stamped, or what is deleted; ``writes`` False when nothing changes."""

    entry: Entry
    id: str
    version: int
    resource: Resource
    previous: Resource | None
    effect: Effect
    #: Literal references of ``resource``.
    points_at: frozenset[str] = frozenset()

    @property
    def writes(self) -> bool:
        return self.effect != "none"

    @property
    def stays(self) -> bool:
        """A version that says something is written."""
        return self.effect in ("created", "updated")

    @property
    def retracts(self) -> bool:
        """An act is told to be entered in error."""
        return self.effect == "updated" and self.entry.type == "Procedure" and is_in_error(self.resource)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """What entries are placed by."""

    knowledge: Knowledge
    store: Store
    ids: Identifiers
    now: dt.datetime
    keep: Mapping[str, Keep]
    matching: Matching | None = None
    base: str = ""
    creates_by_update: bool = True


def place(entries: Sequence[Entry], by: Placing) -> list[Placed]:
    """All entries, admitted before, in their place; ``Refused`` when a condition or a version does not hold."""
    found = existing(entries, by.store, by.matching)
    names = [_name(entry, one, by) for entry, one in zip(entries, found, strict=True)]
    _refuse_overlaps(entries, names)
    targets, near = _full_urls(entries, names)
    said = [targets_of(entry.resource) for entry in entries]
    if by.base:
        targets = {one: one.removeprefix(by.base) for some in said for one in some if one.startswith(by.base)} | targets
    if any("?" in target for some in said for target in some):
        targets |= referred(entries, said, by.store, by.matching)
    links = [targets | near[base] if (base := _base(entry)) in near else targets for entry in entries]
    points_at = [frozenset(its.get(target, target) for target in some) for some, its in zip(said, links, strict=True)]
    # Asked at once: the entries themselves, and all that they point at.
    keys = {key for target in frozenset().union(*points_at) if (key := _key(target))}
    by.knowledge.look_up(keys | {(entry.type, name) for entry, name in zip(entries, names, strict=True) if name})
    placed = [
        _placed(entry, name, bool(one) and entry.method == "POST", its, points, by)
        for entry, name, one, its, points in zip(entries, names, found, links, points_at, strict=True)
    ]
    for item in placed:
        if item.stays:
            by.knowledge.add(item.resource, item.version)
        elif item.effect == "deleted":
            by.knowledge.remove(item.entry.type, item.id)
    return placed


def _name(entry: Entry, found: str, by: Placing) -> str:
    """Id of the resource that the entry is about; empty for a deletion that finds nothing."""
    told = entry.id or (str(entry.resource.get("id", "")) if entry.method == "PUT" else "")
    if found and told and found != told:
        text = "L’identifiant de la ressource n’est pas celui de la ressource que la condition trouve."
        raise Refused(Issue("structure", located(f"{entry.type}.id", entry), text, "FHIR R4, http.html#cond-update"))
    if found or told or entry.method == "DELETE":
        return found or told
    if entry.method == "PATCH":
        text = "Aucune ressource ne répond à la condition du patch."
        raise Refused(Issue("not-found", entry.expression, text, "FHIR R4, http.html#patch"))
    drawn = by.ids()
    by.knowledge.is_new(entry.type, drawn)
    return drawn


def _refuse_overlaps(entries: Sequence[Entry], names: Sequence[str]) -> None:
    """In one transaction nothing is asked twice of one resource, and nothing is created twice for one condition."""
    if len(entries) < 2:
        return
    seen: set[object] = set()
    issues = []
    for entry, name in zip(entries, names, strict=True):
        asked: list[object] = [(entry.type, name)] if name else []
        if entry.criteria is not None:
            asked.append((entry.type, entry.criteria))
        if seen.intersection(asked):
            text = "Deux entrées de la transaction portent sur la même ressource."
            issues.append(Issue("invariant", entry.expression, text, "FHIR R4, http.html#trules"))
        seen.update(asked)
    if issues:
        raise Refused(issues)


def _full_urls(entries: Sequence[Entry], names: Sequence[str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Where each fullUrl leads; and, by base, where each relative reference leads that means such a fullUrl."""
    targets: dict[str, str] = {}
    near: dict[str, dict[str, str]] = {}
    for entry, name in zip(entries, names, strict=True):
        if not entry.full_url or not name:
            continue
        target = f"{entry.type}/{name}"
        targets[entry.full_url] = target
        address = locally(entry.full_url) if entry.full_url.startswith("http") else None
        if address is not None:
            near.setdefault(address[0], {})[address[1]] = target
    return targets, near


def _base(entry: Entry) -> str:
    address = locally(entry.full_url) if entry.full_url.startswith("http") else None
    return address[0] if address else ""


def dangling(placed: Iterable[Placed], knowledge: Knowledge) -> list[Issue]:
    """References of what will be written that lead to nothing on this server; the others are relied on."""
    placed = list(placed)
    gone = {(item.entry.type, item.id) for item in placed if item.effect == "deleted"}
    # An act in error points where it did: only what this very request deletes would be missing. So does a task.
    same = (item.entry.type == "Task" or (item.retracts and not _points_at(item, gone)) for item in placed)
    written = [item for item, as_it_was in zip(placed, same, strict=True) if item.stays and not as_it_was]
    loose = set()
    for target in {target for item in written for target in item.points_at if not target.startswith("#")}:
        key = _key(target)
        if key and knowledge.version(*key) and _was_written(target, knowledge.last_version(*key)):
            knowledge.rely_on(*key)
        else:
            loose.add(target)
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


def _points_at(item: Placed, keys: Container[tuple[str, str] | None]) -> bool:
    return any(_key(target) in keys for target in item.points_at)


def admission(entry: Entry) -> Iterable[Issue]:
    """What a client may not write, or not so."""
    place, reference = entry.expression or entry.type, "Binôme, déclaration de capacité"
    if entry.type not in (SENDABLE if entry.method in ("PUT", "PATCH") else OPEN_TYPES):
        text = f"Une ressource {entry.type} ne peut pas être écrite par un client : elle est tenue par le serveur."
        yield Issue("not-supported", place, text, reference)
    elif entry.method == "DELETE" and entry.type in ACTS:
        yield Issue("not-supported", place, UNDELETABLE, reference)


def _kept(entry: Entry, keep: Keep, resource: Resource, previous: Resource | None) -> Resource:
    try:
        return keep(resource, previous)
    except Refused as refusal:
        raise Refused(replace(issue, expression=located(issue.expression, entry)) for issue in refusal.issues) from None


def _placed(
    entry: Entry, id_: str, exists: bool, targets: Mapping[str, str], points_at: frozenset[str], by: Placing
) -> Placed:
    knowledge = by.knowledge
    current = knowledge.version(entry.type, id_) if id_ else 0
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
    if entry.method == "DELETE":
        if previous is None:
            return Placed(entry=entry, id=id_, version=0, resource={}, previous=None, effect="none")
        return Placed(entry=entry, id=id_, version=current + 1, resource=previous, previous=previous, effect="deleted")
    if entry.patch is not None:
        said = _patched(entry, previous, id_, knowledge)
        points_at = frozenset(targets.get(target, target) for target in targets_of(said))
    else:
        said = entry.resource
        if previous is None and entry.method == "PUT":
            _refuse_chosen_id(entry, by)
    resource = {**rewritten(said, targets), "id": id_}
    if not exists and entry.type in by.keep:
        resource = _kept(entry, by.keep[entry.type], resource, previous)
    if exists or (previous is not None and unchanged(previous, resource)):
        kept = previous if previous is not None else resource
        return Placed(
            entry=entry, id=id_, version=current, resource=kept, previous=None, effect="none", points_at=points_at
        )
    version = knowledge.last_version(entry.type, id_) + 1
    return Placed(
        entry=entry,
        id=id_,
        version=version,
        resource=stamped(resource, version, by.now),
        previous=previous,
        effect="updated" if current else "created",
        points_at=points_at,
    )


def _patched(entry: Entry, previous: Resource | None, id_: str, knowledge: Knowledge) -> Resource:
    """What the patch makes of the version in force, of the same shape as anything sent whole."""
    if previous is None or entry.patch is None:
        deleted = knowledge.last_version(entry.type, id_) > 0
        text = "La ressource à modifier a été supprimée." if deleted else "La ressource à modifier n’existe pas."
        code: IssueCode = "deleted" if deleted else "not-found"
        raise Refused(Issue(code, entry.expression, text, "FHIR R4, http.html#patch"))
    made = entry.patch(previous)
    if made.get("resourceType") != entry.type or made.get("id") != id_:
        text = "Un patch ne change ni le type ni l’identifiant d’une ressource."
        raise Refused(Issue("value", entry.expression or f"{entry.type}.id", text, "FHIR R4, http.html#patch"))
    issues = check(made, f"{entry.expression}.resource" if entry.expression else None)
    if issues:
        raise Refused(issues)
    return made


def _refuse_chosen_id(entry: Entry, by: Placing) -> None:
    """Where clients choose no ids, an update is of what is there; an update of an act always is."""
    if entry.type in ACTS:
        text = "Cet acte n’existe pas sur ce serveur : un acte se transmet par POST."
        raise Refused(Issue("not-found", entry.expression or entry.type, text, "FHIR R4, http.html#update"))
    if entry.type not in OPEN_TYPES:
        text = NO_TASK if entry.type == "Task" else NO_TEAM
        raise Refused(Issue("not-found", entry.expression or entry.type, text, "FHIR R4, http.html#update"))
    told = entry.id or entry.resource.get("id")
    if told and not by.creates_by_update:
        text = "Cette ressource n’existe pas, et ce serveur choisit lui-même les identifiants : créez-la par POST."
        raise Refused(Issue("not-supported", entry.expression or entry.type, text, "FHIR R4, http.html#upsert"))


def _was_written(target: str, last: int) -> bool:
    """Whether the version that a reference names, if it names one, is one of the ``last`` there were."""
    _, versioned, version = target.partition("/_history/")
    return not versioned or (
        version.isascii() and version.isdecimal() and len(version) < 10 and 1 <= int(version) <= last
    )


def _key(target: str) -> tuple[str, str] | None:
    parts = target.split("/")
    return (parts[0], parts[1]) if len(parts) in (2, 4) and ":" not in target else None
