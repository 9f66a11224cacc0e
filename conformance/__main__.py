"""``make conformance``: every suite in turn, one line each, whatever became of the one before.

``python -m conformance NAME…`` runs some of them. A suite whose program is missing does not run, and says why; the last
line counts and names those. Exit code 1 when one failed, or when none ran; with ``--whole`` also when one could not run.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from conformance import clients, documents, emitted, examples, provided, record, shared_record
from conformance.agreement.suite import agreement
from conformance.verdict import Verdict

Suite = Callable[[], Verdict]

SUITES: Final[Mapping[str, Suite]] = {
    "fhirpy": clients.fhirpy,
    "fhirclient": clients.fhirclient,
    "fhir-kit-client": clients.fhir_kit_client,
    "medplum": clients.medplum,
    "hapi-client": clients.hapi,
    "hapi-record": record.hapi_record,
    "schemathesis": clients.schemathesis,
    "hl7-validator": emitted.judge_emitted,
    "pdsm-validator": provided.judge_provided,
    "validate-agreement": agreement,
    "r4-examples": examples.round_trips,
    "documents": clients.documents,
    "verapdf": documents.printed,
    "cda-rules": documents.ruled,
    "xds-ipf": shared_record.shared_record,
    "xml-signatures": shared_record.signatures,
    "mail-servers": clients.mail_servers,
}
#: Lines told below a suite.
_MOST: Final = 40


def main(arguments: Sequence[str] | None = None, suites: Mapping[str, Suite] = SUITES) -> int:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("suites", nargs="*", help=", ".join(suites), metavar="NAME")
    parser.add_argument("--whole", action="store_true", help="what could not run counts as failed")
    options = parser.parse_args(arguments)
    if unknown := set(options.suites) - suites.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    states: dict[str, str] = {}
    for name in options.suites or suites:
        begun = time.monotonic()
        verdict = _judged(suites[name])
        states[name] = verdict.state
        print(f"{name:18} {verdict.state:8} {verdict.told} ({time.monotonic() - begun:.0f} s)", flush=True)
        for detail in verdict.details[:_MOST]:
            print(f"    {detail}", flush=True)
    print(_summed_up(states), flush=True)
    counts = Counter(states.values())
    return int(bool(counts["failed"]) or not counts["passed"] or (options.whole and bool(counts["skipped"])))


def _judged(suite: Suite) -> Verdict:
    """A suite that breaks down has failed; the next one runs."""
    try:
        return suite()
    except Exception as defect:
        return Verdict("failed", f"broke down: {type(defect).__name__}", traceback.format_exc().splitlines())


def _summed_up(states: Mapping[str, str]) -> str:
    told = []
    for state, words in (("passed", "passed"), ("failed", "FAILED"), ("skipped", "DID NOT RUN")):
        names = [name for name, one in states.items() if one == state]
        if names or state == "passed":
            told.append(f"{len(names)} {words}" + ("" if state == "passed" else f" ({', '.join(names)})"))
    return "; ".join(told)


if __name__ == "__main__":
    sys.exit(main())
