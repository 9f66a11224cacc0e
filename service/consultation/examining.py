"""A document of the shared record, examined before anybody sees it: shown as text, offered as a file, or set aside.

Everything about it is a stranger's: the type it claims, its hash, its content. What is set aside is named, with the
reason, and nothing of its content is shown. Pure; nothing is learnt from it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mappings.cda.shown import LINES, clinical_text
from mappings.domain.people import Ins
from mappings.domain.shared import SharedDocument, ShownSection
from mappings.issues import Refused
from service.clients.consulting import Retrieved
from service.consultation import pdf

_CDA: Final = frozenset({"text/xml", "application/xml", "application/hl7-cda+xml", "application/cda+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What may be shown. ``set_aside`` says why nothing is; the rest is then empty."""

    set_aside: str = ""
    kind: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    sections: tuple[ShownSection, ...] = ()
    #: A PDF that may be offered as a file.
    file: bytes = field(default=b"", repr=False)
    #: Why an enclosed file is not.
    file_set_aside: str = ""


def examined(document: SharedDocument, got: Retrieved, ins: Ins) -> Examined:
    """``ins`` is of the patient for whom the record was asked."""
    wrong = _other_bytes(document, got.content)
    if wrong:
        return Examined(set_aside=wrong)
    # The record's entry decides, not whoever transports the bytes.
    kind = document.mime_type or got.mime_type
    if kind in _CDA:
        return _clinical(document, got.content, ins)
    reading = _KINDS.get(kind)
    if reading is None:
        return Examined(set_aside=f"Ce type de fichier n’est pas montré ici : {_named(kind)}.")
    return reading(got.content)


def _other_bytes(document: SharedDocument, content: bytes) -> str:
    if not document.sha1:
        return "Le dossier ne dit pas l’empreinte du document : rien ne prouve que c’est bien lui."
    # Not a signature: IHE identifies content by SHA-1.
    if hashlib.sha1(content, usedforsecurity=False).digest() != document.sha1:
        return "Les octets reçus ne sont pas ceux que le dossier annonce (empreinte différente)."
    if document.size is not None and document.size != len(content):
        return "Les octets reçus ne sont pas ceux que le dossier annonce (taille différente)."
    return ""


def _clinical(document: SharedDocument, content: bytes, ins: Ins) -> Examined:
    try:
        read = clinical_text(content)
    except Refused as refused:
        return Examined(set_aside=refused.issues[0].text)
    if read.unique_id != document.unique_id:
        return Examined(set_aside="Le fichier porte un autre identifiant que celui annoncé par le dossier.")
    if (ins.oid, ins.value) not in read.patients:
        return Examined(set_aside="Le document ne désigne pas ce patient par son INS : il peut être celui d’un autre.")
    shown = Examined(kind=read.kind, title=read.title, authors=read.authors, sections=read.sections)
    if not read.enclosed_type:
        return shown
    reading = _KINDS.get(read.enclosed_type)
    if reading is None:
        aside = f"Ce type de fichier n’est pas montré ici : {_named(read.enclosed_type)}."
        return Examined(kind=read.kind, title=read.title, authors=read.authors, file_set_aside=aside)
    body = reading(read.enclosed)
    return Examined(
        kind=read.kind,
        title=read.title,
        authors=read.authors,
        sections=body.sections,
        file=body.file,
        file_set_aside=body.set_aside,
    )


def _pdf(content: bytes) -> Examined:
    wrong = pdf.refusal(content)
    return Examined(set_aside=wrong) if wrong else Examined(file=content)


def _plain_text(content: bytes) -> Examined:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return Examined(set_aside="Le texte n’est pas en UTF-8.")
    lines = tuple("".join(c for c in line if c.isprintable()) for line in text.splitlines()[:LINES])
    return Examined(sections=(ShownSection(title="", lines=lines),))


_KINDS: Final[Mapping[str, Callable[[bytes], Examined]]] = {"application/pdf": _pdf, "text/plain": _plain_text}


def _named(kind: str) -> str:
    """A type by its name, as far as it is a name."""
    return kind if kind and len(kind) < 80 and all(c.isalnum() or c in "/+.-" for c in kind) else "type inconnu"
