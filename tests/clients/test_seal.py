import datetime as dt
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree
from signxml.exceptions import InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

from service.clients.seal import SigningKey, development_key, loaded_key, signature_placeholder, signed

NOW = dt.datetime(2026, 11, 16, 9, 40, tzinfo=dt.UTC)
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"


def assertion() -> etree._Element:
    root = etree.Element(f"{{{SAML}}}Assertion", {"ID": "_a1"}, nsmap={"saml": SAML})
    etree.SubElement(root, f"{{{SAML}}}Issuer").text = "CN=x"
    root.append(signature_placeholder())
    etree.SubElement(root, f"{{{SAML}}}Subject").text = "899900007016"
    return root


def verified(element: etree._Element, key: SigningKey) -> etree._Element:
    config = SignatureConfiguration(location="./", verification_time=NOW)
    result = XMLVerifier().verify(element, x509_cert=key.certificate, id_attribute="ID", expect_config=config)
    assert not isinstance(result, list)
    assert result.signed_xml is not None
    return result.signed_xml


def test_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = development_key(folder, NOW)
    again = development_key(folder, NOW + dt.timedelta(days=1))
    assert first.certificate == again.certificate
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert sorted(file.name for file in folder.iterdir()) == ["seal.key", "seal.pem"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "FICTIVE" in first.subject


def test_half_a_pair_is_made_again(tmp_path: Path) -> None:
    first = development_key(tmp_path, NOW)
    (tmp_path / "seal.pem").unlink()
    assert development_key(tmp_path, NOW).certificate != first.certificate


def test_a_foreign_certificate_is_no_pair(tmp_path: Path) -> None:
    one, two = development_key(tmp_path / "1", NOW), development_key(tmp_path / "2", NOW)
    pem = serialization.Encoding.PEM
    key = one.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    assert loaded_key(key, one.certificate.public_bytes(pem)).certificate == one.certificate
    with pytest.raises(ValueError, match="belong"):
        loaded_key(key, two.certificate.public_bytes(pem))


def test_the_key_does_not_show_itself(tmp_path: Path) -> None:
    assert "PrivateKey" not in repr(development_key(tmp_path, NOW))


def test_the_signature_holds_stands_after_the_issuer_and_breaks_with_the_content(tmp_path: Path) -> None:
    key = development_key(tmp_path, NOW)
    element = signed(assertion(), "_a1", key)
    assert [etree.QName(child).localname for child in element] == ["Issuer", "Signature", "Subject"]
    text = etree.tostring(element)
    assert b"rsa-sha256" in text
    assert text.count(b"http://www.w3.org/2001/10/xml-exc-c14n#") == 2
    assert verified(etree.fromstring(text), key).findtext(f"{{{SAML}}}Subject") == "899900007016"
    with pytest.raises(InvalidSignature):
        verified(etree.fromstring(text.replace(b"899900007016", b"899900007024")), key)


def test_the_signature_still_holds_inside_an_envelope(tmp_path: Path) -> None:
    key = development_key(tmp_path, NOW)
    envelope = etree.Element("{urn:e}Envelope", nsmap={None: "urn:e", "ds": "urn:another"})
    envelope.append(signed(assertion(), "_a1", key))
    found = etree.fromstring(etree.tostring(envelope)).find(f"{{{SAML}}}Assertion")
    assert found is not None
    verified(found, key)


def test_nothing_is_signed_under_another_name_or_without_a_place(tmp_path: Path) -> None:
    key = development_key(tmp_path, NOW)
    with pytest.raises(ValueError, match="nothing to sign"):
        signed(assertion(), "_a2", key)
    unplaced = assertion()
    unplaced.remove(unplaced[1])
    with pytest.raises(ValueError, match="no place"):
        signed(unplaced, "_a1", key)
