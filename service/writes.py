"""From a resource to what the store writes: server's own elements set, bytes, index entries."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from mappings.fhir.json import dump
from mappings.fhir.provenance import ChainLink, with_chain
from mappings.fhir.search import index_of
from service.ledger.chain import Link
from service.store.unit import NOT_FOUND, Index, Write
from service.watching import watch_of

Resource = dict[str, Any]


def stamped(resource: Resource, version: int, now: dt.datetime) -> Resource:
    """``resource`` with ``meta.versionId`` and ``meta.lastUpdated``, the two elements that are the server's."""
    meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": print_utc(now)}
    head = {"resourceType": resource["resourceType"], "id": resource["id"], "meta": meta}
    return head | {key: value for key, value in resource.items() if key not in head}


@lru_cache(maxsize=64)
def print_utc(now: dt.datetime) -> str:
    return now.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def write_of(resource: Resource, version: int, *, previous: Resource | None = None) -> Write:
    """The write of ``resource`` (already stamped) after ``previous``."""
    body, index = stored(resource)
    return Write(
        type=resource["resourceType"],
        id=resource["id"],
        version=version,
        body=body,
        index=index,
        stale=Index(*index_of(previous)) if previous else NOT_FOUND,
        # Whoever writes a Subscription, its watch begins and changes in the same commit.
        watch=watch_of(resource) if resource["resourceType"] == "Subscription" else None,
    )


def write_of_proof(provenance: Resource, position: int) -> Write:
    """The write of a new ``provenance`` (already stamped), with the link of the write at ``position`` of its unit."""

    def with_link(links: Sequence[Link]) -> tuple[bytes, Index]:
        link = links[position]
        shown = ChainLink(sequence=link.sequence, previous=link.previous, content=link.content, digest=link.digest)
        return stored(with_chain(provenance, shown))

    return Write(type="Provenance", id=provenance["id"], version=1, body=with_link)


def stored(resource: Resource) -> tuple[bytes, Index]:
    """The bytes of ``resource``, and what it is found by."""
    return dump(resource), Index(*index_of(resource))


def deletion_of(resource: Resource, version: int) -> Write:
    """The write that deletes ``resource``, the version in force: an empty body, and nothing it is found by."""
    return Write(
        type=resource["resourceType"],
        id=resource["id"],
        version=version,
        body=b"",
        stale=Index(*index_of(resource)),
    )


def unchanged(before: Resource, after: Resource) -> bool:
    """True when the two say the same but for the server's own elements."""
    return _said(before) == _said(after)


def _said(resource: Resource) -> Resource:
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    return {**resource, "meta": meta}
