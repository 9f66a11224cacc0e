"""What a patient allows to be sent where, as it stands on record."""

from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.cooperation import Sharing
from mappings.fhir.consent import sharing_from_fhir
from service.intake.knowledge import Knowledge

Resource = dict[str, Any]

_CATEGORY: Final = f"{systems.CODE_SYSTEM}binome-consent"


def sharing_of(patient_id: str, knowledge: Knowledge) -> Sharing:
    """What the patient allows to be sent where, as last said; no recorded choice is no opposition."""
    return sharing_said(patient_id, knowledge) or Sharing(patient_id=patient_id)


def sharing_said(patient_id: str, knowledge: Knowledge) -> Sharing | None:
    """The same; None when the patient has said nothing of it."""
    ids = consents_of(patient_id, knowledge)
    knowledge.look_up(("Consent", id_) for id_ in ids)
    said = [knowledge.reading("Consent", id_, _sharing_said) for id_ in ids]
    if None in said:
        # A choice that no longer reads as it should may be an opposition.
        return Sharing(patient_id=patient_id, dmp=False, patient_mailbox=False, professional_mailbox=False)
    choices = [(one.at, one.sharing) for one in said if one and one.sharing]
    return max(choices, key=lambda choice: choice[0])[1] if choices else None


def consents_of(patient_id: str, knowledge: Knowledge) -> list[str]:
    """Ids of all that the patient has agreed to or refused, to care and to sharing."""
    return knowledge.found("Consent", "patient", "Patient", patient_id)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a Consent says of sharing, and when it was recorded; None when it is about something else."""

    at: str
    sharing: Sharing | None


def _sharing_said(resource: Resource) -> _Said:
    about = {(c.get("system"), c.get("code")) for kind in resource["category"] for c in kind.get("coding", ())}
    sharing = sharing_from_fhir(resource) if (_CATEGORY, "sharing") in about else None
    return _Said(resource["meta"]["lastUpdated"], sharing)
