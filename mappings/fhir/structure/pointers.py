"""Where references lead: the form of a literal, and pointers into what a resource contains.

R4 4.0.1, https://hl7.org/fhir/R4/references.html. A pointer (``#id``) is a fault until the resource that holds it, whole,
says what it contains.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from mappings.elements import Json
from mappings.fhir.definitions import known
from mappings.fhir.faults import Fault, Faults

_LITERAL: Final = re.compile(r"([A-Z][A-Za-z]{1,63})(/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?|\?\S+)")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")

_NOT_A_TARGET: Final = "La référence « {} » ne peut pas désigner une ressource de ce type."
_NOT_A_LITERAL: Final = (
    "La référence « {} » n’est ni absolue, ni de la forme Type/identifiant, ni interne (#identifiant)."
)
NOT_ITS_TYPE: Final = "L’élément « {} » n’est pas le type de la ressource que la référence désigne."
_NOT_CONTAINED: Final = "La référence « {} » désigne une ressource contenue absente (ref-1)."
_DOM_2: Final = "La ressource contenue « {} » ne peut pas en contenir d’autres (dom-2)."
_DOM_3: Final = "La ressource contenue « {} » n’est désignée par aucune référence (dom-3)."
_DOM_4: Final = "La ressource contenue « {} » ne peut pas avoir de version ni de date de mise à jour (dom-4)."
_DOM_5: Final = "La ressource contenue « {} » ne peut pas avoir d’étiquette de sécurité (dom-5)."
_SAME_ID: Final = "Deux ressources contenues portent l’identifiant de « {} »."


def literal_fault(literal: str, targets: frozenset[str] | None) -> Fault | None:
    """None when it may lead there; a pointer is left to whoever holds the whole resource."""
    if literal[0] == "#":
        return Fault(".reference", "invariant", _NOT_CONTAINED, literal, targets)
    if relative := _LITERAL.fullmatch(literal):
        kind = relative[1]
        if kind in targets if targets else known(kind):
            return None
        return Fault(".reference", "value", _NOT_A_TARGET)
    return None if _ABSOLUTE.fullmatch(literal) else Fault(".reference", "value", _NOT_A_LITERAL)


def names_its_type(literal: str, told: Any) -> bool:
    """Whether the type told beside a reference is the one that the reference names; both may be told (references.html)."""
    relative = _LITERAL.fullmatch(literal)
    return relative is None or type(told) is not str or told.rpartition("/")[2] == relative[1]


def contained_faults(resource: Json) -> list[Fault]:
    """What a resource may not say because it stands in another (dom-2, dom-4, dom-5)."""
    faults: list[Fault] = []
    meta = resource.get("meta")
    labels = meta if type(meta) is dict else {}
    if "contained" in resource:
        faults.append(Fault("", "invariant", _DOM_2))
    if "versionId" in labels or "lastUpdated" in labels:
        faults.append(Fault("", "invariant", _DOM_4))
    if "security" in labels:
        faults.append(Fault("", "invariant", _DOM_5))
    return faults


def settled_faults(resource: Json, faults: Faults) -> Faults:
    """Settles the pointers of a resource against what it contains."""
    held = _held(resource.get("contained"))
    kinds = {id: kind for _, id, kind in held}
    used = {found.pointer[1:] for found in faults if found.pointer}
    settled = [judged for found in faults if (judged := _judged(found, kinds))]
    for index, id, _ in held:
        place = f".contained[{index}]"
        points_home = any(found.pointer == "#" and found.path.startswith(place + ".") for found in faults)
        if id not in used and not points_home:
            settled.append(Fault(place, "invariant", _DOM_3))
    if len(kinds) < len(held):
        settled.append(Fault(".contained", "invariant", _SAME_ID))
    return settled


def _held(contained: Any) -> list[tuple[int, str, str]]:
    """Place, id and type of each contained resource; what is not one has its fault already."""
    return [
        (index, str(item.get("id", "")), str(item.get("resourceType", "")))
        for index, item in enumerate(contained if type(contained) is list else ())
        if type(item) is dict
    ]


def _judged(found: Fault, kinds: Mapping[str, str]) -> Fault | None:
    """None when a pointer leads somewhere it may."""
    if not found.pointer:
        return found
    id = found.pointer[1:]
    home = not id and found.path.startswith(".contained[")
    if not found.text or home:
        return None
    if id not in kinds:
        return Fault(found.path, found.code, found.text)
    if found.targets and kinds[id] not in found.targets:
        return Fault(found.path, "value", _NOT_A_TARGET)
    return None
