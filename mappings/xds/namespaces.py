"""XML namespaces and fixed URNs of XDS.b, one constant per fact.

IHE ITI TF-2 3.18, 3.41, 3.43, 3.57 and TF-3 4.2; ebXML Registry 3.0; SOAP 1.2; WS-Addressing 1.0; XOP 1.0; HL7 V3.
"""

from typing import Final

from lxml import etree

LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
XDSB: Final = "urn:ihe:iti:xds-b:2007"
SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XOP: Final = "http://www.w3.org/2004/08/xop/include"
V3: Final = "urn:hl7-org:v3"

#: WS-Addressing actions.
PROVIDE_AND_REGISTER: Final = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
REGISTRY_STORED_QUERY: Final = "urn:ihe:iti:2007:RegistryStoredQuery"
RETRIEVE_DOCUMENT_SET: Final = "urn:ihe:iti:2007:RetrieveDocumentSet"
UPDATE_DOCUMENT_SET: Final = "urn:ihe:iti:2010:UpdateDocumentSet"
EXISTENCE: Final = "urn:hl7-org:v3:PRPA_IN201307UV02"

#: Statuses of an entry; the last two are French (DMP, TD3.3).
APPROVED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
DEPRECATED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
ARCHIVED: Final = "urn:asip:ci-sis:2010:StatusType:Archived"
DELETED: Final = "urn:asip:ci-sis:2010:StatusType:Deleted"


def add(
    parent: etree._Element, namespace: str, name: str, text: str | None = None, /, **attributes: str
) -> etree._Element:
    """A child element of its parent, in a namespace that the parent may not know yet."""
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    element.text = text
    return element


def text_of(element: etree._Element | None) -> str:
    """All the text of an element, trimmed: a comment inside does not cut it short."""
    return "" if element is None else str(element.xpath("string()")).strip()
