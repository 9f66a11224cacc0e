"""What a caller is told of an export that is done (Bulk Data Access 2.0, export.html#response---complete-status)."""

from collections.abc import Callable, Sequence
from typing import Any

from service.exporting.request import load
from service.store.exports import ExportFile, ExportJob


def manifest(job: ExportJob, files: Sequence[ExportFile], address: Callable[[ExportFile], str]) -> dict[str, Any]:
    """The manifest; ``address`` gives where a file is read."""
    request = load(job.asked)

    def listed(kind: str) -> list[dict[str, Any]]:
        return [{"type": f.type, "url": address(f), "count": f.count} for f in files if f.kind == kind and f.count]

    return {
        "transactionTime": job.started.isoformat(timespec="microseconds"),
        "request": request.url,
        "requiresAccessToken": request.token,
        "output": listed("output"),
        "deleted": listed("deleted"),
        "error": listed("error"),
    }


def progress(job: ExportJob) -> str:
    """Part done of the numbers to look through."""
    first = load(job.asked).since_number
    span = job.number - first
    return f"{(job.reached - first) * 100 // span if span > 0 else 100}%"
