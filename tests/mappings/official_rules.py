"""The Schematron files of others, made into what the small runner takes: one file, no include, no abstract pattern.

ISO/IEC 19757-3: ``include``, ``is-a`` with its parameters, and the patterns of the default phase alone. A pattern's
variables are known to all the others, as the reference implementation has it.
"""

import copy
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.mappings.schemas import reference, tool

_SCH = "{http://purl.oclc.org/dsdl/schematron}"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
_TREE = "cda/ans-no-licence/ci-sis"
MINIMAL = "cda/ans-no-licence/schematron/ASIP-STRUCT-MIN-StrucMin.sch"
#: Sections and entries: those of IHE, those that France restricts, those of the ANS.
SECTIONS = ("profils/IHE.sch", "profils/CI-SIS_ModelesDeContenusCDA.sch", "profils/CI-SIS_Modeles_ANS.sch")
BIO_TROD = "CI-SIS_BIO-TROD_2024.01.sch"


def _loaded(path: Path) -> etree._Element:
    root = etree.parse(path, _PARSER).getroot()
    for include in list(root.iter(f"{_SCH}include")):
        parent = include.getparent()
        assert parent is not None
        parent.replace(include, _loaded(_named(path.parent / include.get("href", ""))))
    return root


def _named(path: Path) -> Path:
    """The authors' disk took no notice of case."""
    return next(one for one in path.parent.iterdir() if one.name.lower() == path.name.lower())


def _instance(pattern: etree._Element, abstract: etree._Element) -> etree._Element:
    values = {one.get("name", ""): one.get("value", "") for one in pattern.findall(f"{_SCH}param")}
    names = re.compile("|".join(rf"\${re.escape(name)}\b" for name in sorted(values, key=len, reverse=True)) or "$^")
    made = copy.deepcopy(abstract)
    del made.attrib["abstract"]
    made.set("id", pattern.get("id", ""))
    for element in made.iter():
        for name, text in element.attrib.items():
            element.set(name, names.sub(lambda found: values[found[0][1:]], text))
    return made


def _flattened(path: Path) -> bytes:
    schema = _loaded(path)
    patterns = {one.get("id"): one for one in schema.findall(f"{_SCH}pattern")}
    phase = next(one for one in schema.findall(f"{_SCH}phase") if one.get("id") == schema.get("defaultPhase"))
    active = [one.get("pattern") for one in phase.findall(f"{_SCH}active")]
    for pattern in patterns.values():
        schema.remove(pattern)
    for phase in schema.findall(f"{_SCH}phase"):
        schema.remove(phase)
    for name in active:
        pattern = patterns.get(name)
        if pattern is None:
            continue  # named by the phase and in no file
        is_a = pattern.get("is-a")
        made = _instance(pattern, patterns[is_a]) if is_a else pattern
        for let in made.findall(f"{_SCH}let"):
            made.remove(let)
            schema.insert(0, let)
        schema.append(made)
    return etree.tostring(schema)


@cache
def runner() -> Any:
    sys.path.insert(0, str(tool("check-cda/schematron.py").parent))
    try:
        from schematron import MiniSchematron
    finally:
        sys.path.pop(0)
    return MiniSchematron


@cache
def minimal_structure() -> Any:
    return runner()(str(reference(MINIMAL)))


def sections_and_models(room: Path) -> dict[str, Any]:
    """By file, its rules; ``room`` is an empty folder, where value sets are found as the rules expect them."""
    tree = reference(_TREE)
    (room / "jeuxDeValeurs").symlink_to(tree / "jeuxDeValeurs")
    rules = {}
    for name in (*SECTIONS, BIO_TROD):
        flat = room / "schematrons" / name
        flat.parent.mkdir(parents=True, exist_ok=True)
        flat.write_bytes(_flattened(tree / "schematrons" / name))
        rules[name] = runner()(str(flat))
    return rules
