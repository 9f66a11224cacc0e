"""Formats of the FHIR face: JSON and XML in, JSON and XML out (R4 4.0.1, https://hl7.org/fhir/R4/http.html#mime-type)."""

from typing import Any, Final

from flask import Response, abort, g, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable

from mappings.fhir.json import dump, parse
from mappings.fhir.xml import resource_from_xml, resource_to_xml

Resource = dict[str, Any]
JSON: Final = "application/fhir+json"
XML: Final = "application/fhir+xml"
_JSON_TYPES: Final = frozenset({JSON, "application/json", "text/json", "json"})
_XML_TYPES: Final = frozenset({XML, "application/xml", "text/xml", "xml"})
#: Media types offered, the first for whoever takes anything.
_OFFERED: Final = (JSON, "application/json", "text/json", XML, "application/xml", "text/xml")


def received() -> Resource:
    """The resource in the request's body; 415 when it is neither JSON nor XML."""
    kind = request.mimetype
    if kind in _JSON_TYPES:
        return parse(request.get_data(cache=False))
    if kind in _XML_TYPES:
        return resource_from_xml(request.get_data(cache=False))
    abort(415)


def wants_xml() -> bool:
    """Whether the answer is XML: ``_format`` first, then Accept; 406 when neither format will do. Asked once."""
    if "wants_xml" not in g:
        g.wants_xml = _wants_xml()
    wants: bool = g.wants_xml
    return wants


def _wants_xml() -> bool:
    wanted = request.args.get("_format", "").replace(" ", "+").partition(";")[0]
    if wanted:
        if wanted in _JSON_TYPES or wanted in _XML_TYPES:
            return wanted in _XML_TYPES
        abort(406)
    if not request.accept_mimetypes:
        return False
    # A parameter (charset, fhirVersion) does not make another format of it.
    accepted = MIMEAccept([(kind.partition(";")[0].strip(), quality) for kind, quality in request.accept_mimetypes])
    best = accepted.best_match(_OFFERED)
    if best is None:
        abort(406)
    return best in _XML_TYPES


def refuse_other_formats() -> None:
    """Before anything is done: what could not be answered must not be carried out."""
    wants_xml()


def answer(resource: Resource, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """``resource`` in the format the caller wants."""
    if wants_xml():
        return Response(resource_to_xml(resource), status, headers, content_type=f"{XML}; charset=utf-8")
    return Response(dump(resource), status, headers, content_type=f"{JSON}; charset=utf-8")


def refusal(outcome: Resource, status: int) -> Response:
    """A refusal is told in JSON where no format that the caller wants is ours."""
    try:
        return answer(outcome, status)
    except NotAcceptable:
        return Response(dump(outcome), status, content_type=f"{JSON}; charset=utf-8")


def stored(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Stored bytes as they are; printed anew only for XML."""
    if wants_xml():
        return answer(parse(body), status, headers)
    return Response(body, status, headers, content_type=f"{JSON}; charset=utf-8")
