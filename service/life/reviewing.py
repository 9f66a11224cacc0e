"""Which yearly reviews are due, of the protocols that a team here carries: the reminder, told each night.

A definition that nobody carries is reviewed by nobody. Nothing is written: what is due follows from the dates.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from mappings.domain.life import NOTHING, Review, review_of
from mappings.domain.protocol import Protocol
from mappings.domain.versions import version_on, versions_of
from service.finding import page
from service.intake.knowledge import Knowledge, Readings
from service.intake.protocol_life import events_of
from service.store import Store

#: How long before the day a review is told of.
_AHEAD: Final = dt.timedelta(days=30)


def reviews_due(
    store: Store, catalogue: Mapping[str, Protocol], day: dt.date, readings: Readings
) -> Iterator[tuple[Protocol, Review]]:
    """The version in force of each protocol that a team carries, when its review is late or comes within the month."""
    knowledge = Knowledge(store, readings)
    for id_ in sorted({one.id for one in catalogue.values()}):
        current = version_on(versions_of(catalogue.values(), id_), day)
        if current is None or not page(store, "CareTeam", [("protocol", "", current.url)], count=1):
            continue
        review = review_of(current, day, events_of(current.url, knowledge) or NOTHING)
        if review.due <= day + _AHEAD:
            yield current, review
