"""Acts on record that are told to be in error, and what must be so afterwards."""

from typing import Any

from service.ledger.verify import verify
from service.outbox.envelope import State
from tests.house import House, Json, act_record

BELONGINGS = ("QuestionnaireResponse", "Observation", "ServiceRequest")


def recorded(house: House, identifier: str = "ACTE-0001", **changes: Any) -> Json:
    """An act on record, as stored."""
    answer = house.post("acts", act_record(identifier=identifier, **changes))
    assert answer.status_code == 201, answer.json
    act: Json = house.fhir("GET", f"/{answer.json['act']}").json
    return act


def told(house: House, act: Json, version: int = 1, **changes: Any) -> Any:
    """The act sent again, in error."""
    body = {**act, "status": "entered-in-error", **changes}
    return house.fhir("PUT", f"/Procedure/{act['id']}", body, If_Match=f'W/"{version}"')


def states(house: House, act: Json) -> set[State]:
    return {one.state for one in house.store.envelopes_of(f"Procedure/{act['id']}/_history/1")}


def assert_in_error(house: House, act: Json) -> None:
    """All of it, once, and proved."""
    for type_, param in (("Procedure", "_id"), *((one, "part-of") for one in BELONGINGS[:2])):
        found = house.found(f"{type_}?{param}={act['id'] if param == '_id' else 'Procedure/' + act['id']}")
        assert {(one["status"], one["meta"]["versionId"]) for one in found} == {("entered-in-error", "2")}, type_
    for task in house.found(f"Task?focus=Procedure/{act['id']}"):
        assert (task["status"], task["statusReason"]["text"]) == ("cancelled", "Acte annulé : saisi par erreur.")
    assert states(house, act) == {State.CANCELLED}
    assert verify(house.store) == []


def fhirpath_patch() -> Json:
    return {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Procedure.status"},
                    {"name": "value", "valueCode": "entered-in-error"},
                ],
            }
        ],
    }
