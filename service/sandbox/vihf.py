"""The VIHF: the signed SAML 2.0 assertion by which the shared record knows who asks, for whom.

Référentiel d'authentification des acteurs de santé, « Vecteur d'Identification et d'Habilitation Formelles »;
https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf, section 5.4 (signature profile).
"""

import base64
import binascii
import datetime as dt
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from service.sandbox.soap import SoapFault

# It logs what it verifies, which names the patient.
logging.getLogger("signxml").setLevel(logging.WARNING)

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
#: What every assertion must say, by the last part of the attribute's name (the URN before it varies).
REQUIRED: Final = (
    "VIHF_Version",
    "Identifiant_Structure",
    "Secteur_Activite",
    "subject-id",
    "role",
    "purposeofuse",
    "resource-id",
    "Ressource_URN",
    "Authentification_Mode",
    "LPS_ID",
    "LPS_Nom",
    "LPS_Version",
    "LPS_ID_HOMOLOGATION_DMP",
)
#: A structure alone, or a professional, by their card or behind the structure's certificate.
MODES: Final = frozenset({"INDIRECTE", "INDIRECTE_RENFORCEE", "DIRECTE"})
#: Clocks of two machines differ.
SKEW: Final = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Vihf:
    """What a verified assertion says: whose record (CX form), how the caller was authenticated, from which structure."""

    patient_id: str
    mode: str
    structure: str

    @property
    def alone(self) -> bool:
        """A structure without a professional."""
        return self.mode == "INDIRECTE"


def read_vihf(security: etree._Element | None, now: dt.datetime, trusted: Collection[x509.Certificate] = ()) -> Vihf:
    """The one assertion of the header, its signature verified; with ``trusted``, under one of these certificates."""
    assertions = [] if security is None else security.findall(f"{{{SAML}}}Assertion")
    if len(assertions) != 1:
        raise SoapFault("VIHF: exactly one Assertion is required in the Security header", subcode="InvalidSecurity")
    assertion = _signed(assertions[0], _certificate(assertions[0], trusted), now)
    _within_its_time(assertion, now)
    values = _attributes(assertion)
    absent = [name for name in REQUIRED if not values.get(name)]
    if absent:
        raise SoapFault(f"VIHF: missing attribute {', '.join(absent)}", subcode="InvalidSecurityToken")
    if values["Ressource_URN"] != "urn:dmp":
        raise SoapFault("VIHF: Ressource_URN is not urn:dmp", subcode="InvalidSecurityToken")
    mode, structure = values["Authentification_Mode"], values["Identifiant_Structure"]
    named = (assertion.findtext(f"{{{SAML}}}Subject/{{{SAML}}}NameID") or "").strip()
    if mode not in MODES or (named and (named == structure) != (mode == "INDIRECTE")):
        raise SoapFault("VIHF: the mode is not that of whom it names", subcode="InvalidSecurityToken")
    return Vihf(patient_id=values["resource-id"], mode=mode, structure=structure)


def _certificate(assertion: etree._Element, trusted: Collection[x509.Certificate]) -> x509.Certificate:
    text = assertion.findtext(f"{{{DSIG}}}Signature/{{{DSIG}}}KeyInfo/{{{DSIG}}}X509Data/{{{DSIG}}}X509Certificate")
    if text is None:
        raise SoapFault("VIHF: no signature with a certificate", subcode="InvalidSecurity")
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise SoapFault("VIHF: unreadable certificate", subcode="InvalidSecurityToken") from error
    if trusted and certificate not in trusted:
        raise SoapFault("DMPInvalidCertificate", subcode="FailedAuthentication")
    return certificate


def _signed(assertion: etree._Element, certificate: x509.Certificate, now: dt.datetime) -> etree._Element:
    """The assertion as it was signed: nothing but what the signature covers is read afterwards."""
    try:
        result = XMLVerifier().verify(
            assertion,
            x509_cert=certificate,
            id_attribute="ID",
            expect_config=SignatureConfiguration(location="./", verification_time=now),
        )
    # A signature that cannot be read is a signature that does not hold, whatever the library says of it.
    except (SignXMLException, ValueError, etree.LxmlError) as error:
        raise SoapFault("VIHF: the signature does not hold", subcode="FailedCheck") from error
    signed = None if isinstance(result, list) else result.signed_xml
    if signed is None or signed.tag != assertion.tag or signed.get("ID") != assertion.get("ID"):
        raise SoapFault("VIHF: the signature covers something else", subcode="FailedCheck")
    return signed


def _within_its_time(assertion: etree._Element, now: dt.datetime) -> None:
    conditions = assertion.find(f"{{{SAML}}}Conditions")
    if conditions is None:
        return
    try:
        start = dt.datetime.fromisoformat(conditions.get("NotBefore", "0001-01-02T00:00:00+00:00"))
        end = dt.datetime.fromisoformat(conditions.get("NotOnOrAfter", "9999-12-30T00:00:00+00:00"))
        valid = start - SKEW <= now < end + SKEW
    # A date without offset cannot be compared either.
    except (ValueError, TypeError) as error:
        raise SoapFault("VIHF: unreadable Conditions", subcode="InvalidSecurityToken") from error
    if not valid:
        raise SoapFault("VIHF: outside its validity", subcode="MessageExpired")


def _attributes(assertion: etree._Element) -> dict[str, str]:
    values: dict[str, str] = {}
    for attribute in assertion.iterfind(f"{{{SAML}}}AttributeStatement/{{{SAML}}}Attribute"):
        name = attribute.get("Name", "").rpartition(":")[2]
        value = attribute.find(f"{{{SAML}}}AttributeValue")
        if value is None:
            continue
        # role and purposeofuse hold an element (hl7:Role…) whose attribute ``code`` is the value.
        coded = next((child.get("code", "") for child in value), "")
        values[name] = coded or (value.text or "").strip()
    return values
