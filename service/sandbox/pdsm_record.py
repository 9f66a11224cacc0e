"""What the FHIR record of the sandbox holds: documents, their submissions, and how often each was brought.

In memory, thread-safe. It knows every INS that it is told of, as a test record does.
"""

import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from service.sandbox.pdsm_rules import Fault, Submitted, Unfit
from service.sandbox.pdsm_updates import DELETED, NotPatched, flag, is_deleted, patched

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One document of the record."""

    id: str
    unique_id: str
    patient: str
    content: bytes
    #: The DocumentReference, but for its status.
    document: Resource
    submission: Resource | None


@dataclass(slots=True)
class FhirRecord:
    """What the record holds; two documents of one uniqueId are a duplicate, and show as such."""

    requests: Counter[str] = field(default_factory=Counter)
    #: Submissions that carried a uniqueId, refused ones included.
    received: Counter[str] = field(default_factory=Counter)
    _held: dict[str, Held] = field(default_factory=dict)
    _superseded: set[str] = field(default_factory=set)
    #: How often each document was changed.
    _versions: Counter[str] = field(default_factory=Counter)
    #: Whether the draft of the FHIR road to the DMP is spoken, where another status deletes.
    draft: bool = False
    #: Searches that have a next page, by the name of that page.
    _pages: dict[str, dict[str, str]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def count(self, transaction: str, unique_id: str = "") -> None:
        with self._lock:
            self.requests[transaction] += 1
            if unique_id:
                self.received[unique_id] += 1

    def forget(self) -> None:
        with self._lock:
            for kept in (self.requests, self.received, self._held, self._superseded, self._versions, self._pages):
                kept.clear()
            self.draft = False

    def keep(self, one: Submitted, *, again: bool = False) -> Held:
        """Keep the document or raise ``Unfit``; ``again`` lets a duplicate in, as a careless server does."""
        with self._lock:
            known = self.by_unique_id(one.unique_id)
            if known and not again:
                code = "duplicate" if known[0].content == one.content else "conflict"
                raise Unfit(Fault(code, "DocumentReference.masterIdentifier"))
            replaced = one.replaces.removeprefix("DocumentReference/")
            if replaced and (replaced not in self._held or replaced in self._superseded):
                raise Unfit(Fault("not-found", "DocumentReference.relatesTo"))
            id_ = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{one.unique_id} {len(known)}"))
            held = Held(
                id=id_,
                unique_id=one.unique_id,
                patient=one.patient,
                content=one.content,
                document=_as_held(one.document, id_, one.patient),
                submission=one.submission and {**one.submission, "id": id_, "subject": _patient(one.patient)},
            )
            self._held[id_] = held
            if replaced:
                self._superseded.add(replaced)
            return held

    def change(self, unique_id: str, body: bytes, content_type: str, version: str) -> Resource:
        """The document as it is from now on, or ``NotPatched``; ``version``: of an If-Match, empty when there is none."""
        with self._lock:
            found = [one for one in self.by_unique_id(unique_id) if not self.is_gone(one)]
            if len(found) > 1:
                raise NotPatched(412, "multiple-matches", "identifier")
            if not found:
                raise NotPatched(404, "not-found", "DocumentReference")
            (held,) = found
            before = self.shown(held)
            if version and version != before["meta"]["versionId"]:
                raise NotPatched(412, "conflict", "If-Match")
            after = patched(before, body, content_type, draft=self.draft)
            self._versions[held.id] += 1
            self._held[held.id] = replace(held, document=after)
            if is_deleted(after):
                self._delete_former(after)
            return self.shown(self._held[held.id])

    def _delete_former(self, document: Resource) -> None:
        """What the deleted one replaced is deleted with it."""
        for link in document.get("relatesTo", ()):
            former = self._held.get(link["target"]["reference"].removeprefix("DocumentReference/"))
            if former and link["code"] == "replaces":
                flagged = [*former.document.get("extension", ()), {"url": DELETED, "valueBoolean": True}]
                self._held[former.id] = replace(former, document={**former.document, "extension": flagged})
                self._delete_former(former.document)

    def shown(self, one: Held) -> Resource:
        """As the record gives it out now."""
        with self._lock:
            meta = {**one.document.get("meta", {}), "versionId": str(1 + self._versions[one.id])}
            return {**one.document, "meta": meta, "status": self.status(one)}

    def is_gone(self, one: Held) -> bool:
        """Deleted as the volet says it: as if it had never been. The draft keeps it, under its status."""
        return flag(one.document, DELETED)

    def by_unique_id(self, unique_id: str) -> list[Held]:
        with self._lock:
            return [one for one in self._held.values() if one.unique_id == unique_id]

    def by_patient(self, patient: str) -> list[Held]:
        with self._lock:
            return [one for one in self._held.values() if one.patient == patient]

    def by_id(self, id_: str) -> Held | None:
        with self._lock:
            return self._held.get(id_)

    def status(self, one: Held) -> str:
        with self._lock:
            return "superseded" if one.id in self._superseded else str(one.document["status"])

    def unique_ids(self) -> list[str]:
        with self._lock:
            return list(dict.fromkeys(one.unique_id for one in self._held.values()))

    def page_after(self, asked: dict[str, str], start: int) -> str:
        """Name of the page of this search that begins at ``start``: an address that names nobody."""
        with self._lock:
            name = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{sorted(asked.items())} {start}"))
            self._pages[name] = {**asked, "_start": str(start)}
            return name

    def asked_on(self, page: str) -> dict[str, str]:
        with self._lock:
            return dict(self._pages.get(page, {}))


def _as_held(document: Resource, id_: str, patient: str) -> Resource:
    """The reference as the record gives it out: named, its patient and its bytes at the record's own addresses."""
    first = document["content"][0]
    attachment = {key: value for key, value in first["attachment"].items() if key != "data"}
    attachment["url"] = f"Binary/{id_}"
    return {
        **document,
        "id": id_,
        "subject": _patient(patient),
        "content": [{**first, "attachment": attachment}],
    }


def _patient(token: str) -> Resource:
    return {"reference": f"Patient/{patient_resource(token)['id']}"}


def patient_resource(token: str) -> Resource:
    system, _, value = token.partition("|")
    return {
        "resourceType": "Patient",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, token)),
        "identifier": [{"system": system, "value": value}],
        "active": True,
    }
