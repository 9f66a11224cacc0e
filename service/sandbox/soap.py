"""SOAP 1.2 with MTOM/XOP as a receiver reads and answers it.

https://www.w3.org/TR/soap12-part1/, https://www.w3.org/TR/soap12-mtom/, https://www.w3.org/TR/xop10/,
IHE ITI TF-2 Appendix V (web services for IHE transactions).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from lxml import etree
from werkzeug.http import parse_options_header

from service.sandbox import grammar

ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XOP: Final = "http://www.w3.org/2004/08/xop/include"

_BOUNDARY: Final = b"sandbox-mime-boundary-5a7c1e"
_ROOT: Final = "root@sandbox.binome.example"


class SoapFault(Exception):
    """A message that gets a SOAP fault instead of an answer of its transaction."""

    def __init__(self, reason: str, *, subcode: str = "", receiver: bool = False) -> None:
        self.reason = reason
        #: Local name of a WS-Security fault code, e.g. ``FailedCheck``.
        self.subcode = subcode
        self.receiver = receiver
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Message:
    """One request: its WS-Addressing action and identifier, its security header, its payload and its attachments."""

    action: str
    message_id: str
    payload: etree._Element
    security: etree._Element | None
    #: Content-ID without angle brackets → bytes.
    attachments: Mapping[str, bytes] = field(default_factory=dict)


def read_message(content_type: str, data: bytes) -> Message:
    """A request, plain (``application/soap+xml``) or packaged (``multipart/related`` of XOP)."""
    media_type, options = parse_options_header(content_type)
    if media_type == "multipart/related":
        root, attachments = _unpack(data, options)
    elif media_type == "application/soap+xml":
        root, attachments = data, {}
    else:
        raise SoapFault("content type is neither application/soap+xml nor multipart/related")
    try:
        envelope = grammar.parse(root)
    except grammar.NotXml as error:
        raise SoapFault(f"envelope: {error}") from error
    return _open(envelope, attachments)


def _open(envelope: etree._Element, attachments: Mapping[str, bytes]) -> Message:
    if envelope.tag != f"{{{ENVELOPE}}}Envelope":
        raise SoapFault("the root is not a SOAP 1.2 Envelope")
    body = envelope.findall(f"{{{ENVELOPE}}}Body")
    if len(body) != 1 or len(body[0]) != 1:
        raise SoapFault("exactly one Body with exactly one element is expected")
    header = envelope.find(f"{{{ENVELOPE}}}Header")
    action = message_id = ""
    security = None
    if header is not None:
        action = (header.findtext(f"{{{ADDRESSING}}}Action") or "").strip()
        message_id = (header.findtext(f"{{{ADDRESSING}}}MessageID") or "").strip()
        security = header.find(f"{{{SECURITY}}}Security")
    if not action or not message_id:
        raise SoapFault("WS-Addressing Action and MessageID are required")
    return Message(action, message_id, body[0][0], security, attachments)


def _unpack(data: bytes, options: Mapping[str, str]) -> tuple[bytes, dict[str, bytes]]:
    """The root part and the other parts by Content-ID; parts are binary (XOP 1.0, section 4)."""
    boundary = options.get("boundary", "").encode("ascii", "replace")
    if not boundary or options.get("type", "").lower() != "application/xop+xml":
        raise SoapFault("multipart without boundary, or of another type than application/xop+xml")
    delimiter = b"\r\n--" + boundary
    pieces = (b"\r\n" + data).split(delimiter)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise SoapFault("truncated multipart")
    parts: dict[str, bytes] = {}
    for piece in pieces[1:-1]:
        head, separator, content = piece.partition(b"\r\n\r\n")
        content_id = _content_id(head)
        if not separator or not content_id or content_id in parts:
            raise SoapFault("a part without headers, without Content-ID, or named twice")
        parts[content_id] = content
    start = options.get("start", "").strip("<>") or next(iter(parts))
    if start not in parts:
        raise SoapFault("the start part is absent")
    return parts.pop(start), parts


def _content_id(head: bytes) -> str:
    content_id = ""
    for line in head.decode("latin-1").replace("\r\n\t", " ").replace("\r\n ", " ").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-id":
            content_id = value.strip().strip("<>")
        if name.strip().lower() == "content-transfer-encoding" and value.strip().lower() not in {"binary", "8bit"}:
            raise SoapFault("a part whose transfer encoding is not binary")
    return content_id


def included_bytes(element: etree._Element, attachments: Mapping[str, bytes]) -> bytes:
    """The content of a base64Binary element: through its ``xop:Include``, or spelt out."""
    include = element.find(f"{{{XOP}}}Include")
    if include is not None:
        href = include.get("href", "")
        content = attachments.get(unquote(href.removeprefix("cid:")))
        if not href.startswith("cid:") or content is None:
            raise SoapFault("xop:Include names a part that is absent")
        return content
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SoapFault("a Document that is not base64") from error


def write_answer(action: str, relates_to: str, payload: etree._Element) -> bytes:
    """The envelope that answers ``relates_to``."""
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"env": ENVELOPE, "wsa": ADDRESSING})
    header = etree.SubElement(envelope, f"{{{ENVELOPE}}}Header")
    etree.SubElement(header, f"{{{ADDRESSING}}}Action").text = action
    etree.SubElement(header, f"{{{ADDRESSING}}}RelatesTo").text = relates_to
    etree.SubElement(envelope, f"{{{ENVELOPE}}}Body").append(payload)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def write_fault(fault: SoapFault) -> bytes:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"env": ENVELOPE, "wsse": SECURITY})
    body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    element = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    code = etree.SubElement(element, f"{{{ENVELOPE}}}Code")
    etree.SubElement(code, f"{{{ENVELOPE}}}Value").text = "env:Receiver" if fault.receiver else "env:Sender"
    if fault.subcode:
        subcode = etree.SubElement(code, f"{{{ENVELOPE}}}Subcode")
        etree.SubElement(subcode, f"{{{ENVELOPE}}}Value").text = f"wsse:{fault.subcode}"
    reason = etree.SubElement(element, f"{{{ENVELOPE}}}Reason")
    text = etree.SubElement(reason, f"{{{ENVELOPE}}}Text")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    text.text = fault.reason
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def package(envelope: bytes, attachments: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """``envelope`` and its attachments (Content-ID → media type and bytes) as XOP, with the content type to announce."""
    parts = [_part(_ROOT, 'application/xop+xml; charset=UTF-8; type="application/soap+xml"', envelope)]
    parts += [_part(name, media_type, content) for name, (media_type, content) in attachments.items()]
    content_type = (
        f'multipart/related; type="application/xop+xml"; boundary="{_BOUNDARY.decode()}"; '
        f'start="<{_ROOT}>"; start-info="application/soap+xml"'
    )
    return b"".join(parts) + b"--" + _BOUNDARY + b"--\r\n", content_type


def _part(content_id: str, media_type: str, content: bytes) -> bytes:
    head = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n"
    return b"--" + _BOUNDARY + b"\r\n" + head.encode() + content + b"\r\n"
