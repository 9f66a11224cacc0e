"""What a subscriber is told (http://hl7.org/fhir/uv/subscriptions-backport, STU 1.1, for R4).

A Bundle of type ``history`` whose first entry is a Parameters with the status of the subscription; R4 has no resource
for that status.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from mappings.fhir.datatypes import print_instant
from mappings.fhir.subscription import BACKPORT, Content, Status

Resource = dict[str, Any]
Kind = Literal["handshake", "heartbeat", "event-notification", "query-status", "query-event"]

_STATUS: Final = f"{BACKPORT}backport-subscription-status-r4"
_NOTIFICATION: Final = f"{BACKPORT}backport-subscription-notification-r4"
_ERROR: Final = "http://terminology.hl7.org/CodeSystem/subscription-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: its number, when it happened, and the version it is about."""

    number: int
    at: dt.datetime
    type: str
    id: str
    version: int
    #: Only where whole resources are sent; None for a version that is gone.
    resource: Resource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of one subscription."""

    #: Base address of this server, without a final slash.
    base: str
    subscription: str
    #: Empty where none is to be named.
    topic: str
    status: Status
    kind: Kind
    #: Events since the subscription began.
    count: int
    #: Code of subscription-error; empty when there is none.
    error: str = ""


def status_of(said: Said, content: Content, events: Sequence[Event] = (), id: str = "") -> Resource:
    """The Parameters that stand for R5's SubscriptionStatus."""
    parameters: list[Resource] = [
        {"name": "subscription", "valueReference": {"reference": f"{said.base}/Subscription/{said.subscription}"}},
        *([{"name": "topic", "valueCanonical": said.topic}] if said.topic and content != "empty" else []),
        {"name": "status", "valueCode": said.status},
        {"name": "type", "valueCode": said.kind},
        {"name": "events-since-subscription-start", "valueString": str(said.count)},
        *(_event(said, event, content) for event in events),
    ]
    if said.error:
        coding = {"system": _ERROR, "code": said.error}
        parameters.append({"name": "error", "valueCodeableConcept": {"coding": [coding]}})
    head: Resource = {"resourceType": "Parameters"} | ({"id": id} if id else {})
    return {**head, "meta": {"profile": [_STATUS]}, "parameter": parameters}


def notification(said: Said, content: Content, events: Sequence[Event], *, id: str, at: dt.datetime) -> Resource:
    """The Bundle; ``id`` is a fresh UUID, the status's own."""
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [_NOTIFICATION]},
        "type": "history",
        "timestamp": print_instant(at),
        "entry": [
            {
                "fullUrl": f"urn:uuid:{id}",
                "resource": status_of(said, content, events, id),
                "request": {"method": "GET", "url": f"{said.base}/Subscription/{said.subscription}/$status"},
                "response": {"status": "200"},
            },
            *(_focus(said.base, event) for event in events if content == "full-resource"),
        ],
    }


def statuses(said: Sequence[Said], ids: Sequence[str]) -> Resource:
    """The answer of ``$status``: a search set of statuses, each under a fresh UUID of its own."""
    entries = [
        {"fullUrl": f"urn:uuid:{id}", "resource": status_of(one, "id-only", id=id), "search": {"mode": "match"}}
        for one, id in zip(said, ids, strict=True)
    ]
    # FHIR knows no empty list.
    return {"resourceType": "Bundle", "type": "searchset", "total": len(said)} | ({"entry": entries} if entries else {})


def _event(said: Said, event: Event, content: Content) -> Resource:
    part: list[Resource] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": print_instant(event.at)},
    ]
    if content != "empty":
        part.append({"name": "focus", "valueReference": {"reference": f"{said.base}/{event.type}/{event.id}"}})
    return {"name": "notification-event", "part": part}


def _focus(base: str, event: Event) -> Resource:
    """One version as a history tells it; bdl-3 and bdl-4 want the request and the answer that made it."""
    first = event.version == 1
    return {
        "fullUrl": f"{base}/{event.type}/{event.id}",
        **({"resource": event.resource} if event.resource is not None else {}),
        "request": {"method": "POST", "url": event.type}
        if first
        else {"method": "PUT", "url": f"{event.type}/{event.id}"},
        "response": {"status": "201" if first else "200", "etag": f'W/"{event.version}"'},
    }
