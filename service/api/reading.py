"""Reading: a version, the current one or another (R4 4.0.1, https://hl7.org/fhir/R4/http.html#read)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final

from mappings.fhir.search import PARAMETERS
from mappings.issues import PARAMETER, Issue, Refused
from service.api import media
from service.api.exchange import Call, Pairs, Reply
from service.api.parameters import refuse_others_in_address
from service.api.query import Asking, Query, read_query
from service.api.searchset import shown
from service.store.unit import StoredVersion

Resource = dict[str, Any]

#: Parameters that ask for less than the whole of each resource.
OF_PARTS: Final = frozenset({"_summary", "_elements"})


def read(call: Call, type_: str, id_: str) -> Reply:
    refuse_others_in_address(call, OF_PARTS)
    version = call.composition.store.read(known(type_), id_)
    return version_reply(call, version)


def vread(call: Call, type_: str, id_: str, number: str) -> Reply:
    refuse_others_in_address(call, OF_PARTS)
    return version_reply(call, call.composition.store.read(known(type_), id_, int(number)))


def known(type_: str) -> str:
    """The type, when it is kept here; 404 for any other (http.html#read)."""
    if type_ not in PARAMETERS:
        raise Refused(Issue("not-found", "", "Ce type de ressource n’est pas tenu ici.", "CapabilityStatement"))
    return type_


def version_reply(call: Call, version: StoredVersion | None) -> Reply:
    """The version; 404 when it never was, 410 when it says that the resource is gone, 304 when the caller has it."""
    if version is None:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    if not version.body:
        text = "Cette ressource a été supprimée ; son historique demeure (_history)."
        raise Refused(Issue("deleted", "", text, "FHIR R4, http.html#delete"))
    headers = version_headers(version.version, version.recorded)
    if _has_it(call, headers["ETag"], version.recorded):
        return Reply(304, headers=dict(headers))
    return media.stored(call, _asked_part(call, version), 200, headers)


def _asked_part(call: Call, version: StoredVersion) -> bytes:
    if not (call.parameter("_summary") or call.parameter("_elements")):
        return version.body
    asked = part_asked(call, [version.type], call.pairs)
    return shown(version.body, asked) if asked else version.body


def part_asked(call: Call, types: Sequence[str], pairs: Pairs) -> Query | None:
    """How much of resources of these types ``_summary`` or ``_elements`` ask (http.html#parameters); None for all."""
    named = [pair for pair in pairs if pair[0] in OF_PARTS and pair[1]]
    if not named:
        return None
    asked = read_query(types, named, Asking(store=call.composition.store, now=call.composition.clock()))
    if asked.summary == "count":
        text = "Seul ce qui est cherché se compte."
        raise Refused(Issue("not-supported", f"{PARAMETER}_summary", text, "FHIR R4, search.html#summary"))
    return asked


@lru_cache(maxsize=4_096)
def version_headers(version: int, recorded: dt.datetime) -> Mapping[str, str]:
    """Remembered: what is asked for again and again says the same."""
    return {"ETag": f'W/"{version}"', "Last-Modified": _http_date(recorded.replace(microsecond=0))}


@lru_cache(maxsize=1_024)
def _http_date(second: dt.datetime) -> str:
    """Remembered: what is written, or asked for, together was written within few seconds."""
    return format_datetime(second, usegmt=True)


def _has_it(call: Call, etag: str, recorded: dt.datetime) -> bool:
    """Conditional read (http.html#cread): the ETag decides where one is given (RFC 9110, section 13.2.2)."""
    if known_ones := call.header("If-None-Match"):
        number = etag.removeprefix("W/")
        return known_ones.strip() == "*" or number in [one.strip().removeprefix("W/") for one in known_ones.split(",")]
    if not (since := call.header("If-Modified-Since")):
        return False
    try:
        instant = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return False  # a date that is none is not there (RFC 9110, section 13.1.3)
    return recorded.replace(microsecond=0) <= instant.replace(tzinfo=instant.tzinfo or dt.UTC)
