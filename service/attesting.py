"""The attestation of a training, gathered from what is on record."""

from mappings.codes.systems import RPPS
from mappings.domain.attestation import Attestation
from mappings.domain.people import Practitioner
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from service.composition import Composition
from service.finding import ids_with


def attestation_of(composition: Composition, enrolment_id: str, number: int) -> Attestation | None:
    """Of the training that an enrolment tells at place ``number``, from 1; None when there is none."""
    store = composition.store
    stored = store.read("PractitionerRole", enrolment_id)
    if stored is None or not stored.body:
        return None
    resource = parse(stored.body)
    enrolment = enrolment_from_fhir(resource)
    if not 1 <= number <= len(enrolment.trainings):
        return None
    training = enrolment.trainings[number - 1]
    trainee = _practitioner(composition, enrolment.rpps)
    structure = store.read("Organization", enrolment.organization_id)
    if trainee is None or structure is None or not structure.body:
        return None
    return Attestation(
        trainee=trainee,
        trainer=_practitioner(composition, training.trainer.rpps) if training.trainer else None,
        trainer_rpps=training.trainer.rpps if training.trainer else "",
        organization=organization_from_fhir(parse(structure.body)),
        training=training,
        canonical=enrolment.protocol,
        protocol=composition.catalogue.get(enrolment.protocol),
        source=f"PractitionerRole/{enrolment_id}/_history/{stored.version}",
        recorded=stored.recorded,
    )


def _practitioner(composition: Composition, rpps: str) -> Practitioner | None:
    ids = ids_with(composition.store, "Practitioner", "identifier", RPPS, rpps)
    stored = composition.store.read("Practitioner", ids[0]) if ids else None
    return practitioner_from_fhir(parse(stored.body)) if stored and stored.body else None
