"""X19 to X22: signatures that hold, over something else than what is read. The sandbox believes only what is signed."""

import datetime as dt

import pytest
from lxml import etree

from mappings.hardened_xml import parse
from service.clients.dmp.publish import signed_set
from service.clients.seal import SigningKey, development_key
from service.clients.sealed import cda_of, payload_of
from service.sandbox import grammar
from service.sandbox.signatures import signature_errors
from service.sandbox.soap import SoapFault
from service.sandbox.submission import XML_SIGNATURE, Entry, Submission
from service.sandbox.vihf import read_vihf
from tests.clients.record import DOCUMENT, numbered, sealed
from tests.clients.sealed_things import NOW, UNIQUE_ID
from tests.mappings.reports import SUBMISSION
from tests.sandbox.caller import NOW as CALLED
from tests.sandbox.caller import PATIENT, SAML, WSSE, Seal, assertion, seal

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
SIGNS = "urn:ihe:iti:2007:AssociationType:signs"


@pytest.fixture(scope="module")
def structure() -> Seal:
    return seal()


def heard(element: etree._Element, structure: Seal) -> str:
    """The patient for whom the assertion speaks, if it is believed."""
    security = etree.fromstring(etree.tostring(_within(element)))
    return read_vihf(security, CALLED, [structure.certificate]).patient_id


def _within(*children: etree._Element) -> etree._Element:
    security = etree.Element(f"{{{WSSE}}}Security")
    for child in children:
        security.append(child)
    return security


def test_the_true_one_is_believed(structure: Seal) -> None:
    assert heard(assertion(structure), structure) == PATIENT


def _forged(structure: Seal) -> etree._Element:
    """For another patient, under the signature of the true one."""
    forged = assertion(structure)
    for value in forged.iter(f"{{{SAML}}}AttributeValue"):
        value.text = (value.text or "").replace("258066", "158066")
    return forged


def _moved(structure: Seal) -> etree._Element:
    """X19: the signed one is moved inside, a forged one stands in its place."""
    forged = _forged(structure)
    forged.set("ID", "_forged")
    etree.SubElement(forged, "{urn:x}Extension").append(assertion(structure))
    return forged


def _twice(structure: Seal) -> etree._Element:
    """X20: two elements of one ID."""
    forged = _forged(structure)
    etree.SubElement(forged, "{urn:x}Extension").append(assertion(structure))
    return forged


def _transformed(structure: Seal) -> etree._Element:
    """X22: a transform that lets through what it likes."""
    forged = _forged(structure)
    for transform in list(forged.iter(f"{DSIG}Transform"))[:1]:
        transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")
    return forged


def _unsigned_method(structure: Seal) -> etree._Element:
    forged = assertion(structure)
    for method in forged.iter(f"{DSIG}SignatureMethod"):
        method.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")
    return forged


WRAPPED = {
    "X19 sig-wrap-1": _moved,
    "X20 sig-wrap-id-dup": _twice,
    "X22 sig-none-transform": _transformed,
    "another method": _unsigned_method,
    "altered": _forged,
}


@pytest.mark.parametrize("name", WRAPPED)
def test_an_assertion_that_is_not_what_was_signed_is_not_believed(name: str, structure: Seal) -> None:
    with pytest.raises(SoapFault):
        heard(WRAPPED[name](structure), structure)


def test_two_assertions_are_none(structure: Seal) -> None:
    security = _within(assertion(structure), _forged(structure))
    with pytest.raises(SoapFault):
        read_vihf(security, CALLED, [structure.certificate])


def test_x21_a_comment_splits_no_value(structure: Seal) -> None:
    """A comment is no part of what is signed: either the whole value is read, or none."""
    split = assertion(structure)
    text = etree.tostring(split).replace(b"258066799900794^^^", b"2580667<!-- -->99900794^^^")
    try:
        assert heard(etree.fromstring(text), structure) == PATIENT
    except SoapFault:
        pass


def test_x21_the_sandbox_parses_comments_away() -> None:
    assert grammar.parse(b"<a>89990<!-- -->0007016</a>").text == "899900007016"


# ── the signature of a set ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


def errors(signature: bytes) -> list[str]:
    """What the sandbox has against a set signed so."""
    entries = [(UNIQUE_ID, "urn:ihe:iti:xds-sd:pdf:2008", cda_of(DOCUMENT)), ("1.2", XML_SIGNATURE, signature)]
    submission = Submission(
        unique_id=SUBMISSION.unique_id,
        source_id="",
        patient_id="",
        entries=tuple(_entry(*each) for each in entries),
        metadata=etree.Element("x"),
        package=etree.Element("x"),
        set_id="set",
        links=((SIGNS, "1.2", "set"),),
        orphans=(),
    )
    return [error.context for error in signature_errors(submission)]


def _entry(unique_id: str, format_code: str, content: bytes) -> Entry:
    said = {name: "" for name in ("patient_id", "mime_type", "hash", "size", "replaces", "sha1", "sha256")}
    element = etree.Element("x")
    return Entry(id=unique_id, unique_id=unique_id, format_code=format_code, content=content, element=element, **said)


def test_the_true_signature_of_a_set_holds(key: SigningKey) -> None:
    assert errors(signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT), key)) == []


def test_a_signature_of_other_bytes_or_of_another_set_is_told(key: SigningKey) -> None:
    assert errors(signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT) + b" ", key)) == [
        "signature: the digest of a document is not its own"
    ]
    another = signed_set(parse(payload_of(sealed(submission=numbered(2)))), cda_of(DOCUMENT), key)
    assert errors(another) == ["signature: the manifest does not name the set and its documents"]


def _second_manifest(signature: bytes) -> bytes:
    """X19, X20: another manifest of the same name, before the signed one."""
    other = b'<ds:Object><ds:Manifest Id="IHEManifest"/></ds:Object>'
    return signature.replace(b"<ds:Object>", other + b"<ds:Object>", 1)


def _renamed_manifest(signature: bytes) -> bytes:
    """The signed one under another name, a forged one under its own."""
    whole = signature[signature.index(b"<ds:Manifest") : signature.index(b"</ds:Manifest>") + 14]
    forged = whole.replace(b"AA==", b"AB==")
    hidden = whole.replace(b'Id="IHEManifest"', b'Id="Other"')
    return signature.replace(whole, forged + hidden)


SETS = {
    "a second manifest": _second_manifest,
    "a manifest in the place of another": _renamed_manifest,
    "a transform": lambda s: s.replace(b"xml-exc-c14n#", b"xml-exc-c14n#WithComments", 2),
    "no manifest signed": lambda s: s.replace(b'URI="#IHEManifest"', b'URI=""'),
    "SHA-1": lambda s: s.replace(b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2000/09/xmldsig#sha1"),
    "no value": lambda s: s[: s.index(b"<ds:SignatureValue>")] + s[s.index(b"<ds:KeyInfo>") :],
    "not XML": lambda s: s[:100],
    "a DTD": lambda s: s.replace(b"<ds:Signature ", b"<!DOCTYPE x []><ds:Signature ", 1),
}


@pytest.mark.parametrize("name", SETS)
def test_a_signature_that_covers_something_else_is_told(name: str, key: SigningKey) -> None:
    spoilt = SETS[name](signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT), key))
    assert len(errors(spoilt)) == 1


def test_the_hour_of_an_assertion_is_bounded(structure: Seal) -> None:
    with pytest.raises(SoapFault):
        heard(assertion(structure, at=CALLED - dt.timedelta(days=1)), structure)
