"""The national directory of professionals: who bears an RPPS number, and which MSSanté box is theirs.

Annuaire Santé FHIR API v2 (https://ansforge.github.io/annuaire-sante-fhir-documentation/). Open data, read only.
An enrolment must survive its outages: what could not be learnt is a value, and is asked again later.
"""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from mappings.codes import systems
from mappings.domain.people import Practitioner
from mappings.elements import Json
from mappings.fhir.datatypes import FhirElement
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.issues import Refused
from service.clients.breaker import Breaker
from service.clients.exchange import Answer, exchange
from service.clients.tls import Tls
from service.clock import Clock

#: The directory changes daily.
_FRESH: Final = dt.timedelta(hours=24)
#: Most professionals remembered.
_REMEMBERED: Final = 10_000
#: One professional and their situations fit in one page; more is not an answer to our question.
_PAGES: Final = 5
_RPPS_DIGITS: Final = 11


class Absence(StrEnum):
    """Why there is no professional to show."""

    #: The directory answered that nobody bears this number.
    UNKNOWN = "unknown"
    #: The directory has struck them off; what we had learnt before stays as it was.
    INACTIVE = "inactive"
    #: The answer cannot be understood.
    UNREADABLE = "unreadable"
    #: No answer now: ask again later.
    UNAVAILABLE = "unavailable"


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


@dataclass(frozen=True, slots=True)
class _Known:
    practitioner: Practitioner
    mailbox: str
    #: References and numbers of the structures that they work in.
    structures: frozenset[str]
    until: dt.datetime


class Directory:
    """Asks, and remembers for a day."""

    def __init__(self, settings: DirectorySettings, now: Clock) -> None:
        self._settings = settings
        self._now = now
        self._breaker = Breaker(failures=5, pause=dt.timedelta(seconds=60))
        self._lock = threading.Lock()
        self._remembered: dict[str, _Known] = {}
        self._places: dict[str, tuple[frozenset[str], dt.datetime]] = {}

    def practitioner_by_rpps(self, rpps: str) -> Practitioner | Absence:
        known = self._known(rpps)
        return known if isinstance(known, Absence) else known.practitioner

    def mailbox_of(self, rpps: str) -> str | Absence:
        """The personal MSSanté box; empty when they publish none (red list, or no box)."""
        known = self._known(rpps)
        return known if isinstance(known, Absence) else known.mailbox

    def works_in(self, rpps: str, finess: str) -> bool | Absence:
        """Whether one of their situations is in the structure; UNKNOWN also when the directory has no such structure."""
        known = self._known(rpps)
        if isinstance(known, Absence) or finess in known.structures:
            return known if isinstance(known, Absence) else True
        structures = self._structures(finess)
        if isinstance(structures, Absence):
            return structures
        return bool(known.structures & structures)

    def _structures(self, finess: str) -> frozenset[str] | Absence:
        """What the directory's own references call a structure: its technical ids may change, and are not kept."""
        now = self._now()
        with self._lock:
            known, until = self._places.get(finess, (frozenset[str](), now))
        if now < until:
            return known
        query = urlencode({"identifier": f"{systems.FINESS}|{finess}"})
        bundle = self._page(f"{self._settings.base}/Organization?{query}", now)
        if isinstance(bundle, Absence):
            return bundle
        borne = [
            f"Organization/{one.get('id')}"
            for one in _entries(bundle)
            if one.get("resourceType") == "Organization"
            and any(each.get("value") == finess for each in _objects(one.get("identifier")))
        ]
        if not borne:
            return Absence.UNKNOWN
        with self._lock:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            self._places[finess] = frozenset(borne), now + _FRESH
        return frozenset(borne)

    def _known(self, rpps: str) -> _Known | Absence:
        if len(rpps) != _RPPS_DIGITS or not (rpps.isascii() and rpps.isdigit()):
            return Absence.UNKNOWN
        now = self._now()
        with self._lock:
            known = self._remembered.get(rpps)
        if known is not None and now < known.until:
            return known
        resources = self._resources(rpps, now)
        if isinstance(resources, Absence):
            return resources
        learnt = _learnt(resources, rpps, now + _FRESH)
        if isinstance(learnt, _Known):
            self._remember(rpps, learnt)
        return learnt

    def _remember(self, rpps: str, known: _Known) -> None:
        with self._lock:
            self._remembered.pop(rpps, None)
            self._remembered[rpps] = known
            if len(self._remembered) > _REMEMBERED:
                del self._remembered[next(iter(self._remembered))]

    def _resources(self, rpps: str, now: dt.datetime) -> list[Json] | Absence:
        query = urlencode({"identifier": f"{systems.RPPS}|{rpps}", "_revinclude": "PractitionerRole:practitioner"})
        url = f"{self._settings.base}/Practitioner?{query}"
        resources: list[Json] = []
        for _ in range(_PAGES):
            bundle = self._page(url, now)
            if isinstance(bundle, Absence):
                return bundle
            resources += _entries(bundle)
            following = _next(bundle)
            if not following:
                return resources
            url = urljoin(url, following)
            if _origin(url) != _origin(self._settings.base):
                # Our key goes to the directory and to nobody that it names.
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
        return _bundle(answer.body)


def _bundle(body: bytes) -> Json | Absence:
    try:
        bundle = json.loads(body.decode(), parse_float=Decimal)
    except (ValueError, RecursionError):
        return Absence.UNREADABLE
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return Absence.UNREADABLE
    return bundle


def _entries(bundle: Json) -> list[Json]:
    return [entry["resource"] for entry in _objects(bundle.get("entry")) if isinstance(entry.get("resource"), dict)]


def _next(bundle: Json) -> str:
    links = [link.get("url") for link in _objects(bundle.get("link")) if link.get("relation") == "next"]
    return next((url for url in links if isinstance(url, str)), "")


def _objects(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _learnt(resources: list[Json], rpps: str, until: dt.datetime) -> _Known | Absence:
    """Only what bears the number asked for is believed."""
    practitioners = [each for each in resources if each.get("resourceType") == "Practitioner"]
    borne = [each for each in practitioners if FhirElement(each, "Practitioner").identifier(systems.RPPS) == rpps]
    if not borne:
        return Absence.UNREADABLE if practitioners else Absence.UNKNOWN
    active = [each for each in borne if each.get("active") is not False]
    if not active:
        return Absence.INACTIVE
    if len(active) > 1:
        return Absence.UNREADABLE
    try:
        practitioner = practitioner_from_fhir(active[0])
        mailbox = practitioner.mailbox or _mailbox_of_situations(resources, active[0].get("id"))
    except Refused:
        return Absence.UNREADABLE
    return _Known(practitioner, mailbox, frozenset(_structures_of(resources, active[0].get("id"))), until)


def _mailbox_of_situations(resources: list[Json], id: object) -> str:
    """A personal box may be tied to one situation (RPPS and structure) rather than to the professional."""
    boxes = (FhirElement(each, "PractitionerRole").mailbox("PER") for each in _situations(resources, id))
    return next(filter(None, boxes), "")


def _structures_of(resources: list[Json], id: object) -> Iterator[str]:
    """A situation names its structure by the directory's id, by its number, or by both."""
    for each in _situations(resources, id):
        structure = each.get("organization")
        if isinstance(structure, dict):
            number = structure.get("identifier")
            named = (structure.get("reference"), number.get("value") if isinstance(number, dict) else None)
            yield from (one for one in named if isinstance(one, str) and one)


def _situations(resources: list[Json], id: object) -> Iterator[Json]:
    for each in resources:
        if each.get("resourceType") == "PractitionerRole" and each.get("active") is not False:
            reference = each.get("practitioner")
            if isinstance(reference, dict) and reference.get("reference") == f"Practitioner/{id}":
                yield each
