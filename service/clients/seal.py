"""The key that signs what we say of ourselves (VIHF): loaded once, and made for development when there is none.

In service it is an IGC Santé ORG_SIGN key, never the one of the TLS connection (DMP security rules). It signs the
assertion (VIHF) and the submission set.
"""

import base64
import datetime as dt
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from service.unusable import Unusable, named_by

_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_KEY_FILE: Final = "seal.key"
_CERTIFICATE_FILE: Final = "seal.pem"
_LIFE: Final = dt.timedelta(days=730)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A loaded RSA key and its certificate; loading it at each signature would cost fifty times the signature."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def certificate_der(self) -> bytes:
        return _der(self.certificate)

    @property
    def subject(self) -> str:
        """Distinguished name of the signer, RFC 4514."""
        return _name(self.certificate.subject)

    @property
    def issuer(self) -> str:
        """Distinguished name of whoever certified the signer, RFC 4514."""
        return _name(self.certificate.issuer)


@lru_cache(maxsize=16)
def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


@lru_cache(maxsize=16)
def _name(name: x509.Name) -> str:
    return name.rfc4514_string()


def loaded_key(key: bytes, certificate: bytes) -> SigningKey:
    """The pair from its PEM forms; ``ValueError`` when they do not belong together."""
    private = serialization.load_pem_private_key(key, password=None)
    public = x509.load_pem_x509_certificate(certificate)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise ValueError("the signing key is not an RSA key")
    if private.public_key() != public.public_key():
        raise ValueError("the signing key and its certificate do not belong together")
    return SigningKey(private, public)


def development_key(folder: Path, now: dt.datetime) -> SigningKey:
    """The pair kept in ``folder``; a self-signed one is made there, readable by its owner alone, when absent."""
    key_file, certificate_file = folder / _KEY_FILE, folder / _CERTIFICATE_FILE
    with named_by("BINOME_KEYS"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        if not (key_file.exists() and certificate_file.exists()):
            pair = _made(now)
            pem = serialization.Encoding.PEM
            private = pair.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            _written(key_file, private)
            # The certificate last: both files exist, or the pair is made again.
            _written(certificate_file, pair.certificate.public_bytes(pem))
    return loaded_key(key_file.read_bytes(), certificate_file.read_bytes())


def key_from_files(key: Path, certificate: Path, authentication: str = "") -> SigningKey:
    """The pair of PEM files; ``ValueError`` when it is also the one of our TLS connections, file ``authentication``.

    The shared record refuses what the certificate of authentication has signed (DMP security rules).
    """
    with named_by("BINOME_DMP_SEAL_KEY, BINOME_DMP_SEAL_CERTIFICATE"):
        found = key.read_bytes(), certificate.read_bytes()
    try:
        pair = loaded_key(*found)
    except ValueError as fault:
        raise Unusable(
            "BINOME_DMP_SEAL_KEY et BINOME_DMP_SEAL_CERTIFICATE sont une clé RSA et son certificat (PEM)."
        ) from fault
    if authentication and pair.key.public_key() == _public_key(Path(authentication)):
        raise Unusable(
            "BINOME_DMP_SEAL_KEY est aussi la clé de la connexion (BINOME_DMP_KEY) : le dossier partagé en veut deux."
        )
    return pair


def _public_key(certificate: Path) -> object:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()


def signed(element: etree._Element, identifier: str, key: SigningKey) -> etree._Element:
    """``element`` with its enveloped signature (RSA-SHA256, exclusive C14N) where the placeholder stands.

    ``identifier`` is the value of its ``ID``; the placeholder is a ``ds:Signature`` with ``Id="placeholder"``. By hand:
    the library that we verify with takes three times as long to sign as the key does.
    """
    place = element.find(f"{{{_DSIG}}}Signature[@Id='placeholder']")
    if place is None or element.get("ID") != identifier:
        raise ValueError("nothing to sign, or no place for the signature")
    at = element.index(place)
    element.remove(place)
    digest = hashlib.sha256(_canonical(element)).digest()
    signature = etree.Element(f"{{{_DSIG}}}Signature", nsmap={"ds": _DSIG})
    info = _add(signature, "SignedInfo")
    _add(info, "CanonicalizationMethod", Algorithm=_EXCLUSIVE)
    _add(info, "SignatureMethod", Algorithm=_RSA_SHA256)
    reference = _add(info, "Reference", URI=f"#{identifier}")
    transforms = _add(reference, "Transforms")
    _add(transforms, "Transform", Algorithm=_ENVELOPED)
    _add(transforms, "Transform", Algorithm=_EXCLUSIVE)
    _add(reference, "DigestMethod", Algorithm=_SHA256)
    _add(reference, "DigestValue").text = base64.b64encode(digest).decode()
    value = _add(signature, "SignatureValue")
    certificate = _add(_add(_add(signature, "KeyInfo"), "X509Data"), "X509Certificate")
    certificate.text = base64.b64encode(key.certificate_der).decode()
    value.text = base64.b64encode(signature_of(_canonical(info), key)).decode()
    element.insert(at, signature)
    return element


def signature_of(data: bytes, key: SigningKey) -> bytes:
    """RSA, PKCS #1 v1.5, SHA-256: the same bytes under the same key have one signature."""
    return key.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def signature_placeholder() -> etree._Element:
    """Where ``signed`` puts the signature."""
    return etree.Element(f"{{{_DSIG}}}Signature", {"Id": "placeholder"}, nsmap={"ds": _DSIG})


def _add(parent: etree._Element, name: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_DSIG}}}{name}", attributes)


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time: workers that start together would leave the key of one with the certificate of another."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _made(now: dt.datetime) -> SigningKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Binome development (FICTIVE)"),
            x509.NameAttribute(NameOID.COMMON_NAME, "seal.binome.example"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return SigningKey(key, certificate)


def _written(path: Path, content: bytes) -> None:
    """The whole file or none, readable by its owner alone from its first byte."""
    partial = path.with_suffix(path.suffix + ".part")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
