"""Searching: by the address or by a form (R4 4.0.1, https://hl7.org/fhir/R4/search.html)."""

from werkzeug.exceptions import UnsupportedMediaType

from mappings.fhir.bundle import searchset
from mappings.fhir.json import parse
from service.api import media
from service.api.exchange import Call, Pairs, Reply, pairs_of
from service.api.query import read_query
from service.api.reading import known
from service.store.search import Place, Search


def search(call: Call, type_: str) -> Reply:
    return _search(call, known(type_), call.pairs)


def search_by_post(call: Call, type_: str) -> Reply:
    if call.media_type != "application/x-www-form-urlencoded" and call.body:
        raise UnsupportedMediaType
    return _search(call, known(type_), [*call.pairs, *pairs_of(call.body.decode(errors="replace"))])


def _search(call: Call, type_: str, pairs: Pairs) -> Reply:
    composition = call.composition
    cursors = [value for key, value in pairs if key == "_page"]
    after = None
    if cursors:
        pairs, place = composition.pages.read(type_, cursors[0])
        after = Place(*place)
    asked = read_query(type_, pairs)
    # One more than asked tells whether there is a page after this one.
    wanted = Search(every=asked.every, none=asked.none, order=asked.order, count=asked.count + 1, after=after)
    found = composition.store.search(wanted)
    page = found[: asked.count]
    # The links repeat no parameter: a search may name a person, and links end up in logs.
    links = {"self": f"{call.base}/{type_}"}
    if page and len(found) > len(page):
        links["next"] = f"{call.base}/{type_}?_page={composition.pages.cursor(type_, pairs, page[-1].place)}"
    return media.answer(call, searchset(call.base, links, [parse(one.version.body) for one in page]))
