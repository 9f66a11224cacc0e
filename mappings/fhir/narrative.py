"""The XHTML of a narrative: well formed, of the elements FHIR allows, and nothing that acts.

R4 4.0.1, https://hl7.org/fhir/R4/narrative.html, constraints txt-1 and txt-2.
"""

import re
from typing import Final

from lxml import etree

from mappings import hardened_xml
from mappings.issues import Refused

XHTML: Final = "http://www.w3.org/1999/xhtml"

_ELEMENTS: Final = frozenset(
    """
    a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li
    ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var
    """.split()
)
_ATTRIBUTES: Final = frozenset(
    """
    abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class colspan compact
    coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope shape
    span src start style summary tabindex title type valign value vspace width
    {http://www.w3.org/XML/1998/namespace}lang {http://www.w3.org/XML/1998/namespace}id
    """.split()
)
#: lxml reads the attributes of an element in a time that grows as their square.
_MOST_ATTRIBUTES: Final = 32
#: What a link or an image may lead to: a place of the web, a name, a mailbox, a place in this resource, an image held here.
_DESTINATION: Final = re.compile(
    r"(?:https?:|urn:|mailto:|tel:|#|data:\s*image/(?:png|jpeg|gif);|[^:]*\Z)", re.IGNORECASE
)
#: A style that fetches or runs something; an image held in the style itself does neither.
_ACTIVE_STYLE: Final = re.compile(
    r"expression|javascript|behavior|binding|@import|\\|url\s*\((?!\s*['\"]?data:\s*image/(?:png|jpeg|gif);)",
    re.IGNORECASE,
)

_MALFORMED: Final = "L’élément « {} » n’est pas un fragment XHTML bien formé dont la racine est div."
_FORBIDDEN: Final = (
    "L’élément « {} » contient une balise, un attribut ou un lien que FHIR n’admet pas dans un narratif."
)
_EMPTY: Final = "L’élément « {} » ne contient aucun texte ni aucune image."


def fault_of_div(text: str) -> str:
    """What is wrong with a narrative, as a sentence; empty when nothing is."""
    try:
        root = hardened_xml.parse(text.encode("utf-8", "surrogatepass"))
    except Refused:
        return _MALFORMED
    if root.tag != f"{{{XHTML}}}div" or root.getroottree().docinfo.xml_version != "1.0":
        return _MALFORMED
    return fault_of_tree(root)


def fault_of_tree(root: etree._Element) -> str:
    if not all(map(_allowed, root.iter())):
        return _FORBIDDEN
    if not "".join(map(str, root.itertext())).strip() and root.find(f".//{{{XHTML}}}img") is None:
        return _EMPTY
    return ""


def _allowed(element: etree._Element) -> bool:
    if isinstance(element, etree._Comment):
        return True
    if isinstance(element, etree._ProcessingInstruction | etree._Entity):
        return False
    name = etree.QName(element)
    return (
        len(element.attrib) <= _MOST_ATTRIBUTES
        and name.namespace == XHTML
        and name.localname in _ELEMENTS
        and all(_harmless(str(name), str(value)) for name, value in element.attrib.items())
    )


def _harmless(name: str, value: str) -> bool:
    if name in ("href", "src"):
        return _DESTINATION.match(value.strip()) is not None
    return name in _ATTRIBUTES and not (name == "style" and _ACTIVE_STYLE.search(value))
