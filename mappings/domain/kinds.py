"""The kinds of what a protocol allows, one row each: « actes, prescriptions ou délivrances » (CSP L4011-2).

A kind bears the name of the R4 type that realises it. What FHIR knows besides of what comes with an act is a row of
``mappings/fhir/act/elements.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

ActivityKind = Literal["Procedure", "MedicationRequest", "ServiceRequest", "MedicationDispense"]
#: Kinds of a ``Prescription``.
PrescriptionKind = Literal["MedicationRequest", "ServiceRequest"]
#: What an act is seen as by whoever reads: the list of the law has three words.
Noun = Literal["acte", "prescription", "délivrance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row."""

    #: How a protocol's file writes it (``nature``).
    written: str
    noun: Noun
    #: Step of a protocol (binome-step).
    step: str
    #: Where its resource names the activity, below its type.
    named_at: str = "instantiatesCanonical"


KINDS: Final[Mapping[ActivityKind, Kind]] = {
    "Procedure": Kind(written="acte", noun="acte", step="delegated-act"),
    "MedicationRequest": Kind(written="medicament", noun="prescription", step="prescription"),
    "ServiceRequest": Kind(written="demande", noun="prescription", step="prescription"),
    "MedicationDispense": Kind(
        written="delivrance", noun="délivrance", step="dispense", named_at="extension('instantiates-canonical').value"
    ),
}

#: A fault of what bears this noun.
UNLISTED: Final[Mapping[Noun, str]] = {
    "acte": "Cet acte n’est pas sur la liste limitative du protocole.",
    "prescription": "Cette prescription n’est pas sur la liste limitative du protocole.",
    "délivrance": "Cette délivrance n’est pas sur la liste limitative du protocole.",
}
