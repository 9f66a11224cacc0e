"""What a target is told, as it is sent. Pure: from the Subscription, the events and an id to one parcel.

R4's own form has no notification around it: an empty POST says that something happened, and a whole resource is
PUT below the endpoint, as an update below the base of a FHIR server (R4 4.0.1,
https://hl7.org/fhir/R4/subscription.html#channels). All other forms are the Bundle of the backport.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from mappings.fhir.json import dump
from mappings.fhir.notification import Event, Kind, Said, notification
from mappings.fhir.subscription import Subscription
from mappings.fhir.xml import resource_to_xml
from service.clients.resthook.send import Parcel

Resource = dict[str, Any]
_XML: Final = "application/fhir+xml"


def parcel_of(
    subscription: Subscription,
    headers: Mapping[str, str],
    said: Said,
    events: Sequence[Event],
    *,
    id: str,
    at: dt.datetime,
) -> Parcel:
    """``headers`` as they are meant to be sent; one event at most where the form is R4's own."""
    if not subscription.bare:
        bundle = notification(said, subscription.content, events, id=id, at=at)
        return _parcel("POST", subscription.endpoint, subscription.mime, headers, bundle)
    if subscription.hands_over:
        (event,) = events
        endpoint = urlsplit(subscription.endpoint)
        url = endpoint._replace(path=f"{endpoint.path.rstrip('/')}/{event.type}/{event.id}").geturl()
        return _parcel("PUT", url, subscription.mime, headers, event.resource)
    return Parcel(method="POST", url=subscription.endpoint, headers=headers, body=b"")


def said_of(subscription: Subscription, kind: Kind, count: int, base: str, error: str = "") -> Said:
    return Said(
        base=base,
        subscription=subscription.id,
        topic=subscription.topic,
        status=subscription.status,
        kind=kind,
        count=count,
        error=error,
    )


def error_of(code: str) -> str:
    """Code of subscription-error for the code of a failure; empty for none."""
    if not code:
        return ""
    if code == "resolve":
        return "dns-resolution-error"
    return "error-response" if code.isdecimal() else "no-response"


def _parcel(method: str, url: str, mime: str, headers: Mapping[str, str], resource: Resource | None) -> Parcel:
    assert resource is not None
    body = resource_to_xml(resource) if mime == _XML else dump(resource)
    return Parcel(method=method, url=url, headers={**headers, "Content-Type": f"{mime}; charset=utf-8"}, body=body)
