"""What authorities have suspended, as it stands on record: for the pages, the sheets and the flat door."""

import datetime as dt
from collections.abc import Iterable, Mapping

from mappings.domain.identity import life_id
from mappings.domain.life.events import Events
from mappings.domain.life.halts import Halts, halts_of
from mappings.domain.people import Organization
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.protocol_life import events_from_fhir
from mappings.issues import Refused
from service.store import Store


def halts_on(store: Store, protocols: Iterable[str], day: dt.date) -> Mapping[str, Halts]:
    """By canonical without version, of each of ``protocols``; two queries, however many they are."""
    urls = {life_id(url): url for url in protocols}
    read: dict[str, Events | None] = {url: Events(protocol=url) for url in urls.values()}
    for version in store.read_many([("Basic", id_) for id_ in urls]):
        if version.body:
            read[urls[version.id]] = _events(version.body)
    structures = _structures(store, [events for events in read.values() if events])
    return {url: halts_of(events, day, structures) for url, events in read.items()}


def _events(body: bytes) -> Events | None:
    """None = nobody knows what it says."""
    try:
        return events_from_fhir(parse(body))
    except Refused:
        return None


def _structures(store: Store, events: Iterable[Events]) -> dict[str, Organization]:
    ids = {one.organization_id for each in events for one in each.suspensions if one.organization_id}
    found = store.read_many([("Organization", id_) for id_ in sorted(ids)]) if ids else []
    return {version.id: organization_from_fhir(parse(version.body)) for version in found if version.body}
