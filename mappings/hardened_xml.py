"""The one door by which foreign XML comes in: no DTD, no entity, no network, bounded depth and size.

Refuses at byte level before parsing, then by counting. CDA, SOAP, ebXML and FHIR XML all come through here.
"""

import re
from typing import Final

from lxml import etree

from mappings.issues import Issue, IssueCode, Refused

#: Deepest nesting accepted.
DEPTH: Final = 100
#: Most elements accepted in one document, and most attributes of one of them.
NODES: Final = 200_000
ATTRIBUTES: Final = 1_000

#: A declaration in UTF-16 or UTF-32 would hide from a search of ASCII bytes: any NUL byte is refused as well.
_DECLARATION: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
#: Encodings in which ASCII bytes mean themselves.
_ENCODING: Final = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_ENCODINGS: Final = frozenset({b"utf-8", b"us-ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252"})
#: Whether an element has too many attributes; whether one lies too deep.
_CROWDED: Final = etree.XPath(f"boolean(//*[count(@*) > {ATTRIBUTES}])")
_DEEP: Final = etree.XPath(f"boolean({'/*' * DEPTH}/*)")


def parse(data: bytes) -> etree._Element:
    """Root element of a document; ``Refused`` when it is not well-formed or holds what is not allowed."""
    encoding = _ENCODING.match(data)
    if encoding is not None and encoding.group(1).lower() not in _ENCODINGS:
        raise Refused(_fault("not-supported", "L’encodage du document XML n’est pas admis : UTF-8 attendu."))
    if b"\x00" in data or _DECLARATION.search(data) is not None:
        raise Refused(_fault("structure", "Le document XML contient une déclaration DOCTYPE ou ENTITY, interdite."))
    # a parser holds state: one per document keeps the function safe between threads
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        # from None: the parser's message quotes the document
        raise Refused(_fault("structure", "Le document XML n’est pas bien formé.")) from None
    _refuse_excess(data, root)
    return root


def _refuse_excess(data: bytes, root: etree._Element) -> None:
    # An attribute has its equals sign, and whatever is counted its bracket: most documents cannot have too many.
    if data.count(b"=") > ATTRIBUTES and _CROWDED(root):
        raise Refused(_fault("too-costly", "Un élément du document XML compte trop d’attributs."))
    if data.count(b"<") > NODES and sum(1 for _ in root.iter()) > NODES or _DEEP(root):
        raise Refused(_fault("too-costly", "Le document XML est trop profond ou compte trop d’éléments."))


def _fault(code: IssueCode, text: str) -> Issue:
    return Issue(code, "", text)
