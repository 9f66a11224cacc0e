"""A protocol suspended, resumed and reviewed: recorded once with its proof, and acts judged by it on their own date."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from mappings.codes.systems import PLAN_DEFINITION
from mappings.fhir.json import parse
from mappings.issues import Refused
from service.cli import main
from service.ledger.verify import verify
from service.life.supervision import Supervision, Told
from service.store import Store, open_store
from service.store.unit import Unit
from service.writes import stamped, write_of
from tests.house import House, act_record, issues

Json = dict[str, Any]
TORSION, FINESS = "pc-torsion-cheville", "380999990"
NOVEMBER = dt.date(2026, 11, 18)
#: The clock of the house stands at noon of the 20th.
DAYS = ("17", "18", "19")
WHY = "Formation des délégués non justifiée (exemple fictif)"


def supervision(house: House) -> Supervision:
    return Supervision(store=house.store, catalogue=house.composition.catalogue, clock=house.clock, ids=house.ids)


def told(day: dt.date, source: str = "Décision 2026-11 (fictive)") -> Told:
    return Told(day=day, authority="ARS de démonstration", reason=WHY, source=source)


def act(house: House, day: str) -> Any:
    return house.post(
        "acts", act_record(identifier=f"ACTE-{day}", performed={"start": f"2026-11-{day}T10:05:00+01:00"})
    )


def refused(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.json
    return [issue["details"]["text"] for issue in answer.json["issue"]]


def record(house: House) -> Json:
    (one,) = house.found("Basic?code=protocol-life")
    return one


@pytest.mark.parametrize(("finess", "subject"), [("", "Ce protocole était suspendu"), (FINESS, "La mise en œuvre")])
def test_acts_of_the_suspension_are_refused_and_no_others(house: House, finess: str, subject: str) -> None:
    assert supervision(house).suspend(TORSION, told(NOVEMBER), finess)
    assert act(house, "17").status_code == 201
    for day in DAYS[1:]:
        (text,) = refused(act(house, day))
        assert text.startswith(subject)
        assert "décision de « ARS de démonstration », depuis le 18/11/2026 (Décision 2026-11 (fictive))" in text
    assert supervision(house).resume(TORSION, told(dt.date(2026, 11, 19), "Décision 2026-12 (fictive)"), finess)
    assert act(house, "19").status_code == 201
    (text,) = refused(act(house, "18"))
    assert "du 18/11/2026 au 18/11/2026" in text


def test_each_decision_is_one_commit_with_its_proof(house: House) -> None:
    both = supervision(house)
    both.suspend(TORSION, told(NOVEMBER), FINESS)
    both.resume(TORSION, told(dt.date(2026, 11, 19), "Décision 2026-12 (fictive)"), FINESS)
    both.review(TORSION, NOVEMBER, by="Dr TEST-RELECTRICE", rpps="99900001019")
    basic = record(house)
    assert basic["meta"]["versionId"] == "3"
    proofs = house.found(f"Provenance?target=Basic/{basic['id']}")
    shown = {p["target"][0]["reference"].rpartition("/")[2]: p for p in proofs}
    assert {v: p["activity"]["coding"][0]["code"] for v, p in shown.items()} == {
        "1": "SUSPEND",
        "2": "RESUME",
        "3": "UPDATE",
    }
    assert shown["1"]["agent"][0]["who"] == {"display": "ARS de démonstration"}
    assert (shown["1"]["reason"], shown["1"]["occurredDateTime"]) == ([{"text": WHY}], "2026-11-18")
    assert shown["2"]["entity"] == [
        {"role": "source", "what": {"display": "Décision 2026-12 (fictive)"}},
        {"role": "revision", "what": {"reference": f"Basic/{basic['id']}/_history/1"}},
    ]
    assert shown["3"]["agent"][0]["who"]["identifier"]["value"] == "99900001019"
    assert shown["3"]["reason"] == [{"text": "Revue sans changement"}]
    for resource in (basic, *proofs):
        answer = house.fhir("POST", f"/{resource['resourceType']}/$validate", resource)
        assert [i for i in answer.json["issue"] if i["severity"] in ("error", "fatal")] == []
    assert list(verify(house.store, None)) == []


def test_told_again_nothing_changes(house: House) -> None:
    both = supervision(house)
    assert both.suspend(TORSION, told(NOVEMBER))
    before = house.standing()
    assert not both.suspend(TORSION, told(NOVEMBER))
    assert house.standing() == before
    assert both.resume(TORSION, told(dt.date(2026, 11, 19)))
    assert not both.suspend(TORSION, told(NOVEMBER))
    assert not both.resume(TORSION, told(dt.date(2026, 11, 19)))
    assert record(house)["meta"]["versionId"] == "2"


def test_nobody_enters_a_suspended_protocol_but_on_days_before(house: House) -> None:
    supervision(house).suspend(TORSION, told(NOVEMBER), FINESS)
    (plan, *_) = house.found("CarePlan")
    again = {k: v for k, v in plan.items() if k not in ("id", "meta")} | {"meta": {"profile": plan["meta"]["profile"]}}
    system = again["identifier"][0]["system"]

    def entering(day: str) -> Any:
        begun = again | {"identifier": [{"system": system, "value": f"INCL-{day}"}], "period": {"start": day}}
        return house.fhir("POST", "/CarePlan", begun)

    answer = entering("2026-11-18")
    assert answer.status_code == 422
    assert issues(answer) == [("business-rule", "CarePlan.period.start")]
    assert entering("2026-11-17").status_code == 201
    # Who is in stays in: what is recorded of them is not a new entry.
    assert house.fhir("PUT", f"/CarePlan/{plan['id']}", plan | {"note": [{"text": "Vu"}]}).status_code == 200


def test_what_no_longer_reads_is_no_leave_to_act(house: House) -> None:
    both = supervision(house)
    both.suspend(TORSION, told(NOVEMBER))
    both.resume(TORSION, told(dt.date(2026, 11, 19)))
    assert act(house, "19").status_code == 201
    basic = record(house)
    broken = {**basic, "extension": [{**basic["extension"][0], "extension": []}]}
    write = write_of(stamped(broken, 3, house.clock()), 3, previous=basic)
    house.store.commit(Unit(chain="commun", recorded=house.clock(), writes=(write,)))
    (text,) = refused(act(house, "17"))
    assert text.startswith("Les suspensions enregistrées de ce protocole ne se lisent plus")


def test_apply_proposes_nothing_under_a_suspended_protocol(house: House) -> None:
    (role, *_) = house.found("PractitionerRole?role=DELEGATEE")
    (plan, *_) = house.found("CarePlan")
    asked = (
        f"/PlanDefinition/$apply?planDefinition={plan['instantiatesCanonical'][0]}"
        f"&subject={plan['subject']['reference']}&practitioner={plan['author']['reference']}"
    )
    assert role
    assert house.fhir("GET", asked).status_code == 200
    supervision(house).suspend(TORSION, told(dt.date(2026, 11, 20)))
    answer = house.fhir("GET", asked)
    assert answer.status_code == 422
    assert "était suspendu" in answer.json["issue"][0]["details"]["text"]


def test_no_client_writes_it(house: House) -> None:
    supervision(house).suspend(TORSION, told(NOVEMBER))
    basic = record(house)
    assert house.fhir("PUT", f"/Basic/{basic['id']}", basic).status_code == 405
    assert house.fhir("DELETE", f"/Basic/{basic['id']}").status_code == 405
    assert record(house) == basic


@pytest.mark.parametrize(
    ("do", "code"),
    [
        (lambda s: s.suspend("pc-inconnu", told(NOVEMBER)), "not-found protocol"),
        (lambda s: s.suspend(TORSION, told(NOVEMBER), "999999999"), "not-found finess"),
        (lambda s: s.resume(TORSION, told(NOVEMBER)), "not-found suspension"),
        (lambda s: s.review(TORSION, NOVEMBER, by="Dr T", rpps="123"), "value rpps"),
        (lambda s: s.review(TORSION, dt.date(2026, 11, 21), by="Dr T", rpps="99900001019"), "value date"),
        (lambda s: s.review(TORSION, dt.date(2019, 1, 1), by="Dr T", rpps="99900001019"), "business-rule date"),
        (
            lambda s: s.review(TORSION, NOVEMBER, by="Dr T", rpps="99900001019", changed_to="2031.1"),
            "not-found version",
        ),
    ],
)
def test_what_is_not_understood_is_refused_and_not_recorded(house: House, do: Any, code: str) -> None:
    before = house.standing()
    with pytest.raises(Refused, match=code):
        do(supervision(house))
    assert house.standing() == before
    assert house.found("Basic") == []


def test_a_review_with_change_names_the_version_that_came_of_it(house: House) -> None:
    day = dt.date(2024, 6, 20)
    assert supervision(house).review(
        "pc-odynophagie", day, by="Dr TEST-RELECTRICE", rpps="99900001019", changed_to="2024.1"
    )
    told_ = {e["url"]: e for e in record(house)["extension"][0]["extension"]}
    assert (told_["changed"]["valueBoolean"], told_["version"]["valueString"]) == (True, "2024.1")


def test_two_who_decide_at_once_are_both_recorded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one looks again: nothing of the first is lost."""
    both, commit = supervision(house), house.store.commit
    turns: list[Unit] = []

    def overtaken(unit: Unit) -> None:
        turns.append(unit)
        if len(turns) == 1:
            supervision(house).review(TORSION, NOVEMBER, by="Dr TEST-RELECTRICE", rpps="99900001019")
        commit(unit)

    monkeypatch.setattr(house.store, "commit", overtaken)
    assert both.suspend(TORSION, told(NOVEMBER))
    assert len(turns) == 3
    assert len(record(house)["extension"]) == 2


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    database = f"sqlite:///{tmp_path}/binome.sqlite"
    monkeypatch.setenv("BINOME_DATABASE", database)
    decision = ["--authority", "ARS (fictive)", "--reason", WHY, "--source", "Décision 1 (fictive)"]
    assert main(["suspend", TORSION, "--date", "2026-11-18", *decision]) == 0
    assert main(["suspend", TORSION, "--date", "18/11/2026", *decision]) == 0
    assert main(["resume", TORSION, "--date", "2026-11-17", *decision]) == 1
    assert main(["resume", TORSION, "--date", "2026-11-19", *decision]) == 0
    assert main(["review", TORSION, "--date", "2026-11-19", "--by", "Dr TEST-RELECTRICE", "--rpps", "99900001019"]) == 0
    assert main(["suspend", TORSION, "--date", "2026-11-25", "--authority", " ", *decision[2:]]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "Suspendu à compter du 18/11/2026.",
        "C’était déjà enregistré : rien n’a changé.",
        "Aucune suspension ne court la veille du 17/11/2026 : il n’y a rien à lever.",
        "Rien n’a été enregistré.",
        "Suspension levée : de nouveau applicable à compter du 19/11/2026.",
        "Revue du 19/11/2026 enregistrée, sans changement.",
        "« authority » ne peut pas être vide.",
        "Rien n’a été enregistré.",
    ]
    store: Store = open_store(database)
    try:
        assert [parse(one.body)["subject"]["identifier"]["value"] for one in _all(store)] == [PLAN_DEFINITION + TORSION]
        assert list(verify(store, None)) == []
    finally:
        store.close()


def _all(store: Store) -> Any:
    from service.finding import found

    return found(store, "Basic")
