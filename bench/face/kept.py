"""What a server keeps, seen and not believed: what it refuses, what outlives a kill, what a search finds at once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import requests

from bench.face.asked import window
from bench.face.data import PER_PATIENT, Resource, dumped, patient, procedure
from bench.face.serving import Up
from bench.windows import Broken

#: Numbers of what is written here: beyond those of any measure, each act of another patient.
_FIRST: Final = 900_000_000
#: Resources acknowledged one after the other before the kill.
_WRITES: Final = 20
_TYPES: Final[Mapping[str, Callable[[int], Resource]]] = {
    "Procedure": lambda number: procedure(number * PER_PATIENT),
    "Patient": patient,
}
#: Faults of a resource that is otherwise taken.
_FAULTS: Final[Mapping[str, Mapping[str, Resource]]] = {
    "an unknown element": {"Procedure": {"unknownElement": "x"}, "Patient": {"unknownElement": "x"}},
    "an unknown code": {"Procedure": {"status": "x"}, "Patient": {"gender": "x"}},
    "a missing element": {"Procedure": {"status": None}, "Patient": {"link": [{"type": "seealso"}]}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was seen of one server."""

    #: Faults that it refused in every type that it takes, and those that it took.
    refused: tuple[str, ...]
    taken: tuple[str, ...]
    #: Writes acknowledged before the kill, and those of them that were read afterwards.
    written: int
    survived: int
    #: Found by a search right after the write: one asked for the first time, one asked just before it too.
    found: bool
    found_again: bool

    @property
    def brief(self) -> str:
        """In the row."""
        faults = len(self.refused) + len(self.taken)
        return f"{len(self.refused)}/{faults} · {self.survived}/{self.written} · {self._finds}"

    @property
    def whole(self) -> str:
        """Below the tables."""
        refused = f"refuses {', '.join(self.refused) or 'nothing'}"
        taken = f", takes {', '.join(self.taken)}" if self.taken else ""
        return f"{refused}{taken}; {self.survived} of {self.written} writes outlive a kill; found {self._finds}"

    @property
    def _finds(self) -> str:
        if not self.found:
            return "later or never"
        return "at once" if self.found_again else "at once, unless asked just before"


def kept(serve: Callable[[], AbstractContextManager[Up]]) -> Kept:
    """Of the server that ``serve`` starts, and starts again over the same folder once it was killed."""
    numbers = iter(range(_FIRST, _FIRST + 1_000_000))
    with serve() as up:
        types = [name for name in _TYPES if _status(up, name, _TYPES[name](next(numbers))) == 201]
        if not types:
            raise Broken("it takes neither Procedure nor Patient")
        refused = {fault: all(_refuses(up, name, fault, next(numbers)) for name in types) for fault in _FAULTS}
        searched = types[0]
        found, found_again = _finds(up, searched, next(numbers)), _finds(up, searched, next(numbers), before=True)
        addresses = list(_written(up, searched, numbers))
        up.tree.kill()
    with serve() as up:
        survived = sum(_get(up, address).status_code == 200 for address in addresses)
    return Kept(
        refused=tuple(fault for fault, was in refused.items() if was),
        taken=tuple(fault for fault, was in refused.items() if not was),
        written=len(addresses),
        survived=survived,
        found=found,
        found_again=found_again,
    )


def _refuses(up: Up, name: str, fault: str, number: int) -> bool:
    faulty = _TYPES[name](number) | _FAULTS[fault][name]
    return 400 <= _status(up, name, {key: value for key, value in faulty.items() if value is not None}) < 500


def _finds(up: Up, name: str, number: int, *, before: bool = False) -> bool:
    resource = _TYPES[name](number)
    (identifier,) = resource["identifier"]
    asked = window(number * PER_PATIENT) if name == "Procedure" else f"identifier={identifier['value']}"
    address = f"{name}?{asked}"
    if before and _holds(up, address, identifier):
        raise Broken("a search found what was not yet written")
    if _status(up, name, resource) != 201:
        raise Broken(f"it no longer takes {name}")
    return _holds(up, address, identifier)


def _holds(up: Up, address: str, identifier: Resource) -> bool:
    answer = _get(up, address)
    if answer.status_code != 200:
        raise Broken(f"{address}: {answer.text[:300]}")
    found = [entry["resource"] for entry in answer.json().get("entry") or ()]
    return any(identifier in one.get("identifier", ()) for one in found)


def _written(up: Up, name: str, numbers: Iterator[int]) -> Iterator[str]:
    for _ in range(_WRITES):
        answer = _post(up, name, _TYPES[name](next(numbers)))
        if answer.status_code == 201:
            location = answer.headers.get("Location", "").partition("/_history")[0]
            yield f"{name}/{location.rpartition('/')[2] or answer.json()['id']}"


def _status(up: Up, name: str, resource: Resource) -> int:
    return _post(up, name, resource).status_code


def _post(up: Up, name: str, resource: Resource) -> requests.Response:
    headers = {"Content-Type": "application/fhir+json"}
    return requests.post(f"{up.url}/{name}", data=dumped(resource), headers=headers, timeout=120)


def _get(up: Up, address: str) -> requests.Response:
    return requests.get(f"{up.url}/{address}", headers={"Accept": "application/fhir+json"}, timeout=120)
