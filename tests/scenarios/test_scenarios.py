"""Walks the scenario folders: what each request is answered, word for word. To add a scenario, add a folder.

A folder's listing is its flow: ``<n>-request[-<door>].json`` is posted to its door (``acts`` unless said, ``fhir`` for a
transaction), and ``<n+1>-response.json`` is what came back, identifiers replaced by placeholders.
``<n>-request.fhir.json`` tells the same as a FHIR transaction. To write the answers of a new folder, run with ``BINOME_TEST_WRITE=1`` and read them.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.ledger.verify import verify
from service.store import Store, open_store
from tests.house import ROOT, House

SCENARIOS = ROOT / "fixtures" / "scenarios"
FOLDERS = sorted(path.parent for path in SCENARIOS.glob("*/story.md") if any(path.parent.glob("1-request*.json")))
REQUEST = re.compile(r"(\d+)-request(?:-([a-z]+))?\.json")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: What every scenario of the brief shows; a folder lost is seen.
KNOWN = {
    "acte-simple",
    "acte-avec-radiographie",
    "recours-trace",
    "reorientation",
    "refus-consentement",
    "recours-absent",
    "radiographie-sans-ottawa",
    "delegue-non-forme",
    "doublon",
    "saisie-par-erreur",
    "delivrance-antibiotique",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store: Store = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}", test=True)
    yield House(store, tmp_path, whole=True)
    store.close()


def steps(folder: Path) -> list[tuple[Path, str, Path]]:
    """(request, door, response) in the order of the listing."""
    found = []
    for path in folder.iterdir():
        if match := REQUEST.fullmatch(path.name):
            number, door = int(match[1]), match[2] or "acts"
            found.append((number, path, door, folder / f"{number + 1}-response.json"))
    return [(path, door, response) for _, path, door, response in sorted(found)]


def normalised(status: int, body: Any) -> dict[str, Any]:
    """The answer with each identifier replaced by the order in which it came."""
    names: dict[str, str] = {}
    text = UUID.sub(lambda match: names.setdefault(match[0], f"<id-{len(names) + 1}>"), json.dumps(body))
    return {"status": status, "body": json.loads(text)}


def test_the_known_scenarios_are_there() -> None:
    assert {folder.name for folder in FOLDERS} >= KNOWN


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_scenario(house: House, folder: Path) -> None:
    answers: list[dict[str, Any]] = []
    for request, door, response in steps(folder):
        before = house.standing()
        body = json.loads(request.read_text(encoding="utf-8"))
        answer = house.fhir("POST", "/", body) if door == "fhir" else house.post(door, body)
        told = normalised(answer.status_code, answer.json)
        if os.environ.get("BINOME_TEST_WRITE"):
            response.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        assert told == json.loads(response.read_text(encoding="utf-8")), response.name
        # A refusal and a repeat leave nothing; all else leaves something, a transaction with a 200.
        leaves = answer.status_code == 201 or (door == "fhir" and answer.status_code == 200 and told not in answers)
        assert (house.standing() == before) != leaves, request.name
        answers.append(told)
    assert verify(house.store) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_scenario_is_told_in_french_and_whole(folder: Path) -> None:
    story = (folder / "story.md").read_text(encoding="utf-8")
    assert story.startswith("# ")
    assert "fictif" in story
    paired = {path for request, _, response in steps(folder) for path in (request, response)}
    rest = {path.name for path in folder.iterdir() if path not in paired}
    assert rest <= {"story.md", "1-request.fhir.json"}


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*/1-request.fhir.json")), ids=lambda path: path.parent.name)
def test_the_fhir_door_takes_the_same_act(house: House, path: Path) -> None:
    answer = house.fhir("POST", "/", json.loads(path.read_text(encoding="utf-8")))
    assert answer.status_code == 200, answer.json
    assert {entry["response"]["status"] for entry in answer.json["entry"]} == {"201 Created"}
    flat = json.loads((path.parent / "1-request.json").read_text(encoding="utf-8"))
    # The flat door, told the same business identifier, sees that the act is there.
    assert house.post("acts", flat).status_code == 409
