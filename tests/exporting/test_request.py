"""What an export is asked for: read or refused, whatever is sent; kept as it was read."""

from typing import Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.compartment import PATIENT_TYPES
from mappings.issues import Issue, Refused
from service.exporting.filters import Filter
from service.exporting.request import EXPORTED, ExportRequest, Level, load, read_request
from service.store.conditions import Bits, Named, Recorded, Span, Text

NAMES = ("_type", "_since", "_until", "_outputFormat", "_elements", "_typeFilter", "patient", "_format", "x", "")
VALUES = (
    "Patient",
    "Patient,Procedure",
    "Foo",
    "2026-11-20T09:00:00Z",
    "2026",
    "9999-12-31",
    "0000",
    "ndjson",
    "id,Patient.gender",
    "Procedure.performed,nonsense",
    "",
    ",",
)
PAIRS = st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text(max_size=9), st.sampled_from(VALUES) | st.text(max_size=20)), max_size=6
)


def searching(type_: str, query: str) -> Filter:
    """A filter of every kind of condition; an empty query is none."""
    if not query:
        raise Refused(Issue("not-supported", "", "Rien.", ""))
    every = [[-(2**63), Span(1, high_to=5)], [Text(2, "é", True), Named(type_, ("a", "b"))], [Recorded(0, 9)]]
    return Filter(type=type_, every=every, none=[[Bits(2**62, False)]])


def read(
    level: Level = "system", lenient: bool = False, named: bool = False, **pairs: str
) -> tuple[ExportRequest, list[Issue]]:
    return read_request(
        level,
        list(pairs.items()),
        team="",
        lenient=lenient,
        named=named,
        url="http://x/$export",
        token=False,
        searching=searching,
    )


@given(PAIRS, st.sampled_from(["system", "patient", "group"]), st.booleans(), st.booleans())
def test_it_is_read_or_refused_and_kept_as_it_was_read(
    pairs: list[tuple[str, str]], level: Literal["system", "patient", "group"], lenient: bool, named: bool
) -> None:
    try:
        request, ignored = read_request(
            level,
            pairs,
            team="t",
            lenient=lenient,
            named=named,
            url="http://x/$export",
            token=True,
            searching=searching,
        )
    except Refused:
        return
    assert load(request.dump()) == request
    assert request.types
    assert set(request.types) <= set(EXPORTED if level == "system" else PATIENT_TYPES)
    assert lenient or not ignored
    for type_ in request.types:
        assert request.elements_of(type_) <= {name for _, name in request.elements}


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        read(_type="Foo", _since="hier", _until="demain", _outputFormat="csv", patient="Patient/1")
    assert len(refused.value.issues) == 5


def test_secrets_of_subscribers_are_kept_back() -> None:
    request, _ = read()
    assert "Subscription" not in request.types
    with pytest.raises(Refused):
        read(_type="Subscription")


def test_a_patient_is_named_in_a_body_only_and_not_too_many() -> None:
    assert read("patient", named=True, patient="Patient/1")[0].patients == ("1",)
    for level, named in (("patient", False), ("system", True)):
        with pytest.raises(Refused):
            read(level, named=named, patient="Patient/1")  # type: ignore[arg-type]
    many = [("patient", str(n)) for n in range(1_001)]
    with pytest.raises(Refused):
        read_request("patient", many, team="", lenient=True, named=True, url="", token=False, searching=searching)


def test_a_comma_parts_filters_or_values() -> None:
    request, _ = read(_typeFilter="Procedure?status=a,b,Patient?family=x")
    assert [each.type for each in request.filters] == ["Procedure", "Patient"]
    for wrong in ("Procedure", "Foo?x=1", "Procedure?", "?x=1", ""):
        with pytest.raises(Refused):
            read(_typeFilter=wrong)
    with pytest.raises(Refused):
        read("patient", _typeFilter="Practitioner?name=x")
    with pytest.raises(Refused):
        read(_typeFilter=",".join(["Patient?x=1"] * 21))


def test_elements_are_of_one_type_or_of_all() -> None:
    request, _ = read(_elements="id,Patient.gender,Procedure.performed,Patient.gender")
    assert request.elements == (("", "id"), ("Patient", "gender"), ("Procedure", "performed"))
    assert request.elements_of("Patient") == {"id", "gender"}
    assert request.elements_of("Procedure") == {"id", "performed"}
    assert request.elements_of("Task") == {"id"}
    with pytest.raises(Refused):
        read("patient", _elements="Practitioner.name")
    assert read(_elements="Practitioner.name")[0].elements == (("Practitioner", "name"),)


def test_what_an_earlier_program_was_asked_is_read() -> None:
    request, _ = read(_type="Patient")
    told = orjson.loads(request.dump())
    del told["elements"]
    assert load(orjson.dumps(told)) == request
