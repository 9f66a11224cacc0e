"""Both professionals were enrolled by name, in the right function, on the act's date (CSP L4011-1, L4011-3)."""

from mappings.domain.cooperation import Enrolment, Function
from mappings.issues import Issue
from service.rules.case import Case, Faults

_WHO: dict[Function, tuple[str, str, str]] = {
    "DELEGATEE": ("délégué", "Procedure.performer[0].actor", "delegatee"),
    "DELEGATOR": ("délégant", "Procedure.extension('delegator').value", "delegator"),
}


def delegatee_is_enrolled(case: Case) -> Faults:
    yield from _enrolled(case, case.delegatee, "DELEGATEE")


def delegator_is_enrolled(case: Case) -> Faults:
    yield from _enrolled(case, case.delegator, "DELEGATOR")


def delegatee_is_trained(case: Case) -> Faults:
    """Every training that the protocol asks for was completed, and still valid, on the act's date."""
    if case.delegatee is None or case.protocol is None:
        return
    expression = _WHO["DELEGATEE"][1]
    for training in case.protocol.trainings:
        traced = [t for t in case.delegatee.trainings if t.module == training.module and t.completed <= case.day]
        if not traced:
            yield Issue(
                "business-rule",
                expression,
                "À la date de l’acte, le délégué n’avait pas terminé la formation exigée par le protocole : "
                f"« {training.module} ».",
                "CSP L4011-2",
            )
        elif all(t.valid_until is not None and t.valid_until < case.day for t in traced):
            yield Issue(
                "business-rule",
                expression,
                f"À la date de l’acte, la formation du délégué n’était plus valide : « {training.module} ».",
                "CSP L4011-2",
            )


def delegator_is_of_the_delegatee(case: Case) -> Faults:
    """The délégué may act for this délégant: same version, same structure, and named when names were given."""
    delegatee, delegator = case.delegatee, case.delegator
    if delegatee is None or delegator is None:
        return
    expression = _WHO["DELEGATOR"][1]
    if delegator.protocol != delegatee.protocol or delegator.organization_id != delegatee.organization_id:
        yield Issue(
            "business-rule",
            expression,
            "Le délégant et le délégué n’adhèrent pas à la même version du protocole dans la même structure.",
            "CSP L4011-1",
        )
    if delegatee.delegator_ids and delegator.id not in delegatee.delegator_ids:
        yield Issue(
            "business-rule",
            expression,
            "Ce délégant n’est pas de ceux au nom desquels le délégué peut agir.",
            "CSP L4011-1",
        )


def delegator_is_not_the_delegatee(case: Case) -> Faults:
    delegatee, delegator = case.delegatee, case.delegator
    same = delegatee is not None and delegator is not None and delegatee.rpps == delegator.rpps
    if same or case.act.delegatee_id == case.act.delegator_id:
        yield Issue(
            "business-rule",
            _WHO["DELEGATOR"][1],
            "Le délégant et le délégué ne peuvent pas être la même personne.",
            "CSP L4011-1",
        )


def identifiers_name_the_enrolled(case: Case) -> Faults:
    """The RPPS written on the act is the one of the enrolment that it points at."""
    pairs = (
        (case.delegatee, case.act.delegatee_rpps, "DELEGATEE"),
        (case.delegator, case.act.delegator_rpps, "DELEGATOR"),
    )
    for enrolment, rpps, function in pairs:
        if enrolment is not None and enrolment.rpps != rpps:
            who, expression, _ = _WHO[function]  # type: ignore[index]  # the two literals above
            yield Issue(
                "business-rule",
                f"{expression}.identifier",
                f"Le numéro RPPS porté par l’acte n’est pas celui de l’adhésion du {who}.",
                "ANS, identification des professionnels",
            )


def _enrolled(case: Case, enrolment: Enrolment | None, function: Function) -> Faults:
    who, expression, _ = _WHO[function]
    if enrolment is None:
        yield Issue("business-rule", expression, f"Aucune adhésion connue ne correspond à ce {who}.", "CSP L4011-1")
        return
    if enrolment.function != function:
        yield Issue("business-rule", expression, f"Cette adhésion n’est pas celle d’un {who}.", "CSP L4011-1")
    if enrolment.protocol != case.act.protocol:
        yield Issue(
            "business-rule",
            expression,
            f"Le {who} n’adhère pas à cette version du protocole.",
            "CSP L4011-1",
        )
    if enrolment.organization_id != case.act.organization_id:
        yield Issue("business-rule", expression, f"Le {who} n’adhère pas dans cette structure.", "CSP L4011-1")
    if not enrolment.was_active(case.day):
        yield Issue(
            "business-rule",
            expression,
            f"L’adhésion du {who} n’était pas active à la date de l’acte.",
            "CSP L4011-1",
        )
