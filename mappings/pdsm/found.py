"""What a record answers: the documents of a search (ITI-67), its submissions (ITI-66), what it stored (ITI-65).

FHIR R4 bundles of somebody else's. An element that is not as it should be reads as not said; only a body that is not
the kind of answer expected is refused, by None.
"""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.shared import SharedDocument
from mappings.fhir.json import parse
from mappings.issues import Refused
from mappings.pdsm import vocabulary

Resource = dict[str, Any]

_OID: Final = re.compile(r"urn:oid:([0-2](?:\.(?:0|[1-9][0-9]*))+)")
_STATUS: Final = re.compile(r"([0-9]{3})(?: .*)?", re.DOTALL)
_LOCATION: Final = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_CODE: Final = re.compile(r"[a-z][a-z-]{1,40}")
#: Longest text of a record that is shown.
_TEXT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of a search: its documents, and whether there is, or may be, more than is in it."""

    documents: tuple[SharedDocument, ...]
    #: Entries that are no DocumentReference with a uniqueId, and those of them that are one without.
    others: int
    unnamed: int
    whole: bool
    #: The record says beside its answer that something of the search failed.
    failed: bool
    #: How many the search has in all its pages; 0 when that is not told.
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSubmission:
    """One SubmissionSet: its uniqueId, and what it holds, in the record's own terms."""

    unique_id: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry of a transaction's answer: HTTP status, ``Type/id`` when it was told."""

    status: int
    location: str


def resource_in(body: bytes, type_: str) -> Resource | None:
    """The resource of that type in a body; None for anything else."""
    try:
        resource = parse(body)
    except Refused:
        return None
    return resource if resource.get("resourceType") == type_ else None


def found_documents(body: bytes) -> Found | None:
    """The answer of ITI-67; None when it is no searchset."""
    bundle = _searchset(body)
    if bundle is None:
        return None
    # What the search itself has to say (an OperationOutcome) is no match.
    matches = [one for one in _resources(bundle) if one.get("resourceType") != "OperationOutcome"]
    read = [_document(one) for one in matches if one.get("resourceType") == "DocumentReference"]
    documents = tuple(one for one in read if one.unique_id)
    total = told if isinstance(told := bundle.get("total"), int) else 0
    more = any(link.get("relation") == "next" for link in _objects(bundle.get("link")))
    failed = any(map(_errors, _resources(bundle)))
    return Found(
        documents=documents,
        others=len(matches) - len(documents),
        unnamed=len(read) - len(documents),
        whole=not (more or failed or total > len(matches)),
        failed=failed,
        total=total,
    )


def document_resources(body: bytes) -> list[Resource]:
    """The DocumentReferences of a searchset, as they came; none when it is no searchset."""
    bundle = _searchset(body)
    return [one for one in _resources(bundle or {}) if one.get("resourceType") == "DocumentReference"]


def found_submissions(body: bytes) -> tuple[FoundSubmission, ...] | None:
    """The answer of ITI-66; None when it is no searchset."""
    bundle = _searchset(body)
    if bundle is None:
        return None
    return tuple(
        FoundSubmission(
            unique_id=next((oid for oid in map(_oid, _objects(one.get("identifier"))) if oid), ""),
            documents=tuple(_text(_object(entry.get("item")).get("reference")) for entry in _objects(one.get("entry"))),
        )
        for one in _resources(bundle)
        if one.get("resourceType") == "List"
    )


def active_patients(body: bytes) -> int | None:
    """How many patients of a search are not said to be inactive; None when the body is no searchset, or tells a failure."""
    bundle = _searchset(body)
    if bundle is None or any(map(_errors, _resources(bundle))):
        return None
    patients = [one for one in _resources(bundle) if one.get("resourceType") == "Patient"]
    return len([one for one in patients if one.get("active") is not False])


def next_page(body: bytes) -> str:
    """Where the page after this one is; empty when this is the last."""
    links = _objects((_searchset(body) or {}).get("link"))
    return next((one["url"] for one in links if one.get("relation") == "next" and isinstance(one.get("url"), str)), "")


def stored_entries(body: bytes) -> tuple[Stored, ...] | None:
    """The answer of ITI-65, in the order of the request; None when it is no transaction-response."""
    bundle = resource_in(body, "Bundle")
    if bundle is None or bundle.get("type") != "transaction-response":
        return None
    return tuple(_stored(_object(entry.get("response"))) for entry in _objects(bundle.get("entry")))


def document_in(body: bytes) -> tuple[str, SharedDocument] | None:
    """``DocumentReference/id`` and what it says (the answer of ITI-105); None when the body is none."""
    resource = resource_in(body, "DocumentReference")
    return None if resource is None else (_own_reference(resource), _document(resource))


def outcome_codes(body: bytes) -> tuple[str, ...] | None:
    """Codes of the errors of an OperationOutcome; None when the body is none. Its words may name somebody."""
    resource = resource_in(body, "OperationOutcome")
    if resource is None:
        return None
    return tuple(code for code in (_text(one.get("code")) for one in _errors(resource)) if _CODE.fullmatch(code))


def _errors(resource: Resource) -> list[Resource]:
    """Issues of an OperationOutcome that are no mere remarks; none of anything else."""
    issues = _objects(resource.get("issue")) if resource.get("resourceType") == "OperationOutcome" else []
    return [one for one in issues if one.get("severity") in ("error", "fatal")]


def binary_in(body: bytes) -> tuple[str, bytes] | None:
    """Content type and bytes of a Binary that came as a resource instead of as itself."""
    resource = resource_in(body, "Binary")
    content = None if resource is None else _base64(resource.get("data"))
    return None if resource is None or not content else (_text(resource.get("contentType")), content)


def reference_of_location(location: str) -> str:
    """``Type/id`` of an address that a server gave to what it created; empty when it is none."""
    match = _LOCATION.fullmatch(location)
    return match[1] if match else ""


def _searchset(body: bytes) -> Resource | None:
    bundle = resource_in(body, "Bundle")
    return bundle if bundle is not None and bundle.get("type") == "searchset" else None


def _resources(bundle: Resource) -> list[Resource]:
    return [entry["resource"] for entry in _objects(bundle.get("entry")) if isinstance(entry.get("resource"), dict)]


def _stored(response: Resource) -> Stored:
    status = _STATUS.fullmatch(_text(response.get("status")))
    return Stored(int(status[1]) if status else 0, reference_of_location(_text(response.get("location"))))


def _document(resource: Resource) -> SharedDocument:
    content = next(iter(_objects(resource.get("content"))), {})
    attachment = _object(content.get("attachment"))
    kind = next(iter(_objects(_object(resource.get("type")).get("coding"))), {})
    size = attachment.get("size")
    return SharedDocument(
        unique_id=_oid(_object(resource.get("masterIdentifier"))),
        status=_text(resource.get("status")),
        title=_text(attachment.get("title")) or _text(resource.get("description")),
        kind=_text(kind.get("display")) or _text(_object(resource.get("type")).get("text")),
        kind_code=_text(kind.get("code")),
        authors=tuple(filter(None, _authors(resource))),
        created_at=_instant(attachment.get("creation")) or _instant(resource.get("date")),
        mime_type=_text(attachment.get("contentType")).partition(";")[0].strip().lower(),
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        sha1=_base64(attachment.get("hash")) or b"",
        labels=frozenset(
            _text(code.get("code"))
            for label in _objects(resource.get("securityLabel"))
            for code in _objects(label.get("coding"))
        ),
        archived=any(
            one.get("url") == vocabulary.IS_ARCHIVED and one.get("valueBoolean") is True
            for one in _objects(resource.get("extension"))
        ),
        where=attachment["url"] if isinstance(attachment.get("url"), str) else "",
        entry=_own_reference(resource),
    )


def _own_reference(resource: Resource) -> str:
    return reference_of_location(f"{resource.get('resourceType')}/{resource.get('id')}")


def _authors(resource: Resource) -> Iterable[str]:
    """Names of those authors who are contained; the others are known to the record alone, but for a display."""
    contained = {f"#{_text(one.get('id'))}": one for one in _objects(resource.get("contained"))}
    for reference in _objects(resource.get("author")):
        one = contained.get(_text(reference.get("reference")), {})
        named = [contained.get(_text(_object(one.get(key)).get("reference")), {}) for key in _ROLE_PARTS]
        names = [name for name in map(_name, [one, *named]) if name]
        yield ", ".join(names) or _text(reference.get("display"))


_ROLE_PARTS: Final = ("practitioner", "organization")


def _name(resource: Resource) -> str:
    name = resource.get("name")
    if isinstance(name, str):
        return _text(name)
    human = next(iter(_objects(name)), {})
    given = human.get("given")
    parts = [*(given if isinstance(given, list) else []), human.get("family")]
    return _text(human.get("text")) or " ".join(_text(part) for part in parts if _text(part))


def _oid(identifier: Resource) -> str:
    match = _OID.fullmatch(_text(identifier.get("value")))
    return match[1] if match and identifier.get("system") == vocabulary.URI else ""


def _instant(value: object) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None


def _base64(value: object) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def _text(value: object) -> str:
    return value.strip()[:_TEXT] if isinstance(value, str) else ""


def _object(value: object) -> Resource:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Resource]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
