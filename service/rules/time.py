"""An act is reported after it happened, and it ends after it starts."""

from mappings.issues import Issue
from service.rules.case import Case, Faults


def act_has_happened(case: Case) -> Faults:
    if case.act.end < case.act.start:
        yield Issue(
            "business-rule", "Procedure.performed.end", "La fin de l’acte précède son début.", "FHIR R4, Period (per-1)"
        )
    if case.act.start > case.now:
        yield Issue(
            "business-rule",
            "Procedure.performed.start",
            "L’acte est daté dans le futur.",
            "Binôme, cohérence des dates",
        )
