"""What a date does by itself: an enrolment whose training has expired is suspended, with its proof.

Run once a night (``binome nightly``); the same night twice is once. Only who is active is looked at, each in a commit of
its own: the enrolment, the team it is part of, the Provenance.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment, Period, lapsed_on
from mappings.domain.protocol import Protocol
from mappings.fhir.json import parse
from mappings.fhir.practitioner import FICTITIOUS_RPPS
from mappings.fhir.practitioner_role import enrolment_from_fhir, suspended
from mappings.fhir.provenance import suspension_provenance
from mappings.issues import Refused
from service.clock import Clock, Identifiers
from service.finding import page
from service.intake.knowledge import Knowledge, Readings
from service.intake.teams import team_writes
from service.store import Store
from service.store.search import Place
from service.store.unit import Stale, StoredVersion, Unit
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

_CHUNK: Final = 200
_TURNS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """With what it is given."""

    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    ids: Identifiers
    readings: Readings

    def suspend_lapsed(self, day: dt.date) -> int:
        """Suspend who is active on record and whose training is not valid on ``day``; gives how many were."""
        return sum(self._suspend(id_, day) for id_ in list(self._lapsed(day)))

    def _lapsed(self, day: dt.date) -> Iterator[str]:
        is_active, is_delegatee = ("enrolment-status", "", "active"), ("role", systems.ROLE_CODE, "DELEGATEE")
        after: Place | None = None
        while some := page(self.store, "PractitionerRole", [is_active], [is_delegatee], count=_CHUNK, after=after):
            for one in some:
                enrolment = _read(parse(one.version.body))
                if enrolment and self._last_day(enrolment, day):
                    yield one.version.id
            after = some[-1].place

    def _last_day(self, enrolment: Enrolment, day: dt.date) -> dt.date | None:
        """The last day on which every training asked for was valid; None while they are, on ``day``.

        Under a protocol that is not known here, nobody says which training is asked for: nothing is suspended.
        """
        protocol = self.catalogue.get(enrolment.protocol)
        if protocol is None or enrolment.status != "active":
            return None
        ends = [lapsed_on(enrolment.trainings, training.module, day) for training in protocol.trainings]
        last = min((end for end in ends if end is not None), default=None)
        if last is None:
            return None
        # Neither before it began, nor after it was to end.
        return max(enrolment.period.start, min(last, enrolment.period.end or last))

    def _suspend(self, id_: str, day: dt.date) -> bool:
        for _ in range(_TURNS):
            stored = self.store.read("PractitionerRole", id_)
            before = parse(stored.body) if stored and stored.body else None
            enrolment = _read(before) if before else None
            last = self._last_day(enrolment, day) if enrolment else None
            if stored is None or before is None or enrolment is None or last is None:
                return False
            try:
                self._commit(stored, before, replace(enrolment, period=Period(start=enrolment.period.start, end=last)))
            except Stale:
                continue  # somebody has just written it: look again
            return True
        return False

    def _commit(self, stored: StoredVersion, before: Resource, enrolment: Enrolment) -> None:
        """``enrolment`` with the period that it is left: acts of that period, told later, stay covered."""
        now, last = self.clock(), enrolment.period.end
        if last is None:
            raise ValueError("an enrolment is suspended from a day on")
        version = stored.version + 1
        after = stamped(suspended(before, last), version, now)
        knowledge = Knowledge(self.store, self.readings)
        knowledge.add(after, version)
        provenance = suspension_provenance(
            id=self.ids(),
            target=f"PractitionerRole/{stored.id}/_history/{version}",
            source=f"PractitionerRole/{stored.id}/_history/{stored.version}",
            policy=enrolment.protocol,
            day=last + dt.timedelta(days=1),
            recorded=now,
            fictitious=enrolment.rpps.startswith(FICTITIOUS_RPPS),
        )
        changed = replace(enrolment, status="suspended")
        self.store.commit(
            Unit(
                chain=enrolment.organization_id,
                recorded=now,
                relies_on=(("PractitionerRole", stored.id, stored.version),),
                writes=(
                    write_of(after, version, previous=before),
                    *team_writes([changed], knowledge, self.store, now),
                    write_of_proof(stamped(provenance, 1, now), 0),
                ),
            )
        )


def _read(resource: Resource) -> Enrolment | None:
    """What was accepted once and no longer reads as it should is nobody's enrolment."""
    try:
        return enrolment_from_fhir(resource)
    except Refused:
        return None
