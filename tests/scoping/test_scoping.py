"""A caller of one structure sees its own, and what patients let others read: by every door of the FHIR face."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.fhir.xml import resource_from_xml
from tests.scoping.scene import CHOICES, HERE, PATIENTS, THERE, Scene, clinical, keys_in

OTHER = "380999974"


def check(scene: Scene, finess: str) -> None:
    """Every way of reading shows what the structure may see, all of it where all was asked, and nothing else."""
    may = scene.seen_by(finess)
    for place, (type_, id_) in enumerate(scene.holds):
        expected = 200 if (type_, id_) in may else 404
        more = ("/_history", "/_history/1") if not place % 4 else ()
        for path in (f"/{type_}/{id_}{rest}" for rest in ("", *more)):
            answer = scene.asks(finess, "GET", path)
            assert answer.status_code == expected, (path, answer.json)
            assert clinical(keys_in(answer.json)) <= may
    for type_ in {type_ for type_, _ in scene.holds}:
        of_type = {key for key in may if key[0] == type_}
        assert scene.shown(finess, f"/{type_}?_count=2") == of_type
        told = scene.asks(finess, "GET", f"/{type_}?_summary=count").json
        assert told["total"] == len(of_type)
    assert clinical(scene.shown(finess, "/_history?_count=7")) == may
    assert clinical(scene.shown(finess, "/?_type=Procedure,Task,Provenance,AuditEvent&_count=5")) == {
        key for key in may if key[0] in ("Procedure", "Task", "Provenance", "AuditEvent")
    }
    for path in (
        "/Organization?_revinclude=Consent:organization&_revinclude:iterate=Provenance:target",
        "/PractitionerRole?_revinclude=Procedure:performer&_revinclude=Task:owner&_include=*",
        "/CareTeam?_revinclude=CarePlan:care-team&_revinclude:iterate=Procedure:based-on",
        "/Task?_include=Task:focus&_include=Task:patient&_sort=-authored-on&_count=2",
        "/Procedure?patient.birthdate=gt1900-01-01&_include:iterate=*",
    ):
        assert clinical(scene.shown(finess, path)) <= may, path
    for name, id_ in scene.patient_ids.items():
        answer = scene.asks(finess, "GET", f"/Patient/{id_}/$everything")
        assert answer.status_code == (200 if ("Patient", id_) in may else 404), name
        assert clinical(keys_in(answer.json)) <= may
        assert clinical(scene.shown(finess, f"/Patient/{id_}/*?_count=3")) <= may
    for team in scene.found("CareTeam"):
        assert clinical(scene.shown(finess, f"/CareTeam/{team['id']}/$everything")) <= may


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(st.tuples(st.sampled_from(sorted(PATIENTS)), st.sampled_from(sorted(CHOICES))), max_size=3))
def test_no_answer_shows_what_a_patient_does_not_share(scene: Scene, chosen: list[tuple[str, str]]) -> None:
    """For any choices, one after the other: the scene goes on from where the example before left it."""
    for name, choice in chosen:
        scene.choose(name, choice)
    for finess in (HERE, THERE):
        check(scene, finess)


def test_without_a_choice_each_sees_its_own_and_together_all(scene: Scene) -> None:
    """Sharing asks for consent: who has chosen nothing has not given it."""
    here, there = scene.seen_by(HERE), scene.seen_by(THERE)
    assert here & there == {("Patient", scene.patient_ids["both"])}
    assert here | there == set(scene.holds)
    check(scene, HERE)
    check(scene, OTHER)
    assert scene.seen_by(OTHER) == set()


def test_a_caller_without_a_structure_sees_what_it_saw(scene: Scene) -> None:
    for name in PATIENTS:
        scene.choose(name, "refused")
    token = scene.composition.issuer.token("99900002017")
    for type_, id_ in scene.holds:
        for headers in ({}, {"Authorization": f"Bearer {token}"}):
            assert scene.fhir("GET", f"/{type_}/{id_}", **headers).status_code == 200


def theirs(scene: Scene, type_: str) -> str:
    """A resource of the patient of there only."""
    return next(id_ for (kind, id_), held in scene.holds.items() if kind == type_ and held == {("there", THERE)})


def test_nor_does_a_batch_a_form_an_xml_or_an_operation(scene: Scene) -> None:
    act, patient = theirs(scene, "Procedure"), scene.patient_ids["there"]
    entries = [
        {"request": {"method": "GET", "url": url}}
        for url in (f"Procedure/{act}", f"Procedure?patient=Patient/{patient}", f"Patient/{patient}/$everything")
    ]
    for kind in ("batch", "transaction"):
        answer = scene.asks(HERE, "POST", "/", {"resourceType": "Bundle", "type": kind, "entry": entries})
        assert answer.status_code == 200
        assert clinical(keys_in(answer.json)) == set()
    assert scene.asks(HERE, "GET", f"/Procedure/{act}", Accept="application/fhir+xml").status_code == 404
    told = scene.asks(HERE, "GET", f"/Procedure?_id={act}", Accept="application/fhir+xml")
    assert "entry" not in resource_from_xml(told.data)
    own = next(id_ for kind, id_ in scene.seen_by(HERE) if kind == "Procedure")
    both = scene.asks(HERE, "GET", f"/Procedure?_id={act},{own}")
    assert keys_in(both.json) >= {("Procedure", own)}
    assert ("Procedure", act) not in keys_in(both.json)
    for path in (f"/Procedure/{act}/$trace", f"/Procedure/{act}/$meta", f"/Procedure/{act}/$validate"):
        assert scene.asks(HERE, "GET", path).status_code == 404, path
    # What a hidden act points at says nothing of it either.
    for query in (
        f"Organization?_has:Procedure:performer:_id={act}",
        f"Practitioner?_has:Patient:general-practitioner:_id={patient}",
    ):
        assert scene.asks(HERE, "GET", f"/{query}").json.get("entry", []) == []


def test_apply_and_export_are_of_what_is_seen(scene: Scene) -> None:
    role = next(r for r in scene.found("PractitionerRole?role=DELEGATEE") if HERE in r["identifier"][0]["value"])
    asked = (
        "/PlanDefinition/$apply?planDefinition=https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2026.1"
    )
    asked += f"&practitioner=PractitionerRole/{role['id']}"

    def applied(name: str) -> int:
        answer = scene.asks(HERE, "GET", f"{asked}&subject=Patient/{scene.patient_ids[name]}")
        assert clinical(keys_in(answer.json)) <= scene.seen_by(HERE) | {("CarePlan", answer.json.get("id", ""))}
        return int(answer.status_code)

    assert [applied(name) for name in ("here", "there")] == [200, 404]
    for path in ("/$export", "/Patient/$export"):
        answer = scene.asks(HERE, "GET", path, Prefer="respond-async")
        assert answer.status_code == 403
    token = scene.composition.issuer.token("99900002017")
    told = scene.fhir("GET", "/$export", Prefer="respond-async", Authorization=f"Bearer {token}")
    where = told.headers["Content-Location"].partition("/fhir")[2]
    assert scene.asks(HERE, "GET", where).status_code == 404


def test_nothing_hidden_is_changed_nor_watched(scene: Scene) -> None:
    plan, patient = theirs(scene, "CarePlan"), scene.patient_ids["there"]
    before = scene.standing()
    known: dict[str, Any] = {"resourceType": "Patient", "id": patient, "gender": "male"}
    assert scene.asks(HERE, "PUT", f"/Patient/{patient}", known).status_code == 403
    assert scene.asks(HERE, "DELETE", f"/CarePlan/{plan}").status_code == 403
    answer = scene.asks(HERE, "POST", "/", {
        "resourceType": "Bundle", "type": "transaction",
        "entry": [{"resource": known, "request": {"method": "PUT", "url": f"Patient/{patient}"}}],
    })  # fmt: skip
    assert answer.status_code == 403
    watching = {
        "resourceType": "Subscription", "status": "requested", "reason": "Tout", "criteria": "Procedure?status=completed",
        "channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:9/"},
    }  # fmt: skip
    assert scene.asks(HERE, "POST", "/Subscription", watching).status_code == 403
    assert scene.standing() == before


def test_a_structure_goes_on_writing_and_reading_its_own(scene: Scene) -> None:
    plan = next(id_ for kind, id_ in scene.seen_by(HERE) if kind == "CarePlan")
    read = scene.asks(HERE, "GET", f"/CarePlan/{plan}")
    written = scene.asks(HERE, "PUT", f"/CarePlan/{plan}", read.json | {"note": [{"text": "Vu"}]})
    assert written.status_code == 200, written.json
    assert scene.asks(HERE, "GET", f"/CarePlan/{plan}").json["note"] == [{"text": "Vu"}]
    created = scene.asks(
        HERE, "POST", "/Patient", scene.asks(HERE, "GET", f"/Patient/{scene.patient_ids['here']}").json
    )
    assert created.status_code in (200, 201, 409, 422)


def test_pages_go_back_over_what_is_hidden(scene: Scene) -> None:
    forward = [
        link
        for link in itertools.islice(_pages(scene, "/?_type=Task,Procedure,Provenance,Consent&_count=1", "next"), 12)
    ]
    assert len(forward) > 3
    *_, last = forward
    assert [keys for keys, _ in _pages(scene, last[1], "previous")][::-1] == [keys for keys, _ in forward]


def _pages(scene: Scene, path: str, relation: str) -> Any:
    while path:
        answer = scene.asks(HERE, "GET", path).json
        yield frozenset(keys_in(answer)), path
        links = [link["url"] for link in answer["link"] if link["relation"] == relation]
        path = links[0].partition("/fhir")[2] if links else ""


def test_a_token_of_a_structure_opens_no_page_of_the_console(scene: Scene) -> None:
    client = scene.app.test_client()
    for structure, status in (("", 200), (HERE, 303)):
        client.set_cookie("binome-console", scene.composition.issuer.token("99900002017", structure))
        assert client.get("/").status_code in (status, 302 if structure else status)


def test_a_token_that_says_no_structure_is_as_before(scene: Scene) -> None:
    issuer = scene.composition.issuer
    assert issuer.caller(issuer.token("99900002017")).structure == ""  # type: ignore[union-attr]
    assert issuer.caller(issuer.token("99900002017", HERE)).structure == HERE  # type: ignore[union-attr]


@pytest.mark.parametrize("choice", ["refused", "not with professionals"])
def test_a_choice_taken_back_closes_at_once(scene: Scene, choice: str) -> None:
    act = theirs(scene, "Procedure")
    scene.choose("there", "shared")
    assert scene.asks(HERE, "GET", f"/Procedure/{act}").status_code == 200
    scene.choose("there", choice)
    assert scene.asks(HERE, "GET", f"/Procedure/{act}").status_code == 404
    assert scene.asks(THERE, "GET", f"/Procedure/{act}").status_code == 200


def test_what_a_transaction_closes_is_closed_to_its_own_readings(scene: Scene) -> None:
    """The choice is of here, the act of there."""
    scene.choose("both", "shared")
    patient = scene.patient_ids["both"]
    act = next(id_ for (kind, id_), held in scene.holds.items() if kind == "Procedure" and held == {("both", THERE)})
    assert scene.asks(HERE, "GET", f"/Procedure/{act}").status_code == 200
    consents = scene.found(f"Consent?patient=Patient/{patient}&scope=patient-privacy")
    (choice,) = consents
    refused = choice | {"status": "rejected", "provision": {"type": "deny"}}
    told = scene.asks(
        HERE,
        "POST",
        "/",
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {"resource": refused, "request": {"method": "PUT", "url": f"Consent/{choice['id']}"}},
                {"request": {"method": "GET", "url": f"Procedure/{act}"}},
            ],
        },
    )
    assert told.status_code == 200, told.json
    assert told.json["entry"][0]["response"]["status"] == "200 OK"
    assert told.json["entry"][1]["response"]["status"] == "404 Not Found"
