"""Schemas and outside tools for the tests of the documents; what is absent is skipped with its reason."""

import functools
import os
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "service" / "sandbox" / "schemas"


@functools.cache
def schema(name: str) -> etree.XMLSchema:
    parsed = etree.parse(SCHEMAS / name)
    if name == XDSB:
        # The registry's schema refers to an element of this namespace that IHE declares in another file.
        parsed.getroot().insert(0, etree.Element("{http://www.w3.org/2001/XMLSchema}include", schemaLocation="xcf.xsd"))
    return etree.XMLSchema(parsed)


def departures(name: str, document: bytes | etree._Element) -> list[str]:
    """What the schema has against a document; a copy is judged on its own, away from what surrounds it."""
    data = document if isinstance(document, bytes) else etree.tostring(document)
    judge = schema(name)
    judge.validate(etree.fromstring(data))
    return [error.message for error in judge.error_log]


CDA = "cda/CDA_extended.xsd"
LCM = "ebrs/ebRS30/lcm.xsd"
QUERY = "ebrs/ebRS30/query.xsd"
RS = "ebrs/ebRS30/rs.xsd"
XDSB = "ebrs/IHE/IHEXDSB.xsd"


def outside(setting: str, default: str, path: str) -> Path:
    """A file outside the repository: under the folder the environment names, else beside the checkout."""
    found = Path(os.environ.get(setting, ROOT / default)) / path
    if not found.exists():
        pytest.skip(f"{path} is not under {setting}")
    return found


def tool(path: str) -> Path:
    return outside("BINOME_TOOLS", "../shared/tools", path)


def reference(path: str) -> Path:
    return outside("BINOME_REFERENCE", "../shared/reference", path)
