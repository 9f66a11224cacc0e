"""The calls to a FHIR record: feed, look up, find, retrieve. The only I/O of this destination.

IHE MHD 4.2.3: ITI-65, ITI-105, ITI-67, ITI-66, ITI-68; FHIR R4 search.html for ``_search``. A search names a patient:
it is posted, unless the record only takes it in an address.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

from mappings.pdsm.provide import replacing
from mappings.pdsm.vocabulary import LIST_TYPES, URI
from service.clients.exchange import Answer, NoAnswer, exchange
from service.clients.links import link_within
from service.clients.sealed import cda_of, payload_of
from service.clients.tls import LOOPBACK, Tls
from service.outbox.envelope import Document, Envelope
from service.unusable import Unusable

_JSON: Final = "application/fhir+json"
#: What each way of writing a change is called (FHIR R4, http.html#patch).
_PATCHES: Final[dict[str, str]] = {"json": "application/json-patch+json", "fhirpath": _JSON}
_FORM: Final = "application/x-www-form-urlencoded"
#: Longest answer to a search, and longest document, in bytes.
LONGEST_SEARCH: Final = 4 << 20
LONGEST_DOCUMENT: Final = 16 << 20
#: An INS in CX form, as an envelope is addressed.
_CX: Final = re.compile(r"([0-9A-Z]{1,32})\^\^\^&([0-9.]{1,64})&ISO\^NH")
#: How a document is told to be deleted; empty, it is not.
Deletion = Literal["", "is-deleted", "entered-in-error"]
#: Whatever became of a document at the record, it is there.
_ANY_STATUS: Final = "current,superseded,entered-in-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class PdsmRecord:
    """Where the record is, and all that a call to it needs."""

    #: FHIR base; plain HTTP towards this machine only.
    base: str
    #: Value of the Authorization header; empty when the record knows us by TLS alone. PDSm leaves security to the record.
    authorization: str = field(default="", repr=False)
    search: Literal["post", "get"] = "post"
    tls: Tls = Tls()
    #: Total time of one attempt.
    seconds: float
    #: Ask first whether the patient has an open record: draft PDSm4DMP 0.1.0 (TD0.2), off by default.
    asks_for_patient: bool = False
    #: How a change is written, and what deletes: PDSm 3.1.1 leaves the first open and does not tell the second.
    patch: Literal["json", "fhirpath"] = "json"
    deletion: Deletion = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in LOOPBACK):
            raise Unusable("BINOME_PDSM doit être une adresse en https, ou en http sur cette machine.")


def feed(
    record: PdsmRecord,
    envelope: Envelope,
    document: Document,
    *,
    seconds: float,
    replaced: str = "",
    hidden: frozenset[str] = frozenset(),
) -> tuple[Answer | NoAnswer, int]:
    """The sealed bytes, and how many entries the transaction has; 0 when it is none (ITI-105).

    Two facts that only the record knows: ``replaced``, its own reference of what the document replaces; ``hidden``, from
    whom that is hidden there besides (TRE_A07).
    """
    payload = payload_of(envelope)
    cda_of(document)
    if replaced:
        payload = replacing(payload, replaced, hidden)
    entries = len(json.loads(payload).get("entry", ()))
    url = record.base if entries else f"{record.base}/DocumentReference"
    return _called(record, "POST", url, content_type=_JSON, body=payload, seconds=seconds), entries


def ask(record: PdsmRecord, envelope: Envelope, unique_id: str, *, seconds: float | None = None) -> Answer | NoAnswer:
    """ITI-67 by a document's uniqueId, among the documents of its patient."""
    query = {
        "patient.identifier": _token(envelope.recipient),
        "status": _ANY_STATUS,
        "identifier": f"{URI}|urn:oid:{unique_id}",
    }
    return _searched(record, "DocumentReference", query, seconds=record.seconds if seconds is None else seconds)


def patch(record: PdsmRecord, unique_id: str, body: bytes, version: str) -> Answer | NoAnswer:
    """Conditional PATCH by the uniqueId; ``version``: the one that was read, empty when none was told. Half the time."""
    query = urlencode({"identifier": f"{URI}|urn:oid:{unique_id}"})
    match = {"If-Match": f'W/"{version}"'} if version else {}
    return _called(
        record,
        "PATCH",
        f"{record.base}/DocumentReference?{query}",
        content_type=_PATCHES[record.patch],
        body=body,
        seconds=record.seconds / 2,
        more=match,
    )


def holder(record: PdsmRecord, envelope: Envelope) -> Answer | NoAnswer:
    """The patient, if the record has them (draft PDSm4DMP, TD0.2)."""
    return _searched(record, "Patient", {"identifier": _token(envelope.recipient)}, seconds=record.seconds)


def find(record: PdsmRecord, patient: str) -> Answer | NoAnswer:
    """ITI-67: the documents in force of a patient, an INS in CX form."""
    query = {"patient.identifier": _token(patient), "status": "current"}
    return _searched(record, "DocumentReference", query, seconds=record.seconds)


def find_submissions(record: PdsmRecord, patient: str) -> Answer | NoAnswer:
    """ITI-66: the SubmissionSets of a patient."""
    query = {"patient.identifier": _token(patient), "code": f"{LIST_TYPES}|submissionset", "status": "current"}
    return _searched(record, "List", query, seconds=record.seconds)


def page(record: PdsmRecord, url: str, *, seconds: float) -> Answer | NoAnswer:
    """The page that a search says comes next, at the record itself."""
    return _called(record, "GET", url, seconds=seconds, longest=LONGEST_SEARCH)


def retrieve(record: PdsmRecord, where: str, mime_type: str) -> Answer | NoAnswer:
    """ITI-68: the bytes at an address that the record gave; at no other server than its own."""
    url = link_within(f"{record.base}/", where)
    if not url:
        return NoAnswer("foreign-address", sent=False)
    accept = f"{mime_type or 'application/octet-stream'}, */*;q=0.1"
    return _called(record, "GET", url, accept=accept, seconds=record.seconds, longest=LONGEST_DOCUMENT)


def _token(patient: str) -> str:
    match = _CX.fullmatch(patient)
    if match is None:
        raise ValueError("a patient is named to the shared record by an INS in CX form")
    return f"urn:oid:{match[2]}|{match[1]}"


def _searched(record: PdsmRecord, type_: str, query: dict[str, str], *, seconds: float) -> Answer | NoAnswer:
    url, form = f"{record.base}/{type_}", urlencode(query)
    if record.search == "get":
        return _called(record, "GET", f"{url}?{form}", seconds=seconds, longest=LONGEST_SEARCH)
    body = form.encode()
    return _called(
        record, "POST", f"{url}/_search", content_type=_FORM, body=body, seconds=seconds, longest=LONGEST_SEARCH
    )


def _called(
    record: PdsmRecord,
    method: str,
    url: str,
    *,
    accept: str = _JSON,
    content_type: str = "",
    body: bytes | None = None,
    seconds: float,
    longest: int = LONGEST_SEARCH,
    more: dict[str, str] | None = None,
) -> Answer | NoAnswer:
    # Some records answer a search again from what they found a minute ago: a look-up would then miss what has come since.
    headers = {"Accept": accept, "Cache-Control": "no-cache", **(more or {})}
    if content_type:
        headers["Content-Type"] = content_type
    if record.authorization:
        headers["Authorization"] = record.authorization
    return exchange(method, url, headers=headers, body=body, seconds=seconds, tls=record.tls, longest=longest)
