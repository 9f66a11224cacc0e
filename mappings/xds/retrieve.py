"""ITI-43 Retrieve Document Set: ask a repository for a document, read what came back.

IHE ITI TF-2 3.43; the document lies in the answer as base64 or beside it as an XOP part.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from mappings.issues import Issue, Refused
from mappings.xds.mtom import included_part
from mappings.xds.namespaces import RS, XDSB, add, text_of
from mappings.xds.response import RegistryAnswer, read_registry_response


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedDocument:
    repository_unique_id: str
    unique_id: str
    mime_type: str
    content: bytes


def retrieve_request(*, repository_unique_id: str, unique_id: str) -> etree._Element:
    request = etree.Element(f"{{{XDSB}}}RetrieveDocumentSetRequest", nsmap={"xdsb": XDSB})
    document = add(request, XDSB, "DocumentRequest")
    add(document, XDSB, "RepositoryUniqueId", repository_unique_id)
    add(document, XDSB, "DocumentUniqueId", unique_id)
    return request


def read_retrieve_response(
    body: etree._Element, parts: Mapping[str, bytes]
) -> tuple[RegistryAnswer, tuple[RetrievedDocument, ...]]:
    response = body.find(f"{{{RS}}}RegistryResponse")
    if response is None:
        raise Refused(_fault("La réponse ne contient pas de RegistryResponse."))
    documents = tuple(_document(element, parts) for element in body.iterfind(f"{{{XDSB}}}DocumentResponse"))
    return read_registry_response(response), documents


def _document(response: etree._Element, parts: Mapping[str, bytes]) -> RetrievedDocument:
    document = response.find(f"{{{XDSB}}}Document")
    if document is None:
        raise Refused(_fault("Une DocumentResponse ne contient pas de document."))
    content = included_part(document, parts)
    if content is None:
        try:
            content = base64.b64decode("".join((document.text or "").split()), validate=True)
        except ValueError:
            raise Refused(_fault("Le document de la réponse n’est pas en base64.")) from None
    return RetrievedDocument(
        repository_unique_id=_text(response, "RepositoryUniqueId"),
        unique_id=_text(response, "DocumentUniqueId"),
        mime_type=_text(response, "mimeType"),
        content=content,
    )


def _text(parent: etree._Element, name: str) -> str:
    return text_of(parent.find(f"{{{XDSB}}}{name}"))


def _fault(text: str) -> Issue:
    return Issue("structure", "", text, "IHE ITI TF-2 3.43")
