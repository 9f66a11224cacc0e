"""What a condition finds, asked as the search that it is written as (R4 4.0.1, http.html#cond-update)."""

from urllib.parse import urlencode

from mappings.fhir.bundle import Criteria
from mappings.fhir.json import parse
from mappings.issues import Issue, Refused
from service.api import searching
from service.api.exchange import Call
from service.intake.asked import Matching

#: Parameters that would change which page is answered, not what is found.
_PAGING = frozenset({"_count", "_sort", "_page", "_include", "_revinclude", "_summary", "_elements", "_total"})


def matching(call: Call) -> Matching:
    """Ids of what meets the criteria, two at most: one and several are told apart."""

    def found(type_: str, criteria: Criteria) -> list[str]:
        wanted = [(name, value) for name, value in criteria if name.partition(":")[0] not in _PAGING]
        if not wanted:
            text = "Une condition porte au moins un critère de recherche."
            raise Refused(Issue("not-supported", "", text, "FHIR R4, http.html#cond-update"))
        url = f"{type_}?{urlencode([*wanted, ('_count', '2')])}"
        inner = call.inner("GET", url, {"Prefer": "handling=strict"})
        entries = parse(searching.search(inner, type_).body).get("entry", [])
        return [one["resource"]["id"] for one in entries if one.get("search", {}).get("mode", "match") == "match"]

    return found
