"""Consulting the shared record for a professional: what a patient has (ITI-18), and one document of it (ITI-43).

DMP, TD3.1 and TD3.2. Read as from a stranger: the answer must be to our own message, of our own patient, and the bytes
must be those that the registry's hash and size tell. What is not is not shown, and the reason is a sentence.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mappings.issues import Refused
from mappings.xds import mtom
from mappings.xds.document import cda_fault
from mappings.xds.existence import ins_of
from mappings.xds.found import Association, DocumentEntry, Registered, SubmissionSetEntry
from mappings.xds.namespaces import APPROVED, RS, XDSB
from mappings.xds.query import (
    BATCH,
    find_documents_request,
    find_submission_sets_request,
    get_associations_request,
    get_documents_and_associations_request,
    get_documents_request,
)
from mappings.xds.retrieve import read_retrieve_response, retrieve_request
from service.clients.dmp.codes import OURS
from service.clients.dmp.read import Unclear, body_of, found_in, meaning_of
from service.clients.dmp.send import Access, Call
from service.outbox.receipt import Outcome

#: How far back a search goes that nobody asked for (DMP, TD3.1: two years at most).
FIRST_SEARCH: Final = dt.timedelta(days=730)
#: Longest list and longest document read, in bytes.
LONGEST_LIST: Final = 8 << 20
LONGEST_DOCUMENT: Final = mtom.SIZE
_RETRIEVED: Final = f"{{{XDSB}}}RetrieveDocumentSetResponse"
_NOTHING_SHOWN: Final = "La réponse du DMP n’est pas celle de cette demande : rien n’est montré."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search gave. ``answered`` is False when the record gave no clear answer: then nothing else is said."""

    answered: bool
    documents: tuple[DocumentEntry, ...] = ()
    submission_sets: tuple[SubmissionSetEntry, ...] = ()
    associations: tuple[Association, ...] = ()
    #: Why there is no answer: a code, and a sentence for whoever asked.
    code: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """One document, its bytes as the registry describes them; ``content`` is empty when ``answered`` is False."""

    answered: bool
    content: bytes = b""
    mime_type: str = ""
    code: str = ""
    told: str = ""


def first_day(access: Access) -> dt.datetime:
    """The earliest that a search looks for unasked."""
    return access.record.now() - FIRST_SEARCH


def find(
    access: Access,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    older: bool = False,
    statuses: Sequence[str] = (APPROVED,),
    classes: Sequence[tuple[str, str]] = (),
    types: Sequence[tuple[str, str]] = (),
) -> Found:
    """FindDocuments: the patient's documents, the last two years when ``since`` is not said, all of them if ``older``."""
    request = find_documents_request(
        access.patient,
        statuses=statuses,
        created_from=None if older else since or first_day(access),
        created_to=until,
        classes=classes,
        types=types,
    )
    return _asked(access, access.query(request, longest=LONGEST_LIST))


def find_submission_sets(access: Access, *, since: dt.datetime | None = None) -> Found:
    """FindSubmissionSets: what was sent to the patient's record, and when."""
    request = find_submission_sets_request(access.patient, submitted_from=since or first_day(access))
    return _asked(access, access.query(request, longest=LONGEST_LIST))


def get_documents(access: Access, unique_ids: Sequence[str]) -> Found:
    """GetDocuments, in batches of twenty: the entries of these uniqueIds, and of no other."""
    calls = (access.query(get_documents_request(*some), longest=LONGEST_LIST) for some in _batches(unique_ids))
    return _gathered(access, calls, frozenset(unique_ids))


def get_documents_and_associations(access: Access, unique_ids: Sequence[str]) -> Found:
    """The same with what they are linked to: what replaces what, what signs what."""
    calls = (
        access.query(get_documents_and_associations_request(*some), longest=LONGEST_LIST)
        for some in _batches(unique_ids)
    )
    return _gathered(access, calls, frozenset(unique_ids))


def get_associations(access: Access, entry_uuids: Sequence[str]) -> Found:
    calls = (access.query(get_associations_request(*some), longest=LONGEST_LIST) for some in _batches(entry_uuids))
    return _gathered(access, calls, None)


def retrieve(access: Access, entry: DocumentEntry) -> Retrieved:
    """The bytes of one entry that a search gave; refused when they are not what its hash and size tell."""
    if access.record.structure_alone:
        return _unseen("professional-required")
    if not entry.hash or entry.size is None or not _of(access, entry.patient):
        return _other("no-hash" if _of(access, entry.patient) else "other-patient")
    if entry.size > LONGEST_DOCUMENT:
        return Retrieved(answered=False, code="too-long", told="Le document est trop grand pour être montré ici.")
    request = retrieve_request(repository_unique_id=entry.repository_unique_id, unique_id=entry.unique_id)
    # Its length is known; what surrounds it is bounded as any answer is.
    call = access.retrieve(request, longest=2 * entry.size + LONGEST_LIST)
    said = body_of(call.answer, call.message_id, _RETRIEVED, status=f"{{{RS}}}RegistryResponse")
    if isinstance(said, Unclear):
        return Retrieved(answered=False, code=said.code, told=said.meaning.told)
    meaning, code = meaning_of(said.answer)
    if meaning.outcome is not Outcome.ACCEPTED:
        return Retrieved(answered=False, code=code, told=meaning.told)
    try:
        _, documents = read_retrieve_response(said.body, said.parts)
    except Refused:
        return _other("unreadable-answer")
    if [(one.unique_id, one.repository_unique_id) for one in documents] != [
        (entry.unique_id, entry.repository_unique_id)
    ]:
        return _other("other-document")
    content = documents[0].content
    # Not a signature: XDS identifies content by SHA-1.
    if len(content) != entry.size or hashlib.sha1(content, usedforsecurity=False).hexdigest() != entry.hash:
        return _other("other-bytes")
    fault = cda_fault(content, entry.unique_id, access.patient) if entry.mime_type == "text/xml" else ""
    if fault:
        return _other(fault)
    return Retrieved(answered=True, content=content, mime_type=documents[0].mime_type or entry.mime_type)


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + BATCH] for start in range(0, len(names), BATCH))


def _gathered(access: Access, calls: Iterator[Call], names: frozenset[str] | None) -> Found:
    """All batches, or none: half a list would look like a whole one."""
    whole = Found(answered=True)
    for call in calls:
        found = _asked(access, call)
        if not found.answered:
            return found
        if names is not None and any(one.unique_id not in names for one in found.documents):
            return Found(answered=False, code="other-document", told=_NOTHING_SHOWN)
        whole = Found(
            answered=True,
            documents=whole.documents + found.documents,
            submission_sets=whole.submission_sets + found.submission_sets,
            associations=whole.associations + found.associations,
        )
    return whole


def _asked(access: Access, call: Call) -> Found:
    registered = found_in(call.answer, call.message_id)
    if isinstance(registered, Unclear):
        return Found(answered=False, code=registered.code, told=registered.meaning.told)
    if registered.references:
        # References instead of metadata: the record takes us for a structure that comes alone.
        return Found(answered=False, code="professional-required", told=OURS["professional-required"].told)
    if not all(_of(access, patient) for patient in _patients(registered)):
        return Found(answered=False, code="other-patient", told=_NOTHING_SHOWN)
    return Found(
        answered=True,
        documents=registered.documents,
        submission_sets=registered.submission_sets,
        associations=registered.associations,
    )


def _patients(registered: Registered) -> Iterator[str]:
    yield from (one.patient for one in registered.documents)
    yield from (one.patient for one in registered.submission_sets)


def _of(access: Access, patient: str) -> bool:
    """Whether this is the patient who was asked about; the date that may follow an INS is no part of it."""
    try:
        return ins_of(patient) == ins_of(access.patient)
    except ValueError:
        return False


def _unseen(code: str) -> Retrieved:
    return Retrieved(answered=False, code=code, told=OURS[code].told)


def _other(code: str) -> Retrieved:
    return Retrieved(answered=False, code=code, told=_NOTHING_SHOWN)
