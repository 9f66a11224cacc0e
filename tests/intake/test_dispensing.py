"""An act that dispenses: the same through both doors, found, refused when the list or the hand-over is not what it must be."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mappings.codes import systems
from service.ledger.verify import verify
from service.store import Store, open_store
from tests.dispensing import (
    DELEGATEE,
    DELEGATOR,
    act_record,
    as_transaction,
    pharmacy,
    prescribed_and_dispensed,
    recorded,
)
from tests.house import House, Json, issues

_ACT = f"{systems.IDENTIFIER}act"
_TYPES = ("Procedure", "QuestionnaireResponse", "Observation", "MedicationRequest", "MedicationDispense")


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    return pharmacy(store, tmp_path)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for every request that leaves nothing."""
    folder = tmp_path_factory.mktemp("refusing")
    opened = open_store(f"sqlite:///{folder / 'binome.sqlite'}", test=True)
    yield pharmacy(opened, folder)
    opened.close()


@pytest.fixture(scope="module")
def transaction(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The act as a FHIR client sends it."""
    folder = tmp_path_factory.mktemp("told")
    opened = open_store(f"sqlite:///{folder / 'binome.sqlite'}", test=True)
    told = as_transaction(recorded(pharmacy(opened, folder), prescribed_and_dispensed()))
    opened.close()
    return told


def written(house: House) -> list[Json]:
    """Every resource of the act, its ids replaced by their order."""
    found = [one for type_ in _TYPES for one in house.found(f"{type_}?_count=100")]
    names = {one["id"]: f"{one['resourceType']}-{n}" for n, one in enumerate(found)}
    return [_renamed(one, names) for one in found]


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _renamed(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if isinstance(node, str):
        for id_, name in names.items():
            node = node.replace(id_, name)
    return node


def test_both_doors_give_the_same_resources(house: House, transaction: Json, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}", test=True)
    try:
        twin = pharmacy(other, tmp_path)
        assert house.post("acts", prescribed_and_dispensed()).status_code == 201
        answer = twin.fhir("POST", "/", transaction)
        assert (answer.status_code, {e["response"]["status"] for e in answer.json["entry"]}) == (200, {"201 Created"})
        by_record, by_fhir = written(house), written(twin)
        assert [one["resourceType"] for one in by_record].count("MedicationDispense") == 1
        assert by_record == by_fhir
        assert verify(house.store) == verify(other) == []
    finally:
        other.close()


def test_what_is_dispensed_says_who_did_it_on_whose_behalf_under_what(house: House) -> None:
    made = recorded(house, prescribed_and_dispensed())
    (dispense,), (act,), (order,) = made["MedicationDispense"], made["Procedure"], made["MedicationRequest"]
    assert dispense["partOf"] == [{"reference": f"Procedure/{act['id']}"}]
    assert dispense["authorizingPrescription"] == [{"reference": f"MedicationRequest/{order['id']}"}]
    assert (dispense["status"], dispense["whenHandedOver"]) == ("completed", "2023-10-02T10:22:00+02:00")
    assert dispense["quantity"] == {"value": 1, "unit": "boîte"}
    assert dispense["performer"][0]["actor"]["identifier"]["value"] == DELEGATEE
    assert [one["value"] for one in (order["identifier"][0], dispense["identifier"][0])] == [
        "ACTE-ODYNO-0001.1",
        "ACTE-ODYNO-0001.2",
    ]
    said = {one["url"].rpartition("/")[2]: one for one in dispense["extension"]}
    assert said["delegator"]["valueReference"]["identifier"]["value"] == DELEGATOR
    canonicals = [one["valueCanonical"] for one in dispense["extension"] if "valueCanonical" in one]
    assert canonicals == [
        f"{systems.PLAN_DEFINITION}pc-odynophagie|2023.2",
        f"{systems.ACTIVITY_DEFINITION}odyno-antibiotique-delivrance|2023.2",
    ]
    # The proof of the act covers what it dispensed, in its chain.
    answer = house.fhir("GET", f"/Procedure/{act['id']}/$trace")
    assert dispense["id"] in [entry["resource"]["id"] for entry in answer.json["entry"]]
    assert verify(house.store) == []


#: Each finds the dispensing.
QUERIES = [
    f"identifier={_ACT}|ACTE-ODYNO-0001.2",
    "status=completed",
    "whenhandedover=2023-10-02",
    f"performer:identifier={systems.RPPS}|{DELEGATEE}",
    f"delegator:identifier={systems.RPPS}|{DELEGATOR}",
    "code:text=antibiotique",
    f"protocol={systems.PLAN_DEFINITION}pc-odynophagie",
    f"instantiates-canonical={systems.ACTIVITY_DEFINITION}odyno-antibiotique-delivrance|2023.2",
    f"instantiates-canonical={systems.ACTIVITY_DEFINITION}odyno-antibiotique-delivrance",
    "derogatory=true",
]


def test_it_is_found_by_what_it_says(house: House) -> None:
    made = recorded(house, prescribed_and_dispensed())
    (dispense,), (act,), (order,) = made["MedicationDispense"], made["Procedure"], made["MedicationRequest"]
    patient = dispense["subject"]["reference"]
    pointing = [
        f"subject={patient}",
        f"patient={patient}",
        f"prescription=MedicationRequest/{order['id']}",
        f"part-of=Procedure/{act['id']}",
        f"performer={dispense['performer'][0]['actor']['reference']}",
    ]
    for query in (*QUERIES, *pointing):
        assert [one["id"] for one in house.found(f"MedicationDispense?{query}")] == [dispense["id"]], query
    for query in (
        "status=entered-in-error",
        "whenhandedover=lt2023-10-02",
        f"identifier={_ACT}|ACTE-ODYNO-0001.3",
        f"performer:identifier={systems.RPPS}|{DELEGATOR}",
        f"delegator:identifier={systems.RPPS}|{DELEGATEE}",
        f"instantiates-canonical={systems.ACTIVITY_DEFINITION}odyno-antibiotique|2023.2",
        "derogatory=false",
        "whenprepared=2023",
        "type=x",
        "receiver=Patient/x",
        "destination=Location/x",
        "context=Encounter/x",
        "responsibleparty=PractitionerRole/x",
        "medication=Medication/x",
    ):
        assert house.found(f"MedicationDispense?{query}") == [], query
    assert [one["id"] for one in house.found(f"{patient}/MedicationDispense")] == [dispense["id"]]
    together = house.found(f"Procedure?_id={act['id']}&_revinclude=MedicationDispense:part-of")
    assert {one["id"] for one in together} == {act["id"], dispense["id"]}
    allowed_by = house.found(
        f"MedicationDispense?_id={dispense['id']}&_include=MedicationDispense:instantiates-canonical"
    )
    assert {one["resourceType"] for one in allowed_by} == {"MedicationDispense", "ActivityDefinition", "PlanDefinition"}
    everything = house.found(f"{patient}/$everything?_type=MedicationDispense&start=2023-10-01&end=2023-10-31")
    assert [one["id"] for one in everything] == [dispense["id"]]
    assert house.found(f"{patient}/$everything?_type=MedicationDispense&start=2024-01-01") == []
    (team,) = house.found("CareTeam")
    of_team = house.found(f"CareTeam/{team['id']}/$everything")
    assert dispense["id"] in [one["id"] for one in of_team]


def test_an_act_in_error_takes_what_it_dispensed_with_it(house: House) -> None:
    made = recorded(house, prescribed_and_dispensed())
    (dispense,), (act,) = made["MedicationDispense"], made["Procedure"]
    answer = house.fhir("PUT", f"/Procedure/{act['id']}", act | {"status": "entered-in-error"}, If_Match='W/"1"')
    assert answer.status_code == 200, answer.json
    now = house.fhir("GET", f"/MedicationDispense/{dispense['id']}").json
    assert (now["status"], now["meta"]["versionId"]) == ("entered-in-error", "2")
    assert {**now, "status": "completed", "meta": dispense["meta"]} == dispense
    proof = house.found(f"Provenance?target=MedicationDispense/{dispense['id']}")
    assert [one["activity"]["coding"][0]["code"] for one in proof] == ["NULLIFY"]
    assert verify(house.store) == []


def test_it_is_neither_changed_nor_deleted_nor_added_afterwards(house: House) -> None:
    (dispense,) = recorded(house, act_record())["MedicationDispense"]
    standing = house.standing()
    address = f"/MedicationDispense/{dispense['id']}"
    assert house.fhir("DELETE", address).status_code == 405
    assert house.fhir("PUT", address, dispense | {"quantity": {"value": 9}}).status_code == 400
    late = {key: value for key, value in dispense.items() if key not in ("id", "meta", "identifier")}
    answer = house.fhir("POST", "/MedicationDispense", late)
    assert (answer.status_code, issues(answer)[0][0]) == (422, "business-rule")
    assert [one["details"]["text"] for one in answer.json["issue"]] == [
        "Une délivrance déléguée se transmet avec l’acte (Procedure) qui la fonde."
    ]
    assert house.standing() == standing


def _dispense(bundle: Json) -> Json:
    found: Json = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "MedicationDispense")
    return found


def _with(**elements: Any) -> Callable[[Json], None]:
    return lambda bundle: _dispense(bundle).update(elements)


def _without(element: str) -> Callable[[Json], None]:
    def change(bundle: Json) -> None:
        del _dispense(bundle)[element]

    return change


def _applying(activity: str) -> Callable[[Json], None]:
    def change(bundle: Json) -> None:
        _dispense(bundle)["extension"][-1]["valueCanonical"] = f"{systems.ACTIVITY_DEFINITION}{activity}|2023.2"

    return change


_AT = "MedicationDispense[0]"
REFUSED: dict[str, tuple[Callable[[Json], None], str, str]] = {
    "in preparation": (_with(status="preparation"), "value", f"{_AT}.status"),
    "declined": (_with(status="declined"), "value", f"{_AT}.status"),
    "for another patient": (_with(subject={"reference": "Patient/x"}), "business-rule", f"{_AT}.subject"),
    "by another": (
        _with(performer=[{"actor": {"reference": "PractitionerRole/x"}}]),
        "business-rule",
        f"{_AT}.performer[0].actor",
    ),
    "by nobody": (_without("performer"), "required", f"{_AT}.performer"),
    "on nobody's behalf, under nothing": (
        _without("extension"),
        "required",
        f"{_AT}.extension('instantiates-canonical')",
    ),
    "of nothing": (_with(medicationCodeableConcept={}), "structure", ""),
    "of what has no words": (
        _with(medicationCodeableConcept={"coding": [{"system": "https://example.org/produits", "code": "1"}]}),
        "required",
        f"{_AT}.medication",
    ),
    "none of it": (_with(quantity={"value": 0}), "value", f"{_AT}.quantity.value"),
    "nobody knows when": (_without("whenHandedOver"), "value", f"{_AT}.whenHandedOver"),
    "on a day": (_with(whenHandedOver="2023-10-02"), "value", f"{_AT}.whenHandedOver"),
    "before the act": (
        _with(whenHandedOver="2023-10-02T10:04:59+02:00"),
        "business-rule",
        f"{_AT}.whenHandedOver",
    ),
    "tomorrow": (_with(whenHandedOver="2026-11-21T10:00:00+01:00"), "business-rule", f"{_AT}.whenHandedOver"),
    "what is only prescribed": (
        _applying("odyno-symptomatique"),
        "business-rule",
        f"{_AT}.extension('instantiates-canonical').value",
    ),
    "what no list knows": (
        _applying("odyno-sirop"),
        "business-rule",
        f"{_AT}.extension('instantiates-canonical').value",
    ),
    "for another prescription": (
        _with(authorizingPrescription=[{"reference": "MedicationRequest/x"}]),
        "value",
        ".authorizingPrescription[0].reference",
    ),
    "of no act": (_without("partOf"), "business-rule", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_transaction_is_refused_whole(refusing: House, transaction: Json, name: str) -> None:
    change, code, place = REFUSED[name]
    bundle = deepcopy(transaction)
    change(bundle)
    standing = refusing.standing()
    answer = refusing.fhir("POST", "/", bundle)
    assert answer.status_code in (400, 422), answer.json
    assert any(told == code and at.endswith(place) for told, at in issues(answer)), answer.json
    assert refusing.standing() == standing


@pytest.mark.parametrize(
    ("dispense", "place"),
    [
        ({"activity": "odyno-antibiotique"}, "activity"),
        ({"activity": "odyno-trod"}, "activity"),
        ({"activity": "odyno-sirop"}, "activity"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": "deux"}, "quantity"),
        ({"unit": "boîte", "quantity": None}, "quantity"),
        ({"handed_over": "2023-10-02"}, "handed_over"),
        ({"prescription": 1}, "prescription"),
        ({"lot": "A1"}, "lot"),
    ],
)
def test_a_record_is_refused_whole(refusing: House, dispense: Json, place: str) -> None:
    said = {"activity": "odyno-antibiotique-delivrance"} | dispense
    told = {key: value for key, value in said.items() if value is not None}
    standing = refusing.standing()
    answer = refusing.post("acts", act_record(dispenses=[told]))
    assert answer.status_code in (400, 422)
    assert [at for _, at in issues(answer)] == [f"act.dispenses[0].{place}"]
    assert refusing.standing() == standing


def test_a_record_that_does_not_say_when_says_the_end_of_the_act(house: House) -> None:
    told = act_record(dispenses=[{"activity": "odyno-antibiotique-delivrance"}])
    (dispense,) = recorded(house, told)["MedicationDispense"]
    assert dispense["whenHandedOver"] == told["performed"]["end"]
    assert dispense["medicationCodeableConcept"] == {"text": "Antibiotique"}
    assert not dispense.keys() & {"quantity", "dosageInstruction", "authorizingPrescription"}


def test_what_the_flat_door_does_not_know_is_kept_as_it_was_sent(refusing: House, transaction: Json) -> None:
    """Substitution, category, receiver: nothing here reads them, and nothing is lost."""
    bundle = deepcopy(transaction)
    more = {"substitution": {"wasSubstituted": True}, "daysSupply": {"value": 6, "unit": "jours"}}
    _dispense(bundle).update(more)
    assert refusing.fhir("POST", "/", bundle).status_code == 200
    (kept,) = refusing.found("MedicationDispense")
    assert {key: kept[key] for key in more} == more


def test_it_is_announced(refusing: House) -> None:
    told = {one["type"]: one for one in refusing.fhir("GET", "/metadata").json["rest"][0]["resource"]}
    mine = told["MedicationDispense"]
    assert mine["supportedProfile"] == [f"{systems.PROFILE}binome-delegated-medication-dispense"]
    assert {one["code"] for one in mine["interaction"]}.isdisjoint({"update", "patch", "delete"})
    assert {one["name"] for one in mine["searchParam"]} >= {"whenhandedover", "prescription", "part-of", "receiver"}
    pointing = {
        type_
        for type_, one in told.items()
        if "MedicationDispense:instantiates-canonical" in one.get("searchRevInclude", ())
    }
    # A canonical names a definition, and nothing else.
    assert pointing == {"ActivityDefinition", "PlanDefinition", "Questionnaire"}
    assert "MedicationDispense:part-of" in told["Procedure"]["searchRevInclude"]
