"""Who did what on whose behalf, bound to stored bytes (Provenance, R4 4.0.1).

https://hl7.org/fhir/R4/provenance.html; profile ``binome-provenance``. ``agent.onBehalfOf`` holds the délégant's
enrolment; the ``chain`` extension holds the link over the target's bytes.
"""

from mappings.fhir.provenance.acts import (
    acknowledgement_provenance,
    act_provenance,
    adverse_event_provenance,
    correction_provenance,
    countersignature_provenance,
    countersigned_at,
    reason_of,
    retraction_provenance,
)
from mappings.fhir.provenance.chain import ChainLink, with_chain
from mappings.fhir.provenance.decisions import (
    decision_provenance,
    override_provenance,
    protocol_event_provenance,
    replay_provenance,
    reply_provenance,
    update_provenance,
)
from mappings.fhir.provenance.elements import PROFILE
from mappings.fhir.provenance.teams import (
    arrangement_provenance,
    declaration_provenance,
    readdressing_provenance,
    suspension_provenance,
)

__all__ = [
    "ChainLink",
    "PROFILE",
    "acknowledgement_provenance",
    "act_provenance",
    "adverse_event_provenance",
    "arrangement_provenance",
    "correction_provenance",
    "countersignature_provenance",
    "countersigned_at",
    "decision_provenance",
    "declaration_provenance",
    "override_provenance",
    "protocol_event_provenance",
    "readdressing_provenance",
    "reason_of",
    "replay_provenance",
    "reply_provenance",
    "retraction_provenance",
    "suspension_provenance",
    "update_provenance",
    "with_chain",
]
