"""``python -m conformance.rules_tree CHECKOUT FOLDER``: the official CDA rules as the tests look for them.

``CHECKOUT`` is the repository in which the ANS publishes them (docs/conformance.md names it and the commit); they bear
no licence, so that none is kept here. ``FOLDER`` is then what ``BINOME_REFERENCE`` names. Nothing is fetched, and
nothing is changed; one vocabulary that the rules include and that is in no folder is written anew from the value set of
the same name.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lxml import etree

_SVS: Final = "{urn:ihe:iti:svs:2008}"
#: What the minimal structure includes and upstream does not hold (typeCode, JDV_J07), and where its codes are.
_MISSING: Final = "voc-1.2.250.1.213.1.1.5.471-DYNAMIC.xml"
_SOURCE: Final = "JDV_J07_XdsTypeCode_CISIS.xml"


def gather(checkout: Path, folder: Path) -> None:
    """``FileNotFoundError`` when the checkout is not what it should be."""
    rules, sets = checkout / "schematrons", checkout / "jeuxDeValeurs"
    minimal = rules / "profils" / "structurationMinimale"
    for needed in (minimal / "include", rules / "abstract", sets / _SOURCE):
        if not needed.exists():
            raise FileNotFoundError(needed)
    made = folder / "cda" / "ans-no-licence"
    aside = shutil.ignore_patterns("structurationMinimale", "terminologies", "moteur", "*.jar")
    shutil.copytree(rules, made / "ci-sis" / "schematrons", ignore=aside, dirs_exist_ok=True)
    shutil.copytree(sets, made / "ci-sis" / "jeuxDeValeurs", dirs_exist_ok=True)
    shutil.copytree(minimal, made / "schematron", dirs_exist_ok=True)
    vocabulary = made / "schematron" / "include" / _MISSING
    if not vocabulary.exists():
        vocabulary.write_bytes(_vocabulary(sets / _SOURCE))


def _vocabulary(source: Path) -> bytes:
    """A value set of IHE SVS as the rules read theirs (ART-DECOR)."""
    told = etree.parse(source).getroot().find(f"{_SVS}ValueSet")
    assert told is not None
    root = etree.Element("valueSets")
    names = {name: told.get(name, "") for name in ("id", "displayName")}
    concepts = etree.SubElement(etree.SubElement(root, "valueSet", names), "conceptList")
    for one in told.iter(f"{_SVS}Concept"):
        attributes = {name: one.get(name, "") for name in ("code", "codeSystem", "displayName")}
        etree.SubElement(concepts, "concept", attributes)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="conformance.rules_tree", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    try:
        gather(options.checkout, options.folder)
    except FileNotFoundError as missing:
        print(f"{missing} is not there: not the repository of the rules?", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
