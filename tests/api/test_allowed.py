"""What an address takes is what it says that it takes: ``Allow``, of OPTIONS and of every 405 (RFC 9110, 10.2.1)."""

import pytest

from mappings.fhir.json import dump, parse
from mappings.fhir.search import PARAMETERS
from tests.api.test_interactions import JSON
from tests.doors import House

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
SHAPES = ["", "/id", "/id/_history", "/id/_history/1", "/_history", "/_search"]


@pytest.mark.parametrize("type_", PARAMETERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_method_is_taken_where_it_is_said_to_be_and_nowhere_else(
    shared_acted: House, type_: str, shape: str
) -> None:
    found = parse(shared_acted.client.get(f"/fhir/{type_}?_count=1").data).get("entry")
    id_ = found[0]["resource"]["id"] if found else "personne"
    url = f"/fhir/{type_}{shape.replace('/id', f'/{id_}')}"
    options = shared_acted.client.options(url)
    allowed = set(options.headers["Allow"].split(", "))
    assert {"OPTIONS"} < allowed <= METHODS
    # A body that is never right: what is refused for its sake is refused by a method that is taken.
    body = dump({"resourceType": "Parameters", "id": "x"})
    for method in sorted(METHODS):
        answer = shared_acted.client.open(url, method=method, data=body, content_type=JSON)
        assert (answer.status_code != 405) == (method in allowed), (method, answer.text)
        if answer.status_code == 405:
            assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("method", "url", "sentence"),
    [
        ("POST", "Provenance", "Une ressource Provenance ne peut pas être créée par un client"),
        ("PUT", "AuditEvent/x", "Une ressource AuditEvent ne peut pas être modifiée par un client"),
        ("DELETE", "Task/x", "Une ressource Task ne peut pas être supprimée par un client"),
        ("DELETE", "Procedure/x", "entered-in-error"),
    ],
)
def test_why_a_type_does_not_take_a_method_is_said(shared: House, method: str, url: str, sentence: str) -> None:
    answer = shared.client.open(f"/fhir/{url}", method=method)
    assert answer.status_code == 405
    assert sentence in parse(answer.data)["issue"][0]["details"]["text"]
