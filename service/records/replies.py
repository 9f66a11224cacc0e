"""``/records/replies``: answers that came by mail to the structures of a professional, and how one is told to be read.

What a mail says is shown as text, as its sender wrote it; it enters no resource.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from mappings.codes import systems
from mappings.domain.time import french_day
from mappings.elements import Json
from mappings.issues import Issue, Refused
from service import views
from service.finding import ids_with
from service.intake import Asked
from service.owners import structures_of
from service.records.routes import answered, rendered
from service.replies import Reply, read_reply, replies_to
from service.store import Store

replies = Blueprint("replies", __name__)

_STATUSES: Final = ("requested", "completed")


@replies.get("/replies")
def listed() -> Response:
    rpps = _identified()
    status = request.args.get("status", "requested")
    if status not in _STATUSES or request.args.keys() - {"status"}:
        text = f"Le seul paramètre est « status » : {', '.join(_STATUSES)}."
        raise Refused(Issue("value", "status", text))
    composition = views.composition()
    store = composition.store
    structures = structures_of(store, rpps, french_day(composition.clock()))
    if finess := views.caller().structure:
        # What came to a box is its structure's, whatever the patient shares.
        mine = ids_with(store, "Organization", "identifier", systems.FINESS, finess)
        structures = [one for one in structures if one in mine]
    found = [_told(store, one) for own in structures for one in replies_to(store, own, status)]
    return Response(orjson.dumps({"replies": found}), content_type="application/json; charset=utf-8")


@replies.post("/replies/<logical_id:task>/read")
def read(task: str) -> Response:
    caller = views.caller()
    asked = Asked(
        client=caller.client,
        key=views.idempotency_key(),
        fingerprint=views.fingerprint(),
        render=rendered,
        rpps=_identified(),
        trusted=True,
    )
    response = answered(read_reply(views.intake(), task, asked))
    response.status_code = 200
    return response


def _identified() -> str:
    rpps = views.caller().rpps
    if not rpps:
        raise Refused(Issue("login", "", "Lire une réponse demande de s’identifier.", "RFC 6750"))
    return rpps


def _told(store: Store, one: Reply) -> Json:
    return {
        "task": f"Task/{one.task_id}",
        "act": f"Procedure/{one.act_id}",
        "status": one.status,
        "since": one.since.isoformat(),
        "read_by": one.read_by or None,
        "read_at": one.read_at.isoformat() if one.read_at else None,
        "message": dict(_message(store, one.mail_id)) or None,
    }


def _message(store: Store, id_: str) -> Iterator[tuple[str, Any]]:
    """Nothing when it was forgotten, at the end of its time."""
    mail = store.inbound.read(id_) if id_ else None
    if mail is None or not mail.shown:
        return
    shown = json.loads(mail.shown)
    yield "received", mail.kept.isoformat()
    yield from ((name, shown.get(name) or None) for name in ("sender", "subject", "text"))
    yield "attached", [one["name"] or None for one in shown.get("attached", ())]
