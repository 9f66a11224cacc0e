"""ITI-18 Registry Stored Query, GetDocuments by uniqueId: is our document there, and under which entryUUID?

IHE ITI TF-2 3.18.4.1.2.3.7.5.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from mappings.xds.namespaces import QUERY, RIM, add
from mappings.xds.response import RegistryAnswer, read_registry_response

_GET_DOCUMENTS: Final = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
_ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocument:
    """A DocumentEntry as the registry holds it; empty = not said."""

    entry_uuid: str
    unique_id: str
    #: ``urn:oasis:names:tc:ebxml-regrep:StatusType:Approved`` or ``…:Deprecated``.
    status: str
    repository_unique_id: str
    #: SHA-1, hexadecimal, lower case.
    hash: str
    #: Length in bytes; None when not said.
    size: int | None


def get_documents_request(unique_id: str) -> etree._Element:
    nsmap = {"query": QUERY, "rim": RIM}
    request = etree.Element(f"{{{QUERY}}}AdhocQueryRequest", nsmap=nsmap)
    add(request, QUERY, "ResponseOption", returnComposedObjects="true", returnType="LeafClass")
    query = add(request, RIM, "AdhocQuery", id=_GET_DOCUMENTS)
    slot = add(query, RIM, "Slot", name="$XDSDocumentEntryUniqueId")
    # an OID holds no quote; a list, hence the parentheses
    add(add(slot, RIM, "ValueList"), RIM, "Value", f"('{unique_id}')")
    return request


def read_query_response(body: etree._Element) -> tuple[RegistryAnswer, tuple[FoundDocument, ...]]:
    objects = body.iterfind(f"{{{RIM}}}RegistryObjectList/{{{RIM}}}ExtrinsicObject")
    return read_registry_response(body), tuple(_found(entry) for entry in objects)


def _found(entry: etree._Element) -> FoundDocument:
    size = _slot(entry, "size")
    return FoundDocument(
        entry_uuid=entry.get("id", ""),
        unique_id=next(
            (
                identifier.get("value", "")
                for identifier in entry.iterfind(f"{{{RIM}}}ExternalIdentifier")
                if identifier.get("identificationScheme") == _ENTRY_UNIQUE_ID
            ),
            "",
        ),
        status=entry.get("status", ""),
        repository_unique_id=_slot(entry, "repositoryUniqueId"),
        hash=_slot(entry, "hash").lower(),
        size=int(size) if size.isascii() and size.isdigit() else None,
    )


def _slot(entry: etree._Element, name: str) -> str:
    for slot in entry.iterfind(f"{{{RIM}}}Slot"):
        if slot.get("name") == name:
            return (slot.findtext(f"{{{RIM}}}ValueList/{{{RIM}}}Value") or "").strip()
    return ""
