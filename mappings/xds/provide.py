"""ITI-41 Provide and Register Document Set-b: the request, its document by reference (XOP).

IHE ITI TF-2 3.41; MTOM/XOP: the bytes travel beside the envelope, in ``mtom``.
"""

from lxml import etree

from mappings import hardened_xml
from mappings.xds.namespaces import XDSB, XOP, add


def provide_request(metadata: bytes, *, entry_uuid: str, content_id: str) -> etree._Element:
    """Body of the request around a sealed ``lcm:SubmitObjectsRequest``; the document is part ``content_id``."""
    request = etree.Element(f"{{{XDSB}}}ProvideAndRegisterDocumentSetRequest", nsmap={"xdsb": XDSB})
    request.append(hardened_xml.parse(metadata))
    document = add(request, XDSB, "Document", id=entry_uuid)
    etree.SubElement(document, f"{{{XOP}}}Include", {"href": f"cid:{content_id}"}, nsmap={"xop": XOP})
    return request
