"""A caller of one structure writes for it and for no other: by every door, of every kind, by every interaction."""

import copy
import itertools
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.codes import systems
from service.structures import FOREIGN
from tests.house import act_record, team_records
from tests.intake.absences import ARRANGED
from tests.scoping.scene import HERE, OPEN, PATIENTS, THERE, Json, Scene, keys_in

NEW = "380999974"
WEBER = "99900002017"
KINDS = ("Patient", "Practitioner", "Organization", "PractitionerRole", "CareTeam", "Consent", "CarePlan", "Procedure")
INTERACTIONS = ("PUT", "PATCH", "DELETE", "conditional", "POST", "transaction", "batch")
_MARKS = itertools.count(1)


def shared(scene: Scene) -> Scene:
    """Whatever a patient can share is seen by both: what is refused is refused for the writing of it."""
    for name in PATIENTS:
        scene.choose(name, "shared")
    return scene


def owners(scene: Scene, resource: Json) -> set[str]:
    """FINESS of the structures whose it is, from who wrote it, not from what it points at."""
    key = resource["resourceType"], resource["id"]
    if key[0] == "Patient":
        # Who a patient is, whoever cares for them tells.
        name = next(name for name, id_ in scene.patient_ids.items() if id_ == key[1])
        return set(PATIENTS[name][1])
    if key in scene.holds:
        return {finess for _, finess in scene.holds[key]}
    text = orjson.dumps(resource).decode()
    structures = {one["id"]: number(one) for one in scene.found("Organization")}
    if key[0] == "Practitioner":
        return set(structures.values())  # both are enrolled in both
    return {finess for id_, finess in structures.items() if id_ in text}


def number(organization: Json) -> str:
    return next(str(one["value"]) for one in organization["identifier"] if one["system"] == systems.FINESS)


def changed(resource: Json) -> Json:
    """The same, saying something else that its type lets a client say."""
    said = copy.deepcopy(resource)
    if said["resourceType"] == "Procedure":
        return said | {"status": "entered-in-error", "note": [*said.get("note", ()), {"text": f"vu {next(_MARKS)}"}]}
    if said["resourceType"] == "CareTeam":
        return said | {"telecom": [{"system": "phone", "value": f"04657{next(_MARKS):05}", "use": "work"}]}
    said["meta"] = said["meta"] | {"tag": [{"system": "urn:oid:1.2.3", "code": f"vu-{next(_MARKS)}"}]}
    return said


def renamed(resource: Json) -> Json:
    """Another one of the same structure, under identifiers of its own."""
    said = {key: value for key, value in copy.deepcopy(resource).items() if key != "id"}
    if isinstance(said.get("identifier"), list) and said["resourceType"] not in ("Organization", "Practitioner"):
        for one in said["identifier"]:
            one["value"] += "-bis"
    return said


def asked(scene: Scene, finess: str, interaction: str, resource: Json) -> Any:
    type_, id_ = resource["resourceType"], resource["id"]
    address = f"/{type_}/{id_}"
    match interaction:
        case "DELETE":
            return scene.asks(finess, "DELETE", address)
        case "POST":
            return scene.asks(finess, "POST", f"/{type_}", renamed(resource))
        case "PATCH":
            said = changed(resource)
            names = [key for key in said if said[key] != resource.get(key)]
            patch = [{"op": "add", "path": f"/{name}", "value": said[name]} for name in names]
            token = scene.composition.issuer.token(WEBER, finess)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json-patch+json"}
            return scene.app.test_client().patch(f"/fhir{address}", json=patch, headers=headers)
        case "conditional" if resource.get("identifier"):
            one = resource["identifier"]
            one = one[0] if isinstance(one, list) else one
            said = {key: value for key, value in changed(resource).items() if key != "id"}
            return scene.asks(finess, "PUT", f"/{type_}?identifier={one['system']}|{one['value']}", said)
        case "transaction" | "batch":
            entry = {"resource": changed(resource), "request": {"method": "PUT", "url": address[1:]}}
            return scene.asks(finess, "POST", "/", {"resourceType": "Bundle", "type": interaction, "entry": [entry]})
    return scene.asks(finess, "PUT", address, changed(resource))


def outcomes(answer: Any) -> list[tuple[int, str]]:
    """(status, words) of each refusal, in a batch too."""
    body = answer.json or {}
    if body.get("resourceType") == "Bundle":
        entries = [entry["response"] for entry in body["entry"]]
        return [
            (int(one["status"][:3]), one["outcome"]["issue"][0]["details"]["text"])
            for one in entries
            if "outcome" in one
        ]
    if body.get("resourceType") == "OperationOutcome":
        return [(answer.status_code, issue["details"]["text"]) for issue in body["issue"]]
    return []


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_no_interaction_writes_for_another_structure(scene: Scene, data: st.DataObject) -> None:
    """Of any kind, whatever is shared: refused in the same words, and nothing is left; one's own is not refused so."""
    if set(scene.choice.values()) != {"shared"}:
        shared(scene)
    type_ = data.draw(st.sampled_from(KINDS))
    found = sorted(scene.found(f"{type_}?_count=100"), key=lambda one: str(one["id"]))
    # Whose a plan is, the scene knows of its own only; what an example before has made is nobody's here.
    found = [one for one in found if (type_, one["id"]) in scene.holds or type_ in OPEN]
    resource = found[data.draw(st.integers(0, 99)) % len(found)]
    interaction = data.draw(st.sampled_from(INTERACTIONS))
    finess = data.draw(st.sampled_from((HERE, THERE, NEW)))
    mine = finess in owners(scene, resource)
    if mine and interaction == "DELETE":
        return  # the scene is one for all examples
    if type_ in ("Patient", "Practitioner") and interaction == "POST":
        return  # a person whom nobody knows yet is nobody's
    before = scene.standing()
    told = outcomes(asked(scene, finess, interaction, resource))
    if mine:
        assert FOREIGN not in {words for _, words in told}, (type_, interaction)
        return
    # A kind that nobody may write so is refused for that.
    for status, words in told:
        assert words == FOREIGN or status in (400, 404, 405, 409, 412), (type_, interaction, status, words)
    assert told, (type_, interaction)
    assert scene.standing() == before


#: What a client may do to each kind.
WRITABLE = {type_: ("PUT", "PATCH", "DELETE", "conditional", "transaction", "batch") for type_ in KINDS} | {
    "CareTeam": ("PUT", "PATCH", "conditional", "transaction", "batch"),
    "Procedure": ("PUT", "PATCH", "transaction", "batch"),
}


def test_each_kind_is_refused_in_the_same_words(scene: Scene) -> None:
    shared(scene)
    for type_ in (one for one in KINDS if one != "Practitioner"):
        for interaction in WRITABLE[type_]:
            (theirs, *_) = [one for one in scene.found(f"{type_}?_count=100") if owners(scene, one) == {THERE}]
            before = scene.standing()
            told = outcomes(asked(scene, HERE, interaction, theirs))
            assert told == [(403, FOREIGN)], (type_, interaction)
            assert scene.standing() == before
    for type_ in (one for one in KINDS if one not in ("Practitioner", "Procedure")):
        (theirs, *_) = [one for one in scene.found(f"{type_}?_count=100") if owners(scene, one) == {THERE}]
        for interaction in ("PUT", "PATCH", "transaction"):
            assert outcomes(asked(scene, THERE, interaction, theirs)) == [], (type_, interaction)


def flat(scene: Scene, finess: str, door: str, record: Json) -> Any:
    token = scene.composition.issuer.token(WEBER, finess)
    return scene.post(door, record, Authorization=f"Bearer {token}")


def records_of(finess: str) -> dict[str, Json]:
    """A new one for each door, of that structure and of its patient."""
    name = {HERE: "here", THERE: "there"}[finess]
    who = {"delegatee_rpps": "99900001019", "delegator_rpps": WEBER, "structure_finess": finess}
    place, _ = PATIENTS[name]
    enrolment = copy.deepcopy(team_records("enrolments")[1])
    enrolment["identifier"] = enrolment["identifier"].replace(HERE, finess)
    enrolment["structure"] |= {"finess": finess, "mailbox": f"binome.{finess}@cpts.formation.mssante.fr"}
    consent = {
        key: value for key, value in team_records("consents")[place].items() if key not in ("withdrawn_on", "sharing")
    }
    consent |= {"decision": "given", "identifier": f"CONS-{name}-bis", "structure_finess": finess}
    consent["team"] = consent["team"].replace(HERE, finess)
    inclusion = (
        team_records("inclusions")[0] | who | {"identifier": f"INCL-{name}-bis", "consent": f"CONS-{name}-{finess}"}
    )
    inclusion["patient"] = {"ins": consent["patient"]["ins"]}
    return {
        "enrolments": enrolment,
        "consents": consent,
        "inclusions": inclusion,
        "acts": act_record(identifier=f"ACTE-{name}-bis", inclusion=f"INCL-{name}-{finess}", **who),
        "adverse-events": team_records("adverse-events")[0] | {"identifier": f"EI-{name}", "act": f"ACTE-{name}-{finess}"},
        "teams": ARRANGED | {"structure_finess": finess},
    }  # fmt: skip


def test_no_flat_door_records_for_another_structure(scene: Scene) -> None:
    """Whether the patient shares or not; and no answer that was another's is given again."""
    for sharing in (False, True):
        if sharing:
            shared(scene)
        for door, record in records_of(THERE).items():
            before = scene.standing()
            answer = flat(scene, HERE, door, record)
            assert set(outcomes(answer)) == {(403, FOREIGN)}, (door, answer.json)
            assert scene.standing() == before
    for door, record in records_of(THERE).items():
        assert flat(scene, THERE, door, record).status_code in (200, 201), door
        assert set(outcomes(flat(scene, HERE, door, record))) == {(403, FOREIGN)}, door
    for door, record in records_of(HERE).items():
        answer = flat(scene, HERE, door, record)
        assert answer.status_code in (200, 201), (door, answer.json)


def test_a_structure_that_enters_brings_itself_and_nobody_else(scene: Scene) -> None:
    record = copy.deepcopy(team_records("enrolments")[0])
    record["identifier"] = record["identifier"].replace(HERE, NEW)
    record["structure"] |= {"finess": NEW, "mailbox": f"binome.{NEW}@cpts.formation.mssante.fr"}
    assert outcomes(flat(scene, HERE, "enrolments", record))[0] == (403, FOREIGN)
    # A professional who is enrolled elsewhere comes as they are on record, not with another mailbox.
    moved = copy.deepcopy(record)
    moved["mailbox"] = "autre.boite@masseur-kine.formation.mssante.fr"
    before = scene.standing()
    assert outcomes(flat(scene, NEW, "enrolments", moved)) == [(403, FOREIGN)]
    assert scene.standing() == before
    assert flat(scene, NEW, "enrolments", record).status_code == 201
    assert scene.asks(NEW, "GET", "/PractitionerRole?_count=100").status_code == 200


def test_a_condition_that_finds_what_is_hidden_shows_nothing_of_it(scene: Scene) -> None:
    for type_ in ("Patient", "Consent", "CarePlan"):
        hidden = next(
            one for one in scene.found(f"{type_}?_count=100") if owners(scene, one) == {THERE} and one.get("identifier")
        )
        one = hidden["identifier"][0]
        told = scene.asks(
            HERE,
            "POST",
            f"/{type_}",
            renamed(hidden),
            **{"If_None_Exist": f"identifier={one['system']}|{one['value']}"},
        )
        assert outcomes(told) == [(403, FOREIGN)], (type_, told.status_code)
        assert (type_, hidden["id"]) not in keys_in(told.json)


def test_a_duty_of_another_structure_is_not_acknowledged(scene: Scene) -> None:
    shared(scene)
    duty = next(one for one in scene.found("Task?code=acknowledge&status=requested") if owners(scene, one) == {THERE})
    before = scene.standing()
    answer = scene.asks(HERE, "POST", f"/Task/{duty['id']}/$acknowledge")
    assert outcomes(answer) == [(403, FOREIGN)]
    assert scene.standing() == before
    assert scene.asks(THERE, "POST", f"/Task/{duty['id']}/$acknowledge").status_code == 200


def test_a_notice_and_a_page_are_not_a_structures(scene: Scene) -> None:
    token = scene.composition.issuer.token(WEBER, HERE)
    client = scene.app.test_client()
    answer = client.post(
        "/records/receipts", data=b"x", headers={"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"}
    )
    assert answer.status_code == 403
    (duty, *_) = [one for one in scene.found("Task?code=acknowledge&status=requested") if owners(scene, one) == {HERE}]
    client.set_cookie("binome-console", token)
    act = duty["focus"]["reference"].partition("/")[2]
    before = scene.standing()
    assert client.post(f"/actes/{act}/lecture", data={"marque": ""}).status_code in (303, 401, 403)
    assert scene.standing() == before


def test_a_caller_without_a_structure_writes_as_before(scene: Scene) -> None:
    token = scene.composition.issuer.token(WEBER)
    for finess in (HERE, THERE):
        for door, record in records_of(finess).items():
            answer = scene.post(door, record, Authorization=f"Bearer {token}")
            assert answer.status_code in (200, 201), (door, answer.json)


def test_an_act_of_another_structure_is_not_corrected(scene: Scene) -> None:
    """Where it is hidden it is not there; where the patient shares it, it is seen, and stays as it is."""
    for sharing, refused in ((False, 404), (True, 403)):
        if sharing:
            shared(scene)
        (act,) = scene.found(f"Procedure?identifier=ACTE-there-{THERE}")
        record = records_of(THERE)["acts"] | {"identifier": f"ACTE-there-{THERE}", "conclusion": "Autrement."}
        before = scene.standing()
        assert corrected(scene, HERE, act["id"], record).status_code == refused
        assert scene.standing() == before
    assert corrected(scene, THERE, act["id"], record).status_code == 200


def corrected(scene: Scene, finess: str, act: str, record: Json) -> Any:
    token = scene.composition.issuer.token(WEBER, finess)
    body = {"reason": "Erreur de saisie.", "act": record}
    return scene.app.test_client().put(f"/records/acts/{act}", json=body, headers={"Authorization": f"Bearer {token}"})
