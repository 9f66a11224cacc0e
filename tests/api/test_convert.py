"""$convert: JSON to XML and back, nothing stored (R4 4.0.1, resource-operation-convert.html)."""

from typing import Any

import pytest

from mappings.fhir.json import dump, parse
from mappings.fhir.xml import resource_from_xml, resource_to_xml
from tests.doors import House, expressions, outcome

JSON, XML = "application/fhir+json", "application/fhir+xml"
#: Of a type that is not kept here; its decimal has a digit to lose.
SLOT: dict[str, Any] = parse(
    b'{"resourceType":"RiskAssessment","id":"x","status":"final","subject":{"display":"TEST"},'
    b'"prediction":[{"probabilityDecimal":0.10,"rationale":"\xc3\xa9"}]}'
)


def test_into_the_other_format_when_none_is_asked(shared: House) -> None:
    before = shared.state()
    made = shared.client.post("/fhir/$convert", data=dump(SLOT), content_type=JSON)
    assert (made.status_code, made.mimetype) == (200, XML)
    assert b'value="0.10"' in made.data
    back = shared.client.post("/fhir/$convert", data=made.data, content_type=XML, headers={"Accept": "*/*"})
    assert (back.status_code, back.mimetype) == (200, JSON)
    assert back.data == dump(SLOT)
    assert shared.state() == before


@pytest.mark.parametrize(("accept", "query", "kind"), [(JSON, "", JSON), (XML, "", XML), (JSON, "?_format=xml", XML)])
def test_into_the_format_that_is_asked(shared: House, accept: str, query: str, kind: str) -> None:
    for sent, content_type in ((dump(SLOT), JSON), (resource_to_xml(SLOT), XML)):
        made = shared.client.post(
            f"/fhir/$convert{query}", data=sent, content_type=content_type, headers={"Accept": accept}
        )
        assert made.mimetype == kind
        assert (parse if kind == JSON else resource_from_xml)(made.data) == SLOT


def test_what_is_no_resource_is_not_converted(shared: House) -> None:
    told = outcome(shared.client.post("/fhir/$convert", data=dump(SLOT | {"status": 5}), content_type=JSON), 400)
    assert expressions(told) == ["RiskAssessment.status"]
    outcome(shared.client.post("/fhir/$convert", data=b"{", content_type=JSON), 400)
    outcome(shared.client.post("/fhir/$convert", data=b"{}", content_type="text/plain"), 415)
    outcome(shared.client.get("/fhir/$convert"), 405)
