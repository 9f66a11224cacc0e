"""The protocol was in force on the act's date, and the act is on its closed list (CSP L4011-2, L4011-3)."""

from mappings.domain.kinds import KINDS, UNLISTED
from mappings.domain.logic import Truth
from mappings.domain.protocol import Activity
from mappings.issues import Issue
from service.rules.case import Case, Faults, at_of

_PROTOCOL = "Procedure.instantiatesCanonical[0]"
_ACTIVITY = "Procedure.instantiatesCanonical[1]"


def protocol_was_in_force(case: Case) -> Faults:
    protocol = case.protocol
    if protocol is None:
        yield Issue("business-rule", _PROTOCOL, "Cette version du protocole n’est pas connue.", "CSP L4011-3")
        return
    if not protocol.in_force(case.day):
        yield Issue(
            "business-rule",
            _PROTOCOL,
            "Cette version du protocole n’était pas en vigueur à la date de l’acte.",
            "CSP L4011-3",
        )


def draft_protocol_meets_nobody(case: Case) -> Faults:
    """A definition with an incomplete section may be played only with identities that belong to nobody."""
    if case.protocol is None or case.patient is None or case.protocol.status != "draft":
        return
    if not case.is_fictitious:
        yield Issue(
            "business-rule",
            _PROTOCOL,
            "La définition de ce protocole est un projet incomplet : elle ne peut servir qu’avec une identité de test "
            "ou de démonstration.",
            "CSP L4011-2",
        )


def act_is_on_the_list(case: Case) -> Faults:
    if case.protocol is None:
        return
    activity = _listed(case, case.act.activity)
    if activity is None or activity.kind != "Procedure":
        yield Issue(
            "business-rule",
            _ACTIVITY,
            UNLISTED["acte"],
            "CSP L4011-2",
        )
    for issued in case.act.issued:
        allowed = _listed(case, issued.activity)
        if allowed is None or allowed.kind != issued.kind:
            yield Issue("business-rule", at_of(issued), UNLISTED[KINDS[issued.kind].noun], "CSP L4011-2")


def derogation_is_said(case: Case) -> Faults:
    """The act says itself derogatory when, and only when, the protocol does."""
    activity = _listed(case, case.act.activity)
    if activity is not None and activity.derogatory != case.act.derogatory:
        yield Issue(
            "business-rule",
            "Procedure.extension('derogatory').value",
            "Le caractère dérogatoire de l’acte n’est pas celui que fixe le protocole.",
            "CSP L4011-1",
        )


def branch_allows_the_act(case: Case) -> Faults:
    """What the decision tree does not clearly allow is not allowed: unknown is no."""
    if case.judgement is None or not case.derogates:
        return
    wanted = [(case.act.activity, _ACTIVITY)]
    wanted += [(issued.activity, at_of(issued)) for issued in case.act.issued]
    for canonical, expression in wanted:
        if case.judgement.activities.get(canonical, Truth.YES) is not Truth.YES:
            yield Issue(
                "business-rule",
                expression,
                "L’arbre décisionnel du protocole n’autorise pas cet acte avec les réponses de l’examen : "
                "s’il paraît nécessaire, le patient est à réorienter vers le délégant.",
                "CSP L4011-2",
            )


def _listed(case: Case, canonical: str) -> Activity | None:
    activities = case.protocol.activities if case.protocol else ()
    return next((activity for activity in activities if activity.canonical == canonical), None)
