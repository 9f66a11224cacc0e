"""Operations on acts and duties: ``$acknowledge``, ``$trace``, ``$verify-chain``, and what the server can do."""

from typing import Any

from flask import Blueprint, Response, request

from mappings.fhir.operation_outcome import operation_outcome
from mappings.fhir.structure import check
from mappings.issues import Issue, Refused
from service.acknowledgement import acknowledge
from service.api import context, media
from service.api.capability import capability_statement
from service.ledger.verify import verify
from service.trace import trace_of

operations = Blueprint("operations", __name__)
operations.before_request(media.refuse_other_formats)


@operations.post("/Task/<logical_id:id_>/$acknowledge")
def acknowledge_task(id_: str) -> Response:
    comment = _comment(media.received()) if request.get_data() else ""
    task = acknowledge(context.composition(), id_, context.caller(), comment)
    return media.stored(task)


@operations.get("/Procedure/<logical_id:id_>/$trace")
def trace(id_: str) -> Response:
    return media.answer(trace_of(context.composition().store, id_))


@operations.get("/Provenance/$verify-chain")
def verify_chain() -> Response:
    """Every link recomputed from the stored bytes; the organization parameter limits it to one chain."""
    store = context.composition().store
    chain = request.args.get("organization", "").rpartition("/")[2] or None
    if chain is not None and chain not in store.chains():
        raise Refused(Issue("not-found", "", "Cette structure n’a pas de chaîne de preuve sur ce serveur."))
    faults = verify(store, chain)
    issues = [
        Issue("exception", fault.reference, f"La chaîne de preuve est rompue ({fault.kind}).") for fault in faults
    ] or [Issue("informational", "", "La chaîne de preuve est intacte.", "", "information")]
    return media.answer(operation_outcome(issues))


@operations.get("/metadata")
def metadata() -> Response:
    return media.answer(capability_statement(context.composition().clock()))


def _comment(parameters: dict[str, Any]) -> str:
    issues = check(parameters, "Parameters")
    if not issues and parameters["resourceType"] != "Parameters":
        issues = [Issue("value", "resourceType", "L’opération reçoit une ressource Parameters.", "OperationDefinition")]
    if issues:
        raise Refused(issues)
    values = (p.get("valueString", "") for p in parameters.get("parameter", ()) if p.get("name") == "comment")
    return next(values, "")
