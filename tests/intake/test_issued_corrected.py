"""What an act prescribed or dispensed, corrected through the FHIR door: changed, added, stopped, never made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.act import IN_ERROR, ISSUED
from service.evidence import evidence_of, report_from
from service.ledger.verify import verify
from service.outbox.envelope import State
from service.store import Store, open_store
from service.versions import documents_of
from tests.dispensing import DELEGATEE, act_record, pharmacy, prescribed_and_dispensed, recorded
from tests.house import House, Json, issues
from tests.intake.correcting import WHY, correct, proofs, reason
from tests.intake.correcting import recorded as ankle

TYPES = ("MedicationRequest", "MedicationDispense")


@pytest.fixture
def both(store: Store, tmp_path: Path) -> House:
    """Over each engine."""
    return pharmacy(store, tmp_path)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}", test=True)
    yield pharmacy(opened, tmp_path)
    opened.close()


def made(house: House) -> tuple[Json, Json, Json]:
    """The act, its prescription, its dispensing."""
    of = recorded(house, prescribed_and_dispensed(identifier=f"ACTE-{house.ids()[:8]}"))
    return of["Procedure"][0], of["MedicationRequest"][0], of["MedicationDispense"][0]


def current(house: House, one: Json) -> Json:
    answer: Json = house.fhir("GET", f"/{one['resourceType']}/{one['id']}").json
    return answer


def transaction(house: House, *sent: Json) -> Any:
    """What has an id is sent again, the rest is new."""
    entries = [
        {
            "resource": one,
            "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}
            if "id" in one
            else {"method": "POST", "url": one["resourceType"]},
        }
        for one in sent
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    return house.fhir("POST", "", bundle, X_Provenance=reason())


def another(one: Json, number: int, **changes: Any) -> Json:
    """As a client would add it to the same act."""
    kept = {key: value for key, value in one.items() if key not in ("id", "meta")}
    value = f"{one['identifier'][0]['value'].rpartition('.')[0]}.{number}"
    return kept | {"identifier": [{"system": f"{systems.IDENTIFIER}act", "value": value}]} | changes


def rows(house: House, act: Json, version: int) -> dict[str, tuple[tuple[str, str], ...]]:
    """The sections of that version of the report."""
    (document, *_) = documents_of(house.store, house.store.envelopes_of(f"Procedure/{act['id']}/_history/{version}"))
    evidence = evidence_of(house.store, act["id"], version)
    report = report_from(evidence, house.composition.catalogue, document)
    return {one.title: one.rows for one in report.sections}


def test_what_was_handed_over_is_told_right(both: House) -> None:
    act, order, dispense = made(both)
    answer = correct(both, dispense | {"quantity": {"value": 2, "unit": "boîte"}}, version=1)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"'), answer.text
    assert current(both, act)["meta"]["versionId"] == "2"
    (proof,) = proofs(both, act, 2)
    assert proof["reason"] == [{"text": WHY}]
    assert [one["reference"] for one in proof["target"]] == [
        f"Procedure/{act['id']}/_history/2",
        f"MedicationDispense/{dispense['id']}/_history/2",
    ]
    revised = [one["what"]["reference"] for one in proof["entity"] if one["role"] == "revision"]
    assert revised == [f"Procedure/{act['id']}/_history/1", f"MedicationDispense/{dispense['id']}/_history/1"]
    sources = {one["what"]["reference"] for one in proof["entity"] if one["role"] == "source"}
    assert f"MedicationRequest/{order['id']}/_history/1" in sources
    ((_, before),), ((_, after),) = (rows(both, act, version)["Délivrances"] for version in (1, 2))
    assert ("Quantité (boîte) : 1" in before, "Quantité (boîte) : 2" in after) == (True, True)
    former, latest = (
        {one.state for one in both.store.envelopes_of(f"Procedure/{act['id']}/_history/{version}")}
        for version in (1, 2)
    )
    assert (former, latest) == ({State.CANCELLED}, {State.QUEUED})
    assert verify(both.store) == []


@pytest.mark.parametrize("status", ISSUED["MedicationRequest"].ended)
def test_what_was_prescribed_is_stopped_and_told_so(house: House, status: str) -> None:
    act, order, dispense = made(house)
    answer = correct(house, order | {"status": status})
    assert (answer.status_code, answer.json["status"]) == (200, status), answer.text
    ((text, words),) = rows(house, act, 2)["Prescriptions"]
    assert (text, words) == ("Antibiotique", "Prescription arrêtée : elle n’est plus à suivre.")
    evidence = evidence_of(house.store, act["id"], 2)
    (document, *_) = documents_of(house.store, house.store.envelopes_of(f"Procedure/{act['id']}/_history/2"))
    sections = report_from(evidence, house.composition.catalogue, document).sections
    assert [one.entries for one in sections if one.title == "Prescriptions"] == [()]
    # It was made, and the dispensing was for it: that stays said.
    assert current(house, dispense) == dispense
    standing = house.standing()
    again = correct(house, current(house, order) | {"status": "active"})
    assert (again.status_code, issues(again)) == (400, [("not-supported", "MedicationRequest.status")])
    assert house.standing() == standing
    assert correct(house, current(house, order) | {"status": "stopped" if status == "cancelled" else IN_ERROR}).json


def test_a_request_is_revoked(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'ankle.sqlite'}", test=True)
    house = House(store, tmp_path, people=1)
    act = ankle(house)
    asked = house.found(f"ServiceRequest?supporting-info=Procedure/{act['id']}")[0]
    standing = house.standing()
    wrong = correct(house, asked | {"status": "stopped"})
    assert wrong.status_code == 422, "no status of a ServiceRequest"
    assert house.standing() == standing
    assert correct(house, asked | {"status": "revoked"}).json["status"] == "revoked"
    told = dict(rows(house, act, 2)["Prescriptions"])
    assert [text for text, words in told.items() if words.startswith("Prescription arrêtée")] == [asked["code"]["text"]]
    store.close()


def test_what_was_never_made_goes_and_stays_in_the_history(both: House) -> None:
    act, order, dispense = made(both)
    answer = transaction(both, dispense | {"status": IN_ERROR}, order | {"status": IN_ERROR})
    assert answer.status_code == 200, answer.text
    assert evidence_of(both.store, act["id"]).issued == ()
    assert {one["resourceType"] for one in evidence_of(both.store, act["id"], 1).issued} == set(TYPES)
    told = rows(both, act, 2)
    assert (told.get("Prescriptions", ()), told.get("Délivrances", ())) == ((), ())
    standing = both.standing()
    for one in (order, dispense):
        again = correct(both, current(both, one) | {"status": one["status"]})
        assert (again.status_code, issues(again)[0][0]) == (400, "not-supported")
    assert both.standing() == standing
    trace = both.fhir("GET", f"/Procedure/{act['id']}/$trace").json
    found = [
        (one["resource"]["resourceType"], one["resource"]["meta"]["versionId"])
        for one in trace["entry"]
        if one["resource"]["resourceType"] in TYPES
    ]
    assert sorted(found) == sorted((type_, version) for type_ in TYPES for version in ("1", "2"))
    assert verify(both.store) == []


def test_what_was_forgotten_is_added_with_the_act_said_again(both: House) -> None:
    act, order, dispense = made(both)
    forgotten = another(order, 3, medicationCodeableConcept={"text": "Autre produit (fictif)"})
    standing = both.standing()
    alone = both.fhir("POST", "/MedicationRequest", forgotten, X_Provenance=reason())
    assert (alone.status_code, issues(alone)[0][0]) == (422, "business-rule"), "not without the act"
    assert both.standing() == standing
    answer = transaction(both, act, forgotten)
    assert answer.status_code == 200, answer.text
    etags = [one["response"]["etag"] for one in answer.json["entry"]]
    assert etags == ['W/"2"', 'W/"1"'], "the act has a new version, though it says what it said"
    assert {text for text, _ in rows(both, act, 2)["Prescriptions"]} == {"Antibiotique", "Autre produit (fictif)"}
    assert [text for text, _ in rows(both, act, 1)["Prescriptions"]] == ["Antibiotique"]
    (proof,) = proofs(both, act, 2)
    (added,) = [one["reference"] for one in proof["target"][1:]]
    assert added.startswith("MedicationRequest/")
    assert added.endswith("/_history/1")
    assert verify(both.store) == []


def test_judged_again(house: House) -> None:
    """What is not on the list cannot be said; what the tree did not allow was done, and the délégant has the patient back."""
    act, order, _ = made(house)
    standing = house.standing()
    listed = order["instantiatesCanonical"]
    unlisted = another(order, 3, instantiatesCanonical=[listed[0], f"{systems.ACTIVITY_DEFINITION}autre|2023.2"])
    refused = transaction(house, act, unlisted)
    assert (refused.status_code, refused.json["issue"][0]["details"]["text"]) == (
        422,
        "Cette prescription n’est pas sur la liste limitative du protocole.",
    )
    assert house.standing() == standing
    negative = recorded(house, _negative("ACTE-NEG-1"))["Procedure"][0]
    assert house.found(f"Task?code=reorient&focus=Procedure/{negative['id']}") == []
    mine = another(order, 1, supportingInformation=[{"reference": f"Procedure/{negative['id']}"}])
    mine["identifier"][0]["value"] = "ACTE-NEG-1.1"
    assert transaction(house, negative, mine).status_code == 200
    (task,) = house.found(f"Task?code=reorient&focus=Procedure/{negative['id']}")
    assert task["reasonCode"]["text"].startswith("Acte corrigé : ")


def _negative(identifier: str) -> Json:
    told = act_record(identifier=identifier)
    told["exam"]["trod-resultat"] = "negatif"
    return {key: value for key, value in told.items() if key != "dispenses"}


def test_nothing_answers_what_was_never_prescribed(house: House) -> None:
    act, order, dispense = made(house)
    standing = house.standing()
    answer = correct(house, order | {"status": IN_ERROR})
    assert answer.status_code == 422
    assert issues(answer) == [("business-rule", "MedicationDispense[0].authorizingPrescription[0]")]
    assert house.standing() == standing
    alone = {key: value for key, value in dispense.items() if key != "authorizingPrescription"}
    assert transaction(house, alone, order | {"status": IN_ERROR}).status_code == 200
    (left,) = evidence_of(house.store, act["id"]).issued
    assert left["resourceType"] == "MedicationDispense"


@pytest.mark.parametrize(
    ("hour", "status"), [("2023-10-02T10:24:00+02:00", 200), ("2023-10-02T10:00:00+02:00", 422), ("2027-01-01T10:00:00+02:00", 422)]
)  # fmt: skip
def test_the_hour_of_the_hand_over(house: House, hour: str, status: int) -> None:
    *_, dispense = made(house)
    answer = correct(house, dispense | {"whenHandedOver": hour})
    assert answer.status_code == status, answer.text


#: Another thing: type, element, what it would be.
FIXED: list[tuple[str, str, Any]] = [
    ("MedicationRequest", "identifier", [{"system": "urn:x", "value": "1"}]),
    ("MedicationRequest", "instantiatesCanonical", ["urn:x"]),
    ("MedicationRequest", "subject", {"reference": "Patient/x"}),
    ("MedicationRequest", "requester", {"reference": "PractitionerRole/x"}),
    ("MedicationRequest", "supportingInformation", [{"reference": "Procedure/x"}]),
    ("MedicationRequest", "intent", "proposal"),
    ("MedicationRequest", "extension('delegator')", [{"url": "urn:x", "valueBoolean": True}]),
    ("MedicationDispense", "partOf", [{"reference": "Procedure/x"}]),
    ("MedicationDispense", "performer", [{"actor": {"reference": "PractitionerRole/x"}}]),
    ("MedicationDispense", "subject", {"reference": "Patient/x"}),
    ("MedicationDispense", "extension('instantiates-canonical')", [{"url": "urn:x", "valueBoolean": True}]),
    ("MedicationDispense", "status", "stopped"),
]


def test_what_would_be_something_else_is_refused(house: House) -> None:
    _, order, dispense = made(house)
    standing = house.standing()
    for type_, element, value in FIXED:
        one = order if type_ == "MedicationRequest" else dispense
        name = element.partition("(")[0]
        answer = correct(house, one | {name: value})
        assert answer.status_code == 400, (type_, element, answer.text)
        assert ("not-supported", f"{type_}.{element}") in issues(answer), (type_, element)
    assert house.standing() == standing


def test_it_follows_the_act_in_error_and_changes_no_more(house: House) -> None:
    act, order, _ = made(house)
    assert correct(house, act | {"status": IN_ERROR}).status_code == 200
    standing = house.standing()
    answer = correct(house, current(house, order) | {"status": "active"})
    assert (answer.status_code, issues(answer)[0][0]) == (400, "not-supported")
    assert house.standing() == standing


def test_by_the_structure_of_the_act_alone(house: House) -> None:
    act, order, dispense = made(house)
    standing = house.standing()
    foreign = f"Bearer {house.composition.issuer.token(DELEGATEE, '750000000')}"
    for one in (order | {"status": "stopped"}, dispense | {"quantity": {"value": 9}}):
        assert correct(house, one, Authorization=foreign).status_code == 403
    # What it may read flat is what it may read by FHIR: here, the patient shares.
    flat = house.app.test_client().get(f"/records/acts/{act['id']}", headers={"Authorization": foreign})
    assert flat.status_code == house.fhir("GET", f"/Procedure/{act['id']}", Authorization=foreign).status_code
    stranger = f"Bearer {house.composition.issuer.token('99900099999')}"
    assert correct(house, order | {"status": "stopped"}, Authorization=stranger).status_code == 403
    assert house.standing() == standing
    own = f"Bearer {house.composition.issuer.token(DELEGATEE, '380999990')}"
    assert correct(house, order | {"status": "stopped"}, Authorization=own).status_code == 200
