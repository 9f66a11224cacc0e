"""History of a resource, of a type, of all (R4 4.0.1, https://hl7.org/fhir/R4/http.html#history).

Newest first, page by page. A page goes on from a version that was given, never from a count: what is written meanwhile
moves nothing. The store keeps what a version says, not how it was asked for: the first is told as a creation, one that
follows a deletion as the update that brings the resource back (201), any other as an update.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

from mappings.fhir.bundle import history_bundle
from mappings.fhir.json import parse
from mappings.fhir.search import PARAMETERS, date_range
from mappings.issues import PARAMETER, Issue, Refused
from service.api import media
from service.api.exchange import Call, Pairs, Reply
from service.api.links import page_address
from service.api.parameters import refuse_others_in_address
from service.api.query import Query
from service.api.reading import OF_PARTS, known, part_asked
from service.api.searchset import shown
from service.intake.admission import UPDATABLE
from service.store import Store
from service.store.history import Changes
from service.store.instants import instant, micros
from service.store.unit import StoredVersion
from service.writes import print_utc

Resource = dict[str, Any]

_COUNT: Final = 50
_MAX_COUNT: Final = 500
_METHODS: Final = {
    "created": ("POST", 201),
    "updated": ("PUT", 200),
    "brought back": ("PUT", 201),
    "deleted": ("DELETE", 204),
}


def of_instance(call: Call, type_: str, id_: str) -> Reply:
    return _history(call, known(type_), id_)


def of_type(call: Call, type_: str) -> Reply:
    return _history(call, known(type_), "")


def of_system(call: Call) -> Reply:
    return _history(call, "", "")


def _history(call: Call, type_: str, id_: str) -> Reply:
    store = call.composition.store
    path = "/".join(filter(None, (type_, id_, "_history")))
    pairs, below = _page(call, path)
    wanted = _wanted(pairs, type_, id_, below)
    total = store.count_versions(type_, id_) if id_ else None
    if total == 0:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    part = part_asked(call, [type_] if type_ else list(PARAMETERS), pairs)
    found = store.changes(wanted)
    page = found[: wanted.count - 1]
    links = {"self": f"{call.base}/{path}"}
    if page and len(found) > len(page):
        cursor = call.composition.pages.cursor(path, pairs, (0, page[-1].number))
        links["next"] = page_address(call, links["self"], cursor)
    filtered = wanted.since or wanted.during
    effects = _effects(store, page)
    entries = [_entry(call.base, version, effect, part) for version, effect in zip(page, effects, strict=True)]
    return media.answer(call, history_bundle(links, entries, None if filtered else total))


def _page(call: Call, path: str) -> tuple[Pairs, int]:
    """What is asked, and the number below which its page begins."""
    cursor = call.parameter("_page")
    if not cursor:
        refuse_others_in_address(call, _TAKEN)
        return [pair for pair in call.pairs if pair[0] in _TAKEN], 0
    pairs, (_, below) = call.composition.pages.read(path, cursor)
    return pairs, below


def _wanted(pairs: Pairs, type_: str, id_: str, below: int) -> Changes:
    """One version more than the page takes tells whether there is another page."""
    told: dict[str, Any] = {"count": _COUNT + 1}
    issues = []
    for name, value in pairs:
        if name in OF_PARTS:
            continue
        try:
            told |= _READERS[name](value)
        except (ValueError, OverflowError):
            text = f"Le paramètre {name} n’a pas la forme attendue."
            issues.append(Issue("value", f"{PARAMETER}{name}", text, "FHIR R4, http.html#history"))
    if issues:
        raise Refused(issues)
    return Changes(type=type_, id=id_, below=below, **told)


def _count(value: str) -> dict[str, Any]:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise ValueError
    return {"count": min(int(value) or 1, _MAX_COUNT) + 1}


def _since(value: str) -> dict[str, Any]:
    return {"since": _instant(date_range(value.replace(" ", "+"))[0])}


def _at(value: str) -> dict[str, Any]:
    low, high = date_range(value.replace(" ", "+"))
    return {"during": (_instant(low), _instant(high))}


def _instant(told: int) -> dt.datetime:
    """In the years that a clock counts: a day that begins or ends them does so elsewhere first or last."""
    return instant(min(max(told, _FIRST), _LAST))


_FIRST: Final = micros(dt.datetime.min.replace(tzinfo=dt.UTC))
_LAST: Final = micros(dt.datetime.max.replace(tzinfo=dt.UTC))
_READERS: Final = {"_count": _count, "_since": _since, "_at": _at}
_TAKEN: Final = OF_PARTS | _READERS.keys()


def _effects(store: Store, page: Sequence[StoredVersion]) -> Iterator[str]:
    """What each version of the page did."""
    before = [(one.type, one.id, one.version - 1) for one in page if one.body and one.type in UPDATABLE]
    deletions = store.deletions(before) if before else frozenset()
    for one in page:
        if not one.body:
            yield "deleted"
        elif one.version == 1:
            yield "created"
        else:
            yield "brought back" if (one.type, one.id, one.version - 1) in deletions else "updated"


def _entry(base: str, version: StoredVersion, effect: str, part: Query | None) -> Resource:
    method, status = _METHODS[effect]
    address = f"{version.type}/{version.id}"
    said = {"resource": parse(shown(version.body, part) if part else version.body)} if version.body else {}
    return {
        "fullUrl": f"{base}/{address}",
        **said,
        "request": {"method": method, "url": version.type if method == "POST" else address},
        "response": {
            "status": f"{status} {HTTPStatus(status).phrase}",
            "etag": f'W/"{version.version}"',
            "lastModified": print_utc(version.recorded),
        },
    }
