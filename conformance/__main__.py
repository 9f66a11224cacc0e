"""``make conformance``: every suite in turn, one line each; exit code 1 when one failed.

``python -m conformance NAME…`` runs some of them. A suite whose program is missing is skipped, and says why.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

from conformance import clients, documents, emitted, examples, provided, record, shared_record
from conformance.agreement.suite import agreement
from conformance.verdict import Verdict

SUITES: Final[Mapping[str, Callable[[], Verdict]]] = {
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
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("suites", nargs="*", help=", ".join(SUITES), metavar="NAME")
    asked = parser.parse_args().suites
    if unknown := set(asked) - SUITES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    failed = False
    for name in asked or SUITES:
        begun = time.monotonic()
        verdict = SUITES[name]()
        failed |= verdict.state == "failed"
        print(f"{name:18} {verdict.state:8} {verdict.told} ({time.monotonic() - begun:.0f} s)", flush=True)
        for detail in verdict.details[:40]:
            print(f"    {detail}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
