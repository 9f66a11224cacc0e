"""Correction record: why, and the whole act as it ought to have been told; what differs is what is corrected.

Who, for whom, under which protocol and which act are not corrected: it would be another act.
"""

from dataclasses import dataclass
from typing import Final

from mappings.domain.act import DelegatedAct
from mappings.elements import Element, Json
from mappings.issues import Issue, Refused

_KEYS: Final = ("reason", "act")
_REFERENCE: Final = "CSP L4011-1 ; Binôme, correction d’un acte"
_ANOTHER_ACT: Final = (
    "Cet élément ne se corrige pas : autrement, ce serait un autre acte. Annulez celui-ci (statut entered-in-error), "
    "puis transmettez l’acte exact."
)
#: Keys of the record that say which act it is, and what they are in the act.
_FIXED: Final = {
    "identifier": "identifier",
    "protocol": "protocol",
    "act": "activity",
    "status": "status",
    "inclusion": "inclusion_id",
    "delegatee_rpps": "delegatee_id",
    "delegator_rpps": "delegator_id",
    "structure_finess": "organization_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRecord:
    """The reason, and the record of the act."""

    reason: str
    act: Json


def correction_from_record(record: Json) -> CorrectionRecord:
    element = Element(record, "correction")
    element.only(_KEYS)
    reason, act = element.text("reason"), element.child("act")
    element.refuse_faults()
    return CorrectionRecord(reason=reason, act=act.json)


def refuse_another_act(told: DelegatedAct, recorded: DelegatedAct) -> None:
    """``Refused`` with every key by which ``told`` is another act than the one on record."""
    issues = [
        Issue("not-supported", f"act.{key}", _ANOTHER_ACT, _REFERENCE)
        for key, name in _FIXED.items()
        if getattr(told, name) != getattr(recorded, name)
    ]
    if issues:
        raise Refused(issues)
