"""Identities for a machine that shows Binôme to itself: signed names, loopback only, never in production."""

import os
import secrets
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

from service.access.caller import Caller

#: How long a development token holds, seconds.
LIFETIME: Final = 8 * 3600
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class DevelopmentIssuer:
    """Signs and reads development tokens with a secret kept beside the other development keys."""

    def __init__(self, secret: str) -> None:
        self._tokens = URLSafeTimedSerializer(secret, salt="binome-development-identity")

    def token(self, rpps: str) -> str:
        return str(self._tokens.dumps({"rpps": rpps}))

    def caller(self, token: str) -> Caller | None:
        """The caller whom ``token`` names; None when it is forged or too old."""
        try:
            return Caller(client="development", rpps=self._tokens.loads(token, max_age=LIFETIME)["rpps"])
        except (BadSignature, KeyError, TypeError):
            return None


def development_secret(folder: Path) -> str:
    """The secret of this machine, made on first use, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "development-secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret)
    return secret


def refuse_beyond_loopback(host: str) -> None:
    """Development identities never leave the machine: ``ValueError`` for any other address."""
    if host not in _LOOPBACK:
        raise ValueError(f"development identities only serve loopback, not {host}")
