"""Writing one resource: create and update (R4 4.0.1, https://hl7.org/fhir/R4/http.html#create)."""

from collections.abc import Callable
from typing import Any

from mappings.fhir.bundle import Entry, condition, etag_version
from mappings.fhir.json import dump, parse
from mappings.issues import Issue, Refused
from service.api import identity, media
from service.api.exchange import Call, Reply
from service.api.reading import version_reply
from service.intake import Asked, Outcome

Resource = dict[str, Any]


def create(call: Call, type_: str) -> Reply:
    if type_ == "Bundle":
        raise Refused(
            Issue(
                "not-supported",
                "Bundle",
                "Un Bundle de type transaction s’envoie à la base du serveur (POST /fhir), pas à /fhir/Bundle.",
                "FHIR R4, http.html#transaction",
            )
        )
    entry = Entry(
        expression="",
        method="POST",
        type=type_,
        if_none_exist=condition(call.header("If-None-Exist"), "If-None-Exist"),
        resource=_of_type(media.received(call), type_),
    )
    return _write(call, entry)


def update(call: Call, type_: str, id_: str) -> Reply:
    resource = _of_type(media.received(call), type_)
    if resource.get("id") != id_:
        raise Refused(
            Issue(
                "invariant", f"{type_}.id", "L’identifiant n’est pas celui de l’adresse.", "FHIR R4, http.html#update"
            )
        )
    entry = Entry(
        expression="",
        method="PUT",
        type=type_,
        id=id_,
        if_match=etag_version(call.header("If-Match"), "If-Match"),
        resource=resource,
    )
    return _write(call, entry)


def asked_by(call: Call, render: Callable[[Outcome], bytes]) -> Asked:
    return Asked(
        client=call.caller.client,
        key=identity.idempotency_key(call.header("Idempotency-Key")),
        fingerprint=identity.fingerprint(call.method, call.path, call.body),
        render=render,
    )


def _write(call: Call, entry: Entry) -> Reply:
    asked = asked_by(
        call, lambda outcome: dump({"results": [(r.type, r.id, r.version, r.created) for r in outcome.results]})
    )
    answered = call.composition.intake.submit([entry], asked)
    type_, id_, version, _ = parse(answered.body)["results"][0]
    stored = call.composition.store.read(type_, id_, version)
    response = version_reply(call, stored, 201 if answered.status == 201 and version == 1 else 200)
    if answered.status == 201:
        response.headers["Location"] = f"{call.base}/{type_}/{id_}/_history/{version}"
    if answered.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    if "return=minimal" in call.header("Prefer"):
        response.body = b""
    return response


def _of_type(resource: Resource, type_: str) -> Resource:
    if resource.get("resourceType") != type_:
        raise Refused(
            Issue(
                "invariant",
                "resourceType",
                "La ressource envoyée n’est pas du type de l’adresse.",
                "FHIR R4, http.html#create",
            )
        )
    return resource
