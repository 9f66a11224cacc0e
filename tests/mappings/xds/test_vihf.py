"""The assertion says every fact, in SAML's order, and can be signed after its issuer."""

import datetime as dt
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from mappings.domain.people import Code
from mappings.xds.composites import ins_cx
from mappings.xds.vihf import SAML, VihfFacts, assertion
from tests.mappings.reports import PARIS

NOW = dt.datetime(2026, 11, 16, 10, 40, tzinfo=PARIS)
FACTS = VihfFacts(
    assertion_id="_0f6f1b0e",
    issued_at=NOW,
    authenticated_at=NOW,
    expires_at=NOW + dt.timedelta(minutes=5),
    issuer="CN=MSP DES TILLEULS (FICTIVE),C=FR",
    name_id="899900007016",
    structure_id="1670999990",
    sector="SA52",
    subject_name="Lucie MARTEL-FICTIF",
    roles=(Code(code="70", display="Masseur-Kinésithérapeute", system="1.2.250.1.71.1.2.7"),),
    patient=ins_cx("258066799900794", "1.2.250.1.213.1.4.10"),
    mode="INDIRECTE",
    lps_id="01.01",
    lps_name="Binôme",
    lps_version="0.1.0",
    lps_approval="NON-HOMOLOGUE",
)


def attributes(root: etree._Element) -> dict[str, list[str]]:
    return {
        one.get("Name"): [
            child.get("code") if len(value) and (child := value[0]) is not None else value.text for value in one
        ]
        for one in root.iter(f"{{{SAML}}}Attribute")
    }


def test_says_every_fact() -> None:
    root = assertion(FACTS)
    assert attributes(root) == {
        "Identifiant_Structure": ["1670999990"],
        "Secteur_Activite": ["SA52^1.2.250.1.71.4.2.4"],
        "urn:oasis:names:tc:xspa:1.0:subject:subject-id": ["Lucie MARTEL-FICTIF"],
        "urn:oasis:names:tc:xacml:2.0:subject:role": ["70"],
        "VIHF_Version": ["3.0"],
        "Authentification_Mode": ["INDIRECTE"],
        "urn:oasis:names:tc:xacml:2.0:resource:resource-id": ["258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"],
        "Ressource_URN": ["urn:dmp"],
        "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": ["normal"],
        "LPS_ID": ["01.01"],
        "LPS_Nom": ["Binôme"],
        "LPS_Version": ["0.1.0"],
        "LPS_ID_HOMOLOGATION_DMP": ["NON-HOMOLOGUE"],
    }
    assert [etree.QName(child).localname for child in root] == [
        "Issuer",
        "Subject",
        "Conditions",
        "AuthnStatement",
        "AttributeStatement",
    ]
    assert root.get("IssueInstant") == "2026-11-16T09:40:00.000Z"
    assert root[2].get("NotOnOrAfter") == "2026-11-16T09:45:00.000Z"
    assert root[0].get("Format") == "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"


def test_without_a_limit_there_is_no_condition() -> None:
    assert assertion(replace(FACTS, expires_at=None)).find(f"{{{SAML}}}Conditions") is None


def test_a_signature_fits_after_the_issuer() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "STRUCTURE (FICTIVE)")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    root = assertion(FACTS)
    root.insert(1, etree.Element("{http://www.w3.org/2000/09/xmldsig#}Signature", {"Id": "placeholder"}))
    signed = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#").sign(
        root, key=key, cert=[certificate], reference_uri=FACTS.assertion_id, id_attribute="ID"
    )
    again = etree.fromstring(etree.tostring(signed))
    assert etree.QName(again[1]).localname == "Signature"
    XMLVerifier().verify(
        again,
        x509_cert=certificate,
        id_attribute="ID",
        expect_config=SignatureConfiguration(location="./", verification_time=NOW),
    )
