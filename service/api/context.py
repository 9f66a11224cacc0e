"""What an edge function needs of the process and of the request: the composition, the caller."""

import hashlib
from typing import cast

from flask import abort, current_app, g, request

from mappings.issues import Issue, Refused
from service.access import Caller
from service.composition import Composition

#: Longest Idempotency-Key taken.
_LONGEST_KEY = 255


def composition() -> Composition:
    return cast(Composition, current_app.config["COMPOSITION"])


def identify() -> None:
    """Before every request: who calls. A token that does not hold is refused, never ignored."""
    if not request.host:
        abort(400)  # no host name, or one that could not stand in an address of ours
    authorization = request.headers.get("Authorization", "")
    if not authorization:
        g.caller = Caller(client="loopback")
        return
    scheme, _, token = authorization.partition(" ")
    found = composition().issuer.caller(token) if scheme == "Bearer" else None
    if found is None:
        raise Refused(Issue("login", "", "Le jeton d’accès n’est pas valable.", "RFC 6750, section 3.1"))
    g.caller = found


def caller() -> Caller:
    return cast(Caller, g.caller)


def idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > _LONGEST_KEY:
        text = f"La clé d’idempotence tient en {_LONGEST_KEY} caractères."
        raise Refused(Issue("too-long", "", text, "draft-ietf-httpapi-idempotency-key-header"))
    if not (key.isascii() and key.isprintable()):
        text = "La clé d’idempotence s’écrit en caractères ASCII imprimables."
        raise Refused(Issue("value", "", text, "draft-ietf-httpapi-idempotency-key-header, section 2.1"))
    return key


def fingerprint() -> bytes:
    """SHA-256 of what is asked: the method, the address, and the body as received."""
    asked = f"{request.method} {request.path}\n".encode()
    return hashlib.sha256(asked + request.get_data()).digest()
