"""What histories tell, read back as versions."""

import datetime as dt

from tests.api.stateful.model import Version
from tests.api.stateful.pair import BASE, Pair
from tests.api.stateful.resources import Json


def versions_of(entries: list[Json]) -> list[Version]:
    """The versions that a page of a history tells, newest first."""
    found = []
    for entry in entries:
        type_, id_ = entry["fullUrl"].split("/")[-2:]
        recorded = dt.datetime.fromisoformat(entry["response"]["lastModified"])
        version = int(entry["response"]["etag"].removeprefix('W/"').removesuffix('"'))
        found.append(Version(type_, id_, version, entry.get("resource"), recorded))
    return found


def history_of(pair: Pair, url: str, known: int = 0) -> list[Version]:
    """Everything above the first ``known`` versions, in the order of writing."""
    found: list[Version] = []
    while url:
        answer = pair.ask("GET", url)
        assert answer.status == 200, answer
        found += versions_of(answer.json.get("entry", []))
        links = {link["relation"]: link["url"] for link in answer.json["link"]}
        url = links.get("next", "").removeprefix(BASE)
    return found[::-1][known:]
