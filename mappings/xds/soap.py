"""SOAP 1.2 envelopes with WS-Addressing, both ways; a fault is a value.

W3C SOAP 1.2 part 1, WS-Addressing 1.0 SOAP binding; IHE ITI TF-2 appendix V.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from mappings import hardened_xml
from mappings.issues import Issue, Refused
from mappings.xds.namespaces import ADDRESSING, SECURITY, SOAP, add, text_of

_ANONYMOUS: Final = "http://www.w3.org/2005/08/addressing/anonymous"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_SHAPES: Final = ([f"{{{SOAP}}}Body"], [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"])
_UNDERSTOOD: Final = f"{{{SOAP}}}mustUnderstand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A SOAP fault: local names of its codes, its words."""

    #: ``Sender``, ``Receiver``, ``MustUnderstand``, ``VersionMismatch`` or ``DataEncodingUnknown``.
    code: str
    #: Local names, outermost first.
    subcodes: tuple[str, ...] = ()
    #: The receiver's own words: may quote an identity, never to be logged.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapMessage:
    """An envelope, read; empty = the header is absent."""

    action: str
    message_id: str
    relates_to: str
    #: Children of ``wsse:Security``, as they came.
    security: tuple[etree._Element, ...]
    #: The one child of the body, or the fault it holds.
    body: etree._Element | Fault


def envelope(
    body: etree._Element,
    *,
    action: str,
    to: str,
    message_id: str,
    security: etree._Element | None = None,
    relates_to: str = "",
) -> bytes:
    """UTF-8 bytes. ``security`` (a signed assertion) goes inside ``wsse:Security``; appended, never copied."""
    nsmap = {"soap": SOAP, "wsa": ADDRESSING}
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=nsmap)
    header = add(root, SOAP, "Header")
    if security is not None:
        holder = etree.SubElement(header, f"{{{SECURITY}}}Security", {_UNDERSTOOD: "true"}, nsmap={"wsse": SECURITY})
        holder.append(security)
    add(header, ADDRESSING, "Action", action).set(_UNDERSTOOD, "true")
    add(header, ADDRESSING, "MessageID", message_id)
    add(header, ADDRESSING, "To", to).set(_UNDERSTOOD, "true")
    if relates_to:
        add(header, ADDRESSING, "RelatesTo", relates_to)
    else:
        add(add(header, ADDRESSING, "ReplyTo"), ADDRESSING, "Address", _ANONYMOUS)
    add(root, SOAP, "Body").append(body)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def fault_body(fault: Fault) -> etree._Element:
    """The fault as an element; subcodes in the namespace of SOAP itself."""
    root = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    code = add(root, SOAP, "Code")
    add(code, SOAP, "Value", f"soap:{fault.code}")
    for subcode in fault.subcodes:
        code = add(code, SOAP, "Subcode")
        add(code, SOAP, "Value", f"soap:{subcode}")
    add(add(root, SOAP, "Reason"), SOAP, "Text", fault.reason).set(_LANG, "fr")
    return root


def read_envelope(data: bytes) -> SoapMessage:
    """``Refused`` unless it is an envelope of a header, or none, then one body of one element, and nothing else.

    SOAP 1.2 part 1, section 5.1 (https://www.w3.org/TR/soap12-part1/#soapenvelope).
    """
    root = hardened_xml.parse(data)
    parts = _elements(root)
    elements = _elements(parts[-1]) if [part.tag for part in parts] in _SHAPES else []
    if root.tag != f"{{{SOAP}}}Envelope" or len(elements) != 1:
        raise Refused(
            Issue("structure", "", "Le message n’est pas une enveloppe SOAP 1.2 à un seul corps.", "SOAP 1.2")
        )
    content = elements[0]
    header = f"{{{SOAP}}}Header"
    return SoapMessage(
        action=_header(root, "Action"),
        message_id=_header(root, "MessageID"),
        relates_to=_header(root, "RelatesTo"),
        security=tuple(
            child for child in root.iterfind(f"{header}/{{{SECURITY}}}Security/*") if isinstance(child.tag, str)
        ),
        body=_fault(content) if content.tag == f"{{{SOAP}}}Fault" else content,
    )


def _elements(parent: etree._Element) -> list[etree._Element]:
    return [child for child in parent if isinstance(child.tag, str)]


def _header(root: etree._Element, name: str) -> str:
    return text_of(root.find(f"{{{SOAP}}}Header/{{{ADDRESSING}}}{name}"))


def _fault(element: etree._Element) -> Fault:
    code = element.find(f"{{{SOAP}}}Code")
    names = []
    while code is not None:
        value = code.findtext(f"{{{SOAP}}}Value") or ""
        names.append(value.strip().rpartition(":")[2])
        code = code.find(f"{{{SOAP}}}Subcode")
    return Fault(
        code=names[0] if names else "",
        subcodes=tuple(names[1:]),
        reason=(element.findtext(f"{{{SOAP}}}Reason/{{{SOAP}}}Text") or "").strip(),
    )
