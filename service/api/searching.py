"""Searching: by the address or by a form (R4 4.0.1, https://hl7.org/fhir/R4/search.html)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from werkzeug.exceptions import NotFound, UnsupportedMediaType

from mappings.fhir.search import COMPARTMENTS, PARAMETERS, term
from service.access.cursors import Cursor
from service.api import media
from service.api.exchange import Call, Pairs, Reply
from service.api.included import included
from service.api.links import page_address
from service.api.query import Asking, Query, read_query, too_costly, within
from service.api.reading import known
from service.api.searchset import Links, searchset
from service.store.search import Condition, Found, Place, Search, TooMany

_MOST_ESTIMATED: Final = 10_000
_ALL: Final = 2**62


def search(call: Call, type_: str) -> Reply:
    return _search(call, type_, [known(type_)], _cursor(call, type_, call.pairs))


def search_by_post(call: Call, type_: str) -> Reply:
    return _search(call, type_, [known(type_)], _cursor(call, type_, _posted(call)))


def search_compartment(call: Call, compartment: str, id_: str, type_: str) -> Reply:
    """What belongs to one patient, or to one professional (R4 4.0.1, https://hl7.org/fhir/R4/compartmentdefinition.html)."""
    return _search_compartment(call, compartment, id_, type_, call.pairs)


def search_compartment_by_post(call: Call, compartment: str, id_: str, type_: str) -> Reply:
    return _search_compartment(call, compartment, id_, type_, _posted(call))


def search_whole_compartment_by_post(call: Call, compartment: str, id_: str) -> Reply:
    """Of every type, as ``*`` is by the address."""
    return _search_compartment(call, compartment, id_, "*", _posted(call))


def _search_compartment(call: Call, compartment: str, id_: str, type_: str, pairs: Pairs) -> Reply:
    if compartment not in COMPARTMENTS:
        raise NotFound
    scope = f"{compartment}/{id_}/{type_}"
    cursor = _cursor(call, scope, pairs)
    types = _types(cursor.pairs, COMPARTMENTS[compartment]) if type_ == "*" else [known(type_)]
    members = [entry for each in types for entry in within(compartment, id_, each)]
    return _search(call, scope, types, cursor, [members])


def search_types(call: Call) -> Reply:
    """Several types at once, all of them unless ``_type`` says which."""
    return _search_types(call, call.pairs)


def search_types_by_post(call: Call) -> Reply:
    return _search_types(call, _posted(call))


def _search_types(call: Call, pairs: Pairs) -> Reply:
    cursor = _cursor(call, "", pairs)
    return _search(call, "", _types(cursor.pairs, PARAMETERS), cursor)


def _types(pairs: Pairs, all_of_them: Iterable[str]) -> list[str]:
    named = [type_ for key, value in pairs if key == "_type" and value for type_ in value.split(",")]
    return [known(type_) for type_ in dict.fromkeys(named)] or list(all_of_them)


def _cursor(call: Call, scope: str, pairs: Pairs) -> Cursor:
    """Where a page begins, and what was asked when the first one was."""
    written = next((value for key, value in pairs if key == "_page"), "")
    return call.composition.pages.followed(scope, written) if written else Cursor(pairs)


def _posted(call: Call) -> Pairs:
    if call.media_type != "application/x-www-form-urlencoded" and call.body:
        raise UnsupportedMediaType
    call.take_form()
    return call.pairs


def _search(call: Call, scope: str, types: Sequence[str], cursor: Cursor, also: Sequence[Condition] = ()) -> Reply:
    composition = call.composition
    asking = Asking(
        store=composition.store,
        now=composition.clock(),
        base=call.base,
        lenient=call.preference("handling") == "lenient",
    )
    asked = read_query(types, cursor.pairs, asking)
    wanted = Search(
        every=[*asked.every, *also], none=asked.none, of=[term(type_) for type_ in types], order=asked.order
    )
    counted = asked.summary == "count" or not asked.count
    total = _total(call, asked, wanted, exactly=counted)
    if counted:
        return media.stored(call, searchset(call.base, [_self(call, scope)], total, asked))
    page, links = _page(call, scope, asked, wanted, cursor)
    matches = [one.version for one in page]
    beside = included(composition.store, matches, asked) if asked.includes or asked.revincludes else []
    return media.stored(call, searchset(call.base, [_self(call, scope), *links], total, asked, matches, beside))


def _page(call: Call, scope: str, asked: Query, wanted: Search, cursor: Cursor) -> tuple[list[Found], Links]:
    """The results of a page, and the links to those around it."""
    *keys, number = cursor.place or (0,)
    place = Place(tuple(keys), int(number)) if cursor.place else None
    # One more than asked tells whether there is a page beyond this one.
    wanted = replace(
        wanted,
        count=asked.count + 1,
        after=None if cursor.back else place,
        before=place if cursor.back else None,
    )
    try:
        found = call.composition.store.search(wanted)
    except TooMany:
        raise too_costly("Cette recherche trouve trop de ressources pour ce tri : précisez-la.") from None
    beyond = len(found) > asked.count
    page = found[-asked.count :] if cursor.back else found[: asked.count]
    pairs = [pair for pair in cursor.pairs if pair not in asked.ignored]
    links: Links = []
    if place is not None:
        links.append(("first", _url(call, scope, Cursor(pairs))))
    if page and (beyond if cursor.back else place is not None):
        links.append(("previous", _url(call, scope, Cursor(pairs, _told(page[0]), back=True))))
    if page and (cursor.back or beyond):
        links.append(("next", _url(call, scope, Cursor(pairs, _told(page[-1])))))
    return page, links


def _told(found: Found) -> list[int | str]:
    return [*found.place.keys, found.place.number]


def _self(call: Call, scope: str) -> tuple[str, str]:
    """It repeats no parameter: a search may name a person, and links end up in logs."""
    return "self", f"{call.base}/{scope}" if scope else call.base


def _url(call: Call, scope: str, cursor: Cursor) -> str:
    return page_address(call, _self(call, scope)[1], call.composition.pages.written(scope, cursor))


def _total(call: Call, asked: Query, wanted: Search, *, exactly: bool) -> int | None:
    """How many results there are; an estimate is given as far as it costs little."""
    if exactly or asked.total == "accurate":
        return call.composition.store.count(wanted, _ALL)
    if asked.total == "estimate":
        found = call.composition.store.count(wanted, _MOST_ESTIMATED)
        return found if found < _MOST_ESTIMATED else None
    return None
