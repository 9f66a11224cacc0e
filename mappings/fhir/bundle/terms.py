"""On which terms a request is made: conditions and versions (R4 4.0.1, https://hl7.org/fhir/R4/http.html#cond-update)."""

from typing import Final
from urllib.parse import parse_qsl

from mappings.issues import Issue, Refused

#: Search parameters and their values, as a search would write them.
Criteria = tuple[tuple[str, str], ...]
#: Digits of the longest version number.
_LONGEST_VERSION: Final = 9
#: Most criteria of one condition, and the longest, in characters.
_MOST: Final = 20
_LONGEST: Final = 2_000


def identified(system: str, value: str) -> Criteria:
    """The condition that a business identifier makes."""
    return (("identifier", f"{system}|{value}"),)


def condition(query: str, expression: str) -> Criteria | None:
    """What ``[Type?]name=value&…`` looks for; None when nothing was said."""
    if not query:
        return None
    criteria: Criteria = ()
    if len(query) <= _LONGEST and "\x00" not in query and "%00" not in query:
        try:
            text = query.partition("?")[2] or query
            criteria = tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST))
        except ValueError:
            criteria = ()
    if not criteria or not all(name and value for name, value in criteria):
        text = "Une condition s’écrit comme une recherche, chaque critère avec sa valeur (identifier=système|valeur)."
        raise Refused(Issue("not-supported", expression, text, "FHIR R4, http.html#ccreate"))
    return criteria


def etag_version(etag: str, expression: str) -> int:
    """Version of a weak ETag ``W/"3"``, from 1 on; 0 when absent. ``Refused`` too when no version bears its number."""
    if not etag:
        return 0
    text = etag.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_VERSION:
        sentence = 'Un ETag de version s’écrit W/"n".'
        raise Refused(Issue("value", expression, sentence, "FHIR R4, http.html#concurrency"))
    if not int(text):
        sentence = "Les versions se comptent à partir de 1 : celle que désigne If-Match n’est jamais en vigueur."
        raise Refused(Issue("conflict", expression, sentence, "FHIR R4, http.html#concurrency"))
    return int(text)


def absent(etag: str, expression: str) -> bool:
    """Whether nothing may be there yet: ``If-None-Match: *`` of an update (RFC 9110, section 13.1.2)."""
    if etag.strip() in ("", "*"):
        return bool(etag.strip())
    sentence = "Pour une écriture, If-None-Match ne s’écrit que « * » : rien ne doit encore être là."
    raise Refused(Issue("not-supported", expression, sentence, "RFC 9110, section 13.1.2"))
