"""The signature of a submission set: a XAdES signature of a manifest that names the set and its document.

IHE ITI TF-3 5.5 (Document Digital Signature), ETSI XAdES, in the namespace that the operator's published example has;
W3C XML Signature. Pure: what is to be signed goes out as bytes, the value comes back in.
"""

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mappings.xds.namespaces import add

DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.1.1#"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
MANIFEST: Final = "IHEManifest"
_PROPERTIES: Final = "signed-properties"
_SIGNED_PROPERTIES: Final = f"{XADES}SignedProperties"
#: Purpose « source » (ASTM E1762); what the manifest says of a set, which has no bytes to digest.
PURPOSE: Final = "1.2.840.10065.1.12.1.14"
_NO_BYTES: Final = "AA=="


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: DER of the certificate, RFC 4514 name of its issuer, its serial number."""

    certificate: bytes
    issuer: str
    serial: int


def unsigned(
    *, set_id: str, document_id: str, content: bytes, signer: Signer, identifier: str, at: dt.datetime
) -> etree._Element:
    """All but the value. ``set_id`` and ``document_id`` are uniqueIds; the same arguments give the same bytes."""
    root = etree.Element(f"{{{DSIG}}}Signature", {"Id": identifier}, nsmap={"ds": DSIG})
    info = add(root, DSIG, "SignedInfo")
    add(root, DSIG, "SignatureValue")
    holder = add(add(root, DSIG, "KeyInfo"), DSIG, "X509Data")
    add(holder, DSIG, "X509Certificate", base64.b64encode(signer.certificate).decode())
    manifest = _manifest(add(root, DSIG, "Object"), set_id, document_id, content)
    purposes = add(add(root, DSIG, "Object"), DSIG, "SignatureProperties")
    add(purposes, DSIG, "SignatureProperty", PURPOSE, Id="purposeOfSignature", Target=f"#{identifier}")
    properties = _properties(add(root, DSIG, "Object"), signer, identifier, at)
    add(info, DSIG, "CanonicalizationMethod", Algorithm=_EXCLUSIVE)
    add(info, DSIG, "SignatureMethod", Algorithm=_RSA_SHA256)
    for target, name, kind in ((manifest, MANIFEST, f"{DSIG}Manifest"), (properties, _PROPERTIES, _SIGNED_PROPERTIES)):
        reference = add(info, DSIG, "Reference", URI=f"#{name}", Type=kind)
        add(add(reference, DSIG, "Transforms"), DSIG, "Transform", Algorithm=_EXCLUSIVE)
        _digest(reference, _digested(_canonical(target)))
    return root


def to_sign(signature: etree._Element) -> bytes:
    """The canonical bytes that the value is of (RSA, SHA-256)."""
    return _canonical(signature[0])


def with_value(signature: etree._Element, value: bytes) -> bytes:
    """The whole document; ``value`` is the signature of ``to_sign``."""
    signature[1].text = base64.b64encode(value).decode()
    return etree.tostring(signature, xml_declaration=True, encoding="UTF-8")


def _manifest(holder: etree._Element, set_id: str, document_id: str, content: bytes) -> etree._Element:
    manifest = add(holder, DSIG, "Manifest", Id=MANIFEST)
    _digest(add(manifest, DSIG, "Reference", URI=f"urn:oid:{set_id}"), _NO_BYTES)
    # No transform: the digest is of the very bytes of the document.
    _digest(add(manifest, DSIG, "Reference", URI=f"urn:oid:{document_id}"), _digested(content))
    return manifest


def _properties(holder: etree._Element, signer: Signer, identifier: str, at: dt.datetime) -> etree._Element:
    nsmap = {"xades": XADES}
    qualifying = etree.SubElement(holder, f"{{{XADES}}}QualifyingProperties", {"Target": f"#{identifier}"}, nsmap=nsmap)
    signed = add(qualifying, XADES, "SignedProperties", Id=_PROPERTIES)
    properties = add(signed, XADES, "SignedSignatureProperties")
    instant = at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    add(properties, XADES, "SigningTime", instant)
    certificate = add(add(properties, XADES, "SigningCertificate"), XADES, "Cert")
    _digest(add(certificate, XADES, "CertDigest"), _digested(signer.certificate))
    named = add(certificate, XADES, "IssuerSerial")
    add(named, DSIG, "X509IssuerName", signer.issuer)
    add(named, DSIG, "X509SerialNumber", str(signer.serial))
    add(add(properties, XADES, "SignaturePolicyIdentifier"), XADES, "SignaturePolicyImplied")
    return signed


def _digest(parent: etree._Element, value: str) -> None:
    add(parent, DSIG, "DigestMethod", Algorithm=_SHA256)
    add(parent, DSIG, "DigestValue", value)


def _digested(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)
