"""A caller of the shared record written for these tests alone: it shares no code with the sandbox nor with ``mappings``."""

import datetime as dt
import hashlib
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import methods
from signxml.signer import XMLSigner

from service.sandbox.server import Sandbox
from tests.waiting import PATIENCE

DATA = Path(__file__).parent / "data"
NOW = dt.datetime(2026, 11, 16, 10, 0, tzinfo=dt.UTC)
UNIQUE_ID = "1.2.250.1.999.1.1.20260.1.7.1"
SUBMISSION_ID = "1.2.250.1.999.1.1.20260.4.7"
PATIENT = "258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"
ATTRIBUTES = {
    "VIHF_Version": "3.0",
    "Identifiant_Structure": "1670999990",
    "Secteur_Activite": "SA52^1.2.250.1.71.4.2.4",
    "urn:oasis:names:tc:xspa:1.0:subject:subject-id": "MARTEL-FICTIF Lucie",
    "urn:oasis:names:tc:xacml:2.0:subject:role": "60",
    "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": "normal",
    "urn:oasis:names:tc:xacml:2.0:resource:resource-id": PATIENT,
    "Ressource_URN": "urn:dmp",
    "Authentification_Mode": "INDIRECTE_RENFORCEE",
    "LPS_ID": "binome-test",
    "LPS_Nom": "Binôme",
    "LPS_Version": "0.1",
    "LPS_ID_HOMOLOGATION_DMP": "AUCUNE",
}
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
QUERY = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
XDS = "urn:ihe:iti:xds-b:2007"


@dataclass(frozen=True)
class Seal:
    """A key and its self-signed certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


def seal() -> Seal:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "STRUCTURE (FICTIVE)")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return Seal(key, certificate)


def assertion(
    seal: Seal, attributes: dict[str, str] | None = None, at: dt.datetime = NOW, covers: str = "_1"
) -> etree._Element:
    """Signed as it should be; ``covers="_2"`` signs the Issuer alone."""
    root = etree.Element(f"{{{SAML}}}Assertion", nsmap={"saml": SAML}, ID="_1", Version="2.0")
    root.set("IssueInstant", at.isoformat().replace("+00:00", "Z"))
    etree.SubElement(root, f"{{{SAML}}}Issuer", ID="_2").text = "CN=STRUCTURE (FICTIVE)"
    # The prefix is signxml's own: under another one, what it signs is not what is written.
    dsig = "http://www.w3.org/2000/09/xmldsig#"
    etree.SubElement(root, f"{{{dsig}}}Signature", nsmap={"ds": dsig}, Id="placeholder")
    end = (at + dt.timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    etree.SubElement(root, f"{{{SAML}}}Conditions", NotBefore=at.isoformat().replace("+00:00", "Z"), NotOnOrAfter=end)
    statement = etree.SubElement(root, f"{{{SAML}}}AttributeStatement")
    for name, value in (ATTRIBUTES if attributes is None else attributes).items():
        attribute = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=name)
        etree.SubElement(attribute, f"{{{SAML}}}AttributeValue").text = value
    signer = XMLSigner(
        method=methods.enveloped,
        signature_algorithm="rsa-sha256",
        digest_algorithm="sha256",
        c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
    )
    pem = seal.certificate.public_bytes(serialization.Encoding.PEM).decode()
    return signer.sign(root, key=seal.key, cert=pem, reference_uri=f"#{covers}", id_attribute="ID")


@dataclass
class Report:
    """One submission, to be altered at will before it is sent."""

    cda: bytes = field(default_factory=lambda: (DATA / "act-report-n1.xml").read_bytes())
    metadata: bytes = field(default_factory=lambda: (DATA / "metadata.xml").read_bytes())

    def named(self, unique_id: str, submission_id: str) -> "Report":
        """The same under other identifiers, its own hash and size said right."""
        cda = self.cda.replace(f'"{UNIQUE_ID}"'.encode(), f'"{unique_id}"'.encode())
        metadata = self.metadata.replace(f'"{UNIQUE_ID}"'.encode(), f'"{unique_id}"'.encode())
        metadata = metadata.replace(f'"{SUBMISSION_ID}"'.encode(), f'"{submission_id}"'.encode())
        return Report(cda, metadata).measured()

    def measured(self) -> "Report":
        sha1 = hashlib.sha1(self.cda).hexdigest().upper().encode()
        metadata = re.sub(rb'(name="hash"><ValueList><Value>)[^<]*', rb"\g<1>" + sha1, self.metadata)
        size = str(len(self.cda)).encode()
        return Report(self.cda, re.sub(rb'(name="size"><ValueList><Value>)[^<]*', rb"\g<1>" + size, metadata))


def envelope(action: str, payload: etree._Element, security: etree._Element | None) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    header = etree.SubElement(root, f"{{{SOAP}}}Header")
    etree.SubElement(header, f"{{{WSA}}}Action").text = action
    etree.SubElement(header, f"{{{WSA}}}MessageID").text = f"urn:uuid:{uuid.uuid4()}"
    if security is not None:
        etree.SubElement(header, f"{{{WSSE}}}Security").append(security)
    etree.SubElement(root, f"{{{SOAP}}}Body").append(payload)
    return etree.tostring(root)


def provide(sandbox: Sandbox, report: Report, security: etree._Element | None) -> requests.Response:
    """ITI-41."""
    metadata = etree.fromstring(report.metadata)
    entry = metadata.find(f".//{{{RIM}}}ExtrinsicObject")
    assert entry is not None
    payload = etree.Element(f"{{{XDS}}}ProvideAndRegisterDocumentSetRequest")
    payload.append(metadata)
    document = etree.SubElement(payload, f"{{{XDS}}}Document", id=entry.get("id", ""))
    etree.SubElement(document, "{http://www.w3.org/2004/08/xop/include}Include", href="cid:cda%40binome")
    soap = envelope("urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b", payload, security)
    body = (
        b'--B\r\nContent-Type: application/xop+xml; type="application/soap+xml"\r\n'
        b"Content-Transfer-Encoding: binary\r\nContent-ID: <root>\r\n\r\n"
        + soap
        + b"\r\n--B\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <cda@binome>\r\n\r\n"
        + report.cda
        + b"\r\n--B--\r\n"
    )
    content_type = (
        'multipart/related; type="application/xop+xml"; boundary=B; start="<root>"; start-info="application/soap+xml"'
    )
    return requests.post(sandbox.repository_url, data=body, headers={"Content-Type": content_type}, timeout=PATIENCE)


def query(
    sandbox: Sandbox,
    security: etree._Element | None,
    query_id: str,
    parameters: dict[str, str],
    return_type: str = "LeafClass",
) -> requests.Response:
    """ITI-18."""
    payload = etree.Element(f"{{{QUERY}}}AdhocQueryRequest")
    etree.SubElement(payload, f"{{{QUERY}}}ResponseOption", returnComposedObjects="true", returnType=return_type)
    adhoc = etree.SubElement(payload, f"{{{RIM}}}AdhocQuery", id=query_id)
    for name, value in parameters.items():
        slot = etree.SubElement(adhoc, f"{{{RIM}}}Slot", name=name)
        values = etree.SubElement(slot, f"{{{RIM}}}ValueList")
        etree.SubElement(values, f"{{{RIM}}}Value").text = value
    soap = envelope("urn:ihe:iti:2007:RegistryStoredQuery", payload, security)
    return _post(sandbox.registry_url, soap)


def retrieve(sandbox: Sandbox, security: etree._Element | None, repository: str, unique_id: str) -> requests.Response:
    """ITI-43."""
    payload = etree.Element(f"{{{XDS}}}RetrieveDocumentSetRequest")
    document = etree.SubElement(payload, f"{{{XDS}}}DocumentRequest")
    etree.SubElement(document, f"{{{XDS}}}RepositoryUniqueId").text = repository
    etree.SubElement(document, f"{{{XDS}}}DocumentUniqueId").text = unique_id
    return _post(sandbox.repository_url, envelope("urn:ihe:iti:2007:RetrieveDocumentSet", payload, security))


def _post(url: str, soap: bytes) -> requests.Response:
    headers = {"Content-Type": "application/soap+xml; charset=UTF-8"}
    return requests.post(url, data=soap, headers=headers, timeout=PATIENCE)


def answered(response: requests.Response) -> etree._Element:
    """The envelope of an answer, plain or first part of a multipart."""
    content = response.content
    if response.headers["Content-Type"].startswith("multipart/"):
        content = content.split(b"\r\n\r\n", 1)[1].split(b"\r\n--", 1)[0]
    return etree.fromstring(content)


def verdict(response: requests.Response) -> list[str]:
    """``[]`` for a success, else the error codes of the RegistryResponse."""
    element = answered(response).find(f".//{{{RS}}}RegistryResponse")
    assert element is not None, response.text
    codes = [error.get("errorCode", "") for error in element.iter(f"{{{RS}}}RegistryError")]
    status = "Failure" if codes else "Success"
    assert element.get("status") == f"urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:{status}"
    return codes
