"""Each entry of a request put in its place: id, version, what it follows, references resolved."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.fhir.act import is_in_error
from mappings.fhir.bundle import Entry, locally, rewritten, targets_of
from mappings.fhir.structure import check
from mappings.issues import Issue, IssueCode, Refused
from service.clock import Identifiers
from service.intake.admission import refuse_chosen_id
from service.intake.asked import Effect, Matching
from service.intake.conditions import existing, located, referred, relocated
from service.intake.knowledge import Knowledge
from service.store import Store
from service.writes import stamped, unchanged

Resource = dict[str, Any]
#: What is kept of a resource that a client writes after the one before, where some of its elements are the server's.
Keep = Callable[[Resource, Resource | None], Resource]


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
    keys = {key for target in frozenset().union(*points_at) if (key := key_of(target))}
    by.knowledge.look_up(keys | {(entry.type, name) for entry, name in zip(entries, names, strict=True) if name})
    placed = [
        _placed(entry, name, one, its, points, by)
        for entry, name, one, its, points in zip(entries, names, found, links, points_at, strict=True)
    ]
    for item in placed:
        if item.stays:
            by.knowledge.add(item.resource, item.version)
        elif item.effect == "deleted":
            by.knowledge.remove(item.entry.type, item.id)
    return placed


def numbered(placed: Iterable[Placed]) -> Iterator[tuple[int, Placed]]:
    """What is written, with its place among the writes of the commit."""
    return enumerate(item for item in placed if item.writes)


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


def _kept(entry: Entry, keep: Keep, resource: Resource, previous: Resource | None) -> Resource:
    try:
        return keep(resource, previous)
    except Refused as refusal:
        raise Refused(relocated(refusal, entry)) from None


def _placed(
    entry: Entry, id_: str, found: str, targets: Mapping[str, str], points_at: frozenset[str], by: Placing
) -> Placed:
    knowledge = by.knowledge
    current = knowledge.version(entry.type, id_) if id_ else 0
    _refuse_another(entry, current, found)
    exists = bool(found) and entry.method == "POST"
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
            refuse_chosen_id(entry, creates_by_update=by.creates_by_update)
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


def _refuse_another(entry: Entry, current: int, found: str) -> None:
    """What the client did not see, or does not mean, is not overwritten; ``current`` is 0 where nothing is."""
    if entry.if_match is not None and not entry.if_match.holds(current):
        text = "La version en vigueur n’est pas celle que désigne If-Match."
        raise Refused(Issue("conflict", entry.expression or entry.type, text, "FHIR R4, http.html#concurrency"))
    if entry.if_none_match is not None and entry.if_none_match.holds(current):
        text = "La version en vigueur est de celles que If-None-Match écarte."
        if entry.if_none_match.any:
            text = "Une ressource est déjà à cette adresse, et If-None-Match demande qu’il n’y en ait pas."
        raise Refused(Issue("conflict", entry.expression or entry.type, text, "RFC 9110, section 13.1.2"))
    if entry.method == "PUT" and entry.criteria is not None and current and not found:
        text = (
            "La condition ne trouve rien, et la ressource qui porte cet identifiant ne la remplit pas : elle n’est pas "
            "remplacée par une autre."
        )
        raise Refused(Issue("duplicate", located(f"{entry.type}.id", entry), text, "FHIR R5, http.html#cond-update"))


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


def key_of(target: str) -> tuple[str, str] | None:
    """Type and id that a reference names, whatever its version; None when it is not of this server."""
    parts = target.split("/")
    return (parts[0], parts[1]) if len(parts) in (2, 4) and ":" not in target else None
