"""What is compiled: what a write and a delivery spend their time in. The rest runs as it stands beside it."""

from pathlib import Path
from typing import Final

_FILES: Final = (
    "mappings/domain/identity.py",
    "mappings/domain/names.py",
    "mappings/domain/people.py",
    "mappings/domain/report.py",
    "mappings/domain/report_body.py",
    "mappings/domain/report_document.py",
    "mappings/domain/reporting.py",
    "mappings/domain/shared.py",
    "mappings/domain/showing.py",
    "mappings/domain/time.py",
    "mappings/domain/wording.py",
    "mappings/elements.py",
    "mappings/issues.py",
    "mappings/markup.py",
    "mappings/remembered.py",
    "mappings/fhir/answering.py",
    "mappings/fhir/certainty.py",
    "mappings/fhir/compartment.py",
    "mappings/fhir/datatypes.py",
    "mappings/fhir/definitions.py",
    "mappings/fhir/delivery_event.py",
    "mappings/fhir/execution.py",
    "mappings/fhir/faults.py",
    "mappings/fhir/json.py",
    "mappings/fhir/operation_outcome.py",
    "mappings/fhir/organization.py",
    "mappings/fhir/patient.py",
    "mappings/fhir/practitioner.py",
    "mappings/fhir/practitioner_role.py",
    "mappings/fhir/primitives.py",
    "mappings/fhir/subset.py",
    "mappings/fhir/task.py",
    "service/changing.py",
    "service/clock.py",
    "service/evidence.py",
    "service/scoping/intake.py",
    "service/scoping/store.py",
    "service/showing.py",
    "service/versions.py",
    "service/writes.py",
)
_ROOMS: Final = (
    "mappings/cda",
    "mappings/fhir/act",
    "mappings/fhir/bundle",
    "mappings/fhir/provenance",
    "mappings/fhir/search",
    "mappings/fhir/structure",
    "mappings/pdf",
    "mappings/pdf/page",
    "mappings/xdm",
    "mappings/xds",
    "service/api",
    "service/clients",
    "service/clients/dmp",
    "service/clients/mssante",
    "service/intake",
    "service/ledger",
    "service/outbox",
    "service/store",
)
#: Left as they are, and why.
LEFT_OUT: Final = {
    "mappings/xds/namespaces.py": "attributes that bear the names of its parameters, which mypyc takes for those",
    "service/clients/connections.py": "classes that are mixed into a library's, with attributes that are that one's",
    "service/clients/deadline.py": "what each thread has of its own, with a default that mypyc cannot say",
    "service/clients/exchange.py": "its time is a library's",
    "service/store/postgres.py": "its time is the server's",
    "service/store/wal_index.py": "weak references, and a __del__ with defaults of its own, which mypyc cannot say",
}
#: Classes that an uncompiled dataclass inherits from: frozen they are, frozen they stay.
KEPT_FROZEN: Final = frozenset({"Intake"})


def modules(root: Path) -> list[str]:
    """Paths below ``root``, of the rooms themselves and not of the rooms within them."""
    within = (str(path.relative_to(root)) for room in _ROOMS for path in (root / room).glob("*.py"))
    return sorted({*_FILES, *within} - LEFT_OUT.keys())
