"""An act entered in error: its status alone changes, and all that fell with it is in the same commit."""

import copy
from typing import Any

import pytest

from service.ledger.verify import verify
from service.outbox.envelope import State
from tests.house import House, Json, act_bundle, act_record, issues

_BELONGINGS = ("QuestionnaireResponse", "Observation", "ServiceRequest")


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


def test_all_that_falls_with_an_act_is_one_commit(house: House) -> None:
    act = recorded(house)
    before = house.standing()
    answer = told(house, act)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"'), answer.text
    assert answer.json == act | {"status": "entered-in-error", "meta": answer.json["meta"]}
    for type_ in _BELONGINGS:
        assert {(one["status"], one["meta"]["versionId"]) for one in house.found(type_)} == {("entered-in-error", "2")}
    (task,) = house.found("Task")
    assert (task["status"], task["statusReason"]["text"]) == ("cancelled", "Acte annulé : saisi par erreur.")
    assert states(house, act) == {State.CANCELLED}
    after = house.standing()
    added = {type_: after["resources"][type_] - before["resources"][type_] for type_ in after["resources"]}
    assert {type_: n for type_, n in added.items() if n} == {"Provenance": 1, "AuditEvent": 1}
    # Seven new versions, the proof, the event and three cancellations, in one unit of the structure's chain.
    (chain,) = (one for one in before["chains"] if before["chains"][one] != after["chains"][one])
    links = list(house.store.links(chain, before["chains"][chain].sequence + 1))
    assert len({one.recorded for one in links}) == 1
    written = [one.reference.split("/")[0] for one in links]
    assert written[0] == "Procedure"
    assert written.count("attempt") == 3
    assert verify(house.store) == []
