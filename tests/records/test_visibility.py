"""How the report of an act shows, asked through the flat door: who may, what is refused, what one commit holds."""

import threading
from pathlib import Path
from typing import Any

import pytest

from mappings.domain.showing import Showing
from mappings.records.showing import showing_to_record
from service.cli import main
from service.ledger.verify import verify
from service.outbox.envelope import CHANGES_SHOWING, Destination, Envelope, State
from service.store import Store
from service.store.unit import Stale
from tests.house import House, Json, act_record, issues, leaves, team_records
from tests.intake.correcting import token
from tests.stores import EMBEDDED, database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]

DELEGATEE, DELEGATOR, OTHER = "99900001019", "99900002017", "99900002025"
WHY = "Résultat à annoncer de vive voix."


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:  # the imported fixture
    return House(store, tmp_path, people=2, dmp_mode="INDIRECTE_RENFORCEE")


@pytest.fixture
def act(house: House) -> str:
    return str(house.post("acts", act_record()).json["act"]).partition("/")[2]


def put(house: House, act: str, rpps: str = DELEGATOR, body: Any = None, **wanted: bool) -> Any:
    told = showing_to_record(Showing(**wanted)) | {"reason": WHY} if body is None else body
    headers = {"Authorization": token(house, rpps)} if rpps else {}
    return house.app.test_client().put(f"/records/acts/{act}/visibility", json=told, headers=headers)


def changes(house: House, act: str) -> list[Envelope]:
    found = house.store.envelopes_of(f"Procedure/{act}/_history/1")
    return [one for one in found if one.purpose in CHANGES_SHOWING]


def test_one_commit_holds_what_is_asked_who_asked_why_and_what_carries_it(house: House, act: str) -> None:
    before = house.standing()
    answer = put(house, act, masked=True, hidden=True)
    assert answer.status_code == 200, answer.text
    told = answer.json
    assert (told["masked_from_professionals"], told["hidden_from_patient"], told["archived"]) == (True, True, False)
    assert [(one["change"], one["status"], one["asked_by"]) for one in told["changes"]] == [
        ("mask", "requested", DELEGATOR),
        ("hide", "requested", DELEGATOR),
    ]
    mask, hide = sorted(changes(house, act), key=lambda one: one.purpose == "hide")
    report = next(
        one for one in house.store.envelopes_of(f"Procedure/{act}/_history/1") if one.destination is Destination.DMP
    )
    # Each comes after what brings the document, and after the change before it.
    assert (mask.purpose, mask.follows, hide.follows) == ("mask", report.id, mask.id)
    assert {f"Task/{one.id}" for one in (mask, hide)} == {one["task"] for one in told["changes"]}
    (proof,) = [one for one in house.found(f"Provenance?target=Task/{mask.id}") if one["reason"] == [{"text": WHY}]]
    assert proof["agent"][0]["who"]["identifier"]["value"] == DELEGATOR
    assert [one["reference"].partition("/")[0] for one in proof["target"]] == ["Task", "Task", "Procedure"]
    assert any(one["subtype"][0]["code"] == "document-updated" for one in house.found("AuditEvent"))
    # The mails that would bring it to whom it is hidden from do not leave.
    states = {
        one.destination: one.state for one in house.store.envelopes_of(f"Procedure/{act}/_history/1") if one.message_id
    }
    assert set(states.values()) == {State.CANCELLED}
    after = house.standing()
    assert after["resources"]["Task"] == before["resources"]["Task"] + 2
    assert list(verify(house.store)) == []


@EMBEDDED
def test_asked_twice_is_asked_once_and_the_contrary_is_another_change(house: House, act: str) -> None:
    first = put(house, act, hidden=True).json
    standing = house.standing()
    assert put(house, act, DELEGATEE, hidden=True).json == first
    assert house.standing() == standing
    assert [one["change"] for one in put(house, act).json["changes"]] == ["hide", "reveal"]
    got = house.app.test_client().get(
        f"/records/acts/{act}/visibility", headers={"Authorization": token(house, DELEGATEE)}
    )
    assert (got.status_code, got.json["hidden_from_patient"]) == (200, False)


@EMBEDDED
def test_who_says_what_they_had_seen_shows_nothing_again_that_was_hidden_since(house: House, act: str) -> None:
    named = {"Authorization": token(house, DELEGATOR)}
    client, path = house.app.test_client(), f"/records/acts/{act}/visibility"
    seen = client.get(path, headers=named).headers["ETag"]
    assert put(house, act, DELEGATEE, hidden=True).headers["ETag"] != seen
    masked = showing_to_record(Showing(masked=True)) | {"reason": WHY}
    late = client.put(path, json=masked, headers=named | {"If-Match": seen})
    assert (late.status_code, issues(late)) == (412, [("conflict", "act")])
    assert [one.purpose for one in changes(house, act)] == ["hide"]
    listed = client.put(path, json=masked, headers=named | {"If-Match": f'{seen}, "0"'})
    assert listed.status_code == 412
    now = f"{seen}, {client.get(path, headers=named).headers['ETag']}"
    both = showing_to_record(Showing(masked=True, hidden=True)) | {"reason": WHY}
    assert client.put(path, json=both, headers=named | {"If-Match": now}).status_code == 200
    assert client.put(path, json=both, headers=named | {"If-Match": "demain"}).status_code == 400


_WHOLE = {"masked_from_professionals": True, "hidden_from_patient": False, "archived": False, "reason": WHY}


@EMBEDDED
@pytest.mark.parametrize(
    ("rpps", "body", "status"),
    [
        ("", _WHOLE, 401),
        (OTHER, _WHOLE, 403),
        (DELEGATOR, {**_WHOLE, "archived": True}, 403),
        (DELEGATOR, {**_WHOLE, "reason": " "}, 422),
        (DELEGATOR, {**_WHOLE, "reason": "x" * 501}, 422),
        (DELEGATOR, {**_WHOLE, "reason": "a\x00b"}, 400),
        (DELEGATOR, {key: value for key, value in _WHOLE.items() if key != "archived"}, 422),
        (DELEGATOR, {**_WHOLE, "masked_from_professionals": "oui"}, 400),
        (DELEGATOR, {**_WHOLE, "MASQUE_PS": True}, 400),
        (DELEGATOR, [], 400),
        (DELEGATOR, {**_WHOLE, "masked_from_professionals": None}, 400),
    ],
)
def test_what_may_not_be_asked_leaves_no_trace(house: House, act: str, rpps: str, body: Any, status: int) -> None:
    before = house.standing()
    answer = put(house, act, rpps, body)
    assert answer.status_code == status, answer.text
    assert all(WHY not in issue["diagnostics"] for issue in answer.json["issue"] if "diagnostics" in issue)
    assert house.standing() == before
    assert put(house, act, rpps, body, **{}).status_code == status


@EMBEDDED
def test_who_asks_for_another_structure_is_told_no_more(house: House, act: str) -> None:
    issuer = house.composition.issuer
    headers = {"Authorization": f"Bearer {issuer.token(DELEGATOR, '670999982')}"}
    answer = house.app.test_client().put(f"/records/acts/{act}/visibility", json=_WHOLE, headers=headers)
    assert (answer.status_code, issues(answer)) == (403, [("forbidden", "act")])


@EMBEDDED
@pytest.mark.parametrize("rpps", [DELEGATEE, DELEGATOR])
def test_who_has_left_the_structure_asks_nothing_more_of_it(house: House, act: str, rpps: str) -> None:
    assert put(house, act, rpps, masked=True).status_code == 200
    leaves(house.client, rpps)
    before = house.standing()
    for wanted in ({"masked": True}, {}, {"masked": True, "hidden": True}):
        answer = put(house, act, rpps, **wanted)
        assert (answer.status_code, issues(answer)) == (403, [("forbidden", "act")]), wanted
    assert house.standing() == before
    # Who stays goes on, and how it shows is told as before.
    assert put(house, act, {DELEGATEE: DELEGATOR, DELEGATOR: DELEGATEE}[rpps]).status_code == 200
    path, named = f"/records/acts/{act}/visibility", {"Authorization": token(house, rpps)}
    assert house.app.test_client().get(path, headers=named).json["masked_from_professionals"] is False


@EMBEDDED
def test_who_leaves_meanwhile_is_refused(house: House, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, left = house.store.commit, [1]

    def overtaken(unit: Any) -> Any:
        if left and any(one.purpose in CHANGES_SHOWING for one in unit.envelopes):
            left.clear()
            leaves(house.client, DELEGATOR)
        return commit(unit)

    monkeypatch.setattr(house.store, "commit", overtaken)
    assert put(house, act, masked=True).status_code == 403
    assert changes(house, act) == []


@EMBEDDED
def test_an_act_that_is_not_there(house: House) -> None:
    assert put(house, "nowhere", masked=True).status_code == 404
    assert put(house, "..%2F..", masked=True).status_code == 404


@EMBEDDED
def test_only_its_author_archives_and_nobody_takes_out_of_the_archive(house: House, act: str) -> None:
    assert put(house, act, DELEGATEE, archived=True).status_code == 200
    answer = put(house, act, DELEGATEE)
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", "archived")])


@EMBEDDED
def test_a_structure_that_comes_alone_asks_nothing_of_the_dmp(store: Store, tmp_path: Path) -> None:
    house = House(store, tmp_path, people=1)
    act = str(house.post("acts", act_record()).json["act"]).partition("/")[2]
    answer = put(house, act, masked=True)
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", "act")])
    assert "professionnel identifié" in answer.text


@EMBEDDED
def test_of_an_act_in_error_nothing_is_asked(house: House, act: str) -> None:
    told: Json = house.fhir("GET", f"/Procedure/{act}").json | {"status": "entered-in-error"}
    assert house.fhir("PUT", f"/Procedure/{act}", told).status_code == 200
    assert put(house, act, masked=True).status_code in (409, 422)


@EMBEDDED
def test_a_report_that_goes_to_no_record_has_nothing_to_hide(house: House) -> None:
    consent = team_records("consents")[0]
    consent["sharing"] = {"dmp": False, "patient_mailbox": True, "professional_mailbox": True}
    assert house.post("consents", consent).status_code in (200, 201)
    made = house.post("acts", act_record(identifier="ACTE-SANS")).json
    assert Destination.DMP not in [one["destination"] for one in made["deliveries"]]
    answer = put(house, made["act"].partition("/")[2], masked=True)
    assert (answer.status_code, issues(answer)) == (422, [("business-rule", "act")])


def test_two_who_ask_at_once_come_one_after_the_other(house: House, act: str) -> None:
    """Numbered without a gap: none is lost, and none overtakes."""
    barrier = threading.Barrier(2)

    def one(rpps: str, **wanted: bool) -> None:
        barrier.wait()
        assert put(house, act, rpps, **wanted).status_code == 200

    threads = [
        threading.Thread(target=one, args=(DELEGATOR,), kwargs={"masked": True}),
        threading.Thread(target=one, args=(DELEGATEE,), kwargs={"hidden": True}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = changes(house, act)
    follows = {one.follows for one in found}
    assert len(follows) == len(found), "each follows another"
    assert list(verify(house.store)) == []


@EMBEDDED
def test_whoever_is_overtaken_decides_again(house: House, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, tried = house.store.commit, []

    def overtaken(unit: Any) -> Any:
        tried.append(unit)
        if len(tried) == 1:
            raise Stale
        return commit(unit)

    monkeypatch.setattr(house.store, "commit", overtaken)
    assert put(house, act, masked=True).status_code == 200
    assert len(tried) == 2


def test_the_command_tells_and_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from service.store import open_store

    database = f"sqlite:///{tmp_path / 'binome.sqlite'}"
    house = House(open_store(database), tmp_path, people=1, dmp_mode="INDIRECTE_RENFORCEE")
    act = str(house.post("acts", act_record()).json["act"]).partition("/")[2]
    house.store.close()
    monkeypatch.setenv("BINOME_DATABASE", database)
    monkeypatch.setenv("BINOME_DMP_MODE", "INDIRECTE_RENFORCEE")
    assert main(["visibility", act, "--by", DELEGATOR, "--hidden", "yes", "--reason", WHY]) == 0
    assert "Non visible par le patient : oui." in capsys.readouterr().out
    assert main(["visibility", act, "--by", OTHER, "--hidden", "no", "--reason", WHY]) == 1
    assert main(["visibility", act, "--by", DELEGATEE]) == 0
    told = capsys.readouterr().out
    assert "Non visible par le patient : oui." in told
    assert "hide requested" in told
