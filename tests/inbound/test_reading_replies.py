"""An answer told to be read: by whom, when, through each door; once, forward, and by nobody else."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.console.session import COOKIE
from service.ledger.verify import verify
from tests.console.page import get
from tests.dispatch.round import DOCTOR, PATIENT
from tests.house import House, Json, act_record, issues, leaves
from tests.inbound import letters
from tests.inbound.desk import Desk
from tests.stores import EMBEDDED

DELEGATEE, DELEGATOR, STRANGER = "99900001019", "99900002017", "99900099999"
SAID = "Bien reçu <b>merci</b>, je rappelle."


def token(house: House, rpps: str, structure: str = "") -> str:
    return f"Bearer {house.composition.issuer.token(rpps, structure)}"


@pytest.fixture
def waiting(desk: Desk) -> Json:
    """The task of an answer of the délégant."""
    desk.receive(letters.reply(desk.round.envelope(DOCTOR), SAID))
    (task,) = desk.tasks("read-reply")
    return task


def put(desk: Desk, task: Json, rpps: str = "", **headers: str) -> Any:
    said = {"Authorization": token(desk.house, rpps)} if rpps else {}
    return desk.house.fhir("PUT", f"/Task/{task['id']}", task, **said, **headers)


def now(desk: Desk, task: Json) -> Json:
    answer: Json = desk.house.fhir("GET", f"/Task/{task['id']}").json
    return answer


def post(desk: Desk, task: Json, rpps: str, **headers: str) -> Any:
    named = {"Authorization": token(desk.house, rpps)} if rpps else {}
    path = f"/records/replies/{task['id']}/read"
    return desk.house.app.test_client().post(path, headers=named | {k.replace("_", "-"): v for k, v in headers.items()})


def listed(desk: Desk, rpps: str, query: str = "") -> Any:
    named = {"Authorization": token(desk.house, rpps)} if rpps else {}
    return desk.house.app.test_client().get(f"/records/replies{query}", headers=named)


def assert_read(desk: Desk, task: Json, rpps: str) -> None:
    """Who and when stand in the task and in its proof; the act itself is still to be read."""
    done = now(desk, task)
    instant = done["executionPeriod"]["end"]
    assert (done["status"], done["lastModified"]) == ("completed", instant)
    rest = {k: v for k, v in done.items() if k not in ("meta", "status", "executionPeriod", "lastModified")}
    assert rest == {k: v for k, v in task.items() if k not in ("meta", "status", "lastModified")}
    (proof,) = desk.house.found(f"Provenance?target=Task/{task['id']}")
    targets = [one["reference"] for one in proof["target"]]
    assert targets == [f"Task/{task['id']}/_history/{done['meta']['versionId']}", desk.round.act]
    assert (proof["agent"][0]["who"]["identifier"]["value"], proof["recorded"]) == (rpps, instant)
    assert proof["agent"][0]["who"]["reference"].startswith("PractitionerRole/")
    assert {one["status"] for one in desk.tasks("acknowledge")} == {"requested"}
    assert "je rappelle" not in str(proof) + str(done)
    assert verify(desk.store) == []


def test_by_fhir_with_who_and_when(desk: Desk, waiting: Json) -> None:
    desk.house.clock.pass_(hours=1)
    answer = put(desk, waiting | {"status": "completed"}, DELEGATEE, If_Match='W/"1"')
    assert (answer.status_code, answer.headers["ETag"], answer.json["status"]) == (200, 'W/"2"', "completed"), (
        answer.text
    )
    assert_read(desk, waiting, DELEGATEE)
    standing = desk.house.standing()
    # Another who reads it changes nothing: the first reading stands.
    again = put(desk, answer.json, DELEGATOR)
    assert (again.status_code, again.json) == (200, answer.json)
    assert desk.house.standing() == standing
    trace = desk.house.fhir("GET", f"/{desk.round.act.partition('/_history/')[0]}/$trace").json
    names = {(one["resource"]["resourceType"], one["resource"]["id"]) for one in trace["entry"]}
    assert ("Task", waiting["id"]) in names
    assert desk.house.found(f"Provenance?target=Task/{waiting['id']}")[0]["id"] in {id_ for _, id_ in names}


@EMBEDDED
def test_by_patch(desk: Desk, waiting: Json) -> None:
    operations = [{"op": "replace", "path": "/status", "value": "completed"}]
    answer = desk.house.app.test_client().patch(
        f"/fhir/Task/{waiting['id']}",
        data=json.dumps(operations),
        headers={"Content-Type": "application/json-patch+json", "Authorization": token(desk.house, DELEGATOR)},
    )
    assert answer.status_code == 200, answer.text
    assert_read(desk, waiting, DELEGATOR)


def test_by_the_flat_door(desk: Desk, waiting: Json) -> None:
    (one,) = listed(desk, DELEGATOR).json["replies"]
    assert (one["task"], one["status"], one["read_by"]) == (f"Task/{waiting['id']}", "requested", None)
    assert one["act"] == desk.round.act.partition("/_history/")[0]
    # As it was written, and nothing of it is markup to anybody.
    assert one["message"]["text"].strip() == SAID
    answer = post(desk, waiting, DELEGATEE, Idempotency_Key="k-1")
    assert answer.status_code == 200, answer.text
    assert answer.json["resources"] == [f"Task/{waiting['id']}/_history/2"]
    assert_read(desk, waiting, DELEGATEE)
    standing = desk.house.standing()
    assert post(desk, waiting, DELEGATEE, Idempotency_Key="k-1").json == answer.json
    assert post(desk, waiting, DELEGATOR).status_code == 200
    assert desk.house.standing() == standing
    assert listed(desk, DELEGATOR).json["replies"] == []
    (read,) = listed(desk, DELEGATOR, "?status=completed").json["replies"]
    assert (read["read_by"], read["read_at"]) == (DELEGATEE, now(desk, waiting)["executionPeriod"]["end"])


def test_by_the_page_which_then_says_who_and_when(desk: Desk, waiting: Json) -> None:
    browser = _browser(desk, DELEGATOR)
    page = get(browser, "/messages")
    (form,) = page.find("//main//form")
    assert form.get("action") == f"/messages/{waiting['id']}/lecture"
    assert "<b>merci</b>" in page.text(), "shown as text"
    mark = page.find("//main//form//input[@name='marque']")[0].get("value")
    assert get(browser, f"/messages?lue={waiting['id']}").find("//div[@role='status']") == [], "nobody has read it yet"
    forged = browser.post(form.get("action"), data={"marque": "x"})
    assert forged.status_code in (400, 403)
    assert now(desk, waiting)["status"] == "requested"
    answer = browser.post(form.get("action"), data={"marque": mark})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/messages?lue={waiting['id']}")
    assert_read(desk, waiting, DELEGATOR)
    page = get(browser, answer.headers["Location"])
    assert page.find("//main//form") == []
    assert "Lu par" in page.text()
    assert "C’est noté : la réponse du" in page.text("//div[@role='status']")
    assert get(browser, "/messages").find("//div[@role='status']") == []
    act = get(browser, f"/actes/{desk.round.act.split('/')[1]}")
    assert "Réponse lue" in [" ".join(one.split()) for one in act.texts("//ol[@class='timeline']//h3")]
    assert "je rappelle" not in act.text()


def _browser(desk: Desk, rpps: str) -> FlaskClient:
    client = desk.house.app.test_client()
    client.set_cookie(COOKIE, desk.house.composition.issuer.token(rpps))
    return client


def test_by_nobody_else(desk: Desk, waiting: Json) -> None:
    standing = desk.house.standing()
    done = waiting | {"status": "completed"}
    for answer, status in (
        (put(desk, done), 401),
        (put(desk, done, STRANGER), 403),
        (post(desk, waiting, ""), 401),
        (post(desk, waiting, STRANGER), 403),
        (listed(desk, ""), 401),
    ):
        assert answer.status_code == status, answer.text
        assert "je rappelle" not in answer.text
    assert listed(desk, STRANGER).json == {"replies": []}
    assert desk.house.standing() == standing


def test_nor_once_it_was_read(desk: Desk, waiting: Json) -> None:
    """Nothing would be written, and nobody is told that they have read what they may not."""
    read = put(desk, waiting | {"status": "completed"}, DELEGATEE).json
    standing = desk.house.standing()
    for answer, status in (
        (put(desk, read), 401),
        (put(desk, read, STRANGER), 403),
        (post(desk, waiting, ""), 401),
        (post(desk, waiting, STRANGER), 403),
        (post(desk, waiting, STRANGER, Idempotency_Key="k-1"), 403),
        (put(desk, read, DELEGATOR), 200),
        (post(desk, waiting, DELEGATOR), 200),
    ):
        assert answer.status_code == status, answer.text
    assert desk.house.standing() == standing


@EMBEDDED
def test_on_behalf_of_a_structure(desk: Desk, waiting: Json) -> None:
    """A software that is bounded to one structure reads what came to it, and nothing that came to another."""
    finess = str(act_record()["structure_finess"])
    done, standing = waiting | {"status": "completed"}, desk.house.standing()
    foreign = {"Authorization": token(desk.house, DELEGATOR, "750000000")}
    client = desk.house.app.test_client()
    path = f"/records/replies/{waiting['id']}/read"
    assert desk.house.fhir("PUT", f"/Task/{waiting['id']}", done, **foreign).status_code == 403
    assert client.post(path, headers=foreign).status_code in (403, 404)
    assert client.get("/records/replies", headers=foreign).json == {"replies": []}
    assert desk.house.standing() == standing
    own = {"Authorization": token(desk.house, DELEGATOR, finess)}
    assert len(client.get("/records/replies", headers=own).json["replies"]) == 1
    assert client.post(path, headers=own).status_code == 200
    assert_read(desk, waiting, DELEGATOR)


def test_nor_by_somebody_whose_enrolment_is_over(desk: Desk, waiting: Json) -> None:
    leaves(desk.house.client, DELEGATEE)
    standing = desk.house.standing()
    assert put(desk, waiting | {"status": "completed"}, DELEGATEE).status_code == 403
    assert listed(desk, DELEGATEE).json == {"replies": []}
    assert desk.house.standing() == standing


@EMBEDDED
def test_only_forward_and_only_its_status(desk: Desk, waiting: Json) -> None:
    standing = desk.house.standing()
    for change in (
        {"status": "cancelled"},
        {"status": "in-progress"},
        {"status": "completed", "reasonCode": {"text": "Autre."}},
        {"status": "completed", "owner": {"reference": "Organization/x"}},
        {"status": "completed", "note": [{"text": "Bonjour."}]},
    ):
        answer = put(desk, waiting | change, DELEGATOR)
        assert (answer.status_code, issues(answer)[0][0]) == (400, "not-supported"), change
    assert put(desk, waiting | {"status": "completed"}, DELEGATOR, If_Match='W/"9"').status_code == 412
    assert desk.house.standing() == standing
    done = put(desk, waiting | {"status": "completed"}, DELEGATOR).json
    standing = desk.house.standing()
    assert put(desk, done | {"status": "requested"}, DELEGATOR).status_code == 400
    assert desk.house.standing() == standing


@EMBEDDED
def test_other_tasks_stay_the_servers(desk: Desk, waiting: Json) -> None:
    (task,) = desk.tasks("acknowledge")
    standing = desk.house.standing()
    answer = put(desk, task | {"status": "completed"}, DELEGATOR)
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", "Task.code")])
    unknown = put(desk, waiting | {"id": "none", "status": "completed"}, DELEGATOR)
    assert unknown.status_code == 404
    assert desk.house.fhir("POST", "/Task", {k: v for k, v in waiting.items() if k != "id"}).status_code in (400, 405)
    assert post(desk, task, DELEGATOR).status_code == 404
    act = desk.house.fhir("GET", f"/{desk.round.act.partition('/_history/')[0]}").json
    both = [waiting | {"status": "completed"}, act | {"status": "entered-in-error"}]
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}} for one in both
        ],
    }
    together = desk.house.fhir("POST", "", bundle, Authorization=token(desk.house, DELEGATOR))
    assert (together.status_code, issues(together)[0][0]) == (422, "business-rule")
    assert desk.house.standing() == standing


@EMBEDDED
def test_an_act_in_error_asks_nobody_to_read(desk: Desk, waiting: Json) -> None:
    act = desk.house.fhir("GET", f"/{desk.round.act.partition('/_history/')[0]}").json
    assert desk.house.fhir("PUT", f"/Procedure/{act['id']}", act | {"status": "entered-in-error"}).status_code == 200
    cancelled = now(desk, waiting)
    assert cancelled["status"] == "cancelled"
    standing = desk.house.standing()
    assert put(desk, cancelled | {"status": "completed"}, DELEGATOR).status_code == 400
    assert post(desk, waiting, DELEGATOR).status_code == 400
    assert desk.house.standing() == standing


def test_of_two_who_read_at_once_one_is_told(desk: Desk, waiting: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    store = type(desk.store)
    commit, left = store.commit, [1]

    def overtaken(self: Any, unit: Any) -> Any:
        if left and any(write.type == "Task" for write in unit.writes):
            left.clear()
            assert post(desk, waiting, DELEGATEE).status_code == 200
        return commit(self, unit)

    monkeypatch.setattr(store, "commit", overtaken)
    assert post(desk, waiting, DELEGATOR).status_code == 200
    assert_read(desk, waiting, DELEGATEE)


@EMBEDDED
def test_what_was_forgotten_is_read_all_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.receive(letters.reply(desk.round.envelope(PATIENT), SAID))
    desk.receive(letters.reply(desk.round.envelope(DOCTOR), "Encore.", number=2))
    task, _ = desk.tasks("read-reply")
    desk.house.clock.pass_(days=400)
    desk.store.inbound.forget(desk.house.clock(), desk.house.clock())
    latest, first = listed(desk, DELEGATOR).json["replies"]
    assert (latest["since"], latest["message"], first["message"]) == (max(latest["since"], first["since"]), None, None)
    assert post(desk, task, DELEGATOR).status_code == 200
