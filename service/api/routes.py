"""The addresses of the FHIR face (R4 4.0.1, https://hl7.org/fhir/R4/http.html): one table, and its reading.

The grammar is FHIR's own and small: a type, an id, ``_history``, a version, ``_search``, or the name of an operation.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from werkzeug.exceptions import MethodNotAllowed, NotFound

from mappings.fhir.search import PARAMETERS
from service.api import bundles, capability, history, reading, searching, writing
from service.api.addresses import LOGICAL_ID
from service.api.errors import NotDoneHere
from service.api.exchange import Call, Reply
from service.api.operations import OPERATIONS, Handler
from service.api.reading import known
from service.intake.admission import GRANTED, not_granted

#: By shape. Called with what the address names, in its order: type, id, version.
INTERACTIONS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "": {"GET": searching.search_types, "POST": bundles.bundle},
    "_search": {"POST": searching.search_types_by_post},
    "metadata": {"GET": capability.metadata},
    "_history": {"GET": history.of_system},
    "type": {
        "GET": searching.search,
        "POST": writing.create,
        "PUT": writing.update_by_condition,
        "PATCH": writing.patch_by_condition,
        "DELETE": writing.delete_by_condition,
    },
    "type/_search": {"POST": searching.search_by_post},
    "type/_history": {"GET": history.of_type},
    "type/id": {"GET": reading.read, "PUT": writing.update, "PATCH": writing.patch, "DELETE": writing.delete},
    "type/id/_history": {"GET": history.of_instance},
    "type/id/_history/version": {"GET": reading.vread},
    "type/id/_search": {"POST": searching.search_whole_compartment_by_post},
    "type/id/type": {"GET": searching.search_compartment},
    "type/id/type/_search": {"POST": searching.search_compartment_by_post},
}
#: The same of each type that is kept, as far as it grants it.
_GRANTED: Final[Mapping[tuple[str, str], Mapping[str, Handler]]] = {
    (type_, shape): {
        method: handler for method, handler in INTERACTIONS[shape].items() if type_ in GRANTED.get(method, PARAMETERS)
    }
    for type_ in PARAMETERS
    for shape in ("type", "type/id")
}
#: What is done to any type that is kept, and to no other.
_OF_TYPES: Final = [handlers for shape, handlers in INTERACTIONS.items() if shape.startswith("type")]
#: What a compartment is searched for.
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}|\*")
_VERSION: Final = re.compile(r"[0-9]{1,9}")


def handle(call: Call, path: str) -> Reply:
    """What the address below the base asks; 404 when it means nothing, 405 with what it takes when not this."""
    handlers, named = _find(path)
    # HEAD is GET without its body, which the server leaves out (RFC 9110, section 9.3.2).
    handler = handlers.get("GET" if call.method == "HEAD" else call.method)
    if handler is not None:
        return handler(call, *named)
    if handlers in _OF_TYPES:
        known(named[0])
    allowed = sorted([*handlers, "OPTIONS", *(["HEAD"] if "GET" in handlers else [])])
    if call.method == "OPTIONS":
        return Reply(200, headers={"Allow": ", ".join(allowed)})
    shape = "type/id" if named[1:] else "type"
    if named and handlers is _GRANTED.get((named[0], shape)) and call.method in INTERACTIONS[shape]:
        raise NotDoneHere(allowed, not_granted(call.method, named[0]))
    raise MethodNotAllowed(allowed)


def _find(path: str) -> tuple[Mapping[str, Handler], tuple[str, ...]]:
    type_, _, id_ = path[1:].partition("/")
    if type_ in PARAMETERS and LOGICAL_ID.fullmatch(id_):
        # A resource by its id: the commonest by far, told at a glance.
        return _GRANTED[type_, "type/id"], (type_, id_)
    path = path.removesuffix("/").removeprefix("/")
    if path in ("", "metadata"):
        return INTERACTIONS[path], ()
    segments = path.split("/")
    type_, rest = ("", segments) if segments[0][:1] in ("_", "$") else (segments[0], segments[1:])
    shape, named = _shape(rest)
    handlers = OPERATIONS.get((type_, shape))
    if handlers is not None:
        return handlers, named
    shape = "/".join(filter(None, ("type" if type_ else "", shape)))
    handlers = _GRANTED.get((type_, shape), INTERACTIONS.get(shape))
    if handlers is None or not (type_.isalnum() or not type_):
        raise NotFound
    return handlers, (type_, *named) if type_ else named


def _shape(segments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """What follows the type: ``id/_history/version`` and the values that stand there."""
    shape: list[str] = []
    named = []
    for position, segment in enumerate(segments):
        if segment.startswith(("_", "$")):
            shape.append(segment)
        elif position == 0 and LOGICAL_ID.fullmatch(segment):
            shape.append("id")
            named.append(segment)
        elif shape == ["id"] and _TYPE.fullmatch(segment):
            shape.append("type")
            named.append(segment)
        elif shape[-1:] == ["_history"] and _VERSION.fullmatch(segment):
            shape.append("version")
            named.append(segment)
        else:
            raise NotFound
    return "/".join(shape), tuple(named)
