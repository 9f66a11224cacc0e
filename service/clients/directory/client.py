"""Asks the directory, and remembers for a day what it said; longer when it does not answer, and then with its date.

An enrolment must survive its outages: what could not be learnt is a value, and is asked again later. What is remembered
never passes for an answer of today: ``Said.fresh`` tells one from the other.
"""

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode

from mappings.codes import systems
from mappings.domain.people import Practitioner
from mappings.elements import Json
from service.clients.breaker import Breaker
from service.clients.directory.boxes import Choice, addresses, choose
from service.clients.directory.read import Absence, Said, bundle_of, entries, next_of, references_of, said_of
from service.clients.exchange import Answer, exchange
from service.clients.links import link_within
from service.clients.tls import Tls
from service.clock import Clock

#: The directory changes daily.
FRESH: Final = dt.timedelta(hours=24)
#: Most professionals remembered.
_REMEMBERED: Final = 10_000
#: One professional and their situations fit in one page; more is not an answer to our question.
_PAGES: Final = 5
_RPPS_DIGITS: Final = 11
#: The directory did not say; anything else is an answer, and ends what was remembered.
_SILENT: Final = frozenset({Absence.UNREADABLE, Absence.UNAVAILABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """Where the directory is and how it knows us."""

    #: Base URL, e.g. ``https://gateway.api.esante.gouv.fr/fhir/v2``.
    base: str
    #: Value of the ESANTE-API-KEY header.
    key: str = field(repr=False)
    #: Total time of one call.
    seconds: float = 10.0
    tls: Tls = Tls()


class Directory:
    """One per process."""

    def __init__(self, settings: DirectorySettings, now: Clock) -> None:
        self._settings = settings
        self._now = now
        self._breaker = Breaker(failures=5, pause=dt.timedelta(seconds=60))
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, Said] = OrderedDict()
        self._places: dict[str, tuple[frozenset[str], dt.datetime]] = {}

    def about(self, rpps: str) -> Said | Absence:
        """What the directory says now; while it is silent, what it said last, told as such."""
        if len(rpps) != _RPPS_DIGITS or not (rpps.isascii() and rpps.isdigit()):
            return Absence.UNKNOWN
        now = self._now()
        with self._lock:
            known = self._remembered.get(rpps)
        if known is not None and known.learnt_at <= now < known.learnt_at + FRESH:
            return known
        resources = self._resources(rpps, now)
        found = resources if isinstance(resources, Absence) else said_of(resources, rpps, now)
        if isinstance(found, Said):
            self._remember(rpps, found)
        elif found not in _SILENT:
            self._forget(rpps)
        elif known is not None:
            return replace(known, fresh=False)
        return found

    def practitioner_by_rpps(self, rpps: str) -> Practitioner | Absence:
        """The professional, by an answer of today."""
        said = self._today(rpps)
        return said if isinstance(said, Absence) else said.practitioner

    def mailbox_of(self, rpps: str, finess: str = "") -> Choice | Absence:
        """The box to write to for the work in that structure, by an answer of today.

        Neither an address nor any to choose among when they publish none (red list, or no box).
        """
        said = self._today(rpps)
        if isinstance(said, Absence):
            return said
        # The structure is looked up only where it would decide.
        named = self._names(finess) if finess and len(addresses(said.boxes)) > 1 else frozenset[str]()
        return choose(said.boxes, named)

    def works_in(self, rpps: str, finess: str) -> bool | Absence:
        """Whether one of their situations is in the structure; UNKNOWN also when the directory has no such structure."""
        said = self.about(rpps)
        if isinstance(said, Absence) or finess in said.structures:
            return said if isinstance(said, Absence) else True
        structures = self._structures(finess)
        return structures if isinstance(structures, Absence) else bool(said.structures & structures)

    def _today(self, rpps: str) -> Said | Absence:
        said = self.about(rpps)
        return Absence.UNAVAILABLE if isinstance(said, Said) and not said.fresh else said

    def _names(self, finess: str) -> frozenset[str]:
        structures = self._structures(finess)
        return frozenset({finess}) | (frozenset() if isinstance(structures, Absence) else structures)

    def _structures(self, finess: str) -> frozenset[str] | Absence:
        now = self._now()
        with self._lock:
            known, until = self._places.get(finess, (frozenset[str](), now))
        if now < until:
            return known
        query = urlencode({"identifier": f"{systems.FINESS}|{finess}"})
        bundle = self._page(f"{self._settings.base}/Organization?{query}", now)
        if isinstance(bundle, Absence):
            return bundle
        borne = references_of(bundle, finess)
        if not borne:
            return Absence.UNKNOWN
        with self._lock:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            self._places[finess] = borne, now + FRESH
        return borne

    def _remember(self, rpps: str, said: Said) -> None:
        with self._lock:
            self._remembered[rpps] = said
            self._remembered.move_to_end(rpps)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)

    def _forget(self, rpps: str) -> None:
        with self._lock:
            self._remembered.pop(rpps, None)

    def _resources(self, rpps: str, now: dt.datetime) -> list[Json] | Absence:
        query = urlencode({"identifier": f"{systems.RPPS}|{rpps}", "_revinclude": "PractitionerRole:practitioner"})
        url = f"{self._settings.base}/Practitioner?{query}"
        resources: list[Json] = []
        for _ in range(_PAGES):
            bundle = self._page(url, now)
            if isinstance(bundle, Absence):
                return bundle
            resources += entries(bundle)
            following = next_of(bundle)
            if not following:
                return resources
            url = link_within(url, following)
            if not url:
                return Absence.UNREADABLE
        return Absence.UNREADABLE

    def _page(self, url: str, now: dt.datetime) -> Json | Absence:
        if not self._breaker.allows(now):
            return Absence.UNAVAILABLE
        headers = {"Accept": "application/fhir+json", "ESANTE-API-KEY": self._settings.key}
        answer = exchange("GET", url, headers=headers, seconds=self._settings.seconds, tls=self._settings.tls)
        if not isinstance(answer, Answer) or answer.status != 200:
            self._breaker.failed(now)
            return Absence.UNAVAILABLE
        self._breaker.succeeded()
        return bundle_of(answer.body)
