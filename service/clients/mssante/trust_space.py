"""The domains of the trust space: the signed list that its manager publishes, read and held against its signer. Pure.

« Liste blanche » of MSSanté (https://espacedeconfiance.mssante.fr/listeblanchemssante.xml): ``ListeBlancheMSSante`` with
its ``DateDeGeneration`` and, for each domain, ``Domaine/Nom``; an enveloped XML signature. Who may sign is a setting:
any member of the trust space has a certificate of the same authority.
"""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography import x509
from lxml import etree

from mappings.hardened_xml import parse
from mappings.issues import Refused

_LIST: Final = "https://listeblanche.mssante.fr/schema"
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
#: Clocks of two machines differ.
_SKEW: Final = dt.timedelta(hours=1)


class Fault(StrEnum):
    """Why a list is not believed."""

    UNREADABLE = "unreadable"
    #: Not signed, signed by somebody else, or not what was signed.
    FORGED = "forged"
    #: Made before the one that we have.
    OLDER = "older"
    #: Made too long ago, or in the future.
    STALE = "stale"
    #: No answer, or an error instead of a list.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class TrustSpace:
    """One list, believed."""

    domains: frozenset[str]
    made_at: dt.datetime

    def holds(self, mailbox: str) -> bool:
        """Whether the box is of a listed domain: that very name, none below it."""
        return mailbox.rpartition("@")[2].lower() in self.domains


def read_list(data: bytes, signers: Collection[x509.Certificate], now: dt.datetime) -> TrustSpace | Fault:
    """The list that ``data`` is, when one of ``signers`` signed the whole of it."""
    try:
        root = parse(data)
    except Refused:
        return Fault.UNREADABLE
    if root.tag != f"{{{_LIST}}}ListeBlancheMSSante":
        return Fault.UNREADABLE
    signer = next((one for one in signers if one == _shown(root)), None)
    signed = _signed(root, signer) if signer else None
    if signer is None or signed is None:
        return Fault.FORGED
    made_at = _instant(signed.findtext(f"{{{_LIST}}}DateDeGeneration") or "")
    path = f"{{{_LIST}}}ListeDomaines/{{{_LIST}}}Domaine/{{{_LIST}}}Nom"
    names = [(name.text or "").strip().lower() for name in signed.iterfind(path)]
    domains = frozenset(name for name in names if _DOMAIN.fullmatch(name))
    if made_at is None or not domains:
        return Fault.UNREADABLE
    if not signer.not_valid_before_utc <= made_at <= signer.not_valid_after_utc:
        return Fault.FORGED
    return Fault.STALE if made_at > now + _SKEW else TrustSpace(domains, made_at)


def newer(found: TrustSpace, known: TrustSpace | None, now: dt.datetime, life: dt.timedelta) -> TrustSpace | Fault:
    """``found`` when it may take the place of ``known``: an old list, signed as it is, may name who has left since."""
    if known is not None and found.made_at < known.made_at:
        return Fault.OLDER
    return Fault.STALE if expired(found, now, life) else found


def expired(known: TrustSpace, now: dt.datetime, life: dt.timedelta) -> bool:
    return now >= known.made_at + life


def _signed(root: etree._Element, signer: x509.Certificate) -> etree._Element | None:
    """The list as it was signed: nothing but what the signature covers is read afterwards."""
    # Here, not above: the web processes never verify, and it weighs twenty megabytes.
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    try:
        result = XMLVerifier().verify(root, x509_cert=signer, expect_config=SignatureConfiguration(location="./"))
    except Exception:  # a signature that cannot be read is one that does not hold, whatever the library says of it
        return None
    signed = None if isinstance(result, list) else result.signed_xml
    return signed if signed is not None and signed.tag == root.tag else None


def _shown(root: etree._Element) -> x509.Certificate | None:
    text = root.findtext(f"{{{_DSIG}}}Signature/{{{_DSIG}}}KeyInfo/{{{_DSIG}}}X509Data/{{{_DSIG}}}X509Certificate")
    try:
        return x509.load_der_x509_certificate(base64.b64decode("".join((text or "").split()), validate=True))
    except (binascii.Error, ValueError):
        return None


def _instant(text: str) -> dt.datetime | None:
    try:
        instant = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
