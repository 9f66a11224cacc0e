"""The delegated act: Procedure with its exam, measures, prescriptions and dispensings ↔ ``DelegatedAct``.

One visit is a Procedure (R4 4.0.1, https://hl7.org/fhir/R4/procedure.html), a QuestionnaireResponse and
Observations that are ``partOf`` it, what it supports or what is ``partOf`` it among ``ISSUED``. The délégant
cannot stand in ``performer.onBehalfOf`` (an Organization in R4): the ``delegator`` extension names the enrolment.
"""

from mappings.fhir.act.correcting import corrected
from mappings.fhir.act.correction import act_of, changing, changing_part
from mappings.fhir.act.elements import BELONGINGS, FINDINGS, ISSUED, PROCEDURE_PROFILE
from mappings.fhir.act.reading import act_from_fhir, answers_of, protocol_of, unanswered_of
from mappings.fhir.act.retraction import IN_ERROR, ONLY_IN_ERROR, in_error, is_in_error, retracting
from mappings.fhir.act.writing import Placement, act_to_fhir

__all__ = [
    "BELONGINGS",
    "FINDINGS",
    "IN_ERROR",
    "ISSUED",
    "ONLY_IN_ERROR",
    "PROCEDURE_PROFILE",
    "Placement",
    "act_from_fhir",
    "act_of",
    "act_to_fhir",
    "answers_of",
    "changing",
    "changing_part",
    "corrected",
    "in_error",
    "is_in_error",
    "protocol_of",
    "retracting",
    "unanswered_of",
]
