"""One search parameter with its modifier put into a condition (R4 4.0.1, https://hl7.org/fhir/R4/search.html#modifiers)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from mappings.fhir.search import (
    CODES,
    PARAMETERS,
    SYSTEMS,
    WORDS,
    bit_of,
    codes,
    entered_as,
    first_codes,
    folded,
    identified_as,
    identifies,
    implied,
    implies,
    members,
    narrowed,
    parameter_of,
    targets,
    term,
)
from mappings.fhir.terminology import ancestors, code_system, codes_of, descendants
from service.api.query.asking import MOST_BETWEEN, Asking, Malformed, too_costly
from service.api.query.values import VALUES, Parts, codes_in_use, in_use, plain, split, token
from service.store.search import Bits, Condition, Entry, Text


def condition(type_: str, name: str, modifier: str, value: str, asking: Asking) -> tuple[Condition, bool]:
    """The condition, and whether it must not be met."""
    if modifier == "missing":
        return _missing(type_, name, value), False
    if modifier == "identifier" and parameter_of(type_, name).kind == "reference":
        found = list(_identified(type_, name, value, asking))
    else:
        found = [entry for one in members(type_, name) for entry in _entries(type_, name, one, modifier, value, asking)]
    if len(found) > MOST_BETWEEN:
        raise too_costly(f"Un paramètre porte sur {MOST_BETWEEN} codes au plus.")
    return found, modifier in ("not", "not-in")


def _entries(type_: str, asked: str, name: str, modifier: str, value: str, asking: Asking) -> Iterator[Entry]:
    """Of ``name``, the one that is asked or one that it is the union of."""
    kind = parameter_of(type_, name).kind
    parts = (type_, entered_as(type_, name))
    for one in split(value, ","):
        if kind == "reference":
            yield from _reference(type_, asked, parts, modifier, one, asking)
        elif kind == "composite":
            _no(modifier)
            yield from _composite(type_, name, parts, one, asking)
        elif kind == "token":
            yield from _token(type_, name, parts, modifier, one, asking)
        elif modifier and (kind, modifier) in _MODIFIED:
            if not one:
                raise Malformed("une valeur est attendue.")
            yield from _MODIFIED[kind, modifier](parts, plain(one), asking)
        else:
            _no(modifier)
            yield from VALUES[kind](parts, one, asking)


def _missing(type_: str, name: str, value: str) -> Condition:
    if value not in ("true", "false"):
        raise Malformed("true ou false est attendu.")
    if value == "true":
        return [Bits(bit_of(type_, name), are_set=False)]
    apart = (name,) if name in narrowed(type_) else members(type_, name)
    return [Bits(bit_of(type_, one), are_set=True) for one in apart]


def _token(type_: str, name: str, parts: Parts, modifier: str, value: str, asking: Asking) -> Iterable[Entry]:
    if modifier in ("", "not"):
        return _coded(type_, name, parts, [token(value)], asking)
    if modifier == "text":
        start = folded(plain(value))
        if not start:
            raise Malformed("une valeur est attendue.")
        return [term(*parts, "text", text) for text in in_use(parts, WORDS, start, asking)]
    if modifier == "of-type":
        pieces = [plain(piece) for piece in split(value, "|")]
        if len(pieces) != 3 or not all(pieces):
            raise Malformed("système|code du type|valeur est attendu.")
        return [term(*parts, "of-type", *pieces)]
    if modifier in ("in", "not-in"):
        held = codes_of(plain(value))
        if held is None:
            raise ValueError("cet ensemble de valeurs n’est pas tenu ici.")
        return _coded(type_, name, parts, sorted(held), asking)
    if modifier in ("above", "below"):
        system, code = token(value)
        if not system or not code:
            raise Malformed("système|code est attendu.")
        if code_system(system) is None:
            raise ValueError("ce système de codes n’est pas tenu ici.")
        found = (ancestors if modifier == "above" else descendants)(system, code)
        return _coded(type_, name, parts, [(system, one) for one in sorted(found)], asking)
    raise ValueError("ce modificateur n’est pas admis.")


def _coded(
    type_: str, name: str, parts: Parts, asked: Iterable[tuple[str | None, str]], asking: Asking
) -> Iterator[Entry]:
    """The terms of system and code, as each is entered."""
    bare, once = codes(type_, name), parameter_of(type_, name).once
    for system, code in asked:
        if implies(type_, name, system, code) if system else code in bare:
            yield term(*parts, "=", code) if code else Bits(bit_of(type_, name), are_set=True)
        elif system is None and not once:
            yield term(*parts, "=", code)
        elif not code and identifies(type_, name):
            yield term(*parts, "|", system or "")
        else:
            yield from (term(*parts, "|", *one) for one in codes_in_use(parts, CODES, system, code, asking))


def _identified(type_: str, name: str, value: str, asking: Asking) -> Iterator[Entry]:
    """References to whoever bears an identifier, as they say it themselves."""
    for one in split(value, ","):
        system, code = token(one)
        if not code:
            raise Malformed("la valeur de l’identifiant est attendue.")
        for of in identified_as(type_, name):
            parts = (type_, of)
            systems = [system] if system is not None else in_use(parts, SYSTEMS, "", asking)
            yield from (term(*parts, "identifier|", each, code) for each in systems)


def _reference(type_: str, name: str, parts: Parts, modifier: str, value: str, asking: Asking) -> Iterable[Entry]:
    allowed = targets(type_, name)
    if modifier and modifier not in allowed:
        raise ValueError("ce modificateur n’est pas admis.")
    text = _address(value, asking)
    if ":" in text:
        return [term(*parts, "=", text)]
    target, _, id_ = text.partition("/_history/")[0].rpartition("/")
    if not id_:
        raise Malformed("une référence est attendue.")
    if (modifier and target not in ("", modifier)) or (target in PARAMETERS and target not in allowed):
        return []
    return [term(*parts, "/", kind, id_) for kind in sorted([target or modifier] if target or modifier else allowed)]


def _address(value: str, asking: Asking) -> str:
    """A reference as it is entered: what is here, below the base."""
    return plain(value).removeprefix(f"{asking.base}/") if asking.base else plain(value)


def _composite(type_: str, name: str, parts: Parts, value: str, asking: Asking) -> Iterator[Entry]:
    second = parameter_of(type_, name).parts[1].kind
    pieces = split(value, "$")
    if len(pieces) != 2:
        raise Malformed("deux valeurs séparées par $ sont attendues.")
    of, code = token(pieces[0])
    if of and implied(of) and code in first_codes(type_, name):
        of = ""
    for first in codes_in_use(parts, CODES, of, code, asking):
        beside = (*parts, "|", *first)
        if second == "token":
            system, code = token(pieces[1])
            if not code:
                raise Malformed("un code est attendu après $.")
            yield from (term(*beside, "|", *one) for one in codes_in_use(parts, CODES, system, code, asking))
            yield term(*beside, "=", code)
        elif second == "reference":
            text = _address(pieces[1], asking)
            target, _, id_ = text.partition("/_history/")[0].rpartition("/")
            if not target or not id_:
                raise Malformed("Type/id est attendu après $.")
            yield term(*beside, "=", text) if ":" in text else term(*beside, "/", target, id_)
        else:
            yield from VALUES[second](beside, pieces[1], asking)


def _exact(parts: Parts, value: str, asking: Asking) -> Iterable[Entry]:
    return [term(*parts, "=", value)]


def _contains(parts: Parts, value: str, asking: Asking) -> Iterable[Entry]:
    if not folded(value):
        raise Malformed("une valeur est attendue.")
    return [Text(term(*parts), folded(value), anywhere=True)]


def _below(parts: Parts, value: str, asking: Asking) -> Iterable[Entry]:
    return [term(*parts, "=", url) for url in in_use(parts, WORDS, value, asking)]


def _above(parts: Parts, value: str, asking: Asking) -> Iterable[Entry]:
    """Every URL that this one begins with, step by step."""
    ends = [n for n, sign in enumerate(value) if sign == "/"]
    urls = [value, *(value[:n] for n in ends), *(value[: n + 1] for n in ends)]
    return [term(*parts, "=", url) for url in dict.fromkeys(urls)]


_MODIFIED: Final[Mapping[tuple[str, str], Callable[[Parts, str, Asking], Iterable[Entry]]]] = {
    ("string", "exact"): _exact,
    ("string", "contains"): _contains,
    ("uri", "below"): _below,
    ("uri", "above"): _above,
}


def _no(modifier: str) -> None:
    if modifier:
        raise ValueError("ce modificateur n’est pas admis.")
