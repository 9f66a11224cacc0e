"""Consulting a shared record: what may be asked of it, and what comes back, as values.

A record never makes a reader raise: what could not be had is ``Unread``, with a code that names nobody.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from mappings.domain.people import Organization, Practitioner
from mappings.domain.shared import SharedDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks for whom: the professional in person, the structure they come from, the patient's INS in CX form."""

    practitioner: Practitioner
    organization: Organization
    patient: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Nothing could be had: ``timeout``, ``http-401``, ``too-long``, ``not-a-search``…"""

    code: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The documents found; ``whole`` is False when the record has, or may have, others of those asked for."""

    documents: tuple[SharedDocument, ...]
    whole: bool
    #: Documents made before it were not asked for; None when all were.
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Bytes as the record gave them, and what it says that they are."""

    mime_type: str
    content: bytes


class RecordReader(Protocol):
    """One shared record, to be read."""

    def find(self, asking: Asking, *, older: bool = False) -> Listing | Unread:
        """The documents in force of the patient; ``older``: those too that nobody looks for unasked."""
        ...

    def retrieve(self, asking: Asking, document: SharedDocument) -> Retrieved | Unread:
        """The bytes of a document that ``find`` gave."""
        ...
