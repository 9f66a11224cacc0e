"""Bundles that a server answers with: searchset, history, and the responses of a transaction or a batch."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Resource = dict[str, Any]


def response_bundle(entries: Sequence[Resource], kind: Literal["transaction", "batch"] = "transaction") -> Resource:
    """The answer to each entry, in the order asked."""
    return {"resourceType": "Bundle", "type": f"{kind}-response"} | _if_any(entries)


def searchset(base: str, links: Mapping[str, str], resources: Sequence[Resource]) -> Resource:
    """A searchset of whole resources; ``links`` by relation."""
    entries = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "link": _told(links)} | _if_any(entries)


def history_bundle(links: Mapping[str, str], entries: Sequence[Resource], total: int | None) -> Resource:
    """A page of a history; ``total`` where it is known for little."""
    counted = {} if total is None else {"total": total}
    return {"resourceType": "Bundle", "type": "history"} | counted | {"link": _told(links)} | _if_any(entries)


def _told(links: Mapping[str, str]) -> list[Resource]:
    return [{"relation": relation, "url": url} for relation, url in links.items()]


def _if_any(entries: Sequence[Resource]) -> Resource:
    """FHIR knows no empty list."""
    return {"entry": list(entries)} if entries else {}
