"""The HTTP side of the sandbox: the destinations, what they received, and the order book of faults."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from cryptography import x509
from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from mappings.issues import Issue, Refused
from service.clock import Clock
from service.sandbox.directory import Directory, directory_blueprint
from service.sandbox.faults import Faults, fault_from_json
from service.sandbox.mail import Letter, Mailboxes
from service.sandbox.pdsm import Desk, fhir_record_blueprint
from service.sandbox.pdsm_record import FhirRecord
from service.sandbox.portal import Portal, portal_blueprint
from service.sandbox.registry import Registry
from service.sandbox.subscriber import Subscribers, subscriber_blueprint
from service.sandbox.trust import Manager, Sessions, trust_blueprint
from service.sandbox.xds import SharedRecord, shared_record_blueprint

#: Longest request, in bytes.
_LONGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that the destinations hold."""

    clock: Clock
    mailboxes: Mailboxes
    registry: Registry
    fhir_record: FhirRecord
    directory: Directory
    faults: Faults
    subscribers: Subscribers
    portal: Portal
    manager: Manager
    sessions: Sessions
    #: False only to measure.
    validate: bool = True
    #: Certificates that may sign assertions; empty = any that an assertion carries.
    trusted: Collection[x509.Certificate] = ()
    #: Key of the directory, token of the portal; empty = any, never none.
    directory_key: str = ""
    portal_token: str = ""


def create_sandbox_app(state: State) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LONGEST
    record = SharedRecord(state.registry, state.faults, state.clock, validate=state.validate, trusted=state.trusted)
    app.register_blueprint(shared_record_blueprint(record))
    app.register_blueprint(fhir_record_blueprint(Desk(state.fhir_record, state.faults)))
    app.register_blueprint(directory_blueprint(state.directory, state.faults, state.directory_key))
    app.register_blueprint(subscriber_blueprint(state.subscribers, state.faults, state.clock))
    app.register_blueprint(portal_blueprint(state.portal, state.faults, state.portal_token))
    app.register_blueprint(trust_blueprint(state.manager, state.sessions))
    app.register_blueprint(_reading(state))
    app.register_blueprint(_ordering(state.faults))
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_headers)
    return app


def _reading(state: State) -> Blueprint:
    blueprint = Blueprint("sandbox", __name__)

    @blueprint.get("/")
    def home() -> str:
        return render_template(
            "sandbox.html",
            mailboxes=state.mailboxes.counts(),
            documents=[_document(state.registry, unique_id) for unique_id in state.registry.unique_ids()],
            faults=sum(fault.times for fault in state.faults.orders()),
        )

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok", "requests": state.registry.counts()})

    @blueprint.get("/mailboxes")
    def mailboxes() -> Response:
        return _json([{"address": address, "messages": n} for address, n in state.mailboxes.counts().items()])

    @blueprint.get("/mailboxes/<address>")
    def mailbox(address: str) -> Response:
        return _json([_letter(letter) for letter in state.mailboxes.of(address)])

    @blueprint.get("/mailboxes/<address>/<queue_id>.eml")
    def message(address: str, queue_id: str) -> Response:
        letter = next((one for one in state.mailboxes.of(address) if one.queue_id == queue_id), None)
        if letter is None:
            return _json({"issues": ["Ce message n’est pas dans cette boîte."]}, 404)
        if letter.content is None:
            return _json({"issues": ["Le contenu de ce message a fait place à de plus récents."]}, 410)
        return Response(letter.content, content_type="message/rfc822")

    @blueprint.get("/registry/documents")
    def documents() -> Response:
        return _json([_document(state.registry, unique_id) for unique_id in state.registry.unique_ids()])

    @blueprint.get("/registry/documents/<unique_id>")
    def document(unique_id: str) -> Response:
        found = state.registry.by_unique_id(unique_id)
        if not found:
            return _json({"issues": ["Ce document n’est pas enregistré."]}, 404)
        return Response(found[0].content, content_type=found[0].mime_type)

    return blueprint


def _ordering(faults: Faults) -> Blueprint:
    blueprint = Blueprint("faults", __name__, url_prefix="/faults")

    @blueprint.get("")
    def orders() -> Response:
        return _json([asdict(fault) for fault in faults.orders()])

    @blueprint.post("")
    def order() -> Response:
        try:
            body = orjson.loads(request.get_data())
        except orjson.JSONDecodeError as error:
            raise Refused(Issue("structure", "", "Un objet JSON est attendu.")) from error
        fault = fault_from_json(body)
        faults.order(fault)
        return _json(asdict(fault), 201)

    @blueprint.delete("")
    def clear() -> Response:
        faults.clear()
        return Response(status=204)

    return blueprint


def _document(registry: Registry, unique_id: str) -> dict[str, Any]:
    entries = registry.by_unique_id(unique_id)
    first = entries[0]
    return {
        "uniqueId": unique_id,
        "entryUUID": [entry.entry_uuid for entry in entries],
        "status": first.status.rpartition(":")[2],
        "visibility": registry.visibility(unique_id),
        "sha1": first.sha1,
        "sha256": first.sha256,
        "size": len(first.content),
        "signed": registry.is_signed(first.submission_id),
        "submissions": [entry.submission_id for entry in entries],
        # More than one is a duplicate; ``received`` also counts what was refused.
        "stored": len(entries),
        "received": registry.received[unique_id],
    }


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.queue_id,
        "from": letter.envelope_from,
        "to": list(letter.envelope_to),
        "received": letter.received_at,
        "messageId": letter.message_id,
        "size": letter.size,
    }


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")


def _refused(refusal: Refused) -> Response:
    return _json({"issues": [asdict(issue) for issue in refusal.issues]}, 400)


def _http_error(error: HTTPException) -> Response:
    return _json({"issues": [error.name]}, error.code or 500)


def _headers(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
