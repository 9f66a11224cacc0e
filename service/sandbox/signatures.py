"""The signature of a submission set as a receiver checks it: whose bytes it is of, and that its value holds.

IHE ITI TF-3 5.5 (Document Digital Signature), W3C XML Signature. Written apart from what signs: each reference is
digested again, and the value is checked with the certificate that the signature carries.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from service.sandbox import grammar
from service.sandbox.submission import XML_SIGNATURE, RegistryError, Submission

DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SIGNS: Final = "urn:ihe:iti:2007:AssociationType:signs"


def signature_errors(submission: Submission) -> Iterator[RegistryError]:
    """What is wrong with the signatures of a set; nothing when it has none."""
    signed = {entry.unique_id: entry.content for entry in submission.entries if entry.format_code != XML_SIGNATURE}
    signing = {source for kind, source, target in submission.links if kind == _SIGNS and target == submission.set_id}
    for entry in submission.entries:
        if entry.format_code == XML_SIGNATURE:
            fault = _fault(entry.content, submission.unique_id, signed)
            fault = fault or ("" if entry.id in signing else "no Association signs, to the set")
            if fault:
                yield RegistryError("XDSRepositoryMetadataError", f"signature: {fault}")


def _fault(content: bytes, set_id: str, documents: Mapping[str, bytes]) -> str:
    try:
        root = grammar.parse(content)
    except grammar.NotXml:
        return "not XML"
    info = root.find(f"{{{DSIG}}}SignedInfo")
    if root.tag != f"{{{DSIG}}}Signature" or info is None:
        return "no SignedInfo"
    manifests = [each for each in root.iter(f"{{{DSIG}}}Manifest") if each.get("Id") == "IHEManifest"]
    named = {each.get("Id", "") for each in root.iter() if each.get("Id")}
    if len(manifests) != 1 or len(named) != sum(1 for each in root.iter() if each.get("Id")):
        return "exactly one manifest, and no name twice"
    references = {each.get("URI", ""): each for each in info.iterfind(f"{{{DSIG}}}Reference")}
    if "#IHEManifest" not in references:
        return "the manifest is not signed"
    for uri, reference in references.items():
        if not _covers(root, uri, reference):
            return "a reference does not hold"
    listed = {each.get("URI", ""): each for each in manifests[0].iterfind(f"{{{DSIG}}}Reference")}
    if listed.keys() != {f"urn:oid:{set_id}", *(f"urn:oid:{name}" for name in documents)}:
        return "the manifest does not name the set and its documents"
    if any(_digest(listed[f"urn:oid:{name}"]) != _sha256(data) for name, data in documents.items()):
        return "the digest of a document is not its own"
    return "" if _holds(root, info) else "the value does not hold"


def _covers(root: etree._Element, uri: str, reference: etree._Element) -> bool:
    target = [each for each in root.iter() if uri == f"#{each.get('Id')}"]
    transforms = [each.get("Algorithm") for each in reference.iter(f"{{{DSIG}}}Transform")]
    return len(target) == 1 and transforms == [_EXCLUSIVE] and _digest(reference) == _sha256(_canonical(target[0]))


def _holds(root: etree._Element, info: etree._Element) -> bool:
    method = info.find(f"{{{DSIG}}}SignatureMethod")
    certificate = root.findtext(f"{{{DSIG}}}KeyInfo/{{{DSIG}}}X509Data/{{{DSIG}}}X509Certificate") or ""
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(certificate, validate=True)).public_key()
        value = base64.b64decode(root.findtext(f"{{{DSIG}}}SignatureValue") or "", validate=True)
        if method is None or method.get("Algorithm") != _RSA_SHA256 or not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(value, _canonical(info), padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def _digest(reference: etree._Element) -> str:
    method = reference.find(f"{{{DSIG}}}DigestMethod")
    if method is None or method.get("Algorithm") != _SHA256:
        return ""
    return (reference.findtext(f"{{{DSIG}}}DigestValue") or "").strip()


def _sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)
