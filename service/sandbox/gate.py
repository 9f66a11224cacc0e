"""Who may speak to the operator of the sandbox: STARTTLS, then a certificate or a token, as the operators ask.

RFC 3207, RFC 4954, « Référentiel socle MSSanté #2 » (API LPS): mutual TLS for an applicative box, SASL XOAUTH2 for a
personal or organisational one.
"""

import base64
import binascii
import ssl
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Session

from service.sandbox.trust import Sessions

Login = Literal["none", "certificate", "xoauth2"]
_SCHEME: Final = "auth=Bearer "
_ERROR: Final = b'{"status":"invalid_token","schemes":"bearer"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the operator asks before it takes a mail; without ``tls``, nothing."""

    tls: ssl.SSLContext | None = None
    login: Login = "none"

    def __post_init__(self) -> None:
        if self.login != "none" and self.tls is None:
            raise ValueError("a login needs TLS")
        if self.login == "certificate" and self.tls is not None:
            self.tls.verify_mode = ssl.CERT_REQUIRED

    @property
    def of_dialogue(self) -> dict[str, Any]:
        """What aiosmtpd is told."""
        if self.tls is None:
            return {}
        asked = (
            {"auth_required": True, "auth_require_tls": True, "auth_exclude_mechanism": ["LOGIN", "PLAIN"]}
            if self.login == "xoauth2"
            else {}
        )
        return {"tls_context": self.tls, "require_starttls": True, **asked}


#: Asks nothing of whoever speaks to it from this machine.
OPEN: Final = Gate()


def gate_of(login: Login, *, certificate: str = "", key: str = "", authorities: str = "") -> Gate:
    """From the files of its certificate, of its key, and of the authorities of its callers."""
    if not certificate:
        return Gate(login=login)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key or None)
    return Gate(tls=context, login=login)


class Doorkeeper:
    """The part of the operator that hears who speaks (hooks of aiosmtpd)."""

    sessions: Sessions

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        box, token = _read(args[1] if len(args) > 1 else "")
        if box and self.sessions.opens(token, box):
            return AuthResult(success=True, auth_data=box)
        # The error comes as a challenge, which an empty line answers.
        await server.push("334 " + base64.b64encode(_ERROR).decode())
        await server._reader.readline()
        return AuthResult(success=False, handled=False)


def may_send(session: Session, sender: str) -> bool:
    """Who showed a token sends from their own box only."""
    data = getattr(session, "auth_data", None)
    return not isinstance(data, str) or data.lower() == sender


def _read(initial: str) -> tuple[str, str]:
    """(box, token) of an initial response; empty when it is none."""
    try:
        user, auth, *_ = base64.b64decode(initial, validate=True).decode().split("\x01")
    except (ValueError, binascii.Error):
        return "", ""
    if not user.startswith("user=") or not auth.startswith(_SCHEME):
        return "", ""
    return user.removeprefix("user="), auth.removeprefix(_SCHEME)
