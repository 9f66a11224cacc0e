"""What the documents of one act cost: the printed report, the CDA, the archive of a mail. CPU, in process.

The reports are those of the catalogue's patients, each under an identifier of its own, so that nothing is printed twice.
"""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mappings.cda import report_to_cda
from mappings.domain.report import ActReport
from mappings.pdf.report import report_to_pdf
from mappings.xdm.archive import archive
from tests.mappings.catalogue_reports import catalogue_reports
from tests.mappings.reports import SUBMISSION


@dataclass(frozen=True, slots=True)
class Built:
    """Milliseconds of CPU, and bytes."""

    what: str
    p50: float
    p99: float
    size: int


def built(times: int = 200) -> list[Built]:
    """PDF, CDA, archive, and all three of one act."""
    spent: dict[str, list[float]] = {"PDF/A-1a, PDF/UA-1": [], "CDA": [], "IHE_XDM.ZIP": [], "all three": []}
    sizes: dict[str, list[int]] = {what: [] for what in spent}
    gc.collect()
    for report in _reports(times):
        pdf, one = _timed(report_to_pdf, report)
        cda, two = _timed(report_to_cda, report, pdf)
        zipped, three = _timed(archive, report, SUBMISSION, cda)
        for what, cost, made in zip(spent, (one, two, three, one + two + three), (pdf, cda, zipped, b""), strict=True):
            spent[what].append(cost)
            sizes[what].append(len(made))
    return [
        Built(
            what,
            1_000 * statistics.median(costs),
            1_000 * statistics.quantiles(costs, n=100)[98],
            round(statistics.median(sizes[what])),
        )
        for what, costs in spent.items()
    ]


def _reports(times: int) -> list[ActReport]:
    """The first ones warm the compiler and are measured like the others."""
    known = list(catalogue_reports().values())
    return [
        replace(known[number % len(known)], unique_id=f"1.2.250.1.999.1.1.20260.1.7.{number + 1}")
        for number in range(times)
    ]


def _timed(make: Callable[..., bytes], *arguments: Any) -> tuple[bytes, float]:
    # of the process: the compiler has threads of its own
    begun = time.process_time()
    made = make(*arguments)
    return made, time.process_time() - begun
