import copy
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from mappings.elements import Json
from mappings.fhir import json, structure
from mappings.fhir.definitions import definition
from mappings.fhir.xml import resource_from_xml, resource_to_xml
from mappings.issues import Refused
from tests.mappings.fhir.mutations import GOOD, mutant

HEAD = b'<Patient xmlns="http://hl7.org/fhir">'


def faults(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        resource_from_xml(body)
    return [(issue.code, issue.expression) for issue in refused.value.issues]


@pytest.mark.parametrize("name", GOOD)
def test_json_to_xml_and_back(name: str) -> None:
    assert resource_from_xml(resource_to_xml(GOOD[name])) == GOOD[name]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutant())
def test_whatever_passes_the_check_survives_xml(resource: Json) -> None:
    if not structure.check(resource):
        assert resource_from_xml(resource_to_xml(resource)) == resource


@pytest.mark.parametrize("name", GOOD)
def test_elements_stand_in_the_order_of_the_table(name: str) -> None:
    backwards = dict(reversed(GOOD[name].items()))
    root = etree.fromstring(resource_to_xml(backwards))
    order = list(definition(name).elements)
    places = [order.index(etree.QName(child).localname) for child in root]
    assert places == sorted(places)


def test_shape() -> None:
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "extension": [{"id": "e", "url": "http://e", "valueDecimal": Decimal("72.50")}],
        "name": [
            {"given": ["A", None], "_given": [{"id": "g"}, {"extension": [{"url": "http://x", "valueBoolean": True}]}]}
        ],
    }
    assert resource_to_xml(patient).split(b"\n", 1)[1] == (
        b'<Patient xmlns="http://hl7.org/fhir"><id value="p"/>'
        b'<extension id="e" url="http://e"><valueDecimal value="72.50"/></extension>'
        b'<name><given value="A" id="g"/><given><extension url="http://x"><valueBoolean value="true"/></extension></given>'
        b"</name></Patient>"
    )


@pytest.mark.parametrize("text", ["72.50", "1.0e2", "0.0000001", "12"])
def test_decimals_keep_their_text(text: str) -> None:
    quantity = json.parse(b'{"resourceType":"Observation","valueQuantity":{"value":%s}}' % text.encode())
    again = resource_from_xml(resource_to_xml(quantity))
    assert json.dump(again) == json.dump(quantity)


def test_line_breaks_survive_in_attributes() -> None:
    procedure = copy.deepcopy(GOOD["Procedure"])
    procedure["note"][0]["text"] = "une\nligne\r\n\tl’autre « 10\u00a0% »"
    assert resource_from_xml(resource_to_xml(procedure)) == procedure


def test_narrative_takes_the_default_namespace() -> None:
    body = (
        b'<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text>'
        b'<f:status value="generated"/><h:div><h:p class="a">x<h:br/>y</h:p><!--n--></h:div></f:text></f:Patient>'
    )
    patient = resource_from_xml(body)
    assert patient["text"]["div"] == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">x<br/>y</p><!--n--></div>'
    )
    assert structure.check(patient) == []


def test_a_value_of_the_wrong_format_is_left_to_the_check() -> None:
    patient = resource_from_xml(HEAD + b'<active value="yes"/><birthDate value="hier"/></Patient>')
    assert [i.expression for i in structure.check(patient)] == ["Patient.active", "Patient.birthDate"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<Patient/>", [("structure", "Patient")]),
        (b'<Nothing xmlns="http://hl7.org/fhir"/>', [("not-supported", "Nothing")]),
        (HEAD + b'<unknown value="x"/></Patient>', [("structure", "Patient.unknown")]),
        (HEAD + b'<gender xmlns="urn:x" value="male"/></Patient>', [("structure", "Patient.gender")]),
        (HEAD + b'<birthDate value="1960"/><gender value="male"/></Patient>', [("structure", "Patient.gender")]),
        (HEAD + b'<gender value="male"/><gender value="male"/></Patient>', [("structure", "Patient.gender")]),
        (HEAD + b"<gender/></Patient>", [("structure", "Patient.gender")]),
        (HEAD + b"<gender>male</gender></Patient>", [("structure", "Patient.gender")] * 2),
        (HEAD + b'<gender value="male" other="x"/></Patient>', [("structure", "Patient.gender")]),
        (HEAD + b'<name value="x"><family value="y"/></name></Patient>', [("structure", "Patient.name[0]")]),
        (HEAD + b"<contained/></Patient>", [("structure", "Patient.contained[0]")]),
        (HEAD + b"<contained><Basic/><Basic/></contained></Patient>", [("structure", "Patient.contained[0]")]),
        (HEAD + b"texte</Patient>", [("structure", "Patient")]),
        (HEAD + b"<text><div>x</div></text></Patient>", [("structure", "Patient.text.div")]),
        (
            HEAD + b'<name><prefix value="a"/><family value="b"/><x/></name><y/></Patient>',
            [("structure", "Patient.name[0].family"), ("structure", "Patient.name[0].x"), ("structure", "Patient.y")],
        ),
    ],
)
def test_refused(body: bytes, expected: list[tuple[str, str]]) -> None:
    assert faults(body) == expected


def test_where_a_schema_lies_is_not_kept() -> None:
    body = b'<Patient xmlns="http://hl7.org/fhir" xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="a b"/>'
    assert resource_from_xml(body) == {"resourceType": "Patient"}
