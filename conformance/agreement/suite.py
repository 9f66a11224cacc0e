"""The official validator is asked what it says of every case: it must say what is remembered, and what is explained."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.agreement.cases import cases
from conformance.agreement.explained import unforeseen
from conformance.agreement.official import remembered
from conformance.agreement.verdicts import Difference, Places, difference, ours, places
from conformance.java import CRASHED, Missing, java
from conformance.verdict import Verdict, passed_when
from mappings.elements import Json
from mappings.fhir.json import dump
from tests.profiles.test_profiles import COMPILED


class Unjudged(Exception):
    """The official validator did not come to the end; its text says why."""


def agreement() -> Verdict:
    judged = cases()
    try:
        said = asked(judged)
    except Missing as missing:
        return Verdict("skipped", str(missing))
    except Unjudged as broken:
        return Verdict("failed", "the validator did not judge every case", [str(broken)])
    met = differences(judged, said)
    wrong = [*unforeseen(met), *_forgotten(said)]
    told = f"{len(judged)} cases: {len(judged) - len(met)} the same verdict, {len(met)} differences, each explained"
    if wrong:
        told = f"{len(judged)} cases, {len(met)} differences, {len(wrong)} not as explained or remembered"
    return passed_when(not wrong, told, wrong)


def differences(judged: Mapping[str, Json], said: Mapping[str, Places | None]) -> dict[str, Difference]:
    """Every case on which the two verdicts are not the same."""
    found = {name: difference(ours(case), said[name]) for name, case in judged.items()}
    return {name: kind for name, kind in found.items() if kind}


def asked(judged: Mapping[str, Json]) -> dict[str, Places | None]:
    """What the official validator says now."""
    with TemporaryDirectory(prefix="binome-agreement-") as room:
        names = {}
        for number, (name, case) in enumerate(judged.items()):
            names[f"{number:05}.json"] = name
            (Path(room) / f"{number:05}.json").write_bytes(dump(case))
        code, said, errors = java("Validate", room, str(COMPILED), seconds=600)
    messages = [line.split("\t") for line in said.splitlines()]
    if code or messages[-1:] != [["judged", str(len(names))]]:
        raise Unjudged(errors[-2000:])
    told: dict[str, list[str]] = {name: [] for name in judged}
    crashed = set()
    for severity, file, place, id_, _ in messages[:-1]:
        if severity in ("error", "fatal"):
            told[names[file]].append(place)
        if id_ == CRASHED:
            crashed.add(names[file])
    return {name: None if name in crashed else places(found) for name, found in told.items()}


def _forgotten(said: Mapping[str, Places | None]) -> Iterator[str]:
    """The verdicts by which the tests go where there is no Java."""
    before = remembered()
    for name in said.keys() | before.keys():
        if name not in before or name not in said or before[name][1] != said[name]:
            yield f"{name}: not what official.json remembers (python -m conformance.agreement writes it anew)"
