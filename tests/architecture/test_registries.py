"""The registries are whole: what is written is registered, and what is registered is announced and published."""

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import service.rules
from mappings.codes.systems import CANONICAL
from mappings.fhir.search import PARAMETERS, members, parameters_of
from service.api.capability import capability_statement
from service.clients import CLIENTS
from service.clock import system_clock
from service.intake.admission import OPEN_TYPES
from service.intake.checking import READERS
from service.outbox.envelope import Destination, State
from service.outbox.states import TRANSITIONS, Event
from service.rules import RULES
from service.rules.case import Faults

ROOT = Path(__file__).parents[2]
COMPILED = ROOT / "profiles" / "compiled"
RESOURCES = {each["type"]: each for each in capability_statement(system_clock())["rest"][0]["resource"]}


def rules_written() -> set[object]:
    """Every public function of ``service.rules`` that gives faults of a case."""
    modules = [importlib.import_module(f"service.rules.{m.name}") for m in pkgutil.iter_modules(service.rules.__path__)]
    return {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation is Faults
    }


def test_every_rule_is_judged_and_judged_once() -> None:
    assert rules_written() == set(RULES)
    assert len(RULES) == len(set(RULES))


def test_every_destination_has_its_client() -> None:
    assert set(CLIENTS) == set(Destination)


def test_every_state_is_reached_and_only_ends_are_final() -> None:
    assert {after for after in TRANSITIONS.values()} == set(State)
    by_hand = {Event.REPLAYED, Event.REPLAYED_IN_DOUBT, Event.LIFTED, Event.LIFTED_IN_DOUBT}
    moved = {before for before, event in TRANSITIONS if event not in by_hand}
    assert set(State) - moved == {State.REFUSED, State.EXHAUSTED, State.CANCELLED}


def test_what_can_be_searched_is_announced() -> None:
    assert {type_ for type_, each in RESOURCES.items() if "searchParam" in each} == set(PARAMETERS)
    for type_, parameters in PARAMETERS.items():
        announced = {(each["name"], each["type"]) for each in RESOURCES[type_]["searchParam"]}
        assert announced >= {(one.name, one.kind) for one in parameters if one.name in parameters_of(type_)}
        # What nobody can ask for is found by a parameter that somebody can.
        found = {member for name in parameters_of(type_) for member in (name, *members(type_, name))}
        assert found >= {one.name for one in parameters}


def test_what_can_be_written_can_be_found_and_is_read() -> None:
    assert set(PARAMETERS) >= OPEN_TYPES
    assert set(READERS) <= OPEN_TYPES
    assert {
        type_ for type_, each in RESOURCES.items() if {"code": "create"} in each.get("interaction", ())
    } == OPEN_TYPES


def ours(resource: dict[str, Any]) -> list[str]:
    """Names of the operations whose definition is ours to publish."""
    definitions = [each["definition"] for each in resource.get("operation", ())]
    return [url.rpartition("/")[2] for url in definitions if url.startswith(CANONICAL)]


@pytest.mark.parametrize("type_", sorted(RESOURCES))
def test_every_profile_and_operation_announced_is_published(type_: str) -> None:
    names = [f"StructureDefinition-{url.rpartition('/')[2]}" for url in RESOURCES[type_].get("supportedProfile", ())]
    names += [f"OperationDefinition-{name}" for name in ours(RESOURCES[type_])]
    assert [name for name in names if not (COMPILED / f"{name}.json").is_file()] == []


def test_every_operation_published_is_announced() -> None:
    announced = {name for resource in RESOURCES.values() for name in ours(resource)}
    assert {
        path.stem.removeprefix("OperationDefinition-") for path in COMPILED.glob("OperationDefinition-*")
    } == announced


def test_every_protocol_says_what_it_knows_and_what_it_does_not() -> None:
    folders = [path for path in (ROOT / "fixtures" / "protocols").iterdir() if path.is_dir()]
    assert folders
    assert [folder.name for folder in folders if not (folder / "LISEZ-MOI.md").is_file()] == []
