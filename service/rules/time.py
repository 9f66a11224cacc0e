"""An act is reported after it happened, and it ends after it starts; what it dispenses is handed over in its turn."""

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


def dispenses_have_happened(case: Case) -> Faults:
    """What is dispensed comes of the exam: not before the act, and not yet to come."""
    for n, dispense in enumerate(case.act.dispenses):
        if not case.act.start <= dispense.handed_over <= case.now:
            yield Issue(
                "business-rule",
                f"MedicationDispense[{n}].whenHandedOver",
                "La délivrance précède l’acte qui la permet, ou elle est datée dans le futur.",
                "Binôme, cohérence des dates",
            )
