"""``/records``: enrolments, consents, inclusions, acts and protocols as flat JSON."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, abort, request

from mappings.codes.systems import IDENTIFIER, PLAN_DEFINITION
from mappings.domain.time import french_day
from mappings.elements import Json
from mappings.fhir.bundle import Entry
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.json import dump, parse
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.issues import Issue, Refused
from mappings.records.act import act_from_record, act_under
from mappings.records.adverse_event import adverse_event_from_record
from mappings.records.consent import consent_from_record
from mappings.records.enrolment import EnrolmentRecord, enrolment_from_record
from mappings.records.exam_form import exam_to_record
from mappings.records.identity_sheet import halts_to_record
from mappings.records.inclusion import inclusion_from_record
from service import views
from service.clients.directory import Choice
from service.intake import Answer, Asked, Outcome
from service.life.halting import halts_on
from service.records.entries import (
    entries_of_act,
    entries_of_consent,
    entries_of_enrolment,
    entries_of_inclusion,
    entry_of_adverse_event,
)
from service.records.openapi import description

records = Blueprint("records", __name__)


@records.post("/enrolments")
def enrol() -> Response:
    return _submit(lambda record: entries_of_enrolment(_known(enrolment_from_record(record))))


@records.post("/consents")
def consent() -> Response:
    return _submit(lambda record: entries_of_consent(consent_from_record(record)))


@records.post("/inclusions")
def include() -> Response:
    return _submit(lambda record: entries_of_inclusion(inclusion_from_record(record)))


@records.post("/acts")
def act() -> Response:
    return _submit(_entries_of_act)


@records.post("/adverse-events")
def adverse_event() -> Response:
    return _submit(_entries_of_adverse_event)


@records.get("/protocols")
def protocols() -> Response:
    composition = views.composition()
    catalogue = composition.catalogue
    urls = {protocol.url for protocol in catalogue.values()}
    halts = halts_on(composition.store, urls, french_day(composition.clock()))
    listed = [
        {
            "protocol": protocol.canonical.removeprefix(PLAN_DEFINITION),
            "title": protocol.title,
            "regime": protocol.regime,
            "status": protocol.status,
            "start": protocol.period.start.isoformat() if protocol.period else None,
            "end": protocol.period.end.isoformat() if protocol.period and protocol.period.end else None,
            "suspensions": halts_to_record(halts[protocol.url]),
            "acts": [{"activity": a.id, "kind": a.kind, "title": a.title} for a in protocol.activities],
            "exam": exam_to_record(protocol),
        }
        for protocol in catalogue.values()
    ]
    return _json(orjson.dumps(listed))


@records.get("/openapi.json")
def openapi() -> Response:
    return _json(orjson.dumps(description()))


def _submit(read: Callable[[Json], Sequence[Entry]]) -> Response:
    """One record, and all that it brings into being: all or nothing."""
    if request.mimetype != "application/json":
        abort(415)
    fingerprint = views.fingerprint()
    entries = read(parse(request.get_data()))
    asked = Asked(
        client=views.caller().client,
        key=views.idempotency_key(),
        fingerprint=fingerprint,
        render=rendered,
        trusted=True,
    )
    return answered(views.intake().submit(entries, asked))


def _entries_of_act(record: Json) -> list[Entry]:
    composition = views.composition()
    read = act_from_record(record)
    protocol = composition.catalogue.get(read.protocol)
    if protocol is None:
        raise Refused(
            Issue("business-rule", "act.protocol", "Cette version du protocole n’est pas connue.", "CSP L4011-3")
        )
    knowledge = composition.intake.knowledge()
    inclusion = knowledge.reading("CarePlan", read.inclusion_id, inclusion_from_fhir)
    if inclusion is None:
        raise Refused(
            Issue("business-rule", "act.inclusion", "L’inclusion du patient n’est pas connue.", "CSP L4011-2")
        )
    patient = knowledge.reading("Patient", inclusion.patient_id, patient_from_fhir)
    told = act_under(read, protocol, inclusion.patient_id, composition.ids)
    return entries_of_act(told, protocol, composition.ids, fictitious=patient is not None and patient.is_fictitious)


def _entries_of_adverse_event(record: Json) -> list[Entry]:
    read = adverse_event_from_record(record)
    knowledge = views.composition().intake.knowledge()
    ids = knowledge.found("Procedure", "identifier", f"{IDENTIFIER}act", read.act)
    act = knowledge.resource("Procedure", ids[0]) if ids else None
    if act is None:
        raise Refused(Issue("business-rule", "adverse_event.act", "L’acte en cause n’est pas connu.", "CSP L4011-4"))
    return [entry_of_adverse_event(read, act)]


def _known(record: EnrolmentRecord) -> EnrolmentRecord:
    """The professional completed from the national directory when the record gives no mailbox.

    An outage never loses an enrolment: it is kept as it came, without the mailbox. So it is where the directory has
    several: which one is meant is for somebody to say. What is on record already is not lost by either.
    """
    if record.practitioner.mailbox:
        return record
    composition, rpps = views.composition(), record.enrolment.rpps
    found = composition.directory.mailbox_of(rpps, record.organization.finess)
    mailbox = found.address if isinstance(found, Choice) else ""
    if not mailbox:
        stored = composition.intake.knowledge().reading("Practitioner", record.practitioner.id, practitioner_from_fhir)
        before = stored.mailbox if stored else ""
        # What is on record stays, unless the directory has others, and that one no more.
        kept = not isinstance(found, Choice) or not found.among or before.lower() in found.among
        mailbox = before if kept else ""
    return replace(record, practitioner=replace(record.practitioner, mailbox=mailbox))


def rendered(outcome: Outcome) -> bytes:
    body: dict[str, Any] = {
        "resources": [f"{r.type}/{r.id}/_history/{r.version}" for r in outcome.results],
    }
    if outcome.acts:
        (one,) = outcome.acts
        body |= {
            "act": f"Procedure/{one.procedure_id}",
            "tasks": [f"Task/{id_}" for id_ in one.task_ids],
            "provenance": f"Provenance/{one.provenance_id}",
            "deliveries": [{"destination": d, "envelope": envelope} for d, envelope in one.deliveries],
            "withheld": [{"destination": w.destination, "reason": w.reason} for w in one.withheld],
        }
    return dump(body)


def answered(answer: Answer) -> Response:
    response = _json(answer.body, answer.status)
    if answer.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, content_type="application/json; charset=utf-8")
