"""What a resource is found by: the entries that its parameters make (FHIR R4 4.0.1, https://hl7.org/fhir/R4/search.html)."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from mappings.fhir.search.dates import span
from mappings.fhir.search.elements import Resource, along, steps, values_of
from mappings.fhir.search.numbers import number_span
from mappings.fhir.search.parameter import Kind, Parameter
from mappings.fhir.search.parameters import entered
from mappings.fhir.search.terms import CODES, LONG, SYSTEMS, UNITS, WORDS, coded, term

Parts = tuple[str, ...]

#: A text is found by its beginning; an index takes no long ones.
_COMPARED: Final = 200
#: An interval longer than this stands in a space of its own, so that the short ones are found by where they begin.
LONGEST_DATE: Final = 2 * 86_400 * 1_000_000
LONGEST_NUMBER: Final = 1
#: Texts remembered as they are compared: displays come again and again.
_REMEMBERED: Final = 1_024
#: A type and a parameter: what is entered is no part of a composite.
_ALONE: Final = 2
#: What is read of a HumanName and of an Address.
_STRINGS: Final = (
    "text",
    "family",
    "given",
    "prefix",
    "suffix",
    "line",
    "city",
    "district",
    "state",
    "postalCode",
    "country",
)


class Entries(NamedTuple):
    """All entries of one resource, each once."""

    terms: tuple[int, ...]
    #: (space, low, high): the instants [low, high[ in microseconds since 1970 UTC, or the places of a number. A space
    #: is a type and a parameter, with what else the value is asked by: its unit, the code beside it.
    spans: tuple[tuple[int, int, int], ...]
    #: (space, folded text)
    texts: tuple[tuple[int, str], ...]
    #: One bit for each parameter that has a value, ``bit_of`` each.
    mask: int
    #: (space, text): what must be known of the values in use, whoever uses them: displays of codes, URIs.
    words: tuple[tuple[int, str], ...]


def index_of(resource: Resource) -> Entries:
    """The entries of ``resource``."""
    made = _Made(resource["resourceType"])
    readers, elsewhere = _readers(made.type)
    for element, content in resource.items():
        for reader in readers.get(element, ()):
            # Most parameters read what stands one or two steps away: the rest is gone along.
            values = reader.values(content) if reader.near else values_of(resource, reader.parameter)
            if values and made.enter(reader, values):
                made.mask |= reader.bit
    for reader in elsewhere:
        values = values_of(resource, reader.parameter)
        if values and made.enter(reader, values):
            made.mask |= reader.bit
    return Entries(tuple(made.terms), tuple(made.spans), tuple(made.texts), made.mask, tuple(made.words))


@lru_cache(maxsize=_REMEMBERED)
def folded(text: str) -> str:
    """As strings are compared: without case, accents or doubled spaces, and no further than ``_COMPARED`` characters."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())[:_COMPARED]


class _Made:
    """The entries of one resource, as they are gathered: in order, each once."""

    __slots__ = ("mask", "spans", "terms", "texts", "type", "words")

    def __init__(self, type_: str) -> None:
        self.type = type_
        self.terms: dict[int, None] = {term(type_): None}
        self.spans: dict[tuple[int, int, int], None] = {}
        self.texts: dict[tuple[int, str], None] = {}
        self.words: dict[tuple[int, str], None] = {}
        self.mask = 0

    def enter(self, reader: "_Reader", values: list[Any]) -> bool:
        """Whether there is a value among ``values``."""
        if reader.parameter.parts:
            return self._pairs(reader.parts[1], reader.parameter, values)
        enter, parts, once = reader.enter, reader.parts, reader.parameter.once
        for value in values:
            enter(self, parts, value, once)
        return True

    def date(self, parts: Parts, value: Any, once: bool) -> None:
        self._span(parts, *span(value), LONGEST_DATE)

    def number(self, parts: Parts, value: Any, once: bool) -> None:
        self._span(parts, *number_span(value), LONGEST_NUMBER)

    def quantity(self, parts: Parts, value: Any, once: bool) -> None:
        if value.get("value") is None:
            return
        ends = number_span(value["value"], value.get("comparator", ""))
        self._span(parts, *ends, LONGEST_NUMBER)
        code, system, unit = value.get("code"), value.get("system", ""), value.get("unit")
        if code is not None:
            self._span((*parts, "unit|", system, code), *ends, LONGEST_NUMBER)
            self.words[term(*parts[:2], UNITS), coded(code, system)] = None
        if unit not in (None, code):
            self._span((*parts, "unit=", unit), *ends, LONGEST_NUMBER)

    def string(self, parts: Parts, value: Any, once: bool) -> None:
        for text in _strings(value):
            if compared := folded(text):
                self.texts[term(*parts), compared] = None
            self.terms[term(*parts, "=", text)] = None

    def uri(self, parts: Parts, value: str, once: bool) -> None:
        url, bar, _ = value.partition("|")
        self.terms[term(*parts, "=", url)] = None
        if bar:
            self.terms[term(*parts, "=", value)] = None
        self.words[term(*parts, WORDS), value] = None

    def reference(self, parts: Parts, value: Any, once: bool) -> None:
        if isinstance(value, str):
            self.uri(parts, value, once)
            return
        literal, identifier = value.get("reference"), value.get("identifier")
        system, number = (identifier.get("system", ""), identifier.get("value")) if identifier else ("", None)
        self._told(_of_reference(parts, literal, system, number))

    def token(self, parts: Parts, value: Any, once: bool) -> None:
        if isinstance(value, str):
            self.terms[term(*parts, "=", value)] = None
        elif isinstance(value, bool):
            self.terms[term(*parts, "=", "true" if value else "false")] = None
        elif "value" in value:
            self._identifier(parts, value)
        else:
            for coding in value.get("coding", (value,)):
                self._coding(parts, coding, once)
            self._text(parts, value.get("text"))

    def _identifier(self, parts: Parts, value: Resource) -> None:
        system, type_ = value.get("system", ""), value.get("type", {})
        self.terms[term(*parts, "=", value["value"])] = None
        self.terms[term(*parts, "|", system, value["value"])] = None
        if system:
            self.terms[term(*parts, "|", system)] = None
        for coding in type_.get("coding", ()):
            of = coding.get("system", ""), coding.get("code", "")
            self.terms[term(*parts, "of-type", *of, value["value"])] = None
        self._text(parts, type_.get("text"))

    def _coding(self, parts: Parts, coding: Resource, once: bool) -> None:
        self._told(_of_coding(parts, coding.get("system", ""), coding.get("code"), once))
        self._text(parts, coding.get("display"))

    def _told(self, told: "_Told") -> None:
        terms, words = told
        for one in terms:
            self.terms[one] = None
        for word in words:
            self.words[word] = None

    def _text(self, parts: Parts, text: str | None) -> None:
        """What ``:text`` looks at: CodeableConcept.text, Coding.display, Identifier.type.text."""
        if text is not None and len(parts) == _ALONE:
            compared = folded(text)
            self.words[term(*parts, WORDS), compared] = None
            self.terms[term(*parts, "text", compared)] = None

    def _pairs(self, name: str, parameter: Parameter, nodes: list[Any]) -> bool:
        first, second = parameter.parts
        some = False
        for node in nodes:
            seconds = along([node], second.path)
            for system, code in _codes(along([node], first.path) if seconds else ()):
                self.words[term(self.type, name, CODES), coded(code, system)] = None
                some = True
                for other in seconds:
                    _ENTER[second.kind](self, (self.type, name, "|", system, code), other, True)
        return some

    def _span(self, space: Parts, low: int, high: int, longest: int) -> None:
        self.spans[term(*space) if high - low <= longest else term(*space, LONG), low, high] = None


_Told = tuple[tuple[int, ...], tuple[tuple[int, str], ...]]


# People, structures, codes and acts come again and again: what they are entered as is remembered whole.
@lru_cache(maxsize=_REMEMBERED)
def _of_reference(parts: Parts, literal: object, system: str, number: str | None) -> _Told:
    """Terms of a Reference, and the system in use."""
    terms: list[int] = []
    if isinstance(literal, str):
        type_, slash, rest = literal.partition("/")
        if ":" in literal:
            terms.append(term(*parts, "=", literal))
        elif slash:
            terms.append(term(*parts, "/", type_, rest.partition("/")[0]))
    if number is None:
        return tuple(terms), ()
    return (*terms, term(*parts, "identifier|", system, number)), ((term(*parts, SYSTEMS), system),)


@lru_cache(maxsize=_REMEMBERED)
def _of_coding(parts: Parts, system: str, code: str | None, once: bool) -> _Told:
    """Terms of a Coding, and the code in use."""
    if code is None:
        return (), ()
    exact = term(*parts, "|", system, code)
    return (exact,) if once else (exact, term(*parts, "=", code)), ((term(*parts[:2], CODES), coded(code, system)),)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One parameter and path, made ready."""

    bit: int
    parts: Parts
    parameter: Parameter
    enter: Callable[[_Made, Parts, Any, bool], None]
    #: The path begins at the element itself, and asks nothing of it.
    near: bool
    #: What is left of the path below the element.
    below: tuple[str, ...]

    def values(self, content: Any) -> list[Any]:
        """What is read of the element's content."""
        nodes = content if isinstance(content, list) else [content]
        return along(nodes, self.below) if self.below or None in nodes else nodes


@cache
def _readers(type_: str) -> tuple[dict[str, list[_Reader]], list[_Reader]]:
    """What reads an element, by its name, and what must be asked whatever elements there are."""
    readers: dict[str, list[_Reader]] = {}
    elsewhere: list[_Reader] = []
    for bit, (name, parameters) in enumerate(entered(type_)):
        for parameter in parameters:
            first, wanted, told = steps(parameter.path or parameter.parts[0].path)[0]
            near = bool(parameter.path) and not (parameter.extension or wanted)
            enter = _ENTER.get(parameter.kind, _Made.token)
            reader = _Reader(1 << bit, (type_, name), parameter, enter, near, parameter.path[1:])
            to = readers.setdefault("extension" if parameter.extension else first, []) if not told else elsewhere
            to.append(reader)
    return readers, elsewhere


def _codes(values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """System and code of each coding of codes, codings and concepts."""
    for value in values:
        if isinstance(value, str):
            yield "", value
            continue
        for coding in value.get("coding", (value,)):
            if "code" in coding:
                yield coding.get("system", ""), coding["code"]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        return
    for name in _STRINGS:
        part = value.get(name, ())
        yield from [part] if isinstance(part, str) else [text for text in part if text is not None]


_ENTER: Final[dict[Kind, Callable[[_Made, Parts, Any, bool], None]]] = {
    "date": _Made.date,
    "number": _Made.number,
    "quantity": _Made.quantity,
    "string": _Made.string,
    "uri": _Made.uri,
    "reference": _Made.reference,
    "token": _Made.token,
}
