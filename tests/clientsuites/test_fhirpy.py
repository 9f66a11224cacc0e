"""fhirpy, unmodified (https://github.com/beda-software/fhir-py).

Two of its calls are not FHIR R4 and are not made: ``save(fields=…)`` patches with a bare ``application/json``, and
``get_or_create`` puts the condition of a create in the address instead of ``If-None-Exist``.
"""

from typing import Any

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

from conformance.server import DELEGATOR, Server
from tests.clientsuites.claims import LOCAL, Claims, act, patient, reference_of


@pytest.fixture
def client(server: Server) -> SyncFHIRClient:
    return SyncFHIRClient(server.fhir)


def test_create_read_update(client: SyncFHIRClient) -> None:
    created = client.resource("Patient", **patient()).save()
    read = client.get("Patient", created.id)
    assert read["identifier"] == created["identifier"]
    created["active"] = True
    created.save()
    assert created["meta"]["versionId"] == "2"
    assert client.reference("Patient", created.id).to_resource()["active"] is True
    created.refresh()
    assert created["meta"]["versionId"] == "2"


def test_search(client: SyncFHIRClient) -> None:
    patients = client.resources("Patient")
    one = patients.search(identifier=f"{LOCAL}|PAT-0001").get()
    acts = client.resources("Procedure").search(patient=one.to_reference(), date__ge="2026-11-01").sort("-date").fetch()
    assert acts
    assert {each["subject"]["reference"] for each in acts} == {f"Patient/{one.id}"}
    assert patients.search(family="test-personne").first() is None


def test_pages_to_the_end(client: SyncFHIRClient) -> None:
    seen = [each.id for each in client.resources("Patient").limit(2)]
    whole = {each.id for each in client.resources("Patient").limit(200).fetch_all()}
    assert len(seen) == len(set(seen))
    assert set(seen) == whole


def test_what_is_not_there(client: SyncFHIRClient) -> None:
    with pytest.raises(ResourceNotFound):
        client.get("Patient", "nobody")
    with pytest.raises(MultipleResourcesFound):
        client.resources("Patient").get()


def test_a_refusal_is_an_operation_outcome(client: SyncFHIRClient) -> None:
    with pytest.raises(OperationOutcome) as refusal:
        client.resource("Patient", **patient(birthDate="hier")).save()
    assert refusal.value.resource["issue"][0]["expression"] == ["Patient.birthDate"]
    with pytest.raises(OperationOutcome):
        client.resources("Patient").search(shoe_size="44").fetch()


def test_transaction_and_operations(client: SyncFHIRClient, server: Server) -> None:
    told = client.execute("", data=act())
    reference = reference_of(told["entry"][0]["response"]["location"])
    procedure = client.reference(reference=reference).to_resource()
    assert procedure["status"] == "completed"
    assert procedure.execute("$trace", method="get")["type"] == "collection"
    task = client.resources("Task").search(focus=reference, code="acknowledge").get()
    delegator = SyncFHIRClient(server.fhir, authorization=f"Bearer {server.token(DELEGATOR)}")
    comment: dict[str, Any] = {"name": "comment", "valueString": "Vu."}
    closed = delegator.execute(
        f"Task/{task.id}/$acknowledge", data={"resourceType": "Parameters", "parameter": [comment]}
    )
    assert closed["status"] == "completed"


def test_conditional_update(client: SyncFHIRClient, claims: Claims) -> None:
    claims.need(claims.of("Patient").get("conditionalUpdate"))
    sent = patient()
    found = client.resources("Patient").search(identifier=f"{LOCAL}|{sent['identifier'][0]['value']}")
    first, created = found.update(client.resource("Patient", **sent))
    again, repeated = found.update(client.resource("Patient", **sent | {"active": True}))
    assert (created, repeated) == (True, False)
    assert again.id == first.id


def test_delete(client: SyncFHIRClient, claims: Claims) -> None:
    claims.need(claims.interaction("Patient", "delete"))
    created = client.resource("Patient", **patient()).save()
    created.delete()
    with pytest.raises(ResourceNotFound):
        client.get("Patient", created.id)


def test_count_and_includes(server: Server, claims: Claims) -> None:
    claims.need(claims.includes("Procedure", "Procedure:subject"))
    # It counts with a parameter of another server beside the standard ones: a lenient client is answered.
    lenient = SyncFHIRClient(server.fhir, extra_headers={"Prefer": "handling=lenient"})
    assert lenient.resources("Patient").count() >= 6
    bundle = lenient.resources("Procedure").include("Procedure", "subject").fetch_raw()
    assert "Patient" in {entry["resource"]["resourceType"] for entry in bundle["entry"]}
