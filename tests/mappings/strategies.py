"""Any report that may be said: names with markup, accents, apostrophes, delimiters and quotes."""

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from mappings.codes.document import DOCUMENT_TYPES, RAPID_TEST
from mappings.codes.facilities import FACILITIES, PRACTICE_SETTINGS
from mappings.codes.oids import LOINC
from mappings.domain.people import Address, Code
from mappings.domain.report import ActReport, Entry, Section
from tests.mappings.reports import DELEGATEE, DELEGATOR, ECG, ORGANIZATION, PATIENT, RAPID, REPORT

_ALPHABET = st.sampled_from("abcXYZéèçÀÉœŒñø’'\"-– .,;:#*_$@\\/<>&|^~[](){}=?`«»\u00a0\u202f€µ≤½12")


def words(least: int = 1, most: int = 40) -> st.SearchStrategy[str]:
    return st.text(_ALPHABET, min_size=least, max_size=most).filter(lambda text: bool(text.strip()) or not least)


_instants = st.datetimes(
    dt.datetime(1999, 1, 1),  # noqa: DTZ001
    dt.datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([dt.timezone(dt.timedelta(minutes=m)) for m in (0, 60, 120, -240, 345)]),
).map(lambda moment: moment.replace(microsecond=0))
_addresses = st.none() | st.builds(
    Address, lines=st.lists(words(), max_size=5).map(tuple), postal_code=st.just("67000"), city=words()
)


def _entries(rows: tuple[tuple[str, str], ...]) -> tuple[Entry, ...]:
    return tuple(Entry(row=number, value=said) for number, (_, said) in enumerate(rows))


@st.composite
def reports(draw: st.DrawFn) -> ActReport:
    patient: dict[str, Any] = {
        "birth_family": draw(words()),
        "birth_given": draw(words()),
        "birth_given_list": draw(words()),
        "used_family": draw(words(0)),
        "used_given": draw(words(0)),
        "gender": draw(st.sampled_from(["male", "female", "unknown"])),
        "birth_date": draw(st.dates(dt.date(1900, 1, 1))),
        "birth_place_name": draw(words(0)),
        "address": draw(_addresses),
    }
    if draw(st.booleans()):
        patient |= {"identity_status": "validated", "ins": None, "birth_place_code": ""}
    kind = draw(st.sampled_from(sorted(DOCUMENT_TYPES)))
    screening = RAPID.screening if kind == RAPID_TEST else None
    start = draw(_instants)
    act = st.builds(Code, code=st.just(""), display=words(), system=st.just("")) | st.just(ECG)
    row = st.tuples(words(0), st.text(_ALPHABET | st.just("\n"), max_size=80))
    return replace(
        REPORT,
        title=draw(words(1, 128)),
        type_code=Code(code=kind, display=DOCUMENT_TYPES[kind], system=LOINC),
        screening=screening,
        level=draw(st.sampled_from([1, 3])),
        done=draw(st.booleans()),
        created_at=draw(_instants),
        confidentiality=draw(st.sampled_from(["N", "R", "V"])),
        visibility=draw(st.frozensets(st.sampled_from(["MASQUE_PS", "INVISIBLE_PATIENT"]))),
        patient=replace(PATIENT, **patient),
        delegatee=replace(DELEGATEE, family=draw(words()), given=draw(words(0))),
        delegator=replace(DELEGATOR, family=draw(words()), given=draw(words(0)), prefix=""),
        delegator_is_attending=draw(st.booleans()),
        organization=replace(
            ORGANIZATION,
            name=draw(words()),
            facility_type=draw(st.sampled_from(sorted(FACILITIES))),
            address=draw(_addresses),
            phone=draw(st.sampled_from(["", "03 88 00 00 00"])),
        ),
        practice_setting=draw(st.sampled_from(sorted(PRACTICE_SETTINGS))),
        start=start,
        end=start + draw(st.timedeltas(dt.timedelta(), dt.timedelta(hours=3))),
        acts=tuple(draw(st.lists(act, min_size=1, max_size=3))),
        protocol_title=draw(words()),
        sections=tuple(
            Section(title=draw(words()), rows=(rows := tuple(draw(st.lists(row, max_size=3)))), entries=_entries(rows))
            for _ in range(draw(st.integers(0, 2)))
        ),
    )
