"""What the sandbox's shared record keeps: entries, documents, submissions, and how often each was brought.

IHE ITI TF-2 3.41.4.1.3 and 3.42.4.1.3 (what a registry accepts), TF-3 4.2.2 (replacement). In memory, thread-safe.
"""

import copy
import datetime as dt
import threading
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from service.sandbox.submission import RIM, Entry, RegistryError, Submission

#: OID under which the sandbox's repository answers; ours, and of no real machine.
REPOSITORY: Final = "1.2.250.1.999.1.1.20260.99"
APPROVED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
DEPRECATED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"


@dataclass(slots=True, kw_only=True)
class Registered:
    """One registered entry. Two entries of one uniqueId are a duplicate, and show as such."""

    entry_uuid: str
    unique_id: str
    patient_id: str
    mime_type: str
    submission_id: str
    registered_at: dt.datetime
    sha1: str
    sha256: str
    content: bytes
    #: The ExtrinsicObject as the registry gives it out, but for its status.
    metadata: bytes
    status: str = APPROVED


@dataclass(slots=True)
class Registry:
    """Registry and repository in one."""

    #: Bytes of documents kept; beyond, submissions are refused as a full repository does.
    capacity: int = 1 << 30
    #: Requests by transaction, refused ones included.
    requests: Counter[str] = field(default_factory=Counter)
    #: Submissions that carried a uniqueId, refused ones included.
    received: Counter[str] = field(default_factory=Counter)
    _entries: dict[str, Registered] = field(default_factory=dict)
    _by_unique_id: dict[str, list[Registered]] = field(default_factory=dict)
    _by_patient_id: dict[str, list[Registered]] = field(default_factory=dict)
    _submissions: set[str] = field(default_factory=set)
    _kept: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def count(self, transaction: str) -> None:
        with self._lock:
            self.requests[transaction] += 1

    def received_again(self, unique_ids: Iterable[str]) -> None:
        with self._lock:
            self.received.update(unique_ids)

    def register(self, submission: Submission, now: dt.datetime, *, again: bool = False) -> list[RegistryError]:
        """Keep the whole submission, or nothing and say why; ``again`` lets a duplicate in, as a faulty registry."""
        with self._lock:
            errors = [] if again else self._duplicates(submission)
            errors += self._unresolved(submission)
            weight = sum(len(entry.content) for entry in submission.entries)
            if self._kept + weight > self.capacity:
                errors.append(RegistryError("XDSRepositoryOutOfResources", "Document: the repository is full"))
            if errors:
                return errors
            for entry in submission.entries:
                self._keep(entry, submission.unique_id, now)
            self._submissions.add(submission.unique_id)
            self._kept += weight
            return []

    def _duplicates(self, submission: Submission) -> list[RegistryError]:
        errors = []
        if submission.unique_id in self._submissions:
            errors.append(RegistryError("XDSDuplicateUniqueIdInRegistry", "XDSSubmissionSet.uniqueId: known"))
        for entry in submission.entries:
            known = self._by_unique_id.get(entry.unique_id)
            if known and known[0].sha1 != entry.sha1:
                errors.append(RegistryError("XDSNonIdenticalHash", "XDSDocumentEntry.uniqueId: known, other bytes"))
            elif known:
                errors.append(RegistryError("XDSDuplicateUniqueIdInRegistry", "XDSDocumentEntry.uniqueId: known"))
        return errors

    def _unresolved(self, submission: Submission) -> list[RegistryError]:
        errors = []
        for entry in submission.entries:
            replaced = self._entries.get(entry.replaces)
            if entry.replaces and (replaced is None or replaced.patient_id != entry.patient_id):
                errors.append(RegistryError("UnresolvedReferenceException", "Association RPLC: target unknown"))
            elif replaced is not None and replaced.status != APPROVED:
                errors.append(RegistryError("XDSRegistryDeprecatedDocumentError", "Association RPLC: already replaced"))
        return errors

    def _keep(self, entry: Entry, submission_id: str, now: dt.datetime) -> None:
        rank = len(self._by_unique_id.get(entry.unique_id, ()))
        # The registry names entries itself, whatever symbolic name they came under.
        entry_uuid = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{submission_id} {entry.unique_id} {rank}')}"
        registered = Registered(
            entry_uuid=entry_uuid,
            unique_id=entry.unique_id,
            patient_id=entry.patient_id,
            mime_type=entry.mime_type,
            submission_id=submission_id,
            registered_at=now,
            sha1=entry.sha1,
            sha256=entry.sha256,
            content=entry.content,
            metadata=_as_registered(entry, entry_uuid),
        )
        self._entries[entry_uuid] = registered
        self._by_unique_id.setdefault(entry.unique_id, []).append(registered)
        self._by_patient_id.setdefault(entry.patient_id, []).append(registered)
        replaced = self._entries.get(entry.replaces)
        if replaced is not None:
            replaced.status = DEPRECATED

    def by_unique_id(self, unique_id: str) -> list[Registered]:
        with self._lock:
            return list(self._by_unique_id.get(unique_id, ()))

    def by_entry_uuid(self, entry_uuid: str) -> list[Registered]:
        with self._lock:
            return [self._entries[entry_uuid]] if entry_uuid in self._entries else []

    def by_patient_id(self, patient_id: str) -> list[Registered]:
        with self._lock:
            return list(self._by_patient_id.get(patient_id, ()))

    def unique_ids(self) -> list[str]:
        """In the order of first registration."""
        with self._lock:
            return list(self._by_unique_id)

    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(self.requests)


def _as_registered(entry: Entry, entry_uuid: str) -> bytes:
    """The entry with what only a registry gives: entryUUID, lid, version, repository, hash, size."""
    element = copy.deepcopy(entry.element)
    element.tail = None
    element.set("id", entry_uuid)
    element.set("lid", entry_uuid)
    for child in element:
        for attribute in ("classifiedObject", "registryObject"):
            if child.get(attribute) is not None:
                child.set(attribute, entry_uuid)
    ours = {"hash": entry.sha1, "size": str(len(entry.content)), "repositoryUniqueId": REPOSITORY}
    for given in element.findall(f"{{{RIM}}}Slot"):
        if given.get("name") in ours:
            element.remove(given)
    for position, (name, value) in enumerate(ours.items()):
        slot = etree.Element(f"{{{RIM}}}Slot", name=name)
        values = etree.SubElement(slot, f"{{{RIM}}}ValueList")
        etree.SubElement(values, f"{{{RIM}}}Value").text = value
        element.insert(position, slot)
    _version(element)
    return etree.tostring(element)


def _version(element: etree._Element) -> None:
    """VersionInfo follows Slot*, Name and Description (rim:RegistryObjectType)."""
    for given in element.findall(f"{{{RIM}}}VersionInfo"):
        element.remove(given)
    before = [f"{{{RIM}}}{name}" for name in ("Slot", "Name", "Description")]
    position = sum(1 for child in element if child.tag in before)
    element.insert(position, etree.Element(f"{{{RIM}}}VersionInfo", versionName="1"))
