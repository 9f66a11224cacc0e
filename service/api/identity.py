"""What every door asks of a request, whatever carries it: who calls, under which key, and what exactly."""

import hashlib
from typing import Final

from mappings.issues import Issue, Refused
from service.access import Caller, DevelopmentIssuer

#: Longest Idempotency-Key taken.
LONGEST_KEY: Final = 255
_ANONYMOUS: Final = Caller(client="loopback")


def caller_of(authorization: str, issuer: DevelopmentIssuer) -> Caller:
    """Who calls. A token that does not hold is refused, never ignored."""
    if not authorization:
        return _ANONYMOUS
    scheme, _, token = authorization.partition(" ")
    found = issuer.caller(token) if scheme == "Bearer" else None
    if found is None:
        raise Refused(Issue("login", "", "Le jeton d’accès n’est pas valable.", "RFC 6750, section 3.1"))
    return found


def idempotency_key(key: str) -> str:
    """The Idempotency-Key header, once it is known to be one."""
    if len(key) > LONGEST_KEY:
        text = f"La clé d’idempotence tient en {LONGEST_KEY} caractères."
        raise Refused(Issue("too-long", "", text, "draft-ietf-httpapi-idempotency-key-header"))
    if not (key.isascii() and key.isprintable()):
        text = "La clé d’idempotence s’écrit en caractères ASCII imprimables."
        raise Refused(Issue("value", "", text, "draft-ietf-httpapi-idempotency-key-header, section 2.1"))
    return key


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """SHA-256 of what is asked: the method, the address, and the body as received."""
    return hashlib.sha256(f"{method} {path}\n".encode() + body).digest()
