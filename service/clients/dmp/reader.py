"""Consulting the shared record over XDS.b: what ``consult`` gives, in the words that every road to a record shares."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mappings.domain.shared import SharedDocument
from mappings.xds.composites import unescaped
from mappings.xds.found import Author, DocumentEntry
from mappings.xds.namespaces import APPROVED
from mappings.xds.signature import DSIG
from service.clients.consulting import Asking, Listing, Retrieved, Unread
from service.clients.dmp.consult import find, first_day, get_documents, retrieve
from service.clients.dmp.identity import sender_for
from service.clients.dmp.send import Access, SharedRecord

_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class DmpReader:
    """The record, read by a professional in person: a structure that comes alone reads nothing."""

    record: SharedRecord

    def find(self, asking: Asking, *, older: bool = False) -> Listing | Unread:
        """TD3.1, over the last two years: no search goes further back unasked."""
        access = self._access(asking)
        since = None if older else first_day(access)
        found = find(access, since=since, older=older)
        if not found.answered:
            return Unread(found.code)
        # The signature of a submission set is a proof that travels beside documents, and is none.
        documents = tuple(_told(one) for one in found.documents if one.format_code.code != DSIG)
        return Listing(documents, whole=True, since=since)

    def retrieve(self, asking: Asking, document: SharedDocument) -> Retrieved | Unread:
        """TD3.2; the entry is asked for again, for its bytes are held against it."""
        access = self._access(asking)
        found = get_documents(access, [document.unique_id])
        entries = [one for one in found.documents if one.entry_uuid == document.entry]
        if not found.answered or len(entries) != 1:
            return Unread(found.code or "other-document")
        got = retrieve(access, entries[0])
        return Retrieved(got.mime_type, got.content) if got.answered else Unread(got.code)

    def _access(self, asking: Asking) -> Access:
        sender = sender_for(asking.practitioner, asking.organization)
        return Access(record=self.record, sender=sender, patient=asking.patient)


def _told(entry: DocumentEntry) -> SharedDocument:
    return SharedDocument(
        unique_id=entry.unique_id,
        status="current" if entry.status == APPROVED else entry.status.rpartition(":")[2].lower(),
        title=entry.title,
        kind=entry.type_code.display,
        kind_code=entry.type_code.code,
        authors=tuple(filter(None, _authors(entry.authors))),
        created_at=entry.created_at,
        mime_type=entry.mime_type.lower(),
        size=entry.size,
        sha1=bytes.fromhex(entry.hash) if _HEXADECIMAL.fullmatch(entry.hash) else b"",
        labels=frozenset(code.code for code in entry.confidentiality),
        where=entry.repository_unique_id,
        entry=entry.entry_uuid,
    )


def _authors(authors: Iterable[Author]) -> Iterable[str]:
    """XCN and XON in words; numbers are left out."""
    for author in authors:
        person = author.person.split("^")
        name = " ".join(unescaped(part) for part in reversed(person[1:3]) if part)
        yield ", ".join(filter(None, (name, unescaped(author.institution.split("^")[0]))))
