"""A training that expires suspends, by itself, once, with its proof."""

import datetime as dt
from typing import Any

import pytest

from service.intake.knowledge import Readings
from service.ledger.chain import Link
from service.ledger.verify import verify
from service.life.nightly import Nightly
from service.store import Store
from service.store.unit import Unit
from tests.declarations.scene import Scene, lines, lodged, team
from tests.house import act_record

Json = dict[str, Any]
LUCIE = team()[0]["rpps"]


def nightly(scene: Scene) -> Nightly:
    return Nightly(
        store=scene.store,
        catalogue=scene.house.composition.catalogue,
        clock=scene.house.clock,
        ids=scene.house.ids,
        readings=Readings(),
    )


def trained(scene: Scene, *trainings: Json, **changes: Any) -> None:
    answer = scene.house.post("enrolments", team()[0] | {"training": list(trainings)} | changes)
    assert answer.status_code in (200, 201), answer.json


def training(until: str | None, completed: str = "2026-06-12", module: str = "Formation torsion de cheville") -> Json:
    return {"module": module, "completed": completed} | ({"valid_until": until} if until else {})


def role(scene: Scene) -> Json:
    roles = scene.house.found(f"PractitionerRole?practitioner:identifier=https://rpps.esante.gouv.fr|{LUCIE}")
    (one,) = roles
    return one


def status(scene: Scene) -> str:
    one = role(scene)
    told = next(e["valueCode"] for e in one["extension"] if e["url"].endswith("enrolment-status"))
    assert one["active"] is (told == "active")
    return str(told)


def test_the_day_after_the_last_one(staffed: Scene) -> None:
    trained(staffed, training("2026-11-19"))
    before = role(staffed)
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 19)) == 0
    assert role(staffed) == before
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20)) == 1
    after = role(staffed)
    assert status(staffed) == "suspended"
    # Nothing else of it has changed.
    ignored = ("meta", "extension", "active", "period")
    assert after["period"] == before["period"] | {"end": "2026-11-19"}
    assert {k: v for k, v in after.items() if k not in ignored} == {k: v for k, v in before.items() if k not in ignored}
    assert [e for e in after["extension"] if "valueCode" not in e] == [
        e for e in before["extension"] if "valueCode" not in e
    ]
    version = after["meta"]["versionId"]
    (proof,) = [
        p
        for p in staffed.house.found(f"Provenance?target=PractitionerRole/{after['id']}")
        if p["target"][0]["reference"].endswith(f"/_history/{version}")
    ]
    assert proof["occurredDateTime"] == "2026-11-20"
    assert proof["entity"][0]["what"]["reference"].endswith(f"/_history/{int(version) - 1}")
    (care_team,) = staffed.house.found("CareTeam")
    assert len(care_team["participant"]) == 19
    assert list(verify(staffed.store, None)) == []


def test_acts_of_before_told_later_stay_covered(staffed: Scene) -> None:
    trained(staffed, training("2026-11-19"))
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20)) == 1
    before, after = ({"start": f"2026-11-{day}T10:05:00+01:00"} for day in (19, 20))
    told = staffed.house.post("acts", act_record(identifier="ACTE-1", performed=before))
    assert told.status_code == 201, told.json
    refused = staffed.house.post("acts", act_record(identifier="ACTE-2", performed=after))
    assert refused.status_code == 422
    texts = {issue["details"]["text"] for issue in refused.json["issue"]}
    assert "L’adhésion du délégué n’était pas active à la date de l’acte." in texts
    # Suspended by somebody, without a last day, covers nothing.
    trained(staffed, training(None), status="suspended")
    assert staffed.house.post("acts", act_record(identifier="ACTE-3", performed=before)).status_code == 422


def test_who_is_suspended_has_not_left(staffed: Scene) -> None:
    staffed.lodge(lodged(1001, "2026-08-25", lines(team())))
    staffed.poll()
    trained(staffed, training("2026-11-01"))
    nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20))
    assert not staffed.view("2026-11-20").difference
    assert not staffed.view("2026-10-20").difference


@pytest.mark.parametrize(
    ("period", "until", "end"),
    [
        ({"start": "2026-09-01", "end": "2026-12-31"}, "2026-11-01", "2026-11-01"),
        ({"start": "2026-09-01", "end": "2026-10-01"}, "2026-11-01", "2026-10-01"),
        ({"start": "2026-09-01"}, "2026-08-01", "2026-09-01"),
    ],
)
def test_the_last_day_is_within_the_period(staffed: Scene, period: Json, until: str, end: str) -> None:
    trained(staffed, training(until), period=period)
    nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20))
    assert role(staffed)["period"] == {"start": "2026-09-01", "end": end}


def test_twice_is_once(staffed: Scene) -> None:
    trained(staffed, training("2026-11-19"))
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20)) == 1
    standing = staffed.house.standing()
    staffed.house.clock.pass_(hours=1)
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20)) == 0
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 19)) == 0
    assert staffed.house.standing() == standing


@pytest.mark.parametrize(
    ("trainings", "suspended"),
    [
        ([training(None)], 0),
        ([training("2026-11-01"), training("2027-11-01", "2026-10-30")], 0),
        ([training("2026-11-01"), training("2027-11-01", "2026-12-30")], 1),
        ([training("2026-11-01"), training(None, module="Autre formation")], 1),
        ([training("2026-11-01", module="Autre formation")], 0),
    ],
)
def test_what_the_protocol_asks_for_and_nothing_else(staffed: Scene, trainings: list[Json], suspended: int) -> None:
    trained(staffed, *trainings)
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20)) == suspended


@pytest.mark.parametrize(
    "changes", [{"status": "suspended"}, {"status": "ended", "period": {"start": "2026-09-01", "end": "2026-10-01"}}]
)
def test_who_is_not_active_is_left_alone(staffed: Scene, changes: Json) -> None:
    trained(staffed, training("2026-11-01"), **changes)
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20)) == 0


def test_whoever_is_trained_again_may_be_active_again(staffed: Scene) -> None:
    trained(staffed, training("2026-11-01"))
    nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20))
    trained(staffed, training("2027-11-21", "2026-11-21"))
    assert status(staffed) == "active"
    assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 21)) == 0


def test_somebody_who_writes_meanwhile_is_not_written_over(staffed: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(staffed, training("2026-11-01"))
    night = nightly(staffed)
    listed = list(night._lapsed(dt.date(2026, 11, 20)))
    monkeypatch.setattr(Nightly, "_lapsed", lambda self, day: iter(listed))
    trained(staffed, training("2027-11-21", "2026-11-10"))
    assert night.suspend_lapsed(dt.date(2026, 11, 20)) == 0
    assert status(staffed) == "active"


def test_somebody_who_writes_between_the_reading_and_the_commit(
    staffed: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(staffed, training("2026-11-01"))
    commit, others = Store.commit, [training("2027-11-21", "2026-11-10")]

    def overtaken(self: Store, unit: Unit) -> tuple[Link, ...]:
        if others and any(write.type == "PractitionerRole" for write in unit.writes):
            trained(staffed, others.pop())
        return commit(self, unit)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "commit", overtaken)
        assert nightly(staffed).suspend_lapsed(dt.date(2026, 11, 20)) == 0
    assert others == []
    assert status(staffed) == "active"
