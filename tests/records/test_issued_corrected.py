"""What an act issued, told anew through the flat door: the record reads back as the last one given, each version as its own."""

import copy
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.fhir.act import BELONGINGS, IN_ERROR, ISSUED, act_from_fhir
from mappings.fhir.json import parse
from service.evidence import evidence_of
from service.finding import found
from service.ledger.verify import verify
from service.store import Store
from tests.dispensing import DISPENSE, act_record, pharmacy
from tests.house import House, Json, issues
from tests.records.test_correction import put
from tests.stores import EMBEDDED, database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:  # the imported fixture
    return pharmacy(store, tmp_path)


def read(house: House, id_: str) -> Any:
    return house.app.test_client().get(f"/records/acts/{id_}")


def prescription(activity: str, **said: Any) -> Json:
    return {"activity": activity} | {key: value for key, value in said.items() if value}


_HOURS = ("2023-10-02T10:20:00+02:00", "2023-10-02T10:22:00+02:00")
_PRESCRIPTIONS = st.lists(
    st.builds(
        prescription,
        st.sampled_from(["odyno-antibiotique", "odyno-symptomatique"]),
        text=st.sampled_from(["Produit A (fictif)", "Produit B (fictif)"]),
        instructions=st.sampled_from(["", "Le soir."]),
        status=st.sampled_from(["active", "active", "stopped"]),
    ),
    max_size=3,
)


@st.composite
def _issued(draw: st.DrawFn) -> Json:
    prescriptions = draw(_PRESCRIPTIONS)
    dispenses = []
    for _ in range(draw(st.integers(0, 2))):
        said: Json = {
            "activity": DISPENSE,
            "text": draw(st.sampled_from(["Produit A (fictif)", "Produit C (fictif)"])),
            "quantity": draw(st.sampled_from([1, 2])),
            "handed_over": draw(st.sampled_from(_HOURS)),
        }
        rank = draw(st.integers(0, len(prescriptions)))
        dispenses.append(said | ({"prescription": rank} if rank else {}))
    conclusion = draw(st.sampled_from(["Une conclusion.", "Une autre."]))
    return {"prescriptions": prescriptions, "dispenses": dispenses, "conclusion": conclusion}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(_issued(), min_size=2, max_size=5), twice=st.booleans())
def test_after_any_corrections_the_record_is_the_last_one_given(house: House, told: list[Json], twice: bool) -> None:
    """And each version of the act still says what its own record said; nothing is left that no act has."""
    first, *later = (act_record(identifier="ACTE-" + house.ids()[:8], **issued) for issued in told)
    answer = house.post("acts", first)
    assert answer.status_code == 201, answer.text
    id_, given_ = answer.json["act"].partition("/")[2], [first]
    for one in later:
        record = one | {"identifier": first["identifier"]}
        said = _said(record) != _said(given_[-1])
        answer = put(house, id_, record, If_Match=f'W/"{len(given_)}"')
        assert answer.status_code == 200, answer.text
        given_ += [record] if said else []
        assert answer.headers["ETag"] == f'W/"{len(given_)}"', (
            "a version when, and only when, something is said otherwise"
        )
        if twice:
            assert put(house, id_, record).headers["ETag"] == answer.headers["ETag"]
    back = read(house, id_)
    assert (back.status_code, back.headers["ETag"]) == (200, f'W/"{len(given_)}"')
    assert _said(back.json) == _said(given_[-1])
    assert put(house, id_, back.json).headers["ETag"] == back.headers["ETag"], "read and sent again, it changes nothing"
    for version, record in enumerate(given_, 1):
        assert _proved(house, id_, version) == _issued_by(record)
    _nothing_orphaned(house, id_)
    assert verify(house.store) == []


def _said(record: Json) -> Json:
    """What a record says; of what is not told the default, of what was issued the order apart."""
    rest = {k: v for k, v in record.items() if k not in ("prescriptions", "dispenses", "status")}
    return json.loads(json.dumps(rest, default=str)) | {"issued": _issued_by(record)}


def _issued_by(record: Json) -> Counter[Any]:
    orders = [_order(one) for one in record.get("prescriptions", ())]
    handed = (
        (
            one["activity"],
            one["text"],
            Decimal(str(one["quantity"])),
            one["handed_over"],
            orders[one["prescription"] - 1] if "prescription" in one else None,
        )
        for one in record.get("dispenses", ())
    )
    return Counter([*orders, *handed])


def _order(one: Json) -> tuple[Any, ...]:
    return one["activity"], one["text"], one.get("instructions", ""), one.get("status", "active")


def _proved(house: House, id_: str, version: int) -> Counter[Any]:
    """The same of one version of the act, by what its own proof names."""
    evidence = evidence_of(house.store, id_, version)
    act = act_from_fhir(evidence.procedure, evidence.responses, evidence.observations, evidence.issued)
    orders = {
        one.id: (_activity(one.activity), one.text, one.instructions, "stopped" if one.stopped else "active")
        for one in act.prescriptions
    }
    handed = [
        (
            _activity(one.activity),
            one.text,
            one.quantity,
            one.handed_over.isoformat(),
            orders[one.prescriptions[0]] if one.prescriptions else None,
        )
        for one in act.dispenses
    ]
    return Counter([*orders.values(), *handed])


def _activity(canonical: str) -> str:
    return canonical.rpartition("/")[2].partition("|")[0]


def _nothing_orphaned(house: House, id_: str) -> None:
    """All that ever belonged to the act is in force or in error; what is dispensed answers what is in force; no number twice."""
    parts = [
        parse(one.body)
        for type_, param in BELONGINGS.items()
        for one in found(house.store, type_, [(param, "Procedure", id_)])
    ]
    current = evidence_of(house.store, id_)
    in_force = {(one["resourceType"], one["id"]) for one in current.told[1:]}
    assert {(one["resourceType"], one["id"]) for one in parts if one["status"] != IN_ERROR} == in_force
    answered = {
        reference["reference"].split("/")[1]
        for one in current.issued
        for reference in one.get("authorizingPrescription", ())
    }
    assert answered <= {name for type_, name in in_force if type_ == "MedicationRequest"}
    numbers = [one["identifier"][0]["value"] for one in parts if one["resourceType"] in ISSUED]
    assert len(set(numbers)) == len(numbers)


@EMBEDDED
def test_what_a_client_said_besides_of_what_was_issued_stays(house: House) -> None:
    record = act_record()
    id_ = house.post("acts", record).json["act"].partition("/")[2]
    (dispense,) = house.found(f"MedicationDispense?part-of=Procedure/{id_}")
    said = '{"resourceType":"Provenance","reason":[{"text":"Lot."}]}'
    besides = dispense | {"note": [{"text": "Lot L1."}], "quantity": {"value": 1, "unit": "boîte", "code": "BX"}}
    assert house.fhir("PUT", f"/MedicationDispense/{dispense['id']}", besides, X_Provenance=said).status_code == 200
    told = copy.deepcopy(record)
    told["dispenses"][0]["text"] = "Autre produit (fictif)"
    assert put(house, id_, told).status_code == 200
    now = house.fhir("GET", f"/MedicationDispense/{dispense['id']}").json
    assert (now["note"], now["quantity"]["code"]) == ([{"text": "Lot L1."}], "BX")
    assert now["medicationCodeableConcept"] == {"text": "Autre produit (fictif)"}


@EMBEDDED
def test_an_answer_not_known_is_told_so_and_sent_again_changes_nothing(house: House) -> None:
    record = act_record()
    id_ = house.post("acts", record).json["act"].partition("/")[2]
    record["exam"]["adenopathies"] = None
    assert put(house, id_, record).headers["ETag"] == 'W/"2"'
    back = read(house, id_)
    assert back.json["exam"]["adenopathies"] is None
    for same in (record, back.json):
        assert put(house, id_, same).headers["ETag"] == 'W/"2"'


@EMBEDDED
def test_what_is_not_on_the_list_is_not_added(house: House) -> None:
    record = act_record()
    id_ = house.post("acts", record).json["act"].partition("/")[2]
    standing = house.standing()
    answer = put(house, id_, record | {"prescriptions": [{"activity": "autre"}]})
    assert issues(answer) == [("business-rule", "act.prescriptions[0].activity")]
    assert put(house, id_, record | {"prescriptions": [{"activity": DISPENSE}]}).status_code == 422
    assert house.standing() == standing


@EMBEDDED
def test_of_two_who_add_at_once_none_adds_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tells the whole act without having seen a version is told against the one in force."""
    record = act_record()
    id_ = house.post("acts", record).json["act"].partition("/")[2]
    told = record | {"prescriptions": [{"activity": "odyno-symptomatique"}]}
    commit, left = Store.commit, [1]

    def overtaken(store: Store, unit: Any) -> Any:
        if left and any(write.type == "MedicationRequest" for write in unit.writes):
            left.clear()
            assert put(house, id_, told).status_code == 200
        return commit(store, unit)

    monkeypatch.setattr(Store, "commit", overtaken)
    answer = put(house, id_, told)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"'), answer.text
    assert len(house.found(f"MedicationRequest?supporting-info=Procedure/{id_}")) == 1


@EMBEDDED
def test_what_cannot_be_read_back(house: House) -> None:
    id_ = house.post("acts", act_record()).json["act"].partition("/")[2]
    assert issues(read(house, "unknown"))[0][0] == "not-found"
    act = house.fhir("GET", f"/Procedure/{id_}").json
    assert house.fhir("PUT", f"/Procedure/{id_}", act | {"status": IN_ERROR}).status_code == 200
    assert issues(read(house, id_))[0][0] == "not-supported"
