"""The protocol admitted both professions and the structure on the act's date (CSP L4011-2)."""

from mappings.issues import Issue
from service.rules.case import Case, Faults, at_of


def professions_are_admitted(case: Case) -> Faults:
    if case.protocol is None:
        return
    checks = (
        (case.delegatee_practitioner, case.protocol.delegatee_admitted, "délégué", "Procedure.performer[0].actor"),
        (
            case.delegator_practitioner,
            case.protocol.delegator_admitted,
            "délégant",
            "Procedure.extension('delegator').value",
        ),
    )
    for practitioner, admits, who, expression in checks:
        if practitioner is None:
            yield Issue("business-rule", expression, f"Le professionnel {who} n’est pas connu.", "CSP L4011-1")
        elif not admits(practitioner.profession, practitioner.specialty, case.day):
            yield Issue(
                "business-rule",
                expression,
                f"La profession du {who} n’est pas admise par le protocole à la date de l’acte.",
                "CSP L4011-2",
            )


def issued_by_whom_the_list_names(case: Case) -> Faults:
    """An act of the list may be of some of the délégués' professions only: a nurse does not dispense for a pharmacist."""
    if case.protocol is None or case.delegatee_practitioner is None:
        return
    listed = {activity.canonical: activity for activity in case.protocol.activities}
    done = [(case.act.activity, "Procedure.instantiatesCanonical[1]")]
    done += [(issued.activity, at_of(issued)) for issued in case.act.issued]
    for canonical, expression in done:
        activity = listed.get(canonical)
        if activity is not None and not activity.is_for(case.delegatee_practitioner.profession):
            yield Issue(
                "business-rule",
                expression,
                "Le protocole ne confie pas cet acte à la profession du délégué.",
                "CSP L4011-2",
            )


def structure_is_admitted(case: Case) -> Faults:
    expression = "Procedure.performer[0].onBehalfOf"
    if case.organization is None:
        yield Issue("business-rule", expression, "La structure n’est pas connue.", "CSP D4011-4")
    elif case.protocol is not None and not case.protocol.structure_admitted(
        case.organization.facility_type, case.day, demonstration=case.is_fictitious
    ):
        yield Issue(
            "business-rule",
            expression,
            "Le type de la structure n’est pas admis par le protocole à la date de l’acte.",
            "CSP L4011-2",
        )
