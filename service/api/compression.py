"""Answers compressed for who takes them so (RFC 9110, section 12.5.3)."""

import gzip
from typing import Final

from werkzeug.http import parse_accept_header

from service.api.exchange import Call, Reply

#: Shortest body that is worth its compression, bytes, and how hard it is tried.
_SHORTEST: Final = 4_096
_LEVEL: Final = 1


def compressed(call: Call, reply: Reply) -> Reply:
    """``reply`` as it is, or in gzip. Its ETag is weak: it names what is said, whatever the coding."""
    if reply.stream is not None or len(reply.body) < _SHORTEST or "Content-Encoding" in reply.headers:
        return reply
    reply.headers = reply.headers | {
        "Vary": ", ".join(filter(None, (reply.headers.get("Vary", ""), "Accept-Encoding")))
    }
    accepted = call.header("Accept-Encoding")
    if accepted and parse_accept_header(accepted).quality("gzip") > 0:
        reply.headers["Content-Encoding"] = "gzip"
        reply.body = gzip.compress(reply.body, _LEVEL, mtime=0)
    return reply
