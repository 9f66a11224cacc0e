"""What a FHIR record asks of a submission, read from PDSm 3.1.1 and IHE MHD by a second reader.

``pdsm-comprehensive-provide-document-bundle`` (ITI-65), ``pdsm-simplified-publish`` (ITI-105). A fault names the element
and never its value.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

Resource = dict[str, Any]

_BASE: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
_PROFILES: Final = {
    "Bundle": "pdsm-comprehensive-provide-document-bundle",
    "List": "pdsm-submissionset-comprehensive",
    "DocumentReference": "pdsm-comprehensive-document-reference",
}
_MHD: Final = "https://profiles.ihe.net/ITI/MHD/"
_EXTENSIONS: Final = frozenset(f"{_MHD}StructureDefinition/{name}" for name in ("ihe-designationType", "ihe-sourceId"))
_DOCUMENT: Final = (
    *("contained", "masterIdentifier", "status", "type", "category", "subject", "date", "author", "authenticator"),
    *("custodian", "securityLabel", "content", "context"),
)
_ATTACHMENT: Final = ("contentType", "language", "size", "hash", "title", "creation")
_CONTEXT: Final = ("period", "facilityType", "practiceSetting", "sourcePatientInfo", "event")
_LIST: Final = ("identifier", "status", "mode", "code", "extension", "subject", "date", "source", "entry")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_OID: Final = re.compile(r"urn:oid:[0-2](\.(0|[1-9]\d*))+")
_INS: Final = re.compile(r"urn:oid:1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)\|[0-9AB]{15}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One issue of an OperationOutcome: FHIR code, element."""

    code: str
    element: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A submission that holds: the document, its bytes, its set; the INS as ``system|value``."""

    document: Resource
    content: bytes
    patient: str
    submission: Resource | None = None

    @property
    def unique_id(self) -> str:
        value: str = self.document["masterIdentifier"]["value"]
        return value.removeprefix("urn:oid:")

    @property
    def replaces(self) -> str:
        links = [one for one in self.document.get("relatesTo", ()) if one.get("code") == "replaces"]
        return str(links[0]["target"]["reference"]) if links else ""


class Unfit(Exception):
    """The submission is not as demanded; carries every fault found."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.element for fault in faults))
        self.faults = faults


def provided(bundle: Resource) -> Submitted:
    """The one document of a transaction; ``Unfit`` when PDSm would not have it."""
    entries = bundle.get("entry", [])
    by_type: dict[str, list[tuple[str, Resource]]] = {}
    for entry in entries:
        resource = entry.get("resource", {})
        type_ = str(resource.get("resourceType"))
        by_type.setdefault(type_, []).append((str(entry.get("fullUrl")), resource))
        if entry.get("request") != {"method": "POST", "url": type_}:
            raise Unfit(Fault("value", "Bundle.entry.request"))
    if bundle.get("type") != "transaction" or set(by_type) != {"List", "DocumentReference", "Binary"}:
        raise Unfit(Fault("structure", "Bundle.entry"))
    if any(len(found) != 1 for found in by_type.values()):
        raise Unfit(Fault("structure", "Bundle.entry"))
    (_, submission), (document_url, document), (binary_url, binary) = (
        by_type[type_][0] for type_ in ("List", "DocumentReference", "Binary")
    )
    content = _bytes(binary.get("data"))
    faults = [
        *_profiled(bundle, submission, document),
        *_of_document(document, content, binary),
        *_of_list(submission, document, document_url),
    ]
    if document.get("content", [{}])[0].get("attachment", {}).get("url") != binary_url:
        faults.append(Fault("value", "DocumentReference.content.attachment.url"))
    if faults:
        raise Unfit(*faults)
    patient = str(document["subject"].get("reference", "")).removeprefix("Patient?identifier=")
    return Submitted(document=document, content=content, patient=_ins(patient), submission=submission)


def published(document: Resource) -> Submitted:
    """The document of a simplified publish, which carries its own bytes."""
    attachment = document.get("content", [{}])[0].get("attachment", {})
    content = _bytes(attachment.get("data"))
    faults = [*_of_document(document, content, {"contentType": attachment.get("contentType")})]
    if f"{_BASE}pdsm-simplified-publish" not in document.get("meta", {}).get("profile", ()):
        faults.append(Fault("required", "DocumentReference.meta.profile"))
    if "identifier" in document:
        faults.append(Fault("structure", "DocumentReference.identifier"))
    if "url" in attachment:
        faults.append(Fault("structure", "DocumentReference.content.attachment.url"))
    if faults:
        raise Unfit(*faults)
    known = document["subject"].get("identifier", {})
    return Submitted(document=document, content=content, patient=_ins(f"{known.get('system')}|{known.get('value')}"))


def _profiled(*resources: Resource) -> Iterator[Fault]:
    for resource in resources:
        type_ = resource["resourceType"]
        if _BASE + _PROFILES[type_] not in resource.get("meta", {}).get("profile", ()):
            yield Fault("required", f"{type_}.meta.profile")


def _of_document(document: Resource, content: bytes, binary: Resource) -> Iterator[Fault]:
    yield from _missing(document, "DocumentReference", _DOCUMENT)
    if document.get("status") != "current":
        yield Fault("value", "DocumentReference.status")
    master = document.get("masterIdentifier", {})
    if master.get("system") != "urn:ietf:rfc:3986" or not _OID.fullmatch(str(master.get("value"))):
        yield Fault("value", "DocumentReference.masterIdentifier")
    if not _INSTANT.fullmatch(str(document.get("date"))):
        yield Fault("value", "DocumentReference.date")
    inside = {f"#{one.get('id')}" for one in document.get("contained", ())}
    named = [*document.get("author", ()), document.get("authenticator", {}), document.get("custodian", {})]
    if any(one.get("reference") not in inside for one in named):
        yield Fault("not-found", "DocumentReference.contained")
    first = (document.get("content") or [{}])[0]
    attachment, context = first.get("attachment", {}), document.get("context", {})
    yield from _missing(attachment, "DocumentReference.content.attachment", _ATTACHMENT)
    yield from _missing(first, "DocumentReference.content", ("format",))
    yield from _missing(context, "DocumentReference.context", _CONTEXT)
    if attachment.get("contentType") != binary.get("contentType"):
        yield Fault("value", "DocumentReference.content.attachment.contentType")
    if attachment.get("size") != len(content):
        yield Fault("value", "DocumentReference.content.attachment.size")
    if attachment.get("hash") != sha1_of(content):
        yield Fault("value", "DocumentReference.content.attachment.hash")
    if not _INSTANT.fullmatch(str(context.get("period", {}).get("start"))):
        yield Fault("value", "DocumentReference.context.period.start")
    if context.get("sourcePatientInfo", {}).get("reference") not in inside:
        yield Fault("not-found", "DocumentReference.context.sourcePatientInfo")


def _of_list(submission: Resource, document: Resource, document_url: str) -> Iterator[Fault]:
    yield from _missing(submission, "List", _LIST)
    if (submission.get("status"), submission.get("mode")) != ("current", "working"):
        yield Fault("value", "List.mode")
    kinds = submission.get("code", {}).get("coding", ())
    if {"system": f"{_MHD}CodeSystem/MHDlistTypes", "code": "submissionset"} not in kinds:
        yield Fault("code-invalid", "List.code")
    uses = {one.get("use"): str(one.get("value")) for one in submission.get("identifier", ())}
    if not _OID.fullmatch(uses.get("usual", "")) or not uses.get("official", "").startswith("urn:uuid:"):
        yield Fault("value", "List.identifier")
    if {one.get("url") for one in submission.get("extension", ())} < _EXTENSIONS:
        yield Fault("required", "List.extension")
    if [one.get("item", {}).get("reference") for one in submission.get("entry", ())] != [document_url]:
        yield Fault("value", "List.entry")
    if submission.get("subject") != document.get("subject"):
        yield Fault("value", "List.subject")
    if submission.get("source", {}).get("reference") not in {
        f"#{o.get('id')}" for o in submission.get("contained", ())
    }:
        yield Fault("not-found", "List.source")


def _missing(resource: Resource, path: str, names: tuple[str, ...]) -> Iterator[Fault]:
    for name in names:
        if not resource.get(name):
            yield Fault("required", f"{path}.{name}")


def sha1_of(content: bytes) -> str:
    """As FHIR says it: the base64 of the bytes of the digest."""
    return base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def _bytes(data: object) -> bytes:
    if not isinstance(data, str):
        raise Unfit(Fault("value", "Binary.data"))
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        raise Unfit(Fault("value", "Binary.data")) from None


def _ins(token: str) -> str:
    if not _INS.fullmatch(token):
        raise Unfit(Fault("value", "DocumentReference.subject"))
    return token
