"""What a structure writes is its own: each entry as it was, as it would be, and all that it points at in the request.

Held as ``sight`` tells it, with what the request brings laid over what is on record. A person is nobody's record: a
patient's identity is changed by whoever holds something of theirs, a professional's by the structures of their enrolments.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.issues import Issue
from service.finding import found
from service.intake.conditions import located
from service.intake.placement import Placed
from service.scoping.sight import Sight
from service.store import Store
from service.structures import foreign

Resource = dict[str, Any]

#: Of the installation: what it announces is not filtered, and who may stop it is not a structure.
_NOBODYS: Final = frozenset({"Subscription"})
#: Told again with each record, as they are.
_PEOPLE: Final = frozenset({"Patient", "Practitioner", "Organization"})


def foreign_entries(placed: Sequence[Placed], store: Store, finess: str) -> list[Issue]:
    """What the caller may not write, or be shown for having tried to write it."""
    pending = {(one.entry.type, one.id): one.resource for one in placed if one.stays}
    writing = _Writing(store, finess, Sight(store, finess, pending), pending)
    return [foreign(located(one.entry.type, one.entry)) for one in placed if not writing.admits(one)]


class _Writing:
    """One request of one structure."""

    def __init__(self, store: Store, finess: str, sight: Sight, pending: dict[tuple[str, str], Resource]) -> None:
        self._store, self._finess, self._sight = store, finess, sight
        self._seen = Sight(store, finess)
        # A structure that enters with this request is its own.
        new = {id_ for (type_, id_), one in pending.items() if type_ == "Organization" and self._is_mine(one)}
        self._mine = new | ({sight.mine} if sight.mine else set())

    def admits(self, item: Placed) -> bool:
        if not item.writes:
            return self._admits_nothing_new(item)
        told = [one for one in (item.previous, item.resource if item.stays else None) if one is not None]
        return all(self._is_own(one, item) for one in told)

    def _admits_nothing_new(self, item: Placed) -> bool:
        """Nothing is written: nothing of another's is shown for having met a condition, nor said to be in order."""
        stored = self._store.read(item.entry.type, item.id) if item.id else None
        if stored is None or not stored.body:
            return True
        if item.entry.method == "POST":
            return self._seen.sees(stored)
        return item.entry.type in _PEOPLE or self._is_own(parse(stored.body), item)

    def _is_own(self, resource: Resource, item: Placed) -> bool:
        match item.entry.type:
            case type_ if type_ in _NOBODYS:
                return False
            case "Organization":
                return self._is_mine(resource)
            case "PractitionerRole":
                return self._are_mine([self._organization(resource)])
            case "CareTeam":
                return self._are_mine([reference_id(one, "Organization") for one in resource["managingOrganization"]])
            case "Practitioner":
                structures = self._enrolled_in(item.id)
                return item.previous is None or not structures or bool(structures & self._mine)
            case "Patient":
                holding = self._sight.holding(item.id)
                return not holding or bool(holding & self._mine)
        patients, holders = self._sight.told_of(resource)
        if holders:
            return self._are_mine(holders)
        return all(self._mine & held or not held for held in map(self._sight.holding, patients))

    def _are_mine(self, holders: Iterable[str]) -> bool:
        told = frozenset(holders)
        return bool(told) and told <= self._mine

    def _is_mine(self, organization: Resource) -> bool:
        numbers = [
            one.get("value") for one in organization.get("identifier", ()) if one.get("system") == systems.FINESS
        ]
        return numbers == [self._finess]

    def _organization(self, role: Resource) -> str:
        return reference_id(role.get("organization"), "Organization")

    def _enrolled_in(self, practitioner: str) -> frozenset[str]:
        return frozenset(self._structures(practitioner))

    def _structures(self, practitioner: str) -> Iterator[str]:
        for version in found(
            self._store, "PractitionerRole", [("practitioner", "Practitioner", practitioner)], count=1000
        ):
            yield self._organization(parse(version.body))
