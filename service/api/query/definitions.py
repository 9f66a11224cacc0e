"""Definitions by the canonicals that name them (R4 4.0.1, https://hl7.org/fhir/R4/references.html#canonical)."""

from collections.abc import Collection, Iterator

from mappings.fhir.json import parse
from mappings.fhir.search import term
from service.store import Store
from service.store.search import Search
from service.store.unit import StoredVersion


def defined(store: Store, type_: str, canonicals: Collection[str], most: int) -> Iterator[StoredVersion]:
    """Definitions of a type that one of the canonicals names, of its version or of none; looked for among ``most``."""
    terms = [term(type_, "url", "=", url) for url in dict.fromkeys(one.partition("|")[0] for one in canonicals)]
    if not terms:
        return
    for one in store.search(Search(every=[terms], of=[term(type_)], count=most)):
        told = parse(one.version.body)
        if {told["url"], f"{told['url']}|{told.get('version')}"} & set(canonicals):
            yield one.version
