"""Whom we believe and who we are on a TLS connection."""

import ssl
from dataclasses import dataclass
from typing import Final

#: Names of this machine: the only ones to which anything may go in plain.
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files of one side of a mutual TLS connection; TLS 1.2 at least."""

    #: File of accepted authorities; empty for those of the system.
    authorities: str = ""
    #: Files of our certificate and of its key; empty without mutual TLS.
    certificate: str = ""
    key: str = ""
    #: File of the authorities' lists of revoked certificates; empty when revocation is not looked at. Mail only.
    revoked: str = ""


def context(tls: Tls, ciphers: str = "") -> ssl.SSLContext:
    """``ciphers``: what TLS 1.2 may use, as OpenSSL names it; empty for what the system finds strong."""
    made = ssl.create_default_context(cafile=tls.authorities or None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ciphers:
        made.set_ciphers(ciphers)
    if tls.revoked:
        made.load_verify_locations(cafile=tls.revoked)
        made.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    if tls.certificate:
        made.load_cert_chain(tls.certificate, tls.key)
    return made
