"""Reading and writing: the RESTful interactions (R4 4.0.1, https://hl7.org/fhir/R4/http.html)."""

from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, abort, request

from mappings.fhir.bundle import Entry, condition, entries_of, etag_version, response_bundle, searchset
from mappings.fhir.json import dump, parse
from mappings.fhir.operation_outcome import operation_outcome
from mappings.fhir.search import PARAMETERS
from mappings.issues import Issue, Refused
from service.api import context, media
from service.api.query import read_query
from service.intake import Asked, Outcome
from service.store.unit import StoredVersion

interactions = Blueprint("interactions", __name__)
interactions.before_request(media.refuse_other_formats)

Resource = dict[str, Any]


@interactions.post("/")
def transaction() -> Response:
    body = context.fingerprint()
    entries = entries_of(media.received())
    asked = Asked(
        client=context.caller().client, key=context.idempotency_key(), fingerprint=body, render=_transaction_response
    )
    answered = context.composition().intake.submit(entries, asked)
    # A transaction that was carried out answers 200; a repeat says so.
    headers = {"Idempotent-Replayed": "true"} if answered.repeated else None
    return media.stored(answered.body, 200, headers)


@interactions.post("/<type_>")
def create(type_: str) -> Response:
    if type_ == "Bundle":
        raise Refused(
            Issue(
                "not-supported",
                "Bundle",
                "Un Bundle de type transaction s’envoie à la base du serveur (POST /fhir), pas à /fhir/Bundle.",
                "FHIR R4, http.html#transaction",
            )
        )
    fingerprint = context.fingerprint()
    entry = Entry(
        expression="",
        method="POST",
        type=type_,
        if_none_exist=condition(request.headers.get("If-None-Exist", ""), "If-None-Exist"),
        resource=_of_type(media.received(), type_),
    )
    return _write(entry, fingerprint)


@interactions.put("/<type_>/<logical_id:id_>")
def update(type_: str, id_: str) -> Response:
    fingerprint = context.fingerprint()
    resource = _of_type(media.received(), type_)
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
        if_match=etag_version(request.headers.get("If-Match", ""), "If-Match"),
        resource=resource,
    )
    return _write(entry, fingerprint)


@interactions.get("/<type_>/<logical_id:id_>")
def read(type_: str, id_: str) -> Response:
    version = context.composition().store.read(_known(type_), id_)
    return _version(version)


@interactions.get("/<type_>/<logical_id:id_>/_history/<int(max=2147483647):number>")
def vread(type_: str, id_: str, number: int) -> Response:
    return _version(context.composition().store.read(_known(type_), id_, number))


@interactions.get("/<type_>/<logical_id:id_>/_history")
def history(type_: str, id_: str) -> Response:
    versions = context.composition().store.history(_known(type_), id_)
    if not versions:
        return _version(None)
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "entry": [
            {
                "fullUrl": f"{request.host_url}fhir/{type_}/{id_}",
                "resource": parse(version.body),
                "request": {
                    "method": "POST" if version.version == 1 else "PUT",
                    "url": type_ if version.version == 1 else f"{type_}/{id_}",
                },
                "response": {
                    "status": "201" if version.version == 1 else "200",
                    "etag": f'W/"{version.version}"',
                    "lastModified": version.recorded.isoformat(),
                },
            }
            for version in versions
        ],
    }
    return media.answer(bundle)


@interactions.get("/<type_>")
def search(type_: str) -> Response:
    return _search(_known(type_), list(request.args.items(multi=True)))


@interactions.post("/<type_>/_search")
def search_by_post(type_: str) -> Response:
    if request.mimetype != "application/x-www-form-urlencoded" and request.get_data():
        abort(415)
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    return _search(_known(type_), pairs)


def _search(type_: str, pairs: list[tuple[str, str]]) -> Response:
    composition = context.composition()
    cursors = [value for key, value in pairs if key == "_page"]
    after = None
    if cursors:
        pairs, after = composition.pages.read(type_, cursors[0])
    wanted = read_query(type_, pairs)
    if wanted.ids is not None:
        found = composition.store.read_many([(type_, id_) for id_ in wanted.ids])
    else:
        found = composition.store.search(
            type_,
            wanted.tokens,
            wanted.dates,
            without=wanted.without,
            within=wanted.within,
            sort=wanted.sort,
            count=wanted.count + 1,
            after=after,
        )
    page = found if wanted.ids is not None else found[: wanted.count]
    base = f"{request.host_url}fhir"
    # The links repeat no parameter: a search may name a person, and links end up in logs.
    links = {"self": f"{base}/{type_}"}
    if page and len(found) > len(page):
        links["next"] = f"{base}/{type_}?_page={composition.pages.cursor(type_, pairs, page[-1].id)}"
    return media.answer(searchset(base, links, [parse(version.body) for version in page]))


def _write(entry: Entry, fingerprint: bytes) -> Response:
    asked = Asked(
        client=context.caller().client,
        key=context.idempotency_key(),
        fingerprint=fingerprint,
        render=lambda outcome: dump({"results": [(r.type, r.id, r.version, r.created) for r in outcome.results]}),
    )
    answered = context.composition().intake.submit([entry], asked)
    type_, id_, version, _ = parse(answered.body)["results"][0]
    stored = context.composition().store.read(type_, id_, version)
    response = _version(stored, 201 if answered.status == 201 and version == 1 else 200)
    if answered.status == 201:
        response.headers["Location"] = f"{request.host_url}fhir/{type_}/{id_}/_history/{version}"
    if answered.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    if "return=minimal" in request.headers.get("Prefer", ""):
        response.set_data(b"")
    return response


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


def _known(type_: str) -> str:
    if type_ not in PARAMETERS:
        raise Refused(Issue("not-supported", "", "Ce type de ressource n’est pas tenu ici.", "CapabilityStatement"))
    return type_


def _version(version: StoredVersion | None, status: int = 200) -> Response:
    if version is None:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    headers = {"ETag": f'W/"{version.version}"', "Last-Modified": format_datetime(version.recorded, usegmt=True)}
    return media.stored(version.body, status, headers)
