"""One box to be read: where it is, how we prove that it is ours, how much is taken from it.

ANS « Référentiel socle MSSanté #2 »: IMAP4 under TLS 1.2 at least; an application's box by mutual TLS, a person's or a
structure's by SASL XOAUTH2 with a token that is never kept.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from mappings.codes.identifiers import is_mailbox
from service.clients.tls import LOOPBACK, Tls
from service.unusable import Unusable, named_by

#: ``starttls`` on the ordinary port, ``tls`` from the first byte, ``never`` towards this machine alone.
Security = Literal["starttls", "tls", "never"]
Method = Literal["password", "xoauth2", "certificate"]
#: A secret at the time it is needed: a password, or a fresh access token.
Secret = Callable[[], str]

_KEYS: Final = frozenset({
    "address", "server", "security", "method", "login", "password-file", "token-file", "authorities", "certificate",
    "key", "folder",
})  # fmt: skip
_FOLDER: Final = re.compile(r"[A-Za-z0-9 ._/-]{1,100}")
_LOGIN: Final = re.compile(r"[!-~]{1,254}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box, and how it is spoken with."""

    #: The address whose mail lies in it; lower case.
    address: str
    host: str
    port: int
    security: Security
    method: Method
    login: str
    secret: Secret
    #: Is told a token that the server did not take, so that the next one is another.
    refused: Callable[[str], None] = lambda token: None
    tls: Tls = Tls()
    folder: str = "INBOX"
    #: Total time of one exchange, and of one silence under IDLE, seconds.
    seconds: float = 120.0
    idle_seconds: float = 600.0
    #: Longest mail taken, bytes.
    longest: int = 25 << 20

    def __post_init__(self) -> None:
        if self.security == "never" and self.host not in LOOPBACK:
            raise Unusable("BINOME_INBOUND : une boîte hors de cette machine se lit sous TLS.")


def boxes_from(path: Path, *, token_for: Callable[[str], str] | None = None, **common: Any) -> list[Box]:
    """The boxes that a file tells, ``[[boxes]]`` each; ``ValueError`` names the box and the key at fault, no value.

    ``token_for`` gives a fresh access token for an address; a file that somebody renews (``token-file``) goes before it.
    ``common``: fields of every box.
    """
    try:
        with named_by("BINOME_INBOUND"):
            told = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise Unusable(f"BINOME_INBOUND : {path} n’est pas du TOML ({fault}).") from None
    found = told.get("boxes", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unusable("BINOME_INBOUND : ce fichier ne tient que des tables [[boxes]].")
    boxes = [_box(one, number, path.parent, token_for, common) for number, one in enumerate(found, 1)]
    if len({box.address for box in boxes}) < len(boxes):
        raise Unusable("BINOME_INBOUND : une adresse n’a qu’une boîte.")
    return boxes


def _box(
    told: Mapping[str, Any],
    number: int,
    folder: Path,
    token_for: Callable[[str], str] | None,
    common: Mapping[str, Any],
) -> Box:
    def text(key: str, fallback: str = "") -> str:
        value = told.get(key, fallback)
        if not isinstance(value, str):
            raise Unusable(f"BINOME_INBOUND, boîte {number} : {key} est un texte.")
        return value

    unknown = sorted(told.keys() - _KEYS)
    host, _, port = text("server").rpartition(":")
    method, security = text("method", "certificate"), text("security", "starttls")
    address = text("address").lower()
    login = text("login", address)
    wrong = [
        *unknown,
        *(["address"] if not is_mailbox(address) else []),
        *(["server"] if not host or not port.isdigit() else []),
        *(["method"] if method not in ("password", "xoauth2", "certificate") else []),
        *(["security"] if security not in ("starttls", "tls", "never") else []),
        *(["login"] if _LOGIN.fullmatch(login) is None else []),
        *(["folder"] if _FOLDER.fullmatch(text("folder", "INBOX")) is None else []),
    ]
    if wrong:
        raise Unusable(f"BINOME_INBOUND, boîte {number} : {', '.join(wrong)}, clé inconnue ou valeur non admise.")
    return Box(
        address=address,
        host=host.strip("[]"),
        port=int(port),
        security=security,  # type: ignore[arg-type]  # one of three by now
        method=method,  # type: ignore[arg-type]  # one of three by now
        login=login,
        secret=_secret(told, number, address, folder, token_for),
        tls=Tls(authorities=text("authorities"), certificate=text("certificate"), key=text("key")),
        folder=text("folder", "INBOX"),
        **common,
    )


def _secret(
    told: Mapping[str, Any], number: int, address: str, folder: Path, token_for: Callable[[str], str] | None
) -> Secret:
    method = told.get("method", "certificate")
    if method == "certificate":
        return lambda: ""
    file = told.get("password-file" if method == "password" else "token-file", "")
    if method == "xoauth2" and token_for is not None and not file:
        return lambda: token_for(address)
    if not isinstance(file, str) or not file:
        raise Unusable(f"BINOME_INBOUND, boîte {number} : rien ne dit le secret de {method}.")
    # Read each time: a token is renewed under us.
    return lambda: (folder / file).read_text(encoding="utf-8").strip()
