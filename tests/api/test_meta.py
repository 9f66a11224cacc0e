"""$meta of a resource, of a version, of a type and of the server; labels are not changed without a version."""

from typing import Any

import pytest

from mappings.fhir.json import dump, parse
from mappings.fhir.search import PARAMETERS
from mappings.fhir.structure import check
from service import metas
from service.store.unit import Unit, Write
from tests.doors import NOW, House, act, outcome

Json = dict[str, Any]
PROFILE = "https://binome.example/fhir/StructureDefinition/binome-inclusion"


def told(house: House, address: str) -> Json:
    """The Meta that is answered, by GET and by POST alike."""
    answer = house.client.get(f"/fhir/{address}")
    assert answer.status_code == 200, answer.text
    parameters = parse(answer.data)
    assert check(parameters) == []
    assert house.client.post(f"/fhir/{address}").data == answer.data
    (parameter,) = parameters["parameter"]
    assert parameter["name"] == "return"
    meta: Json = parameter["valueMeta"]
    return meta


def plan(house: House) -> Json:
    entry, *_ = parse(house.client.get("/fhir/CarePlan").data)["entry"]
    resource: Json = entry["resource"]
    return resource


def labelled(house: House, id_: str, meta: Json, type_: str = "Device", version: int = 1) -> None:
    body = dump({"resourceType": type_, "id": id_, "meta": meta})
    house.store.commit(
        Unit(chain="common", recorded=NOW, writes=(Write(type=type_, id=id_, version=version, body=body),))
    )


def test_of_a_resource_and_of_a_version(shared: House) -> None:
    resource = plan(shared)
    assert told(shared, f"CarePlan/{resource['id']}/$meta") == resource["meta"]
    assert told(shared, f"CarePlan/{resource['id']}/_history/1/$meta") == resource["meta"]
    outcome(shared.client.get("/fhir/CarePlan/none/$meta"), 404)
    outcome(shared.client.get(f"/fhir/CarePlan/{resource['id']}/_history/9/$meta"), 404)


def test_of_a_type_and_of_the_server_what_is_in_use(house: House) -> None:
    assert told(house, "CarePlan/$meta") == {"profile": [PROFILE]}
    assert parse(house.client.get("/fhir/Procedure/$meta").data) == {"resourceType": "Parameters"}
    assert house.client.post("/records/acts", json=act()).status_code == 201
    whole = told(house, "$meta")
    assert {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"} in whole["security"]
    assert told(house, "Procedure/$meta")["profile"]
    assert len(whole["profile"]) == len(set(whole["profile"])) > 5
    assert told(house, "CarePlan/$meta") == {"profile": [PROFILE]}
    assert parse(house.client.get("/fhir/Communication/$meta").data) == {"resourceType": "Parameters"}


def test_labels_are_found_wherever_they_stand(house: House) -> None:
    far = [{"system": "urn:far", "code": str(n)} for n in range(50)]
    labelled(house, "far", {"tag": far})
    labelled(house, "near", {"tag": [{"system": "urn:near", "code": "é"}]})
    labelled(house, "near", {"tag": [{"system": "urn:near", "code": "2"}]}, version=2)
    body = b'{"meta":{"tag":[{"code":"odd"}]},"id":"odd","resourceType":"Device"}'
    house.store.commit(
        Unit(chain="common", recorded=NOW, writes=(Write(type="Device", id="odd", version=1, body=body),))
    )
    tags = told(house, "Device/$meta")["tag"]
    assert sorted((tag.get("system", ""), tag["code"]) for tag in tags) == sorted(
        [*((tag["system"], tag["code"]) for tag in far), ("urn:near", "é"), ("urn:near", "2"), ("", "odd")]
    )
    labelled(house, "new", {"tag": [{"system": "urn:new", "code": "1"}]})
    assert {"system": "urn:new", "code": "1"} in told(house, "Device/$meta")["tag"]


def test_too_many_labels_are_no_vocabulary(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metas, "_MOST", 20)
    labelled(house, "many", {"tag": [{"code": str(n)} for n in range(20)]})
    outcome(house.client.get("/fhir/$meta"), 413)
    assert told(house, "CarePlan/$meta")


def test_what_was_deleted_has_none(house: House) -> None:
    resource = plan(house)
    gone = Write(type="CarePlan", id=resource["id"], version=2, body=b"")
    house.store.commit(Unit(chain="common", recorded=NOW, writes=(gone,)))
    outcome(house.client.get(f"/fhir/CarePlan/{resource['id']}/$meta"), 410)
    assert told(house, f"CarePlan/{resource['id']}/_history/1/$meta") == resource["meta"]


@pytest.mark.parametrize("operation", ["$meta-add", "$meta-delete"])
def test_labels_do_not_change_without_a_version(shared: House, operation: str) -> None:
    before, resource = shared.state(), plan(shared)
    answer = shared.client.post(f"/fhir/CarePlan/{resource['id']}/{operation}", data=b"{}")
    assert "mise à jour" in answer.text
    outcome(answer, 400)
    assert shared.state() == before


def test_every_type_kept_has_its_meta(shared: House) -> None:
    for type_ in PARAMETERS:
        assert shared.client.get(f"/fhir/{type_}/$meta").status_code == 200
