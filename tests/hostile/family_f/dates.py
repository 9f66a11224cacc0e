"""Dates at the ends of time, and dates that are none (R4 4.0.1, datatypes.html#date, search.html#date)."""

from typing import Any, Final
from urllib.parse import quote

from tests.hostile.family_f.case import Case, Ground, asked, patient, post, spoilt_act
from tests.house import Json

_SEARCH: Final = "FHIR R4, search.html#date"
_TYPES: Final = "FHIR R4, datatypes.html#dateTime"

#: The text, and whether it is a dateTime of FHIR.
_TEXTS: Final = {
    "0001": True,
    "9999": True,
    "9999-12": True,
    "9999-12-31": True,
    "0001-01-01T00:00:00+14:00": True,
    "0001-01-01T00:00:00Z": True,
    "9999-12-31T23:59:59-14:00": True,
    "9999-12-31T23:59:59.999999Z": True,
    "2026-11-20T10:00:00+14:00": True,
    "2026-11-20T10:00:00-12:00": True,
    "2026-11-20T10:00:00-14:00": True,
    "2024-02-29": True,
    "0000": False,
    "0000-01-01": False,
    "10000": False,
    "10000-01-01": False,
    "-0001": False,
    "+2026": False,
    "26": False,
    "2026-00": False,
    "2026-13": False,
    "2026-02-30": False,
    "2023-02-29": False,
    "1900-02-29": False,
    "2026-04-31": False,
    "2026-11-00": False,
    "2026-11-32": False,
    "2026-1-1": False,
    "20261120": False,
    "2026-W47-5": False,
    "2026-324": False,
    "2026-11-20T24:00:00Z": False,
    "2026-11-20T10:60:00Z": False,
    "2026-11-20T10:00:61Z": False,
    "2026-11-20T10:00:00+14:01": False,
    "2026-11-20T10:00:00+15:00": False,
    "2026-11-20T10:00:00+99:99": False,
    "2026-11-20T10:00:00+10:60": False,
    "2026-11-20T10:00:00.Z": False,
    "2026-11-20 10:00:00Z": False,
    "2026-11-20T10:00:00z": False,
    "2026-11-20T": False,
    "now": False,
    "９９９９": False,
    "2026-11-20T10:00:00." + "9" * 5_000 + "Z": True,
    "9" * 5_000: False,
    "2026-11-20\n": False,
}


def _name(text: str) -> str:
    return repr(text[:40])


SEARCHED: Final = {
    f"{prefix}{_name(text)} asked of {url}": asked(
        f"{url}={prefix}{quote(text)}",
        *(() if valid else ("value",)),
        answers=(200,) if valid else (200, 400) if " " in text else (400,),
        section=_SEARCH,
    )
    for text, valid in _TEXTS.items()
    for prefix, url in (("", "Procedure?date"), ("ap", "Patient?birthdate"), ("ne", "Procedure?_lastUpdated"), ("", "_history?_at"))
}  # fmt: skip


def _written(text: str, valid: bool) -> Case:
    """A birth date has no time; what has one is none."""
    born = valid and "T" not in text
    return post(
        "Patient",
        patient(f"H-{text[:20]}", birthDate=text),
        "value",
        "structure",
        "invariant",
        "business-rule",
        answers=(201, 422) if born else (422, 400),
        section="FHIR R4, datatypes.html#date",
    )


WRITTEN: Final = {f"born on {_name(text)}": _written(text, valid) for text, valid in _TEXTS.items()}


def _performed(**period: str) -> Any:
    def spoil(of: dict[str, Json], g: Ground) -> None:
        of["Procedure"]["performedPeriod"] = period

    return spoilt_act(spoil)


_REFUSED: Final = ("value", "business-rule", "structure", "invariant")
PERFORMED: Final = {
    f"performed on {_name(text)}": post("", _performed(start=text, end=text), *_REFUSED, answers=(422, 400), section=_TYPES)
    for text in _TEXTS
    if text[:10] != "2026-11-20"
}  # fmt: skip


def _answered(name: str, value: Any) -> Any:
    def spoil(of: dict[str, Json], g: Ground) -> None:
        of["QuestionnaireResponse"]["item"].append({"linkId": "poids", "answer": [{name: value}]})

    return spoilt_act(spoil)


ANSWERED: Final = {
    f"an exam that answers {_name(text)}": post(
        "", _answered("valueDate", text), "value", "business-rule", "structure", "code-invalid", "not-supported", answers=(422, 400), section=_TYPES
    )
    for text in _TEXTS
}  # fmt: skip
CASES: Final = SEARCHED | WRITTEN | PERFORMED | ANSWERED
