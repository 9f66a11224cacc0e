"""What may not be dispensed, or not so: refused whole, through either door; what is kept of the rest."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from mappings.codes import systems
from tests.dispensing import act_record, refusing, transaction
from tests.house import House, Json, issues

__all__ = ["refusing", "transaction"]


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


def test_what_the_flat_door_does_not_know_is_kept_as_it_was_sent(refusing: House, transaction: Json) -> None:
    """Substitution, category, receiver: nothing here reads them, and nothing is lost."""
    bundle = deepcopy(transaction)
    more = {"substitution": {"wasSubstituted": True}, "daysSupply": {"value": 6, "unit": "jours"}}
    _dispense(bundle).update(more)
    assert refusing.fhir("POST", "/", bundle).status_code == 200
    (kept,) = refusing.found("MedicationDispense")
    assert {key: kept[key] for key in more} == more
