"""One request to the portal. The only network here."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from service.clients.exchange import Answer, NoAnswer, exchange
from service.clients.tls import LOOPBACK, Tls
from service.unusable import Unusable

#: Longest page read, in bytes.
_LONGEST: Final = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings:
    """Where the portal is, how it knows us, and which procedure is read. ``ValueError`` for an address in clear."""

    #: The one address ever called, e.g. ``https://demarche.numerique.gouv.fr/api/v2/graphql``.
    url: str
    #: Bearer token; in no message and no log.
    token: str = field(repr=False)
    #: Number of the procedure.
    number: int
    #: Total time of one call.
    seconds: float = 30.0
    #: Total time spent waiting between the attempts of one poll.
    patience: float = 300.0
    tls: Tls = Tls()

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise Unusable("BINOME_PORTAL doit être une adresse en https, ou en http sur cette machine.")
        if not parts.hostname or parts.username or parts.password:
            raise Unusable("BINOME_PORTAL est fait d’un hôte et d’un chemin, sans nom ni mot de passe.")


def send(settings: PortalSettings, body: bytes) -> Answer | NoAnswer:
    """Make the call; never raises for what the outside does."""
    headers = {
        "Authorization": f"Bearer {settings.token}",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    return exchange(
        "POST",
        settings.url,
        headers=headers,
        body=body,
        seconds=settings.seconds,
        tls=settings.tls,
        longest=_LONGEST,
    )
