"""The XDM archive: right names, equal bytes, and what goes in comes out."""

import io
import re
import tomllib
import zipfile
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from lxml import etree

from mappings.cda import report_to_cda
from mappings.xdm import archive
from mappings.xdm.archive import SOFTWARE_VERSION
from mappings.xds import submission_to_ebxml
from tests.mappings.reports import ORGANIZATION, REPORT, SUBMISSION
from tests.mappings.schemas import ROOT
from tests.mappings.strategies import reports

NAMES = ["INDEX.HTM", "README.TXT", "IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM/SUBSET01/DOC0001.XML"]


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_what_goes_in_comes_out(report) -> None:
    cda = report_to_cda(report, b"%PDF")
    data = archive(report, SUBMISSION, cda)
    assert data == archive(replace(report), replace(SUBMISSION), cda)
    content = files(data)
    assert list(content) == NAMES
    assert content["IHE_XDM/SUBSET01/DOC0001.XML"] == cda
    assert content["IHE_XDM/SUBSET01/METADATA.XML"] == submission_to_ebxml(report, SUBMISSION, cda, uri="DOC0001.XML")
    assert content["README.TXT"].isascii()
    assert b"\n" not in content["README.TXT"].replace(b"\r\n", b"")
    index = etree.fromstring(content["INDEX.HTM"], etree.XMLParser(load_dtd=False, resolve_entities=False))
    assert index.xpath("//@href") == ["README.TXT", "IHE_XDM/SUBSET01/DOC0001.XML"]
    assert report.organization.name in index.xpath("string(//*[local-name()='h1'])")


def test_names_are_8_3() -> None:
    assert all(re.fullmatch(r"[A-Z0-9_]{1,8}(\.[A-Z]{3})?", part) for name in NAMES for part in name.split("/"))


def test_the_clock_of_the_archive_is_the_reports() -> None:
    with zipfile.ZipFile(io.BytesIO(archive(REPORT, SUBMISSION, b"<cda/>"))) as zipped:
        assert {entry.date_time for entry in zipped.infolist()} == {(2026, 11, 16, 10, 35, 12)}


def test_readme_says_who_and_with_what() -> None:
    report = replace(REPORT, organization=replace(ORGANIZATION, name="Maison de l’Été (FICTIVE)"))
    readme = files(archive(report, SUBMISSION, b"<cda/>"))["README.TXT"].decode("ascii")
    assert "Maison de l'Ete (FICTIVE), 3 rue des Tilleuls, 67000 STRASBOURG, +33 3 88 00 00 00" in readme
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"Binome {version} " in readme
    assert version == SOFTWARE_VERSION


def test_readme_leaves_no_letter_out() -> None:
    report = replace(REPORT, organization=replace(ORGANIZATION, name="Pôle du Sacré‑Cœur – Ægir λ"))
    readme = files(archive(report, SUBMISSION, b"<cda/>"))["README.TXT"].decode("ascii")
    assert "Pole du Sacre-Coeur - AEgir ?, " in readme


def test_index_shows_markup_as_words() -> None:
    report = replace(REPORT, organization=replace(ORGANIZATION, name="<script>alert(1)</script> & Cie"))
    assert b"<script>" not in files(archive(report, SUBMISSION, b"<cda/>"))["INDEX.HTM"]
