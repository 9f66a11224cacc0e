"""Where notifications may go: a list of origins, and no address inside our own networks. Pure.

Whoever may write a Subscription chooses an address that we then call from inside (server-side request forgery): so the
operator names the origins, and what a name leads to is looked at before it is called.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mappings.fhir.subscription import Content
from mappings.issues import Issue
from service.clients.tls import LOOPBACK
from service.unusable import Unusable

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS: Final = {"https": 443, "http": 80}
#: Public addresses that lead back into a provider's own network: its metadata.
_METADATA: Final = frozenset({ipaddress.ip_address("168.63.129.16")})


@dataclass(frozen=True, slots=True)
class Targets:
    """Origins that may be notified, those of them that may have whole resources, inner networks that may be called."""

    origins: frozenset[str]
    whole: frozenset[str]
    networks: tuple[_Network, ...]

    def refusals(self, endpoint: str, content: Content) -> list[Issue]:
        """Why nothing may be sent to ``endpoint``, or not so much."""
        origin = origin_of(endpoint)
        if origin not in self.origins:
            text = "Cette adresse n’est pas de celles que cette installation notifie."
            return [Issue("forbidden", "Subscription.channel.endpoint", text, "Binôme, abonnements")]
        if content == "full-resource" and origin not in self.whole:
            text = (
                "Cette adresse ne reçoit pas de ressources entières : demander le contenu id-only ou empty"
                " (backport-payload-content), ou aucun contenu."
            )
            return [Issue("forbidden", "Subscription.channel.payload", text, "Binôme, abonnements")]
        return []

    def admits(self, address: str) -> bool:
        """Whether an IP address may be connected to."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if any(ip.version == network.version and ip in network for network in self.networks):
            return True
        return all(_public(one) for one in (ip, *_carried(ip)))


def targets_from(origins: str, whole: str, networks: str) -> Targets:
    """From the settings, each a list with commas; ``ValueError`` when one of them is not what it should be."""
    return Targets(
        frozenset(map(_origin, _items(origins))),
        frozenset(map(_origin, _items(whole))),
        tuple(ipaddress.ip_network(item) for item in _items(networks)),
    )


def origin_of(endpoint: str) -> str:
    """``scheme://host:port``, in lower case, the port always there."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{parts.port or _PORTS[parts.scheme]}"


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or "@" in parts.netloc:
        raise Unusable("BINOME_SUBSCRIPTION_TARGETS nomme des origines : https://hôte ou https://hôte:port.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Unusable("BINOME_SUBSCRIPTION_TARGETS doit être en https, ou en http sur cette machine.")
    return origin_of(text)


def _items(text: str) -> Sequence[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _public(ip: _Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified) and ip not in _METADATA


def _carried(ip: _Address) -> Iterable[_Address]:
    """The IPv4 addresses that an IPv6 one leads to (6to4, Teredo); other ways to carry them are reserved networks."""
    if isinstance(ip, ipaddress.IPv6Address):
        for inner in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())):
            if inner is not None:
                yield inner
