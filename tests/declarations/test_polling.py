"""A poll takes in what changed, whole or not at all; the same again changes nothing."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from mappings.domain.declaration import Declaration
from mappings.fhir.validation import validated
from mappings.records.form import form_from_toml
from service.clients.portal.read import Kind
from service.declarations import Keeping, Kept, watermark
from service.ledger.verify import verify
from service.sandbox.faults import KINDS, Fault
from service.sandbox.server import PROCEDURE
from service.store import Unconfirmed
from tests.declarations.scene import FORM, Scene, at, line, lines, lodged, team
from tests.house import ROOT

Json = dict[str, Any]
EQUIPE = (ROOT / "fixtures" / "demarche" / "equipe.toml").read_text(encoding="utf-8")


def one_by_one(count: int) -> list[Json]:
    return [lodged(1000 + n, f"2026-08-{n + 1:02}", lines(team()[n : n + 1] + team()[10:11])) for n in range(count)]


def test_polling_again_changes_nothing(scene: Scene) -> None:
    scene.lodge(*one_by_one(5))
    assert scene.poll().kept == {Kept.NEW: 5}
    standing = scene.house.standing()
    scene.house.clock.pass_(hours=1)
    assert scene.poll().kept == {Kept.SAME: 2}
    assert scene.poll(everything=True).kept == {Kept.SAME: 5}
    assert scene.house.standing() == standing


def test_the_overlap_begins_at_the_newest_dossier_on_record(scene: Scene) -> None:
    assert watermark(scene.store, PROCEDURE, at("2026-11-20")) is None
    scene.lodge(*one_by_one(3))
    scene.poll()
    assert watermark(scene.store, PROCEDURE, at("2026-11-20")) == at("2026-08-03")
    assert watermark(scene.store, PROCEDURE + 1, at("2026-11-20")) is None
    # A dossier dated tomorrow hides nothing that comes today.
    scene.lodge(lodged(1999, "2027-05-01", lines(team())))
    scene.poll()
    assert watermark(scene.store, PROCEDURE, at("2026-11-20")) == at("2026-11-20")


def test_a_dossier_that_changes_is_another_list_and_the_first_stays(scene: Scene) -> None:
    scene.lodge(lodged(1001, "2026-08-25", lines(team())))
    scene.poll()
    scene.lodge(lodged(1001, "2026-08-25", lines(team()[1:]), changed=at("2026-09-10")))
    assert scene.poll().kept == {Kept.NEW: 1}
    assert [(d.day.isoformat(), len(d.members)) for d in scene.declared()] == [("2026-08-25", 20), ("2026-09-10", 19)]


def test_a_decision_changes_the_task_and_not_the_list(scene: Scene) -> None:
    members = lines(team())
    scene.lodge(lodged(1001, "2026-08-25", members))
    scene.poll()
    scene.lodge(lodged(1001, "2026-08-25", members, state="accepte", decided=at("2026-09-05")))
    assert scene.poll(everything=True).kept == {Kept.CHANGED: 1}
    (task,) = scene.tasks()
    assert (task["status"], task["meta"]["versionId"]) == ("completed", "2")
    assert task["executionPeriod"]["end"] == "2026-09-05T09:00:00+00:00"
    proofs = scene.house.found(f"Provenance?target=Task/{task['id']}")
    assert {p["target"][0]["reference"] for p in proofs} == {f"Task/{task['id']}/_history/{n}" for n in (1, 2)}
    assert list(verify(scene.store, None)) == []


@pytest.mark.parametrize(("state", "status"), [("refuse", "rejected"), ("sans_suite", "cancelled")])
def test_what_is_refused_declares_nothing_from_that_day(scene: Scene, state: str, status: str) -> None:
    scene.lodge(lodged(1001, "2026-08-25", lines(team())))
    scene.poll()
    # The list changes, then the dossier is refused: all that it ever said is.
    scene.lodge(lodged(1001, "2026-08-25", lines(team()[1:]), changed=at("2026-09-01")))
    scene.poll()
    scene.lodge(
        lodged(1001, "2026-08-25", lines(team()[1:]), changed=at("2026-09-01"), state=state, decided=at("2026-09-05"))
    )
    scene.poll()
    assert {task["status"] for task in scene.tasks()} == {"requested", status}
    assert scene.view("2026-09-04").declared is not None
    assert scene.view("2026-09-05").declared is None


def test_an_unknown_revision_is_kept_aside_and_the_others_go_in(scene: Scene) -> None:
    scene.lodge(*one_by_one(2), lodged(1500, "2026-08-20", lines(team()), revision="REVISION-NOUVELLE"))
    told = scene.poll()
    assert told.kept == {Kept.NEW: 3}
    assert told.dossiers_aside == 1
    (aside,) = scene.house.found("Task?business-status=dossier-aside")
    assert aside["output"][-1]["valueString"] == (
        "Dossier : la révision de la démarche n’est pas décrite dans la configuration."
    )
    assert "contained" not in aside
    assert "reference" not in aside["requester"]

    # Once the configuration tells the revision, the same dossier goes in.
    form = form_from_toml(EQUIPE.replace('"REVISION-FICTIVE-1"', '"REVISION-NOUVELLE"'))
    assert scene.poll(form=form, everything=True).kept == {Kept.CHANGED: 3}
    both = replace(FORM, revisions={**FORM.revisions, **form.revisions})
    scene.poll(form=both, everything=True)
    assert scene.house.found("Task?business-status=dossier-aside") == []
    assert len(scene.declared()) == 3


def test_rows_aside_are_seen_and_taken_in_once_the_dossier_is_mended(scene: Scene) -> None:
    scene.lodge(lodged(1001, "2026-08-25", [line(team()[0], profession="Rebouteux"), *lines(team()[1:])]))
    told = scene.poll()
    assert (told.rows_aside, told.dossiers_aside) == (1, 0)
    (task,) = scene.house.found("Task?business-status=rows-aside")
    assert [o["valueString"] for o in task["output"][1:]] == ["Ligne 1 : la profession n’est pas reconnue."]
    # Nothing of that row is on record, not even who it is about.
    rpps = team()[0]["rpps"]
    assert scene.house.found(f"Practitioner?identifier={rpps}") == []
    assert rpps not in str(scene.tasks())
    assert len(scene.house.found("PractitionerRole?_count=50")) == 19

    scene.lodge(lodged(1001, "2026-08-25", lines(team()), changed=at("2026-08-27")))
    scene.poll()
    assert len(scene.house.found("PractitionerRole?_count=50")) == 20
    assert scene.view("2026-11-20").remarked == ()


def test_an_unreadable_dossier_stops_nobody(scene: Scene) -> None:
    scene.lodge(*one_by_one(2))
    scene.sandbox.state.portal.put(one_by_one(3)[2] | {"dateDepot": 3})
    told = scene.poll()
    assert (told.nameless, told.kept) == (1, {Kept.NEW: 2})


def test_a_poll_cut_short_keeps_nothing_and_the_next_one_all(scene: Scene) -> None:
    scene.lodge(*(lodged(2000 + n, "2026-08-25", lines(team()[:1] + team()[10:11])) for n in range(60)))
    standing = scene.house.standing()
    # The first page comes; the second, after the fiftieth dossier, never does.
    scene.sandbox.state.faults.order(
        Fault(destination="portal", kind="5xx", at="dossiers", times=5, code=502, match="NTA=")
    )
    told = scene.poll()
    assert told.trouble is not None
    assert told.trouble.kind is Kind.UNAVAILABLE
    assert scene.waits == [2.0, 4.0, 8.0, 16.0]
    assert scene.house.standing() == standing
    assert scene.poll().kept == {Kept.NEW: 60}


@pytest.mark.parametrize("kind", sorted(KINDS["portal"].keys() - {"slow", "drip"}))
def test_after_every_family_of_faults_the_next_poll_takes_all(scene: Scene, kind: str) -> None:
    scene.lodge(*one_by_one(2))
    standing = scene.house.standing()
    scene.sandbox.state.faults.order(
        Fault(destination="portal", kind=kind, at="dossiers", times=5, code=400 if kind == "4xx" else 503)
    )
    assert scene.poll().trouble is not None
    assert scene.house.standing() == standing
    scene.sandbox.state.faults.clear()
    assert scene.poll().kept == {Kept.NEW: 2}


def test_a_process_that_dies_leaves_nothing_behind_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dossiers come by number; the first of them changed last, and the process dies at the second."""
    people = lines(team()[:1] + team()[10:11])
    scene.lodge(*(lodged(1001 + n, f"2026-08-{10 - 3 * n:02}", people) for n in range(3)))
    keep = scene.keeping.keep

    def dies(self: Keeping, declaration: Declaration) -> Kept:
        if declaration.receipt == "1002":
            raise Unconfirmed("the database is gone")
        return keep(declaration)

    with monkeypatch.context() as patched:
        patched.setattr(Keeping, "keep", dies)
        with pytest.raises(Unconfirmed):
            scene.poll()
    assert {d.receipt for d in scene.declared()} == {"1003"}
    assert scene.poll().kept == {Kept.NEW: 2, Kept.SAME: 1}


def test_a_structure_nobody_knows_keeps_its_list_without_enrolments(scene: Scene) -> None:
    scene.lodge(lodged(1001, "2026-08-25", lines(team()), secteur="Autre"))
    scene.poll()
    assert scene.house.found("PractitionerRole") == []
    (declared,) = scene.declared()
    assert len(declared.members) == 20
    assert [r.text for r in declared.remarks if not r.aside] == [
        "la structure n’est pas encore connue ici, et le dossier ne dit pas son secteur d’activité : "
        "aucune adhésion n’est proposée."
    ]


def test_two_lists_of_one_person_are_one_practitioner(scene: Scene) -> None:
    doctor = {"profession": "Médecin", "fonction": "Délégant"}
    scene.lodge(lodged(1001, "2026-09-25", [line(team()[0], **doctor), line(team()[1])]))
    scene.lodge(lodged(1002, "2026-08-25", lines([team()[0], team()[10]])))
    scene.poll()
    (person,) = scene.house.found(f"Practitioner?identifier={team()[0]['rpps']}")
    assert person["qualification"][0]["code"]["coding"][0]["code"] == "10"
    # What somebody else has said since stays.
    answer = scene.house.post("enrolments", team()[0] | {"status": "declared"})
    assert answer.status_code == 201, answer.json
    scene.lodge(lodged(1003, "2026-10-25", [line(team()[0], prenom="Autre", **doctor), line(team()[1])]))
    scene.poll()
    (person,) = scene.house.found(f"Practitioner?identifier={team()[0]['rpps']}")
    assert person["name"][0]["given"] == [team()[0]["given"]]


@pytest.mark.parametrize("state", ["en_construction", "en_instruction", "accepte", "refuse", "sans_suite"])
def test_what_is_written_is_valid(scene: Scene, state: str) -> None:
    over = state in ("accepte", "refuse", "sans_suite")
    rows = [*lines(team()), line(team()[0]), line(team()[1], rpps="", adeli="389999999", nom="SANS-FICTIF")]
    scene.lodge(
        lodged(1001, "2026-08-25", rows, state=state, decided=at("2026-09-02") if over else None),
        lodged(1002, "2026-08-26", rows, revision="REVISION-INCONNUE"),
    )
    scene.poll()
    written = (
        scene.tasks() + scene.house.found("Provenance?_count=50") + scene.house.found("PractitionerRole?_count=50")
    )
    assert len(written) == 2 + 2 + 20
    for resource in written:
        errors = [issue for issue in validated(resource) if issue.severity == "error"]
        assert errors == [], (resource["resourceType"], errors)


@pytest.mark.parametrize(
    "stamp", ["9999-12-31T23:59:59-05:00", "9999-12-30T09:00:00Z", "0001-01-01T00:00:00+05:00", "0001-01-02T09:00:00Z"]
)
def test_the_ends_of_time_stop_nobody(scene: Scene, stamp: str) -> None:
    keys = ("dateDepot", "dateDerniereModification", "dateDerniereModificationChamps")
    scene.lodge(lodged(1001, "2026-08-25", lines(team())))
    scene.sandbox.state.portal.put(lodged(1002, "2026-08-25", lines(team())) | dict.fromkeys(keys, stamp))
    told = scene.poll()
    assert told.kept[Kept.NEW] + told.nameless == 2
    assert scene.view("2026-11-20").declared is not None
    # The next poll begins at the first dossier, whatever the second says.
    scene.lodge(lodged(1003, "2026-11-20", lines(team())))
    assert scene.poll().kept[Kept.NEW] == 1


def test_the_clock_of_the_portal_is_read_in_france(scene: Scene) -> None:
    late = dt.datetime(2026, 8, 25, 23, 30, tzinfo=dt.UTC)
    node = lodged(1001, "2026-08-25", lines(team()))
    stamp = late.isoformat().replace("+00:00", "Z")
    keys = ("dateDepot", "dateDerniereModification", "dateDerniereModificationChamps")
    scene.lodge(node | dict.fromkeys(keys, stamp))
    scene.poll()
    assert scene.view("2026-08-25").declared is None
    assert scene.view("2026-08-26").declared is not None
