"""Whether a structure sees a version: whose patient it tells of, and which structure holds it.

An act is held by the structure that it was done in, a consent by the one that took it, an inclusion by that of its
team. All else about a patient is held by whoever holds what it points at; what points at none of them, by those who
hold anything of that patient. A reference that leads nowhere is held by nobody knows whom: not seen. What a structure
has declared is its own, though it tells of no patient; a Subscription and an export are the installation's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.bundle import targets_of
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.consent import sharing_from_fhir
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.issues import Refused
from service.finding import found, ids_with
from service.store import Store
from service.store.unit import StoredVersion

Resource = dict[str, Any]
Key = tuple[str, str]

#: What tells of no patient: people, structures, teams, definitions, what the server keeps of them.
_OPEN: Final = frozenset(
    {
        "Practitioner",
        "Organization",
        "PractitionerRole",
        "CareTeam",
        "PlanDefinition",
        "Questionnaire",
        "ActivityDefinition",
        "Device",
        "Basic",
    }
)
#: What says itself which structure holds it.
_HOLDERS: Final = ("Consent", "CarePlan", "Procedure")
_SHARING: Final = (f"{systems.CODE_SYSTEM}binome-consent", "sharing")
#: Held by nobody knows whom.
_UNKNOWN: Final = "?"
#: Held by another structure, or by the installation, though it tells of no patient.
_ELSEWHERE: Final = "!"
#: Most resources between one and what holds it: a proof points at a message, it at a document, that at an act.
_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What one resource says by itself of whose it is."""

    #: Ids of Patients.
    patients: frozenset[str] = frozenset()
    #: Ids of the Organizations that it says hold it.
    holders: frozenset[str] = frozenset()
    #: Where else it is told.
    further: frozenset[Key] = frozenset()
    #: Enrolments that it names.
    roles: tuple[str, ...] = ()


class Sight:
    """The sight of one structure during one request; what it looked up is looked up once."""

    def __init__(self, store: Store, finess: str, laid_over: Mapping[Key, Resource] | None = None) -> None:
        """``laid_over``: what a request is about to write, before what is on record."""
        self._store = store
        self._laid_over = laid_over or {}
        self._finess = finess
        #: Empty when no structure bears the number: it holds nothing.
        self.mine = next(iter(ids_with(store, "Organization", "identifier", systems.FINESS, finess)), "")
        self._shared: dict[str, bool] = {}
        self._of_patient: dict[str, frozenset[str]] = {}
        self._about: dict[Key, _Facts] = {}

    def forget(self) -> None:
        """Something was written: what follows is judged on what is on record now."""
        self._shared.clear()
        self._of_patient.clear()
        self._about.clear()

    def sees(self, version: StoredVersion) -> bool:
        if version.type in _OPEN:
            return True
        if version.type == "Subscription":
            return False  # what it watches may name anybody
        # Of a deletion, what it deleted.
        told = version if version.body else self._store.read(version.type, version.id, version.version - 1)
        if told is None or not told.body:
            return False
        patients, holders = self.told_of(parse(told.body))
        return _ELSEWHERE not in holders and all(self._lets(patient, holders) for patient in patients)

    def _lets(self, patient: str, holders: frozenset[str]) -> bool:
        if holders and holders <= {self.mine}:
            return True
        if not holders and (self.mine in self.holding(patient) or not self.holding(patient)):
            return True
        return self._consented(patient)

    def told_of(self, resource: Resource) -> tuple[frozenset[str], frozenset[str]]:
        """Ids of the patients that ``resource`` tells of, and of the structures that hold it."""
        facts = self._facts(resource)
        patients, holders, met, further = set(facts.patients), set(facts.holders), set(facts.further), facts.further
        while further:
            found = [self._known(key) for key in further]
            patients.update(*(one.patients for one in found))
            holders.update(*(one.holders for one in found))
            further = frozenset(key for one in found for key in one.further) - met
            met |= further
            if len(met) > _MOST:
                return frozenset(patients), frozenset({_UNKNOWN})
        # A form or a measure before any act: the structure of who wrote it.
        roles = () if holders else facts.roles
        return frozenset(patients), frozenset(holders or map(self._of_role, roles))

    def _known(self, key: Key) -> "_Facts":
        """What the resource says by itself, looked up once."""
        if key not in self._about:
            told = self._told(key)
            self._about[key] = self._facts(told) if told else _Facts(holders=frozenset({_UNKNOWN}))
        return self._about[key]

    def _told(self, key: Key) -> Resource | None:
        """The resource, of a deletion what it deleted; None when nothing was ever there."""
        if key in self._laid_over:
            return self._laid_over[key]
        stored = self._store.read(*key)
        if stored is not None and not stored.body:
            stored = self._store.read(*key, stored.version - 1)
        return parse(stored.body) if stored and stored.body else None

    def _facts(self, resource: Resource) -> "_Facts":
        type_ = resource["resourceType"]
        if type_ == "Patient":
            return _Facts(patients=frozenset({resource["id"]}))
        pointed = [key for target in targets_of(resource) if (key := _key(target))]
        patients = frozenset(id_ for kind, id_ in pointed if kind == "Patient")
        if type_ in _HOLDERS:
            return _Facts(patients=patients, holders=frozenset({self._holder(resource)}))
        return _Facts(
            patients=patients,
            holders=frozenset() if patients else self._apart(resource),
            further=frozenset(key for key in pointed if key[0] != "Patient" and key[0] not in _OPEN),
            roles=tuple(id_ for kind, id_ in pointed if kind == "PractitionerRole"),
        )

    def _apart(self, resource: Resource) -> frozenset[str]:
        """Who holds what tells of no patient and is not everybody's: a declared team, an export of the installation."""
        number = resource.get("requester", {}).get("identifier", {})
        if resource["resourceType"] == "Task" and number.get("system") == systems.FINESS:
            return frozenset({self.mine if number.get("value") == self._finess else _ELSEWHERE})
        if resource["resourceType"] == "AuditEvent" and _names(resource, f"{systems.IDENTIFIER}export"):
            return frozenset({_ELSEWHERE})
        return frozenset()

    def _holder(self, resource: Resource) -> str:
        """Of an act, an inclusion or a consent."""
        match resource["resourceType"]:
            case "Procedure":
                performer: Resource = next(iter(resource.get("performer", ())), {})
                reference = performer.get("onBehalfOf")
            case "Consent":
                reference = next(iter(resource.get("organization", ())), None)
            case _:
                return self._of_team(resource)
        return reference_id(reference, "Organization") or _UNKNOWN

    def _of_team(self, plan: Resource) -> str:
        try:
            stored = self._store.read("CareTeam", inclusion_from_fhir(plan).team_id)
            return team_from_fhir(parse(stored.body)).organization_id if stored and stored.body else _UNKNOWN
        except Refused:
            return _UNKNOWN

    def _of_role(self, id_: str) -> str:
        role = self._told(("PractitionerRole", id_)) or {}
        return reference_id(role.get("organization"), "Organization") or _UNKNOWN

    def holding(self, patient: str) -> frozenset[str]:
        """The structures that hold anything of the patient."""
        if patient not in self._of_patient:
            self._of_patient[patient] = frozenset(
                self._holder(parse(version.body)) for type_ in _HOLDERS for version in self._found(type_, patient)
            )
        return self._of_patient[patient]

    def _consented(self, patient: str) -> bool:
        """The last choice on record lets professionals be told; none, or one that does not read, lets nobody."""
        if patient not in self._shared:
            consents = [parse(version.body) for version in self._found("Consent", patient)]
            choices = [one for one in consents if _SHARING in _categories(one)]
            last = max(choices, key=lambda one: str(one["meta"]["lastUpdated"]), default=None)
            self._shared[patient] = last is not None and _lets_read(last)
        return self._shared[patient]

    def _found(self, type_: str, patient: str) -> list[StoredVersion]:
        return found(self._store, type_, [("patient", "Patient", patient)], count=1000)


def _names(event: Resource, system: str) -> bool:
    """Whether an event is about something that bears an identifier of the system."""
    named = (entity.get("what", {}).get("identifier", {}) for entity in event.get("entity", ()))
    return any(one.get("system") == system for one in named)


def _lets_read(choice: Resource) -> bool:
    try:
        return sharing_from_fhir(choice).professional_mailbox
    except Refused:
        return False


def _categories(consent: Resource) -> Iterable[Key]:
    return [(c.get("system", ""), c.get("code", "")) for kind in consent["category"] for c in kind.get("coding", ())]


def _key(target: str) -> Key | None:
    parts = target.split("/")
    return (parts[0], parts[1]) if len(parts) in (2, 4) and ":" not in target else None
