"""A document of a shared record, as the record tells of it: foreign words, to be shown and never to be believed.

Nothing here is an identity of ours: what a record says of a patient is not read at all.
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDocument:
    """One entry of the record; empty, or None, is what was not said or did not read."""

    #: uniqueId: an OID.
    unique_id: str
    #: ``current``, ``superseded``… as FHIR says it.
    status: str
    title: str = ""
    #: Kind of document, in words.
    kind: str = ""
    kind_code: str = ""
    #: Who wrote it, in words, and in which structure.
    authors: tuple[str, ...] = ()
    created_at: dt.datetime | None = None
    mime_type: str = ""
    size: int | None = None
    #: SHA-1 bytes.
    sha1: bytes = b""
    #: Codes of confidentiality and visibility.
    labels: frozenset[str] = frozenset()
    #: True, and no longer of use (PDSm, isArchived; a search of the DMP gives what is in force alone).
    archived: bool = False
    #: Where its bytes are, in the record's own terms: an address (FHIR) or the number of a repository (XDS).
    where: str = ""
    #: What the record calls the entry: a reference (FHIR) or an entryUUID (XDS).
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSection:
    """A titled block of a document, as text alone; ``depth`` is 0 for a section of the body."""

    title: str
    lines: tuple[str, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalText:
    """A CDA as far as it is shown: text, and at most one enclosed file. Of the patient, the INS it names and no trait."""

    #: Root of ``ClinicalDocument/id``; empty when the id has an extension, or is not there.
    unique_id: str
    #: (OID, matricule) of each identifier of its patient.
    patients: frozenset[tuple[str, str]]
    title: str
    kind: str
    authors: tuple[str, ...]
    created_at: dt.datetime | None
    sections: tuple[ShownSection, ...] = ()
    #: Media type and bytes of a body that is not structured; an empty type when there is none.
    enclosed_type: str = ""
    enclosed: bytes = b""
