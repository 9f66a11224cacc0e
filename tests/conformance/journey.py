"""The whole way, played once in one process against the sandbox, and everything that left the service on the way."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mappings.codes import systems
from mappings.fhir.json import parse
from mappings.fhir.search import PARAMETERS
from mappings.mail.message import opened
from mappings.mail.notices import Said, notice_of
from service.app import compose, create_app
from service.clients import WITHDRAWS
from service.clients.mssante.bounce import Bounce
from service.composition import Composition
from service.config import Settings
from service.demonstration import dossiers, people, records, sent
from service.finding import found
from service.outbox.envelope import Document, Envelope
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from service.store import Store
from service.worker import Worker
from service.worker import compose as compose_dispatch
from tests import dispensing
from tests.conformance.claimed import operate, search_by_what_is_there
from tests.conformance.life import PORTAL_TOKEN, live
from tests.house import Clock, Ids

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "scenarios"
NOW = dt.datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=dt.UTC)

Json = dict[str, Any]


@dataclass(slots=True)
class Letter:
    """One mail in a mailbox of the sandbox."""

    to: str
    message_id: str
    content: bytes


@dataclass(slots=True)
class Journey:
    """What was emitted: to those who asked, on record, to the destinations."""

    #: Every version of every resource of the store, by versioned reference.
    resources: dict[str, Json] = field(default_factory=dict)
    #: Every FHIR answer, by the order and the name of what was asked.
    answers: dict[str, Json] = field(default_factory=dict)
    #: Every version that a link of a chain proves.
    proved: set[str] = field(default_factory=set)
    documents: list[Document] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    #: uniqueId, SubmissionSet uniqueId and bytes of what the shared record took.
    registered: list[tuple[str, str, bytes]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    #: Message-IDs of the mails that were taken, then given back.
    given_back: set[str] = field(default_factory=set)
    #: By type and search parameter, whether it found what holds the value asked for.
    searched: dict[tuple[str, str], bool] = field(default_factory=dict)
    #: By type and operation, the status of the answer.
    operated: dict[tuple[str, str], int] = field(default_factory=dict)


def scenario(name: str, file: str = "1-request.json") -> Json:
    read: Json = json.loads((SCENARIOS / name / file).read_text(encoding="utf-8"))
    return read


class Player:
    """One client at every door; it writes down what it is answered."""

    def __init__(self, composition: Composition, dispatch: Any, clock: Clock, sandbox: Sandbox) -> None:
        self.composition = composition
        self.dispatch = dispatch
        self.clock = clock
        self.sandbox = sandbox
        self.client: FlaskClient = create_app(composition).test_client()
        self.worker = Worker(composition.store, dispatch, composition.settings, clock, composition.ids)
        self.journey = Journey()
        self._answers = count(1)

    def ask(self, name: str, method: str, path: str, *, refused: bool = False, **request: Any) -> TestResponse:
        """One exchange at the FHIR door; which status a refusal has is not judged here."""
        answer = self.client.open(f"/fhir{path}", method=method, **request)
        assert (400 <= answer.status_code < 500) if refused else answer.status_code == 200, (name, answer.text[:2000])
        assert answer.mimetype == "application/fhir+json", (name, answer.mimetype)
        self.keep(name, parse(answer.data))
        return answer

    def keep(self, name: str, said: Json) -> None:
        """Something that left the service in FHIR."""
        self.journey.answers[f"{next(self._answers):03}-{name}"] = said

    def refused_act(self, name: str, record: Json) -> None:
        """The flat door refuses in FHIR too."""
        answer = self.client.post("/records/acts", json=record)
        assert 400 <= answer.status_code < 500, (name, answer.status_code)
        self.keep(name, parse(answer.data))

    def record(self, door: str, record: Json) -> Json:
        answer = self.client.post(f"/records/{door}", json=record)
        assert answer.status_code == 201, (door, answer.status_code, answer.text[:2000])
        told: Json = answer.get_json()
        return told

    def fail(self, destination: str, kind: str, at: str, code: int = 0) -> None:
        """The next delivery of that kind goes wrong."""
        self.sandbox.state.faults.order(
            Fault(destination=destination, kind=kind, at=at, times=1, code=code, seconds=0.0)
        )

    def deliver(self) -> None:
        """Everything due now, then what had to be tried again."""
        self.worker.drain()
        self.clock.pass_(hours=1)
        self.worker.drain()

    def token(self, rpps: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.composition.issuer.token(rpps)}"}


def play(folder: Path) -> Journey:
    clock = Clock(NOW)
    with Sandbox(
        people=people(),
        clock=clock,
        directory_key="demonstration",
        portal_token=PORTAL_TOKEN,
        dossiers=dossiers(),
    ) as sandbox:
        settings = Settings(
            database=f"sqlite:///{folder / 'binome.sqlite'}",
            keys=str(folder / "keys"),
            dmp_repository=sandbox.repository_url,
            dmp_registry=sandbox.registry_url,
            dmp_patients=sandbox.patients_url,
            directory=sandbox.directory_url,
            mssante="{}:{}".format(*sandbox.smtp_address),
            exports=str(folder / "exports"),
            subscription_targets=sandbox.http_url,
            subscription_networks="127.0.0.0/8",
            countersign=1,
        )
        ids = Ids()
        composition = compose(settings, clock=clock, ids=ids)
        try:
            dispatch = compose_dispatch(settings, composition.store, clock=clock, ids=ids)
            player = Player(composition, dispatch, clock, sandbox)
            _write(player)
            live(player)
            _change(player)
            _refuse(player)
            _read(player)
            search_by_what_is_there(player)
            operate(player)
            _gather(player.journey, composition.store, sandbox)
        finally:
            composition.store.close()
    return player.journey


def _write(player: Player) -> None:
    for record in records("enrolments"):
        player.record("enrolments", sent(record))
    for door in ("consents", "inclusions"):
        for record in records(door):
            player.record(door, record)
    first = player.record("acts", records("acts")[0])
    player.ask("transaction", "POST", "", json=scenario("acte-simple", "1-request.fhir.json"))
    player.record("acts", scenario("reorientation"))
    player.fail("xds", "busy", "ITI-41")
    player.fail("xds", "cut", "ITI-41")
    player.deliver()
    comment = {
        "resourceType": "Parameters",
        "parameter": [{"name": "comment", "valueString": "Vu, je rappelle demain."}],
    }
    task = first["tasks"][0]
    player.ask("acknowledge", "POST", f"/{task}/$acknowledge", json=comment, headers=player.token("99900002017"))
    # Read, and countersigned: a version of its report.
    player.deliver()
    # Deliveries that somebody must mend: refused by each destination, and given back after it was taken.
    prescriptions = [{"activity": "torsion-attelle"}, {"activity": "torsion-paracetamol"}]
    player.record("acts", scenario("acte-avec-radiographie") | {"prescriptions": prescriptions})
    player.fail("xds", "unknown-patient", "ITI-41")
    player.fail("mail", "5xx", "rcpt", 550)
    player.fail("mail", "bounce", "data")
    player.deliver()
    for letter in _letters(player.sandbox):
        notice = notice_of(opened(letter.content))
        if notice is not None and notice.said is Said.FAILED:
            bounce = Bounce(notice.message_id, notice.envelope_id, notice.code)
            player.dispatch.acknowledge.bounced(bounce, letter.content)
            player.journey.given_back.add(notice.message_id)
    _dispense(player)
    _correct(player)
    _retract(player)


def _dispense(player: Player) -> None:
    """A pharmacist of 2023 examined, prescribed and dispensed."""
    for number, door in ((1, "enrolments"), (3, "enrolments"), (5, "consents"), (7, "inclusions")):
        player.record(door, dispensing.record(f"{number}-request-{door}"))
    player.record("acts", dispensing.prescribed_and_dispensed())
    player.deliver()


def _correct(player: Player) -> None:
    """An act that was delivered is corrected: by its measure, then by its conclusion."""
    act = player.record("acts", records("acts")[0] | {"identifier": "ACTE-CORRIGE-1"})["act"]
    player.deliver()
    why = {"X-Provenance": json.dumps({"resourceType": "Provenance", "reason": [{"text": "Erreur de saisie."}]})}
    measure = parse(found(player.composition.store, "Observation", [("part-of", *act.split("/"))])[0].body)
    corrected = measure | {"status": "corrected", "note": [{"text": "Relue."}]}
    headers = player.token("99900001019") | why
    player.ask("correct a measure", "PUT", f"/Observation/{measure['id']}", json=corrected, headers=headers)
    player.deliver()
    patch = {
        "data": json.dumps([{"op": "add", "path": "/note/-", "value": {"text": "À revoir."}}]),
        "content_type": "application/json-patch+json",
    }
    player.ask("correct an act", "PATCH", f"/{act}", headers=headers, **patch)
    player.deliver()


def _retract(player: Player) -> None:
    """An act that was delivered was entered in error."""
    act = player.record("acts", records("acts")[0] | {"identifier": "ACTE-ERREUR-1"})["act"]
    player.deliver()
    in_error = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]
    why = {"op": "add", "path": "/note/-", "value": {"text": "Saisi deux fois."}}
    patch = {"data": json.dumps([*in_error, why]), "content_type": "application/json-patch+json"}
    player.ask("retract", "PATCH", f"/{act}", headers=player.token("99900001019"), **patch)
    # Whoever has the report is told so; then nothing more leaves.
    assert player.worker.drain() == len(WITHDRAWS)
    assert player.worker.drain() == 0


def _change(player: Player) -> None:
    """A second version of what may change: a consent, an enrolment, an address."""
    store = player.composition.store
    for version in found(store, "Consent", count=1000):
        consent = parse(version.body)
        if consent["category"][1]["coding"][0]["code"] == "delegated-care" and consent["status"] == "active":
            taken_back = consent | {"status": "inactive"}
            taken_back["provision"] = consent["provision"] | {
                "period": consent["provision"]["period"] | {"end": "2026-11-21"}
            }
            player.ask("withdraw", "PUT", f"/Consent/{version.id}", json=taken_back)
            break
    enrolment = next(r for r in records("enrolments") if r["rpps"] == "99900001043")
    player.record("enrolments", enrolment | {"status": "ended", "period": {"start": "2026-09-01", "end": "2026-11-20"}})
    patient = parse(found(store, "Patient", count=1)[0].body)
    patient["address"] = [{"line": ["2 RUE DE L’EXEMPLE"], "postalCode": "38999", "city": "VILLE-FICTIVE"}]
    player.ask("move", "PUT", f"/Patient/{patient['id']}", json=patient)


def _refuse(player: Player) -> None:
    player.ask("absent", "GET", "/Patient/nobody", refused=True)
    player.ask("unknown type", "GET", "/Basic/x", refused=True)
    player.ask("unknown parameter", "GET", "/Patient?shoe-size=44", refused=True)
    player.ask("no JSON", "POST", "", refused=True, data=b"{", content_type="application/fhir+json")
    player.ask(
        "bad structure", "POST", "/Patient", refused=True, json={"resourceType": "Patient", "gender": "x", "active": []}
    )
    for folder in sorted(SCENARIOS.glob("*/")):
        if (folder / "1-request.json").is_file() and scenario(folder.name, "2-response.json")["status"] >= 400:
            player.refused_act(folder.name, scenario(folder.name))
    again = scenario("acte-simple", "1-request.fhir.json")
    again["entry"][0]["resource"]["status"] = "not-done"
    player.ask("broken rule", "POST", "", refused=True, json=again)


def _read(player: Player) -> None:
    store = player.composition.store
    player.ask("metadata", "GET", "/metadata")
    player.ask("verify", "GET", "/Provenance/$verify-chain")
    for type_ in PARAMETERS:
        player.ask(f"search {type_}", "GET", f"/{type_}?_count=100")
        for version in found(store, type_, count=1000):
            if type_ == "Procedure":
                player.ask(f"trace {version.id}", "GET", f"/Procedure/{version.id}/$trace")
            player.ask(f"history {type_} {version.id}", "GET", f"/{type_}/{version.id}/_history")
    asked = [{"request": {"method": "GET", "url": url}} for url in ("Patient?_count=1", "Patient/nobody")]
    player.ask("batch", "POST", "", json={"resourceType": "Bundle", "type": "batch", "entry": asked})
    patient = parse(found(store, "Patient", count=1)[0].body)
    for name, path in (
        ("history of the server", "/_history?_count=100"),
        ("history of a type", "/Patient/_history?_count=100"),
        ("include", "/Procedure?_include=Procedure:subject&_total=accurate"),
        ("summary", "/Observation?_summary=true"),
        ("elements", "/Observation?_elements=status"),
        ("everything", f"/Patient/{patient['id']}/$everything"),
        ("meta", f"/Patient/{patient['id']}/$meta"),
        ("expand", f"/ValueSet/$expand?url={systems.CANONICAL}/ValueSet/binome-task-code"),
        (
            "validate-code",
            f"/ValueSet/$validate-code?url={systems.CANONICAL}/ValueSet/binome-task-code&code=acknowledge",
        ),
    ):
        player.ask(name, "GET", path)
    player.ask("validate", "POST", "/Patient/$validate", json=patient)
    player.ask("faults found", "POST", "/Patient/$validate", json=patient | {"gender": "x"})


def _gather(journey: Journey, store: Store, sandbox: Sandbox) -> None:
    for type_ in PARAMETERS:
        for current in found(store, type_, count=10_000):
            for version in store.history(type_, current.id):
                journey.resources[f"{type_}/{version.id}/_history/{version.version}"] = parse(version.body)
    links = {link.reference for chain in store.chains() for link in store.links(chain)}
    journey.proved = {reference for reference in links if "/_history/" in reference}
    seen: dict[str, Document] = {}
    for name in [name for name in journey.resources if name.startswith("Procedure/")]:
        for envelope in store.envelopes_of(name):
            journey.envelopes.append(envelope)
            document = store.document(envelope.document_id)
            assert document is not None
            seen[document.id] = document
    journey.documents = list(seen.values())
    registry = sandbox.state.registry
    journey.registered = [
        (unique_id, entry.submission_id, entry.content)
        for unique_id in registry.unique_ids()
        for entry in registry.by_unique_id(unique_id)
    ]
    journey.letters = list(_letters(sandbox))


def _letters(sandbox: Sandbox) -> Iterator[Letter]:
    mailboxes = sandbox.state.mailboxes
    for address in mailboxes.counts():
        for letter in mailboxes.of(address):
            assert letter.content is not None
            yield Letter(to=address, message_id=letter.message_id, content=letter.content)
