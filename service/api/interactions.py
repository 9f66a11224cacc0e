"""Reading and writing: the RESTful interactions (R4 4.0.1, https://hl7.org/fhir/R4/http.html)."""

from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

from werkzeug.exceptions import UnsupportedMediaType

from mappings.fhir.bundle import Entry, condition, entries_of, etag_version, response_bundle, searchset
from mappings.fhir.json import dump, parse
from mappings.fhir.operation_outcome import operation_outcome
from mappings.fhir.search import PARAMETERS
from mappings.issues import Issue, Refused
from service.api import identity, media
from service.api.exchange import Call, Pairs, Reply, pairs_of
from service.api.query import read_query
from service.intake import Asked, Outcome
from service.store.search import Place, Search
from service.store.unit import StoredVersion

Resource = dict[str, Any]


def transaction(call: Call) -> Reply:
    asked = _asked(call, _transaction_response)
    answered = call.composition.intake.submit(entries_of(media.received(call)), asked)
    # A transaction that was carried out answers 200; a repeat says so.
    headers = {"Idempotent-Replayed": "true"} if answered.repeated else None
    return media.stored(call, answered.body, 200, headers)


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


def read(call: Call, type_: str, id_: str) -> Reply:
    version = call.composition.store.read(_known(type_), id_)
    return _version(call, version)


def vread(call: Call, type_: str, id_: str, number: str) -> Reply:
    return _version(call, call.composition.store.read(_known(type_), id_, int(number)))


def history(call: Call, type_: str, id_: str) -> Reply:
    versions = call.composition.store.history(_known(type_), id_)
    if not versions:
        return _version(call, None)
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "entry": [
            {
                "fullUrl": f"{call.base}/{type_}/{id_}",
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
    return media.answer(call, bundle)


def search(call: Call, type_: str) -> Reply:
    return _search(call, _known(type_), call.pairs)


def search_by_post(call: Call, type_: str) -> Reply:
    if call.media_type != "application/x-www-form-urlencoded" and call.body:
        raise UnsupportedMediaType
    return _search(call, _known(type_), [*call.pairs, *pairs_of(call.body.decode(errors="replace"))])


def _search(call: Call, type_: str, pairs: Pairs) -> Reply:
    composition = call.composition
    cursors = [value for key, value in pairs if key == "_page"]
    after = None
    if cursors:
        pairs, place = composition.pages.read(type_, cursors[0])
        after = Place(*place)
    asked = read_query(type_, pairs)
    # One more than asked tells whether there is a page after this one.
    wanted = Search(every=asked.every, none=asked.none, order=asked.order, count=asked.count + 1, after=after)
    found = composition.store.search(wanted)
    page = found[: asked.count]
    # The links repeat no parameter: a search may name a person, and links end up in logs.
    links = {"self": f"{call.base}/{type_}"}
    if page and len(found) > len(page):
        links["next"] = f"{call.base}/{type_}?_page={composition.pages.cursor(type_, pairs, page[-1].place)}"
    return media.answer(call, searchset(call.base, links, [parse(one.version.body) for one in page]))


def _write(call: Call, entry: Entry) -> Reply:
    asked = _asked(
        call, lambda outcome: dump({"results": [(r.type, r.id, r.version, r.created) for r in outcome.results]})
    )
    answered = call.composition.intake.submit([entry], asked)
    type_, id_, version, _ = parse(answered.body)["results"][0]
    stored = call.composition.store.read(type_, id_, version)
    response = _version(call, stored, 201 if answered.status == 201 and version == 1 else 200)
    if answered.status == 201:
        response.headers["Location"] = f"{call.base}/{type_}/{id_}/_history/{version}"
    if answered.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    if "return=minimal" in call.header("Prefer"):
        response.body = b""
    return response


def _asked(call: Call, render: Callable[[Outcome], bytes]) -> Asked:
    return Asked(
        client=call.caller.client,
        key=identity.idempotency_key(call.header("Idempotency-Key")),
        fingerprint=identity.fingerprint(call.method, call.path, call.body),
        render=render,
    )


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


def _version(call: Call, version: StoredVersion | None, status: int = 200) -> Reply:
    if version is None:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    headers = {"ETag": f'W/"{version.version}"', "Last-Modified": format_datetime(version.recorded, usegmt=True)}
    return media.stored(call, version.body, status, headers)
