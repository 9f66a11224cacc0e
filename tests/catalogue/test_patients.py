"""Patients under every protocol of the catalogue, at a date of each version: judged as the protocol's text says."""

import datetime as dt
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mappings.codes.systems import ACTIVITY_DEFINITION, PLAN_DEFINITION
from mappings.domain.act import Answer
from mappings.domain.deciding import Decision, decide
from mappings.domain.judgement import Judgement, admits, age_on, judge
from mappings.domain.logic import Truth, Undefined, leaves
from mappings.domain.protocol import Protocol
from mappings.domain.sheet import sheet_of, words
from mappings.records.identity_sheet import sheet_to_record
from service.records.catalogue import load_catalogue

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.name for path in (ROOT / "fixtures" / "protocols").iterdir() if path.is_dir())
TRUTHS = {Truth.YES: "oui", Truth.NO: "non", Truth.UNKNOWN: "inconnu"}
STATES = {
    "allowed": "permis",
    "recourse": "recours",
    "reoriented": "réorienté",
    "undetermined": "indéterminé",
    "conflict": "contradiction",
}


def read(folder: str) -> dict[str, Any]:
    text = (Path(__file__).parent / "patients" / f"{folder}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


@cache
def catalogue() -> dict[str, Protocol]:
    return load_catalogue(ROOT / "fixtures" / "protocols")


def versions(file: dict[str, Any]) -> dict[str, Protocol]:
    url = f"{PLAN_DEFINITION}{file['protocole']}"
    return {protocol.version: protocol for protocol in catalogue().values() if protocol.url == url}


def answers_of(file: dict[str, Any], patient: dict[str, Any]) -> dict[str, Answer]:
    said = file["commun"] | patient.get("reponses", {})
    known = {link_id: answer for link_id, answer in said.items() if link_id not in patient.get("sans-reponse", [])}
    return {k: Decimal(a) if isinstance(a, int) and not isinstance(a, bool) else a for k, a in known.items()}


def judged(protocol: Protocol, answers: dict[str, Answer], age: int | None) -> tuple[Judgement, Decision]:
    judgement = judge(protocol, answers, age)
    return judgement, decide(judgement, answers, [item.link_id for item in protocol.exam_items])


CASES = [
    pytest.param(folder, patient, expected, id=f"{folder}-{patient['id']}-{expected['jour']}")
    for folder in FOLDERS
    for patient in read(folder)["patients"]
    for expected in patient["attendus"]
]


@pytest.mark.parametrize(("folder", "patient", "expected"), CASES)
def test_patient(folder: str, patient: dict[str, Any], expected: dict[str, Any]) -> None:
    file = read(folder)
    known = versions(file)
    day: dt.date = expected["jour"]
    in_force = [version for version, protocol in known.items() if protocol.in_force(day)]
    # A version without a day of effect is judged all the same, and is in force for nobody.
    assert in_force == ([expected["version"]] if known[expected["version"]].period else [])
    protocol = known[expected["version"]]
    judgement, decision = judged(protocol, answers_of(file, patient), age_on(patient["ne-le"], day))
    assert TRUTHS[judgement.eligible] == expected["eligible"]
    assert (STATES[decision.state], decision.reason) == (expected["etat"], expected.get("motif", ""))
    canonicals = {f"{ACTIVITY_DEFINITION}{act}|{protocol.version}" for act in expected["actes"]}
    assert set(decision.activities) == canonicals


def kinds(expected: list[dict[str, Any]]) -> set[str]:
    """Of these patients, which kinds there are."""
    return (
        {{"oui": "inclus", "non": "exclu"}.get(each["eligible"], "") for each in expected}
        | {{"indéterminé": "indetermine", "réorienté": "reoriente"}.get(each["etat"], "") for each in expected}
    ) - {""}


VERSIONS = [
    pytest.param(folder, version, id=f"{folder}-{version}") for folder in FOLDERS for version in versions(read(folder))
]


@pytest.mark.parametrize(("folder", "version"), VERSIONS)
def test_one_patient_of_each_kind_in_each_version(folder: str, version: str) -> None:
    file = read(folder)
    told = [each for patient in file["patients"] for each in patient["attendus"] if each["version"] == version]
    impossible = file.get("impossible", {}).get(version, {})
    assert kinds(told) == {"inclus", "exclu", "indetermine", "reoriente"} - set(impossible)
    if impossible:
        # Of nothing else than an inclusion that the known text leaves open.
        assert set(impossible) == {"inclus"}
        inclusion = [one for one in versions(file)[version].criteria if one.kind == "inclusion"]
        assert any(isinstance(leaf, Undefined) for one in inclusion for leaf in leaves(one.expression))
    # The product says so by itself, on the sheet and in its data, of these versions and of no other.
    told = sheet_of(tuple(versions(file).values()), versions(file)[version], dt.date(2026, 11, 20))
    assert bool(words.includes_nobody(told)) is bool(impossible)
    assert bool(sheet_to_record(told)["includes_nobody"]) is bool(impossible)


def test_every_protocol_has_its_patients() -> None:
    """A protocol added without them is missed here; the second engine judges every one of these files."""
    assert {protocol.url for protocol in catalogue().values()} == {
        f"{PLAN_DEFINITION}{read(f)['protocole']}" for f in FOLDERS
    }
    assert {path.stem for path in (Path(__file__).parent / "patients").iterdir()} == set(FOLDERS)
    assert not {v for f in FOLDERS for v in read(f).get("impossible", {}) if v not in versions(read(f))}


@pytest.mark.parametrize(("folder", "version"), VERSIONS)
def test_where_no_exclusion_is_known_it_is_said(folder: str, version: str) -> None:
    """In the file of the patients, and in the definition itself: its completeness, and its declared gaps."""
    protocol = versions(read(folder))[version]
    none = not any(one.kind in ("exclusion", "red-flag") for one in protocol.criteria)
    assert (version in read(folder).get("sans-critere-d-exclusion", [])) is none
    if none:
        assert protocol.completeness["exclusion"] == "unknown"
        assert any("exclusion" in gap.text for gap in protocol.gaps)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_answer_is_to_a_question_that_admits_it(folder: str) -> None:
    """A patient whose answers no form takes would prove nothing."""
    file = read(folder)
    questions = {item.link_id: item for protocol in versions(file).values() for item in protocol.exam_items}
    for patient in file["patients"]:
        for link_id, answer in answers_of(file, patient).items():
            assert admits(questions[link_id], answer), link_id
