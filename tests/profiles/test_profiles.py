"""What we publish: every definition is whole, what the code names exists, and each rule bites.

``good/`` holds one conforming resource a file. ``bad/`` holds, under the name of a good one, the mutations that
each break it once: a JSON Patch operation (RFC 6902) and, in ``breaks``, what the validator must then say.
"""

import copy
import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from mappings.codes import systems
from mappings.domain.cooperation import EnrolmentStatus
from mappings.fhir.task import TaskCode

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "profiles"
COMPILED = PROFILES / "compiled"
HERE = Path(__file__).parent
GOOD = sorted((HERE / "good").glob("*.json"))
VALIDATOR = Path(os.environ.get("BINOME_TOOLS", ROOT.parent / "shared" / "tools")) / "fhir-validate" / "validate.mjs"
NODE = shutil.which("node")

Json = Any

needs_node = pytest.mark.skipif(
    NODE is None or not (PROFILES / "node_modules").is_dir(),
    reason="node or profiles/node_modules is absent (npm ci in profiles/)",
)
needs_validator = pytest.mark.skipif(not VALIDATOR.is_file(), reason=f"{VALIDATOR} is absent (BINOME_TOOLS)")


def read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


DEFINITIONS: dict[str, Json] = {path.name: read(path) for path in sorted(COMPILED.glob("*.json"))}
PUBLISHED: dict[str, Json] = {definition["url"]: definition for definition in DEFINITIONS.values()}
STRUCTURES = [name for name in DEFINITIONS if name.startswith("StructureDefinition-")]
#: Name, the good resource, its mutation.
MUTATIONS: list[tuple[str, Path, dict[str, Json]]] = [
    (f"{path.stem}-{number}", HERE / "good" / path.name, mutation)
    for path in sorted((HERE / "bad").glob("*.json"))
    for number, mutation in enumerate(read(path))
]


def mutated(resource: Json, mutation: dict[str, Json]) -> Json:
    resource = copy.deepcopy(resource)
    *parents, last = mutation["path"].strip("/").split("/")
    node = resource
    for step in parents:
        node = node[int(step)] if isinstance(node, list) else node[step]
    key: Any = int(last) if isinstance(node, list) else last
    match mutation["op"]:
        case "remove":
            del node[key]
            if node == [] or node == {}:
                pytest.fail("a mutation must not leave an empty element: it breaks more than one rule")
        case "replace":
            assert node[key] != mutation["value"]
            node[key] = mutation["value"]
        case "add" if isinstance(node, list):
            node.insert(key, mutation["value"])
        case "add":
            assert key not in node
            node[key] = mutation["value"]
        case other:
            pytest.fail(f"unknown operation {other}")
    return resource


def validated(paths: list[Path]) -> dict[str, Json]:
    """One run for all: starting costs more than validating."""
    assert NODE is not None
    run = subprocess.run(
        [NODE, str(VALIDATOR), "--strict", "--json", "--sd", str(COMPILED), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "BINOME_NODE": str(PROFILES)},
    )
    assert run.returncode in (0, 1), run.stderr[-2000:]
    return {report["file"]: report for report in map(json.loads, run.stdout.splitlines())}


@pytest.fixture(scope="module")
def good_reports() -> dict[str, Json]:
    return validated(GOOD)


@pytest.fixture(scope="module")
def bad_reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    folder = tmp_path_factory.mktemp("bad")
    paths = []
    for name, good, mutation in MUTATIONS:
        path = folder / f"{name}.json"
        path.write_text(json.dumps(mutated(read(good), mutation)), encoding="utf-8")
        paths.append(path)
    return {Path(name).stem: report for name, report in validated(paths).items()}


def errors(report: Json) -> list[str]:
    return [
        f"{' '.join(issue.get('expression', ()))} {issue['details']['text']}"
        for issue in report["issues"]
        if issue["severity"] in ("error", "fatal")
    ]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definition_stands_under_our_canonical(name: str) -> None:
    definition = DEFINITIONS[name]
    kind, identifier = definition["resourceType"], definition["id"]
    assert name == f"{kind}-{identifier}.json"
    assert definition["url"] == f"{systems.CANONICAL}/{kind}/{identifier}"
    assert definition["version"]
    assert definition["description"]


@pytest.mark.parametrize("name", STRUCTURES)
def test_structure_has_a_snapshot(name: str) -> None:
    elements = {element["id"]: element for element in DEFINITIONS[name]["snapshot"]["element"]}
    slices = [i for i in elements if i.rsplit(".", 1)[-1].startswith("extension:")]
    # Validators that read the snapshot alone match an extension slice by its url.
    assert [i for i in slices if "fixedUri" not in elements.get(f"{i}.url", {})] == []


@pytest.mark.parametrize("name", [n for n in STRUCTURES if DEFINITIONS[n]["type"] == "Extension"])
def test_extension_says_where_it_may_stand(name: str) -> None:
    assert {c["expression"] for c in DEFINITIONS[name]["context"]}.isdisjoint({"Element", "Resource", "DomainResource"})


def test_names_that_the_code_uses_are_published() -> None:
    extensions = {value for name, value in vars(systems).items() if name.startswith("EXT_")}
    spelled = {
        getattr(systems, base) + name
        for folder in ("mappings", "service")
        for path in (ROOT / folder).rglob("*.py")
        for base, name in re.findall(r"\{(?:systems\.)?(PROFILE|CODE_SYSTEM)\}([a-z][a-z-]+)", path.read_text("utf-8"))
    }
    assert extensions
    assert spelled
    assert extensions | spelled <= PUBLISHED.keys()


def codes_of(name: str) -> set[str]:
    return {concept["code"] for concept in PUBLISHED[f"{systems.CODE_SYSTEM}{name}"]["concept"]}


def test_words_of_the_domain_are_published() -> None:
    assert set(get_args(EnrolmentStatus)) == codes_of("binome-enrolment-status")
    assert set(get_args(TaskCode)) <= codes_of("binome-task-code")


@pytest.mark.parametrize("folder", sorted((ROOT / "fixtures" / "protocols").glob("*/")), ids=lambda folder: folder.name)
def test_codes_of_a_protocol_are_published(folder: Path) -> None:
    acts = tomllib.loads((folder / "actes.toml").read_text("utf-8"))["actes"]
    assert {act["code"] for act in acts} <= codes_of("binome-act")
    exam = tomllib.loads((folder / "examen.toml").read_text("utf-8"))
    questions = [question for section in exam["rubriques"] for question in section["questions"]]
    assert {o["code"] for q in questions for o in q.get("choix", ())} <= codes_of("binome-answer")


def test_references_between_definitions_hold() -> None:
    prefixes = tuple(f"{systems.CANONICAL}/{kind}/" for kind in ("StructureDefinition", "CodeSystem", "ValueSet"))

    def canonicals(node: Json) -> set[str]:
        if isinstance(node, str):
            return {node.split("|")[0]} if node.startswith(prefixes) else set()
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return set().union(*map(canonicals, children)) if children else set()

    named = canonicals(list(DEFINITIONS.values())) | canonicals([read(path) for path in GOOD])
    assert named
    assert named <= PUBLISHED.keys()


def test_every_profile_has_a_good_resource() -> None:
    claimed = {url for path in GOOD for url in read(path)["meta"]["profile"]}
    profiles = {
        d["url"] for d in PUBLISHED.values() if d.get("derivation") == "constraint" and d["type"] != "Extension"
    }
    assert claimed == profiles


def test_every_invariant_has_a_bad_resource() -> None:
    keys = {
        constraint["key"]
        for name in STRUCTURES
        for element in DEFINITIONS[name]["snapshot"]["element"]
        for constraint in element.get("constraint", ())
        if constraint["key"].startswith("binome-")
    }
    assert keys == {m["breaks"] for _, _, m in MUTATIONS if m["breaks"].startswith("binome-")}


@needs_node
def test_compiled_is_what_the_sources_say() -> None:
    assert NODE is not None
    run = subprocess.run([NODE, "compile.mjs", "--check"], cwd=PROFILES, capture_output=True, text=True, timeout=110)
    assert run.returncode == 0, run.stderr


@needs_node
@needs_validator
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_resource_conforms(path: Path, good_reports: dict[str, Json]) -> None:
    assert errors(good_reports[str(path)]) == []


@needs_node
@needs_validator
@pytest.mark.parametrize(("name", "breaks"), [pytest.param(n, m["breaks"], id=n) for n, _, m in MUTATIONS])
def test_bad_resource_is_refused(name: str, breaks: str, bad_reports: dict[str, Json]) -> None:
    found = errors(bad_reports[name])
    assert any(breaks in error for error in found), found
