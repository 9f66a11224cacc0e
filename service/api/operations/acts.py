"""Operations on acts, duties and proofs: ``$acknowledge``, ``$trace``, ``$verify-chain``."""

from typing import Any

from mappings.fhir.operation_outcome import operation_outcome
from mappings.fhir.structure import check
from mappings.issues import Issue, Refused
from service.acknowledgement import acknowledge
from service.api import media
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others, refuse_others_in_address
from service.ledger.verify import verify
from service.trace import trace_of


def acknowledge_task(call: Call, id_: str) -> Reply:
    refuse_others_in_address(call)
    comment = _comment(call, media.received(call)) if call.body else ""
    task = acknowledge(call.composition, id_, call.caller, comment)
    return media.stored(call, task)


def trace(call: Call, id_: str) -> Reply:
    refuse_others_in_address(call)
    return media.answer(call, trace_of(call.composition.store, id_))


def verify_chain(call: Call) -> Reply:
    """Every link recomputed from the stored bytes; the organization parameter limits it to one chain."""
    refuse_others_in_address(call, frozenset({"organization"}))
    store = call.composition.store
    chain = call.parameter("organization").rpartition("/")[2] or None
    if chain is not None and chain not in store.chains():
        raise Refused(Issue("not-found", "", "Cette structure n’a pas de chaîne de preuve sur ce serveur."))
    faults = verify(store, chain)
    issues = [
        Issue("exception", fault.reference, f"La chaîne de preuve est rompue ({fault.kind}).") for fault in faults
    ] or [Issue("informational", "", "La chaîne de preuve est intacte.", "", "information")]
    return media.answer(call, operation_outcome(issues))


def _comment(call: Call, parameters: dict[str, Any]) -> str:
    issues = check(parameters, "Parameters")
    if not issues and parameters["resourceType"] != "Parameters":
        issues = [Issue("value", "resourceType", "L’opération reçoit une ressource Parameters.", "OperationDefinition")]
    if issues:
        raise Refused(issues)
    refuse_others(call, (p["name"] for p in parameters.get("parameter", ())), frozenset({"comment"}))
    values = (p.get("valueString", "") for p in parameters.get("parameter", ()) if p.get("name") == "comment")
    return next(values, "")
