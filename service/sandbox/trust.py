"""The manager of the trust space in small: the signed list of its domains, and the tokens that open a box.

« Liste blanche » of MSSanté, an enveloped XML signature; RFC 6749 (token endpoint), the token for SASL XOAUTH2.
"""

import datetime as dt
import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from flask import Blueprint, Response, jsonify, request
from lxml import etree

from service.clock import Clock

LIST_PATH: Final = "/mssante/listeblanche.xml"
SIGNER_PATH: Final = "/mssante/signataire.pem"
TOKEN_PATH: Final = "/mssante/jeton"
_LIST: Final = "https://listeblanche.mssante.fr/schema"
#: Domains of the fictitious team, and the citizens' one.
DOMAINS: Final = (
    "binome.formation.mssante.fr",
    "cpts.formation.mssante.fr",
    "masseur-kinesitherapeute.formation.mssante.fr",
    "medecin.formation.mssante.fr",
    "patient.mssante.fr",
)


@dataclass(slots=True)
class Manager:
    """Signs the list with a key of its own, made when first asked for."""

    clock: Clock
    domains: Collection[str] = DOMAINS
    _pair: tuple[rsa.RSAPrivateKey, x509.Certificate] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def certificate(self) -> bytes:
        return self._signer()[1].public_bytes(serialization.Encoding.PEM)

    def published(self) -> bytes:
        from signxml.algorithms import SignatureConstructionMethod
        from signxml.signer import XMLSigner

        made = self.clock().astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        nsmap: dict[str | None, str] = {None: _LIST}
        root = etree.Element(f"{{{_LIST}}}ListeBlancheMSSante", nsmap=nsmap)  # type: ignore[arg-type]  # the stubs want no default
        etree.SubElement(root, f"{{{_LIST}}}DateDeGeneration").text = made
        listed = etree.SubElement(root, f"{{{_LIST}}}ListeDomaines")
        for name in self.domains:
            domain = etree.SubElement(listed, f"{{{_LIST}}}Domaine")
            for element, text in (
                ("Nom", name),
                ("Description", "Domaine fictif du bac à sable"),
                ("DNCertificatOperateur", "CN=operateur.formation.mssante.fr,O=OPERATEUR FICTIF,C=FR"),
                ("DateMAJ", made),
            ):
                etree.SubElement(domain, f"{{{_LIST}}}{element}").text = text
        key, certificate = self._signer()
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        signed = XMLSigner(method=SignatureConstructionMethod.enveloped).sign(root, key=key, cert=pem)
        return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")

    def _signer(self) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
        with self._lock:
            if self._pair is None:
                self._pair = _made(self.clock())
            return self._pair


@dataclass(slots=True)
class Sessions:
    """Who may ask for a token, and the tokens that are good now."""

    clock: Clock
    #: Refresh token → box that it opens; each is good for one turn.
    refresh: dict[str, str] = field(default_factory=dict)
    life: dt.timedelta = dt.timedelta(minutes=2)
    #: Tokens given out, and how often one was asked for.
    asked: int = 0
    _tokens: dict[str, tuple[str, dt.datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self, refresh: str) -> dict[str, object] | None:
        """The next tokens of a session, None when it is over."""
        with self._lock:
            self.asked += 1
            box = self.refresh.pop(refresh, None)
            if box is None:
                return None
            token, following = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
            self._tokens[token] = box, self.clock() + self.life
            self.refresh[following] = box
        life = int(self.life.total_seconds())
        return {"access_token": token, "token_type": "Bearer", "expires_in": life, "refresh_token": following}

    def opens(self, token: str, box: str) -> bool:
        with self._lock:
            bearer, until = self._tokens.get(token, ("", self.clock()))
        return bearer == box.lower() and self.clock() < until

    def withdraw(self) -> None:
        """No token given so far is good any more; the sessions stay."""
        with self._lock:
            self._tokens.clear()


def trust_blueprint(manager: Manager, sessions: Sessions) -> Blueprint:
    blueprint = Blueprint("trust", __name__)

    @blueprint.get(LIST_PATH)
    def listed() -> Response:
        return Response(manager.published(), content_type="application/xml")

    @blueprint.get(SIGNER_PATH)
    def signer() -> Response:
        return Response(manager.certificate(), content_type="application/x-pem-file")

    @blueprint.post(TOKEN_PATH)
    def token() -> tuple[Response, int]:
        if request.form.get("grant_type") != "refresh_token" or not request.form.get("client_id"):
            return jsonify(error="invalid_request"), 400
        tokens = sessions.turn(request.form.get("refresh_token", ""))
        return (jsonify(error="invalid_grant"), 400) if tokens is None else (jsonify(tokens), 200)

    return blueprint


def _made(now: dt.datetime) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Espace de confiance (FICTIF)")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return key, certificate
