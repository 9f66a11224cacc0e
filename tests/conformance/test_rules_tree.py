"""The official rules gathered from a checkout: invented ones here, in the folders of the true ones."""

from pathlib import Path

import pytest
from lxml import etree

from conformance.rules_tree import main

VALUES = """<?xml version="1.0" encoding="UTF-8"?>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">
  <ValueSet id="1.2.250.1.213.1.1.5.471" displayName="Invented">
    <ConceptList>
      <Concept code="A" codeSystem="1.2.3" displayName="Première &amp; seule"/>
      <Concept code="B" codeSystem="1.2.4" displayName="Autre"/>
    </ConceptList>
  </ValueSet>
</RetrieveValueSetResponse>
"""
VOCABULARY = "voc-1.2.250.1.213.1.1.5.471-DYNAMIC.xml"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    made = tmp_path / "checkout"
    for name, text in (
        ("jeuxDeValeurs/JDV_J07_XdsTypeCode_CISIS.xml", VALUES),
        ("schematrons/abstract/one.sch", "<a/>"),
        ("schematrons/moteur/engine.jar", "x"),
        ("schematrons/profils/IHE.sch", "<b/>"),
        ("schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch", "<c/>"),
        ("schematrons/profils/structurationMinimale/include/other.xml", "<d/>"),
        ("ExemplesCDA/document.xml", "<e/>"),
    ):
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return made


def test_what_the_tests_look_for_is_gathered(checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    assert main([str(checkout), str(folder)]) == 0
    made = folder / "cda" / "ans-no-licence"
    assert {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()} == {
        "ci-sis/jeuxDeValeurs/JDV_J07_XdsTypeCode_CISIS.xml",
        "ci-sis/schematrons/abstract/one.sch",
        "ci-sis/schematrons/profils/IHE.sch",
        "schematron/ASIP-STRUCT-MIN-StrucMin.sch",
        "schematron/include/other.xml",
        f"schematron/include/{VOCABULARY}",
    }
    vocabulary = etree.parse(made / "schematron" / "include" / VOCABULARY)
    assert vocabulary.xpath("string(/valueSets/valueSet/@id)") == "1.2.250.1.213.1.1.5.471"
    concepts = vocabulary.xpath("/valueSets/valueSet/conceptList/concept")
    assert [tuple(one.attrib.values()) for one in concepts] == [
        ("A", "1.2.3", "Première & seule"),
        ("B", "1.2.4", "Autre"),
    ]
    # Twice is once, and a vocabulary that upstream holds after all is left as it is.
    (checkout / "schematrons/profils/structurationMinimale/include" / VOCABULARY).write_text("<theirs/>")
    assert main([str(checkout), str(folder)]) == 0
    assert (made / "schematron" / "include" / VOCABULARY).read_text() == "<theirs/>"


def test_another_repository_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(tmp_path / "reference")]) == 1
    assert "not the repository of the rules" in capsys.readouterr().err
    assert not (tmp_path / "reference").exists()
