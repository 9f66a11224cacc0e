"""One notification: the name looked up once, the address looked at, and that very address called. The only network here."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from service.clients.exchange import Answer, NoAnswer, exchange
from service.clients.resthook.read import INNER_ADDRESS
from service.clients.resthook.targets import Targets
from service.clients.tls import Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is sent: never logged, for headers are secrets and a body may speak of somebody."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def send(parcel: Parcel, targets: Targets, *, seconds: float, tls: Tls) -> Answer | NoAnswer:
    """Make the call; never raises for what the outside does. Nothing leaves once ``seconds`` are over."""
    begun = time.monotonic()
    parts = urlsplit(parcel.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return NoAnswer("resolve", sent=False)
    addresses = [str(address[0]) for *_, address in found]
    # A name that also leads inside is not to be trusted with any of its addresses.
    if not addresses or not all(map(targets.admits, addresses)):
        return NoAnswer(INNER_ADDRESS, sent=False)
    left = seconds - (time.monotonic() - begun)
    if left <= 0:
        # A name server may be as slow as it likes, but the lease of this attempt is somebody else's by then.
        return NoAnswer("resolve", sent=False)
    return exchange(
        parcel.method,
        parcel.url,
        headers={**parcel.headers, "Host": parts.netloc},
        body=parcel.body,
        seconds=left,
        tls=tls,
        address=addresses[0],
    )
