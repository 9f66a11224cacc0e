"""From a resource to what the store writes: server's own elements set, bytes, index entries."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from mappings.fhir.json import dump
from mappings.fhir.search import index_of
from service.ledger.chain import Link
from service.store.unit import NOT_FOUND, Index, Write

Resource = dict[str, Any]


def stamped(resource: Resource, version: int, now: dt.datetime) -> Resource:
    """``resource`` with ``meta.versionId`` and ``meta.lastUpdated``, the two elements that are the server's."""
    meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": print_utc(now)}
    head = {"resourceType": resource["resourceType"], "id": resource["id"], "meta": meta}
    return head | {key: value for key, value in resource.items() if key not in head}


def print_utc(now: dt.datetime) -> str:
    return now.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def write_of(
    resource: Resource,
    version: int,
    *,
    previous: Resource | None = None,
    body: Callable[[Sequence[Link]], bytes] | None = None,
) -> Write:
    """The write of ``resource`` (already stamped) after ``previous``; ``body`` when its bytes need the links."""
    return Write(
        type=resource["resourceType"],
        id=resource["id"],
        version=version,
        body=body or dump(resource),
        index=Index(*index_of(resource)),
        stale=Index(*index_of(previous)) if previous else NOT_FOUND,
    )


def unchanged(before: Resource, after: Resource) -> bool:
    """True when the two say the same but for the server's own elements."""
    return _said(before) == _said(after)


def _said(resource: Resource) -> Resource:
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    return {**resource, "meta": meta}
