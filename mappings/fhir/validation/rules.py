"""What R4 4.0.1 says of its own types beyond structure: invariants and bindings, from ``r4.json`` beside this file.

The file is made from the definitions by ``profiles/base.mjs``. Structure itself is ``mappings.fhir.structure``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from mappings.fhir.definitions import RELEASE, definition
from mappings.fhir.validation.bindings import Binding, binding
from mappings.fhir.validation.french import SENTENCES
from mappings.fhir.validation.invariants import Invariant, invariant

_R4: Final = Path(__file__).with_name("r4.json")
#: Invariants that the check of structure holds.
STRUCTURE: Final = frozenset("dom-2 dom-3 dom-4 dom-5 ele-1 ext-1 ref-1 txt-1 txt-2".split())


@dataclass(frozen=True, slots=True)
class Rules:
    """What is said of one element."""

    invariants: tuple[Invariant, ...] = ()
    binding: Binding | None = None
    #: The narrower datatype that the element must be, ``SimpleQuantity``.
    narrowed: str = ""


#: Type and path below it of each nested table: ``ProcedurePerformer`` → ``("Procedure", "performer")``.
Place = tuple[str, str]


@cache
def rules_of(type_: str) -> Mapping[str, Rules]:
    """By path below the type, empty for the type itself."""
    rows = _sections().get(type_)
    return {path: _rules(type_, row) for path, row in orjson.loads(rows)} if rows else {}


@cache
def keys() -> frozenset[str]:
    """Keys of all invariants of R4 that are held somewhere here: a profile that repeats one adds nothing."""
    said = (
        row
        for rows in _sections().values()
        for _, definition_ in orjson.loads(rows)
        for row in definition_.get("constraint", ())
    )
    return STRUCTURE | {key for key, *_ in said}


@cache
def places(type_: str) -> Mapping[str, Place]:
    """Where the nested tables of a type stand; the shortest path is the one that defines them."""
    found: dict[str, Place] = {type_: (type_, "")}
    waiting = [type_]
    while waiting:
        table = waiting.pop(0)
        above = found[table][1]
        for element in definition(table).elements.values():
            if element.type.startswith(type_) and element.type not in found and not element.choice:
                found[element.type] = (type_, f"{above}.{element.name}".lstrip("."))
                waiting.append(element.type)
    return found


def _rules(type_: str, row: dict[str, Any]) -> Rules:
    invariants = tuple(
        invariant(expression, severity, sentence(type_, key, human), f"{RELEASE}, {key}")
        for key, severity, human, expression in row.get("constraint", ())
    )
    strength, value_set = row.get("binding", ("", ""))
    bound = binding(strength, value_set, f"{RELEASE}, {type_}")
    return Rules(invariants, bound, row.get("profile", ""))


def sentence(type_: str, key: str, human: str) -> str:
    """In French; an invariant nobody has put into French yet is told as the specification does."""
    told = SENTENCES.get(f"{type_}.{key}", SENTENCES.get(key))
    return f"L’élément « {{}} » : {told}." if told else f"L’élément « {{}} » enfreint la règle {key} : « {human} »."


@cache
def _sections() -> Mapping[str, bytes]:
    """The file has one line a type, ``"Type": [[path, rules]…],``: a type is read when it is first met."""
    sections = {}
    for line in _R4.read_bytes().splitlines():
        if line.startswith(b'"'):
            name, _, rows = line.partition(b": ")
            sections[name.decode().strip('"')] = rows.removesuffix(b",")
    return sections
