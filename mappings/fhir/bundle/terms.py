"""On which terms a request is made: conditions and versions (R4 4.0.1, https://hl7.org/fhir/R4/http.html#cond-update)."""

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from mappings.issues import Issue, Refused

#: Search parameters and their values, as a search would write them.
Criteria = tuple[tuple[str, str], ...]
#: An entity-tag (RFC 9110, section 8.8.3), or the bare number of a version.
_ETAG: Final = re.compile(r'(?:W/)?"[^"\x00-\x20\x7f]*"|[0-9]+')
_ETAGS: Final = re.compile(rf"[ \t,]*+(?:{_ETAG.pattern})(?:[ \t]*+,[ \t,]*+(?:{_ETAG.pattern}))*[ \t,]*")
#: What may stand before a condition: a type, perhaps below a base, or nothing.
_TYPED: Final = re.compile(r"(?:[^?&=]*/)?([A-Z][A-Za-z]{0,63})?\?")
#: A version as its ETag numbers it.
_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}")
#: Most criteria of one condition, and the longest, in characters.
_MOST: Final = 20
_LONGEST: Final = 2_000


def identified(system: str, value: str) -> Criteria:
    """The condition that a business identifier makes."""
    return (("identifier", f"{system}|{value}"),)


def condition(query: str, expression: str, type_: str = "") -> Criteria | None:
    """What ``[Type?]name=value&…`` looks for; None when nothing was said. A type that is not ``type_`` is refused."""
    if not query:
        return None
    typed = _TYPED.match(query)
    if typed and typed[1] and type_ and typed[1] != type_:
        text = f"La condition cherche une ressource {typed[1]}, et la demande porte sur {type_}."
        raise Refused(Issue("invariant", expression, text, "FHIR R4, http.html#ccreate"))
    criteria: Criteria = ()
    if len(query) <= _LONGEST and "\x00" not in query and "%00" not in query:
        try:
            text = query[typed.end() :] if typed else query
            criteria = tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST))
        except ValueError:
            criteria = ()
    if not criteria or not all(name and value for name, value in criteria):
        text = "Une condition s’écrit comme une recherche, chaque critère avec sa valeur (identifier=système|valeur)."
        raise Refused(Issue("not-supported", expression, text, "FHIR R4, http.html#ccreate"))
    return criteria


class Seen(NamedTuple):
    """Versions of which one must be in force (If-Match), or none may be (If-None-Match; RFC 9110, section 13.1)."""

    #: Those that are told; a tag that no version of ours bears is left out.
    versions: frozenset[int] = frozenset()
    #: ``*``: whichever it is.
    any: bool = False

    def holds(self, current: int) -> bool:
        """Whether the version in force, 0 where nothing is, is one of them."""
        return current > 0 and (self.any or current in self.versions)


def seen_versions(header: str, expression: str, name: str = "If-Match") -> Seen | None:
    """What ``*`` or a list of ETags ``W/"3"`` tells, a bare number being taken for one; None when absent."""
    if not header:
        return None
    if header.strip() == "*":
        return Seen(any=True)
    if len(header) > _LONGEST or not _ETAGS.fullmatch(header):
        sentence = f'{name} s’écrit W/"n" (n : une version), plusieurs séparés par des virgules, ou « * ».'
        raise Refused(Issue("structure", expression, sentence, "RFC 9110, section 13.1"))
    numbers = [tag.removeprefix("W/").strip('"') for tag in _ETAG.findall(header)]
    return Seen(frozenset(int(number) for number in numbers if _VERSION.fullmatch(number)))
