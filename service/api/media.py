"""Formats of the FHIR face: JSON and XML in, JSON and XML out (R4 4.0.1, https://hl7.org/fhir/R4/http.html#mime-type)."""

from functools import lru_cache
from typing import Any, Final

from flask import Response, abort, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable
from werkzeug.http import parse_accept_header

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
    """Whether the answer is XML: ``_format`` first, then Accept; 406 when neither format will do."""
    wanted = request.args.get("_format", "").replace(" ", "+").partition(";")[0]
    if not wanted:
        media_type = _accepted(request.headers.get("Accept", ""))
    elif wanted in _JSON_TYPES or wanted in _XML_TYPES:
        media_type = wanted
    else:
        media_type = None
    if media_type is None:
        abort(406)
    return media_type in _XML_TYPES


@lru_cache(maxsize=64)
def _accepted(accept: str) -> str | None:
    """The offered media type that an Accept header likes best; None when it likes none. A client's header stays the same."""
    ranges = parse_accept_header(accept, MIMEAccept)
    if not ranges:
        return JSON
    # A parameter (charset, fhirVersion) does not make another format of it.
    return MIMEAccept([(kind.partition(";")[0].strip(), quality) for kind, quality in ranges]).best_match(_OFFERED)


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
