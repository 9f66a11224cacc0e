"""Operations on acts and duties: ``$acknowledge``, ``$trace``, ``$verify-chain``, and what the server can do."""

from typing import Any

from flask import Blueprint, Response, request

from mappings.fhir.operation_outcome import operation_outcome
from mappings.issues import Issue
from service.acknowledgement import acknowledge
from service.api import context, media
from service.api.capability import capability_statement
from service.ledger.verify import verify
from service.trace import trace_of

operations = Blueprint("operations", __name__)


@operations.post("/Task/<id_>/$acknowledge")
def acknowledge_task(id_: str) -> Response:
    parameters = media.received() if request.get_data() else {}
    task = acknowledge(context.composition(), id_, context.caller(), _comment(parameters))
    return media.stored(task)


@operations.get("/Procedure/<id_>/$trace")
def trace(id_: str) -> Response:
    return media.answer(trace_of(context.composition().store, id_))


@operations.get("/Provenance/$verify-chain")
def verify_chain() -> Response:
    """Every link recomputed from the stored bytes; the organization parameter limits it to one chain."""
    chain = request.args.get("organization", "").rpartition("/")[2] or None
    faults = list(verify(context.composition().store, chain))
    issues = [
        Issue("exception", fault.reference, f"La chaîne de preuve est rompue ({fault.kind}).") for fault in faults
    ] or [Issue("exception", "", "La chaîne de preuve est intacte.", "", "information")]
    return media.answer(operation_outcome(issues))


@operations.get("/metadata")
def metadata() -> Response:
    return media.answer(capability_statement(context.composition().clock()))


def _comment(parameters: dict[str, Any]) -> str:
    values = (p.get("valueString", "") for p in parameters.get("parameter", ()) if p.get("name") == "comment")
    return next(values, "")
