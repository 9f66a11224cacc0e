"""The clients that others wrote, each against a server of its own: what they do is in ``node/``, ``java/`` and
``tests/clientsuites``."""

import re
import shutil
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.java import Missing, java
from conformance.packages import installed
from conformance.server import DELEGATOR, ROOT, serving
from conformance.verdict import NODE, TESTS, Verdict, passed_when, run

_ACT = ROOT / "fixtures" / "scenarios" / "acte-simple" / "1-request.fhir.json"


def fhirpy() -> Verdict:
    return _pytest(TESTS / "test_fhirpy.py")


def fhirclient() -> Verdict:
    return _pytest(TESTS / "test_fhirclient.py")


def schemathesis() -> Verdict:
    """Its own count of cases is told: for pytest it is one test."""
    verdict, said = _pytest_saying(TESTS / "test_schemathesis.py", "-s", CONFORMANCE_SECONDS="60")
    counts = re.findall(r"^ *(\d[\d,]* generated\b.*?) *$", said, re.M)
    return replace(verdict, told=f"{verdict.told}: {'; '.join(counts)}") if counts else verdict


def documents() -> Verdict:
    """Everything else that others judge: CDA, XDM, PDF/A, the profiles by another validator."""
    for folder in (NODE, ROOT / "profiles"):
        installed(folder)  # else the tests that need them are skipped, and the suite tells them
    return _pytest(ROOT / "tests" / "conformance")


def mail_servers() -> Verdict:
    """A Postfix that takes our mails and tells what became of them, a Dovecot whose boxes we read."""
    return _pytest(ROOT / "tests" / "mailserver")


def fhir_kit_client() -> Verdict:
    return _node("fhir-kit-client.test.mjs")


def medplum() -> Verdict:
    return _node("medplum.test.mjs")


def hapi() -> Verdict:
    with TemporaryDirectory(prefix="binome-hapi-") as room, serving(Path(room)) as server:
        try:
            code, said, errors = java("Client", server.fhir, server.token(DELEGATOR), str(_ACT), seconds=300)
        except Missing as missing:
            return Verdict("skipped", str(missing))
    steps = [line.split("\t") for line in said.splitlines()]
    counts = Counter(step[0] for step in steps)
    details = [": ".join(step[1:]) for step in steps if step[0] == "FAIL"] or [errors[-2000:]]
    return passed_when(code == 0, _counted(counts["PASS"], counts["FAIL"], counts["SKIP"]), details)


def _node(suite: str) -> Verdict:
    node = shutil.which("node")
    if node is None:
        return Verdict("skipped", "node is absent")
    if not installed():
        return Verdict("skipped", "the npm packages cannot be had (npm ci in conformance/node)")
    with TemporaryDirectory(prefix="binome-node-") as room, serving(Path(room)) as server:
        environment = {"CONFORMANCE_BASE": server.fhir, "CONFORMANCE_TOKEN": server.token(DELEGATOR)}
        command = [node, "--test", "--test-reporter=tap", suite]
        code, said, errors = run(command, 300, cwd=NODE, environment=environment)
    counts = {name: int(number) for name, number in re.findall(r"^# (pass|fail|skipped) (\d+)$", said, re.M)}
    told = _counted(counts.get("pass", 0), counts.get("fail", 0), counts.get("skipped", 0))
    details = re.findall(r"^not ok \d+ - .*|^ +error: .*", said, re.M) or [errors[-2000:]]
    return passed_when(code == 0 and counts.get("pass", 0) > 0, told, details)


def _pytest(tests: Path) -> Verdict:
    return _pytest_saying(tests)[0]


def _pytest_saying(tests: Path, *options: str, **environment: str) -> tuple[Verdict, str]:
    """The verdict of a test run, and all that it said."""
    command = [sys.executable, "-m", "pytest", "-rfEs", "-p", "no:cacheprovider", *options, str(tests)]
    code, said, errors = run(command, 600, environment=environment)
    *_, totals = said.splitlines() or [""]
    counts = {name: int(number) for number, name in re.findall(r"(\d+) (passed|failed|skipped|errors?)\b", totals)}
    absent = re.findall(r"^SKIPPED .*", said, re.M)
    passed = counts.get("passed", 0)
    if code == 0 and absent and not passed:
        return Verdict("skipped", "every test of it", absent), said
    wrong = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    told = _counted(passed, wrong, counts.get("skipped", 0))
    if code == 0 and passed:
        return Verdict("passed", told, absent), said
    return Verdict("failed", told, [*said.splitlines()[-30:], errors[-500:]]), said


def _counted(passed: int, failed: int, skipped: int) -> str:
    return f"{passed} passed, {failed} failed, {skipped} not claimed or absent"
