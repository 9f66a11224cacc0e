"""Writing one resource: create, update, patch, delete (R4 4.0.1, https://hl7.org/fhir/R4/http.html#create)."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from mappings.fhir.bundle import Criteria, Entry, Method, condition, seen_versions
from mappings.fhir.json import dump, parse
from mappings.fhir.operation_outcome import operation_outcome
from mappings.fhir.patch import JSON_PATCH, Patch, fhirpath_patch, json_patch, operations_of
from mappings.issues import Issue, Refused
from service.api import identity, media
from service.api.conditions import matching
from service.api.errors import NotDoneHere
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others_in_address
from service.api.provenance import told_reason
from service.api.reading import known, version_headers
from service.intake import Asked, Outcome, Result

Resource = dict[str, Any]

_TO_THE_BASE: Final = (
    "Un Bundle de type transaction ou batch s’envoie à la base du serveur (POST /fhir), pas à /fhir/Bundle."
)
_ALLOWED: Final = ("GET", "HEAD", "OPTIONS")
_DONE: Final = {"created": "créée", "updated": "modifiée", "deleted": "supprimée", "none": "inchangée"}


def create(call: Call, type_: str) -> Reply:
    if type_ == "Bundle":
        raise Refused(Issue("not-supported", "Bundle", _TO_THE_BASE, "FHIR R4, http.html#transaction"))
    known(type_)
    refuse_others_in_address(call)
    entry = Entry(
        expression="",
        method="POST",
        type=type_,
        criteria=condition(call.header("If-None-Exist"), "If-None-Exist", type_),
        resource=_of_type(media.received(call), type_),
    )
    return _write(call, entry)


def update(call: Call, type_: str, id_: str) -> Reply:
    known(type_)
    refuse_others_in_address(call)
    resource = _of_type(media.received(call), type_)
    if resource.get("id") != id_:
        text = "L’identifiant n’est pas celui de l’adresse."
        raise Refused(Issue("structure", f"{type_}.id", text, "FHIR R4, http.html#update"))
    if not call.composition.settings.update_creates and call.composition.store.read(type_, id_) is None:
        text = "Cette ressource n’existe pas, et ce serveur choisit lui-même les identifiants : créez-la par POST."
        raise NotDoneHere(_ALLOWED, text)
    return _write(call, _on_terms(call, "PUT", type_, id=id_, resource=resource))


def update_by_condition(call: Call, type_: str) -> Reply:
    resource = _of_type(media.received(call), known(type_))
    return _write(call, _on_terms(call, "PUT", type_, criteria=_sought(call), resource=resource))


def patch(call: Call, type_: str, id_: str) -> Reply:
    known(type_)
    refuse_others_in_address(call)
    return _write(call, _on_terms(call, "PATCH", type_, id=id_, patch=_received_patch(call)))


def patch_by_condition(call: Call, type_: str) -> Reply:
    known(type_)
    return _write(call, _on_terms(call, "PATCH", type_, criteria=_sought(call), patch=_received_patch(call)))


def delete(call: Call, type_: str, id_: str) -> Reply:
    known(type_)
    refuse_others_in_address(call)
    return _write(call, _on_terms(call, "DELETE", type_, id=id_))


def delete_by_condition(call: Call, type_: str) -> Reply:
    known(type_)
    return _write(call, _on_terms(call, "DELETE", type_, criteria=_sought(call)))


def asked_by(call: Call, render: Callable[[Outcome], bytes]) -> Asked:
    return Asked(
        client=call.caller.client,
        key=identity.idempotency_key(call.header("Idempotency-Key")),
        fingerprint=identity.fingerprint(call.method, call.path, call.body),
        render=render,
        base=f"{call.base}/",
        matching=matching(call),
        creates_by_update=bool(call.composition.settings.update_creates),
        rpps=call.caller.rpps,
        reason=told_reason(call.header("X-Provenance")),
    )


def _write(call: Call, entry: Entry) -> Reply:
    answered = call.composition.intake.submit([entry], asked_by(call, _results))
    if answered.outcome is not None:
        result = answered.outcome.results[0]
        return _told(call, result, answered.outcome.recorded)
    reply = _repeated(call, entry, parse(answered.body))
    reply.headers["Idempotent-Replayed"] = "true"
    return reply


def _results(outcome: Outcome) -> bytes:
    """What a repeat needs to be answered alike."""
    return dump({"results": [(r.type, r.id, r.version, r.effect) for r in outcome.results]})


def _told(call: Call, result: Result, now: dt.datetime) -> Reply:
    """What was done, without reading again what has just been written."""
    if result.resource is None:
        return _gone(call, result)
    recorded = now if result.effect != "none" else dt.datetime.fromisoformat(result.resource["meta"]["lastUpdated"])
    headers = _headers(call, result.type, result.id, result.version, recorded)
    status = 201 if result.effect == "created" else 200
    match call.preference("return"):
        case "minimal":
            return Reply(status, headers=headers)
        case "OperationOutcome":
            return media.answer(call, _said(result.effect), status, headers)
    if result.body:
        return media.stored(call, result.body, status, headers)
    return media.answer(call, result.resource, status, headers)


def _headers(call: Call, type_: str, id_: str, version: int, recorded: dt.datetime) -> dict[str, str]:
    """Which version is told of: the one written, or the one in force where nothing was to change."""
    location = f"{call.base}/{type_}/{id_}/_history/{version}"
    return {**version_headers(version, recorded), "Location": location}


def _gone(call: Call, result: Result) -> Reply:
    headers = {"ETag": f'W/"{result.version}"'} if result.version else {}
    if call.preference("return") == "OperationOutcome":
        return media.answer(call, _said(result.effect), 200, headers)
    return Reply(204, headers=headers)


def _repeated(call: Call, entry: Entry, earlier: Resource) -> Reply:
    """The answer once given; of an act that came by another door, the act as it is on record.

    What the request makes depend on a version was judged when it was carried out, and is not judged again.
    """
    store = call.composition.store
    effect = "none"
    if "results" in earlier:
        type_, id_, version, effect = earlier["results"][0]
        stored = store.read(type_, id_, version) if id_ else None
    else:
        stored = store.read(entry.type, matching(call)(entry.type, entry.criteria or ())[0])
    if stored is None or not stored.body:
        return Reply(204)
    headers = _headers(call, stored.type, stored.id, stored.version, stored.recorded)
    match call.preference("return"):
        case "minimal":
            return Reply(200, headers=headers)
        case "OperationOutcome":
            return media.answer(call, _said(effect), 200, headers)
    return media.stored(call, stored.body, 200, headers)


def _said(effect: str) -> Resource:
    text = f"La ressource est {_DONE[effect]}." if effect != "none" else "Rien n’était à changer."
    return operation_outcome([Issue("informational", "", text, "", "information")])


def _on_terms(
    call: Call,
    method: Method,
    type_: str,
    *,
    id: str = "",
    criteria: Criteria | None = None,
    resource: Resource | None = None,
    patch: Patch | None = None,
) -> Entry:
    """A change of what is there, on the terms of If-Match and If-None-Match."""
    return Entry(
        expression="",
        method=method,
        type=type_,
        id=id,
        criteria=criteria,
        if_match=seen_versions(call.header("If-Match"), "If-Match"),
        if_none_match=seen_versions(call.header("If-None-Match"), "If-None-Match", "If-None-Match"),
        resource=resource or {},
        patch=patch,
    )


def _sought(call: Call) -> Criteria:
    """The condition that the address writes; what says how to answer is none of it."""
    named = [(name, value) for name, value in call.pairs if name not in ("_format", "_pretty")]
    if not named or any("\x00" in value for _, value in named):
        text = (
            "Sans identifiant dans l’adresse, cette demande s’écrit avec un critère : Type?identifier=système|valeur."
        )
        raise Refused(Issue("not-supported", "", text, "FHIR R4, http.html#cond-update"))
    return tuple(named)


def _received_patch(call: Call) -> Patch:
    if call.media_type == JSON_PATCH:
        return json_patch(operations_of(call.body))
    return fhirpath_patch(media.received(call))


def _of_type(resource: Resource, type_: str) -> Resource:
    if resource.get("resourceType") != type_:
        text = "La ressource envoyée n’est pas du type de l’adresse."
        raise Refused(Issue("invariant", "resourceType", text, "FHIR R4, http.html#create"))
    return resource
