"""Who the pages name: professionals as on record, and the délégants who may sign in."""

from dataclasses import dataclass

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment
from mappings.domain.people import Organization, Practitioner
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from service.finding import found, ids_with
from service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegator:
    """A délégant of a team, as offered on the development sign-in page."""

    enrolment_id: str
    rpps: str
    practitioner: Practitioner
    organization: Organization


def delegators(store: Store) -> list[Delegator]:
    """Who may sign in: délégants with an active enrolment, each once, by family name."""
    is_delegator, is_active = ("role", systems.ROLE_CODE, "DELEGATOR"), ("enrolment-status", "", "active")
    listed: dict[str, Delegator] = {}
    for version in found(store, "PractitionerRole", [is_delegator], [is_active]):
        enrolment = enrolment_from_fhir(parse(version.body))
        listed.setdefault(enrolment.rpps, _delegator(store, enrolment))
    return sorted(listed.values(), key=lambda one: (one.practitioner.family, one.practitioner.given))


def practitioner(store: Store, rpps: str) -> Practitioner | None:
    """The professional of an RPPS number, as on record."""
    ids = ids_with(store, "Practitioner", "identifier", systems.RPPS, rpps)
    stored = store.read("Practitioner", ids[0]) if ids else None
    return practitioner_from_fhir(parse(stored.body)) if stored else None


def _delegator(store: Store, enrolment: Enrolment) -> Delegator:
    keys = [("Practitioner", enrolment.practitioner_id), ("Organization", enrolment.organization_id)]
    person, structure = (parse(version.body) for version in store.read_many(keys))
    return Delegator(
        enrolment_id=enrolment.id,
        rpps=enrolment.rpps,
        practitioner=practitioner_from_fhir(person),
        organization=organization_from_fhir(structure),
    )
