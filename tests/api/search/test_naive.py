"""A search agrees with a reading of everything, on both stores: conditions, order and pages."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.store import search as searching
from tests.api.search import naive
from tests.api.search.conftest import World
from tests.api.search.naive import (
    CODES,
    DATES,
    FAMILIES,
    QUANTITIES,
    SYSTEMS,
    UNITS,
    Holds,
    Resource,
    at,
    number_holds,
    plain,
    span,
    stands,
    token_holds,
    unit_holds,
    words,
)  # fmt: skip

#: What is asked, and what holds of every resource found.
Asked = tuple[str, str, Holds]
PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")


def any_of(name: str, values: Sequence[str], holds: Callable[[Resource, str], bool]) -> Asked:
    escaped = [value.replace("\\", "\\\\").replace(",", "\\,") for value in values]
    return name, ",".join(escaped), lambda resource: any(holds(resource, value) for value in values)


def one_or_two(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2)


def dates(name: str, path: str) -> st.SearchStrategy[Asked]:
    def asked(prefix: str, date: str) -> Asked:
        how = prefix or "eq"
        return name, prefix + date, lambda r: any(stands(how, span(date), span(value)) for value in at(r, path))

    return st.builds(asked, st.sampled_from(PREFIXES), st.sampled_from(DATES))


def tokens(name: str, path: str, values: Sequence[str]) -> st.SearchStrategy[Asked]:
    def asked(modifier: str, some: list[str]) -> Asked:
        key, value, holds = any_of(name, some, lambda r, one: token_holds(one, at(r, path)))
        return (f"{key}:not", value, lambda r: not holds(r)) if modifier else (key, value, holds)

    return st.builds(asked, st.sampled_from(["", "not"]), one_or_two(values))


def texts(name: str, path: str) -> st.SearchStrategy[Asked]:
    starts = st.sampled_from(["entorse", "Entorse de", "BILAN", "benigne", "cheville"])
    return st.builds(
        lambda start: (
            f"{name}:text",
            start,
            lambda r: any(plain(w).startswith(plain(start)) for w in words(at(r, path))),
        ),
        starts,
    )


def strings(name: str, paths: Sequence[str], values: Sequence[str]) -> st.SearchStrategy[Asked]:
    ways: dict[str, Callable[[str, str], bool]] = {
        "": lambda has, one: plain(has).startswith(plain(one)),
        ":exact": lambda has, one: has == one,
        ":contains": lambda has, one: plain(one) in plain(has),
    }

    def asked(way: str, some: list[str]) -> Asked:
        return any_of(f"{name}{way}", some, lambda r, one: any(ways[way](has, one) for p in paths for has in at(r, p)))

    return st.builds(asked, st.sampled_from(sorted(ways)), one_or_two(values))


def contacts(name: str, *systems: str | None) -> st.SearchStrategy[Asked]:
    """Contact points of these systems, found by their value."""

    def asked(some: list[str]) -> Asked:
        return any_of(
            name, some, lambda r, one: any(c["value"] == one for c in at(r, "telecom") if c.get("system") in systems)
        )

    return st.builds(asked, one_or_two(["1", "2", "3", "4"]))


def quantities(name: str, *paths: str) -> st.SearchStrategy[Asked]:
    def asked(prefix: str, number: str, unit: tuple[str, str] | None) -> Asked:
        system, code = unit or ("", "")
        suffix = f"|{system}|{code}" if unit else ""
        return f"{name}", f"{prefix}{number}{suffix}", lambda r: any(
            number_holds(prefix or "eq", number, q["value"]) and unit_holds(system, code, q)
            for path in paths for q in at(r, path)
        )  # fmt: skip

    units = st.sampled_from([None, *UNITS, ("", "mg"), ("", "milli"), ("http://c.example", "g")])
    return st.builds(asked, st.sampled_from(PREFIXES), st.sampled_from(QUANTITIES), units)


def pairs(name: str, *roots: str) -> st.SearchStrategy[Asked]:
    """A code and a quantity of the same element."""

    def asked(code: str, prefix: str, number: str) -> Asked:
        def holds(resource: Resource) -> bool:
            nodes = [node for root in roots for node in (at(resource, root) if root else [resource])]
            return any(
                token_holds(code, at(node, "code")) and number_holds(prefix or "eq", number, q["value"])
                for node in nodes
                for q in at(node, "valueQuantity")
            )

        return name, f"{code}${prefix}{number}", holds

    return st.builds(asked, st.sampled_from(TOKENS[:-1]), st.sampled_from(PREFIXES), st.sampled_from(QUANTITIES))


def references(name: str, path: str, ids: Sequence[str]) -> st.SearchStrategy[Asked]:
    def asked(some: list[str]) -> Asked:
        return any_of(
            name, some,
            lambda r, one: any(one in (ref, ref.partition("/")[2]) for x in at(r, path)
                               for ref in [x.get("reference", "").partition("/_history")[0]]),
        )  # fmt: skip

    return st.builds(asked, one_or_two(ids))


def missing(name: str, *paths: str) -> st.SearchStrategy[Asked]:
    def asked(is_missing: bool) -> Asked:
        value = "true" if is_missing else "false"
        return f"{name}:missing", value, lambda r: is_missing == (not any(at(r, path) for path in paths))

    return st.builds(asked, st.booleans())


CODED = [*CODES, *(f"{s}|{c}" for s in SYSTEMS for c in CODES), "|x", "|y"]
TOKENS = [*CODED, *(f"{s}|" for s in SYSTEMS)]
COMMON = [
    tokens("_tag", "meta.tag", ["a", "urn:t|b", "urn:t|", "|a"]),
    references("_id", "nothing", ["x"]).map(lambda _: ("_id", "p1,o2,t3,p4", lambda r: r["id"] in ("p1", "o2", "t3", "p4"))),
    st.just(("_profile", "http://p.example/one", lambda r: bool(at(r, "meta.profile")))),
    st.sampled_from(PREFIXES).map(
        lambda p: ("_lastUpdated", f"{p}2026-11-21", lambda r: stands(p or "eq", span("2026-11-21"), instant(r)))
    ),
]  # fmt: skip


def instant(resource: Resource) -> naive.Range:
    start, _ = span(resource["meta"]["lastUpdated"])
    return start, start.replace(microsecond=start.microsecond + 1000)


NAMES = [f"name.{one}" for one in ("text", "family", "given", "prefix", "suffix")]
PLACES = [f"address.{one}" for one in ("text", "line", "city", "district", "state", "postalCode", "country")]
ASKED: dict[str, list[st.SearchStrategy[Asked]]] = {
    "Patient": [
        strings("family", ["name.family"], [*FAMILIES, "test", "érable", "TIL"]),
        strings("given", ["name.given"], ["Zoé", "zo", "e", "A"]),
        strings("name", NAMES, [*FAMILIES, "Zoé", "léa", "Léa", "Léa Essai", "dr", "Mme", "e"]),
        strings("address", PLACES, ["Évron", "evron", "1 rue Évron", "999", "FR", "Centre", "Ville", "rue"]),
        strings("address-city", ["address.city"], ["Évron", "vil", "rue"]),
        missing("name", "name"),
        missing("address", "address"),
        contacts("telecom", "phone", "email", "fax", "url", None),
        contacts("phone", "phone"),
        contacts("email", "email"),
        dates("birthdate", "birthDate"),
        tokens("gender", "gender", ["male", "female", "http://hl7.org/fhir/administrative-gender|male"]).map(
            lambda asked: (asked[0], asked[1].replace("http://hl7.org/fhir/administrative-gender|", ""), asked[2])
            if "|" not in asked[1]
            else ("gender:missing", "false", lambda r: "gender" in r)
        ),
        missing("birthdate", "birthDate"),
    ],
    "Procedure": [
        tokens("status", "status", ["completed", "not-done", "unknown"]),
        tokens("code", "code", TOKENS),
        texts("code", "code"),
        dates("date", "performed"),
        missing("date", "performedDateTime", "performedPeriod"),
        references("subject", "subject", ["Patient/p0", "p1", "Patient/p9", "Patient/p3"]),
        references("performer", "performer.actor", ["PractitionerRole/r0", "r1"]),
        tokens("performer:identifier", "performer.actor.identifier", ["1", "urn:s|2", "|1"]).filter(lambda a: ":not" not in a[0]),
    ],
    "Observation": [
        tokens("code", "code", TOKENS),
        tokens("value-concept", "valueCodeableConcept", TOKENS),
        quantities("value-quantity", "valueQuantity"),
        quantities("component-value-quantity", "component.valueQuantity"),
        quantities("combo-value-quantity", "valueQuantity", "component.valueQuantity"),
        missing("combo-value-quantity", "valueQuantity", "component.valueQuantity"),
        pairs("code-value-quantity", ""),
        pairs("component-code-value-quantity", "component"),
        pairs("combo-code-value-quantity", "", "component"),
        dates("date", "effective"),
    ],
    "Task": [
        tokens("status", "status", ["requested", "received"]),
        tokens("priority", "priority", ["urgent"]),
        references("focus", "focus", [f"Procedure/p{n}" for n in range(14)]),
        dates("authored-on", "authoredOn"),
    ],
}  # fmt: skip


@st.composite
def queries(draw: Any) -> tuple[str, list[Asked]]:
    type_ = draw(st.sampled_from(sorted(ASKED)))
    return type_, draw(st.lists(st.one_of(*ASKED[type_], *COMMON), min_size=1, max_size=3))


def url(type_: str, asked: Sequence[Asked], also: str = "") -> str:
    return f"{type_}?" + "&".join(f"{name}={quote(value)}" for name, value, _ in asked) + also


def expected(small: World, type_: str, asked: Sequence[Asked]) -> list[Resource]:
    return [r for r in small.resources if r["resourceType"] == type_ and all(holds(r) for *_, holds in asked)]


SETTINGS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def test_what_is_found_is_what_meets_every_condition(small: World) -> None:
    @SETTINGS
    @given(queries())
    def agrees(query: tuple[str, list[Asked]]) -> None:
        wanted = [f"{query[0]}/{r['id']}" for r in expected(small, *query)]
        assert small.found(url(*query, "&_count=500")) == wanted
        assert small.bundle(url(*query, "&_summary=count"))["total"] == len(wanted)

    agrees()


Sorted = Callable[[Resource], Any]
SORTS: dict[str, dict[str, tuple[Callable[[Resource], list[Any]], Any]]] = {
    "Procedure": {
        "date": (lambda r: [span(v)[0] for v in at(r, "performed")], None),
        "status": (lambda r: at(r, "status"), None),
        "_id": (lambda r: [r["id"]], None),
    },
    "Patient": {
        "family": (lambda r: [plain(v) for v in at(r, "name.family")], None),
        "given": (lambda r: [plain(v) for v in at(r, "name.given")], None),
        "name": (lambda r: [plain(v) for path in NAMES for v in at(r, path)], None),
        "address": (lambda r: [plain(v) for path in PLACES for v in at(r, path)], None),
        "birthdate": (lambda r: [span(v)[0] for v in at(r, "birthDate")], None),
        "gender": (lambda r: at(r, "gender"), None),
    },
    "Observation": {
        "value-quantity": (lambda r: [q["value"] for q in at(r, "valueQuantity")], None),
        "date": (lambda r: [span(v)[0] for v in at(r, "effective")], None),
    },
}


@st.composite
def orders(draw: Any) -> tuple[str, list[tuple[str, bool]]]:
    type_ = draw(st.sampled_from(sorted(SORTS)))
    names = draw(st.lists(st.sampled_from(sorted(SORTS[type_])), min_size=1, max_size=3, unique=True))
    return type_, [(name, draw(st.booleans())) for name in names]


@pytest.fixture(params=[False, True], ids=["sorted", "walked"])
def ordered(request: pytest.FixtureRequest, small: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Whose results are sorted, or found along the index of their key."""
    if request.param:
        monkeypatch.setattr(searching, "_COUNTED", 1)
        monkeypatch.setattr(searching, "_FEW", 0)
    return small


def test_the_order_is_that_of_the_keys_and_pages_are_its_pieces(ordered: World) -> None:
    @settings(SETTINGS, max_examples=20)
    @given(orders(), st.integers(1, 6))
    def agrees(order: tuple[str, list[tuple[str, bool]]], count: int) -> None:
        in_order(ordered, *order, count)

    agrees()


def test_each_key_gives_its_order(ordered: World) -> None:
    for type_, names in SORTS.items():
        for name in names:
            for descending in (False, True):
                in_order(ordered, type_, [(name, descending)], 4)


def in_order(small: World, type_: str, keys: list[tuple[str, bool]], count: int) -> None:
    """The whole in its order, and its pages forward and back."""
    wanted = [r for r in small.resources if r["resourceType"] == type_]
    for name, descending in reversed(keys):
        values, _ = SORTS[type_][name]
        best = max if descending else min
        told = [r for r in wanted if values(r)]
        told.sort(key=lambda r: best(values(r)), reverse=descending)
        wanted = told + [r for r in wanted if not values(r)]
    # Both sorts are stable: among equals, the order of writing.
    sort = ",".join(("-" if descending else "") + name for name, descending in keys)
    whole = [f"{type_}/{r['id']}" for r in wanted]
    assert small.found(f"{type_}?_sort={sort}&_count=500") == whole
    pages = []
    bundle = small.bundle(f"{type_}?_sort={sort}&_count={count}")
    while True:
        pages.append([f"{type_}/{one['resource']['id']}" for one in bundle["entry"]])
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        if "next" not in links:
            break
        bundle = small.bundle(links["next"].partition("/fhir/")[2])
    assert [one for page in pages for one in page] == whole
    for page in reversed(pages[:-1]):
        bundle = small.bundle(links["previous"].partition("/fhir/")[2])
        assert [f"{type_}/{one['resource']['id']}" for one in bundle["entry"]] == page
        links = {link["relation"]: link["url"] for link in bundle["link"]}
    assert "previous" not in links
