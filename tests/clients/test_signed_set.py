"""The signature of a submission set, verified by hand: digests, canonical form and value, with nothing of what signs."""

import base64
import dataclasses
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from mappings.hardened_xml import parse
from mappings.xds.signed_set import SIGNATURE, sealed_set, with_signature
from service.clients.dmp.publish import publish, signed_set
from service.clients.seal import SigningKey, development_key, key_from_files
from service.clients.sealed import cda_of, payload_of
from service.outbox.receipt import Outcome
from service.sandbox.server import Sandbox
from tests.clients.record import DOCUMENT, reached, sealed
from tests.clients.sealed_things import NOW, UNIQUE_ID
from tests.mappings.reports import SUBMISSION
from tests.mappings.schemas import LCM, departures

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.1.1#}"
RIM = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"


def verified(document: bytes, key: SigningKey) -> bool:
    root = etree.fromstring(document)
    info = root.find(f"{DSIG}SignedInfo")
    assert info is not None
    for reference in info.iterfind(f"{DSIG}Reference"):
        (target,) = root.xpath(f"//*[@Id='{(reference.get('URI') or '')[1:]}']")
        if digest(canonical(target)) != reference.findtext(f"{DSIG}DigestValue"):
            return False
    public = key.certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    value = base64.b64decode(root.findtext(f"{DSIG}SignatureValue") or "")
    try:
        public.verify(value, canonical(info), padding.PKCS1v15(), hashes.SHA256())
    except Exception:  # whatever the library calls it, it does not hold
        return False
    return True


def canonical(element: etree._Element) -> bytes:
    # Parsed again on its own: what surrounds it has no part in its exclusive form.
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return etree.tostring(alone, method="c14n", exclusive=True)


def digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def test_it_holds_and_names_the_set_and_the_very_bytes(signing_key: SigningKey) -> None:
    made = signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT), signing_key)
    assert verified(made, signing_key)
    root = etree.fromstring(made)
    listed = {
        each.get("URI"): each.findtext(f"{DSIG}DigestValue")
        for each in root.iterfind(f"{DSIG}Object/{DSIG}Manifest/{DSIG}Reference")
    }
    assert listed == {
        f"urn:oid:{SUBMISSION.unique_id}": "AA==",
        f"urn:oid:{UNIQUE_ID}": digest(cda_of(DOCUMENT)),
    }
    assert root.findtext(f".//{XADES}SigningTime") == "2026-11-16T09:40:00Z"
    assert root.findtext(f".//{DSIG}X509SerialNumber") == str(signing_key.certificate.serial_number)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"urn:oid:1.2.250", b"urn:oid:1.2.251"),
        (b"2026-11-16T", b"2026-11-17T"),
        (b">AA==<", b">AB==<"),
        (
            b'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"',
            b'Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"',
        ),
    ],
)
def test_it_breaks_with_what_it_covers(signing_key: SigningKey, old: bytes, new: bytes) -> None:
    made = signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT), signing_key)
    assert old in made
    assert not verified(made.replace(old, new), signing_key)


def test_another_key_does_not_verify_it(signing_key: SigningKey, tmp_path: Path) -> None:
    made = signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT), signing_key)
    assert not verified(made, development_key(tmp_path, NOW))


def test_the_same_set_has_the_same_signature(signing_key: SigningKey) -> None:
    """A retry carries the same bytes."""
    one, other = (signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT), signing_key) for _ in range(2))
    assert one == other


def test_its_entry_is_valid_and_says_the_same_patient_and_author(signing_key: SigningKey) -> None:
    metadata = payload_of(sealed())
    signature = signed_set(parse(metadata), cda_of(DOCUMENT), signing_key)
    whole = with_signature(metadata, signature)
    assert departures(LCM, whole) == []
    document, entry = etree.fromstring(whole).findall(f".//{RIM}ExtrinsicObject")
    assert entry.get("id") == SIGNATURE
    patient = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
    author = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
    for name, scheme in (("ExternalIdentifier", patient), ("Classification", author)):
        told = [each.xpath(f"string(.//*[local-name()='{name}'][@*='{scheme}']/@value)") for each in (document, entry)]
        assert told[0] == told[1]
    slots = {slot.get("name"): slot.findtext(f".//{RIM}Value") for slot in entry.iterfind(f"{RIM}Slot")}
    assert slots["hash"] == hashlib.sha1(signature, usedforsecurity=False).hexdigest().upper()
    assert (slots["size"], slots["languageCode"]) == (str(len(signature)), "art")
    codes = [each.get("nodeRepresentation") for each in entry.iterfind(f"{RIM}Classification")]
    assert {"E1762", "MASQUE_PS", "INVISIBLE_PATIENT", "N", "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1"} <= set(codes)
    ids = [each.get("id") for each in etree.fromstring(whole).iter() if each.get("id")]
    assert len(ids) == len(set(ids))


def test_each_set_has_its_entry_whole(signing_key: SigningKey) -> None:
    """What the entry of every signature holds is there for the second set as for the first."""
    metadata = payload_of(sealed())
    signature = signed_set(parse(metadata), cda_of(DOCUMENT), signing_key)
    for whole in [with_signature(metadata, signature) for _ in range(2)]:
        document, its = parse(whole).findall(".//{*}ExtrinsicObject")
        assert its.get("id") == SIGNATURE
        schemes, all_schemes = (
            {each.get("classificationScheme") for each in entry.iterfind("{*}Classification")}
            for entry in (its, document)
        )
        assert schemes >= all_schemes


def test_a_set_named_too_long_is_not_signed_under_a_name_that_is_none(signing_key: SigningKey) -> None:
    long_ = dataclasses.replace(SUBMISSION, unique_id="1.2.250." + "9" * 55)
    with pytest.raises(ValueError, match="too long"):
        sealed_set(parse(payload_of(sealed(submission=long_))))


def test_a_record_that_judges_takes_it_and_refuses_it_altered(
    listening: Sandbox, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = reached(listening, signing_key)
    for old, new in ((b"2026-11-16T", b"2026-11-17T"), (b">AA==<", b">AB==<"), (b"urn:oid:1", b"urn:oid:2")):
        monkeypatch.setattr(
            "service.clients.dmp.publish.signed_set",
            lambda *sealed_, a=old, b=new: signed_set(*sealed_).replace(a, b),
        )
        refused = publish(record, sealed(), DOCUMENT)
        assert (refused.outcome, refused.code) == (Outcome.REFUSED, "XDSRepositoryMetadataError")
    monkeypatch.undo()
    assert publish(record, sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    assert listening.state.registry.is_signed(SUBMISSION.unique_id)


def test_the_key_that_signs_is_never_the_one_of_the_connection(tmp_path: Path) -> None:
    seal, tls = development_key(tmp_path / "seal", NOW), development_key(tmp_path / "tls", NOW)
    for name, key in (("seal", seal), ("tls", tls)):
        (tmp_path / f"{name}.pem").write_bytes(key.certificate.public_bytes(serialization.Encoding.PEM))
    key_file, certificate = tmp_path / "seal" / "seal.key", tmp_path / "seal.pem"
    assert key_from_files(key_file, certificate, str(tmp_path / "tls.pem")).subject == seal.subject
    with pytest.raises(ValueError, match="clé de la connexion"):
        key_from_files(key_file, certificate, str(certificate))
