"""The HL7 validator over what leaves the server: every version, every answer, every resource in an answer.

It also judges the examples of our profiles, which it must accept, and their mutations, which it must refuse: a
validator that accepts everything proves nothing.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from conformance.java import Missing, java
from conformance.verdict import Verdict, passed_when
from mappings.fhir.json import dump
from tests.conformance.journey import play
from tests.conformance.test_emitted import emitted, unclaimed
from tests.profiles.test_profiles import COMPILED, GOOD, MUTATIONS, mutated, read

#: Mutations that this validator lets pass: a reference to a type that R4 allows there and our profile does not. It
#: compares the type only of a resource that it can fetch, and nothing is fetched.
LET_PASS: Final = frozenset(
    f"bad {name}"
    for name in (
        "enrolment-delegator-2",
        "medication-dispense-13",
        "medication-request-6",
        "message-4",
        "procedure-6",
        "procedure-12",
        "provenance-act-6",
        "service-request-6",
        "team-3",
        "trace-event-4",
    )
)


def judge_emitted() -> Verdict:
    with TemporaryDirectory(prefix="binome-validate-") as room:
        folder, questionnaires = Path(room) / "judged", Path(room) / "questionnaires"
        names = _lay_out(folder, questionnaires)
        try:
            code, said, errors = java("Validate", str(folder), str(COMPILED), str(questionnaires), seconds=900)
        except Missing as missing:
            return Verdict("skipped", str(missing))
    messages = [line.split("\t") for line in said.splitlines()]
    if code or messages[-1:] != [["judged", str(len(names))]]:
        return Verdict("failed", "the validator did not judge every file", [errors[-2000:]])
    refused = {names[file] for severity, file, *_ in messages[:-1] if severity in ("error", "fatal")}
    spared = {f"bad {name}" for name, _, _ in MUTATIONS} - refused
    faults: dict[str, list[str]] = {}
    for severity, file, place, id_, text in messages[:-1]:
        if (
            severity in ("error", "fatal")
            and not names[file].startswith("bad ")
            and not _in_a_history(id_, names[file])
        ):
            faults.setdefault(f"{text} ({id_})", []).append(f"{names[file]} at {place}")
    wrong = [f"{text}: {len(places)} times, first {places[0]}" for text, places in faults.items()]
    wrong += [f"{name}: a mutation that was not refused" for name in sorted(spared - LET_PASS)]
    levels = Counter(
        severity
        for severity, file, _, id_, _ in messages[:-1]
        if names[file].startswith("emitted ") and not _in_a_history(id_, names[file])
    )
    judged = sum(name.startswith("emitted ") for name in names.values())
    told = (
        f"{judged} resources and Bundles: {levels['error'] + levels['fatal']} errors, {levels['warning']} warnings; "
        f"{len(MUTATIONS) - len(spared)} of {len(MUTATIONS)} mutations refused"
    )
    return passed_when(not wrong, told, wrong)


def _in_a_history(id_: str, name: str) -> bool:
    """A history, and a trace, hold several versions of what a reference names without one: the validator wants one."""
    return id_ == "Bundle_BUNDLE_MultipleMatches" and ("-history of the server" in name or "-trace " in name)


def _lay_out(folder: Path, questionnaires: Path) -> dict[str, str]:
    """One file each, the Questionnaires apart too; file name → what it is."""
    folder.mkdir()
    questionnaires.mkdir()
    names = {}
    for number, (name, resource) in enumerate(_everything()):
        file = f"{number:05}.json"
        (folder / file).write_bytes(dump(resource))
        names[file] = name
        if resource["resourceType"] == "Questionnaire":
            (questionnaires / file).write_bytes(dump(resource))
    return names


def _everything() -> Iterator[tuple[str, dict[str, Any]]]:
    with TemporaryDirectory(prefix="binome-journey-") as stage:
        journey = play(Path(stage))
    for name, resource in emitted(journey):
        yield f"emitted {name}", unclaimed(resource)
    for path in GOOD:
        yield f"good {path.stem}", read(path)
    for name, path, mutation in MUTATIONS:
        yield f"bad {name}", mutated(read(path), mutation)
