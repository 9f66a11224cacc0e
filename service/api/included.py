"""Resources asked for beside the results (R4 4.0.1, https://hl7.org/fhir/R4/search.html#revinclude)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from mappings.fhir.json import parse
from mappings.fhir.search import (
    DEFINITIONS,
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
from service.api.query import Include, Query, too_costly
from service.api.query.definitions import defined
from service.store import Store
from service.store.search import Search
from service.store.unit import StoredVersion

#: Most resources beside the results of one page.
_MOST: Final = 1_000
#: The system of an identifier that is a URL.
_URI: Final = "urn:ietf:rfc:3986"

_Key = tuple[str, str]
#: The type that is asked, empty for any, and the URL.
_Canonical = tuple[str, str]


def included(store: Store, matches: Sequence[StoredVersion], asked: Query) -> list[StoredVersion]:
    """What the results point at and what points at them, each once and none that is a result; ``Refused`` when too many."""
    seen = {(version.type, version.id) for version in matches}
    found: list[StoredVersion] = []
    last: Sequence[StoredVersion] = matches
    turn = 0
    while last:
        forth = [rule for rule in asked.includes if rule.iterate or not turn]
        back = [rule for rule in asked.revincludes if rule.iterate or not turn]
        last = [version for version in _around(store, last, forth, back) if (version.type, version.id) not in seen]
        last = list({(version.type, version.id): version for version in last}.values())
        seen |= {(version.type, version.id) for version in last}
        found += last
        _check(len(found))
        turn += 1
    return found


def _around(
    store: Store, versions: Sequence[StoredVersion], forth: Sequence[Include], back: Sequence[Include]
) -> Iterable[StoredVersion]:
    keys: dict[_Key, None] = {}
    urls: dict[_Canonical, None] = {}
    sources = {rule.source for rule in forth}
    for version in versions:
        resource = parse(version.body) if version.type in sources else {}
        for rule in forth:
            if rule.source == version.type:
                _point(rule, resource, keys, urls)
    _check(len(keys) + len(urls))
    # What was deleted since is not there.
    yield from (version for version in store.read_many(list(keys)) if version.body)
    if urls:
        yield from _defined(store, urls)
    for rule in back:
        if terms := [*_pointing(rule, versions), *_naming(rule, versions)]:
            wanted = Search(every=[terms], of=[term(rule.source)], count=_MOST + 1)
            yield from (one.version for one in store.search(wanted))


def _point(rule: Include, resource: dict[str, Any], keys: dict[_Key, None], urls: dict[_Canonical, None]) -> None:
    """What ``resource`` names by address and by URL."""
    for name, allowed in _names(rule):
        for row in read_by(rule.source, name):
            for value in values_of(resource, row):
                if isinstance(value, str):
                    urls[rule.target, value] = None
                    continue
                type_, _, id_ = value.get("reference", "").partition("/_history/")[0].rpartition("/")
                if type_ in allowed and rule.target in ("", type_):
                    keys[type_, id_] = None


def _defined(store: Store, urls: Iterable[_Canonical]) -> Iterable[StoredVersion]:
    for type_ in sorted(DEFINITIONS):
        wanted = {url for target, url in urls if target in ("", type_)}
        yield from defined(store, type_, wanted, _MOST + 1)


def _pointing(rule: Include, versions: Sequence[StoredVersion]) -> list[int]:
    return [
        term(rule.source, entered_as(rule.source, name), "/", version.type, version.id)
        for name, allowed in _names(rule)
        if not canonical(rule.source, name)
        for version in versions
        if version.type in allowed and rule.target in ("", version.type)
    ]


def _naming(rule: Include, versions: Sequence[StoredVersion]) -> Iterator[int]:
    """Who names a definition by its URL: a canonical of its version or of none, a logical reference whatever its version."""
    for version in versions:
        if version.type not in DEFINITIONS or rule.target not in ("", version.type):
            continue
        definition = parse(version.body)
        for name, allowed in _names(rule):
            parts = (rule.source, entered_as(rule.source, name))
            if canonical(rule.source, name):
                yield from (term(*parts, "=", one) for one in named_by(definition))
            elif version.type in allowed:
                yield term(*parts, "identifier|", _URI, definition.get("url", ""))


def _names(rule: Include) -> list[tuple[str, frozenset[str]]]:
    """The reference parameters that a rule names, those of a union apart, and what each may lead to."""
    known = parameters_of(rule.source)
    asked = [name for name, p in known.items() if p.kind == "reference"] if rule.param == "*" else [rule.param]
    return [(one, targets(rule.source, name)) for name in asked for one in members(rule.source, name)]


def _check(number: int) -> None:
    if number > _MOST:
        raise too_costly(f"Une page s’accompagne de {_MOST} ressources au plus : réduisez _count ou _include.")
