"""Identities for a machine that shows Binôme to itself: signed names, loopback only, never in production."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

from service.access.caller import Caller
from service.unusable import Unusable, named_by

#: How long a development token holds, seconds.
LIFETIME: Final = 8 * 3600
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class DevelopmentIssuer:
    """Signs and reads development tokens with a secret kept beside the other development keys."""

    def __init__(self, secret: str) -> None:
        self._tokens = URLSafeTimedSerializer(secret, salt="binome-development-identity")

    def token(self, rpps: str, structure: str = "") -> str:
        """``structure`` (FINESS) bounds what may be read with it."""
        return str(self._tokens.dumps({"rpps": rpps} | ({"structure": structure} if structure else {})))

    def caller(self, token: str) -> Caller | None:
        """The caller whom ``token`` names; None when it is forged or too old."""
        try:
            told = self._tokens.loads(token, max_age=LIFETIME)
            return Caller(client="development", rpps=told["rpps"], structure=told.get("structure", ""))
        except (BadSignature, AttributeError, KeyError, TypeError):
            return None


def development_secret(folder: Path) -> str:
    """The secret of this machine, made on first use, readable by its owner only."""
    with named_by("BINOME_KEYS"):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "development-secret"
        if not path.exists():
            _offer(path, secrets.token_urlsafe(32))
        return path.read_text()


def _offer(path: Path, secret: str) -> None:
    """Whole or not at all, and the first offer stands: an empty secret, seen or left by a kill, would open to anybody."""
    descriptor, partial = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        # when another process was first, its secret is the one
        with suppress(FileExistsError):
            os.link(partial, path)
    finally:
        os.unlink(partial)


def refuse_beyond_loopback(host: str) -> None:
    """Development identities never leave the machine: ``ValueError`` for any other address."""
    if host not in _LOOPBACK:
        raise Unusable(
            "BINOME_HOST ne peut être que cette machine (loopback), 127.0.0.1 par exemple : les identités de "
            "développement n’en sortent pas."
        )
