"""What a FHIR record lets a producer change of a document (PATCH), read from PDSm 3.1.1 and its working version.

Flux 03 and 04: status, securityLabel, isArchived and isDeleted, and nothing else (405); JSON Patch (RFC 6902) and FHIRPath
Patch. A document that is deleted is as if it had never been (404). Every operation of a request, or none.
"""

import copy
import json
import re
from collections.abc import Callable
from typing import Any, Final

from service.sandbox.pdsm_rules import Fault

Resource = dict[str, Any]

_EXTENSIONS: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
ARCHIVED: Final = f"{_EXTENSIONS}pdsm-ext-is-archived"
DELETED: Final = f"{_EXTENSIONS}pdsm-ext-is-deleted"
_STATUSES: Final = ("current", "superseded", "entered-in-error")
#: Codes of securityLabel: how confidential, and who does not see it (TRE_A07).
_LABELS: Final = frozenset({"N", "R", "V", "MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"})
_FLAG: Final = re.compile(r"DocumentReference\.extension\.where\(url='([^']+)'\)\.value")
_LABEL: Final = re.compile(
    r"DocumentReference\.securityLabel\.where\(coding\.where\(system='([^']+)' and code='([^']+)'\)\.exists\(\)\)"
)


class NotPatched(Exception):
    """Nothing is changed: HTTP status, issue."""

    def __init__(self, status: int, code: str, element: str) -> None:
        super().__init__(f"{status} {element}")
        self.status = status
        self.fault = Fault(code, element)


def patched(document: Resource, body: bytes, content_type: str, *, draft: bool) -> Resource:
    """The document as it is after the request; ``draft``: of the FHIR road to the DMP, where another status deletes."""
    kind = content_type.partition(";")[0].strip().lower()
    apply = _APPLY.get(kind)
    if apply is None:
        raise NotPatched(415, "not-supported", "Content-Type")
    try:
        after = apply(copy.deepcopy(document), json.loads(body))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise NotPatched(400, "structure", "Patch") from None
    _judge(document, after, draft=draft)
    if is_deleted(after):
        after["extension"] = [one for one in after.get("extension", ()) if one["url"] != ARCHIVED]
    return after


def is_deleted(document: Resource) -> bool:
    return flag(document, DELETED) or document["status"] == "entered-in-error"


def hidden_from(document: Resource) -> list[str]:
    """Who does not see it, by its codes."""
    codes = {code["code"] for label in document.get("securityLabel", ()) for code in label["coding"]}
    return sorted(codes - {"N", "R", "V"})


def flag(document: Resource, url: str) -> bool:
    return any(one.get("url") == url and one.get("valueBoolean") is True for one in document.get("extension", ()))


def _judge(before: Resource, after: Resource, *, draft: bool) -> None:
    if {**after, "status": 0, "securityLabel": 0, "extension": 0} != {
        **before,
        "status": 0,
        "securityLabel": 0,
        "extension": 0,
    }:
        raise NotPatched(405, "business-rule", "DocumentReference")
    if any(
        set(one) != {"url", "valueBoolean"} or one["url"] not in (ARCHIVED, DELETED) for one in _added(before, after)
    ):
        raise NotPatched(405, "business-rule", "DocumentReference.extension")
    if any(not isinstance(one["valueBoolean"], bool) for one in _added(before, after)):
        raise NotPatched(422, "value", "DocumentReference.extension")
    if after["status"] not in _STATUSES or (after["status"] == "entered-in-error" and not draft):
        raise NotPatched(422, "value", "DocumentReference.status")
    codes = {code.get("code") for label in after.get("securityLabel", ()) for code in label["coding"]}
    if not codes or not codes <= _LABELS:
        raise NotPatched(422, "code-invalid", "DocumentReference.securityLabel")
    if flag(after, DELETED) and (before["status"], after["status"]) != ("current", "superseded"):
        raise NotPatched(422, "business-rule", "DocumentReference.status")


def _added(before: Resource, after: Resource) -> list[Resource]:
    return [one for one in after.get("extension", ()) if one not in before.get("extension", ())]


def _json_patch(document: Resource, operations: list[Resource]) -> Resource:
    for one in operations:
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in one["path"].split("/")[1:]]
        inside: Any = document
        for step in way:
            inside = inside[int(step)] if isinstance(inside, list) else inside[step]
        _operated(inside, last, one)
    return document


def _operated(inside: Any, last: str, one: Resource) -> None:
    place: Any = int(last) if isinstance(inside, list) and last != "-" else last
    match one["op"]:
        case "test":
            if inside[place] != one["value"]:
                raise NotPatched(422, "business-rule", "test")
        case "replace":
            # What is not there is not replaced.
            inside[place] = inside[place] and one["value"]
        case "remove":
            del inside[place]
        case "add" if isinstance(inside, list):
            inside.insert(len(inside) if place == "-" else place, one["value"])
        case "add":
            inside[place] = one["value"]
        case _:
            raise ValueError


def _fhirpath_patch(document: Resource, parameters: Resource) -> Resource:
    if parameters["resourceType"] != "Parameters":
        raise ValueError
    for operation in parameters["parameter"]:
        parts = {part["name"]: part for part in operation["part"]}
        kind, path = parts["type"]["valueCode"], parts["path"]["valueString"]
        if (kind, path) == ("replace", "DocumentReference.status"):
            document["status"] = parts["value"]["valueCode"]
        elif kind == "replace" and (found := _FLAG.fullmatch(path)):
            (there,) = (one for one in document["extension"] if one["url"] == found[1])
            there["valueBoolean"] = parts["value"]["valueBoolean"]
        elif kind == "delete" and (found := _LABEL.fullmatch(path)):
            wanted = {"system": found[1], "code": found[2]}
            (gone,) = (
                label
                for label in document["securityLabel"]
                if any(wanted.items() <= c.items() for c in label["coding"])
            )
            document["securityLabel"].remove(gone)
        elif (kind, path) == ("add", "DocumentReference"):
            _put(document, parts["name"]["valueString"], parts["value"])
        else:
            raise NotPatched(405, "not-supported", "Parameters.parameter.part")
    return document


def _put(document: Resource, name: str, value: Resource) -> None:
    if name == "securityLabel":
        document.setdefault(name, []).append(value["valueCodeableConcept"])
    elif name == "extension":
        url, flagged = value["part"]
        document.setdefault(name, []).append({"url": url["valueUri"], "valueBoolean": flagged["valueBoolean"]})
    else:
        raise NotPatched(405, "business-rule", f"DocumentReference.{name}")


_APPLY: Final[dict[str, Callable[[Resource, Any], Resource]]] = {
    "application/json-patch+json": _json_patch,
    "application/fhir+json": _fhirpath_patch,
}
