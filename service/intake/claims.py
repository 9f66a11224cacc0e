"""Business identifiers name one resource only: each is claimed once, in the commit that creates its bearer.

A claim is never taken back. Once its bearer is deleted, who creates the next claims the identifier under another scope.
"""

from collections.abc import Sequence
from typing import Any, Final

from mappings.issues import Issue, Refused
from service.finding import ids_with
from service.intake.admission import UPDATABLE
from service.intake.asked import Asked
from service.intake.conditions import located
from service.intake.placement import Placed
from service.store import Store
from service.store.unit import RequestClaim

Resource = dict[str, Any]
#: By (type, system, value) of an identifier whose bearer was deleted: which time it is claimed.
Freed = dict[tuple[str, str, str], int]

#: Types whose business identifiers name one resource only.
_UNIQUE: Final = frozenset(
    {"Patient", "Practitioner", "Organization", "PractitionerRole", "Consent", "CarePlan", "Procedure", "AdverseEvent"}
)
#: Longest system and value of a business identifier together: PostgreSQL takes no key above 2,704 bytes.
LONGEST_IDENTIFIER: Final = 600


def claims(placed: Sequence[Placed], asked: Asked, status: int, body: bytes, freed: Freed) -> list[RequestClaim]:
    """One claim for the Idempotency-Key, one for each business identifier that is new here."""
    claimed = {(f"key:{asked.client}", asked.key): -1} if asked.key else {}
    issues = []
    for n, item in enumerate(placed):
        if item.effect != "created" or item.entry.type not in _UNIQUE:
            continue
        for identifier in identifiers(item.resource):
            system, value = identifier["system"], identifier["value"]
            again = freed.get((item.entry.type, system, value), 1)
            if claimed.setdefault((scope(item.entry.type, system, again), value), n) != n:
                text = "Deux ressources de la demande portent le même identifiant métier."
                place = located(f"{item.entry.type}.identifier", item.entry)
                issues.append(Issue("duplicate", place, text, "Binôme, identifiants métier"))
    if issues:
        raise Refused(issues)
    return [
        RequestClaim(scope=its_scope, key=key, fingerprint=asked.fingerprint, status=status, answer=body)
        for its_scope, key in claimed
    ]


def frees(claim: RequestClaim, store: Store, freed: Freed) -> bool:
    """Whether the identifier claimed is nobody's any more: then it is claimed anew, under the next free scope."""
    kind, _, scoped = claim.scope.partition(":")
    type_, _, system = scoped.partition(":")
    # Acts are never deleted: what was claimed for one stays claimed, whatever the index says.
    if kind == "key" or type_ not in UPDATABLE or ids_with(store, type_, "identifier", system, claim.key):
        return False
    again = 2
    while store.request(scope(type_, system, again), claim.key) is not None:
        again += 1
    # Where the last to claim it is only about to be seen, the next turn sees it.
    moved = freed.get((type_, system, claim.key)) != again
    freed[(type_, system, claim.key)] = again
    return moved


def check_lengths(placed: Sequence[Placed]) -> None:
    """What names one resource only is itself a key, and keys are short."""
    issues = [
        Issue(
            "too-long",
            located(f"{item.entry.type}.identifier", item.entry),
            f"Un identifiant métier et son système tiennent en {LONGEST_IDENTIFIER} caractères.",
            "Binôme, identifiants métier",
        )
        for item in placed
        if item.stays and item.entry.type in _UNIQUE
        for identifier in identifiers(item.resource)
        if len(identifier["system"]) + len(identifier["value"]) > LONGEST_IDENTIFIER
    ]
    if issues:
        raise Refused(issues)


def scope(type_: str, system: str, again: int = 1) -> str:
    """Of an identifier's claims; the second and later ones are of what came after a deletion."""
    return f"identifier{again if again > 1 else ''}:{type_}:{system}"


def identifiers(resource: Resource) -> list[dict[str, str]]:
    """Those that tell a system and a value; some types have one identifier, and no list."""
    found = resource.get("identifier", [])
    found = [found] if isinstance(found, dict) else found
    return (
        [i for i in found if isinstance(i, dict) and _told(i.get("system")) and _told(i.get("value"))]
        if isinstance(found, list)
        else []
    )


def _told(value: object) -> bool:
    return isinstance(value, str) and value != ""
