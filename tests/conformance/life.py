"""What becomes of a team, a protocol and an act with time: the second part of the journey.

Arrangements and absences, an escalation, an adverse event, declared teams, a suspension and a review, a mail that comes,
a delivery had sent again, a reading of the shared record, a proposal, an export, a Subscription that its target let down.
"""

import dataclasses
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mappings.fhir.json import parse
from mappings.mail.reading import reading_of
from mappings.mail.sameness import claimed_id, sameness
from service.app import create_app
from service.clients.portal.client import Portal
from service.clients.portal.send import PortalSettings
from service.declarations import Keeping, poll
from service.demonstration import records, sent
from service.exporting.slices import Exporting
from service.finding import found
from service.inbound.composing import settling
from service.intake.knowledge import Readings
from service.life.escalation import Escalation
from service.life.nightly import Nightly
from service.life.supervision import Supervision, Told
from service.outbox.envelope import Destination
from service.replaying import dead_letters, replay
from service.sandbox.server import PROCEDURE
from service.store.inbound import Taken
from service.subscriptions.composing import rounds
from tests.consultation.shelf import Shelf
from tests.declarations.scene import FORM
from tests.inbound import letters
from tests.inbound.boxes import ADDRESS
from tests.intake.absences import ARRANGED, named, record_of

if TYPE_CHECKING:
    from tests.conformance.journey import Player

Json = dict[str, Any]

DELEGATEE, WEBER, BENALI = "99900001019", "99900002017", "99900002025"
PROTOCOL = "pc-torsion-cheville"
PORTAL_TOKEN = "demonstration"


def live(player: "Player") -> None:
    """Everything below, in the order of time."""
    _a_team_is_away(player)
    _an_adverse_event(player)
    _mail_comes(player)
    _a_letter_goes_again(player)
    _the_shared_record_is_read(player)
    _a_protocol_is_proposed(player)
    _a_subscriber_is_told(player)
    _all_is_exported(player)
    _teams_are_declared(player)
    _a_protocol_is_overseen(player)


def _a_team_is_away(player: "Player") -> None:
    """The délégant is away: the substitute has the act, then the whole team, for nobody answers."""
    player.record("teams", ARRANGED)
    today = player.clock().date()
    away = {"start": str(today), "end": str(today + dt.timedelta(days=20)), "reason": "Congés"}
    player.record("enrolments", sent(record_of(WEBER)) | {"absences": [away], "substitutes": [named(BENALI)]})
    player.record("acts", records("acts")[0] | {"identifier": "ACTE-ABSENCE-1"})
    player.deliver()
    player.clock.pass_(days=9)
    escalation = Escalation(
        store=player.composition.store,
        clock=player.clock,
        ids=player.composition.ids,
        readings=Readings(),
        answer=dt.timedelta(hours=24),
    )
    assert escalation.escalate()


def _an_adverse_event(player: "Player") -> None:
    serious = {"seriousness": "hospitalization", "severity": "severe"}
    player.record("adverse-events", records("adverse-events")[0] | {"act": "ACTE-ABSENCE-1"} | serious)


def _mail_comes(player: "Player") -> None:
    """An answer to a report, which somebody of the structure has to read."""
    store, clock = player.composition.store, player.clock
    (act,) = (v for v in found(store, "Procedure", [("identifier", "", "ACTE-ABSENCE-1")]))
    (letter,) = (
        one
        for one in store.envelopes_of(f"Procedure/{act.id}/_history/1")
        if one.destination is Destination.MSSANTE_PROFESSIONAL
    )
    raw = letters.reply(letter, "Bien reçu, je le revois demain.")
    taken = Taken(
        box=ADDRESS,
        validity=1,
        uid=1,
        sameness=sameness(raw),
        digest=hashlib.sha256(raw).digest(),
        size=len(raw),
        message_id=claimed_id(raw),
        raw=raw,
    )
    assert store.inbound.keep(taken, player.composition.ids(), clock())
    reader = settling(player.composition.settings, store, clock, player.composition.ids)
    reader.read = reading_of
    reader.drain()


def _a_letter_goes_again(player: "Player") -> None:
    """Refused by the mail operator, had sent again, and refused once more."""
    store = player.composition.store
    letter = next(one for one in dead_letters(store) if one.envelope.destination is not Destination.DMP)
    player.fail("mail", "5xx", "rcpt", 550)
    replay(store, player.clock, player.composition.ids, letter.envelope.id, WEBER)
    player.deliver()


def _the_shared_record_is_read(player: "Player") -> None:
    """A listing, a document and one that is not there; a stranger is refused. Each leaves an AuditEvent."""
    shelf = Shelf()
    there = shelf.put(b"Bonjour", "text/plain")
    composition = dataclasses.replace(player.composition, record_reader=shelf)
    client = create_app(composition).test_client()
    patient = _inclusion(player)["subject"]["reference"].partition("/")[2]
    address = f"/records/patients/{patient}/documents"
    for path, rpps, status in (
        ("", DELEGATEE, 200),
        (f"/{there}", DELEGATEE, 200),
        ("/1.2.3", DELEGATEE, 404),
        ("", "99900003015", 403),
    ):
        answer = client.get(address + path, headers=player.token(rpps))
        assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
        if answer.mimetype == "application/fhir+json":
            player.keep("consultation", parse(answer.data))


def _a_protocol_is_proposed(player: "Player") -> None:
    plan = _inclusion(player)
    query = f"subject={plan['subject']['reference']}&practitioner={plan['author']['reference']}"
    player.ask("apply", "GET", f"/PlanDefinition/{PROTOCOL}/$apply?{query}")


def _a_subscriber_is_told(player: "Player") -> None:
    """A Subscription whose handshake is done; then its target fails until it is switched off."""
    store, settings = player.composition.store, player.composition.settings
    asked = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "Suivre les actes délégués",
        "criteria": "https://binome.example/fhir/SubscriptionTopic/act-recorded",
        "channel": {
            "type": "rest-hook",
            "endpoint": player.sandbox.subscriber_url("abonne"),
            "payload": "application/fhir+json",
        },
    }
    answer = player.client.post("/fhir/Subscription", json=asked, content_type="application/fhir+json")
    assert answer.status_code == 201, answer.text
    id_ = answer.get_json()["id"]
    turns = rounds(settings, store, player.clock, player.composition.ids)
    turns.drain()
    player.record("acts", records("acts")[1] | {"identifier": "ACTE-SUIVI-1"})
    player.deliver()
    turns.drain()
    for name in ("status", "events"):
        player.ask(f"subscription {name}", "GET", f"/Subscription/{id_}/${name}")
    player.fail("subscriber", "4xx", "notification", 410)
    player.record("acts", records("acts")[1] | {"identifier": "ACTE-SUIVI-2"})
    player.deliver()
    turns.drain()
    for number, received in enumerate(player.sandbox.state.subscribers.of("abonne")):
        player.keep(f"notification {number}", parse(received.body))


def _all_is_exported(player: "Player") -> None:
    """Asked for, done, taken: an AuditEvent for each."""
    composition = player.composition
    asked = player.client.get("/fhir/$export", headers={"Prefer": "respond-async"})
    assert asked.status_code == 202, asked.text
    keep = dt.timedelta(hours=1)
    assert Exporting(composition.store, Path(composition.settings.exports), keep, player.clock, composition.ids).turn()
    manifest = player.client.get(asked.headers["Content-Location"]).get_json()
    lines: list[bytes] = []
    for file in manifest["output"]:
        lines += player.client.get(file["url"]).data.splitlines()
    assert {json.loads(line)["resourceType"] for line in lines} >= {"Procedure", "CareTeam", "AdverseEvent"}


def _teams_are_declared(player: "Player") -> None:
    """By the State portal; then a training expires."""
    composition = player.composition
    knowledge = {"store": composition.store, "clock": player.clock, "ids": composition.ids, "readings": Readings()}
    settings = PortalSettings(url=player.sandbox.portal_url, token=PORTAL_TOKEN, number=PROCEDURE, seconds=5.0)
    portal = Portal(settings, player.clock, lambda _: None)
    assert poll(portal, FORM, composition.catalogue, Keeping(**knowledge), None).kept
    ends = records("enrolments")[4]
    training = [ends["training"][0] | {"valid_until": "2026-11-25", "hours": 2, "trainer": named(WEBER)}]
    player.record("enrolments", ends | {"training": training})
    assert Nightly(catalogue=composition.catalogue, **knowledge).suspend_lapsed(player.clock().date()) == 1


def _a_protocol_is_overseen(player: "Player") -> None:
    composition = player.composition
    supervision = Supervision(
        store=composition.store, catalogue=composition.catalogue, clock=player.clock, ids=composition.ids
    )
    told = Told(
        day=dt.date(2027, 1, 4),
        authority="ARS FICTIVE",
        reason="Contrôle de l’équipe",
        source="https://ars.example/decision-1",
    )
    assert supervision.suspend(PROTOCOL, told, "380999990")
    assert supervision.resume(PROTOCOL, dataclasses.replace(told, day=dt.date(2027, 2, 1)), "380999990")
    assert supervision.suspend(PROTOCOL, told)
    day = player.clock().date()
    assert supervision.review(PROTOCOL, day, by="Dr TEST-RELECTRICE", rpps=WEBER)


def _inclusion(player: "Player") -> Json:
    (version,) = found(player.composition.store, "CarePlan", [("identifier", "", "INCL-0001")])
    return parse(version.body)
