"""What is changed of a document that a record holds: its status, who sees it, whether it is archived or deleted.

PDSm 3.1.1, « Mise à jour de documents » (flux 03): a conditional PATCH of status, securityLabel and isArchived, and of
nothing else; its working version adds isDeleted. Two ways of writing it: JSON Patch (RFC 6902), which names an extension by
its place, and FHIRPath Patch (FHIR R4, fhirpatch.html), which names it by its URL. Pure.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from mappings.codes.document import VISIBILITIES
from mappings.domain.showing import hidden_from
from mappings.fhir.datatypes import codeable_concept, coding
from mappings.pdsm import vocabulary

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What it is to be; None is left as it is."""

    status: str | None = None
    #: Codes of TRE_A07 that hide it; none shows it.
    visibility: AbstractSet[str] | None = None
    #: Extensions that say yes or no, by URL.
    flags: dict[str, bool] = field(default_factory=dict)


def is_done(document: Resource, change: Change) -> bool:
    """Whether ``document``, as the record shows it, is so already. A flag that is not there says no."""
    return (
        change.status in (None, document.get("status"))
        and (change.visibility is None or visibility_of(document) == change.visibility)
        and all(flag_of(document, url) == value for url, value in change.flags.items())
    )


def visibility_of(document: Resource) -> frozenset[str]:
    return frozenset(code for label in _labels(document) for code in _hiding(label))


def shown_in(document: Resource) -> frozenset[str] | None:
    """From whom the record says that it hides the document; None when it says nothing of its confidentiality."""
    return hidden_from(str(one.get("code")) for label in _labels(document) for one in _objects(label.get("coding")))


def flag_of(document: Resource, url: str) -> bool:
    return any(one.get("url") == url and one.get("valueBoolean") is True for one in _extensions(document))


def json_patch(document: Resource, change: Change) -> list[Resource]:
    """Operations on the document as it was read: nothing is done unless its status is still that one."""
    operations: list[Resource] = [{"op": "test", "path": "/status", "value": document["status"]}]
    if change.status is not None:
        operations.append({"op": "replace", "path": "/status", "value": change.status})
    if change.visibility is not None:
        wanted = [*(one for one in _labels(document) if not _hiding(one)), *labels_of(change.visibility)]
        # "add" replaces what is there (RFC 6902, section 4.1).
        operations.append({"op": "add", "path": "/securityLabel", "value": wanted})
    present = [one.get("url") for one in _extensions(document)]
    for url, value in change.flags.items():
        if url in present:
            operations.append(
                {"op": "replace", "path": f"/extension/{present.index(url)}/valueBoolean", "value": value}
            )
        elif present:
            operations.append({"op": "add", "path": "/extension/-", "value": _flag(url, value)})
        else:
            operations.append({"op": "add", "path": "/extension", "value": [_flag(url, value)]})
            present = [url]
    return operations


def fhirpath_patch(document: Resource, change: Change) -> Resource:
    """The same as Parameters; each extension and each label by what it is, never by its place."""
    operations = [
        *_status_operations(change),
        *_label_operations(document, change),
        *_flag_operations(document, change),
    ]
    return {"resourceType": "Parameters", "parameter": operations}


def _status_operations(change: Change) -> Iterator[Resource]:
    if change.status is not None:
        yield _operation("replace", "DocumentReference.status", {"valueCode": change.status})


def _label_operations(document: Resource, change: Change) -> Iterator[Resource]:
    if change.visibility is None:
        return
    present = visibility_of(document)
    for code in sorted(present - change.visibility):
        where = f"coding.where(system='{vocabulary.VISIBILITY}' and code='{code}').exists()"
        yield _operation("delete", f"DocumentReference.securityLabel.where({where})")
    for label in labels_of(change.visibility - present):
        yield _operation("add", "DocumentReference", {"valueCodeableConcept": label}, name="securityLabel")


def _flag_operations(document: Resource, change: Change) -> Iterator[Resource]:
    present = {one.get("url") for one in _extensions(document)}
    for url, value in change.flags.items():
        if url in present:
            path = f"DocumentReference.extension.where(url='{url}').value"
            yield _operation("replace", path, {"valueBoolean": value})
        else:
            parts = [{"name": "url", "valueUri": url}, {"name": "valueBoolean", "valueBoolean": value}]
            yield _operation("add", "DocumentReference", {"part": parts}, name="extension")


def _operation(kind: str, path: str, value: Resource | None = None, *, name: str = "") -> Resource:
    parts = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    if name:
        parts.append({"name": "name", "valueString": name})
    if value is not None:
        parts.append({"name": "value", **value})
    return {"name": "operation", "part": parts}


def labels_of(codes: AbstractSet[str]) -> list[Resource]:
    return [codeable_concept(coding(vocabulary.VISIBILITY, code, VISIBILITIES[code])) for code in sorted(codes)]


def _hiding(label: Resource) -> list[str]:
    """Its codes of TRE_A07."""
    return [one["code"] for one in _objects(label.get("coding")) if one.get("code") in VISIBILITIES]


def _labels(document: Resource) -> list[Resource]:
    return _objects(document.get("securityLabel"))


def _extensions(document: Resource) -> list[Resource]:
    return _objects(document.get("extension"))


def _objects(value: object) -> list[Resource]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _flag(url: str, value: bool) -> Resource:
    return {"url": url, "valueBoolean": value}
