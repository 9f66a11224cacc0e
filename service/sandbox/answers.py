"""What the sandbox's shared record answers, written out: RegistryResponse, AdhocQueryResponse, retrieved documents.

ebRS 3.0; IHE ITI TF-2 3.18, 3.41, 3.43; W3C XOP 1.0.
"""

from typing import Final

from lxml import etree

from service.sandbox import queries
from service.sandbox.faults import Fault
from service.sandbox.registry import REPOSITORY, Registered
from service.sandbox.soap import XOP
from service.sandbox.submission import RIM, XDS, RegistryError

RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
PARTIAL: Final = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
_SEVERITY: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"


def registry_response(errors: list[RegistryError], *, status: str = "") -> etree._Element:
    element = etree.Element(f"{{{RS}}}RegistryResponse", nsmap={"rs": RS})
    element.set("status", status or _STATUS + ("Failure" if errors else "Success"))
    _append_errors(element, errors)
    return element


def _append_errors(element: etree._Element, errors: list[RegistryError]) -> None:
    if not errors:
        return
    container = etree.SubElement(element, f"{{{RS}}}RegistryErrorList", nsmap={"rs": RS}, highestSeverity=_SEVERITY)
    for error in errors:
        etree.SubElement(
            container,
            f"{{{RS}}}RegistryError",
            codeContext=error.context,
            errorCode=error.code,
            severity=_SEVERITY,
            location="sandbox",
        )


def retrieved(
    found: list[Registered],
    errors: list[RegistryError],
    attachments: dict[str, tuple[str, bytes]],
    fault: Fault | None = None,
) -> etree._Element:
    element = etree.Element(f"{{{XDS}}}RetrieveDocumentSetResponse", nsmap={"xds": XDS})
    element.append(registry_response(errors, status=PARTIAL if errors and found else ""))
    for entry, content_id in zip(found, attachments, strict=True):
        response = etree.SubElement(element, f"{{{XDS}}}DocumentResponse")
        etree.SubElement(response, f"{{{XDS}}}RepositoryUniqueId").text = REPOSITORY
        other = fault is not None and fault.kind == "other-document"
        etree.SubElement(response, f"{{{XDS}}}DocumentUniqueId").text = entry.unique_id + (".9" if other else "")
        etree.SubElement(response, f"{{{XDS}}}mimeType").text = entry.mime_type
        document = etree.SubElement(response, f"{{{XDS}}}Document")
        etree.SubElement(document, f"{{{XOP}}}Include", nsmap={"xop": XOP}, href=f"cid:{content_id}")
    return element


def query_response(found: queries.Answer, return_type: str) -> etree._Element:
    element = etree.Element(f"{{{QUERY}}}AdhocQueryResponse", nsmap={"query": QUERY, "rim": RIM})
    element.set("status", _STATUS + ("Failure" if found.errors else "Success"))
    _append_errors(element, found.errors)
    element.append(queries.objects_of(found, return_type))
    return element
