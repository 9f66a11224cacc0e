"""The definitions of the catalogue, as published, by the FHIRPath engine that browsers have: every patient of its tests."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from mappings.domain.act import Answer
from mappings.domain.judgement import age_on, judge
from mappings.fhir.json import dump, parse
from tests.catalogue.test_patients import FOLDERS, ROOT, answers_of, read, versions
from tests.mappings.fhir.published import expected, plain, response_of

NODE = shutil.which("node")
ENGINE = ROOT / "conformance" / "node"

pytestmark = pytest.mark.skipif(
    NODE is None or not (ENGINE / "node_modules" / "fhirpath").is_dir(),
    reason="node or its packages are absent (npm ci in conformance/node)",
)


def questions(folder: str) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    file = read(folder)
    known = versions(file)
    for patient in file["patients"]:
        answers: dict[str, Answer] = answers_of(file, patient)
        for told in patient["attendus"]:
            protocol, age = known[told["version"]], age_on(patient["ne-le"], told["jour"])
            # Twice: as the patient is, and with nothing answered.
            for said in (answers, {}):
                variables = {"reponses": response_of(protocol, said), "age": [] if age is None else age}
                for expression, result in expected(protocol, judge(protocol, said, age), said, age):
                    yield {"expression": expression, "variables": variables}, result


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_patient_is_judged_alike(folder: str) -> None:
    asked = list(questions(folder))
    assert len({str(result) for _, result in asked}) > 2
    done = subprocess.run(
        [str(NODE), "fhirpath.mjs"],
        cwd=ENGINE,
        input=b"\n".join(dump(question) for question, _ in asked) + b"\n",
        capture_output=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answered = [parse(b'{"found":' + line + b"}")["found"] for line in done.stdout.splitlines()]
    wrong = [
        (question["expression"], found, result)
        for (question, result), found in zip(asked, answered, strict=True)
        if not isinstance(found, list) or plain(found) != result
    ]
    assert wrong == []
