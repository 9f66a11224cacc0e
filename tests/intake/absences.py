"""The team of the tests, with absences and substitutes by hand."""

from copy import deepcopy
from typing import Any

from mappings.codes import systems
from tests.house import House, Json, team_records

WEBER, BENALI = "99900002017", "99900002025"
#: The house stands on Friday 20 November 2026.
AWAY = {"start": "2026-11-16", "end": "2026-11-29", "reason": "Congés"}
NOW_AND_THEN = {"reason": "Congés"}
PHONE = {"channel": "phone", "value": "0465710001"}
ARRANGED = {
    "protocol": "pc-torsion-cheville|2026.1",
    "structure_finess": "380999990",
    "contacts": [PHONE],
    "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "18:00"}],
    "response_minutes": 30,
}


def record_of(rpps: str) -> Json:
    return deepcopy(next(one for one in team_records("enrolments") if one["rpps"] == rpps))


def named(rpps: str) -> Json:
    return {"identifier": record_of(rpps)["identifier"], "rpps": rpps}


def enrol(house: House, rpps: str, **changes: Any) -> None:
    answer = house.post("enrolments", record_of(rpps) | changes)
    assert answer.status_code in (200, 201), answer.json


def role(house: House, rpps: str) -> Json:
    (one,) = house.found(f"PractitionerRole?practitioner:identifier={systems.RPPS}|{rpps}")
    return one


def owner(task: Json) -> str:
    """RPPS of whose it is; ``team`` when it is the whole team's."""
    if task["owner"]["reference"].startswith("CareTeam/"):
        return "team"
    return str(task["owner"]["identifier"]["value"])


def instead_of(task: Json) -> str:
    """RPPS of the délégant in whose place it is held; empty while it is the délégant's own."""
    extensions = [one for one in task.get("extension", ()) if one["url"] == systems.EXT_DELEGATOR]
    return str(extensions[0]["valueReference"]["identifier"]["value"]) if extensions else ""


def proofs_of(house: House, task: Json) -> list[Json]:
    """Provenances of the versions of a task, the oldest first."""
    told = house.found(f"Provenance?target=Task/{task['id']}&_sort=recorded")
    return [one for one in told if one["target"][0]["reference"].startswith(f"Task/{task['id']}/")]
