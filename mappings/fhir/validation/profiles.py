"""The profiles and extensions that we publish, as trees of elements (``profiles/compiled``).

R4 4.0.1, https://hl7.org/fhir/R4/profiling.html. A snapshot is a flat list whose ids tell the tree:
``Patient.identifier:insNir.type`` is the ``type`` of the slice ``insNir`` of ``identifier``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from mappings.elements import Json
from mappings.fhir.validation.rules import STRUCTURE

_COMPILED: Final = Path(__file__).parents[3] / "profiles" / "compiled"
_JUDGING: Final = frozenset("min max type binding slicing sliceName contentReference isModifier".split())
_CORE: Final = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(slots=True)
class Element:
    """One ElementDefinition of a snapshot, with those below it."""

    definition: Json
    #: ``value[x]`` for a choice.
    name: str
    children: dict[str, "Element"] = field(default_factory=dict)
    slices: list["Element"] = field(default_factory=list)

    @property
    def types(self) -> list[Json]:
        types: list[Json] = self.definition.get("type", [])
        return types

    @property
    def slice_name(self) -> str:
        return str(self.definition.get("sliceName", ""))

    def constant(self, kind: str) -> Any:
        """What ``fixed[x]`` or ``pattern[x]`` says; None when nothing."""
        return next((value for key, value in self.definition.items() if key.startswith(kind) and key != kind), None)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One StructureDefinition with its snapshot."""

    url: str
    id: str
    #: ``Patient``, ``Extension``.
    type: str
    #: Where an extension may stand; empty for a profile.
    contexts: frozenset[str]
    #: Whether an extension changes the meaning of what bears it.
    modifier: bool
    root: Element
    #: Every element by its id.
    elements: Mapping[str, Element]


def profile(url: str) -> Profile | None:
    """The profile or extension of that URL, a version after ``|`` being left aside; None when it is not ours."""
    name = url.partition("|")[0]
    return _profile(name) if name in _places() else None


def type_of(url: str) -> str:
    """The type that a StructureDefinition is about; empty when it is not known here."""
    if url.startswith(_CORE):
        return url.removeprefix(_CORE).partition("|")[0]
    found = profile(url)
    return found.type if found else ""


@cache
def _places() -> Mapping[str, Path]:
    """Files are named by id, and ids end the URLs: no file is read to know what there is."""
    paths = sorted(_COMPILED.glob("StructureDefinition-*.json"))
    if not paths:
        return {}
    base = str(orjson.loads(paths[0].read_bytes())["url"]).rpartition("/")[0]
    return {f"{base}/{path.stem.partition('-')[2]}": path for path in paths}


@cache
def _profile(url: str) -> Profile:
    return profile_of(orjson.loads(_places()[url].read_bytes()))


def profile_of(body: Json) -> Profile:
    """The profile that a StructureDefinition with a snapshot defines."""
    contexts = frozenset(context["expression"] for context in body.get("context", ()))
    elements = _tree(body["snapshot"]["element"])
    root = next(iter(elements.values()))
    modifier = bool(root.definition.get("isModifier", False))
    return Profile(body["url"], body["id"], body["type"], contexts, modifier, root, elements)


def _judging(definition: Json) -> Json:
    """What of an ElementDefinition judges anything: a snapshot is mostly words and mappings."""
    kept = {key: value for key, value in definition.items() if key in _JUDGING or key.startswith(("fixed", "pattern"))}
    told = [one for one in definition.get("constraint", ()) if one["key"] not in STRUCTURE]
    return kept | ({"constraint": told} if told else {})


def _tree(definitions: list[Json]) -> dict[str, Element]:
    elements: dict[str, Element] = {}
    for definition in definitions:
        id_ = definition["id"]
        above, _, last = id_.rpartition(".")
        element = elements[id_] = Element(_judging(definition), last.partition(":")[0])
        if "sliceName" in definition:
            # a slice of a slice is named outer/inner
            outer = id_.rpartition("/")[0] if "/" in last else ""
            elements[outer or id_.rpartition(":")[0]].slices.append(element)
        elif above:
            elements[above].children[element.name] = element
    return elements
