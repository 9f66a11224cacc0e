"""What the directory answered. Pure: bundles in, what they say of one professional or of one structure out."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mappings.codes import systems
from mappings.codes.identifiers import is_mailbox
from mappings.domain.people import Practitioner
from mappings.elements import Json
from mappings.fhir.datatypes import FhirElement
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.issues import Refused
from service.clients.directory.boxes import Box, addresses


class Absence(StrEnum):
    """Why there is no professional to show."""

    #: The directory answered that nobody bears this number.
    UNKNOWN = "unknown"
    #: The directory has struck them off; what we had learnt before stays as it was.
    INACTIVE = "inactive"
    #: The answer cannot be understood.
    UNREADABLE = "unreadable"
    #: No answer now: ask again later.
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the directory said of a professional, and when."""

    #: With a mailbox only where there is but one.
    practitioner: Practitioner
    boxes: tuple[Box, ...]
    #: References and numbers of the structures that they work in.
    structures: frozenset[str]
    learnt_at: dt.datetime
    #: False for the last answer that came, when it is of another day and none comes now.
    fresh: bool = True


def said_of(resources: list[Json], rpps: str, now: dt.datetime) -> Said | Absence:
    """Only what bears the number asked for is believed."""
    practitioners = [each for each in resources if each.get("resourceType") == "Practitioner"]
    borne = [each for each in practitioners if FhirElement(each, "Practitioner").identifier(systems.RPPS) == rpps]
    if not borne:
        return Absence.UNREADABLE if practitioners else Absence.UNKNOWN
    active = [each for each in borne if each.get("active") is not False]
    if not active:
        return Absence.INACTIVE
    if len(active) > 1:
        return Absence.UNREADABLE
    id_ = active[0].get("id")
    try:
        practitioner = practitioner_from_fhir(active[0])
        boxes = (*_boxes(active[0], "Practitioner"), *_boxes_of_situations(resources, id_))
    except Refused:
        return Absence.UNREADABLE
    found = addresses(boxes)
    return Said(
        practitioner=replace(practitioner, mailbox=found[0] if len(found) == 1 else ""),
        boxes=boxes,
        structures=frozenset(name for each in _situations(resources, id_) for name in _structures(each)),
        learnt_at=now,
    )


def references_of(bundle: Json, finess: str) -> frozenset[str]:
    """What the directory's own references call a structure: its technical ids may change, and are not kept."""
    return frozenset(
        f"Organization/{one.get('id')}"
        for one in entries(bundle)
        if one.get("resourceType") == "Organization"
        and any(each.get("value") == finess for each in _objects(one.get("identifier")))
    )


def bundle_of(body: bytes) -> Json | Absence:
    try:
        bundle = json.loads(body.decode(), parse_float=Decimal)
    except (ValueError, RecursionError):
        return Absence.UNREADABLE
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return Absence.UNREADABLE
    return bundle


def entries(bundle: Json) -> list[Json]:
    return [entry["resource"] for entry in _objects(bundle.get("entry")) if isinstance(entry.get("resource"), dict)]


def next_of(bundle: Json) -> str:
    links = [link.get("url") for link in _objects(bundle.get("link")) if link.get("relation") == "next"]
    return next((url for url in links if isinstance(url, str)), "")


def _boxes(resource: Json, type_: str, structures: frozenset[str] = frozenset()) -> list[Box]:
    found = FhirElement(resource, type_).mailboxes("PER")
    return [Box(address, structures) for address in found if is_mailbox(address)]


def _boxes_of_situations(resources: list[Json], id_: object) -> list[Box]:
    """A personal box may be tied to one situation (RPPS and structure) rather than to the professional."""
    situations = _situations(resources, id_)
    return [box for each in situations for box in _boxes(each, "PractitionerRole", frozenset(_structures(each)))]


def _structures(situation: Json) -> Iterator[str]:
    """A situation names its structure by the directory's id, by its number, or by both."""
    structure = situation.get("organization")
    if isinstance(structure, dict):
        number = structure.get("identifier")
        named = (structure.get("reference"), number.get("value") if isinstance(number, dict) else None)
        yield from (one for one in named if isinstance(one, str) and one)


def _situations(resources: list[Json], id_: object) -> Iterator[Json]:
    for each in resources:
        if each.get("resourceType") == "PractitionerRole" and each.get("active") is not False:
            reference = each.get("practitioner")
            if isinstance(reference, dict) and reference.get("reference") == f"Practitioner/{id_}":
                yield each


def _objects(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
