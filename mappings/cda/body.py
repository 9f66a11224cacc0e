"""Level 1 body: the PDF/A-1 in base64 (CI-SIS « Structuration minimale » 1.16.8, corps non structuré)."""

import base64

from lxml import etree

from mappings.cda.datatypes import add


def add_body(document: etree._Element, pdf: bytes) -> None:
    body = add(add(document, "component"), "nonXMLBody")
    add(body, "text", base64.b64encode(pdf).decode("ascii"), mediaType="application/pdf", representation="B64")
