"""Which pages of other origins may call from a browser (Fetch standard, https://fetch.spec.whatwg.org/#http-cors-protocol).

Off unless it is set. No cookie is of any use at the FHIR face, so that credentials are never allowed.
"""

from collections.abc import Mapping
from typing import Final

from service.api.exchange import Call, Reply

_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_TAKEN: Final = (
    "Accept, Authorization, Content-Encoding, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, "
    "If-None-Exist, If-None-Match, Prefer, X-Provenance"
)
_SHOWN: Final = (
    "Content-Location, ETag, Expires, Idempotent-Replayed, Last-Modified, Location, Retry-After, WWW-Authenticate, "
    "X-Progress"
)
#: How long a browser may remember the answer to its preflight, seconds.
_REMEMBERED: Final = "600"


def origins_of(setting: str) -> frozenset[str]:
    """The origins that the setting names; empty when it is off."""
    return frozenset(setting.split()) - {"none"}


def allowed(call: Call, origins: frozenset[str]) -> Mapping[str, str]:
    """Headers that let the calling page read the answer; ``Vary`` alone for who may not."""
    if not origins:
        return {}
    origin = call.header("Origin")
    if "*" in origins:
        return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _SHOWN}
    if origin not in origins:
        return {"Vary": "Origin"}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _SHOWN, "Vary": "Origin"}


def preflight(call: Call, origins: frozenset[str]) -> Reply | None:
    """The answer to a browser that asks before it sends, by nobody yet; None for any other request."""
    asks = call.method == "OPTIONS" and call.header("Origin") and call.header("Access-Control-Request-Method")
    if not (origins and asks):
        return None
    told = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _TAKEN,
        "Access-Control-Max-Age": _REMEMBERED,
    }
    return Reply(204, headers=told if "Access-Control-Allow-Origin" in allowed(call, origins) else {})
