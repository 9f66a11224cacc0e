"""A suspension is shown wherever its protocol is: catalogue, sheet, data, FHIR; and ``$apply`` proposes nothing."""

import copy
import datetime as dt
from typing import Any

import jsonschema_rs
import pytest

from service.records.openapi import SCHEMAS
from service.store.unit import Unit
from service.writes import stamped, write_of
from tests.console.page import Page
from tests.house import House
from tests.supervision.test_supervision import FINESS, TORSION, WHY, record, supervision, told

Json = dict[str, Any]
#: The clock of the house stands on the 20th.
FIRST, LIFTED, LATER = dt.date(2026, 11, 18), dt.date(2026, 11, 25), dt.date(2026, 12, 24)
DECISION = f"par « ARS de démonstration » : {WHY} (Décision 2026-11 (fictive))"
UNREADABLE = "Les suspensions enregistrées de ce protocole ne se lisent plus : nul ne peut agir"
URL = f"https://binome.example/fhir/PlanDefinition/{TORSION}"


def page(house: House, path: str) -> Page:
    return Page(house.app.test_client().get(path))


def listed(house: House, day: str = "") -> str:
    asked = f"?le={day}" if day else ""
    return page(house, f"/protocoles{asked}").text(f"//article[@aria-labelledby='protocole-{TORSION}']")


def sheet(house: House, **asked: str) -> Json:
    answer = house.app.test_client().get(f"/records/protocols/{TORSION}/sheet", query_string=asked)
    assert answer.status_code == 200
    fiche: Json = answer.json
    jsonschema_rs.Draft202012Validator(
        {"$ref": "#/components/schemas/Fiche", "components": {"schemas": copy.deepcopy(SCHEMAS)}}
    ).validate(fiche)
    return fiche


def break_record(house: House) -> None:
    """What is on record reads no more."""
    basic = record(house)
    version = int(basic["meta"]["versionId"]) + 1
    broken = {**basic, "extension": [{**basic["extension"][0], "extension": []}]}
    write = write_of(stamped(broken, version, house.clock()), version, previous=basic)
    house.store.commit(Unit(chain="commun", recorded=house.clock(), writes=(write,)))


def plan_of(house: House) -> Json:
    (plan,) = house.found(f"PlanDefinition?url={URL}")
    return plan


def proposal(house: House) -> Any:
    (plan, *_) = house.found("CarePlan")
    return house.fhir(
        "GET",
        f"/PlanDefinition/$apply?planDefinition={plan['instantiatesCanonical'][0]}"
        f"&subject={plan['subject']['reference']}&practitioner={plan['author']['reference']}",
    )


def test_the_pages_show_it_on_its_days_and_on_no_other(house: House) -> None:
    both = supervision(house)
    assert "suspendu" not in listed(house)
    both.suspend(TORSION, told(FIRST))
    since = f"Protocole suspendu depuis le 18 novembre 2026 {DECISION}"
    for shown in (listed(house), page(house, f"/protocoles/{TORSION}").text("main")):
        assert since in shown
    eve = "2026-11-17"
    assert f"Protocole suspendu à partir du 18 novembre 2026 {DECISION}" in listed(house, eve)
    assert since not in listed(house, eve)
    both.resume(TORSION, told(LIFTED))
    assert f"Protocole suspendu du 18 novembre 2026 au 24 novembre 2026 {DECISION}" in listed(house)
    assert "suspendu" not in listed(house, "2026-11-25")
    assert "suspendu" not in page(house, f"/protocoles/{TORSION}?le=2026-11-25").text("main")
    (other,) = page(house, "/protocoles").texts("//article[@aria-labelledby='protocole-pc-odynophagie']")
    assert "suspendu" not in other


def test_of_one_structure_it_names_the_structure_and_suspends_nobody_else(house: House) -> None:
    supervision(house).suspend(TORSION, told(FIRST), FINESS)
    sentence = f"Mise en œuvre suspendue depuis le 18 novembre 2026 dans CPTS DES TILLEULS (FICTIVE), FINESS {FINESS}, {DECISION}"
    assert sentence in listed(house)
    assert sentence in page(house, f"/protocoles/{TORSION}").text("main")
    suspensions = sheet(house)["suspensions"]
    assert (suspensions["known"], suspensions["protocol"], suspensions["coming"]) == (True, None, None)
    (one,) = suspensions["structures"]
    assert (one["structure_finess"], one["period"]) == (FINESS, {"start": "2026-11-18", "end": None})
    assert sheet(house, on="2026-11-17")["suspensions"]["structures"] == []


def test_the_data_say_it_beside_the_dates_of_the_version(house: House) -> None:
    both = supervision(house)
    nothing = {"known": True, "protocol": None, "coming": None, "structures": []}
    assert sheet(house)["suspensions"] == nothing
    both.suspend(TORSION, told(FIRST))
    both.resume(TORSION, told(LIFTED))
    both.suspend(TORSION, told(LATER, source="Décision 2026-12 (fictive)"))
    fiche = sheet(house)
    assert fiche["in_force"] is True
    assert fiche["suspensions"]["protocol"] == {
        "period": {"start": "2026-11-18", "end": "2026-11-24"},
        "authority": "ARS de démonstration",
        "reason": WHY,
        "source": "Décision 2026-11 (fictive)",
    }
    assert fiche["suspensions"]["coming"]["period"] == {"start": "2026-12-24", "end": None}
    assert sheet(house, on="2026-11-25")["suspensions"]["protocol"] is None
    catalogue = house.app.test_client().get("/records/protocols").json
    by_protocol = {one["protocol"].partition("|")[0]: one["suspensions"] for one in catalogue}
    assert by_protocol.pop(TORSION) == fiche["suspensions"]
    assert all(one == nothing for one in by_protocol.values())


def test_what_no_longer_reads_is_shown_as_a_stop(house: House) -> None:
    supervision(house).suspend(TORSION, told(FIRST), FINESS)
    break_record(house)
    assert UNREADABLE in listed(house)
    assert UNREADABLE in page(house, f"/protocoles/{TORSION}").text("main")
    assert sheet(house)["suspensions"] == {"known": False, "protocol": None, "coming": None, "structures": []}


def test_words_of_a_decision_are_never_markup(house: House) -> None:
    supervision(house).suspend(TORSION, told(FIRST, source="<script>alert(1)</script>"))
    for path in ("/protocoles", f"/protocoles/{TORSION}"):
        shown = page(house, path)
        assert not shown.find("//script")
        assert "<script>alert(1)</script>" in shown.text("main")


def test_the_definition_stays_as_it_is_and_leads_to_what_befell_it(house: House) -> None:
    before = house.fhir("GET", f"/PlanDefinition/{plan_of(house)['id']}")
    assert house.found(f"Basic?subject:identifier=urn:ietf:rfc:3986|{URL}") == []
    supervision(house).suspend(TORSION, told(FIRST))
    after = house.fhir("GET", f"/PlanDefinition/{plan_of(house)['id']}")
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    basic = record(house)
    assert house.found(f"Basic?code=protocol-life&subject:identifier=urn:ietf:rfc:3986|{URL}") == [basic]
    beside = house.found(f"PlanDefinition?url={URL}&_revinclude=Basic:subject")
    assert [one["resourceType"] for one in beside] == ["PlanDefinition", "Basic"]
    assert beside[1] == basic
    others = house.found(
        "PlanDefinition?url=https://binome.example/fhir/PlanDefinition/pc-odynophagie&_revinclude=Basic:subject"
    )
    assert {one["resourceType"] for one in others} == {"PlanDefinition"}
    of_patients = house.found(f"PlanDefinition?url={URL}&_revinclude=Basic:subject:Patient")
    assert [one["resourceType"] for one in of_patients] == ["PlanDefinition"]


@pytest.mark.parametrize(
    ("finess", "words"),
    [("", "Ce protocole était suspendu"), (FINESS, "La mise en œuvre du protocole par cette équipe")],
)
def test_apply_says_it_and_tells_nobody_to_act(house: House, finess: str, words: str) -> None:
    assert proposal(house).json["resourceType"] == "CarePlan"
    supervision(house).suspend(TORSION, told(dt.date(2026, 11, 20)), finess)
    answer = proposal(house)
    assert (answer.status_code, answer.json["resourceType"]) == (422, "OperationOutcome")
    (issue,) = answer.json["issue"]
    assert issue["details"]["text"].startswith(words)
    assert "depuis le 20/11/2026 (Décision 2026-11 (fictive))" in issue["details"]["text"]
    # The day before it begins, and from the day on which it is lifted, there is a proposal again.
    supervision(house).resume(TORSION, told(dt.date(2026, 11, 21)), finess)
    assert proposal(house).status_code == 422
    house.clock.pass_(days=1)
    assert proposal(house).status_code == 200


def test_apply_proposes_nothing_while_what_is_on_record_does_not_read(house: House) -> None:
    supervision(house).suspend(TORSION, told(dt.date(2026, 12, 24)), FINESS)
    assert proposal(house).status_code == 200
    break_record(house)
    answer = proposal(house)
    assert answer.status_code == 422
    assert answer.json["issue"][0]["details"]["text"].startswith("Les suspensions enregistrées de ce protocole")
