"""Links that a server gives: followed at that server, or not at all. RFC 3986.

Who we are goes with each call, and is for nobody else. Whatever two readers of an address could read as two hosts
(``https://one\\@other/``) leads nowhere.
"""

import re
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

_PORTS: Final = {"https": 443, "http": 80}
#: Neither space nor control character, nor what some read as a slash.
_PLAIN: Final = re.compile(r"[^\x00-\x20\\\x7f]+")


def link_within(base: str, link: str) -> str:
    """The address of ``link``, given by the server of ``base``; empty when it is not plainly of that very server."""
    try:
        address = urljoin(base, link)
        parts = urlsplit(address)
        same = _PLAIN.fullmatch(link) is not None and _server(parts) == _server(urlsplit(base))
    except ValueError:  # no port, no host
        return ""
    return address if same and "@" not in parts.netloc else ""


def _server(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
