"""While a délégant is away, their tasks go to who stands in, else to the team; the act stays theirs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mappings.codes import systems
from service.access import DevelopmentIssuer
from service.access.development import development_secret
from service.ledger.verify import verify
from service.store import open_store
from tests.house import House, Json, act_bundle, act_record, issues, team_records
from tests.intake.absences import AWAY, BENALI, NOW_AND_THEN, WEBER, enrol, instead_of, named, owner, record_of, role


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[House]:
    """One engine, where the other could not tell otherwise."""
    opened = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}", test=True)
    yield House(opened, tmp_path)
    opened.close()


def send(house: House, door: str) -> None:
    answer = house.post("acts", act_record()) if door == "records" else house.fhir("POST", "/", act_bundle())
    assert answer.status_code in (200, 201), answer.json


@pytest.mark.parametrize("door", ["records", "fhir"])
def test_an_act_of_who_is_away_is_addressed_to_who_stands_in(house: House, door: str) -> None:
    enrol(house, WEBER, absences=[AWAY], substitutes=[named(BENALI)])
    send(house, door)
    (task,) = house.found("Task")
    assert (owner(task), instead_of(task)) == (BENALI, WEBER)
    assert [one["text"] for one in task["note"]] == ["Le délégant est absent : adressée à un remplaçant."]
    (act,) = house.found("Procedure")
    delegator = next(one["valueReference"] for one in act["extension"] if one["url"] == systems.EXT_DELEGATOR)
    assert delegator["identifier"]["value"] == WEBER
    (proof,) = house.found(f"Provenance?target=Procedure/{act['id']}")
    assert proof["agent"][0]["onBehalfOf"]["identifier"]["value"] == WEBER
    assert [a["who"]["identifier"]["value"] for a in proof["agent"] if a["type"]["coding"][0]["code"] == "IRCP"] == [
        BENALI
    ]
    sources = [one["what"]["reference"] for one in proof["entity"]]
    assert f"PractitionerRole/{role(house, BENALI)['id']}/_history/1" in sources
    assert list(verify(house.store, None)) == []


@pytest.mark.parametrize(
    ("changes", "of_the_other", "whose"),
    [
        ({"absences": [AWAY]}, {}, "team"),
        ({"absences": [AWAY], "substitutes": [named(BENALI)]}, {"absences": [AWAY]}, "team"),
        ({"absences": [AWAY], "substitutes": [named(BENALI)]}, {"absences": [NOW_AND_THEN]}, "team"),
        ({"absences": [NOW_AND_THEN], "substitutes": [named(BENALI)]}, {}, WEBER),
        ({"absences": [AWAY | {"end": "2026-11-19"}], "substitutes": [named(BENALI)]}, {}, WEBER),
        ({"absences": [AWAY | {"start": "2026-11-20T13:00:00+01:00"}], "substitutes": [named(BENALI)]}, {}, WEBER),
        ({"substitutes": [named(BENALI)]}, {}, WEBER),
    ],
)
def test_an_act_already_done_is_never_refused(embedded: House, changes: Json, of_the_other: Json, whose: str) -> None:
    enrol(embedded, WEBER, **changes)
    enrol(embedded, BENALI, **of_the_other)
    send(embedded, "records")
    (task,) = embedded.found("Task")
    assert owner(task) == whose
    assert instead_of(task) == ("" if whose == WEBER else WEBER)
    assert list(verify(embedded.store, None)) == []


def test_a_recourse_goes_the_same_way_and_within_the_time_agreed_on(embedded: House) -> None:
    enrol(embedded, WEBER, absences=[AWAY], substitutes=[named(BENALI)])
    team = {"protocol": "pc-torsion-cheville|2026.1", "structure_finess": "380999990", "response_minutes": 30}
    assert embedded.post("teams", team).status_code == 201
    assert embedded.post("acts", act_record(recourse="take-over")).status_code == 201
    limits = {}
    for task in embedded.found("Task"):
        assert (owner(task), instead_of(task)) == (BENALI, WEBER)
        limits[task["code"]["coding"][0]["code"]] = task["restriction"]["period"]["end"]
    assert limits == {"acknowledge": "2026-11-27T11:00:00+00:00", "reorient": "2026-11-20T11:30:00+00:00"}


def test_who_left_the_protocol_is_taken_over_by_who_stands_in(embedded: House) -> None:
    enrol(embedded, WEBER, absences=[AWAY], substitutes=[named(BENALI)])
    consent = team_records("consents")[0]
    record = {key: value for key, value in consent.items() if key != "sharing"}
    withdrawn = record | {"decision": "withdrawn", "withdrawn_on": "2026-11-20"}
    assert embedded.post("consents", withdrawn).status_code in (200, 201)
    (task,) = embedded.found("Task?code=reorient")
    assert (owner(task), instead_of(task)) == (BENALI, WEBER)


# ── who may answer ────────────────────────────────────────────────────────────────────────────────────────


def acknowledged(house: House, task: Json, rpps: str) -> Any:
    token = DevelopmentIssuer(development_secret_of(house)).token(rpps)
    return house.fhir("POST", f"/Task/{task['id']}/$acknowledge", None, Authorization=f"Bearer {token}")


def development_secret_of(house: House) -> bytes:
    return development_secret(Path(house.settings.keys))


@pytest.mark.parametrize(
    ("substitutes", "rpps", "status"),
    [
        ([named(BENALI)], BENALI, 200),
        ([named(BENALI)], WEBER, 200),
        ([], BENALI, 200),
        ([], WEBER, 200),
        ([named(BENALI)], "99900001019", 403),
        ([], "99900001019", 403),
    ],
)
def test_who_answers_is_named(embedded: House, substitutes: list[Json], rpps: str, status: int) -> None:
    enrol(embedded, WEBER, absences=[AWAY], substitutes=substitutes)
    send(embedded, "records")
    (task,) = embedded.found("Task")
    answer = acknowledged(embedded, task, rpps)
    assert answer.status_code == status, answer.json
    (after,) = embedded.found("Task")
    if status != 200:
        assert after == task
        return
    assert (after["status"], owner(after)) == ("completed", rpps)
    (proof,) = embedded.found(f"Provenance?target=Task/{task['id']}")
    assert proof["agent"][0]["who"]["identifier"]["value"] == rpps
    # Twice is once, whoever of them asks again.
    assert acknowledged(embedded, task, WEBER).status_code == 200
    assert embedded.found("Task") == [after]


@pytest.mark.parametrize(
    "changes", [{"status": "suspended"}, {"status": "ended", "period": {"start": "2026-09-01", "end": "2026-11-19"}}]
)
def test_who_is_no_longer_a_délégant_of_the_team_does_not_answer_for_it(embedded: House, changes: Json) -> None:
    enrol(embedded, WEBER, absences=[AWAY])
    send(embedded, "records")
    enrol(embedded, BENALI, **changes)
    (task,) = embedded.found("Task")
    assert acknowledged(embedded, task, BENALI).status_code == 403


# ── what is kept, and refused ─────────────────────────────────────────────────────────────────────────────


def test_both_doors_keep_what_is_told(embedded: House) -> None:
    told = {
        "absences": [AWAY, {"start": "2026-12-21T12:00:00+01:00", "reason": "Formation"}],
        "hours": [{"days": ["mon", "fri"], "start": "09:00:00", "end": "18:30:00"}, {"days": ["sat"], "all_day": True}],
        "hours_exceptions": "Sauf jours fériés",
        "contacts": [
            {"channel": "phone", "value": "0465710001"},
            {"channel": "video", "value": "https://visio.example/1"},
        ],
        "substitutes": [named(BENALI)],
        "engaged_on": "2026-08-30",
    }
    enrol(embedded, WEBER, **told)
    kept = role(embedded, WEBER)
    assert kept["notAvailable"] == [
        {"description": "Congés", "during": {"start": "2026-11-16", "end": "2026-11-29"}},
        {"description": "Formation", "during": {"start": "2026-12-21T12:00:00+01:00"}},
    ]
    assert kept["availableTime"] == [
        {"daysOfWeek": ["mon", "fri"], "availableStartTime": "09:00:00", "availableEndTime": "18:30:00"},
        {"daysOfWeek": ["sat"], "allDay": True},
    ]
    # The same through the other door changes nothing.
    answer = embedded.fhir("PUT", f"/PractitionerRole/{kept['id']}", kept)
    assert answer.status_code == 200, answer.json
    assert role(embedded, WEBER)["meta"]["versionId"] == kept["meta"]["versionId"]


OTHER = "pc-torsion-cheville-2026.1-380999990-DELEGATEE-99900001019"


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        (
            {"substitutes": [{"identifier": OTHER, "rpps": "99900001019"}]},
            "PractitionerRole.extension('substitute').value",
        ),
        ({"substitutes": [named(WEBER)]}, "enrolment.substitutes"),
        ({"absences": [AWAY | {"end": "2026-11-15"}]}, "enrolment.absences[0].end"),
        ({"absences": [{"start": "2026-11-16"}]}, "enrolment.absences[0].reason"),
        ({"absences": [AWAY | {"start": "novembre"}]}, "enrolment.absences[0].start"),
        ({"hours": [{"days": ["fri"], "start": "18:00", "end": "09:00"}]}, "enrolment.hours[0].end"),
        ({"hours": [{"days": ["vendredi"]}]}, "enrolment.hours[0].days"),
        ({"hours": [{}]}, "enrolment.hours[0].end"),
        ({"contacts": [{"channel": "fax", "value": "0465710001"}]}, "enrolment.contacts[0].channel"),
    ],
)
def test_what_makes_no_sense_is_refused(refusing: House, changes: Json, expression: str) -> None:
    answer = refusing.post("enrolments", record_of(WEBER) | changes)
    assert answer.status_code in (400, 422)
    assert expression in {place for _, place in issues(answer)}


def test_a_délégué_has_no_substitute(refusing: House) -> None:
    answer = refusing.post("enrolments", record_of("99900001019") | {"substitutes": [named(BENALI)]})
    assert ("invariant", "enrolment.substitutes") in issues(answer)


# ── inclusions ────────────────────────────────────────────────────────────────────────────────────────────


def inclusion(**changes: Any) -> Json:
    return team_records("inclusions")[0] | {"identifier": "INCL-X", "start": "2026-11-20"} | changes


def test_nobody_is_included_on_a_day_when_every_délégant_is_known_to_be_away(embedded: House) -> None:
    enrol(embedded, WEBER, absences=[AWAY])
    enrol(embedded, BENALI, absences=[AWAY])
    before = embedded.standing()
    answer = embedded.post("inclusions", inclusion())
    assert issues(answer) == [("business-rule", "CarePlan.period.start")]
    assert embedded.standing() == before
    assert embedded.post("inclusions", inclusion(start="2026-11-30")).status_code == 201
    # What is on record stands, whatever is told of absences later.
    assert embedded.post("inclusions", team_records("inclusions")[0]).status_code == 200


@pytest.mark.parametrize(
    ("of_one", "of_the_other"),
    [
        ([AWAY], []),
        ([AWAY], [NOW_AND_THEN]),
        ([AWAY], [AWAY | {"start": "2026-11-20T13:00:00+01:00"}]),
        ([NOW_AND_THEN], [AWAY]),
    ],
)
def test_somebody_who_may_be_there_is_enough(embedded: House, of_one: list[Json], of_the_other: list[Json]) -> None:
    enrol(embedded, WEBER, absences=of_one)
    enrol(embedded, BENALI, absences=of_the_other)
    assert embedded.post("inclusions", inclusion()).status_code == 201


@pytest.mark.parametrize(("status", "allowed"), [("draft", False), ("active", True)])
def test_a_protocol_applied_to_who_is_not_included_yet(embedded: House, status: str, allowed: bool) -> None:
    """Whoever is included goes on being cared for; nobody comes in while nobody could answer."""
    assert embedded.post("inclusions", team_records("inclusions")[0] | {"status": status}).status_code in (200, 201)
    (plan,) = embedded.found(f"CarePlan?identifier={systems.IDENTIFIER}inclusion|INCL-0001")
    query = f"subject={plan['subject']['reference']}&practitioner={plan['author']['reference']}"
    asked = f"/PlanDefinition/pc-torsion-cheville/$apply?{query}"
    assert embedded.fhir("GET", asked).status_code == 200
    for rpps in (WEBER, BENALI):
        enrol(embedded, rpps, absences=[AWAY])
    answer = embedded.fhir("GET", asked)
    assert answer.status_code == (200 if allowed else 422)
    if not allowed:
        told = [issue["details"]["text"] for issue in answer.json["issue"]]
        assert told == [
            "Tous les délégants de l’équipe sont absents ce jour-là : le patient n’est pas inclus, "
            "il suit le parcours habituel."
        ]
    enrol(embedded, BENALI, absences=[NOW_AND_THEN])
    assert embedded.fhir("GET", asked).status_code == 200
