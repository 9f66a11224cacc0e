"""Several at once: transaction and batch (R4 4.0.1, https://hl7.org/fhir/R4/http.html#transaction).

A transaction is one commit or nothing. What it reads is read after that commit, as the specification orders it
(DELETE, POST, PUT and PATCH, GET), and is told entry by entry: a reading that finds nothing undoes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from mappings.fhir.bundle import Entry, Read, entries_of, response_bundle
from mappings.fhir.json import dump, parse
from mappings.fhir.operation_outcome import operation_outcome
from mappings.issues import Issue
from service.api import media
from service.api.batches import LARGEST_ANSWER, batch, carried_out, too_much
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others_in_address
from service.api.writing import asked_by
from service.intake import Outcome, Result
from service.writes import print_utc

Resource = dict[str, Any]

_ORDER: Final = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2}
_STATUS: Final = {"created": "201 Created", "updated": "200 OK", "deleted": "204 No Content", "none": "200 OK"}


def bundle(call: Call) -> Reply:
    """A Bundle at the base, by its type."""
    refuse_others_in_address(call)
    received = media.received(call)
    if received.get("resourceType") == "Bundle" and received.get("type") == "batch":
        return batch(call, received)
    return _transaction(call, entries_of(received))


def _transaction(call: Call, items: Sequence[Entry | Read]) -> Reply:
    changes = [(n, item) for n, item in enumerate(items) if isinstance(item, Entry)]
    changes.sort(key=lambda change: _ORDER[change[1].method])
    places = [n for n, _ in changes]

    def render(outcome: Outcome) -> bytes:
        """In the order asked; null stands where something will be read."""
        told: list[Resource | None] = [None] * len(items)
        for n, response in zip(places, _responses(outcome), strict=True):
            told[n] = response
        # A Bundle of changes alone is written as it will be given, for every repeat.
        return dump(response_bundle(told))  # type: ignore[arg-type]  # what is still null is read before it is given

    def replays(answer: bytes) -> bool:
        """An answer to as many entries, the changes among them of the same types."""
        told = orjson.loads(answer).get("entry", ())
        return len(told) == len(items) and all(
            told[n] and told[n]["response"].get("location", "").startswith(f"{entry.type}/") for n, entry in changes
        )

    asked = replace(asked_by(call, render), replays=replays)
    answered = call.composition.intake.submit([entry for _, entry in changes], asked)
    # A transaction that was carried out answers 200; a repeat says so.
    headers = {"Idempotent-Replayed": "true"} if answered.repeated else {}
    wanted = call.preference("return")
    if len(changes) == len(items) and wanted not in ("representation", "OperationOutcome"):
        return media.stored(call, answered.body, 200, headers)
    response = parse(answered.body)
    size = 0
    for n, (item, told) in enumerate(zip(items, response.get("entry", []), strict=True)):
        if isinstance(item, Read):
            response["entry"][n], length = carried_out(call, item) if size <= LARGEST_ANSWER else (too_much(n), 0)
            size += length
        elif wanted == "representation":
            _represent(call, told)
        elif wanted == "OperationOutcome":
            told["response"].setdefault("outcome", operation_outcome([_DONE]))
    return media.answer(call, response, 200, headers)


def _responses(outcome: Outcome) -> list[Resource]:
    entries: list[Resource] = [
        {"response": _response(result, print_utc(outcome.recorded))} for result in outcome.results
    ]
    notes = {
        act.procedure_id: [
            Issue("informational", "", f"Non envoyé ({note.destination}) : {note.reason}", "", "information")
            for note in act.withheld
        ]
        for act in outcome.acts
    }
    for result, entry in zip(outcome.results, entries, strict=True):
        if result.type == "Procedure" and notes.get(result.id):
            entry["response"]["outcome"] = operation_outcome(notes[result.id])
    return entries


def _response(result: Result, now: str) -> Resource:
    if result.resource is None:
        return {"status": "204 No Content"} | ({"etag": f'W/"{result.version}"'} if result.version else {})
    return {
        "status": _STATUS[result.effect],
        "location": f"{result.type}/{result.id}/_history/{result.version}",
        "etag": f'W/"{result.version}"',
        "lastModified": now if result.effect != "none" else result.resource["meta"]["lastUpdated"],
    }


def _represent(call: Call, told: Resource) -> None:
    """The resource itself beside what is told of it; a deletion has none."""
    type_, _, rest = told["response"].get("location", "").partition("/")
    if type_:
        id_, _, version = rest.partition("/_history/")
        stored = call.composition.store.read(type_, id_, int(version))
        if stored is not None and stored.body:
            told |= {"fullUrl": f"{call.base}/{type_}/{id_}", "resource": parse(stored.body), **told}


_DONE: Final = Issue("informational", "", "La demande est exécutée.", "", "information")
