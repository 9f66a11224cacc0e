"""An act on record, with all that belongs to it, as the flat door reads it."""

from dataclasses import dataclass
from typing import Any, Final, Self

from mappings.domain.act import DelegatedAct
from mappings.elements import Json
from mappings.fhir.act import BELONGINGS, ISSUED, act_from_fhir, is_in_error, unanswered_of
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.issues import Issue, Refused
from mappings.records.act_told import act_to_record
from service.composition import Composition
from service.finding import found
from service.store import Store

Resource = dict[str, Any]

_IN_ERROR: Final = "Cet acte a été annulé, saisi par erreur : il ne change plus."


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One act: findings that are in force, and all that it issued, what was entered in error too."""

    procedure: Resource
    version: int
    responses: list[Resource]
    observations: list[Resource]
    issued: list[Resource]

    @classmethod
    def of(cls, store: Store, id_: str) -> Self:
        """``Refused`` when there is none, or none any more."""
        stored = store.read("Procedure", id_)
        if stored is None:
            raise Refused(Issue("not-found", "act", "Cet acte n’existe pas sur ce serveur."))
        procedure = parse(stored.body)
        if is_in_error(procedure):
            raise Refused(Issue("not-supported", "act", _IN_ERROR, "Binôme, actes saisis par erreur"))
        return cls(
            procedure=procedure,
            version=stored.version,
            responses=_live(_parts(store, id_, "QuestionnaireResponse")),
            observations=_live(_parts(store, id_, "Observation")),
            issued=_parts(store, id_, *ISSUED),
        )

    @property
    def act(self) -> DelegatedAct:
        return act_from_fhir(self.procedure, self.responses, self.observations, _live(self.issued))


def told(composition: Composition, recorded: Recorded) -> Json:
    """The record that says it."""
    act, knowledge = recorded.act, composition.intake.knowledge()
    inclusion = knowledge.reading("CarePlan", act.inclusion_id, inclusion_from_fhir)
    delegatee = knowledge.reading("PractitionerRole", act.delegatee_id, enrolment_from_fhir)
    delegator = knowledge.reading("PractitionerRole", act.delegator_id, enrolment_from_fhir)
    organization = knowledge.reading("Organization", act.organization_id, organization_from_fhir)
    protocol = composition.catalogue.get(act.protocol)
    if not (inclusion and delegatee and delegator and organization and protocol):
        raise LookupError("an act rests on what is not on record")
    return act_to_record(
        act,
        protocol,
        unanswered_of(recorded.responses[0]),
        inclusion=inclusion,
        delegatee=delegatee,
        delegator=delegator,
        organization=organization,
    )


def _parts(store: Store, act: str, *types: str) -> list[Resource]:
    kept = (one for type_ in types for one in found(store, type_, [(BELONGINGS[type_], "Procedure", act)]))
    return [parse(one.body) for one in kept]


def _live(parts: list[Resource]) -> list[Resource]:
    return [one for one in parts if not is_in_error(one)]
