"""The patient was informed and had consented on the act's date (CSP L4011-1, L1111-4)."""

from mappings.issues import Issue
from service.rules.case import Case, Faults

_EXPRESSION = "CarePlan.supportingInfo"
_ARTICLE = "CSP L1111-4"


def consent_was_in_force(case: Case) -> Faults:
    consent = case.consent
    if consent is None:
        yield Issue("business-rule", _EXPRESSION, "Aucun consentement du patient n’est enregistré.", _ARTICLE)
        return
    if case.patient is not None and consent.patient_id != case.patient.id:
        yield Issue("business-rule", _EXPRESSION, "Le consentement est celui d’un autre patient.", _ARTICLE)
    if consent.protocol != case.act.protocol.partition("|")[0]:
        yield Issue("business-rule", _EXPRESSION, "Le consentement vise un autre protocole.", _ARTICLE)
    if consent.status == "rejected" or not consent.permits:
        yield Issue("business-rule", _EXPRESSION, "Le patient a refusé la prise en charge déléguée.", _ARTICLE)
    elif consent.status not in ("active", "inactive"):
        yield Issue("business-rule", _EXPRESSION, "Le consentement du patient n’est pas en vigueur.", _ARTICLE)
    elif consent.status == "inactive" and consent.period.end is None:
        yield Issue("business-rule", _EXPRESSION, "Le consentement du patient n’est plus en vigueur.", _ARTICLE)
    elif consent.decided_at > case.act.start:
        yield Issue("business-rule", _EXPRESSION, "Le consentement a été recueilli après l’acte.", _ARTICLE)
    elif consent.withdrawn_at is not None and consent.withdrawn_at <= case.act.start:
        yield Issue("business-rule", _EXPRESSION, "Le patient avait retiré son consentement avant l’acte.", _ARTICLE)
    elif not consent.period.covers(case.day):
        yield Issue(
            "business-rule",
            _EXPRESSION,
            "Le consentement du patient n’était pas en vigueur à la date de l’acte (retiré ou pas encore valable).",
            _ARTICLE,
        )
