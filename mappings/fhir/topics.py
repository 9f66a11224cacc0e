"""What one may subscribe to by name (SubscriptionTopic of R5, as the backport to R4 names it: by canonical alone).

http://hl7.org/fhir/uv/subscriptions-backport (STU 1.1), "Subscription Topics". R4 has no resource for a topic: they
are this table, announced in the CapabilityStatement and told in the integrator guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mappings.codes import systems

TOPIC: Final = f"{systems.CANONICAL}/SubscriptionTopic/"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: the type of its focus, and what the focus must have become."""

    #: What happens, in French.
    title: str
    type: str
    #: Search parameters and values that the focus meets, and did not meet before.
    conditions: tuple[tuple[str, str], ...]


def _task(code: str, status: str) -> tuple[tuple[str, str], ...]:
    return (("code", f"{systems.CODE_SYSTEM}binome-task-code|{code}"), ("status", status))


TOPICS: Final[Mapping[str, Topic]] = {
    f"{TOPIC}act-recorded": Topic("Un acte délégué est enregistré.", "Procedure", ()),
    f"{TOPIC}act-entered-in-error": Topic(
        "Un acte délégué est annulé : il a été saisi par erreur.", "Procedure", (("status", "entered-in-error"),)
    ),
    f"{TOPIC}act-awaiting-acknowledgement": Topic(
        "Un acte attend que le délégant en prenne connaissance.", "Task", _task("acknowledge", "requested")
    ),
    f"{TOPIC}act-acknowledged": Topic(
        "Le délégant a pris connaissance d’un acte.", "Task", _task("acknowledge", "completed")
    ),
    f"{TOPIC}reorientation": Topic(
        "Un patient est réorienté vers le délégant.", "Task", _task("reorient", "requested")
    ),
    f"{TOPIC}serious-adverse-event": Topic(
        "Un événement indésirable grave est signalé : une personne doit agir.",
        "Task",
        _task("notify-adverse-event", "requested"),
    ),
    f"{TOPIC}consent-withdrawn": Topic(
        "Un patient a retiré son consentement aux soins délégués.",
        "Consent",
        (("category", f"{systems.CODE_SYSTEM}binome-consent|delegated-care"), ("status", "inactive")),
    ),
    f"{TOPIC}delivery-failed": Topic(
        "Une remise a échoué : une personne doit agir.", "Task", _task("resolve-delivery", "requested")
    ),
    f"{TOPIC}report-to-withdraw": Topic(
        "Le compte rendu d’un acte saisi par erreur est à retirer : une personne doit agir.",
        "Task",
        _task("withdraw-report", "requested"),
    ),
}
