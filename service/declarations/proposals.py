"""What a declared list calls for beside its Task: the structure, the professionals, an enrolment ``declared`` for each.

Nothing that somebody else wrote is touched: a proposal bears where it comes from (``meta.source``), and only what bears
it is written again. Whatever the order in which the states of dossiers come, the same proposals stand in the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment
from mappings.domain.declaration import Declaration, Member, proposal
from mappings.domain.identity import enrolment_id, enrolment_identifier, organization_id, practitioner_id
from mappings.domain.people import Organization, Practitioner
from mappings.fhir.bundle import Entry
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_to_fhir
from mappings.fhir.practitioner import practitioner_to_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir, enrolment_to_fhir
from service.finding import found, ids_with
from service.intake.knowledge import Key, Knowledge
from service.store import Store

Resource = dict[str, Any]

_SOURCE: Final = f"{systems.IDENTIFIER}dossier/"


@dataclass(frozen=True, slots=True)
class Proposed:
    """The entries to write, and the structure's id here; empty when it is not kept and the list cannot bring it."""

    entries: tuple[Entry, ...]
    organization_id: str


def proposed(declaration: Declaration, store: Store, knowledge: Knowledge) -> Proposed:
    if not declaration.finess or declaration.is_aside:
        return Proposed((), _known(store, "Organization", systems.FINESS, declaration.finess))
    # Versions first, searches after: what another list brings in between is then seen at the commit, never written over.
    knowledge.look_up(_own_names(declaration))
    entries = []
    organization = _known(store, "Organization", systems.FINESS, declaration.finess)
    if declaration.facility_type and declaration.structure:
        held = knowledge.resource("Organization", organization) if organization else None
        organization = organization or organization_id(declaration.finess)
        if _is_later(declaration, held):
            entries.append(_put(organization_to_fhir(_organization(declaration, organization)), declaration))
    if not organization or declaration.state == "draft":
        return Proposed(tuple(entries), organization)
    enrolled = list(_enrolled(store, declaration.protocol, organization))
    for member in declaration.members:
        if member.rpps:
            entries += _of_member(member, declaration, organization, enrolled, store, knowledge)
    return Proposed(tuple(entries), organization)


def _own_names(declaration: Declaration) -> Iterator[Key]:
    """What the list brings, by the ids it gives."""
    yield "Organization", organization_id(declaration.finess)
    for member in declaration.members:
        if member.rpps:
            yield "Practitioner", practitioner_id(member.rpps)
            yield "PractitionerRole", enrolment_id(_identifier(member, declaration))


def _of_member(
    member: Member,
    declaration: Declaration,
    organization: str,
    enrolled: list[tuple[Enrolment, Resource]],
    store: Store,
    knowledge: Knowledge,
) -> Iterator[Entry]:
    person = _known(store, "Practitioner", systems.RPPS, member.rpps)
    held = knowledge.resource("Practitioner", person) if person else None
    person = person or practitioner_id(member.rpps)
    if _is_later(declaration, held):
        yield _put(practitioner_to_fhir(_practitioner(member, person)), declaration)
    own = [(e, r) for e, r in enrolled if (e.rpps, e.function) == (member.rpps, member.function)]
    period = proposal(member, declaration)
    if not own:
        yield _put(enrolment_to_fhir(_enrolment(member, declaration, person, organization)), declaration)
    for enrolment, resource in own:
        if not _is_ours(resource) or enrolment.status != "declared":
            continue
        # Of several lists, the first one says since when.
        if (period.start, _stamp_of(declaration)) < (enrolment.period.start, _stamp(resource)):
            yield _put(enrolment_to_fhir(replace(enrolment, period=period)), declaration)


def _enrolled(store: Store, protocol: str, organization: str) -> Iterator[tuple[Enrolment, Resource]]:
    of_protocol = [("protocol", "", protocol.partition("|")[0])]
    of_structure = [("organization", "Organization", organization)]
    for stored in found(store, "PractitionerRole", of_protocol, of_structure, count=1000):
        resource = parse(stored.body)
        enrolment = enrolment_from_fhir(resource)
        if enrolment.protocol == protocol:
            yield enrolment, resource


def _organization(declaration: Declaration, id_: str) -> Organization:
    return Organization(
        id=id_,
        finess=declaration.finess,
        name=declaration.structure,
        facility_type=declaration.facility_type,
    )


def _practitioner(member: Member, id_: str) -> Practitioner:
    return Practitioner(
        id=id_, rpps=member.rpps, family=member.family, given=member.given, profession=member.profession
    )


def _enrolment(member: Member, declaration: Declaration, person: str, organization: str) -> Enrolment:
    """``declared`` and no more: who is on a list is not trained, verified or active for all that."""
    identifier = _identifier(member, declaration)
    return Enrolment(
        id=enrolment_id(identifier),
        identifier=identifier,
        function=member.function,
        status="declared",
        protocol=declaration.protocol,
        period=proposal(member, declaration),
        practitioner_id=person,
        rpps=member.rpps,
        organization_id=organization,
    )


def _identifier(member: Member, declaration: Declaration) -> str:
    return enrolment_identifier(declaration.protocol, member.function, member.rpps, declaration.finess)


def _known(store: Store, type_: str, system: str, value: str) -> str:
    return next(iter(ids_with(store, type_, "identifier", system, value)), "") if value else ""


def _put(resource: Resource, declaration: Declaration) -> Entry:
    source = _SOURCE + "#".join(reversed(_stamp_of(declaration)))
    told = {**resource, "meta": {**resource["meta"], "source": source}}
    return Entry(
        expression="",
        method="PUT",
        type=told["resourceType"],
        id=told["id"],
        full_url=f"{told['resourceType']}/{told['id']}",
        resource=told,
    )


def _is_later(declaration: Declaration, held: Resource | None) -> bool:
    """Whether the list says who somebody is: nobody has said it yet, or only an earlier list."""
    return held is None or (_is_ours(held) and _stamp(held) < _stamp_of(declaration))


def _is_ours(resource: Resource) -> bool:
    return str(resource.get("meta", {}).get("source", "")).startswith(_SOURCE)


def _stamp(resource: Resource) -> tuple[str, str]:
    """(when the list was declared, its dossier): of two lists, the later says who somebody is."""
    dossier, _, declared = str(resource["meta"]["source"]).removeprefix(_SOURCE).partition("#")
    return declared, dossier


def _stamp_of(declaration: Declaration) -> tuple[str, str]:
    return declaration.declared.isoformat(), declaration.dossier
