"""What is compiled: what a write spends its time in. The rest runs as it stands beside it."""

from pathlib import Path
from typing import Final

_FILES: Final = (
    "mappings/cda/refusals.py",
    "mappings/domain/act.py",
    "mappings/domain/execution.py",
    "mappings/domain/identity.py",
    "mappings/domain/judgement.py",
    "mappings/domain/kinds.py",
    "mappings/domain/logic.py",
    "mappings/domain/names.py",
    "mappings/domain/people.py",
    "mappings/domain/report.py",
    "mappings/domain/report_judged.py",
    "mappings/domain/reporting.py",
    "mappings/domain/time.py",
    "mappings/domain/walking.py",
    "mappings/elements.py",
    "mappings/issues.py",
    "mappings/remembered.py",
    "mappings/fhir/answering.py",
    "mappings/fhir/audit_event.py",
    "mappings/fhir/certainty.py",
    "mappings/fhir/compartment.py",
    "mappings/fhir/datatypes.py",
    "mappings/fhir/definitions.py",
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
    "mappings/xdm/mail.py",
    "service/clock.py",
    "service/finding.py",
    "service/scoping/intake.py",
    "service/scoping/store.py",
    "service/writes.py",
)
_ROOMS: Final = (
    "mappings/domain/protocol",
    "mappings/fhir/act",
    "mappings/fhir/bundle",
    "mappings/fhir/provenance",
    "mappings/fhir/search",
    "mappings/fhir/structure",
    "service/api",
    "service/intake",
    "service/ledger",
    "service/rules",
    "service/store",
)
#: Left as they are, and why.
LEFT_OUT: Final = {
    "service/store/postgres.py": "its time is the server's",
    "service/store/wal_index.py": "weak references, and a __del__ with defaults of its own, which mypyc cannot say",
}
#: Classes that an uncompiled dataclass inherits from: frozen they are, frozen they stay.
KEPT_FROZEN: Final = frozenset({"Intake"})


def modules(root: Path) -> list[str]:
    """Paths below ``root``, of the rooms themselves and not of the rooms within them."""
    within = (str(path.relative_to(root)) for room in _ROOMS for path in (root / room).glob("*.py"))
    return sorted({*_FILES, *within} - LEFT_OUT.keys())
