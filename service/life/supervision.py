"""What authorities and reviewers decide of a protocol that is published: suspended, resumed, reviewed.

Each decision is one commit: the new version of the protocol's record (Basic, ``binome-protocol-life``) and its
Provenance. Told again, it changes nothing. What concerns one structure is proved in that structure's chain.
Nobody but the operator tells it (``binome suspend``, ``resume``, ``review``): no client may.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.codes.identifiers import is_rpps
from mappings.domain.cooperation import Period
from mappings.domain.life.events import Events, Reviewed, Suspension, with_resumption, with_review, with_suspension
from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.domain.versions import version_on, versions_of
from mappings.fhir.json import parse
from mappings.fhir.protocol_life import events_from_fhir, events_to_fhir, reviewer_reference
from mappings.fhir.provenance import protocol_event_provenance
from mappings.issues import Issue, Refused
from service.clock import Clock, Identifiers
from service.finding import ids_with
from service.intake.chains import COMMON_CHAIN
from service.intake.protocol_life import life_key
from service.store import Store
from service.store.unit import Stale, Unit
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]
#: From the events on record to those after the decision.
Change = Callable[[Events], Events]

_TURNS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the decision says of itself: its proof is made of it."""

    day: dt.date
    authority: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """With what it is given."""

    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    ids: Identifiers

    def suspend(self, protocol: str, told: Told, finess: str = "") -> bool:
        """From ``told.day`` on, everywhere or in one structure; False when that decision is on record already."""
        versions, structure = self._versions(protocol), self._structure(finess)
        suspension = Suspension(
            organization_id=structure,
            period=Period(start=told.day),
            authority=told.authority,
            reason=told.reason,
            source=told.source,
        )
        return self._record(
            versions[0].url, lambda events: with_suspension(events, suspension), "SUSPEND", told, structure
        )

    def resume(self, protocol: str, told: Told, finess: str = "") -> bool:
        """``told.day`` is the first one that is suspended no more; False when it is on record already."""
        versions, structure = self._versions(protocol), self._structure(finess)
        return self._record(
            versions[0].url, lambda events: with_resumption(events, structure, told.day), "RESUME", told, structure
        )

    def review(
        self, protocol: str, day: dt.date, *, by: str, rpps: str, changed_to: str = "", reason: str = ""
    ) -> bool:
        """The yearly look: nothing to change, or ``changed_to`` a version of the catalogue; False when on record."""
        versions = self._versions(protocol)
        reviewed = Reviewed(
            on=day, by=by, rpps=rpps, version=self._reviewed(versions, day, changed_to), changed=bool(changed_to)
        )
        if not is_rpps(rpps):
            raise Refused(Issue("value", "rpps", "Le numéro RPPS de qui a revu le protocole n’en est pas un."))
        if day > french_day(self.clock()):
            raise Refused(Issue("value", "date", "Une revue ne s’enregistre qu’une fois faite."))
        told = Told(day=day, authority="", reason=reason or _outcome(reviewed), source="")
        url = versions[0].url
        return self._record(url, lambda events: with_review(events, reviewed), "UPDATE", told, "", reviewed)

    def _versions(self, protocol: str) -> tuple[Protocol, ...]:
        versions = versions_of(self.catalogue.values(), protocol)
        if not versions:
            raise Refused(Issue("not-found", "protocol", "Ce protocole n’est pas au catalogue."))
        return versions

    def _structure(self, finess: str) -> str:
        """Logical id of the structure; empty when the decision is about the protocol everywhere."""
        if not finess:
            return ""
        ids = ids_with(self.store, "Organization", "identifier", systems.FINESS, finess)
        if not ids:
            text = "Aucune structure connue ne porte ce numéro FINESS : elle n’a ni équipe ni acte ici."
            raise Refused(Issue("not-found", "finess", text))
        return ids[0]

    def _reviewed(self, versions: tuple[Protocol, ...], day: dt.date, changed_to: str) -> str:
        """The version that stands after the review."""
        if changed_to:
            if changed_to not in {one.version for one in versions[1:]}:
                text = "La version qui sort de la revue n’est pas au catalogue, ou n’en suit aucune autre."
                raise Refused(Issue("not-found", "version", text))
            return changed_to
        current = version_on(versions, day)
        if current is None:
            text = "Aucune version n’était en vigueur ce jour-là : il n’y avait rien à revoir sans changement."
            raise Refused(Issue("business-rule", "date", text))
        return current.version

    def _record(
        self, url: str, change: Change, activity: str, told: Told, structure: str, review: Reviewed | None = None
    ) -> bool:
        for _ in range(_TURNS):
            stored = self.store.read(*life_key(url))
            previous = parse(stored.body) if stored else None
            before = events_from_fhir(previous) if previous else Events(protocol=url)
            after = change(before)
            if after == before:
                return False
            try:
                self._commit(after, stored.version + 1 if stored else 1, previous, activity, told, structure, review)
            except Stale:
                continue  # another decision has just been told: look again
            return True
        text = "Ce que la décision modifie ne cesse de changer ; elle peut être enregistrée de nouveau."
        raise Refused(Issue("transient", "", text))

    def _commit(
        self,
        events: Events,
        version: int,
        previous: Resource | None,
        activity: str,
        told: Told,
        structure: str,
        review: Reviewed | None,
    ) -> None:
        now = self.clock()
        record = stamped(events_to_fhir(events), version, now)
        proof = protocol_event_provenance(
            id=self.ids(),
            target=f"Basic/{record['id']}",
            version=version,
            activity=activity,
            policy=events.protocol,
            day=told.day,
            who=reviewer_reference(review) if review else {"display": told.authority},
            reason=told.reason,
            source=told.source,
            recorded=now,
        )
        self.store.commit(
            Unit(
                chain=structure or COMMON_CHAIN,
                recorded=now,
                writes=(write_of(record, version, previous=previous), write_of_proof(stamped(proof, 1, now), 0)),
            )
        )


def _outcome(review: Reviewed) -> str:
    return f"Revue avec changement : version {review.version}" if review.changed else "Revue sans changement"
