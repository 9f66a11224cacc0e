"""The team of ten délégants and ten délégués, declared, changed and declared again: the list and the difference at each date."""

from mappings.domain.declaration import between
from service.declarations import Kept
from service.ledger.verify import verify
from tests.declarations.scene import FINESS, NEWCOMERS, Scene, enrolment, line, lines, lodged, summary, team
from tests.house import act_record

LEAVING = ("99900001027", "99900002025")
CHANGED = "99900001019"


def changed_team() -> list[dict[str, str]]:
    """As declared again: three have joined, two have left, a physiotherapist has become a doctor."""
    stay = [record for record in team() if record["rpps"] not in LEAVING]
    changed = {"profession": "Médecin", "fonction": "Délégant"}
    return [line(r, **changed) if r["rpps"] == CHANGED else line(r) for r in (*stay, *NEWCOMERS)]


def change(scene: Scene) -> None:
    """Three are enrolled from 1 October; two leave on the 15th; one is a doctor, and a délégant from the 16th."""
    wanted = [enrolment(newcomer, "2026-10-01") for newcomer in NEWCOMERS]
    for record in team():
        if record["rpps"] in (*LEAVING, CHANGED):
            wanted.append(record | {"status": "ended", "period": record["period"] | {"end": "2026-10-15"}})
        if record["rpps"] == CHANGED:
            doctor = {k: record[k] for k in ("rpps", "family", "given")} | {"profession": "10", "function": "DELEGATOR"}
            wanted.append(enrolment(doctor, "2026-10-16"))
    for one in wanted:
        assert scene.house.post("enrolments", one).status_code == 201


def test_declared_changed_and_declared_again(staffed: Scene) -> None:
    newcomers = {n["rpps"] for n in NEWCOMERS}
    everybody = {r["rpps"] for r in team()}
    staffed.lodge(lodged(1001, "2026-08-25", lines(team())))
    assert staffed.poll().kept == {Kept.NEW: 1}

    before = staffed.view("2026-08-24")
    assert before.declared is None
    assert not before.difference
    first = staffed.view("2026-11-20")
    assert first.declared is not None
    assert {m.rpps for m in first.declared.members} == everybody
    assert not first.difference

    change(staffed)
    assert summary(staffed.view("2026-10-10").difference) == (newcomers, set(), {CHANGED: ("70", "10")})
    late = staffed.view("2026-10-18").difference
    assert summary(late) == (newcomers, set(LEAVING), {CHANGED: ("70", "10")})

    staffed.lodge(lodged(1002, "2026-10-20", changed_team()))
    assert staffed.poll().kept == {Kept.NEW: 1, Kept.SAME: 1}
    assert staffed.poll().kept == {Kept.SAME: 1}
    one, two = staffed.declared()
    assert summary(between(one, two)) == (newcomers, set(LEAVING), {CHANGED: ("70", "10")})
    # What was declared before stays what it was on its own days.
    assert staffed.view("2026-10-18").declared == one
    assert summary(staffed.view("2026-10-18").difference) == summary(late)
    now = staffed.view("2026-11-20")
    assert now.declared == two
    assert len(two.members) == 21
    assert not now.difference
    assert list(verify(staffed.store, None)) == []


def test_acts_without_a_declaration_are_shown_and_stay(staffed: Scene) -> None:
    for n, (start, end) in enumerate(
        (("2026-11-20T10:05", "2026-11-20T10:25"), ("2026-11-19T10:05", "2026-11-19T10:25"))
    ):
        performed = {"start": f"{start}:00+01:00", "end": f"{end}:00+01:00"}
        answer = staffed.house.post("acts", act_record(identifier=f"ACTE-{n}", performed=performed))
        assert answer.status_code == 201, answer.json

    def told(day: str) -> list[tuple[str, tuple[str, ...]]]:
        return [(act.day.isoformat(), why) for act, why in staffed.view(day).uncovered]

    assert told("2026-11-20") == [("2026-11-20", ("no-declaration",)), ("2026-11-19", ("no-declaration",))]
    assert told("2026-11-19") == [("2026-11-19", ("no-declaration",))]

    # Declared on the 20th: the act of the day is covered, the one of the day before is not.
    staffed.lodge(lodged(1001, "2026-11-20", lines(team())))
    staffed.poll()
    assert told("2026-11-20") == [("2026-11-19", ("no-declaration",))]

    # A list without the délégué who acted: the act is on record as it was, and shown.
    without = [record for record in team() if record["rpps"] != CHANGED]
    staffed.lodge(lodged(1000, "2026-11-01", lines(without)))
    staffed.poll(everything=True)
    assert told("2026-11-20") == [("2026-11-19", ("delegatee-not-listed",))]
    assert len(staffed.house.found("Procedure")) == 2


def test_a_list_alone_proposes_enrolments_and_no_more(scene: Scene) -> None:
    scene.lodge(lodged(1001, "2026-08-25", lines(team())))
    scene.poll()
    roles = scene.house.found("PractitionerRole?_count=100")
    assert len(roles) == 20
    assert {one["active"] for one in roles} == {False}
    assert {one["period"]["start"] for one in roles} == {"2026-08-25"}
    (task,) = scene.tasks()
    found = f"Task?code=declare-team&requester:identifier=https://finess.esante.gouv.fr|{FINESS}"
    assert scene.house.found(found) == [task]
    assert task["status"] == "requested"
    assert task["focus"]["reference"].startswith("CareTeam/")
    (care_team,) = scene.house.found("CareTeam")
    assert care_team["status"] == "suspended"
    assert "participant" not in care_team
    (proof,) = scene.house.found(f"Provenance?target=Task/{task['id']}")
    assert proof["target"][0]["reference"] == f"Task/{task['id']}/_history/1"
    # Twenty professionals, twenty enrolments, the structure: each version is under the proof.
    assert len(proof["target"]) == 42
    assert list(verify(scene.store, None)) == []
    # The difference says so: nobody is at work yet, and nobody has left.
    assert not scene.view("2026-11-20").difference


def test_who_is_enrolled_already_stays_as_they_are(staffed: Scene) -> None:
    before = {one["id"]: one for one in staffed.house.found("PractitionerRole?_count=100")}
    people = {one["id"]: one for one in staffed.house.found("Practitioner?_count=100")}
    staffed.lodge(lodged(1001, "2026-08-25", [m | {"nom": "AUTRE-FICTIF"} for m in lines(team())]))
    staffed.poll()
    assert {one["id"]: one for one in staffed.house.found("PractitionerRole?_count=100")} == before
    assert {one["id"]: one for one in staffed.house.found("Practitioner?_count=100")} == people


def test_a_number_that_is_somebody_elses_here_is_told_and_is_nothing_to_declare(staffed: Scene) -> None:
    listed = [line(r, nom="AUTRE-FICTIF") if r["rpps"] == CHANGED else line(r) for r in team()]
    staffed.lodge(lodged(1001, "2026-08-25", listed))
    staffed.poll()
    found = staffed.view("2026-11-20").difference
    assert not found
    assert [(one.declared.family, one.today.family) for one in found.named] == [("AUTRE-FICTIF", "MOREL-FICTIF")]
