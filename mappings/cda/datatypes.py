"""HL7 V3 datatypes as CDA R2 spells them in XML: II, CE, TS, IVL_TS, AD, TEL, PN.

HL7 CDA R2 (2005) with the CI-SIS restrictions, « Structuration minimale » 1.16.8, types de données.
"""

import datetime as dt
import re
import uuid
from typing import Final

from lxml import etree

from mappings.codes import oids
from mappings.domain.people import Address, Organization, Practitioner
from mappings.domain.report import ActReport

_V3: Final = "urn:hl7-org:v3"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_TYPE: Final = f"{{{_XSI}}}type"
_SEPARATORS: Final = re.compile(r"[\s.\-()]")


def root_element(name: str) -> etree._Element:
    # lxml-stubs do not know the default namespace
    return etree.Element(f"{{{_V3}}}{name}", nsmap={None: _V3, "xsi": _XSI})  # type: ignore[dict-item]  # the stubs want no default


def add(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_V3}}}{name}", attributes)
    element.text = text
    return element


def add_id(parent: etree._Element, root: str, extension: str, name: str = "id") -> None:
    add(parent, name, root=root, extension=extension)


def add_code(
    parent: etree._Element, name: str, code: str, display: str, system: str, original_text: str = ""
) -> etree._Element:
    element = add(parent, name, code=code, displayName=display, codeSystem=system)
    if original_text:
        add(element, "originalText", original_text)
    return element


def add_uncoded(parent: etree._Element, name: str, original_text: str) -> None:
    """Words for which no code exists: OTH, the one nullFlavor under which a CE keeps its words."""
    add(add(parent, name, nullFlavor="OTH"), "originalText", original_text)


def add_templates(parent: etree._Element, *roots: str) -> None:
    for root in roots:
        add(parent, "templateId", root=root)


def add_unique_id(parent: etree._Element, report: ActReport, part: str) -> None:
    """Of a part of a document: drawn from the document's own, so that equal reports give equal bytes."""
    add(parent, "id", root=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{report.unique_id}/{part}")).upper())


def add_reference(parent: etree._Element, place: str) -> None:
    """To a place of the narrative."""
    add(parent, "reference", value=f"#{place}")


def typed_value(parent: etree._Element, datatype: str, /, **attributes: str) -> etree._Element:
    element = add(parent, "value", **attributes)
    element.set(_TYPE, datatype)
    return element


def timestamp(instant: dt.datetime) -> str:
    """To the second, with the offset: ``20261116103512+0100``."""
    return f"{instant.year:04}{instant:%m%d%H%M%S%z}"


def day(date: dt.date) -> str:
    return f"{date.year:04}{date:%m%d}"


def add_interval(parent: etree._Element, name: str, start: dt.datetime, end: dt.datetime) -> None:
    interval = add(parent, name)
    add(interval, "low", value=timestamp(start))
    add(interval, "high", value=timestamp(end))


def address_lines(address: Address) -> tuple[str, ...]:
    """The free lines, then postal code and city: free lines and structured parts must not be mixed."""
    place = f"{address.postal_code} {address.city}".strip()
    return (*filter(None, address.lines), *([place] if place else []))


def add_address(parent: etree._Element, address: Address | None, use: str) -> None:
    lines = address_lines(address) if address else ()
    if not lines:
        add(parent, "addr", nullFlavor="NASK")
        return
    element = add(parent, "addr", use=use)
    for line in lines:
        add(element, "streetAddressLine", line)


def phone_number(phone: str) -> str:
    """The number without the spaces, dots and brackets that people write."""
    return _SEPARATORS.sub("", phone)


def add_telecoms(parent: etree._Element, *, mailbox: str, phone: str, use: str) -> None:
    if mailbox:
        add(parent, "telecom", value=f"mailto:{mailbox}", use=use)
    if phone:
        add(parent, "telecom", value=f"tel:{phone_number(phone)}", use=use)
    if not mailbox and not phone:
        add(parent, "telecom", nullFlavor="NASK")


def add_professional_id(parent: etree._Element, practitioner: Practitioner) -> None:
    add_id(parent, oids.PROFESSIONAL, f"8{practitioner.rpps}")


def add_person(parent: etree._Element, name: str, practitioner: Practitioner) -> None:
    element = add(add(parent, name), "name")
    if practitioner.prefix:
        add(element, "prefix", practitioner.prefix)
    if practitioner.given:
        add(element, "given", practitioner.given)
    add(element, "family", practitioner.family)
    if practitioner.suffix:
        add(element, "suffix", practitioner.suffix)


def add_organization(parent: etree._Element, name: str, organization: Organization) -> etree._Element:
    element = add(parent, name)
    add_id(element, oids.STRUCTURE, f"1{organization.finess}")
    add(element, "name", organization.name)
    return element
