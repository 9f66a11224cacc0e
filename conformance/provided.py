"""The HL7 validator over what we post to a FHIR record: the transaction of ITI-65 and the resource of ITI-105.

Against R4 itself, always, what they claim left out. Against the profiles of PDSm where their package is:
``BINOME_TEST_PDSM`` names the folder of its StructureDefinitions (FHIR package ``ans.fhir.fr.pdsm`` 3.1.1), which the
package indexes do not carry. The profiles that it rests on (IHE MHD, FR Core, Annuaire Santé) are not in it: what
cannot be judged without them is counted apart.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from conformance.java import Missing, java
from conformance.verdict import Verdict, passed_when
from mappings.cda import report_to_cda
from mappings.fhir.json import dump, parse
from mappings.pdsm import provide_bundle, simplified_publish
from tests.mappings.reports import REPORT, SUBMISSION, second_version

#: Messages that tell of a definition that is not there, or follow from that.
_UNDEFINED: Final = frozenset(
    (
        "Reference_REF_CantResolveProfile",
        "SLICING_CANNOT_BE_EVALUATED",
        "Reference_REF_BadTargetType",
        "Reference_REF_WrongTarget",
        "Validation_VAL_Unknown_Profile",
    )
)
_PDF: Final = b"%PDF-1.4\n%fictif\n"


def judge_provided() -> Verdict:
    named = os.environ.get("BINOME_TEST_PDSM", "")
    definitions = sorted(Path(named).glob("StructureDefinition-*.json")) if named else []
    try:
        wrong, _ = _judged({name: _unclaimed(body) for name, body in _bodies().items()}, [])
        told = f"{len(_bodies())} bodies against R4: {len(wrong)} errors"
        if not definitions:
            return passed_when(not wrong, f"{told}; not against PDSm (BINOME_TEST_PDSM names no package)", wrong)
        against, undefined = _judged(_bodies(), definitions)
    except Missing as missing:
        return Verdict("skipped", str(missing))
    told += f"; against PDSm: {len(against)} errors, {undefined} left undecided by definitions that are not there"
    return passed_when(not wrong and not against, told, [*wrong, *against])


def _judged(bodies: Mapping[str, bytes], definitions: Iterable[Path]) -> tuple[list[str], int]:
    """The errors, and how many were set aside because a definition is not there."""
    with TemporaryDirectory(prefix="binome-provided-") as room:
        folder, known = Path(room) / "judged", Path(room) / "definitions"
        folder.mkdir()
        known.mkdir()
        for name, body in bodies.items():
            (folder / f"{name}.json").write_bytes(body)
        for path in definitions:
            (known / path.name).write_bytes(path.read_bytes())
        code, said, errors = java("Validate", str(folder), str(known), seconds=400)
    messages = [line.split("\t") for line in said.splitlines()]
    if code or messages[-1:] != [["judged", str(len(bodies))]]:
        return [f"the validator did not judge every file: {errors[-500:]}"], 0
    found = [one for one in messages[:-1] if one[0] in ("error", "fatal")]
    decided = [one for one in found if one[3] not in _UNDEFINED]
    return [f"{file} {place}: {text}" for _, file, place, _, text in decided], len(found) - len(decided)


def _unclaimed(body: bytes) -> bytes:
    """Without the profiles that it claims: a validator that has none of them would say nothing else."""
    resource = parse(body)
    for one in (resource, *(entry["resource"] for entry in resource.get("entry", ()))):
        one.pop("meta", None)
    return dump(resource)


def _bodies() -> Mapping[str, bytes]:
    first, second = report_to_cda(REPORT, _PDF), report_to_cda(second_version(), _PDF)
    return {
        "provide": provide_bundle(REPORT, SUBMISSION, first),
        "replace": provide_bundle(second_version(), SUBMISSION, second, replaced="DocumentReference/17"),
        "simplified": simplified_publish(REPORT, SUBMISSION, first),
    }
