"""Two hundred mistakes and more, judged by a validator that others wrote and by ours.

It stands outside the repository (``BINOME_TOOLS``); without it, skipped. Where the two differ, and why, is listed here
and in ``docs/validation.md``.
"""

import json
import os
import shutil
import subprocess
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from mappings.elements import Json
from mappings.fhir import json as fhir_json
from mappings.fhir.validation import validated
from tests.mappings.fhir.validation.examples import GOOD, mistakes
from tests.mappings.schemas import ROOT, tool

PROFILES = ROOT / "profiles"
#: Rules that the other validator does not see broken: it counts two equal elements as one, looks into no code system,
#: takes any word for the language of an expression, knows the rules of a data type by the profile alone that restates them,
#: and does not look into the parts of a part of an extension.
SEEN_HERE_ALONE = {
    "binome-patient, binome-pat-4",
    "FHIR R4 4.0.1, codesystem.html",
    "FHIR R4 4.0.1, Expression",
    "FHIR R4 4.0.1, cpt-2",
    "FHIR R4 4.0.1, extensibility.html",
    "reachability",
}


def judged_by_another(resources: list[Json], folder: Path) -> list[Any]:
    node, validator = shutil.which("node"), tool("fhir-validate/validate.mjs")
    if node is None or not (PROFILES / "node_modules").is_dir():
        pytest.skip("node or profiles/node_modules is absent (npm ci in profiles/)")
    paths = [folder / f"{number}.json" for number in range(len(resources))]
    for path, resource in zip(paths, resources, strict=True):
        path.write_bytes(fhir_json.dump(resource))
    run = subprocess.run(
        [node, str(validator), "--strict", "--json", "--sd", str(PROFILES / "compiled"), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**os.environ, "BINOME_NODE": str(PROFILES)},
    )
    reports = [json.loads(line) for line in run.stdout.split("\n") if line]
    assert [report["file"] for report in reports] == list(map(str, paths)), run.stderr[-1000:]
    return reports


def test_the_two_agree_on_every_mistake(tmp_path: Path) -> None:
    made = list(islice(mistakes(2026), 240))
    resources = [*GOOD.values(), *(resource for _, resource in made)]
    names = [*GOOD, *(name for name, _ in made)]
    reports = judged_by_another(resources, tmp_path)
    differences = []
    for name, resource, report in zip(names, resources, reports, strict=True):
        ours = {issue.reference for issue in validated(resource) if issue.severity == "error"}
        if bool(ours) == report["valid"] and not (ours and ours <= SEEN_HERE_ALONE):
            differences.append(
                (name, ours, [i["details"]["text"] for i in report["issues"] if i["severity"] == "error"])
            )
    assert differences == []
    refused = [report for report in reports if not report["valid"]]
    # otherwise the test would judge little and say nothing
    assert len(refused) > 80
    assert len(reports) - len(refused) > 80
