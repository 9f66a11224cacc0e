"""fhirclient of SMART Health IT, unmodified (https://github.com/smart-on-fhir/client-py): R4 models, strict both ways."""

import pytest
import requests
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.capabilitystatement import CapabilityStatement
from fhirclient.models.patient import Patient
from fhirclient.models.procedure import Procedure
from fhirclient.models.task import Task
from fhirclient.server import FHIRNotFoundException, FHIRServer

from conformance.server import Server
from tests.clientsuites.claims import LOCAL, Claims, act, patient, reference_of


@pytest.fixture(scope="module")
def smart(server: Server) -> FHIRServer:
    client = FHIRClient(settings={"app_id": "conformance", "api_base": server.fhir})
    # It reads the CapabilityStatement and finds no authorisation to ask for.
    assert client.prepare()
    return client.server


def test_capability_statement(smart: FHIRServer) -> None:
    statement = smart.capabilityStatement
    assert isinstance(statement, CapabilityStatement)
    assert statement.fhirVersion == "4.0.1"


def test_create_read_update(smart: FHIRServer) -> None:
    answer = Patient(patient()).create(smart)
    created = Patient(answer)
    read = Patient.read(created.id, smart)
    assert read.as_json() == created.as_json()
    read.active = True
    read.update(smart)
    assert Patient.read(created.id, smart).meta.versionId == "2"
    history = Bundle.read_from(f"Patient/{created.id}/_history", smart)
    assert [entry.resource.meta.versionId for entry in history.entry] == ["2", "1"]


def test_every_resource_is_read_strictly(smart: FHIRServer, claims: Claims) -> None:
    for type_ in claims.types():
        bundle = Bundle.read_from(f"{type_}?_count=100", smart)
        assert [entry.resource.resource_type for entry in bundle.entry or () if entry.search.mode == "match"] == [
            type_ for entry in bundle.entry or () if entry.search.mode == "match"
        ]


def test_search(smart: FHIRServer) -> None:
    (one,) = Patient.where(struct={"identifier": f"{LOCAL}|PAT-0001"}).perform_resources_iter(smart)
    acts = list(
        Procedure.where(struct={"patient": f"Patient/{one.id}", "date": "ge2026-11-01"}).perform_resources_iter(smart)
    )
    assert {each.subject.reference for each in acts} == {f"Patient/{one.id}"}


def test_pages_to_the_end(smart: FHIRServer) -> None:
    pages = list(Patient.where(struct={"_count": "2"}).perform_iter(smart))
    seen = [entry.resource.id for page in pages for entry in page.entry]
    assert len(pages) >= 3
    assert len(seen) == len(set(seen))


def test_reference_is_followed(smart: FHIRServer) -> None:
    procedure = next(Procedure.where(struct={"_count": "1"}).perform_resources_iter(smart))
    procedure.origin_server = smart
    assert procedure.subject.resolved(Patient).id == procedure.subject.reference.partition("/")[2]


def test_transaction_at_the_base(smart: FHIRServer) -> None:
    sent = Bundle(act())
    told = Bundle(smart.post_json("", sent.as_json()).json())
    assert told.type == "transaction-response"
    reference = reference_of(told.entry[0].response.location)
    (task,) = Task.where(struct={"focus": reference, "code": "acknowledge"}).perform_resources_iter(smart)
    assert task.status == "requested"


def test_transaction_by_the_bundle_itself(smart: FHIRServer) -> None:
    told = Bundle(act()).create(smart)
    assert told["type"] == "transaction-response"


def test_what_is_not_there(smart: FHIRServer) -> None:
    with pytest.raises(FHIRNotFoundException):
        Patient.read("nobody", smart)


def test_a_refusal_tells_why(smart: FHIRServer) -> None:
    # No birth date: FHIR would have it so, a patient of this service does not.
    sent = Patient(patient())
    sent.birthDate = None
    with pytest.raises(requests.HTTPError) as refusal:
        sent.create(smart)
    told = refusal.value.response
    assert told.status_code == 422
    assert "Patient.birthDate" in told.json()["issue"][0]["expression"]


def test_delete(smart: FHIRServer, claims: Claims) -> None:
    claims.need(claims.interaction("Patient", "delete"))
    created = Patient(Patient(patient()).create(smart))
    created.origin_server = smart
    created.delete()
    with pytest.raises(requests.HTTPError) as gone:
        Patient.read(created.id, smart)
    assert gone.value.response.status_code == 410
