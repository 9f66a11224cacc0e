"""The HL7 validator over what we post to a FHIR record: the transaction of ITI-65 and the resource of ITI-105.

Against R4 itself, always. Against the profiles of PDSm where their package is: ``BINOME_TEST_PDSM`` names the folder of
its StructureDefinitions (npm package of FHIR ``ans.fhir.fr.pdsm``), which no index we may use carries.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from conformance.java import Missing, java
from conformance.verdict import Verdict, passed_when
from mappings.cda import report_to_cda
from mappings.pdsm import provide_bundle, simplified_publish
from tests.mappings.reports import REPORT, SUBMISSION, second_version

_PDF: Final = b"%PDF-1.4\n%fictif\n"


def judge_provided() -> Verdict:
    named = os.environ.get("BINOME_TEST_PDSM", "")
    with TemporaryDirectory(prefix="binome-provided-") as room:
        folder, definitions = Path(room) / "judged", Path(room) / "definitions"
        folder.mkdir()
        definitions.mkdir()
        for name, body in _bodies().items():
            (folder / f"{name}.json").write_bytes(body)
        for path in Path(named).glob("StructureDefinition-*.json") if named else ():
            (definitions / path.name).write_bytes(path.read_bytes())
        try:
            code, said, errors = java("Validate", str(folder), str(definitions), seconds=400)
        except Missing as missing:
            return Verdict("skipped", str(missing))
    messages = [line.split("\t") for line in said.splitlines()]
    if code or messages[-1:] != [["judged", str(len(_bodies()))]]:
        return Verdict("failed", "the validator did not judge every file", [errors[-2000:]])
    told = [f"{severity} {file} {place}: {text}" for severity, file, place, _, text in messages[:-1]]
    wrong = [one for one in told if one.startswith(("error", "fatal"))]
    against = "R4 and PDSm" if named else "R4 (PDSm: BINOME_TEST_PDSM names no package)"
    return passed_when(not wrong, f"{len(_bodies())} bodies against {against}: {len(told)} remarks, no error", wrong)


def _bodies() -> Mapping[str, bytes]:
    first, second = report_to_cda(REPORT, _PDF), report_to_cda(second_version(), _PDF)
    return {
        "provide": provide_bundle(REPORT, SUBMISSION, first),
        "replace": provide_bundle(second_version(), SUBMISSION, second, replaced="DocumentReference/17"),
        "simplified": simplified_publish(REPORT, SUBMISSION, first),
    }
