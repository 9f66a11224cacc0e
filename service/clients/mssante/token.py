"""The access token that opens a personal or organisational box: asked for, kept in memory for its life, never written.

« Référentiel socle MSSanté #2 » (API LPS: SASL XOAUTH2 with a Pro Santé Connect access token); RFC 6749, sections 5
and 6. A token is never on disk nor in a log; when the refresh token is dead the session is over, and stays so until
somebody signs in again.
"""

import datetime as dt
import json
import threading
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard
from urllib.parse import urlencode, urlsplit

from service.clients.exchange import Answer, exchange
from service.clients.tls import LOOPBACK, Tls
from service.clock import Clock
from service.unusable import Unusable

#: A token that ends sooner than this is not begun with.
_MARGIN: Final = dt.timedelta(seconds=30)
#: After a failure the endpoint is left alone for that long: lanes that wait for one answer do not each wait for their own.
_PAUSE: Final = dt.timedelta(seconds=10)
#: What RFC 6749 section 5.2 says when the refresh token, or we, are no longer known.
_OVER: Final = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})
_LONGEST_TOKEN: Final = 8192


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; it does not show itself."""

    value: str = field(repr=False)
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class NoToken:
    """Why there is none."""

    #: ``token-over`` until somebody signs in again, ``token-unreachable`` or ``token-unreadable`` for now.
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """Where tokens are had, and how the endpoint knows us."""

    #: ``https://…``; plain text on loopback only.
    url: str
    client_id: str
    client_secret: str = field(repr=False)
    #: The refresh token of the session that somebody opened; the endpoint may give another one at each turn.
    refresh_token: str = field(repr=False)
    seconds: float = 10.0
    tls: Tls = Tls()

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in LOOPBACK):
            raise Unusable(
                "BINOME_MSSANTE_TOKEN_ENDPOINT doit être une adresse en https, ou en http sur cette machine."
            )


class Tokens:
    """One session: the token in force, and one call at a time for the next one."""

    def __init__(self, endpoint: TokenEndpoint, now: Clock) -> None:
        self._endpoint = endpoint
        self._now = now
        self._lock = threading.Lock()
        self._refresh = endpoint.refresh_token
        self._token: Token | None = None
        self._failed: tuple[NoToken, dt.datetime] | None = None

    def current(self) -> Token | NoToken:
        with self._lock:
            now = self._now()
            if self._token is not None and now + _MARGIN < self._token.until:
                return self._token
            self._token = None
            if not self._refresh:
                return NoToken("token-over")
            if self._failed is not None and now < self._failed[1]:
                return self._failed[0]
            found = self._asked()
            self._failed = (found, now + _PAUSE) if isinstance(found, NoToken) else None
            return found

    def forget(self, value: str) -> None:
        """The operator did not take it: the next attempt brings another."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None

    def _asked(self) -> Token | NoToken:
        endpoint, asked_at = self._endpoint, self._now()
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._refresh,
            "client_id": endpoint.client_id,
            "client_secret": endpoint.client_secret,
        }
        answer = exchange(
            "POST",
            endpoint.url,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            body=urlencode(form).encode(),
            seconds=endpoint.seconds,
            tls=endpoint.tls,
        )
        if not isinstance(answer, Answer):
            return NoToken("token-unreachable")
        said = _json(answer.body)
        if answer.status in (400, 401):
            error = said.get("error")
            if isinstance(error, str) and error in _OVER:
                self._refresh = ""
                return NoToken("token-over")
            return NoToken("token-unreadable")
        if answer.status != 200:
            return NoToken("token-unreachable")
        # Whatever the token beside it is, the endpoint takes the one before no more.
        if _is_token(following := said.get("refresh_token")):
            self._refresh = following
        # A token whose life is not said is used at once, and not kept.
        value, life = said.get("access_token"), said.get("expires_in", 0)
        if not _is_token(value) or not isinstance(life, int) or str(said.get("token_type", "")).lower() != "bearer":
            return NoToken("token-unreadable")
        self._token = Token(value, asked_at + dt.timedelta(seconds=max(0, min(life, 86_400))))
        return self._token


def _is_token(value: object) -> TypeGuard[str]:
    """Something that a header or a dialogue may carry (RFC 6749, appendix A.12)."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TOKEN and value.isascii() and value.isprintable()


def _json(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
