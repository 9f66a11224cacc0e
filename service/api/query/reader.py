"""The pairs of a search read one by one, through chains and back (R4 4.0.1, https://hl7.org/fhir/R4/search.html#chaining)."""

import re
from collections.abc import Iterator
from typing import Final

from mappings.fhir.json import parse
from mappings.fhir.search import (
    PARAMETERS,
    canonical,
    entered_as,
    members,
    named_by,
    parameters_of,
    read_by,
    targets,
    term,
    values_of,
)
from mappings.issues import PARAMETER, Issue, IssueCode
from service.api.query.asking import MOST_BETWEEN, Asking, Malformed, Query, Unknown, too_costly
from service.api.query.definitions import defined
from service.api.query.names import condition
from service.api.query.results import ELSEWHERE, INCLUDES, RESULTS, include
from service.api.query.values import plain, recorded, split
from service.store.search import Bits, Condition, Named, Search
from service.store.unit import StoredVersion

#: Most links of a chain, either way.
_MOST_HOPS: Final = 3
#: Most alternatives of one condition that are no terms: each is a SELECT of its own, and SQLite joins 500 of them.
_MOST_APART: Final = 400
#: What a parameter's name looks like; anything else may be anything, and is not repeated.
_NAME: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9:._-]{0,99}")


def add(query: Query, key: str, value: str, asking: Asking) -> None:
    """Whatever the pair says; ``Refused`` and ``ValueError`` say what is wrong with it."""
    if key in ELSEWHERE:
        if key == "_type" and not set(query.of).issuperset(value.split(",")):
            raise Malformed("un type que cherche cette adresse est attendu.")
        return
    if "\x00" in value:
        raise Malformed("un caractère interdit.")
    if key in RESULTS:
        RESULTS[key](query, value)
    elif key in INCLUDES:
        include(query, key, value)
    else:
        found: list[Condition] = []
        negated = False
        for type_ in query.of:
            alternatives, negated = _condition(type_, key, value, asking, 0)
            found.append(_among_types(alternatives, type_) if len(query.of) > 1 else alternatives)
        every = _affordable([entry for alternatives in found for entry in alternatives])
        (query.none if negated else query.every).append(every)


def _among_types(alternatives: Condition, type_: str) -> Condition:
    """Each type has its own bits: those of one are not to be read in the mask of another."""
    return [one._replace(of=term(type_)) if isinstance(one, Bits) else one for one in alternatives]


def named(key: str) -> str:
    """The parameter as a refusal names it: nothing that a caller may have put there by mistake."""
    return f"Paramètre « {key} »" if _NAME.fullmatch(key) else "Un paramètre"


def _condition(type_: str, key: str, value: str, asking: Asking, hops: int) -> tuple[Condition, bool]:
    if hops > _MOST_HOPS:
        raise ValueError(f"un chaînage compte {_MOST_HOPS} maillons au plus.")
    if key.startswith("_has:"):
        return _reverse(type_, key, value, asking, hops + 1), False
    if key == "_id":
        return [Named(type_, tuple(_ids(value)))], False
    if key == "_lastUpdated":
        return [entry for one in split(value, ",") for entry in recorded(one, asking)], False
    head, dot, rest = key.partition(".")
    name, colon, modifier = head.partition(":")
    parameter = parameters_of(type_).get(name)
    if parameter is None:
        raise Unknown
    if dot:
        if parameter.kind != "reference":
            raise ValueError("seule une référence se suit.")
        return _chain(type_, name, modifier, rest, value, asking, hops + 1), False
    if colon and not modifier:
        raise ValueError("un modificateur est attendu après le signe « : ».")
    return condition(type_, name, modifier, value, asking)


def _ids(value: str) -> Iterator[str]:
    for one in split(value, ","):
        if not one:
            raise Malformed("une valeur est attendue.")
        yield plain(one)


def _chain(type_: str, name: str, only: str, rest: str, value: str, asking: Asking, hops: int) -> Condition:
    """References to whatever meets ``rest``."""
    allowed = targets(type_, name)
    if only and only not in allowed:
        raise ValueError("cette référence ne mène pas à ce type.")
    found: list[int] = []
    understood = False
    for target in sorted([only] if only else allowed):
        try:
            versions = _matching(target, rest, value, asking, hops)
        except Unknown:
            continue  # one of the types that it may lead to has the parameter
        understood = True
        for one in members(type_, name):
            parts = (type_, entered_as(type_, one))
            if canonical(type_, one):
                urls = dict.fromkeys(url for version in versions for url in named_by(parse(version.body)))
                found += [term(*parts, "=", url) for url in urls]
            else:
                found += [term(*parts, "/", target, version.id) for version in versions]
    if not understood:
        raise ValueError("aucun type auquel mène cette référence n’a ce paramètre.")
    return found


def _reverse(type_: str, key: str, value: str, asking: Asking, hops: int) -> Condition:
    """Whatever something that meets the rest points at."""
    _, source, name, rest = (*key.split(":", 3), "", "", "")[:4]
    parameter = parameters_of(source).get(name) if source in PARAMETERS else None
    if parameter is None or not rest:
        raise ValueError("_has:Type:référence:paramètre est attendu.")
    if parameter.kind != "reference" or type_ not in targets(source, name):
        raise ValueError("ce paramètre ne mène pas au type cherché.")
    ids: dict[str, None] = {}
    urls: dict[str, None] = {}
    for version in _matching(source, rest, value, asking, hops):
        resource = parse(version.body)
        for row in read_by(source, name):
            for reference in values_of(resource, row):
                if isinstance(reference, str):
                    urls[reference] = None
                    continue
                target, _, id_ = reference.get("reference", "").partition("/_history/")[0].rpartition("/")
                if target == type_:
                    ids[id_] = None
    if len(urls) > _MOST_APART:
        raise too_costly(f"Un chaînage passe par {_MOST_APART} canoniques au plus : précisez-le.")
    ids |= {version.id: None for version in defined(asking.store, type_, urls, MOST_BETWEEN)}
    return [Named(type_, tuple(ids))] if ids else []


def _matching(type_: str, key: str, value: str, asking: Asking, hops: int) -> list[StoredVersion]:
    """What a link of a chain leads through; all of it, or ``Refused``."""
    if type_ not in PARAMETERS:
        raise Unknown
    alternatives, negated = _condition(type_, key, value, asking, hops)
    wanted = Search(
        every=[] if negated else [_affordable(alternatives)],
        none=[_affordable(alternatives)] if negated else [],
        of=[term(type_)],
        count=MOST_BETWEEN + 1,
    )
    found = [one.version for one in asking.store.search(wanted)]
    if len(found) > MOST_BETWEEN:
        raise too_costly(f"Un chaînage passe par {MOST_BETWEEN} ressources au plus : précisez-le.")
    return found


def _affordable(alternatives: Condition) -> Condition:
    """``Refused`` when the stores could not ask it in one statement."""
    if sum(not isinstance(one, int) for one in alternatives) > _MOST_APART:
        raise too_costly("Un paramètre a trop de valeurs pour une seule recherche : présentez-les en plusieurs fois.")
    return alternatives


def left_aside(key: str, value: str) -> Issue:
    unknown = "il nomme ce qui n’est pas tenu ici" if key in INCLUDES else "il n’est pas connu pour ce type"
    why = f"{unknown} et" if value else "il est vide et"
    text = f"{named(key)} : {why} n’a pas été pris en compte."
    return Issue("not-supported", _place(key), text, "FHIR R4, search.html", "warning")


def refused(key: str, fault: ValueError) -> Issue:
    """``value`` for what could be no value of the parameter, ``not-supported`` for what is not done here."""
    code: IssueCode = "value" if isinstance(fault, Malformed) else "not-supported"
    return Issue(code, _place(key), f"{named(key)} : {fault}", "FHIR R4, search.html")


def _place(key: str) -> str:
    """The parameter, without its modifier or chain; empty for a name that may be anything."""
    return f"{PARAMETER}{re.split('[:.]', key)[0]}" if _NAME.fullmatch(key) else ""
