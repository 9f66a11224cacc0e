"""The documents of the whole catalogue by what others wrote: veraPDF for the PDF, the official rules for the CDA.

Both must also refuse what was spoiled on purpose: a judge that lets everything pass proves nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from conformance.java import Missing, java
from conformance.verdict import Verdict, passed_when
from mappings.cda import report_to_cda
from mappings.cda.checks import faults_of
from mappings.domain.report import ActReport
from mappings.pdf.report import report_to_pdf
from tests.mappings.catalogue_reports import catalogue_reports
from tests.mappings.official_rules import BIO_TROD, Judge, minimal_structure, sections_and_models
from tests.mappings.reports import EVERYTHING, RAPID, REPORT, second_version

#: PDF/A-1 level A, and PDF/UA-1.
_FLAVOURS: Final = ("1a", "ua1")


def _reports() -> Mapping[str, ActReport]:
    own = {"report": REPORT, "everything": EVERYTHING, "rapid test": RAPID, "second version": second_version()}
    return own | catalogue_reports()


def printed() -> Verdict:
    """Each report once; its PDF spoiled in its metadata as well."""
    reports = _reports()
    names = {}
    with TemporaryDirectory(prefix="binome-pdf-") as room:
        for number, (name, report) in enumerate(reports.items()):
            pdf = report_to_pdf(report)
            names[f"{number:04}.pdf"] = name
            (Path(room) / f"{number:04}.pdf").write_bytes(pdf)
        (Path(room) / "spoiled.pdf").write_bytes(
            pdf.replace(b"pdfaid:part>1<", b"pdfaid:part>2<").replace(b"/H1", b"/H7")
        )
        try:
            code, said, errors = java("PrintedReports", room, *_FLAVOURS, seconds=900)
        except Missing as missing:
            return Verdict("skipped", str(missing))
    lines = [line.split("\t") for line in said.splitlines()]
    if code or len(lines) != len(_FLAVOURS) * (len(names) + 1):
        return Verdict("failed", "veraPDF did not judge every file", [errors[-2000:]])
    wrong = [
        f"{names[file]} as {flavour}: {told}"
        for file, flavour, good, _, told in lines
        if file in names and good != "true"
    ]
    wrong += [f"spoiled, and let pass as {line[1]}" for line in lines if line[0] not in names and line[2] == "true"]
    asserted = sum(int(count) for *_, count, _ in lines)
    return passed_when(not wrong, f"{len(names)} reports as PDF/A-1a and PDF/UA-1, {asserted} assertions", wrong)


def ruled() -> Verdict:
    """Minimal structure, sections and entries, and the model BIO-TROD; both levels."""
    wrong: list[str] = []
    fired = judged = 0
    with TemporaryDirectory(prefix="binome-rules-") as room:
        try:
            with minimal_structure() as minimal, sections_and_models(Path(room)) as models:
                rules = {"minimal structure": minimal} | models
                for name, report in _reports().items():
                    for level in (3, 1):
                        count, said = _judged(rules, replace(report, level=level), Path(room))
                        fired, judged = fired + count, judged + 1
                        wrong += [f"{name}, level {level}: {one}" for one in said]
                spoiled = replace(RAPID, practice_setting="AMBULATOIRE")
                if not _judged(rules, spoiled, Path(room))[1]:
                    wrong.append("a rapid test outside screening was let pass")
        except pytest.skip.Exception as missing:  # the rules are read as the tests read them, who skip without them
            return Verdict("skipped", str(missing))
    return passed_when(not wrong, f"{judged} documents, {fired} rules fired, no error and no warning", wrong)


def _judged(rules: Mapping[str, Judge], report: ActReport, room: Path) -> tuple[int, list[str]]:
    path = room / "document.xml"
    cda = report_to_cda(report, report_to_pdf(report))
    path.write_bytes(cda)
    fired, said = 0, [f"our own: {name}" for name in faults_of(cda)]
    for name, judge in rules.items():
        if name == BIO_TROD and report.screening is None:
            continue
        count, issues = judge.check(str(path))
        fired += count
        said += [f"{name}: {severity} {text}" for severity, text, _ in issues]
    return fired, said
