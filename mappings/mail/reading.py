"""The one reading of a mail: what kind it claims to be, what it answers, what it carries, what is wrong with it. Pure.

What a mail says of itself is kept as a claim. Only what may be shown leaves here, in bounds; identities in documents do
not.
"""

import re
from dataclasses import asdict, dataclass
from email.message import Message
from enum import StrEnum
from typing import Any, Final

from mappings.codes import systems
from mappings.mail.headers import address, deceives, is_automatic, message_ids, message_ids_in, text
from mappings.mail.message import Attachment, Unreadable, attachments, opened, plain_text
from mappings.mail.notices import Notice, Said, is_notice_like, notice_of
from mappings.mail.xdm import ReceivedDocument, archive_of, cda_of

_MSS_CODES: Final = re.compile(r"[0-9A-Z.-]{1,20}(\s*,\s*[0-9A-Z.-]{1,20})*")
_INS_ROOTS: Final = (systems.INS_NIR_OID, systems.INS_NIA_OID, systems.INS_TEST_OID, systems.INS_DEMO_OID)


class Kind(StrEnum):
    """What a mail claims to be."""

    #: A notice that says what became of a mail.
    NOTICE = "notice"
    #: It comes from a mail system and speaks of a failure in words alone.
    BOUNCE = "bounce"
    #: An answering machine.
    AUTOMATIC = "automatic"
    #: Somebody answers a mail.
    REPLY = "reply"
    #: It carries documents.
    DOCUMENT = "document"
    #: Anything else.
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One mail, read."""

    kind: Kind
    message_id: str
    #: The box that says it wrote; empty when it is not one plain address.
    sender: str
    subject: str
    #: Message-IDs that it answers, the nearest first; those that its words quote, for a bounce without structure.
    answers: tuple[str, ...]
    text: str
    notice: Notice | None = None
    documents: tuple[ReceivedDocument, ...] = ()
    #: (name, media type, bytes) of what it carries.
    attached: tuple[tuple[str, str, int], ...] = ()
    #: Why it must be looked at before anything is done with it.
    faults: tuple[str, ...] = ()


def reading_of(raw: bytes) -> Reading:
    """``Unreadable`` when it is not to be opened."""
    message = opened(raw)
    notice = notice_of(message)
    carried = [] if notice else attachments(message)
    documents, faults = _documents(message, carried)
    answered = (*message_ids(message, "In-Reply-To"), *reversed(message_ids(message, "References")))
    said = plain_text(message)
    kind = _kind(message, notice, bool(answered), bool(documents or faults))
    if kind is Kind.BOUNCE and not answered:
        answered = message_ids_in(said)
    own = message_ids(message, "Message-ID")
    return Reading(
        kind=kind,
        message_id=own[0] if len(own) == 1 else "",
        sender=address(message, "From"),
        subject=text(message, "Subject"),
        answers=tuple(dict.fromkeys(answered)),
        text=said,
        notice=notice,
        documents=documents,
        attached=tuple((one.name, one.media_type, len(one.content)) for one in carried),
        faults=faults,
    )


def _kind(message: Message, notice: Notice | None, answers: bool, carries: bool) -> Kind:
    if notice is not None:
        return Kind.NOTICE
    if is_notice_like(message):
        return Kind.BOUNCE
    if is_automatic(message):
        return Kind.AUTOMATIC
    if carries:
        return Kind.DOCUMENT
    return Kind.REPLY if answers else Kind.OTHER


def _documents(message: Message, carried: list[Attachment]) -> tuple[tuple[ReceivedDocument, ...], tuple[str, ...]]:
    documents: list[ReceivedDocument] = []
    faults: list[str] = []
    for one in carried:
        if deceives(one.claimed):
            faults.append("name-deceives")
        if one.media_type in ("application/ms-tnef", "application/vnd.ms-tnef") or one.name.lower() == "winmail.dat":
            faults.append("tnef")
        elif one.content.startswith(b"PK") or one.media_type == "application/zip" or one.name.lower().endswith(".zip"):
            found = archive_of(one.content)
            documents += found.documents
            faults += found.faults
        elif one.media_type in ("text/xml", "application/xml") or one.name.lower().endswith(".xml"):
            document, wrong = cda_of(one.content)
            faults += wrong
            if document is not None:
                documents.append(document)
    if documents and not faults:
        faults += _contradictions(message, documents)
    return tuple(documents), tuple(dict.fromkeys(faults))


def _contradictions(message: Message, documents: list[ReceivedDocument]) -> list[str]:
    """What the X-MSS headers say and the documents deny (Référentiel #2, § 3.8); an absent header denies nothing."""
    codes, ins = text(message, "X-MSS-CODECDA"), text(message, "X-MSS-INS")
    wrong = []
    if codes:
        told = {code.strip() for code in codes.split(",")} if _MSS_CODES.fullmatch(codes) else set()
        if told != {document.type_code for document in documents}:
            wrong.append("mss-code")
    if ins == "O" and any(document.patient_root not in _INS_ROOTS for document in documents):
        wrong.append("mss-ins")
    return wrong


def told(reading: Reading) -> dict[str, Any]:
    """A reading as plain values, to be handed from one process to another."""
    return asdict(reading)


def told_again(values: dict[str, Any]) -> Reading:
    """The inverse of ``told``; a ``ValueError``, ``KeyError`` or ``TypeError`` when the values are none."""
    notice = values.get("notice")
    return Reading(
        kind=Kind(values["kind"]),
        message_id=str(values["message_id"]),
        sender=str(values["sender"]),
        subject=str(values["subject"]),
        answers=tuple(map(str, values["answers"])),
        text=str(values["text"]),
        notice=Notice(**{**notice, "said": Said(notice["said"]), "recipients": tuple(notice["recipients"])})
        if notice
        else None,
        documents=tuple(ReceivedDocument(**one) for one in values["documents"]),
        attached=tuple((str(name), str(type_), int(size)) for name, type_, size in values["attached"]),
        faults=tuple(map(str, values["faults"])),
    )


__all__ = ["Kind", "Reading", "Unreadable", "reading_of", "told", "told_again"]
