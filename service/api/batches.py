"""Batch: every entry on its own, answered in the Bundle (R4 4.0.1, https://hl7.org/fhir/R4/http.html#transaction)."""

import base64
import hashlib
from dataclasses import replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from mappings.fhir.bundle import Read, items_of, response_bundle
from mappings.fhir.datatypes import print_instant
from mappings.fhir.json import dump, parse
from mappings.fhir.operation_outcome import operation_outcome
from mappings.issues import Issue, IssueCode, Refused
from service.api import errors, media
from service.api.exchange import Call, Reply

Resource = dict[str, Any]

#: Most bytes of resources in one answer.
LARGEST_ANSWER: Final = 20_000_000
#: Elements of ``request`` and the headers that they stand for.
_HEADERS: Final = {
    "ifMatch": "If-Match",
    "ifNoneMatch": "If-None-Match",
    "ifModifiedSince": "If-Modified-Since",
    "ifNoneExist": "If-None-Exist",
}
_SECTION: Final = "FHIR R4, http.html#transaction"
#: Addresses whose answers are no resources.
_NOT_FHIR: Final = ("/export/", "/export-file/")
_ELSEWHERE: Final = "L’état et les fichiers d’un export se lisent à leur adresse, et non dans un Bundle."


def batch(call: Call, bundle: Resource) -> Reply:
    """Each entry in the order asked: they may not depend on each other."""
    entries: list[Resource] = []
    size = 0
    for n, item in enumerate(items_of(bundle, "batch")):
        told, length = _entry(call, item, n) if size <= LARGEST_ANSWER else (too_much(n), 0)
        entries.append(told)
        size += length
    return media.answer(call, response_bundle(entries, "batch"))


def carried_out(call: Call, asked: Read) -> tuple[Resource, int]:
    """The answer to a reading inside a Bundle, and the length of the resource in it."""
    return _told(call.inner(asked.method, asked.url, {**asked.headers, "Prefer": call.header("Prefer")}))


def _entry(call: Call, item: Resource, n: int) -> tuple[Resource, int]:
    """What is answered to one entry, and the length of the resource in it."""
    request = item.get("request")
    if not isinstance(request, dict):
        return _refused("required", n, "Chaque entrée porte request : sa méthode et son adresse."), 0
    method, url = request.get("method", ""), request.get("url", "")
    if not url.strip("/") or ":" in url.partition("?")[0] or url.startswith("/"):
        text = "L’adresse d’une entrée s’écrit depuis la base du serveur (Type, Type/id…), et ne désigne pas la base."
        return _refused("not-supported", n, text), 0
    headers = {name: request[element] for element, name in _HEADERS.items() if element in request}
    # Resources come back when they are asked for.
    preferred = call.header("Prefer"), "" if call.preference("return") else "return=minimal"
    headers["Prefer"] = ", ".join(filter(None, preferred))
    if key := call.header("Idempotency-Key"):
        headers["Idempotency-Key"] = hashlib.sha256(f"{key}\n{n}".encode()).hexdigest()
    try:
        kind, body = _body(item.get("resource"), method)
    except ValueError:
        return _refused("structure", n, "Le contenu de cette Binary n’est pas en base64."), 0
    return _told(call.inner(method, url, headers, body, kind))


def _body(resource: Any, method: str) -> tuple[str, bytes]:
    """Media type and bytes: a Binary is what it holds, where a patch is sent."""
    if not isinstance(resource, dict):
        return "", b""
    if method == "PATCH" and resource.get("resourceType") == "Binary":
        data = resource.get("data")
        return str(resource.get("contentType", "")), base64.b64decode(
            data if isinstance(data, str) else "", validate=True
        )
    return media.JSON, dump(resource)


def _done(call: Call) -> Reply:
    # Here: an address leads to a Bundle, and a Bundle holds addresses.
    from service.api.routes import handle

    path = call.path.removeprefix("/fhir")
    try:
        if path.startswith(_NOT_FHIR) and call.method != "DELETE":
            raise Refused(Issue("not-supported", "", _ELSEWHERE, _SECTION))
        reply = handle(call, path)
        return replace(reply, body=b"") if call.method == "HEAD" else reply
    except Exception as error:  # as at the door: one entry's failure is that entry's answer
        refusal = errors.refusal_of(error, call.method, call.composition.ids)
        return media.printed(refusal.outcome, refusal.status, headers=refusal.headers)


def _told(call: Call) -> tuple[Resource, int]:
    reply = _done(call)
    status = HTTPStatus(reply.status)
    response: Resource = {"status": f"{status.value} {status.phrase}"}
    headers = reply.headers
    if "Location" in headers:
        response["location"] = headers["Location"].partition("/fhir/")[2]
    if "ETag" in headers:
        response["etag"] = headers["ETag"]
    if "Last-Modified" in headers:
        response["lastModified"] = print_instant(parsedate_to_datetime(headers["Last-Modified"]))
    entry: Resource = {"response": response}
    if reply.body and reply.stream is None:
        # An outcome tells how it went, but is what was asked of an operation that was carried out.
        resource = parse(reply.body)
        if resource.get("resourceType") == "OperationOutcome" and not (reply.status == 200 and "$" in call.path):
            response["outcome"] = resource
        else:
            entry["resource"] = resource
    return entry, len(reply.body)


def too_much(n: int) -> Resource:
    """What is answered to an entry that is left aside: the answers before it are long enough."""
    return _refused(
        "too-costly", n, "Les réponses de ce Bundle sont trop volumineuses : cette entrée n’est pas traitée."
    )


def _refused(code: IssueCode, n: int, text: str) -> Resource:
    status = HTTPStatus(errors.STATUS[code])
    outcome = operation_outcome([Issue(code, f"Bundle.entry[{n}]", text, _SECTION)])
    return {"response": {"status": f"{status.value} {status.phrase}", "outcome": outcome}}
