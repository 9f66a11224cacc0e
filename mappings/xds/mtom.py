"""MTOM/XOP: a SOAP envelope and the documents it points at, in one multipart/related message, both ways.

W3C MTOM and XOP 1.0 (2005), RFC 2387; IHE ITI TF-2 appendix V. Strict: every part has its own content-id,
the root is the one named by ``start``, nothing lies outside the boundaries, no transfer encoding is undone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Final
from urllib.parse import unquote

from lxml import etree

from mappings.issues import Issue, IssueCode, Refused
from mappings.xds.namespaces import XOP

ROOT_ID: Final = "root.message@binome.example"
#: Largest message read, in bytes.
SIZE: Final = 25_000_000
_PARTS: Final = 20
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")
_CONTENT_ID: Final = re.compile(r"[!-;=?-~]{1,250}")
_UNENCODED: Final = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """The envelope and its parts by content-id (without angle brackets)."""

    root: bytes
    parts: Mapping[str, bytes]


def build(root: bytes, parts: Mapping[str, bytes], *, boundary: str, action: str) -> tuple[str, bytes]:
    """Value of Content-Type, then the body. ``boundary`` comes from the caller and must occur in no part."""
    assert _BOUNDARY.fullmatch(boundary), "not a boundary"
    assert all(boundary.encode() not in part for part in (root, *parts.values())), "the boundary occurs in a part"
    delimiter = f"--{boundary}\r\n".encode()
    root_type = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
    pieces = [delimiter, _headers(root_type, ROOT_ID), root, b"\r\n"]
    for content_id, part in parts.items():
        assert _CONTENT_ID.fullmatch(content_id), "not a content-id"
        pieces += [delimiter, _headers("application/octet-stream", content_id), part, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    content_type = (
        f'multipart/related; boundary="{boundary}"; type="application/xop+xml"; start="<{ROOT_ID}>"; '
        f'start-info="application/soap+xml"; action="{action}"'
    )
    return content_type, b"".join(pieces)


def parse(content_type: str, body: bytes, *, size: int = SIZE) -> Multipart:
    """A multipart message, or a bare envelope, which has no part beside it."""
    if len(body) > size:
        raise Refused(_fault("Le message dépasse la taille admise.", "too-long"))
    header = Message()
    header["Content-Type"] = " ".join(content_type.split())
    if header.get_content_type() in ("application/soap+xml", "application/xop+xml"):
        return Multipart(root=body, parts={})
    boundary, start = header.get_param("boundary"), header.get_param("start")
    if header.get_content_type() != "multipart/related" or not isinstance(boundary, str):
        raise Refused(_fault("Le message n’est ni une enveloppe SOAP ni un multipart/related."))
    if _BOUNDARY.fullmatch(boundary) is None:
        raise Refused(_fault("La frontière du message multipart est mal formée."))
    parts = _parts(body, boundary.encode("ascii"))
    # without start, the first part is the root (RFC 2387)
    root_id = _bare(start) if isinstance(start, str) else next(iter(parts))
    if root_id not in parts:
        raise Refused(_fault("La partie désignée par start est absente du message."))
    return Multipart(root=parts.pop(root_id), parts=parts)


def included_part(element: etree._Element, parts: Mapping[str, bytes]) -> bytes | None:
    """Bytes that an element points at by ``xop:Include``; None when it holds no Include."""
    include = element.find(f"{{{XOP}}}Include")
    if include is None:
        return None
    href = include.get("href", "")
    content_id = unquote(href.removeprefix("cid:"))
    if not href.startswith("cid:") or content_id not in parts:
        raise Refused(_fault("Une référence xop:Include désigne une partie absente du message."))
    return parts[content_id]


def _headers(content_type: str, content_id: str) -> bytes:
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n".encode()


def _parts(body: bytes, boundary: bytes) -> dict[str, bytes]:
    # a delimiter is always preceded by the end of a line, which belongs to it (RFC 2046 5.1.1)
    # No more than can be taken, and what is left over: a boundary of one letter may occur a million times.
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, _PARTS + 2)
    preamble, *contents, epilogue = pieces if len(pieces) > 2 else (b"", b"")
    if len(contents) > _PARTS:
        raise Refused(_fault("Le message multipart compte trop de parties.", "too-costly"))
    if not contents or preamble.strip() or epilogue.strip() != b"--":
        raise Refused(_fault("Le message multipart n’a pas de fin, ou contient des octets hors de ses parties."))
    parts: dict[str, bytes] = {}
    for piece in contents:
        content_id, content = _part(piece)
        if content_id in parts:
            raise Refused(_fault("Deux parties du message portent le même Content-ID."))
        parts[content_id] = content
    return parts


def _part(piece: bytes) -> tuple[str, bytes]:
    head, separator, content = piece.partition(b"\r\n\r\n")
    padding, _, lines = head.partition(b"\r\n")
    if not separator or padding.strip():
        raise Refused(_fault("Une partie du message n’a pas d’en-têtes."))
    headers: dict[str, str] = {}
    # a folded line belongs to the one above it
    for line in re.sub(rb"\r\n[ \t]+", b" ", lines).split(b"\r\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or name.lower() in headers:
            raise Refused(_fault("Un en-tête de partie est mal formé ou répété."))
        headers[name.lower()] = value.strip()
    content_id = _bare(headers.get("content-id", ""))
    if _CONTENT_ID.fullmatch(content_id) is None:
        raise Refused(_fault("Une partie du message n’a pas de Content-ID valable."))
    if headers.get("content-transfer-encoding", "").lower() not in _UNENCODED:
        raise Refused(_fault("L’encodage de transfert d’une partie n’est pas admis.", "not-supported"))
    return content_id, content


def _bare(content_id: str) -> str:
    return content_id.strip().removeprefix("<").removesuffix(">")


def _fault(text: str, code: IssueCode = "structure") -> Issue:
    return Issue(code, "", text, "W3C XOP 1.0")
