"""What an export is asked for: parameters read once, kept with the job as JSON.

Bulk Data Access 2.0, https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters; ``_until`` is of its third
edition. What is not known, or not done here, is refused unless the caller is lenient: then it is left out, and told.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Final, Literal

import orjson

from mappings.fhir.compartment import PATIENT_TYPES
from mappings.fhir.definitions import definition
from mappings.fhir.search import PARAMETERS, date_range
from mappings.issues import Issue, Refused
from service.exporting.filters import Filter, read_filter

Level = Literal["system", "patient", "group"]
Pairs = Iterable[tuple[str, str]]
#: The filter that a search on a type makes: its type, its query; ``Refused`` when it is none.
Searching = Callable[[str, str], Filter]

_FORMATS: Final = frozenset({"application/fhir+ndjson", "application/ndjson", "ndjson"})
#: Of the answer to the request, not of the export.
_CONTROL: Final = frozenset({"_format", "_pretty", "_outputFormat"})
#: How a client is notified is its own affair, and may hold its secrets.
_KEPT_BACK: Final = frozenset({"Subscription"})
EXPORTED: Final = tuple(type_ for type_ in PARAMETERS if type_ not in _KEPT_BACK)
_REFERENCE: Final = "Bulk Data Access 2.0, export.html#query-parameters"
#: A comma parts two filters, or two values of one: a filter begins with its type.
_BETWEEN_FILTERS: Final = re.compile(r",(?=[A-Z][A-Za-z]*\?)")
#: Most filters of one request.
_MOST_FILTERS: Final = 20
#: Most patients that one request names.
_MOST_PATIENTS: Final = 1_000
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
#: Parameters of the specification that are not done here, and what a caller does instead.
_NOT_DONE: Final = {
    "includeAssociatedData": "les preuves (Provenance) sont toujours jointes ; il n’y a pas d’autre donnée associée.",
    "organizeOutputBy": "les fichiers sont rangés par type.",
    "allowPartialManifests": "les fichiers sont annoncés ensemble, une fois l’export terminé.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export. Instants are microseconds since 1970 UTC."""

    level: Level
    #: Id of the team whose patients are exported; empty at the other levels.
    team: str = ""
    types: tuple[str, ...]
    #: Changed after this instant, or after this number when the instant is an earlier export's own; None from the first.
    since: int | None = None
    since_number: int = 0
    #: Changed at this instant at the latest; None for no limit.
    until: int | None = None
    #: Ids of the only patients wanted; empty for all.
    patients: tuple[str, ...] = ()
    #: A resource of a type that has some meets one of them.
    filters: tuple[Filter, ...] = ()
    #: (type, or empty for every type; root element) to give of a resource beside what must be there; empty for all of it.
    elements: tuple[tuple[str, str], ...] = ()
    #: Address that was called, as the manifest repeats it.
    url: str
    #: The files ask for the same token as the request did.
    token: bool

    def dump(self) -> bytes:
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return orjson.dumps(told | {"filters": [each.told() for each in self.filters]})

    @property
    def changes_only(self) -> bool:
        """Whether what was deleted is of interest."""
        return self.since is not None or self.since_number > 0

    def elements_of(self, type_: str) -> frozenset[str]:
        """The elements named for a type, where some are."""
        return frozenset(name for of, name in self.elements if of in ("", type_))


def load(asked: bytes) -> ExportRequest:
    """What ``dump`` wrote."""
    told = orjson.loads(asked)
    lists = {"types": tuple(told["types"]), "patients": tuple(told["patients"])}
    # A job that was asked for by an earlier program names none.
    lists["elements"] = tuple((type_, name) for type_, name in told.get("elements", ()))
    return ExportRequest(**told | lists | {"filters": tuple(read_filter(each) for each in told["filters"])})


@dataclass(slots=True)
class _Reading:
    """Parameters as they are read."""

    level: Level
    lenient: bool
    named: bool
    searching: Searching
    types: dict[str, None] = field(default_factory=dict)
    patients: dict[str, None] = field(default_factory=dict)
    filters: list[Filter] = field(default_factory=list)
    elements: dict[tuple[str, str], None] = field(default_factory=dict)
    faults: list[Issue] = field(default_factory=list)
    ignored: list[Issue] = field(default_factory=list)
    since: int | None = None
    until: int | None = None

    def add(self, key: str, value: str) -> None:
        match key:
            case "_outputFormat":
                if value.replace(" ", "+") not in _FORMATS:
                    self._fault("_outputFormat", "le seul format est application/fhir+ndjson.")
            case "_since":
                self.since = self._instant(key, value)
            case "_until":
                self.until = self._instant(key, value)
            case "_type" | "_elements":
                for one in value.split(","):
                    (self._type if key == "_type" else self._element)(one)
            case "_typeFilter":
                for one in _BETWEEN_FILTERS.split(value):
                    self._filter(one)
            case "patient":
                self._patient(value)
            case _ if key in _CONTROL:
                return
            case _:
                text = _NOT_DONE.get(key)
                name = key if text else ""
                self._not_done(name, text or "ce paramètre n’est pas connu.")

    @property
    def offered(self) -> tuple[str, ...]:
        """The types that are exported at this level."""
        return EXPORTED if self.level == "system" else PATIENT_TYPES

    def _element(self, told: str) -> None:
        type_, dot, name = told.rpartition(".")
        of = [type_] if dot else self.offered
        if any(each in self.offered and name in _roots(each) for each in of):
            self.elements[type_, name] = None
        else:
            self._not_done("_elements", "un des éléments n’est pas un élément de premier niveau d’un type exporté.")

    def _type(self, type_: str) -> None:
        offered = self.offered
        if type_ in offered:
            self.types[type_] = None
        elif type_ in EXPORTED:
            self._not_done("_type", f"{type_} n’appartient pas au dossier d’un patient.")
        else:
            self._not_done("_type", "un des types n’est pas exporté ici.")

    def _filter(self, value: str) -> None:
        type_, mark, query = value.partition("?")
        if not mark or type_ not in self.offered:
            self._fault("_typeFilter", "une recherche sur un type exporté est attendue, Type?critères.")
        elif len(self.filters) == _MOST_FILTERS:
            self.faults.append(Issue("too-costly", "", f"{_MOST_FILTERS} filtres au plus.", _REFERENCE))
        else:
            try:
                self.filters.append(self.searching(type_, query))
            except Refused as refusal:
                self.faults += refusal.issues

    def _patient(self, value: str) -> None:
        if self.level == "system":
            self._fault("patient", "ce paramètre vaut pour Patient et pour Group.")
        elif not self.named:
            self._fault("patient", "ce paramètre se transmet dans le corps d’une requête POST, jamais dans l’adresse.")
        else:
            self.patients[value.removeprefix("Patient/")] = None
            if len(self.patients) == _MOST_PATIENTS + 1:
                self.faults.append(Issue("too-costly", "", f"{_MOST_PATIENTS} patients au plus.", _REFERENCE))

    def _instant(self, key: str, value: str) -> int | None:
        try:
            return date_range(value.replace(" ", "+"))[0]
        except (ValueError, OverflowError):
            self._fault(key, "ce n’est pas un instant FHIR.")
            return None

    def _fault(self, key: str, text: str) -> None:
        self.faults.append(_issue(key, text))

    def _not_done(self, key: str, text: str) -> None:
        (self.ignored if self.lenient else self.faults).append(_issue(key, text))


def read_request(
    level: Level,
    pairs: Pairs,
    *,
    team: str,
    lenient: bool,
    named: bool,
    url: str,
    token: bool,
    searching: Searching,
) -> tuple[ExportRequest, list[Issue]]:
    """The request, and what was left out of it; ``Refused`` with every fault.

    ``named`` tells that the parameters came in a body, where a patient may be named.
    """
    reading = _Reading(level, lenient, named, searching)
    for key, value in pairs:
        reading.add(key, value)
    asked = {key for key, _ in pairs}
    if reading.ignored and not reading.types and "_type" in asked:
        reading.faults.append(_issue("_type", "aucun des types demandés n’est exporté."))
    if reading.ignored and not reading.elements and "_elements" in asked:
        reading.faults.append(_issue("_elements", "aucun des éléments demandés n’est connu."))
    if reading.faults:
        raise Refused(reading.faults)
    request = ExportRequest(
        level=level,
        team=team,
        types=tuple(reading.types) or reading.offered,
        since=reading.since,
        until=reading.until,
        patients=tuple(reading.patients),
        filters=tuple(reading.filters),
        elements=tuple(reading.elements),
        url=url,
        token=token,
    )
    return request, reading.ignored


@cache
def _roots(type_: str) -> frozenset[str]:
    """Root elements of a type; a choice of types also by its common name."""
    return frozenset(name for each in definition(type_).elements.values() for name in (each.name, each.path_name))


def instant_of(since: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=since)


def _issue(key: str, text: str) -> Issue:
    named = f"Paramètre « {key} »" if key else "Un paramètre"
    return Issue("not-supported", "", f"{named} : {text}", _REFERENCE)
