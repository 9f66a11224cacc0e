"""Good resources, and their elements with what R4 says of each."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mappings.elements import Json
from mappings.fhir.definitions import Element, definition
from tests.mappings.fhir.mutations import GOOD as _PLAIN
from tests.mappings.fhir.mutations import Place
from tests.mappings.fhir.validation.examples import GOOD as _PROFILED

#: One of every profile, and one of every type of the model that claims none.
MATERIAL: Final[Mapping[str, Json]] = _PROFILED | {
    f"plain {name}": {key: value for key, value in resource.items() if key != "meta"}
    for name, resource in _PLAIN.items()
}


class Member(NamedTuple):
    """One member of an object, known to R4: ``value`` is an array where the element repeats."""

    place: Place
    element: Element
    value: Any


def members(resource: Json, here: Place = (), table: str = "") -> Iterator[Member]:
    """Every member, outside in, those of what is contained or in a Bundle too."""
    elements = definition(table or resource["resourceType"]).elements
    for name, value in resource.items():
        element = elements.get(name)
        if element is None:
            continue
        yield Member((*here, name), element, value)
        if not element.primitive:
            for place, item in items(Member((*here, name), element, value)):
                yield from members(item, place, item["resourceType"] if element.type == "Resource" else element.type)


def items(member: Member) -> Iterator[tuple[Place, Any]]:
    """Each value of a member, with its place."""
    if member.element.many:
        yield from (((*member.place, index), item) for index, item in enumerate(member.value))
    else:
        yield member.place, member.value
