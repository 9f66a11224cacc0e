"""A flat record and FHIR give the same resources, and a record that is wrong is refused whole."""

import datetime as dt
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.domain import identity
from mappings.domain.cooperation import Period
from mappings.fhir.care_plan import inclusion_from_fhir, inclusion_to_fhir
from mappings.fhir.consent import consent_from_fhir, consent_to_fhir, sharing_from_fhir, sharing_to_fhir
from mappings.fhir.organization import organization_from_fhir, organization_to_fhir
from mappings.fhir.patient import patient_from_fhir, patient_to_fhir
from mappings.fhir.practitioner import practitioner_from_fhir, practitioner_to_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir, enrolment_to_fhir
from mappings.issues import Refused
from mappings.records.consent import ConsentRecord, consent_from_record, consent_to_record
from mappings.records.enrolment import EnrolmentRecord, enrolment_from_record, enrolment_to_record
from mappings.records.inclusion import InclusionRecord, inclusion_from_record, inclusion_to_record
from mappings.records.people import patient_from_record, patient_to_record
from tests.mappings import cooperation_strategies as drawn


@st.composite
def enrolment_records(draw: st.DrawFn) -> EnrolmentRecord:
    practitioner, organization = draw(drawn.practitioners()), draw(drawn.organizations())
    named = st.tuples(drawn.business_identifiers, drawn.rpps)
    delegators = tuple(draw(st.lists(named, max_size=2, unique_by=lambda each: each[0])))
    substitutes = () if delegators else tuple(draw(st.lists(named, max_size=2, unique_by=lambda each: each[0])))
    names = [tuple(name for name, _ in each) for each in (delegators, substitutes)]
    enrolment = draw(drawn.enrolments(practitioner, organization, *names))
    # Nobody stands in for themselves.
    substitutes = tuple(one for one in substitutes if one[0] != enrolment.identifier)
    identifiers = {trainer.enrolment_id: name for name, trainer in drawn.TRAINERS.items()}
    trainers = [each.trainer for each in enrolment.trainings if each.trainer]
    return EnrolmentRecord(
        practitioner=practitioner,
        organization=organization,
        enrolment=enrolment,
        delegators=delegators,
        substitutes=substitutes if enrolment.function == "DELEGATOR" else (),
        trainers=tuple((identifiers[each.enrolment_id], each.rpps) for each in trainers),
    )


@st.composite
def consent_records(draw: st.DrawFn) -> ConsentRecord:
    """What a record can say: a decision, in force from the day it was taken."""
    patient, finess, team = draw(drawn.patients()), draw(drawn.finess), draw(st.just("") | drawn.business_identifiers)
    consent = draw(drawn.consents(("active", "rejected", "inactive")))
    start = consent.decided_at.date()
    end = draw(st.dates(min_value=start)) if consent.status == "inactive" else None
    by_the_hour = end is not None and end > start and draw(st.booleans())
    consent = replace(
        consent,
        patient_id=patient.id,
        organization_id=identity.organization_id(finess),
        team_id=identity.team_id(team) if team else "",
        permits=consent.status != "rejected",
        period=Period(start=start, end=end),
        withdrawn_at=dt.datetime.combine(end, dt.time(23, 59), consent.decided_at.tzinfo)
        if by_the_hour and end
        else None,
    )
    sharing = draw(st.none() | drawn.sharings(patient.id))
    return ConsentRecord(patient=patient, consent=consent, sharing=sharing, structure_finess=finess, team=team)


@st.composite
def inclusion_records(draw: st.DrawFn) -> InclusionRecord:
    ins = draw(st.none() | drawn.insis())
    local = draw(st.none() | drawn.local_numbers) if ins else draw(drawn.local_numbers)
    finess, consent = draw(drawn.finess), draw(drawn.business_identifiers)
    people = draw(st.lists(drawn.rpps, min_size=2, max_size=2, unique=True))
    names = draw(st.lists(drawn.business_identifiers, min_size=2, max_size=2, unique=True))
    inclusion = draw(drawn.inclusions().filter(lambda each: each.status not in {"unknown", "entered-in-error"}))
    inclusion = replace(
        inclusion,
        patient_id=identity.patient_id(ins, local),
        author_id=identity.enrolment_id(names[0]),
        delegator_id=identity.enrolment_id(names[1]),
        team_id=identity.team_id(identity.team_identifier(inclusion.protocol, finess)),
        consent_id=identity.consent_id(consent),
    )
    return InclusionRecord(
        inclusion=inclusion,
        ins=ins,
        local_identifier=local,
        structure_finess=finess,
        delegatee_rpps=people[0],
        delegator_rpps=people[1],
        delegatee_enrolment=names[0],
        delegator_enrolment=names[1],
        consent=consent,
    )


def without_id(resource: dict[str, Any]) -> dict[str, Any]:
    """As a client posts it: the server gives the id."""
    return {key: value for key, value in resource.items() if key != "id"}


@given(drawn.patients())
def test_a_patient_is_the_same_through_both_doors(patient: Any) -> None:
    read = patient_from_record(patient_to_record(patient))
    assert read == patient
    resource = patient_to_fhir(read)
    assert patient_to_fhir(patient_from_fhir(without_id(resource))) == resource


@given(enrolment_records())
def test_an_enrolment_is_the_same_through_both_doors(said: EnrolmentRecord) -> None:
    read = enrolment_from_record(enrolment_to_record(said))
    assert read == said
    resource = enrolment_to_fhir(read.enrolment, delegator_rpps=read.delegator_rpps())
    again = enrolment_from_fhir(without_id(resource))
    assert enrolment_to_fhir(again, delegator_rpps=read.delegator_rpps()) == resource
    practitioner, organization = practitioner_to_fhir(read.practitioner), organization_to_fhir(read.organization)
    assert practitioner_to_fhir(practitioner_from_fhir(without_id(practitioner))) == practitioner
    assert organization_to_fhir(organization_from_fhir(without_id(organization))) == organization


@given(consent_records())
def test_a_consent_is_the_same_through_both_doors(said: ConsentRecord) -> None:
    read = consent_from_record(consent_to_record(said))
    assert read == said
    resource = consent_to_fhir(read.consent)
    assert consent_to_fhir(consent_from_fhir(without_id(resource))) == resource
    if read.sharing:
        told = {"decided_at": read.consent.decided_at, "organization_id": read.consent.organization_id}
        sharing = sharing_to_fhir(read.sharing, **told)
        assert sharing_to_fhir(sharing_from_fhir(without_id(sharing)), **told) == sharing


@given(inclusion_records())
def test_an_inclusion_is_the_same_through_both_doors(said: InclusionRecord) -> None:
    read = inclusion_from_record(inclusion_to_record(said))
    assert read == said
    people = {"delegatee_rpps": read.delegatee_rpps, "delegator_rpps": read.delegator_rpps}
    resource = inclusion_to_fhir(read.inclusion, **people)
    assert inclusion_to_fhir(inclusion_from_fhir(without_id(resource)), **people) == resource


@pytest.mark.parametrize(
    ("read", "records"),
    [
        (patient_from_record, drawn.patients().map(patient_to_record)),
        (enrolment_from_record, enrolment_records().map(enrolment_to_record)),
        (consent_from_record, consent_records().map(consent_to_record)),
        (inclusion_from_record, inclusion_records().map(inclusion_to_record)),
    ],
)
@given(data=st.data())
def test_a_broken_record_is_read_or_refused(read: Any, records: Any, data: st.DataObject) -> None:
    record = data.draw(drawn.broken(data.draw(records)))
    with suppress(Refused):
        read(record)
