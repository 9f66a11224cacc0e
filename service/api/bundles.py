"""Several at once: the transaction (R4 4.0.1, https://hl7.org/fhir/R4/http.html#transaction)."""

from mappings.fhir.bundle import entries_of, response_bundle
from mappings.fhir.json import dump
from mappings.fhir.operation_outcome import operation_outcome
from mappings.issues import Issue
from service.api import media
from service.api.exchange import Call, Reply
from service.api.writing import asked_by
from service.intake import Outcome


def transaction(call: Call) -> Reply:
    asked = asked_by(call, _transaction_response)
    answered = call.composition.intake.submit(entries_of(media.received(call)), asked)
    # A transaction that was carried out answers 200; a repeat says so.
    headers = {"Idempotent-Replayed": "true"} if answered.repeated else None
    return media.stored(call, answered.body, 200, headers)


def _transaction_response(outcome: Outcome) -> bytes:
    rows = [(r.type, r.id, r.version, "201 Created" if r.created else "200 OK") for r in outcome.results]
    bundle = response_bundle(rows)
    notes = {
        act.procedure_id: [
            Issue("informational", "", f"Non envoyé ({note.destination}) : {note.reason}", "", "information")
            for note in act.withheld
        ]
        for act in outcome.acts
    }
    for result, entry in zip(outcome.results, bundle.get("entry", ()), strict=True):
        if result.type == "Procedure" and notes.get(result.id):
            entry["response"]["outcome"] = operation_outcome(notes[result.id])
    return dump(bundle)
