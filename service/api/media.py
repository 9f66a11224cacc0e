"""Formats of the FHIR face: JSON and XML in, JSON and XML out (R4 4.0.1, https://hl7.org/fhir/R4/http.html#mime-type)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable, UnsupportedMediaType
from werkzeug.http import parse_accept_header

from mappings.fhir.json import dump, parse
from mappings.fhir.xml import resource_from_xml, resource_to_xml
from mappings.issues import Refused
from service.api.errors import Refusal
from service.api.exchange import Call, Reply

Resource = dict[str, Any]
JSON: Final = "application/fhir+json"
XML: Final = "application/fhir+xml"
_JSON_TYPES: Final = frozenset({JSON, "application/json", "text/json", "json"})
_XML_TYPES: Final = frozenset({XML, "application/xml", "text/xml", "xml"})
#: Media types offered, the first for whoever takes anything.
_OFFERED: Final = (JSON, "application/json", "text/json", XML, "application/xml", "text/xml")
_RELEASE: Final = re.compile(r";\s*fhirversion\s*=\s*\"?([^\";,\s]*)", re.IGNORECASE)
_RELEASES: Final = frozenset({"4.0", "4.0.1"})
_JSON_HEADERS: Final = {"Content-Type": f"{JSON}; charset=utf-8"}
_XML_HEADERS: Final = {"Content-Type": f"{XML}; charset=utf-8"}


def received(call: Call) -> Resource:
    """The resource in the request's body; 415 when it is neither JSON nor XML, or of another release than R4."""
    kind = call.media_type
    if not _is_of_r4(call.header("Content-Type")):
        raise UnsupportedMediaType
    if kind in _JSON_TYPES:
        return parse(call.body)
    if kind in _XML_TYPES:
        return resource_from_xml(call.body)
    raise UnsupportedMediaType


def wants_xml(call: Call) -> bool:
    """Whether the answer is XML: ``_format`` first, then Accept; 406 when neither format will do."""
    return xml_wanted(call.parameter("_format"), call.header("Accept"))


@lru_cache(maxsize=64)
def xml_wanted(format_: str, accept: str) -> bool:
    """The same from the values themselves, remembered: what a client writes there stays the same."""
    wanted = format_.replace(" ", "+").partition(";")[0]
    if not wanted:
        media_type = _accepted(accept)
    elif (wanted in _JSON_TYPES or wanted in _XML_TYPES) and _is_of_r4(format_):
        media_type = wanted
    else:
        media_type = None
    if media_type is None:
        raise NotAcceptable
    return media_type in _XML_TYPES


def _accepted(accept: str) -> str | None:
    """The offered media type that an Accept header likes best; None when it likes none."""
    ranges = parse_accept_header(accept, MIMEAccept)
    if not ranges:
        return JSON
    # Of the parameters only the release of FHIR makes another format of it.
    told = [(kind.partition(";")[0].strip(), quality) for kind, quality in ranges if _is_of_r4(kind)]
    # Other names of a format that is refused lead to it only where they are named themselves.
    named = dict(told)
    refused = [names for names in (_JSON_TYPES, _XML_TYPES) if named.get(JSON if JSON in names else XML) == 0]
    offered = [one for one in _OFFERED if one in named or not any(one in names for names in refused)]
    return MIMEAccept(told).best_match(offered)


def _is_of_r4(media_type: str) -> bool:
    """Unless the type says another release of FHIR (http.html#version-parameter)."""
    told = _RELEASE.search(media_type)
    return told is None or told[1] in _RELEASES


def answer(call: Call, resource: Resource, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """``resource`` in the format the caller wants."""
    return printed(resource, status, xml=wants_xml(call), pretty=wants_pretty(call), headers=headers)


def printed(
    resource: Resource,
    status: int,
    *,
    xml: bool = False,
    pretty: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """``resource`` in the format named; ``pretty`` for who reads it with their own eyes."""
    if xml:
        return Reply(status, resource_to_xml(resource, pretty=pretty), {**_XML_HEADERS, **(headers or {})})
    return Reply(status, dump(resource, pretty=pretty), {**_JSON_HEADERS, **(headers or {})})


def wants_pretty(call: Call) -> bool:
    """``_pretty`` (R4, http.html#parameters); false unless it is asked."""
    return call.parameter("_pretty") == "true"


def refusal(call: Call, refused: Refusal) -> Reply:
    """A refusal is told in JSON where no format that the caller wants is ours."""
    try:
        xml, pretty = wants_xml(call), wants_pretty(call)
    except (NotAcceptable, Refused):
        xml = pretty = False
    return printed(refused.outcome, refused.status, xml=xml, pretty=pretty, headers=refused.headers)


def stored(call: Call, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Stored bytes as they are; printed anew only for XML, or for who asks to read them."""
    if wants_xml(call) or wants_pretty(call):
        return answer(call, parse(body), status, headers)
    return Reply(status, body, {**_JSON_HEADERS, **(headers or {})})
