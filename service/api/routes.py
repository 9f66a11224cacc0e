"""The addresses of the FHIR face (R4 4.0.1, https://hl7.org/fhir/R4/http.html): one table, and its reading.

The grammar is FHIR's own and small: a type, an id, ``_history``, a version, ``_search``, or the name of an operation.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from werkzeug.exceptions import MethodNotAllowed, NotFound

from service.api import interactions, operations
from service.api.addresses import LOGICAL_ID
from service.api.exchange import Call, Reply

#: Called with what the address names, in its order: type, id, version.
Handler = Callable[..., Reply]

#: By shape.
INTERACTIONS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "": {"POST": interactions.transaction},
    "metadata": {"GET": operations.metadata},
    "type": {"GET": interactions.search, "POST": interactions.create},
    "type/_search": {"POST": interactions.search_by_post},
    "type/id": {"GET": interactions.read, "PUT": interactions.update},
    "type/id/_history": {"GET": interactions.history},
    "type/id/_history/version": {"GET": interactions.vread},
}
#: By type and shape. What the address names beside the type is handed over.
OPERATIONS: Final[Mapping[tuple[str, str], Mapping[str, Handler]]] = {
    ("Task", "id/$acknowledge"): {"POST": operations.acknowledge_task},
    ("Procedure", "id/$trace"): {"GET": operations.trace},
    ("Provenance", "$verify-chain"): {"GET": operations.verify_chain},
}
_VERSION: Final = re.compile(r"[0-9]{1,9}")


def handle(call: Call, path: str) -> Reply:
    """What the address below the base asks; 404 when it means nothing, 405 with what it takes when not this."""
    handlers, named = _find(path)
    # HEAD is GET without its body, which the server leaves out (RFC 9110, section 9.3.2).
    handler = handlers.get("GET" if call.method == "HEAD" else call.method)
    if handler is not None:
        return handler(call, *named)
    allowed = sorted([*handlers, "OPTIONS", *(["HEAD"] if "GET" in handlers else [])])
    if call.method == "OPTIONS":
        return Reply(200, headers={"Allow": ", ".join(allowed)})
    raise MethodNotAllowed(allowed)


def _find(path: str) -> tuple[Mapping[str, Handler], tuple[str, ...]]:
    path = path.removesuffix("/").removeprefix("/")
    if path in ("", "metadata"):
        return INTERACTIONS[path], ()
    type_, *rest = path.split("/")
    shape, named = [], []
    for position, segment in enumerate(rest):
        if segment.startswith(("_", "$")):
            shape.append(segment)
        elif position == 0 and LOGICAL_ID.fullmatch(segment):
            shape.append("id")
            named.append(segment)
        elif shape[-1:] == ["_history"] and _VERSION.fullmatch(segment):
            shape.append("version")
            named.append(segment)
        else:
            raise NotFound
    handlers = OPERATIONS.get((type_, "/".join(shape)))
    if handlers is not None:
        return handlers, tuple(named)
    handlers = INTERACTIONS.get("/".join(("type", *shape)))
    if handlers is None or not type_.isalnum():
        raise NotFound
    return handlers, (type_, *named)
