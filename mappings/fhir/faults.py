"""What a check of structure finds: faults whose path grows as they come back up, then issues.

A check answers with the faults of one value, most often none. Its caller puts its own step before their paths, so that
a path is only ever spelled for what is wrong.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from mappings.issues import Issue, IssueCode

#: Most issues told to a caller.
MOST: Final = 100
#: Most faults carried upwards: beyond, going on would only serve whoever sent them.
_CARRIED: Final = 10_000

_NAME: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")


class Fault(NamedTuple):
    """One fault, or a reference to a contained resource that is one until that resource is found."""

    #: FHIRPath from the value that was checked: ``.performer[0].actor``.
    path: str
    code: IssueCode
    #: French sentence, ``{}`` standing for the element; empty when the pointer alone matters.
    text: str
    #: ``#id``, what a pending reference points to.
    pointer: str = ""
    #: Types the contained resource may have.
    targets: frozenset[str] | None = None


Faults = Sequence[Fault]
Check = Callable[[Any], Faults]

NONE: Final[Faults] = ()


def fault(code: IssueCode, text: str, path: str = "") -> Faults:
    return (Fault(path, code, text),)


def step(name: str) -> str:
    """The step to a member; none for a name that no element could bear, which may be anything and is not repeated."""
    return f".{name}" if _NAME.fullmatch(name) else ""


def within(step: str, faults: Faults) -> list[Fault]:
    """The same faults, seen from the element that holds the value."""
    return [Fault(step + path, code, text, pointer, targets) for path, code, text, pointer, targets in faults]


def too_many(faults: Faults) -> bool:
    return len(faults) > _CARRIED


def bounded(faults: list[Fault]) -> list[Fault]:
    """The first faults, and one that says there were more than can be listed."""
    first = [found for found in faults if not found.pointer][:MOST]
    return [Fault("", "too-costly", "L’élément « {} » contient trop de fautes ou de références internes."), *first]


def to_issues(expression: str, faults: Faults, reference: str) -> list[Issue]:
    return [_issue(expression + found.path, found, reference) for found in faults[:MOST]]


def _issue(expression: str, found: Fault, reference: str) -> Issue:
    return Issue(found.code, expression, found.text.format(expression), reference)
