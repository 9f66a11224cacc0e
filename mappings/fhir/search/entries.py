"""What a resource is found by: the entries that its parameters make (FHIR R4 4.0.1, https://hl7.org/fhir/R4/search.html)."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from mappings.fhir.json import dump
from mappings.fhir.search.dates import span
from mappings.fhir.search.elements import Resource, along, steps, values_of
from mappings.fhir.search.numbers import number_span
from mappings.fhir.search.parameter import Kind, Parameter
from mappings.fhir.search.parameters import bit_of, entered, entered_as, members, narrowed, targets
from mappings.fhir.search.terms import CODES, LONG, SYSTEMS, UNITS, WORDS, coded, term
from mappings.remembered import LongTexts, Remembered

T = TypeVar("T")
Parts = tuple[str, ...]
Span = tuple[int, int, int]

#: A text is found by its beginning; an index takes no long ones.
_COMPARED: Final = 200
#: An interval longer than this stands in a space of its own, so that the short ones are found by where they begin.
LONGEST_DATE: Final = 2 * 86_400 * 1_000_000
LONGEST_NUMBER: Final = 1
#: Texts remembered as they are compared: displays come again and again.
_REMEMBERED: Final = 1_024
_long: Final = LongTexts()
#: A type and a parameter: what is entered is no part of a composite.
_ALONE: Final = 2


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
    type_ = resource["resourceType"]
    by_element, instants, elsewhere = _readers(type_)
    parts = []
    spans: list[Span] = []
    mask = 0
    for name, content in resource.items():
        if name in instants and not isinstance(content, list):
            spaces, bit = instants[name]
            low, high = span(content)
            spans.append((spaces[high - low > LONGEST_DATE], low, high))
            mask |= bit
        elif name in by_element:
            # People, states, codes and profiles come again and again: what an element is entered as is remembered whole.
            key = (type_, name, _said(name, content))
            part = _ELEMENTS.get(key)
            if part is None:
                part = _Made(type_, [(reader, reader.values(content)) for reader in by_element[name]]).entries()
                if len(key[2]) <= _LONGEST_ELEMENT:
                    _ELEMENTS.keep(key, part)
            parts.append(part)
    for reader in elsewhere:
        if not reader.needs:
            parts.append(_of_being_there(type_, reader, values_of(resource, reader.parameter)[0]))
        elif reader.needs in resource:
            parts.append(_Made(type_, [(reader, values_of(resource, reader.parameter))]).entries())
    return _joined(term(type_), spans, mask, parts)


def _said(name: str, content: Any) -> str | bytes:
    """What an element says, without what changes from one version to the next."""
    if isinstance(content, str):
        return content
    if name == "meta":
        return dump({of: said for of, said in content.items() if of not in ("versionId", "lastUpdated")})
    return dump(content)


def _joined(first: int, spans: list[Span], mask: int, parts: Iterable[Entries]) -> Entries:
    terms = [first]
    texts: list[tuple[int, str]] = []
    words: list[tuple[int, str]] = []
    for its_terms, its_spans, its_texts, its_mask, its_words in parts:
        terms += its_terms
        mask |= its_mask
        if its_spans:
            spans += its_spans
        if its_texts:
            texts += its_texts
        if its_words:
            words += its_words
    return Entries(_once(terms), _once(spans), _once(texts), mask, _once(words))


def _once(entries: list[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(entries)) if entries else ()


@lru_cache(maxsize=_REMEMBERED)
def folded(text: str) -> str:
    """As strings are compared: without case, accents or doubled spaces, and no further than ``_COMPARED`` characters."""
    _long.came(text, folded.cache_clear)
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())[:_COMPARED]


class _Made:
    """The entries of one resource, as they are gathered: in order, each once."""

    __slots__ = ("mask", "spans", "terms", "texts", "type", "words")

    def __init__(self, type_: str, read: Iterable[tuple["_Reader", list[Any]]]) -> None:
        self.type = type_
        self.terms: dict[int, None] = {}
        self.spans: dict[tuple[int, int, int], None] = {}
        self.texts: dict[tuple[int, str], None] = {}
        self.words: dict[tuple[int, str], None] = {}
        self.mask = 0
        for reader, values in read:
            if values and self._enter(reader, values):
                self.mask |= reader.bit

    def _enter(self, reader: "_Reader", values: list[Any]) -> bool:
        """Whether there is a value among ``values``."""
        if reader.parameter.parts:
            return self._pairs(reader.parts[1], reader.parameter, values)
        enter, parts, once = reader.enter, reader.parts, reader.parameter.once
        for value in values:
            enter(self, parts, value, once)
        for name, type_, bit in reader.narrower:
            for value in values:
                if _leads_to(type_, value):
                    self.mask |= bit
                    # Who bears an identifier is not told by it: those of this type stand apart.
                    enter(self, (self.type, name), {"identifier": value.get("identifier")}, once)
        return True

    def entries(self) -> Entries:
        return Entries(tuple(self.terms), tuple(self.spans), tuple(self.texts), self.mask, tuple(self.words))

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

    def string(self, parts: Parts, value: str, once: bool) -> None:
        if compared := folded(value):
            self.texts[term(*parts), compared] = None
        self.terms[term(*parts, "=", value)] = None

    def uri(self, parts: Parts, value: str, once: bool) -> None:
        url, bar, _ = value.partition("|")
        self.terms[term(*parts, "=", url)] = None
        if bar:
            self.terms[term(*parts, "=", value)] = None
        self.words[term(*parts, WORDS), value] = None

    def reference(self, parts: Parts, value: Any, once: bool) -> None:
        if isinstance(value, str):
            self.uri(parts, value, once)
            if "|" not in value:
                # Of no version, told apart from those of one.
                self.terms[term(*parts, "=", f"{value}|")] = None
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


def _of_coding(parts: Parts, system: str, code: str | None, once: bool) -> _Told:
    """Terms of a Coding, and the code in use."""
    if code is None:
        return (), ()
    exact = term(*parts, "|", system, code)
    return (exact,) if once else (exact, term(*parts, "=", code)), ((term(*parts[:2], CODES), coded(code, system)),)


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """One parameter and path, made ready."""

    bit: int
    parts: Parts
    parameter: Parameter
    enter: Callable[[_Made, Parts, Any, bool], None]
    #: Without this element there is nothing to read; empty when only the whole resource can tell.
    needs: str
    #: The path begins at the element itself, and asks nothing of it.
    near: bool
    #: What only some of its references are found by: its name, the type that they lead to, and the bit.
    narrower: tuple[tuple[str, str, int], ...]

    def values(self, content: Any) -> list[Any]:
        """What is read of the content of the one element that the path begins with."""
        if not self.near:
            return values_of({self.needs: content}, self.parameter)
        nodes = content if isinstance(content, list) else [content]
        below = self.parameter.path[1:]
        return along(nodes, below) if below or None in nodes else nodes


@cache
def _of_being_there(type_: str, reader: _Reader, told: bool) -> Entries:
    """Where only the being there of an element counts, there are two things to say."""
    return _Made(type_, [(reader, [told])]).entries()


#: What reads one element and nothing else, by its name; the spaces of short and long intervals, and the bit, of an element
#: that is a date and read as nothing else; what reads the whole resource.
_Readers = tuple[dict[str, list[_Reader]], dict[str, tuple[tuple[int, int], int]], list[_Reader]]


@cache
def _readers(type_: str) -> _Readers:
    by_element: dict[str, list[_Reader]] = {}
    elsewhere: list[_Reader] = []
    for bit, (name, parameters) in enumerate(entered(type_)):
        for parameter in parameters:
            enter = _ENTER.get(parameter.kind, _Made.token)
            # The rarer of two components.
            first, wanted, told = steps(parameter.path or parameter.parts[1].path)[0]
            needs = "extension" if parameter.extension else "" if told else first
            near = not (parameter.extension or wanted or parameter.parts)
            reader = _Reader(1 << bit, (type_, name), parameter, enter, needs, near, _narrower(type_, name))
            if told or not parameter.path:
                elsewhere.append(reader)
            else:
                by_element.setdefault(needs, []).append(reader)
    instants = {
        name: ((term(*reader.parts), term(*reader.parts, LONG)), reader.bit)
        for name, (reader, *others) in by_element.items()
        if not others and reader.near and reader.parameter.kind == "date" and len(reader.parameter.path) == 1
    }
    return by_element, instants, elsewhere


def _narrower(type_: str, name: str) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (one, target, bit_of(type_, one))
        for one in narrowed(type_)
        if name in [entered_as(type_, member) for member in members(type_, one)]
        for target in targets(type_, one)
    )


def _leads_to(type_: str, value: Any) -> bool:
    """Whether a Reference is to a resource of this type, by its address or by what it says."""
    return str(value.get("reference", "")).startswith(f"{type_}/") or value.get("type") == type_


#: Of the elements that are remembered, as they are said: longer ones seldom come again.
_LONGEST_ELEMENT: Final = 4_096
#: Elements as they were last entered, by type, name and what they say.
_ELEMENTS: Final = Remembered[tuple[str, str, str | bytes], Entries](1_024)


def _codes(values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """System and code of each coding of codes, codings and concepts."""
    for value in values:
        if isinstance(value, str):
            yield "", value
            continue
        for coding in value.get("coding", (value,)):
            if "code" in coding:
                yield coding.get("system", ""), coding["code"]


_ENTER: Final[dict[Kind, Callable[[_Made, Parts, Any, bool], None]]] = {
    "date": _Made.date,
    "number": _Made.number,
    "quantity": _Made.quantity,
    "string": _Made.string,
    "uri": _Made.uri,
    "reference": _Made.reference,
    "token": _Made.token,
}
