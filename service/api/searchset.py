"""The Bundle that a search answers (R4 4.0.1, https://hl7.org/fhir/R4/bundle.html#searchset).

Stored bytes go into it as they are: a resource is parsed only when part of it is asked.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import orjson

from mappings.fhir import subset
from mappings.fhir.json import dump, parse
from mappings.fhir.operation_outcome import operation_outcome
from service.api.query import Query, left_aside
from service.store.unit import StoredVersion

#: By relation.
Links = list[tuple[str, str]]


def searchset(
    base: str,
    links: Iterable[tuple[str, str]],
    total: int | None,
    asked: Query,
    matches: Sequence[StoredVersion] = (),
    beside: Sequence[StoredVersion] = (),
) -> bytes:
    told = [{"relation": relation, "url": url} for relation, url in links]
    head = b'{"resourceType":"Bundle","type":"searchset"'
    if total is not None:
        head += b',"total":%d' % total
    head += b',"link":' + orjson.dumps(told)
    entries = b",".join(_entries(base, asked, matches, beside))
    # FHIR knows no empty list.
    return head + (b',"entry":[' + entries + b"]}" if entries else b"}")


def _entries(
    base: str, asked: Query, matches: Sequence[StoredVersion], beside: Sequence[StoredVersion]
) -> Iterator[bytes]:
    for version in matches:
        yield _entry(base, version, shown(version.body, asked), b"match")
    for version in beside:
        yield _entry(base, version, _summary(version.body, asked), b"include")
    if asked.ignored:
        # Once for each parameter and reason.
        told = {(key, bool(value)): (key, value) for key, value in asked.ignored}
        outcome = operation_outcome([left_aside(*pair) for pair in told.values()])
        yield b'{"resource":' + dump(outcome) + b',"search":{"mode":"outcome"}}'


def _entry(base: str, version: StoredVersion, body: bytes, mode: Literal[b"match", b"include"]) -> bytes:
    url = orjson.dumps(f"{base}/{version.type}/{version.id}")
    return b'{"fullUrl":' + url + b',"resource":' + body + b',"search":{"mode":"' + mode + b'"}}'


def shown(body: bytes, asked: Query) -> bytes:
    """A resource as far as ``_elements`` or ``_summary`` ask it."""
    if asked.elements:
        return dump(subset.elements(parse(body), asked.elements))
    return _summary(body, asked)


def _summary(body: bytes, asked: Query) -> bytes:
    kind = asked.summary
    return body if kind == "false" or kind == "count" else dump(subset.summary(parse(body), kind))
