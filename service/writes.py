"""From a resource to what the store writes: server's own elements set, bytes, index entries."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from mappings.fhir.json import dump
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
    index = Index(*index_of(resource))
    return Write(
        type=resource["resourceType"],
        id=resource["id"],
        version=version,
        body=body or dump(resource),
        index=index,
        late=_with_extensions(index) if body else None,
        stale=Index(*index_of(previous)) if previous else NOT_FOUND,
        # Whoever writes a Subscription, its watch begins and changes in the same commit.
        watch=watch_of(resource) if resource["resourceType"] == "Subscription" else None,
    )


def _with_extensions(index: Index) -> Callable[[bytes], Index]:
    """``index``, and what is found by the extensions that the links brought: they alone are read, under the lock."""

    def late(body: bytes) -> Index:
        made = orjson.loads(body)
        more = index_of({key: made[key] for key in ("resourceType", "extension") if key in made})
        return Index(
            tuple(dict.fromkeys((*index.terms, *more.terms))),
            tuple(dict.fromkeys((*index.spans, *more.spans))),
            tuple(dict.fromkeys((*index.texts, *more.texts))),
            index.mask | more.mask,
            tuple(dict.fromkeys((*index.words, *more.words))),
        )

    return late


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
