"""Resources as plain dictionaries: what the server sets on them, whom they name and point at."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
#: Type and id.
Key = tuple[str, str]


def printed(instant: dt.datetime) -> str:
    """``meta.lastUpdated`` is told to the millisecond."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"


def stamped(body: Json, id_: str, version: int, now: dt.datetime) -> Json:
    meta = {**body.get("meta", {}), "versionId": str(version), "lastUpdated": printed(now)}
    return {**body, "id": id_, "meta": meta}


def without_stamp(body: Json) -> Json:
    meta = {key: value for key, value in body.get("meta", {}).items() if key not in ("versionId", "lastUpdated")}
    return {**body, "meta": meta}


def identifiers(body: Json | None) -> list[tuple[str, str]]:
    """(system, value) of each identifier that has both, once."""
    told = [(one.get("system"), one.get("value")) for one in (body or {}).get("identifier", [])]
    return [pair for pair in dict.fromkeys(told) if all(pair)]


def pointers(node: object) -> set[Key]:
    """What is pointed at by type and id, in any version."""
    return set(_pointers(node))


def _pointers(node: object) -> Iterator[Key]:
    if isinstance(node, dict):
        reference = node.get("reference")
        if isinstance(reference, str) and "/" in reference and ":" not in reference:
            type_, id_ = reference.split("/")[:2]
            yield type_, id_
        for value in node.values():
            yield from _pointers(value)
    elif isinstance(node, list):
        for value in node:
            yield from _pointers(value)
