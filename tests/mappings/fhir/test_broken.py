"""Whatever comes in, a reading is made or refused: nothing else happens."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.care_plan import inclusion_from_fhir, inclusion_to_fhir
from mappings.fhir.care_team import team_from_fhir, team_to_fhir
from mappings.fhir.consent import consent_from_fhir, consent_to_fhir, sharing_from_fhir, sharing_to_fhir
from mappings.fhir.organization import organization_from_fhir, organization_to_fhir
from mappings.fhir.patient import patient_from_fhir, patient_to_fhir
from mappings.fhir.practitioner import practitioner_from_fhir, practitioner_to_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir, enrolment_to_fhir
from mappings.issues import Refused
from tests.mappings import cooperation_strategies as drawn


@st.composite
def sharing_resources(draw: st.DrawFn) -> dict[str, Any]:
    return sharing_to_fhir(draw(drawn.sharings()), decided_at=draw(drawn.instants), organization_id="cpts1")


@st.composite
def enrolment_resources(draw: st.DrawFn) -> dict[str, Any]:
    enrolment = draw(drawn.enrolments())
    named = (*enrolment.delegator_ids, *enrolment.substitute_ids)
    return enrolment_to_fhir(enrolment, delegator_rpps=dict.fromkeys(named, "99900002017"))


def inclusion_resource(inclusion: Any) -> dict[str, Any]:
    return inclusion_to_fhir(inclusion, delegatee_rpps="99900001019", delegator_rpps="99900002017")


@pytest.mark.parametrize(
    ("read", "resources"),
    [
        (patient_from_fhir, drawn.patients().map(patient_to_fhir)),
        (practitioner_from_fhir, drawn.practitioners().map(practitioner_to_fhir)),
        (organization_from_fhir, drawn.organizations().map(organization_to_fhir)),
        (enrolment_from_fhir, enrolment_resources()),
        (team_from_fhir, drawn.teams().map(team_to_fhir)),
        (consent_from_fhir, drawn.consents().map(consent_to_fhir)),
        (sharing_from_fhir, sharing_resources()),
        (inclusion_from_fhir, drawn.inclusions().map(inclusion_resource)),
    ],
)
@given(data=st.data())
def test_a_broken_resource_is_read_or_refused(read: Any, resources: Any, data: st.DataObject) -> None:
    resource = data.draw(drawn.broken(data.draw(resources)))
    with suppress(Refused):
        read(resource)
