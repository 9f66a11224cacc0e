"""One attempt to deliver, as an AuditEvent (R4 4.0.1, https://hl7.org/fhir/R4/auditevent.html).

Told from the attempt journal when a trace is asked; the journal, not this event, is what the chain proves.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.audit_event import EVENT
from mappings.fhir.datatypes import print_instant

#: AuditEvent.outcome: success, minor failure (tried again), serious failure (a human task), 8 when not known.
_OUTCOMES: Final = {
    "accepted": "0",
    "cancelled": "0",
    "unreachable": "4",
    "in-doubt": "4",
    "refused": "8",
    "bounced": "8",
    "spent": "8",
    "replayed": "0",
    "not-integrated": "8",
    "delivered": "0",
    "processed": "0",
    "read": "0",
}
_DESCRIPTIONS: Final = {
    "accepted": "Le destinataire a le document.",
    "unreachable": "Le destinataire n’a pas été joint ; rien n’a été remis.",
    "in-doubt": "Réponse absente ou peu claire ; le document sera recherché avant tout nouvel envoi.",
    "refused": "Le destinataire a refusé le document.",
    "bounced": "Le message est revenu.",
    "not-integrated": "Le logiciel du destinataire n’a pas pu intégrer le document.",
    "delivered": "L’opérateur du destinataire annonce le message remis dans sa boîte.",
    "processed": "Le logiciel du destinataire annonce le document intégré.",
    "read": "La boîte du destinataire annonce le message affiché ; cela ne dit pas qui l’a lu.",
    "cancelled": "L’envoi est annulé.",
    "spent": "Le délai prévu est passé sans que le destinataire ait pu être appelé.",
    "replayed": "Une personne a fait reprendre l’envoi.",
    "": "Tentative commencée, issue non encore connue.",
}

#: Why it is, by the code that the journal keeps: of what is cancelled, and of what begins again.
_CANCELLED: Final = {
    "entered-in-error": "L’acte a été saisi par erreur : l’envoi est annulé.",
    "patient-objection": "Le patient s’oppose à cet envoi : il est annulé.",
    "consent-withdrawn": "Le patient a retiré son consentement aux soins délégués : l’envoi est annulé.",
    "document-hidden": "Le compte rendu est masqué à ce destinataire : l’envoi est annulé.",
}
_BEGUN_AGAIN: Final = {
    "document-shown-again": "Le compte rendu n’est plus masqué à ce destinataire : l’envoi annulé reprend.",
}
_WHY: Final[Mapping[str, Mapping[str, str]]] = {"cancelled": _CANCELLED, "replayed": _BEGUN_AGAIN}


def delivery_event(
    *,
    id: str,
    act: str,
    destination: str,
    started: dt.datetime,
    finished: dt.datetime | None,
    outcome: str,
    details: Mapping[str, str],
) -> dict[str, Any]:
    """``details`` are identifiers, never an address or content; empty ones are left out."""
    period = {"start": print_instant(started)} | ({"end": print_instant(finished)} if finished else {})
    return {
        "resourceType": "AuditEvent",
        "id": id,
        "type": {"system": systems.LIFECYCLE, "code": "transmit"},
        "subtype": [{"system": EVENT, "code": "document-published"}],
        "action": "E",
        "period": period,
        "recorded": print_instant(finished or started),
        "outcome": _OUTCOMES.get(outcome, "4"),
        "outcomeDesc": _WHY.get(outcome, {}).get(
            details.get("code", ""), _DESCRIPTIONS.get(outcome, _DESCRIPTIONS[""])
        ),
        "agent": [{"who": {"reference": "Device/binome"}, "requestor": True}],
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": [
            {
                "what": {"reference": act},
                "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "2"},
                "description": destination,
                "detail": [{"type": name, "valueString": value} for name, value in details.items() if value],
            }
        ],
    }
