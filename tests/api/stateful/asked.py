"""What is asked of each type, and what its results are ordered by."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.api.search.naive import at, span, stands
from tests.api.stateful import values
from tests.api.stateful.resources import Json, identifiers
from tests.api.stateful.searches import (
    PREFIXES,
    Asked,
    chained,
    code_texts,
    dates,
    escaped,
    folded,
    ids,
    missing,
    names,
    quantities,
    references,
    reversed_,
    strings,
    tokens,
)  # fmt: skip

GENDER = "http://hl7.org/fhir/administrative-gender|"
STARTS = (
    *values.FAMILIES, "test", "érable", "TEST-E", "strasse", "TIL", "figuier", "acer", "🌳", "d’orme", "%", "_", "\\",
)  # fmt: skip
IDENTIFIERS = [
    *((None, value) for value in values.VALUES[:8]),
    *((system, value) for system in values.SYSTEMS for value in ("ST-1", "st-1", "ST|5", "")),
    ("", "ST-1"),
]
CODED = [*values.CODES[:3], (None, "x"), (None, "y"), ("", "y"), ("http://a.example", ""), (None, "é"), ("urn:é", "é")]
FAMILY = strings("family", lambda r: at(r, "name.family"), STARTS)
CODE = tokens("code", "code", CODED)
GENDERED = st.one_of(
    tokens("gender", "gender", [(None, gender) for gender in values.GENDERS]),
    st.just(Asked("gender", f"{GENDER}male", lambda r, _: r.get("gender") == "male")),
)
COMMON = [
    tokens("_tag", "meta.tag", [(None, "a"), ("urn:t", "b"), ("urn:t", ""), ("", "a")]),
    ids(),
    st.sampled_from(PREFIXES).map(
        lambda p: Asked("_lastUpdated", f"{p}2026-11-20T12:00:01+01:00", lambda r, _: stands(
            p or "eq", span("2026-11-20T12:00:01+01:00"), instant(r))
        )
    ),
]  # fmt: skip
ASKED: dict[str, list[st.SearchStrategy[Asked]]] = {
    "Patient": [
        FAMILY,
        strings("given", lambda r: at(r, "name.given"), (*values.GIVEN, "zo", "e", "𠮷")),
        strings("name", names, STARTS),
        strings("address-city", lambda r: at(r, "address.city"), ("ville", "ile", *values.CITIES)),
        tokens("identifier", "identifier", IDENTIFIERS),
        st.just(Asked("active", "true", lambda r, _: r.get("active") is True)),
        st.just(Asked("active:not", "false", lambda r, _: r.get("active") is not False)),
        GENDERED,
        dates("birthdate", "birthDate", [*values.BIRTHS, "1990", "1990-05"]),
        dates("death-date", "deceasedDateTime"),
        missing("death-date", "deceasedDateTime"),
        missing("organization", "managingOrganization"),
        references("organization", "managingOrganization", "Organization"),
        references("general-practitioner", "generalPractitioner", "Practitioner"),
        chained("general-practitioner:Practitioner", "generalPractitioner", "Practitioner", FAMILY),
        chained("organization", "managingOrganization", "Organization",
                strings("name", lambda r: [*at(r, "name"), *at(r, "alias")], STARTS)),
        reversed_("Observation", "subject", "subject", CODE),
    ],
    "Practitioner": [
        FAMILY,
        strings("name", names, STARTS),
        tokens("identifier", "identifier", [(None, one) for one in values.RPPS]),
        missing("gender", "gender"),
        reversed_("Patient", "general-practitioner", "generalPractitioner", FAMILY),
    ],
    "Organization": [
        strings("name", lambda r: [*at(r, "name"), *at(r, "alias")], STARTS),
        references("partof", "partOf", "Organization"),
        missing("partof", "partOf"),
        reversed_("Patient", "organization", "managingOrganization", FAMILY),
        reversed_("Patient", "organization", "managingOrganization", reversed_("Observation", "subject", "subject", CODE)),
    ],
    "Observation": [
        CODE,
        code_texts("code", "code"),
        tokens("identifier", "identifier", [(None, "O-1"), ("urn:x:É", "O-1"), ("", "O-1"), ("urn:x:É", "")]),
        tokens("status", "status", [(None, "final"), (None, "preliminary")]),
        dates("date", "effective"),
        missing("date", "effectiveDateTime", "effectivePeriod"),
        quantities("value-quantity", "valueQuantity"),
        strings("value-string", lambda r: at(r, "valueString"), ("entorse", "BENIGNE", "Entorse bénigne")),
        references("subject", "subject", "Patient"),
        references("patient", "subject", "Patient"),
        chained("subject:Patient", "subject", "Patient", FAMILY),
        chained("patient", "subject", "Patient",
                chained("organization", "managingOrganization", "Organization",
                        strings("name", lambda r: [*at(r, "name"), *at(r, "alias")], STARTS))),
    ],
}  # fmt: skip


def instant(resource: Json) -> tuple[Any, Any]:
    start, _ = span(resource["meta"]["lastUpdated"])
    return start, start + dt.timedelta(milliseconds=1)


#: By type and name: the values that a result is ordered by.
SORTS: dict[str, dict[str, Callable[[Json], list[Any]]]] = {
    "Patient": {
        "family": lambda r: [folded(v) for v in at(r, "name.family")],
        "given": lambda r: [folded(v) for v in at(r, "name.given")],
        "name": lambda r: [folded(v) for v in names(r)],
        "birthdate": lambda r: [span(v)[0] for v in at(r, "birthDate")],
        "death-date": lambda r: [span(v)[0] for v in at(r, "deceasedDateTime")],
        "gender": lambda r: at(r, "gender"),
    },
    "Practitioner": {
        "family": lambda r: [folded(v) for v in at(r, "name.family")],
        "gender": lambda r: at(r, "gender"),
    },
    "Organization": {"name": lambda r: [folded(v) for v in (*at(r, "name"), *at(r, "alias"))]},
    "Observation": {
        "date": lambda r: [span(v)[0] for v in at(r, "effective")],
        "value-quantity": lambda r: [q["value"] for q in at(r, "valueQuantity")],
        "status": lambda r: at(r, "status"),
        "value-string": lambda r: [folded(v) for v in at(r, "valueString")],
    },
}
EVERYWHERE: dict[str, Callable[[Json], list[Any]]] = {
    "_id": lambda r: [r["id"]],
    "_lastUpdated": lambda r: [span(r["meta"]["lastUpdated"])[0]],
}


def ordered(resources: list[Json], type_: str, keys: Sequence[tuple[str, bool]]) -> list[Json]:
    """By the keys in turn, what lacks one last; among equals, in the order of writing (both sorts are stable)."""
    for name, descending in reversed(keys):
        read = (SORTS[type_] | EVERYWHERE)[name]
        told = [one for one in resources if read(one)]
        told.sort(key=lambda one: (max if descending else min)(read(one)), reverse=descending)
        resources = told + [one for one in resources if not read(one)]
    return resources


def identified(system: str, value: str) -> Asked:
    return Asked("identifier", f"{escaped(system)}|{escaped(value)}", lambda r, _: (system, value) in identifiers(r))


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, list[Asked]]:
    type_ = draw(st.sampled_from(sorted(ASKED)))
    return type_, draw(st.lists(st.one_of(*ASKED[type_], *COMMON), max_size=3))


def orders(type_: str) -> st.SearchStrategy[list[tuple[str, bool]]]:
    names = st.lists(st.sampled_from(sorted(SORTS[type_] | EVERYWHERE)), max_size=3, unique=True)
    return st.builds(
        lambda some, down: [(name, name in down) for name in some],
        names,
        st.sets(st.sampled_from(sorted(SORTS[type_] | EVERYWHERE))),
    )
