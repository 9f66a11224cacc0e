"""Which versions belong to an export: by type and date, then by whose record they are in.

The types kept for a patient are those of ``mappings.fhir.compartment``. A Group is a team: its members are the
patients included under it (``CarePlan.careTeam``) at the number of the export.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from mappings.fhir.compartment import patients_of, proved_by
from mappings.fhir.json import parse
from mappings.issues import Refused
from service.exporting.request import ExportRequest, instant_of
from service.store import Store
from service.store.exports import Exports, Standing
from service.store.instants import micros

Resource = dict[str, Any]
Key = tuple[str, str]

#: Numbers looked through at once.
WINDOW: Final = 5_000
#: Bytes of bodies that one slice copies, but for a larger single one.
SLICE: Final = 64 * 1024 * 1024
#: Bytes of bodies held at once, but for a larger single one.
_HELD: Final = 4 * 1024 * 1024
#: Resources whose patients are remembered.
_REMEMBERED: Final = 10_000


def since_number(exports: Exports, request: ExportRequest) -> ExportRequest:
    """A request for what has changed since an earlier export goes on from its number: nothing is missed, nor told twice."""
    number = exports.number_of(instant_of(request.since)) if request.since is not None else None
    return request if number is None else replace(request, since=None, since_number=number)


def wanted(request: ExportRequest, standing: Standing) -> bool:
    """Whether the dates of the request let it through; what deletes is told only of a time."""
    recorded = micros(standing.recorded)
    if request.until is not None and recorded > request.until:
        return False
    if not standing.length and not request.changes_only:
        return False
    return request.since is None or recorded > request.since


def bounded(some: Sequence[Standing], upto: int) -> tuple[Sequence[Standing], int]:
    """As many of ``some`` as one slice takes, and the number up to which they go: a lease outlasts any slice."""
    held = 0
    for position, one in enumerate(some):
        held += one.length
        if held > SLICE and position:
            return some[:position], some[position - 1].number
    return some, upto


def bodies(exports: Exports, some: Sequence[Standing]) -> Iterator[tuple[Standing, bytes]]:
    """Each with its bytes, few at a time."""
    for group in _groups(some):
        found = exports.bodies([one.number for one in group])
        yield from ((one, found[one.number]) for one in group)


def _groups(some: Sequence[Standing]) -> Iterator[list[Standing]]:
    group: list[Standing] = []
    held = 0
    for one in some:
        if group and held + one.length > _HELD:
            yield group
            group, held = [], 0
        group.append(one)
        held += one.length
    if group:
        yield group


class Records:
    """The records of patients: all, those named, or those of a team."""

    def __init__(self, store: Store, members: frozenset[str] | None) -> None:
        self._store = store
        #: None for every patient.
        self._members = members
        #: Whose the last resources are: what proves them comes close behind them.
        self._known: dict[Key, frozenset[str]] = {}

    def holds(self, resource: Resource) -> bool:
        patients = patients_of(resource)
        self._remember((resource["resourceType"], resource["id"]), patients)
        if self._among(patients):
            return True
        proved = proved_by(resource)
        if self._members is None or not proved:
            return bool(proved)
        return any(self._among(self._known[key]) for key in self._looked_up(proved))

    def held(self, deleted: Standing) -> bool:
        """Whether what is deleted was in them."""
        before = self._store.read(deleted.type, deleted.id, deleted.version - 1)
        return before is not None and bool(before.body) and self.holds(parse(before.body))

    def _looked_up(self, keys: Sequence[Key]) -> list[Key]:
        """Those of ``keys`` that are there, and known from now on."""
        unknown = [key for key in keys if key not in self._known]
        for found in self._store.read_many(unknown) if unknown else ():
            if found.body:
                self._remember((found.type, found.id), patients_of(parse(found.body)))
        return [key for key in keys if key in self._known]

    def _remember(self, key: Key, patients: frozenset[str]) -> None:
        if len(self._known) >= _REMEMBERED:
            # The oldest half: a dictionary keeps the order in which it was filled.
            self._known = dict(list(self._known.items())[_REMEMBERED // 2 :])
        self._known[key] = patients

    def _among(self, patients: Iterable[str]) -> bool:
        return any(self._members is None or patient in self._members for patient in patients)


def records_of(store: Store, request: ExportRequest, at: int, alive: Callable[[], None]) -> Records | None:
    """The records that ``request`` is about; None when it is about everything. ``alive`` is called now and then."""
    if request.level == "system":
        return None
    members = frozenset(request.patients) or None
    if request.level == "group":
        team = frozenset(_included(store, request.team, at, alive))
        members = team if members is None else team & members
    return Records(store, members)


def _included(store: Store, team: str, at: int, alive: Callable[[], None]) -> Iterator[str]:
    for after in range(0, at, WINDOW):
        alive()
        plans = store.exports.window(after, min(after + WINDOW, at), at, ["CarePlan"])
        for _, body in bodies(store.exports, [plan for plan in plans if plan.length]):
            try:
                plan = parse(body)
            except Refused:
                continue  # told of when its own turn comes
            if any(str(each.get("reference", "")) == f"CareTeam/{team}" for each in plan.get("careTeam", ())):
                yield from patients_of(plan)
