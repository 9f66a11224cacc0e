"""The law and the protocol, judged on the act's own date. Pure: no clock, no store, no network.

One file per subject, each rule a statement and a generator of faults that names its text. To add a
rule: write it, add its line to ``RULES``. Nothing here knows FHIR JSON, the store or a destination.
"""

from collections.abc import Callable

from mappings.issues import Issue
from service.rules import consent, enrolments, exam, inclusion, professions, protocol, suspension, time
from service.rules.case import Case, Faults

Rule = Callable[[Case], Faults]

RULES: tuple[Rule, ...] = (
    time.act_has_happened,
    time.dispenses_have_happened,
    protocol.protocol_was_in_force,
    suspension.protocol_was_not_suspended,
    protocol.draft_protocol_meets_nobody,
    protocol.act_is_on_the_list,
    protocol.derogation_is_said,
    inclusion.patient_is_the_included_one,
    inclusion.inclusion_was_active,
    inclusion.team_covers_the_act,
    consent.consent_was_in_force,
    enrolments.delegatee_is_enrolled,
    enrolments.delegator_is_enrolled,
    enrolments.delegatee_is_trained,
    enrolments.delegator_is_of_the_delegatee,
    enrolments.delegator_is_not_the_delegatee,
    enrolments.identifiers_name_the_enrolled,
    professions.professions_are_admitted,
    professions.issued_by_whom_the_list_names,
    professions.structure_is_admitted,
    exam.answers_are_admitted,
    exam.exam_is_complete,
    exam.patient_is_eligible,
    exam.recourse_was_taken,
    protocol.branch_allows_the_act,
)

#: What a correction may not say, whatever was done: the rest was judged when the act was recorded, and a correction that
#: shows that it ought not to have been done is kept, for it was, and told to the délégant.
OF_A_CORRECTION: tuple[Rule, ...] = (
    time.act_has_happened,
    time.dispenses_have_happened,
    protocol.act_is_on_the_list,
    protocol.derogation_is_said,
    inclusion.patient_is_the_included_one,
    enrolments.identifiers_name_the_enrolled,
    exam.answers_are_admitted,
)

#: What can be told before a patient is included: the protocol, the people, the structure, the consent.
BEFORE_THE_INCLUSION: tuple[Rule, ...] = (
    protocol.protocol_was_in_force,
    suspension.protocol_was_not_suspended,
    protocol.draft_protocol_meets_nobody,
    inclusion.patient_is_the_included_one,
    inclusion.team_covers_the_act,
    consent.consent_was_in_force,
    enrolments.delegatee_is_enrolled,
    enrolments.delegator_is_enrolled,
    enrolments.delegatee_is_trained,
    enrolments.delegator_is_of_the_delegatee,
    enrolments.delegator_is_not_the_delegatee,
    professions.professions_are_admitted,
    professions.structure_is_admitted,
)
#: The same before an act, the patient being included.
BEFORE_THE_ACT: tuple[Rule, ...] = (*BEFORE_THE_INCLUSION, inclusion.inclusion_was_active)


def faults(case: Case, rules: tuple[Rule, ...] = RULES) -> list[Issue]:
    """Every fault of ``case``, in the order of ``rules``; empty when the act may be recorded, or would be."""
    return [issue for rule in rules for issue in rule(case)]
