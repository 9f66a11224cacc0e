"""What must hold of a person, a structure, an enrolment, whichever door they came through.

Each door says where the element stands in its own spelling; the sentence is the same for all.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from mappings.codes import systems
from mappings.domain.availability import Absence, Hours
from mappings.domain.cooperation import Enrolment
from mappings.domain.people import IdentityStatus, Ins
from mappings.issues import Issue

INS_OIDS: Final = frozenset({systems.INS_NIR_OID, systems.INS_NIA_OID}) | systems.FICTITIOUS_INS_OIDS

_INS: Final = re.compile(r"[0-9]{5}([0-9]{2}|2A|2B)[0-9]{8}")
_RPPS: Final = re.compile(r"[0-9]{11}")
_FINESS: Final = re.compile(r"[0-9][0-9AB][0-9]{7}")
#: Minutes of a year.
_LONGEST_RESPONSE: Final = 366 * 24 * 60
_RNIV: Final = "RNIV (référentiel national d’identitovigilance)"


def ins_key(matricule: str) -> int:
    """Key of the 13 characters of a NIR or NIA; Corsica's 2A and 2B count as 19 and 18."""
    digits = matricule[:5] + matricule[5:7].replace("2A", "19").replace("2B", "18") + matricule[7:]
    return 97 - int(digits) % 97


def ins_issues(ins: Ins, status: IdentityStatus, expression: str) -> Iterator[Issue]:
    if ins.oid not in INS_OIDS:
        yield Issue("value", expression, "L’autorité d’affectation de l’INS n’est pas connue.", _RNIV)
    if not _INS.fullmatch(ins.value):
        yield Issue("value", expression, "Le matricule INS doit compter 15 caractères, clé comprise.", _RNIV)
    elif int(ins.value[13:]) != ins_key(ins.value[:13]):
        yield Issue("value", expression, "La clé du matricule INS est fausse.", _RNIV)
    if status != "qualified":
        text = "Le matricule INS ne peut circuler qu’avec une identité qualifiée."
        yield Issue("business-rule", expression, text, _RNIV)


def rpps_issues(rpps: str, expression: str) -> Iterator[Issue]:
    """Eleven digits and no more: numbers of the national directory's own samples fail the Luhn key."""
    if rpps and not _RPPS.fullmatch(rpps):
        yield Issue("value", expression, "Un numéro RPPS compte 11 chiffres.")


def finess_issues(finess: str, expression: str) -> Iterator[Issue]:
    if finess and not _FINESS.fullmatch(finess):
        yield Issue("value", expression, "Un numéro FINESS compte 9 caractères.")


def enrolment_issues(
    enrolment: Enrolment, *, training: str, period_end: str, delegators: str, substitutes: str
) -> Iterator[Issue]:
    """Those of the profile ``binome-enrolment`` that the domain can break."""
    if enrolment.function == "DELEGATEE" and enrolment.status == "active" and not enrolment.trainings:
        yield Issue("invariant", training, "Un délégué actif a au moins une formation tracée.", "binome-enr-2")
    if enrolment.status in {"ended", "refused"} and enrolment.period.end is None:
        text = "Une adhésion terminée ou refusée a une fin de période."
        yield Issue("invariant", period_end, text, "binome-enr-3")
    if enrolment.function == "DELEGATOR" and enrolment.delegator_ids:
        yield Issue("invariant", delegators, "Seul un délégué agit au nom de délégants.", "binome-enr-4")
    if enrolment.function == "DELEGATEE" and enrolment.substitute_ids:
        yield Issue("invariant", substitutes, "Seul un délégant désigne des remplaçants.", "binome-enr-5")
    if enrolment.id in enrolment.substitute_ids:
        yield Issue("business-rule", substitutes, "Un délégant n’est pas son propre remplaçant.")


def distinct_people_issues(delegatee_rpps: str, delegator_rpps: str, expression: str) -> Iterator[Issue]:
    if delegatee_rpps and delegatee_rpps == delegator_rpps:
        text = "Le délégant et le délégué doivent être deux personnes différentes."
        yield Issue("business-rule", expression, text, "CSP L4011-1")


def absence_issues(absence: Absence, expression: str) -> Iterator[Issue]:
    if not absence.is_in_order:
        yield Issue("value", expression, "La fin de l’absence précède son début.")


def response_issues(minutes: Decimal | None, expression: str) -> Iterator[Issue]:
    """Whole minutes; a limit that can be added to any date."""
    if minutes is None:
        return
    if minutes != minutes.to_integral_value():
        yield Issue("value", expression, "Le délai de réponse est un nombre entier de minutes.")
    elif minutes > _LONGEST_RESPONSE:
        yield Issue("value", expression, "Le délai de réponse ne dépasse pas une année.")


def hours_issues(hours: Hours, expression: str) -> Iterator[Issue]:
    if hours == Hours():
        yield Issue("value", expression, "Une plage d’heures dit au moins un jour ou une heure.")
    if hours.start is not None and hours.end is not None and hours.end <= hours.start:
        text = "La fin d’une plage d’heures suit son début ; une plage qui passe minuit s’écrit en deux."
        yield Issue("value", expression, text)


def training_issues(trainee_rpps: str, trainer_rpps: str, expression: str) -> Iterator[Issue]:
    if trainer_rpps and trainee_rpps == trainer_rpps:
        yield Issue("business-rule", expression, "Un délégué est formé par un délégant, non par lui-même.")
