"""The report of one act: all that a document says, frozen before the first byte is written."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from mappings.domain.people import Code, Organization, Patient, Practitioner


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled block of the human-readable body: label and text pairs."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActReport:
    """One version of the report of one delegated act (document-level facts only, no transport).

    Every system of a ``Code`` here is an OID, as CDA and XDS demand. All instants are aware.
    """

    #: Document uniqueId: an OID without extension, at most 64 characters.
    unique_id: str
    #: Same for all versions of the report; an OID other than ``unique_id``.
    set_id: str
    version: int
    #: uniqueId of the version it replaces; empty for the first.
    replaces: str = ""
    #: Title of the document, at most 128 characters.
    title: str
    #: Type of the document, JDV_J07 (LOINC, 2.16.840.1.113883.6.1).
    type_code: Code
    #: When the report was sealed.
    created_at: dt.datetime
    confidentiality: Literal["N", "R", "V"] = "N"
    #: Subset of MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX (TRE_A07).
    visibility: frozenset[str] = frozenset()
    patient: Patient
    delegatee: Practitioner
    delegator: Practitioner
    #: True when the délégant is the patient's own doctor (function PCP instead of 353).
    delegator_is_attending: bool = False
    organization: Organization
    #: TRE_A01, e.g. AMBULATOIRE.
    practice_setting: str = "AMBULATOIRE"
    start: dt.datetime
    end: dt.datetime
    #: What was done, main act first: CCAM (1.2.250.1.213.2.5) or, without a CCAM code, ``code`` empty and words only.
    acts: tuple[Code, ...]
    #: Title, version and canonical of the protocol.
    protocol_title: str
    protocol_version: str
    protocol_canonical: str
    #: The human-readable body.
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Identifiers of one submission of a report: fixed before the first byte leaves, equal on every retry."""

    #: SubmissionSet uniqueId, an OID.
    unique_id: str
    #: OID of the sending system (SubmissionSet.sourceId).
    source_id: str
    #: entryUUID of the SubmissionSet and of the DocumentEntry, ``urn:uuid:…``.
    set_uuid: str
    entry_uuid: str
    submitted_at: dt.datetime
