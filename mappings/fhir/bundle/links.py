"""What the entries of a Bundle say of each other (R4 4.0.1, https://hl7.org/fhir/R4/bundle.html#references)."""

import re
from collections.abc import Iterable, Mapping
from operator import is_not
from typing import Any, Final

import orjson

from mappings.fhir.json import dump

Resource = dict[str, Any]
#: What holds other elements.
_NESTED: Final = (dict, list)
#: Elements that may hold the name of an entry: references, and those of type uri, url, oid or uuid that point at things.
_LINKS: Final = frozenset({"reference", "url", "valueUri", "valueUrl", "valueOid", "valueUuid", "valueCanonical"})
#: How a literal reference begins in compact JSON, and the rest of a text up to its end.
_MEMBER: Final = b'"reference":"'
_TEXT: Final = re.compile(rb'(?:[^"\\]|\\.)*')
#: Where a link or an image of a narrative leads, between its quotes.
_DESTINATION: Final = re.compile(r"""((?:href|src)\s*=\s*["'])([^"'<>]*)(["'])""")


def rewritten(node: Any, targets: Mapping[str, str]) -> Any:
    """``node`` with every link that ``targets`` names put in its place; shared where nothing changes."""
    return _rewritten(node, targets) if targets else node


def _rewritten(node: Any, targets: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        changed = {}
        for key, value in node.items():
            if isinstance(value, _NESTED):
                new = _rewritten(value, targets)
                if new is not value:
                    changed[key] = new
            elif key in _LINKS and value in targets:
                changed[key] = targets[value]
            elif key == "div" and isinstance(value, str):
                if (div := _narrative(value, targets)) != value:
                    changed[key] = div
        return {**node, **changed} if changed else node
    if isinstance(node, list):
        items = [_rewritten(item, targets) for item in node]
        return items if any(map(is_not, items, node)) else node
    return node


def targets_of(resource: Resource) -> list[str]:
    """Every literal reference of ``resource``, without where it stands: read off its text, which is not walked."""
    before, *pieces = dump(resource).split(_MEMBER)
    found = []
    for piece in pieces:
        # Within a text, or a name, the quote before it would be escaped.
        if before.endswith((b"{", b",")):
            found.append(_text_at_start(piece))
        before = piece
    return found


def _text_at_start(json: bytes) -> str:
    text, _, _ = json.partition(b'"')
    if b"\\" not in text:
        return text.decode()
    whole: str = orjson.loads(b'"%b"' % _TEXT.match(json)[0])  # type: ignore[index]  # a text has an end
    return whole


def references(node: Any, expression: str) -> Iterable[tuple[str, str]]:
    """Every literal reference of ``node`` with its FHIRPath."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "reference" and isinstance(value, str):
                yield value, f"{expression}.reference"
            else:
                yield from references(value, f"{expression}.{key}")
    elif isinstance(node, list):
        for n, item in enumerate(node):
            yield from references(item, f"{expression}[{n}]")


def _narrative(div: str, targets: Mapping[str, str]) -> str:
    """Links and images of a narrative (bundle.html#references)."""
    return _DESTINATION.sub(lambda link: f"{link[1]}{targets.get(link[2], link[2])}{link[3]}", div)
