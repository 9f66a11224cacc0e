"""The two verdicts on a case, and whether they are the same: an error or none, and at a comparable element.

A verdict is the places of its errors; empty, the case is accepted. Two places are comparable when they are one, or when
one holds the other closely: a missing element is told at its place here and at its parent's there, a wrong code at the
code here and at its Coding there.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal

from mappings.elements import Json
from mappings.fhir.json import dump, parse
from mappings.fhir.validation import validated
from mappings.issues import Refused

#: Places of the errors.
Places = tuple[str, ...]
Difference = Literal["refused here alone", "refused there alone", "refused elsewhere", "no verdict there", ""]

#: What the official validator writes into a place beside its steps: the resource that stands there, the type of a
#: choice, a slice, the url of an extension.
_ASIDE: Final = re.compile(r"/\*.*?\*/|\.(?:ofType|as)\([A-Za-z]+\)|:[A-Za-z0-9\-]+|\[url='[^']*'\]")
_INDEX: Final = re.compile(r"\[[0-9x]+\]")
#: Most steps between an element and one that holds it, for the two to be comparable.
_NEAR: Final = 2


def ours(resource: Json) -> Places:
    """What ``$validate`` finds against a body."""
    try:
        issues = validated(parse(dump(resource)))
    except Refused as refused:
        issues = list(refused.issues)
    return places(issue.expression for issue in issues if issue.severity == "error")


def places(told: Iterable[str]) -> Places:
    """Each place once, in order, spelled one way."""
    return tuple(sorted({_ASIDE.sub("", place) for place in told}))


def difference(here: Places, there: Places | None) -> Difference:
    """Empty when the verdicts are the same; None stands for a validator that broke down."""
    if there is None:
        return "no verdict there"
    if bool(here) != bool(there):
        return "refused here alone" if here else "refused there alone"
    near = not here or any(_near(one, other) for one in here for other in there)
    return "" if near else "refused elsewhere"


def _near(one: str, other: str) -> bool:
    short, long = sorted((_steps(one), _steps(other)), key=len)
    return long[: len(short)] == short and len(long) - len(short) <= _NEAR


def _steps(place: str) -> list[str]:
    # an element that repeats may be told as a whole
    return _INDEX.sub("", place).split(".")
