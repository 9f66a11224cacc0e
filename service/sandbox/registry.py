"""What the sandbox's shared record keeps: entries, documents, submissions, and how often each was brought.

IHE ITI TF-2 3.41.4.1.3 and 3.42.4.1.3 (what a registry accepts), 3.57 (changes of metadata), TF-3 4.2.2 (replacement).
In memory, thread-safe.
"""

import copy
import datetime as dt
import threading
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from lxml import etree

from service.sandbox import grammar
from service.sandbox.submission import RIM, XML_SIGNATURE, Entry, RegistryError, Submission
from service.sandbox.updates import (
    ARCHIVED,
    DELETED,
    StatusChange,
    Update,
    Version,
    visibility_error,
    visibility_of,
)

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
    #: Structure that sent it, ``1`` + FINESS; empty when nobody looked.
    structure: str = ""
    #: The signature of its set, and no document of anybody's.
    is_signature: bool = False
    #: The same over all versions of the metadata.
    lid: str = ""
    version: int = 1
    status: str = APPROVED


@dataclass(frozen=True, slots=True)
class Link:
    """An Association, between the registry's own names."""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Lot:
    """A submission set, and its package as the registry gives it out."""

    uuid: str
    unique_id: str
    patient_id: str
    metadata: bytes


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
    _submissions: dict[str, Lot] = field(default_factory=dict)
    _links: list[Link] = field(default_factory=list)
    #: Submissions that came with a signature.
    _signed: set[str] = field(default_factory=set)
    _kept: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def count(self, transaction: str) -> None:
        with self._lock:
            self.requests[transaction] += 1

    def received_again(self, unique_ids: Iterable[str]) -> None:
        with self._lock:
            self.received.update(unique_ids)

    def register(
        self, submission: Submission, now: dt.datetime, *, structure: str = "", again: bool = False
    ) -> list[RegistryError]:
        """Keep the whole submission, or nothing and say why; ``again`` lets a duplicate in, as a faulty registry."""
        with self._lock:
            errors = [] if again else self._duplicates(submission)
            errors += self._unresolved(submission)
            weight = sum(len(entry.content) for entry in submission.entries)
            if self._kept + weight > self.capacity:
                errors.append(RegistryError("XDSRepositoryOutOfResources", "Document: the repository is full"))
            if errors:
                return errors
            names = {e.id: self._keep(e, submission.unique_id, now, structure) for e in submission.entries}
            self._keep_set(submission, names)
            self._kept += weight
            return []

    def update(self, update: Update, subject: str, structure: str) -> list[RegistryError]:
        """ITI-57: one change of one entry of this patient, by the structure that sent it."""
        with self._lock:
            change = update.change
            named = change.entry_uuid if isinstance(change, StatusChange) else self._of_lid(change.lid)
            entry = self._entries.get(named)
            if entry is None or entry.status == DELETED:
                return [RegistryError("UnresolvedReferenceException", "the entry to change is unknown")]
            if subject and entry.patient_id != subject:
                return [RegistryError("XDSPatientIdDoesNotMatch", "the entry is another patient's")]
            if update.unique_id in self._submissions:
                return [RegistryError("XDSDuplicateUniqueIdInRegistry", "XDSSubmissionSet.uniqueId: known")]
            if isinstance(change, StatusChange):
                errors = self._change_status(entry, change, structure)
            else:
                errors = self._change_version(entry, change)
            if not errors:
                self._submissions[update.unique_id] = Lot(update.set_id, update.unique_id, subject, update.package)
            return errors

    def _of_lid(self, lid: str) -> str:
        """entryUUID of the last version."""
        versions = [entry for entry in self._entries.values() if entry.lid == lid]
        return max(versions, key=lambda entry: entry.version).entry_uuid if versions else ""

    def _change_status(self, entry: Registered, change: StatusChange, structure: str) -> list[RegistryError]:
        if change.before != entry.status:
            return [RegistryError("XDSMetadataUpdateError", "OriginalStatus: not the status of the entry")]
        if change.after not in (ARCHIVED, DELETED, APPROVED):
            return [RegistryError("XDSMetadataUpdateOperationError", "NewStatus: not one that is taken here")]
        if change.after == DELETED and entry.structure and entry.structure != structure:
            return [RegistryError("XDSMetadataUpdateOperationError", "only its author deletes a document")]
        entry.status = change.after
        return []

    def _change_version(self, entry: Registered, change: Version) -> list[RegistryError]:
        if change.previous != str(entry.version):
            return [RegistryError("XDSMetadataVersionError", "PreviousVersion: not the last version")]
        if change.unique_id != entry.unique_id or (change.hash and change.hash.lower() != entry.sha1):
            return [RegistryError("XDSMetadataIdentifierError", "uniqueId or hash: not those of the entry")]
        departure = visibility_error(grammar.parse(entry.metadata), change.element)
        if departure:
            return [RegistryError("XDSMetadataUpdateError", departure)]
        version = entry.version + 1
        uuid_ = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{entry.lid} {version}')}"
        metadata = _named(change.element, uuid_, entry.lid, str(version), entry.sha1, len(entry.content))
        newer = replace(entry, entry_uuid=uuid_, version=version, metadata=metadata)
        entry.status = DEPRECATED
        self._entries[uuid_] = newer
        for held in (self._by_unique_id[entry.unique_id], self._by_patient_id[entry.patient_id]):
            held[held.index(entry)] = newer
        return []

    def _keep_set(self, submission: Submission, names: dict[str, str]) -> None:
        """The set under a name of the registry's, and who is linked to whom."""
        set_uuid = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, submission.unique_id)}"
        names = names | {submission.set_id: set_uuid}
        package = _renamed(submission.package, set_uuid)
        self._submissions[submission.unique_id] = Lot(set_uuid, submission.unique_id, submission.patient_id, package)
        for kind, source, target in submission.links:
            self._links.append(Link(kind, names.get(source, source), names.get(target, target)))

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

    def _keep(self, entry: Entry, submission_id: str, now: dt.datetime, structure: str) -> str:
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
            metadata=_named(entry.element, entry_uuid, entry_uuid, "1", entry.sha1, len(entry.content)),
            structure=structure,
            is_signature=entry.format_code == XML_SIGNATURE,
            lid=entry_uuid,
        )
        if registered.is_signature:
            self._signed.add(submission_id)
        self._entries[entry_uuid] = registered
        self._by_unique_id.setdefault(entry.unique_id, []).append(registered)
        self._by_patient_id.setdefault(entry.patient_id, []).append(registered)
        replaced = self._entries.get(entry.replaces)
        if replaced is not None:
            replaced.status = DEPRECATED
        return entry_uuid

    def submission_sets(self, patient_id: str) -> list[Lot]:
        with self._lock:
            return [lot for lot in self._submissions.values() if lot.patient_id == patient_id]

    def links_of(self, uuids: Collection[str]) -> list[Link]:
        with self._lock:
            return [link for link in self._links if link.source in uuids or link.target in uuids]

    def by_unique_id(self, unique_id: str) -> list[Registered]:
        with self._lock:
            return list(self._by_unique_id.get(unique_id, ()))

    def by_entry_uuid(self, entry_uuid: str) -> list[Registered]:
        with self._lock:
            return [self._entries[entry_uuid]] if entry_uuid in self._entries else []

    def by_patient_id(self, patient_id: str) -> list[Registered]:
        with self._lock:
            return list(self._by_patient_id.get(patient_id, ()))

    def visibility(self, unique_id: str) -> list[str]:
        """From whom the document is hidden."""
        return visibility_of(grammar.parse(self.by_unique_id(unique_id)[0].metadata))

    def unique_ids(self) -> list[str]:
        """Documents, in the order of first registration; the signatures of their sets are none."""
        with self._lock:
            return [name for name, entries in self._by_unique_id.items() if not entries[0].is_signature]

    def is_signed(self, submission_id: str) -> bool:
        with self._lock:
            return submission_id in self._signed

    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(self.requests)


def _renamed(element: etree._Element, name: str) -> bytes:
    return etree.tostring(_own(element, name))


def _own(element: etree._Element, name: str) -> etree._Element:
    """A copy that bears the registry's name, as does what it holds."""
    made = copy.deepcopy(element)
    made.tail = None
    made.set("id", name)
    for child in made:
        for attribute in ("classifiedObject", "registryObject"):
            if child.get(attribute) is not None:
                child.set(attribute, name)
    return made


def _named(given: etree._Element, entry_uuid: str, lid: str, version: str, sha1: str, size: int) -> bytes:
    """The entry with what only a registry gives: entryUUID, lid, version, repository, hash, size."""
    element = _own(given, entry_uuid)
    element.set("lid", lid)
    ours = {"hash": sha1, "size": str(size), "repositoryUniqueId": REPOSITORY}
    for slot in element.findall(f"{{{RIM}}}Slot"):
        if slot.get("name") in ours:
            element.remove(slot)
    for position, (name, value) in enumerate(ours.items()):
        slot = etree.Element(f"{{{RIM}}}Slot", name=name)
        values = etree.SubElement(slot, f"{{{RIM}}}ValueList")
        etree.SubElement(values, f"{{{RIM}}}Value").text = value
        element.insert(position, slot)
    _version(element, version)
    return etree.tostring(element)


def _version(element: etree._Element, version: str) -> None:
    """VersionInfo follows Slot*, Name and Description (rim:RegistryObjectType)."""
    for given in element.findall(f"{{{RIM}}}VersionInfo"):
        element.remove(given)
    before = [f"{{{RIM}}}{name}" for name in ("Slot", "Name", "Description")]
    position = sum(1 for child in element if child.tag in before)
    element.insert(position, etree.Element(f"{{{RIM}}}VersionInfo", versionName=version))
