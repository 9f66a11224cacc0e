"""HL7 V3 datatypes as CDA R2 spells them in XML: II, CE, TS, IVL_TS, AD, TEL, PN.

HL7 CDA R2 (2005) with the CI-SIS restrictions, « Structuration minimale » 1.16.8, types de données.
"""

import datetime as dt
import hashlib
import re
import uuid
from functools import lru_cache
from typing import Final

from mappings.codes import oids
from mappings.domain.people import Address, Organization, Practitioner
from mappings.domain.report import ActReport
from mappings.markup import Element, leaf

_V3: Final = "urn:hl7-org:v3"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_OIDS: Final = uuid.NAMESPACE_OID.bytes
_SEPARATORS: Final = re.compile(r"[\s.\-()]")


def root_element(name: str) -> Element:
    return Element(name, {"xmlns": _V3, "xmlns:xsi": _XSI})


def add_id(parent: Element, root: str, extension: str, name: str = "id") -> None:
    parent.leaf(name, root=root, extension=extension)


def add_code(parent: Element, name: str, code: str, display: str, system: str, original_text: str = "") -> Element:
    element = parent.add(name, code=code, displayName=display, codeSystem=system)
    if original_text:
        element.leaf("originalText", original_text)
    return element


def add_uncoded(parent: Element, name: str, original_text: str) -> None:
    """Words for which no code exists: OTH, the one nullFlavor under which a CE keeps its words."""
    parent.add(name, nullFlavor="OTH").leaf("originalText", original_text)


def add_templates(parent: Element, *roots: str) -> None:
    parent.take(_templates(roots))


@lru_cache(maxsize=256)
def _templates(roots: tuple[str, ...]) -> str:
    return "".join([leaf("templateId", root=root) for root in roots])


def add_unique_id(parent: Element, report: ActReport, part: str) -> None:
    """Of a part of a document: drawn from the document's own, so that equal reports give equal bytes."""
    parent.take(f'<id root="{named_uuid(f"{report.unique_id}/{part}")}"/>')


def named_uuid(name: str) -> str:
    """Version 5 below the namespace of OIDs, upper case (RFC 9562 section 5.5): a third of what ``uuid`` takes for it."""
    digest = bytearray(hashlib.sha1(_OIDS + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    digits = digest.hex().upper()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def add_reference(parent: Element, name: str, place: str) -> None:
    """Words of which all that is said is where they stand in the narrative."""
    parent.take(f'<{name}><reference value="#{place}"/></{name}>')


def typed_value(parent: Element, datatype: str, /, **attributes: str) -> Element:
    return parent.add("value", **attributes, **{"xsi:type": datatype})


def timestamp(instant: dt.datetime) -> str:
    """To the second, with the offset: ``20261116103512+0100``."""
    return f"{instant.year:04}{instant:%m%d%H%M%S%z}"


def day(date: dt.date) -> str:
    return f"{date.year:04}{date:%m%d}"


def add_interval(parent: Element, name: str, start: dt.datetime, end: dt.datetime) -> None:
    interval = parent.add(name)
    interval.leaf("low", value=timestamp(start))
    interval.leaf("high", value=timestamp(end))


def address_lines(address: Address) -> tuple[str, ...]:
    """The free lines, then postal code and city: free lines and structured parts must not be mixed."""
    place = f"{address.postal_code} {address.city}".strip()
    return (*filter(None, address.lines), *([place] if place else []))


def add_address(parent: Element, address: Address | None, use: str) -> None:
    lines = address_lines(address) if address else ()
    if not lines:
        parent.leaf("addr", nullFlavor="NASK")
        return
    element = parent.add("addr", use=use)
    for line in lines:
        element.leaf("streetAddressLine", line)


def phone_number(phone: str) -> str:
    """The number without the spaces, dots and brackets that people write."""
    return _SEPARATORS.sub("", phone)


def add_telecoms(parent: Element, *, mailbox: str, phone: str, use: str) -> None:
    if mailbox:
        parent.leaf("telecom", value=f"mailto:{mailbox}", use=use)
    if phone:
        parent.leaf("telecom", value=f"tel:{phone_number(phone)}", use=use)
    if not mailbox and not phone:
        parent.leaf("telecom", nullFlavor="NASK")


def add_professional_id(parent: Element, practitioner: Practitioner) -> None:
    add_id(parent, oids.PROFESSIONAL, f"8{practitioner.rpps}")


def add_person(parent: Element, name: str, practitioner: Practitioner) -> None:
    element = parent.add(name).add("name")
    if practitioner.prefix:
        element.leaf("prefix", practitioner.prefix)
    if practitioner.given:
        element.leaf("given", practitioner.given)
    element.leaf("family", practitioner.family)
    if practitioner.suffix:
        element.leaf("suffix", practitioner.suffix)


def add_organization(parent: Element, name: str, organization: Organization) -> Element:
    element = parent.add(name)
    add_id(element, oids.STRUCTURE, f"1{organization.finess}")
    element.leaf("name", organization.name)
    return element
