"""The list of the trust space: believed under one signature, kept, aged, never taken back to an older one."""

import datetime as dt
from pathlib import Path

import pytest
import responses
from cryptography import x509
from lxml import etree

from service.clients.mssante.membership import Membership, Published
from service.clients.mssante.trust_space import Fault, TrustSpace, read_list
from service.sandbox.trust import Manager
from tests.clients.test_directory import Time

URL = "https://trust.example/listeblanche.xml"
NS = "{https://listeblanche.mssante.fr/schema}"
INSIDE = "hugo.weber-fictif@medecin.formation.mssante.fr"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def manager() -> Manager:
    """Draws its key once; its clock is set by each test."""
    return Manager(Time())


@pytest.fixture
def published(manager: Manager, time: Time, tmp_path: Path) -> Published:
    manager.clock, manager.domains = time, ("Medecin.formation.mssante.FR", "patient.mssante.fr")
    (tmp_path / "signers.pem").write_bytes(manager.certificate())
    return Published(
        url=URL,
        signers=tmp_path / "signers.pem",
        file=tmp_path / "mssante" / "domains.xml",
        life=dt.timedelta(days=7),
    )


def signer(manager: Manager) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(manager.certificate())


def serve(content: bytes, status: int = 200) -> None:
    responses.upsert("GET", URL, body=content, status=status)


@responses.activate
def test_a_box_is_of_the_trust_space_by_its_very_domain(published: Published, manager: Manager, time: Time) -> None:
    serve(manager.published())
    listed = Membership(published, time)
    assert listed.of(INSIDE) is None  # nothing is known before the first list
    kept = listed.keep()
    assert isinstance(kept, TrustSpace)
    assert kept.made_at == time()
    boxes = {
        INSIDE: True,
        INSIDE.upper(): True,
        "258066799900794@patient.mssante.fr": True,
        "x@formation.mssante.fr": False,
        "x@sub.medecin.formation.mssante.fr": False,
        "x@medecin.formation.mssante.fr.example": False,
        "x@médecin.formation.mssante.fr": False,
        "medecin.formation.mssante.fr@evil.example": False,
        "": False,
    }
    assert {box: listed.of(box) for box in boxes} == boxes


def altered(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def wrapped(content: bytes) -> bytes:
    """The signed list inside a list of somebody else's."""
    inner = etree.fromstring(content)
    outer = etree.Element(f"{NS}ListeBlancheMSSante")
    etree.SubElement(outer, f"{NS}DateDeGeneration").text = "2026-11-16T09:40:00Z"
    domain = etree.SubElement(etree.SubElement(outer, f"{NS}ListeDomaines"), f"{NS}Domaine")
    etree.SubElement(domain, f"{NS}Nom").text = "evil.example"
    outer.append(inner[-1])
    outer.append(inner)
    return etree.tostring(outer)


def unsigned(content: bytes) -> bytes:
    root = etree.fromstring(content)
    root.remove(root[-1])
    return etree.tostring(root)


def without_value(content: bytes) -> bytes:
    root = etree.fromstring(content)
    for value in root.iter("{http://www.w3.org/2000/09/xmldsig#}SignatureValue"):
        value.text = None
    return etree.tostring(root)


FORGERIES = {
    "a signature without its value": without_value,
    "a domain more": lambda c: altered(c, b"patient.mssante.fr", b"evil.mssante.fr"),
    "a later date": lambda c: altered(c, b"<DateDeGeneration>2026", b"<DateDeGeneration>2027"),
    "no signature": unsigned,
    "wrapped": wrapped,
    "signed by another of the trust space": lambda c: Manager(Time()).published(),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
@responses.activate
def test_a_forged_list_is_refused_and_the_good_one_stays(forge, published, manager, time) -> None:
    listed = Membership(published, time)
    serve(manager.published())
    listed.keep()
    good = published.file.read_bytes()
    serve(forge(manager.published()))
    assert listed.keep() is Fault.FORGED
    assert published.file.read_bytes() == good
    assert (listed.of(INSIDE), listed.of("x@evil.example"), listed.of("x@evil.mssante.fr")) == (True, False, False)


def test_a_signature_over_a_part_vouches_for_that_part_alone(manager: Manager, time: Time) -> None:
    """A good list, signed by its id, inside another that nobody signed."""
    from signxml.algorithms import SignatureConstructionMethod
    from signxml.signer import XMLSigner

    manager.clock, manager.domains = time, ("patient.mssante.fr",)
    outer = etree.Element(f"{NS}ListeBlancheMSSante")
    etree.SubElement(outer, f"{NS}DateDeGeneration").text = "2026-11-16T09:40:00Z"
    domain = etree.SubElement(etree.SubElement(outer, f"{NS}ListeDomaines"), f"{NS}Domaine")
    etree.SubElement(domain, f"{NS}Nom").text = "evil.example"
    inner = etree.fromstring(unsigned(manager.published()))
    inner.set("Id", "good")
    outer.append(inner)
    key, certificate = manager._signer()
    pem = manager.certificate().decode()
    signed = XMLSigner(method=SignatureConstructionMethod.enveloped).sign(
        outer, key=key, cert=pem, reference_uri="#good"
    )
    found = read_list(etree.tostring(signed), [certificate], time())
    assert found is Fault.FORGED or (isinstance(found, TrustSpace) and "evil.example" not in found.domains)


@pytest.mark.parametrize(
    "content", [b"", b"<html/>", b"not xml", b"<!DOCTYPE x><x/>", f"<x xmlns='{NS[1:-1]}'/>".encode(), b"<a>" * 500]
)
def test_what_is_no_list_is_not_read(content: bytes, manager: Manager, time: Time) -> None:
    assert read_list(content, signer(manager), time()) is Fault.UNREADABLE


def test_a_list_of_nobody_is_no_list(published: Published, manager: Manager, time: Time) -> None:
    manager.domains = ("no domain", "-x.fr", "a..fr", "fr")
    assert read_list(manager.published(), signer(manager), time()) is Fault.UNREADABLE


def test_a_certificate_signs_in_its_own_time(manager: Manager, time: Time) -> None:
    manager.clock, manager.domains = time, ("patient.mssante.fr",)
    certificates = signer(manager)
    time.passes(days=364)
    assert isinstance(read_list(manager.published(), certificates, time()), TrustSpace)
    time.passes(days=2)
    assert read_list(manager.published(), certificates, time()) is Fault.FORGED


@responses.activate
def test_an_old_list_signed_as_it_is_does_not_come_back(published: Published, manager: Manager, time: Time) -> None:
    before = manager.published()
    time.passes(days=1)
    manager.domains = ("medecin.formation.mssante.fr",)
    serve(manager.published())
    listed = Membership(published, time)
    listed.keep()
    serve(before)
    assert listed.keep() is Fault.OLDER
    assert listed.of("x@patient.mssante.fr") is False
    # Nor after a restart.
    assert Membership(published, time).keep() is Fault.OLDER


@responses.activate
def test_a_list_ages_until_it_says_nothing(published: Published, manager: Manager, time: Time) -> None:
    serve(manager.published())
    listed = Membership(published, time)
    listed.keep()
    time.passes(days=6, hours=23)
    assert listed.of(INSIDE) is True
    time.passes(hours=1)
    assert listed.of(INSIDE) is None
    assert listed.of("x@evil.example") is None
    # Still the one of a week ago.
    assert listed.keep() is Fault.STALE
    serve(manager.published())
    listed.keep()
    assert listed.of(INSIDE) is True


@responses.activate
def test_a_list_of_tomorrow_is_refused(published: Published, manager: Manager, time: Time) -> None:
    time.passes(hours=2)
    serve(manager.published())
    time.passes(hours=-2)
    assert Membership(published, time).keep() is Fault.STALE


@pytest.mark.parametrize("status", [301, 404, 500, 503])
@responses.activate
def test_an_outage_leaves_the_last_good_one(published: Published, manager: Manager, time: Time, status: int) -> None:
    serve(manager.published())
    listed = Membership(published, time)
    listed.keep()
    serve(b"", status)
    assert listed.keep() is Fault.UNREACHABLE
    assert listed.of(INSIDE) is True


@responses.activate
def test_another_process_reads_what_the_nightly_one_kept(published: Published, manager: Manager, time: Time) -> None:
    reader, writer = Membership(published, time), Membership(published, time)
    serve(manager.published())
    writer.keep()
    assert reader.of("x@patient.mssante.fr") is True
    time.passes(days=1)
    manager.domains = ("medecin.formation.mssante.fr",)
    serve(manager.published())
    writer.keep()
    assert reader.of("x@patient.mssante.fr") is False
    assert len(responses.calls) == 2


@responses.activate
def test_whoever_writes_the_file_adds_no_domain(published: Published, manager: Manager, time: Time) -> None:
    serve(manager.published())
    Membership(published, time).keep()
    forged = altered(published.file.read_bytes(), b"patient.mssante.fr", b"evil.mssante.fr")
    published.file.write_bytes(forged)
    assert Membership(published, time).of("x@evil.mssante.fr") is None


def test_an_installation_without_its_signers_does_not_start(published: Published, time: Time) -> None:
    published.signers.unlink()
    with pytest.raises(FileNotFoundError):
        Membership(published, time)
