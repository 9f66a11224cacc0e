"""Every address that answers a reading, asked by one structure for what is another's alone: not there, as what never was.

The list of addresses is that of the program; ``doors`` says what each is, and one that it does not say fails here.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mappings.fhir.task import Duty, about_mail, delivery_task
from mappings.records.dossier import declaration_from_dossier
from service.app import create_app
from service.clock import random_identifiers
from service.console.session import COOKIE
from service.declarations import Keeping
from service.intake.knowledge import Readings
from service.store import Store
from service.store.unit import Unit
from service.writes import stamped, write_of
from tests.consultation.shelf import Shelf
from tests.declarations.scene import FORM, lines, lodged, team
from tests.house import NOON, team_records
from tests.scoping.doors import PAGES, PUBLIC, REFUSED, SCOPED, fhir_doors, flat_doors, told
from tests.scoping.scene import HERE, PATIENTS, THERE, Json, Key, Scene

NOBODY = "380999974"
ABSENT = "00000000-dead-7000-8000-000000000000"
TAG = "etiquette-de-la-bas"
PROTOCOL = "pc-torsion-cheville"
WEBER = "99900002017"
TARGET = "http://127.0.0.1:8081/"


class Town(Scene):
    """The scene, with a record to consult, a declared team, an export and a subscription of the installation."""

    def __init__(self, store: Store, folder: Any) -> None:
        super().__init__(store, folder)
        self.shelf = Shelf()
        settings = dataclasses.replace(self.settings, shared_record="pdsm")
        self.composition = dataclasses.replace(self.composition, settings=settings, record_reader=self.shelf)
        self.app = create_app(self.composition)
        self.choose("there", "not with professionals")
        page = self.get(THERE, f"/records/enrolments/{role(self)}/trainings/1/attestation")
        self.document = self.shelf.put(page.get_data(), "application/pdf")
        self.declare()
        self.answer()
        (consent,) = [one for one in self.found(f"Consent?identifier=CONS-there-{THERE}")]
        consent["meta"]["tag"] = [{"system": "urn:oid:1.2.3", "code": TAG}]
        assert self.fhir("PUT", f"/Consent/{consent['id']}", consent).status_code == 200
        watching: Json = {
            "resourceType": "Subscription", "status": "requested", "reason": "Tout",
            "criteria": f"Task?patient=Patient/{self.patient_ids['there']}",
            "channel": {"type": "rest-hook", "endpoint": TARGET},
        }  # fmt: skip
        made = self.fhir("POST", "/Subscription", watching)
        assert made.status_code == 201, made.json
        self.subscription = made.json["id"]
        export = self.fhir("GET", "/$export", Prefer="respond-async")
        self.export = export.headers["Content-Location"].rpartition("/")[2]

    def declare(self) -> None:
        node = lodged(1001, "2026-08-25", lines(team()), finess=THERE)
        declared = declaration_from_dossier(node, FORM, self.composition.catalogue)
        assert declared is not None
        keeping = Keeping(store=self.store, clock=lambda: NOON, ids=random_identifiers, readings=Readings())
        keeping.keep(declared)
        (self.declaration,) = [one["id"] for one in self.found("Task?code=declare-team")]

    def answer(self) -> None:
        """An answer by mail to an act of the other structure waits to be read."""
        hidden = set(self.holds) - self.seen_by(HERE)
        act = next(one for one in self.found("Procedure") if ("Procedure", one["id"]) in hidden)
        duty = Duty(
            id=random_identifiers(), code="read-reply", visit=act["identifier"][0]["value"], authored=NOON, until=None,
            fictitious=True, reason=about_mail("Réponse à lire.", random_identifiers()),
        )  # fmt: skip
        task = write_of(stamped(delivery_task(act, duty), 1, NOON), 1)
        self.store.commit(Unit(chain=act["performer"][0]["onBehalfOf"]["reference"], recorded=NOON, writes=(task,)))
        self.reply = duty.id

    def hidden(self) -> list[Key]:
        """What the other structure holds, and this one may not see."""
        mine = sorted(set(self.holds) - self.seen_by(HERE))
        return [*mine, ("Task", self.declaration), ("Task", self.reply)]

    def secrets(self) -> list[str]:
        numbers = [team_records("consents")[PATIENTS["there"][0]]["patient"]["ins"]["value"]]
        marks = [f"{kind}-{name}-{THERE}" for kind in ("ACTE", "CONS", "INCL") for name in ("both", "there")]
        return [*(id_ for _, id_ in self.hidden()), *numbers, *marks, TAG, self.subscription, self.export]

    def get(self, finess: str, address: str, method: str = "GET", **more: Any) -> Any:
        token = self.composition.issuer.token(WEBER, finess)
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().open(address, method=method, headers=headers, **more)


@pytest.fixture
def town(store: Store, tmp_path: Any) -> Town:
    return Town(store, tmp_path)


def test_every_door_is_told(town: Town) -> None:
    """A new address is told here, or fails: what it is decides which test asks it."""
    kinds = [told(one) for one in (PUBLIC, SCOPED, PAGES, REFUSED)]
    assert sum(map(len, kinds)) == len(set().union(*kinds))
    assert {*fhir_doors(), *flat_doors(town.app)} == set().union(*kinds)
    assert told(SCOPED) == set(ASKED)


def addressed(shape: str, *types: str) -> Callable[[Town], Iterator[tuple[str, str, str]]]:
    """(method, address, id) of what is hidden of these types, of all types without any."""

    def each(town: Town) -> Iterator[tuple[str, str, str]]:
        method, _, path = shape.partition(" ")
        for type_, id_ in town.hidden():
            if not types or type_ in types:
                yield method, path.replace("{type}", type_), id_

    return each


def one(shape: str, id_of: Callable[[Town], str]) -> Callable[[Town], Iterator[tuple[str, str, str]]]:
    def each(town: Town) -> Iterator[tuple[str, str, str]]:
        method, _, path = shape.partition(" ")
        yield method, path, id_of(town)

    return each


def there(town: Town) -> str:
    return town.patient_ids["there"]


def document(town: Town) -> str:
    return f"/records/patients/{{id}}/documents/{town.document}"


def of_document(rest: str) -> Callable[[Town], Iterator[tuple[str, str, str]]]:
    return lambda town: iter([("GET", document(town) + rest, there(town))])


def structure(town: Town) -> str:
    return next(x["id"] for x in town.found("Organization") if THERE in json.dumps(x["identifier"]))


def role(town: Town) -> str:
    return next(x["id"] for x in town.found("PractitionerRole?role=DELEGATEE") if THERE in x["identifier"][0]["value"])


def team_there(town: Town) -> str:
    return next(x["id"] for x in town.found("CareTeam") if structure(town) in json.dumps(x))


def applying(rest: str) -> Callable[[Town], Iterator[tuple[str, str, str]]]:
    def each(town: Town) -> Iterator[tuple[str, str, str]]:
        yield (
            "GET",
            f"/fhir/PlanDefinition{rest}practitioner=PractitionerRole/{role(town)}&subject=Patient/{{id}}",
            there(town),
        )

    return each


TYPES = "Procedure,Task,Provenance,AuditEvent,Consent,CarePlan,Observation,QuestionnaireResponse"
CANONICAL = "https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2026.1"
#: By door, how what is another's is asked for. Where the address names it, the answer is that of what never was.
ASKED: dict[str, Callable[[Town], Iterator[tuple[str, str, str]]]] = {
    "GET /records/declarations": one(f"GET /records/declarations?protocol={PROTOCOL}&finess={{id}}", lambda _: THERE),
    "GET /records/replies": one("GET /records/replies", lambda _: ""),
    "GET /records/acts/<act>": addressed("GET /records/acts/{id}", "Procedure"),
    "GET /records/acts/<logical_id:act>/visibility": addressed("GET /records/acts/{id}/visibility", "Procedure"),
    "GET /records/teams": one(f"GET /records/teams?protocol={PROTOCOL}|2026.1&finess={{id}}", lambda _: THERE),
    "GET /records/enrolments/<logical_id:id_>/trainings/<int:number>/attestation": one(
        "GET /records/enrolments/{id}/trainings/1/attestation", role
    ),
    "GET /records/patients/<logical_id:patient>/documents": one("GET /records/patients/{id}/documents", there),
    "GET /records/patients/<logical_id:patient>/documents/<unique_id>": of_document(""),
    "GET /records/patients/<logical_id:patient>/documents/<unique_id>/file": of_document("/file"),
    "GET fhir": one(f"GET /fhir?_type={TYPES}&_count=500", lambda _: ""),
    "POST fhir _search": one(f"POST /fhir/_search?_type={TYPES}&_count=500", lambda _: ""),
    "GET fhir _history": one("GET /fhir/_history?_count=500", lambda _: ""),
    "GET fhir type": one("GET /fhir/Procedure", lambda _: ""),
    "POST fhir type/_search": one("POST /fhir/Consent/_search", lambda _: ""),
    "GET fhir type/_history": one("GET /fhir/Task/_history?_count=500", lambda _: ""),
    "GET fhir type/id": addressed("GET /fhir/{type}/{id}"),
    "GET fhir type/id/_history": addressed("GET /fhir/{type}/{id}/_history"),
    "GET fhir type/id/_history/version": addressed("GET /fhir/{type}/{id}/_history/1"),
    "POST fhir type/id/_search": one("POST /fhir/Patient/{id}/_search", there),
    "GET fhir type/id/type": one("GET /fhir/Patient/{id}/Procedure", there),
    "POST fhir type/id/type/_search": one("POST /fhir/Patient/{id}/Consent/_search", there),
    "POST fhir Task/id/$acknowledge": addressed("POST /fhir/Task/{id}/$acknowledge", "Task"),
    "GET fhir Procedure/id/$trace": addressed("GET /fhir/Procedure/{id}/$trace", "Procedure"),
    "GET fhir Provenance/$verify-chain": one("GET /fhir/Provenance/$verify-chain?organization={id}", structure),
    "GET fhir PlanDefinition/$apply": applying(f"/$apply?planDefinition={CANONICAL}&"),
    "GET fhir PlanDefinition/id/$apply": lambda town: applying(f"/{definition(town)}/$apply?")(town),
    "GET fhir Patient/id/$everything": one("GET /fhir/Patient/{id}/$everything", there),
    "GET fhir CareTeam/id/$everything": lambda town: iter(
        [("GET", f"/fhir/CareTeam/{team_there(town)}/$everything", "")]
    ),
    "GET fhir Subscription/$status": one("GET /fhir/Subscription/$status?id={id}", lambda town: town.subscription),
    "GET fhir Subscription/id/$status": one("GET /fhir/Subscription/{id}/$status", lambda town: town.subscription),
    "GET fhir Subscription/id/$events": one("GET /fhir/Subscription/{id}/$events", lambda town: town.subscription),
    "GET fhir export/id": one("GET /fhir/export/{id}", lambda town: town.export),
    "GET fhir export-file/id": one("GET /fhir/export-file/{id}.1", lambda town: town.export),
    "GET fhir $meta": one("GET /fhir/$meta", lambda _: ""),
    "GET fhir type/$meta": one("GET /fhir/Consent/$meta", lambda _: ""),
    "GET fhir type/id/$meta": addressed("GET /fhir/{type}/{id}/$meta"),
    "GET fhir type/id/_history/version/$meta": addressed("GET /fhir/{type}/{id}/_history/1/$meta"),
    "GET fhir type/id/$validate": addressed("GET /fhir/{type}/{id}/$validate"),
}
#: Of the installation: the structure that holds what it tells of does not read it either.
OF_NOBODY = ("Subscription", "export")


def definition(town: Town) -> str:
    url, _, version = CANONICAL.partition("|")
    return str(town.found(f"PlanDefinition?url={url}&version={version}")[0]["id"])


def said(answer: Any, id_: str) -> tuple[int, bytes]:
    """Without the id that was asked for, nor when."""
    body = answer.get_data()
    if answer.is_json and isinstance(answer.json, dict):
        body = json.dumps({key: value for key, value in answer.json.items() if key not in ("id", "meta")}).encode()
    return answer.status_code, body.replace(id_.encode(), b"*") if id_ else body


def asks(town: Town, finess: str, method: str, address: str) -> Any:
    form = {"data": {}, "content_type": "application/x-www-form-urlencoded"} if "_search" in address else {}
    return town.get(finess, address, method, **form)


def test_what_is_anothers_is_not_there_by_any_door(town: Town) -> None:
    """Nothing of it is in the answer, which is the same as for an id that never was; and whose it is reads it."""
    secrets = town.secrets()
    for door, every in ASKED.items():
        read = []
        for method, address, id_ in every(town):
            answer = asks(town, HERE, method, address.replace("{id}", id_))
            status, body = said(answer, id_)
            assert [each for each in secrets if each.encode() in body] == [], (door, address)
            if id_:
                never = NOBODY if id_ == THERE else ABSENT
                assert (status, body) == said(asks(town, HERE, method, address.replace("{id}", never)), never), door
            if "$acknowledge" not in door:
                theirs = asks(town, THERE, method, address.replace("{id}", id_))
                read.append(theirs.status_code == 200 and said(theirs, "")[1] != said(answer, "")[1])
        assert read or "$acknowledge" in door, door
        # A message that nobody has sent yet, a version of what has none: most are read, and none where nobody reads.
        expected = not any(each in door for each in OF_NOBODY)
        assert any(read) is (expected and "$acknowledge" not in door), door


def test_each_operation_is_the_same_by_post(town: Town) -> None:
    """What a GET does not show, the same operation asked by POST does not show either."""
    from service.api.operations import OPERATIONS

    secrets = town.secrets()
    both = {door for door in ASKED if "$" in door and door.startswith("GET fhir")}
    names = {door.rpartition("/")[2] for door in both}
    assert {shape.rpartition("/")[2] for (_, shape), m in OPERATIONS.items() if len(m) > 1 and "$" in shape} >= {
        "$meta"
    }
    assert "$everything" in names
    for door in sorted(both):
        for method, address, id_ in ASKED[door](town):
            answer = asks(town, HERE, "POST", address.replace("{id}", id_))
            assert method == "GET"
            assert [each for each in secrets if each.encode() in said(answer, id_)[1]] == [], (door, address)
            if id_:
                never = ABSENT
                absent = asks(town, HERE, "POST", address.replace("{id}", never))
                assert said(answer, id_) == said(absent, never), door


def test_a_page_is_nobodys_under_a_token_of_one_structure(town: Town) -> None:
    values = {"filename": "console.css", "id_": there(town), "number": 1, "unique_id": town.document}
    signed, nobody = town.app.test_client(), town.app.test_client()
    signed.set_cookie(COOKIE, town.composition.issuer.token(WEBER, THERE))
    pages = {rule.rule: rule for rule in town.app.url_map.iter_rules() if f"GET {rule.rule}" in told(PAGES)}
    assert len(pages) == len(told(PAGES))
    for rule in pages.values():
        for id_ in (there(town), PROTOCOL, role(town)):
            built = rule.build(values | {"id_": id_})
            assert built is not None
            answers = [client.get(built[1]) for client in (signed, nobody)]
            assert len({(x.status_code, x.headers.get("Location"), x.get_data()) for x in answers}) == 1, rule.rule
            assert answers[0].status_code in (303, 404), rule.rule


def test_what_is_public_tells_of_nobody(town: Town) -> None:
    values = {"filename": "console.css", "id_": PROTOCOL, "protocol": PROTOCOL}
    secrets = town.secrets()
    for rule in town.app.url_map.iter_rules():
        if f"GET {rule.rule}" in told(PUBLIC):
            built = rule.build(values)
            assert built is not None
            with town.get(HERE, built[1]) as answer:
                assert answer.status_code in (200, 404), rule.rule
                assert [each for each in secrets if each.encode() in answer.get_data()] == [], rule.rule
    for method in ("GET", "POST"):
        for address in ("/fhir/$export", "/fhir/Patient/$export", f"/fhir/Group/{team_there(town)}/$export"):
            assert town.get(HERE, address, method).status_code == 403, address


def test_a_professional_of_two_structures_reads_the_shared_record_for_the_one_that_calls(town: Town) -> None:
    """The patient shares, and is seen; but nobody of the structure that calls follows them."""
    town.choose("there", "shared")
    assert town.get(HERE, f"/fhir/Patient/{there(town)}").status_code == 200
    for rest in ("", f"/{town.document}", f"/{town.document}/file"):
        address = f"/records/patients/{there(town)}/documents{rest}"
        assert town.get(HERE, address).status_code == 403, address
    assert town.shelf.asked == []
    assert town.get(THERE, f"/records/patients/{there(town)}/documents").status_code == 200
    assert town.get("", f"/records/patients/{there(town)}/documents").status_code == 200
