"""``/records/patients/…/documents``: what the shared record has of a patient, for a professional who may read it.

Foreign words, marked as such: nothing here is of our own records, and nothing of it is kept.
"""

from typing import Any

import orjson
from flask import Blueprint, Response, abort, request

from mappings.domain.shared import SharedDocument
from mappings.issues import Issue, Refused
from service import views
from service.consultation import Consultation
from service.consultation.serving import FILE_HEADERS, consultation_of

documents = Blueprint("documents", __name__)


@documents.get("/patients/<logical_id:patient>/documents")
def listed(patient: str) -> Response:
    """``?older=true``: those too that are not looked for unasked."""
    found = _consultation().documents(views.caller(), patient, older=_older())
    since = found.since.isoformat() if found.since else None
    return _json({"documents": [_told(one) for one in found.documents], "whole": found.whole, "since": since})


@documents.get("/patients/<logical_id:patient>/documents/<unique_id>")
def opened(patient: str, unique_id: str) -> Response:
    """As text; what is not shown is told under ``set_aside`` or ``file_set_aside``."""
    one = _consultation().document(views.caller(), patient, unique_id)
    seen = one.examined
    said = {
        "document": _told(one.document),
        "set_aside": seen.set_aside or None,
        "title": seen.title or None,
        "kind": seen.kind or None,
        "authors": list(seen.authors),
        "sections": [{"title": each.title, "depth": each.depth, "lines": list(each.lines)} for each in seen.sections],
        "file": "application/pdf" if seen.file else None,
        "file_set_aside": seen.file_set_aside or None,
    }
    return _json(said)


@documents.get("/patients/<logical_id:patient>/documents/<unique_id>/file")
def file(patient: str, unique_id: str) -> Response:
    one = _consultation().document(views.caller(), patient, unique_id)
    if not one.examined.file:
        abort(404)
    return Response(one.examined.file, headers=FILE_HEADERS)


def _older() -> bool:
    said = request.args.get("older", "false")
    if said not in ("true", "false"):
        raise Refused(Issue("value", "older", "« older » vaut true ou false."))
    return said == "true"


def _consultation() -> Consultation:
    return consultation_of(views.own())


def _told(one: SharedDocument) -> dict[str, Any]:
    return {
        "unique_id": one.unique_id,
        "title": one.title or None,
        "kind": one.kind or None,
        "kind_code": one.kind_code or None,
        "authors": list(one.authors),
        "created_at": one.created_at.isoformat() if one.created_at else None,
        "mime_type": one.mime_type or None,
        "size": one.size,
        "labels": sorted(one.labels),
        "archived": one.archived,
    }


def _json(body: Any) -> Response:
    return Response(orjson.dumps(body), content_type="application/json; charset=utf-8")
