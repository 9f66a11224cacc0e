"""How a team is reached, told and asked at the flat door; commitments signed; attestations."""

from typing import Any

import pytest

from tests.house import House, Json, issues
from tests.intake.absences import ARRANGED, AWAY, BENALI, NOW_AND_THEN, PHONE, WEBER, enrol, named, record_of, role
from tests.intake.conftest import refusing

__all__ = ["refusing"]

ASK = "protocol=pc-torsion-cheville|2026.1&finess=380999990"
CLAIRE = "99900001027"


@pytest.fixture
def house(refusing: House) -> House:
    """One for the module: each test tells again what it needs."""
    enrol(refusing, WEBER)
    enrol(refusing, BENALI)
    team = {key: ARRANGED[key] for key in ("protocol", "structure_finess")}
    assert refusing.post("teams", team).status_code in (200, 201)
    return refusing


def asked(house: House, query: str = "") -> Any:
    return house.app.test_client().get(f"/records/teams?{ASK}{query}")


def told(house: House, query: str = "") -> Json:
    answer = asked(house, query)
    assert answer.status_code == 200, answer.json
    body: Json = answer.json
    return body


def states(body: Json) -> list[tuple[str, str, str]]:
    return [(one["rpps"], one["reachable"], one["absent"]) for one in body["delegators"]]


def test_nothing_told_is_unknown_and_shown(house: House) -> None:
    body = told(house)
    assert (body["reachable"], body["response_minutes"]) == ("unknown", None)
    assert states(body) == [(WEBER, "unknown", "no"), (BENALI, "unknown", "no")]


def test_who_can_be_reached_at_an_instant(house: House) -> None:
    assert house.post("teams", ARRANGED).status_code == 201
    enrol(house, WEBER, absences=[AWAY], substitutes=[named(BENALI)])
    body = told(house)
    assert (body["reachable"], body["response_minutes"], body["at"]) == ("yes", 30, "2026-11-20T11:00:00+00:00")
    assert states(body) == [(WEBER, "no", "yes"), (BENALI, "yes", "no")]
    (instead,) = body["delegators"][0]["instead"]
    assert (instead["rpps"], instead["reachable"]) == (BENALI, "yes")
    channels = [one["channel"] for one in body["delegators"][1]["contacts"]]
    assert (channels, body["delegators"][1]["contacts"][1]) == (["mssante", "phone"], PHONE)
    evening = told(house, "&at=2026-11-20T20:00:00%2B01:00")
    assert (evening["reachable"], {state for _, state, _ in states(evening)}) == ("no", {"no"})
    enrol(house, BENALI, absences=[NOW_AND_THEN])
    assert told(house)["reachable"] == "unknown"
    enrol(house, BENALI, status="suspended")
    assert [rpps for rpps, _, _ in states(told(house))] == [WEBER]


@pytest.mark.parametrize(
    ("query", "status", "places"),
    [
        ("protocol=pc-torsion-cheville&finess=380999990", 400, ["protocol"]),
        ("finess=3809&at=demain&autre=1", 400, ["autre", "protocol", "finess", "at"]),
        ("protocol=pc-torsion-cheville|2026.1&finess=380999982", 404, ["protocol"]),
    ],
)
def test_a_question_that_makes_no_sense(house: House, query: str, status: int, places: list[str]) -> None:
    answer = house.app.test_client().get(f"/records/teams?{query}")
    assert answer.status_code in (status, 422)
    assert [place for _, place in issues(answer)] == places


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        ({"response_minutes": 0}, "team.response_minutes"),
        ({"response_minutes": 2.5}, "team.response_minutes"),
        ({"response_minutes": "30"}, "team.response_minutes"),
        ({"hours": [{"days": ["fri"], "all_day": True, "start": "09:00"}]}, "team.hours[0].all_day"),
        ({"contacts": [{"channel": "phone"}]}, "team.contacts[0].value"),
        ({"structure_finess": "380999982"}, "team"),
        ({"participants": []}, "team.participants"),
    ],
)
def test_an_arrangement_that_makes_no_sense(house: House, changes: Json, expression: str) -> None:
    before = house.standing()
    answer = house.post("teams", ARRANGED | changes)
    assert answer.status_code in (400, 404, 422)
    assert expression in {place for _, place in issues(answer)}
    assert house.standing() == before


def test_the_arrangement_of_a_team_is_proved(house: House) -> None:
    version = house.post("teams", ARRANGED).json["resources"][0]
    proofs = house.found(f"Provenance?target={version.partition('/_history')[0]}&_count=100")
    (proof,) = [one for one in proofs if one["target"] == [{"reference": version}]]
    assert proof["agent"][0]["who"]["reference"].startswith("Organization/")


# ── commitments and trainings ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("signed", "status"), [(None, 422), ("2026-11-21", 422), ("2026-11-20", 200)])
def test_a_declared_enrolment_becomes_active_once_signed(house: House, signed: str | None, status: int) -> None:
    enrol(house, CLAIRE, status="declared")
    answer = house.post("enrolments", record_of(CLAIRE) | ({"engaged_on": signed} if signed else {}))
    assert answer.status_code in ((200, 201) if status == 200 else (422,))
    if status == 422:
        assert issues(answer) == [("business-rule", "PractitionerRole.extension('engagement')")]
    assert role(house, CLAIRE)["active"] is (status == 200)


def trained(**changes: Any) -> Json:
    return record_of(CLAIRE)["training"][0] | changes


@pytest.mark.parametrize(
    ("training", "expression"),
    [
        (trained(trainer=named(CLAIRE)), "enrolment.training"),
        (trained(trainer=named("99900001019")), "PractitionerRole.extension('training')"),
        (trained(trainer=named(WEBER) | {"rpps": BENALI}), "PractitionerRole.extension('training')"),
        (trained(hours=0), "enrolment.training[0].hours"),
        (trained(hours=True), "enrolment.training[0].hours"),
        (trained(trainee_signed="juin"), "enrolment.training[0].trainee_signed"),
    ],
)
def test_a_training_that_makes_no_sense(house: House, training: Json, expression: str) -> None:
    answer = house.post("enrolments", record_of(CLAIRE) | {"training": [training]})
    assert expression in {place for _, place in issues(answer)}


def test_the_attestation_of_a_training(house: House) -> None:
    enrol(house, CLAIRE, engaged_on="2026-09-01", training=[trained(hours=10.5, trainer=named(WEBER))])
    id_ = role(house, CLAIRE)["id"]
    browser = house.app.test_client()
    answer = browser.get(f"/records/enrolments/{id_}/trainings/1/attestation")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert browser.get(f"/records/enrolments/{id_}/trainings/1/attestation").data == answer.data
    for path in (f"{id_}/trainings/0", f"{id_}/trainings/2", "inconnue/trainings/1"):
        assert browser.get(f"/records/enrolments/{path}/attestation").status_code == 404
