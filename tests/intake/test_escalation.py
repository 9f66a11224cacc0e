"""What nobody answers goes to who stands in, then to the team; always forward, once, with its proof."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.validation import validated
from service.access import DevelopmentIssuer
from service.access.development import development_secret
from service.intake.knowledge import Readings
from service.ledger.chain import Link
from service.ledger.verify import verify
from service.life.escalation import Escalation
from service.store import Store
from service.store.unit import Unit
from tests.house import House, Json, act_record
from tests.intake.absences import ARRANGED, AWAY, BENALI, WEBER, enrol, instead_of, named, owner, proofs_of, role

CAMUS = "99900002033"


def escalation(house: House) -> Escalation:
    return Escalation(
        store=house.store, clock=house.clock, ids=house.ids, readings=Readings(), answer=dt.timedelta(hours=24)
    )


def send(house: House, **changes: Any) -> None:
    answer = house.post("acts", act_record(**changes))
    assert answer.status_code == 201, answer.json


def task_of(house: House, code: str = "acknowledge") -> Json:
    (task,) = house.found(f"Task?code={code}")
    return task


def test_from_the_délégant_to_the_substitute_to_the_team(house: House) -> None:
    enrol(house, WEBER, substitutes=[named(BENALI)])
    send(house)
    assert escalation(house).escalate() == 0
    house.clock.pass_(days=7)
    assert escalation(house).escalate() == 0
    house.clock.pass_(seconds=1)
    assert escalation(house).escalate() == 1
    task = task_of(house)
    assert (owner(task), instead_of(task), task["status"]) == (BENALI, WEBER, "requested")
    assert task["restriction"]["period"]["end"] == "2026-11-28T11:00:01+00:00"
    standing = house.standing()
    assert escalation(house).escalate() == 0
    assert house.standing() == standing
    house.clock.pass_(hours=24, seconds=1)
    assert escalation(house).escalate() == 1
    task = task_of(house)
    assert (owner(task), instead_of(task)) == ("team", WEBER)
    assert [one["text"] for one in task["note"]] == [
        "Le délégant n’a pas répondu dans le délai : adressée à un remplaçant.",
        "Le remplaçant n’a pas répondu dans le délai : adressée à tous les délégants de l’équipe.",
    ]
    # There is nobody beyond the team.
    house.clock.pass_(days=30)
    standing = house.standing()
    assert escalation(house).escalate() == 0
    assert house.standing() == standing
    proofs = proofs_of(house, task)
    assert [one["target"][0]["reference"].rpartition("/")[2] for one in proofs] == ["2", "3"]
    assert [one["entity"][0]["what"]["reference"].rpartition("/")[2] for one in proofs] == ["1", "2"]
    assert [one["reason"][0]["text"] for one in proofs] == [one["text"] for one in task["note"]]
    assert list(verify(house.store, None)) == []


def test_who_goes_away_with_tasks_left_hands_them_over_at_once(house: House) -> None:
    send(house)
    send(house, identifier="ACTE-2")
    limits = {task["restriction"]["period"]["end"] for task in house.found("Task")}
    enrol(house, WEBER, absences=[AWAY], substitutes=[named(BENALI)])
    assert escalation(house).escalate() == 2
    assert escalation(house).escalate() == 0
    tasks = house.found("Task")
    assert {(owner(task), instead_of(task)) for task in tasks} == {(BENALI, WEBER)}
    # They had days left, and keep them.
    assert {task["restriction"]["period"]["end"] for task in tasks} == limits
    sources = [one["what"]["reference"] for one in proofs_of(house, tasks[0])[0]["entity"][1:]]
    assert sources == [
        f"PractitionerRole/{role(house, WEBER)['id']}/_history/2",
        f"PractitionerRole/{role(house, BENALI)['id']}/_history/1",
    ]


def test_an_absence_of_which_nothing_is_known_moves_nothing(house: House) -> None:
    send(house)
    enrol(house, WEBER, absences=[{"reason": "Congés"}], substitutes=[named(BENALI)])
    standing = house.standing()
    assert escalation(house).escalate() == 0
    assert house.standing() == standing


def test_a_substitute_who_goes_away_leaves_it_to_the_team_and_it_never_comes_back(house: House) -> None:
    enrol(house, WEBER, absences=[AWAY], substitutes=[named(BENALI)])
    send(house)
    assert owner(task_of(house)) == BENALI
    enrol(house, WEBER, substitutes=[named(BENALI)])
    enrol(house, BENALI, absences=[AWAY])
    assert escalation(house).escalate() == 1
    assert owner(task_of(house)) == "team"
    enrol(house, BENALI)
    assert escalation(house).escalate() == 0


def test_without_a_substitute_the_team_is_next(house: House) -> None:
    send(house)
    house.clock.pass_(days=8)
    assert escalation(house).escalate() == 1
    assert owner(task_of(house)) == "team"


def test_what_is_urgent_has_the_time_that_the_team_agreed_on(house: House) -> None:
    enrol(house, WEBER, substitutes=[named(BENALI)])
    assert house.post("teams", ARRANGED).status_code == 201
    send(house, recourse="take-over")
    house.clock.pass_(minutes=31)
    assert escalation(house).escalate() == 1
    urgent = task_of(house, "reorient")
    assert (owner(urgent), urgent["restriction"]["period"]["end"]) == (BENALI, "2026-11-20T12:01:00+00:00")
    assert owner(task_of(house)) == WEBER


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_was_answered_stays_where_it_was(house: House, status: str) -> None:
    send(house)
    if status == "completed":
        token = DevelopmentIssuer(development_secret(Path(house.settings.keys))).token(WEBER)
        path = f"/Task/{task_of(house)['id']}/$acknowledge"
        assert house.fhir("POST", path, None, Authorization=f"Bearer {token}").status_code == 200
    else:
        (act,) = house.found("Procedure")
        assert house.fhir("PUT", f"/Procedure/{act['id']}", act | {"status": "entered-in-error"}).status_code == 200
    assert task_of(house)["status"] == status
    house.clock.pass_(days=8)
    assert escalation(house).escalate() == 0
    assert owner(task_of(house)) == WEBER


def test_who_answers_between_the_list_and_the_reading_is_left_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(house)
    house.clock.pass_(days=8)
    late, listed = escalation(house), [task_of(house)["id"]]
    assert escalation(house).escalate() == 1
    monkeypatch.setattr(Escalation, "_overdue", lambda self, now: iter(listed))
    standing = house.standing()
    assert late.escalate() == 0
    assert house.standing() == standing
    # It is the team's; of a substitute who has just got it, there is time left.
    enrol(house, WEBER, substitutes=[named(BENALI)])
    send(house, identifier="ACTE-2")
    second = next(one["id"] for one in house.found("Task") if one["id"] not in listed)
    house.clock.pass_(days=8)
    listed[:] = [second]
    assert escalation(house).escalate() == 1
    standing = house.standing()
    assert late.escalate() == 0
    assert house.standing() == standing


def test_a_substitute_who_does_not_answer_in_time_leaves_it_to_all(house: House) -> None:
    enrol(house, CAMUS)
    enrol(house, WEBER, substitutes=[named(BENALI), named(CAMUS)])
    send(house)
    send(house, identifier="ACTE-2")
    house.clock.pass_(days=8)
    assert escalation(house).escalate() == 2
    assert {owner(task) for task in house.found("Task")} == {BENALI}
    house.clock.pass_(hours=25)
    assert escalation(house).escalate() == 2
    assert {owner(task) for task in house.found("Task")} == {"team"}


def test_a_substitute_who_goes_away_leaves_it_to_the_next(house: House) -> None:
    enrol(house, CAMUS)
    enrol(house, WEBER, absences=[AWAY], substitutes=[named(BENALI), named(CAMUS)])
    send(house)
    assert owner(task_of(house)) == BENALI
    enrol(house, BENALI, absences=[AWAY])
    assert escalation(house).escalate() == 1
    assert owner(task_of(house)) == CAMUS
    assert escalation(house).escalate() == 0


def test_who_answers_between_the_reading_and_the_commit_is_not_written_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(house)
    house.clock.pass_(days=8)
    commit, others = Store.commit, [escalation(house)]

    def overtaken(self: Store, unit: Unit) -> tuple[Link, ...]:
        if others:
            assert others.pop().escalate() == 1
        return commit(self, unit)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "commit", overtaken)
        assert escalation(house).escalate() == 0
    task = task_of(house)
    assert (owner(task), task["meta"]["versionId"]) == ("team", "2")
    assert len(proofs_of(house, task)) == 1


def test_a_member_who_comes_or_goes_leaves_the_team_what_it_agreed_on(house: House) -> None:
    assert house.post("teams", ARRANGED).status_code == 201
    (before,) = house.found("CareTeam")
    assert house.post("teams", ARRANGED).status_code == 200
    enrol(house, BENALI, status="ended", period={"start": "2026-09-01", "end": "2026-11-19"})
    (after,) = house.found("CareTeam")
    assert after["meta"]["versionId"] != before["meta"]["versionId"]
    told = [[one for one in each["extension"] if one["url"] == systems.EXT_REACHABILITY] for each in (before, after)]
    assert told[0] == told[1] != []
    assert before["telecom"] == after["telecom"] == [{"system": "phone", "value": "0465710001", "use": "work"}]
    assert list(verify(house.store, None)) == []


def test_all_that_is_written_is_as_its_profile_says(house: House) -> None:
    assert house.post("teams", ARRANGED).status_code == 201
    away = {
        "absences": [AWAY],
        "hours": ARRANGED["hours"],
        "contacts": ARRANGED["contacts"],
        "engaged_on": "2026-08-30",
    }
    enrol(house, WEBER, substitutes=[named(BENALI)], **away)
    send(house)
    house.clock.pass_(days=8)
    assert escalation(house).escalate() == 1
    task = task_of(house)
    (team,) = house.found("CareTeam")
    proofs = [*proofs_of(house, task), *house.found(f"Provenance?target=CareTeam/{team['id']}")]
    (act,) = house.found("Procedure")
    proofs += house.found(f"Provenance?target=Procedure/{act['id']}")
    assert len(proofs) == 3
    told = [issue for one in (task, team, role(house, WEBER), *proofs) for issue in validated(one)]
    assert [one for one in told if one.severity in ("fatal", "error")] == []
