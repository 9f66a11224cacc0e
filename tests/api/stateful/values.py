"""What is drawn: resources whose texts, dates, identifiers and references stand where two stores might part.

Accents composed and decomposed, case that folds to several letters, signs of LIKE and of FHIR searches, characters that
UTF-16 and UTF-8 order differently, texts alike in their first 200 characters, ids that differ by case alone, instants
written in several zones, days on which clocks change.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from mappings.codes import systems
from tests.house import team_records

Json = dict[str, Any]

LOCAL = "urn:oid:1.2.250.1.999.1.1.20260.2"
_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_ALIKE = "TEST-" + "L" * 195
FAMILIES = (
    "TEST-TILLEUL", "TEST-ÉRABLE", "test-erable", "TEST-E\u0301RABLE", "TEST-STRAẞE", "TEST-STRASSE", "TEST-ŒILLET",
    "TEST-İRIS", "TEST-IRIS", "TEST-ﬁGUIER", "TEST-𝒜CER", "TEST-🌳", "TEST-\ue000", "TEST-\uffee", "TEST-D’ORME",
    "TEST-D'ORME, fils", "TEST  DOUBLE\u00a0ESPACE", "TEST-50%_\\|$", "TEST", f"{_ALIKE}A", f"{_ALIKE}B",
)  # fmt: skip
#: Whatever FHIR takes in a string, but what stands for nothing.
SIGNS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
GIVEN = ("Zoé", "ZOE", "zoë", "Léa", "Anna-Ève", "𠮷野", "ĳ")
CITIES = ("VILLE-FICTIVE", "Ville-Fictive", "ÎLE-FICTIVE")
IDS = ("abc", "ABC", "Abc", "a.b-1", "0", "never")
VALUES = ("ST-1", "st-1", "ST-É", "ST-2", "ST-3", "ST,4", "ST|5", "𝒮T-6", "S" * 500)
SYSTEMS = (LOCAL, f"{LOCAL}0", "urn:x:É")
GENDERS = ("male", "female", "unknown")
BIRTHS = ("1990-05-12", "1990-05-13", "1992-12-31", "2024-02-29", "1900-01-01")
DATES = (
    "2026-03-29", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-28T23:00:00Z", "2026-03", "2026",
    "2026-10-25", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-24T22:00:00Z",
    "2025-12-31T23:30:00Z", "2026-03-29T10:00:00.5+02:00", "2026-03-29T08:00:00.5Z", "1969-12-31T23:59:59Z",
)  # fmt: skip
CODES = (("http://a.example", "x"), ("http://b.example", "x"), ("http://a.example", "X"), (None, "y"), ("urn:é", "é"))
DISPLAYS = ("Entorse de cheville", "entorse bénigne", "Bilan", None)
QUANTITIES = ("5.4", "5.40", "5.35", "5.449", "5.45", "-2", "0", "100", "99.5", "1e2", "12345678901234.5")
UNITS = (("http://unitsofmeasure.org", "mg"), ("http://unitsofmeasure.org", "g"), ("http://c.example", "mg"))
TAGS = (("urn:t", "a"), ("urn:t", "b"), (None, "a"))
#: Professionals of the fixtures whom nobody has put on record yet.
RPPS = tuple(one["rpps"] for one in team_records("enrolments")[2:6])
FINESS = ("380999982", "380999974", "380999966")


def _told(elements: Json) -> Json:
    return {key: value for key, value in elements.items() if value is not None and value not in ({}, [])}


def _maybe(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


def families() -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(FAMILIES), st.builds("TEST-{}A".format, st.text(SIGNS, max_size=4)))


def references(types: Sequence[tuple[str, str]]) -> st.SearchStrategy[Json | None]:
    """Among what was ever there, and what never was; of one version at times."""
    shapes = st.sampled_from(["{}/{}", "{}/{}", "{}/{}", "{}/{}/_history/1"])
    made = st.builds(lambda key, shape: {"reference": shape.format(*key)}, st.sampled_from(types), shapes)
    return st.one_of(st.none(), made) if types else st.none()


@st.composite
def metas(draw: st.DrawFn) -> Json:
    system, code = draw(st.sampled_from(TAGS))
    return draw(st.sampled_from([{}, {}, {"tag": [_told({"system": system, "code": code})]}]))


@st.composite
def patients(draw: st.DrawFn, organizations: Sequence[Any] = (), practitioners: Sequence[Any] = ()) -> Json:
    local = {
        "type": {"coding": [{"system": _IDENTIFIER_TYPES, "code": "PI"}]},
        "system": draw(st.sampled_from(SYSTEMS)),
    }
    also = draw(st.sampled_from([[], [], [{"value": "ST-1"}], [{"system": "urn:x:É", "value": "ST-1"}]]))
    deceased = draw(st.sampled_from([None, None, *DATES]))
    name = {"use": "official", "family": draw(families())}
    return _told(
        {
            "resourceType": "Patient",
            "meta": draw(metas()),
            "identifier": [{**local, "value": draw(st.sampled_from(VALUES))}, *also],
            "active": draw(_maybe([True, False])),
            "name": [{**name, "given": draw(st.lists(st.sampled_from(GIVEN), min_size=1, max_size=2, unique=True))}],
            "gender": draw(st.sampled_from(GENDERS)),
            "birthDate": draw(st.sampled_from(BIRTHS)),
            "deceasedDateTime": deceased,
            "address": draw(_maybe([[{"city": city}] for city in CITIES])),
            "generalPractitioner": [one] if (one := draw(references(practitioners))) else None,
            "managingOrganization": draw(references(organizations)),
        }
    )


@st.composite
def practitioners(draw: st.DrawFn) -> Json:
    profession = {"coding": [{"system": systems.PROFESSION, "code": draw(st.sampled_from(["10", "70"]))}]}
    name = {"family": draw(families()), "given": [draw(st.sampled_from(GIVEN))]}
    return _told(
        {
            "resourceType": "Practitioner",
            "meta": draw(metas()),
            "identifier": [{"system": systems.RPPS, "value": draw(st.sampled_from(RPPS))}],
            "active": draw(_maybe([True, False])),
            "name": [name],
            "gender": draw(_maybe(GENDERS)),
            "qualification": [{"code": profession}],
        }
    )


@st.composite
def organizations(draw: st.DrawFn, others: Sequence[Any] = ()) -> Json:
    finess = {"type": {"coding": [{"system": systems.FR_IDENTIFIER_TYPE, "code": "FINEG"}]}, "system": systems.FINESS}
    return _told(
        {
            "resourceType": "Organization",
            "meta": draw(metas()),
            "identifier": [{**finess, "value": draw(st.sampled_from(FINESS))}],
            "active": draw(_maybe([True, False])),
            "type": [{"coding": [{"system": systems.FACILITY, "code": "SA63"}]}],
            "name": draw(families()) + " (FICTIVE)",
            "alias": draw(_maybe([["ÉRABLE"], ["erable", "Zoé"]])),
            "partOf": draw(references(others)),
        }
    )


@st.composite
def concepts(draw: st.DrawFn) -> Json:
    some = draw(st.lists(st.sampled_from(CODES), max_size=2, unique=True))
    codings = [_told({"system": s, "code": c, "display": draw(st.sampled_from(DISPLAYS))}) for s, c in some]
    return _told({"coding": codings, "text": draw(_maybe(["Bilan libre"])) if codings else "Bilan libre"})


@st.composite
def observations(draw: st.DrawFn, patients: Sequence[Any] = ()) -> Json:
    system, code = draw(st.sampled_from(UNITS))
    number = {"value": Decimal(draw(st.sampled_from(QUANTITIES))), "unit": draw(st.sampled_from([code, "milli"]))}
    value: Json = draw(
        st.sampled_from(
            [{}, {"valueQuantity": {**number, "system": system, "code": code}}, {"valueString": "Entorse bénigne"}]
        )
    )
    start, end = draw(_maybe(DATES[:2])), draw(_maybe(DATES[6:9]))
    period: Json = {"effectivePeriod": _told({"start": start, "end": end})} if start or end else {}
    timed: Json = draw(st.sampled_from([{}, {"effectiveDateTime": draw(st.sampled_from(DATES))}, period]))
    return _told(
        {
            "resourceType": "Observation",
            "meta": draw(metas()),
            "identifier": draw(_maybe([[{"system": "urn:x:É", "value": "O-1"}], [{"value": "O-1"}]])),
            "status": draw(st.sampled_from(["final", "preliminary"])),
            "code": draw(concepts()),
            "subject": draw(references(patients)),
            **timed,
            **value,
        }
    )
