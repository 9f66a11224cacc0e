"""Hardened XML parsing, and the published schemas that a receiver holds against what it is sent.

Schemas: CDA R2 with the French extensions, OASIS ebRS 3.0; origin and licence in ``schemas/NOTICE.md``.
"""

import re
import threading
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

_SCHEMAS: Final = Path(__file__).parent / "schemas"
#: Refused on the bytes, before any parser looks (XXE, entity expansion).
_DECLARATIONS: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")


class NotXml(Exception):
    """The bytes are not the XML we accept; the text names the reason and never the content."""


def parse(data: bytes) -> etree._Element:
    """The root of ``data``: UTF-8 or ASCII-compatible, no DTD, no entity, no network."""
    # A DTD written in UTF-16 would pass the search below.
    if data.startswith(_BYTE_ORDER_MARKS) or _DECLARATIONS.search(data):
        raise NotXml("document type declaration or encoding not accepted")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXml("not well formed") from error


class Schema:
    """A compiled schema that says where a document departs from it."""

    def __init__(self, path: str) -> None:
        parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
        self._schema = etree.XMLSchema(etree.parse(_SCHEMAS / path, parser))
        # The error log belongs to the schema, not to the call.
        self._lock = threading.Lock()

    def departure(self, element: etree._Element) -> str:
        """Rule and line of a departure, empty when there is none; never a value of the document."""
        with self._lock:
            if self._schema.validate(element):
                return ""
            last = self._schema.error_log.last_error  # type: ignore[attr-defined]  # absent from lxml-stubs
            return "not valid" if last is None else f"{last.type_name} line {last.line}"


@cache
def cda() -> Schema:
    return Schema("cda/CDA_extended.xsd")


@cache
def submit_objects() -> Schema:
    return Schema("ebrs/ebRS30/lcm.xsd")


@cache
def stored_query() -> Schema:
    return Schema("ebrs/ebRS30/query.xsd")
