"""A dossier with faulty rows: each is kept aside with its reason on the Task, and the others go in and are enrolled."""

from typing import Any

import pytest

from tests.declarations.scene import Scene, line, lodged, team

Json = dict[str, Any]
#: What is changed of the second row, and the reason that its author reads.
ROWS: dict[str, tuple[dict[str, str], str]] = {
    "an unknown profession": ({"profession": "Rebouteux"}, "la profession n’est pas reconnue."),
    "a bad RPPS": ({"rpps": "999"}, "le numéro RPPS ne compte pas 11 chiffres."),
    "a missing name": ({"nom": ""}, "nom"),
    "neither RPPS nor ADELI": ({"rpps": "", "adeli": ""}, "RPPS"),
}


@pytest.mark.parametrize(("changes", "reason"), ROWS.values(), ids=ROWS)
def test_the_row_stays_aside_and_the_others_go_in(scene: Scene, changes: dict[str, str], reason: str) -> None:
    rows = [line(team()[0]), line(team()[1], **changes), line(team()[10])]
    scene.lodge(lodged(1001, "2026-08-25", rows))
    done = scene.poll()
    assert (done.rows_aside, done.dossiers_aside, done.refused) == (1, 0, ())
    (task,) = scene.house.found("Task?business-status=rows-aside")
    (remark,) = [one["valueString"] for one in task["output"][1:]]
    assert remark.startswith("Ligne 2 : ")
    assert reason in remark
    assert team()[1]["family"] not in str(scene.tasks())
    people = [team()[0]["rpps"], team()[10]["rpps"]]
    known = [one["value"] for person in scene.house.found("Practitioner") for one in person["identifier"]]
    assert sorted(value for value in known if len(value) == 11) == sorted(people)
    assert len(scene.house.found("PractitionerRole")) == 2
