"""The value sets and code systems that are held here (R4 4.0.1, https://hl7.org/fhir/R4/terminology-module.html).

Ours stand in ``profiles/compiled``, those of R4 in ``r4.json`` beside this file. Nothing is read before it is asked
for, and then one definition at a time: most are never asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from mappings.elements import Json

_COMPILED: Final = Path(__file__).parents[3] / "profiles" / "compiled"
_R4: Final = Path(__file__).with_name("r4.json")


@dataclass(frozen=True, slots=True)
class Concept:
    """One code of a code system."""

    code: str
    display: str
    #: Codes it stands right under.
    parents: tuple[str, ...] = ()
    definition: str = ""


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system, all its codes known."""

    url: str
    version: str
    title: str
    case_sensitive: bool
    concepts: Mapping[str, Concept]

    def holds(self, code: str) -> bool:
        """Whether the system has that code."""
        if code in self.concepts or self.case_sensitive:
            return code in self.concepts
        return code.casefold() in map(str.casefold, self.concepts)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A value set by its definition: what it takes in and what it leaves out (``ValueSet.compose``)."""

    url: str
    version: str
    title: str
    include: tuple[Json, ...]
    exclude: tuple[Json, ...] = ()


def code_system(url: str) -> CodeSystem | None:
    """The code system of that URL, a version after ``|`` being left aside; None when it is not held here."""
    name = url.partition("|")[0]
    return _code_system(name) if name in _places("CodeSystem") else None


def value_set(url: str) -> ValueSet | None:
    """The value set of that URL, a version after ``|`` being left aside; None when it is not held here."""
    name = url.partition("|")[0]
    return _value_set(name) if name in _places("ValueSet") else None


def canonicals(kind: str) -> frozenset[str]:
    """URLs of all that is held: ``kind`` is ``ValueSet`` or ``CodeSystem``."""
    return frozenset(_places(kind))


@cache
def _code_system(url: str) -> CodeSystem:
    row = _row("CodeSystem", url)
    found = _ours_concepts(row["concept"]) if "resourceType" in row else _r4_concepts(row["concept"])
    concepts = {concept.code: concept for concept in found}
    return CodeSystem(url, row.get("version", ""), row.get("title", ""), row.get("caseSensitive", True), concepts)


@cache
def _value_set(url: str) -> ValueSet:
    row = _row("ValueSet", url)
    compose = row.get("compose", row)
    include, exclude = compose.get("include", ()), compose.get("exclude", ())
    return ValueSet(url, row.get("version", ""), row.get("title", ""), tuple(include), tuple(exclude))


def _ours_concepts(concepts: list[Json], above: tuple[str, ...] = ()) -> Iterator[Concept]:
    for concept in concepts:
        code: str = concept["code"]
        yield Concept(code, str(concept.get("display", code)), above, str(concept.get("definition", "")))
        yield from _ours_concepts(concept.get("concept", []), (code,))


def _r4_concepts(rows: list[list[Any]]) -> Iterator[Concept]:
    for code, display, *parents in rows:
        yield Concept(code, display, tuple(parents[0]) if parents else ())


# ── where they are ─────────────────────────────────────────────────────────────────────────────────────────

#: A file, and the part of it that holds one definition.
_Place = tuple[Path, int, int]


@cache
def _places(kind: str) -> Mapping[str, _Place]:
    """Where each definition stands; ours last, so that they win."""
    places = dict(_lines(kind))
    for path in sorted(_COMPILED.glob(f"{kind}-*.json")):
        body = path.read_bytes()
        places[orjson.loads(body)["url"]] = (path, 0, len(body))
    return places


def _lines(kind: str) -> Iterator[tuple[str, _Place]]:
    """The file has one section a kind and one line a definition: ``"url": {…},``."""
    section, offset = "", 0
    for line in _R4.read_bytes().splitlines(keepends=True):
        if line.endswith(b": {\n"):
            section = orjson.loads(line[:-4])
        elif line.startswith(b'"') and section == kind:
            name, _, definition = line.partition(b": ")
            end = len(definition.rstrip(b",\n"))
            start = offset + len(name) + 2
            yield orjson.loads(name), (_R4, start, start + end)
        offset += len(line)


def _row(kind: str, url: str) -> Json:
    path, start, end = _places(kind)[url]
    row: Json = orjson.loads(path.read_bytes()[start:end])
    return row
