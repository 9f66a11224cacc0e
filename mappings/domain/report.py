"""The report of one act: all that a document says, frozen before the first byte is written."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from mappings.codes import oids
from mappings.codes.document import CLASSES, HORS_PROFILS_FORMAT, PDF_FORMAT, TROD_FORMAT, TYPE_CLASSES
from mappings.domain.people import Code, Organization, Patient, Practitioner

#: What a row says: yes or no, a number, a span, a date, a code, words; None = asked and not known.
EntryValue = bool | Decimal | tuple[int, int] | dt.date | Code | str | None
#: An observed thing; an act done; one that was not done; what is prescribed; a call to the délégant.
EntryKind = Literal["observation", "act", "not-done", "medication", "request", "referral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one row of a section says, for software."""

    #: Place of the row in its section.
    row: int
    kind: EntryKind = "observation"
    #: LOINC or CCAM, by OID; ``display`` empty when the nomenclature's own name is not known; None = words only.
    code: Code | None = None
    value: EntryValue = None
    #: UCUM; empty when the value has none.
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled block of the body: label and text pairs for readers, entries for software."""

    title: str
    rows: tuple[tuple[str, str], ...]
    #: LOINC; None when no code means the section.
    code: Code | None = None
    #: Template of the CI-SIS or of IHE that the section follows, root first; empty = none.
    templates: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one rapid test."""

    #: LOINC, named as the model names it, and result of JDV_ResultatDepistage.
    test: Code
    result: Code
    #: The same in the words of the protocol.
    words: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What the model BIO-TROD wants of an act that is a rapid test, as far as it is known."""

    #: CIM-10.
    pathology: Code
    #: Chapter and panel of biology, LOINC.
    chapter: Code
    panel: Code
    findings: tuple[Finding, ...]


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
    #: When the délégant countersigned this version; None when they did not.
    countersigned_at: dt.datetime | None = None
    #: Title of the document, at most 128 characters.
    title: str
    #: Type of the document, JDV_J07 (LOINC, 2.16.840.1.113883.6.1).
    type_code: Code
    #: Body of the CDA when no model rules it: 3 = sections, entries and a copy of the PDF; 1 = the PDF alone.
    level: Literal[1, 3] = 3
    #: Set for a rapid test, whose document follows the model BIO-TROD.
    screening: Screening | None = None
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
    #: False when the patient went back to the délégant instead.
    done: bool = True
    #: What was done, main act first: CCAM (1.2.250.1.213.2.5) or, without a CCAM code, ``code`` empty and words only.
    acts: tuple[Code, ...]
    #: Title, version and canonical of the protocol.
    protocol_title: str
    protocol_version: str
    protocol_canonical: str
    #: The body, without what ``report_body`` says of every act.
    sections: tuple[Section, ...]

    @property
    def events(self) -> tuple[Code, ...]:
        """What the document is about (serviceEvent, eventCodeList): of a rapid test, what it looks for."""
        return (self.screening.pathology,) if self.screening else self.acts

    @property
    def class_code(self) -> Code:
        """Class of the document (TRE_A03): its type decides."""
        code = TYPE_CLASSES[self.type_code.code]
        return Code(code=code, display=CLASSES[code], system=oids.DOCUMENT_CLASS)

    @property
    def format_code(self) -> Code:
        """What a receiver finds in the body: the model when there is one."""
        if self.screening is not None:
            return Code(code=TROD_FORMAT[0], display=TROD_FORMAT[1], system=oids.CI_SIS_FORMAT)
        if self.level == 1:
            return Code(code=PDF_FORMAT[0], display=PDF_FORMAT[1], system=oids.FORMAT)
        return Code(code=HORS_PROFILS_FORMAT[0], display=HORS_PROFILS_FORMAT[1], system=oids.CI_SIS_FORMAT)


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
