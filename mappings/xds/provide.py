"""ITI-41 Provide and Register Document Set-b: the request, its documents by reference (XOP).

IHE ITI TF-2 3.41; MTOM/XOP: the bytes travel beside the envelope, in ``mtom``.
"""

from collections.abc import Mapping

from lxml import etree

from mappings import hardened_xml
from mappings.xds.namespaces import XDSB, XOP, add


def provide_request(metadata: bytes | etree._Element, documents: Mapping[str, str]) -> etree._Element:
    """Body of the request around a sealed ``lcm:SubmitObjectsRequest``; ``documents``: id of an entry → its part.

    What was read already is moved into the request, not copied.
    """
    request = etree.Element(f"{{{XDSB}}}ProvideAndRegisterDocumentSetRequest", nsmap={"xdsb": XDSB})
    request.append(hardened_xml.parse(metadata) if isinstance(metadata, bytes) else metadata)
    for entry, content_id in documents.items():
        document = add(request, XDSB, "Document", id=entry)
        etree.SubElement(document, f"{{{XOP}}}Include", {"href": f"cid:{content_id}"}, nsmap={"xop": XOP})
    return request
